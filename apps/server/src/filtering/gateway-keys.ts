import { createHmac, timingSafeEqual } from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Keys, publicPem } from '../platform/keys.ts'

/** What this installation and its gateways know each other by. */
export interface GatewayKeys {
  /** The file that a gateway is started with: `{bundlePublicKey, token}`, 0600. */
  readonly file: string
  /** `Authorization: Bearer` of both directions. */
  readonly bearer: string
  /** Signs permissions to go on past a warning; gateways hold it too. */
  readonly continueKey: Buffer
  isBearer(header: string | undefined): boolean
}

export function openGatewayKeys(keys: Keys): GatewayKeys {
  const token = keys.secret('gateway token').toString('hex')
  const file = join(keys.folder, 'gateway.json')
  const content = JSON.stringify({ bundlePublicKey: publicPem(keys.bundle), token })
  if (!existsSync(file) || readFileSync(file, 'utf8') !== content) {
    writeFileSync(`${file}.new`, content, { mode: 0o600, flush: true })
    renameSync(`${file}.new`, file)
  }
  const bearer = createHmac('sha256', token).update('gateway').digest('hex')
  const wanted = Buffer.from(`Bearer ${bearer}`)
  return {
    file,
    bearer,
    continueKey: createHmac('sha256', token).update('gateway-continue').digest(),
    isBearer: header => {
      const given = Buffer.from(header ?? '')
      return given.length === wanted.length && timingSafeEqual(given, wanted)
    },
  }
}
