import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto'
import { chmodSync, existsSync, linkSync, mkdirSync, readFileSync, statSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The installation's keys. They live outside the database and outside every backup (`GATEHOUSE_KEYS`, files 0600). */
export interface Keys {
  readonly folder: string
  /** Ed25519, signs ledger checkpoints. */
  readonly ledger: KeyObject
  /** Ed25519, signs the rule bundle that gateways load. */
  readonly bundle: KeyObject
  /** 32 bytes; wraps the key of each record. */
  readonly field: Buffer
  /** A 32-byte secret for one purpose, derived from the installation's secret (HMAC-SHA256 over the purpose). */
  secret(purpose: string): Buffer
}

/**
 * Writes a file that did not exist, whole and 0600, or leaves the one that does: two starters agree on one key.
 * @returns what the file holds now.
 */
export function secretFile(folder: string, name: string, make: () => string): string {
  const path = join(folder, name)
  if (!existsSync(path)) {
    const draft = join(folder, `.${name}.${process.pid}.${randomBytes(4).toString('hex')}`)
    writeFileSync(draft, make(), { mode: 0o600, flag: 'wx', flush: true })
    try {
      linkSync(draft, path)
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    } finally {
      unlinkSync(draft)
    }
  }
  if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600)
  return readFileSync(path, 'utf8')
}

const makeSigningKey = (): string =>
  generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()

/** Reads the keys, making those that are missing. */
export function openKeys(folder: string): Keys {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const ledger = createPrivateKey(secretFile(folder, 'ledger.pem', makeSigningKey))
  const bundle = createPrivateKey(secretFile(folder, 'bundle.pem', makeSigningKey))
  const field = Buffer.from(
    secretFile(folder, 'field', () => randomBytes(32).toString('base64')),
    'base64',
  )
  if (field.length !== 32)
    throw new Error(`${join(folder, 'field')} must hold 32 bytes in base64, and holds ${field.length}`)
  const secret = Buffer.from(
    secretFile(folder, 'secret', () => randomBytes(32).toString('base64')),
    'base64',
  )
  if (secret.length !== 32)
    throw new Error(`${join(folder, 'secret')} must hold 32 bytes in base64, and holds ${secret.length}`)
  return { folder, ledger, bundle, field, secret: purpose => createHmac('sha256', secret).update(purpose).digest() }
}

export const publicPem = (key: KeyObject): string =>
  createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString()
