import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import type { RuleSet } from '@gatehouse/engine'
import {
  type BundlePayload,
  type BundlePerson,
  type BundleSchool,
  bundleFormat,
  parseBundlePayload,
  parseSignedBundle,
} from '@gatehouse/engine/bundle'
import { canonicalJson } from '@gatehouse/ledger/canonical'
import type { AskerAttributes } from '@gatehouse/engine'
import { sha256 } from './lists-folder.ts'

/*
 * The signed bundle on disk: `<data>/gateway/bundle.json`, and the lists it names beside it. It is what a gateway starts from
 * when the server is away, and what the server hands out.
 */

/** A gateway closes the internet to children when its bundle is older than this, in minutes: a day. */
export const maxAgeMinutes = 24 * 60
/** Signed afresh this often though nothing has changed. */
export const refreshMs = 30 * 60_000

export interface BundleParts {
  readonly schools: readonly BundleSchool[]
  readonly listsSha256: string
  readonly testSite: BundlePayload['testSite']
  readonly allowPrivate: readonly string[]
  readonly blockPageBase: string
}

export interface PublishedBundle {
  readonly text: string
  readonly etag: string
  readonly payload: BundlePayload
}

export type BundleFound =
  | { readonly ok: true; readonly bundle: PublishedBundle }
  | { readonly ok: false; readonly why: string }

export interface BundleFile {
  readonly folder: string
  readonly path: string
  /** What stands on disk, if it is whole and signed by us; `why` says what is wrong with it. */
  read(): BundleFound
  /** As `read`, but read and verified again only once the file differs by its size or times: for what is asked often. */
  current(): BundleFound
  /** Signs and writes a bundle with a serial greater than any before. `listsPath` is copied beside it first. */
  write(parts: BundleParts, listsPath: string, now: Date): PublishedBundle
}

export const rulesDigest = (rules: RuleSet): string => digest(canonicalJson(JSON.parse(JSON.stringify(rules))))
/** Of the school's networks and of whose device has which address. */
export const networkDigest = ({ places, devices }: Pick<BundleSchool, 'places' | 'devices'>): string =>
  digest(
    JSON.stringify([
      places.map(({ id, name, subnets, group }) => [id, name, subnets, group]),
      devices.map(({ address, personId }) => [address, personId]),
    ]),
  )
/** Over everything that is not the serial or the time of signing: whether a bundle says anything new. */
export const partsDigest = ({ schools, listsSha256, testSite, allowPrivate, blockPageBase }: BundleParts): string =>
  digest(JSON.stringify([schools, listsSha256, testSite, allowPrivate, blockPageBase]))
const digest = (text: string): string => createHash('sha256').update(text).digest('hex')

/** One bundle entry an account; a second account of one person gets `#2` after the person's id, which must be unique there. */
export function bundlePeople(
  accounts: readonly {
    person_id: string
    username: string
    proxy_hash: string | null
    suspended_at: Date | null
    groups: string[] | null
  }[],
  paused: ReadonlySet<string>,
  /** By person id: what rules ask besides the groups. */
  attributes: ReadonlyMap<string, AskerAttributes>,
): BundlePerson[] {
  const seen = new Map<string, number>()
  return [...accounts]
    .sort((one, other) => (one.username < other.username ? -1 : 1))
    .flatMap(account => {
      if (!account.proxy_hash) return []
      const count = (seen.get(account.person_id) ?? 0) + 1
      seen.set(account.person_id, count)
      return [
        {
          id: count === 1 ? account.person_id : `${account.person_id}#${count}`,
          username: account.username,
          groups: [...(account.groups ?? [])].sort(),
          proxyHash: account.proxy_hash,
          suspended: account.suspended_at !== null || paused.has(account.person_id),
          classes: attributes.get(account.person_id)?.classes ?? [],
          year: attributes.get(account.person_id)?.year ?? null,
          turns13On: attributes.get(account.person_id)?.turns13On ?? null,
        },
      ]
    })
}
/** The person behind an id of a bundle. */
export const personOfBundleId = (id: string): string => id.split('#')[0] ?? id

export function openBundleFile(dataFolder: string, key: KeyObject): BundleFile {
  const folder = join(dataFolder, 'gateway')
  const path = join(folder, 'bundle.json')
  const publicKey = createPublicKey(key)
  const keyId = createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex')
    .slice(0, 16)
  const etagOf = (text: string): string => `"${digest(text)}"`

  const read = (): BundleFound => {
    if (!existsSync(path)) return { ok: false, why: 'the bundle is missing' }
    const text = readFileSync(path, 'utf8')
    const wrapper = parseSignedBundle(text)
    if (!wrapper.ok) return { ok: false, why: 'the bundle cannot be read' }
    const bytes = Buffer.from(wrapper.signed.payload, 'base64')
    if (!verify(null, bytes, publicKey, Buffer.from(wrapper.signed.signature, 'base64')))
      return { ok: false, why: 'the bundle was not signed by this Gatehouse' }
    const parsed = parseBundlePayload(bytes.toString('utf8'))
    if (!parsed.ok) return { ok: false, why: `the bundle is not right: ${parsed.errors[0]}` }
    return { ok: true, bundle: { text, etag: etagOf(text), payload: parsed.payload } }
  }
  let known: { stamp: string; found: BundleFound } | null = null
  const current = (): BundleFound => {
    const stat = statSync(path, { throwIfNoEntry: false })
    const stamp = stat ? `${stat.mtimeMs} ${stat.ctimeMs} ${stat.size}` : ''
    if (known?.stamp !== stamp) known = { stamp, found: read() }
    return known.found
  }
  // The folder is closed to everybody else, unless a Squid of the school's was given it (0750 and its group).
  const readableByGroup = 0o640
  const writeWhole = (file: string, content: string): void => {
    writeFileSync(`${file}.new`, content, { mode: readableByGroup, flush: true })
    renameSync(`${file}.new`, file)
  }
  /** Survives a bundle that was deleted or replaced by an older one. */
  const serialFile = join(folder, 'serial')
  const lastSerial = (): number => {
    const found = read()
    const kept = existsSync(serialFile) ? Number(readFileSync(serialFile, 'utf8')) : 0
    return Math.max(found.ok ? found.bundle.payload.serial : 0, Number.isSafeInteger(kept) ? kept : 0)
  }

  return {
    folder,
    path,
    read,
    current,
    write: (parts, listsPath, now) => {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      const listsFile = `${parts.listsSha256}.lists`
      const beside = join(folder, listsFile)
      if (!existsSync(beside) || sha256(readFileSync(beside)) !== parts.listsSha256) {
        copyFileSync(listsPath, `${beside}.new`)
        if (sha256(readFileSync(`${beside}.new`)) !== parts.listsSha256)
          throw new Error(`${listsPath} is not the list file that its name says; compile the lists again`)
        chmodSync(`${beside}.new`, readableByGroup)
        renameSync(`${beside}.new`, beside)
      }
      // Seconds since 1970 at least: a folder restored from a backup must not go back behind what its gateways hold.
      const serial = Math.max(lastSerial() + 1, Math.floor(now.getTime() / 1000))
      const payload: BundlePayload = {
        format: bundleFormat,
        v: 1,
        issuedAt: now.toISOString(),
        serial,
        maxAgeMinutes,
        listsFile,
        ...parts,
      }
      const bytes = Buffer.from(JSON.stringify(payload), 'utf8')
      const wrong = parseBundlePayload(bytes.toString('utf8'))
      // What a gateway would refuse must not be published: the old one goes on.
      if (!wrong.ok) throw new Error(`The bundle is not one that a gateway would take: ${wrong.errors.join('; ')}`)
      const text = JSON.stringify({
        payload: bytes.toString('base64'),
        signature: sign(null, bytes, key).toString('base64'),
        keyId,
      })
      writeWhole(serialFile, String(serial))
      writeWhole(path, text)
      for (const name of readdirSync(folder))
        if (name.endsWith('.lists') && name !== listsFile) rmSync(join(folder, name), { force: true })
      return { text, etag: etagOf(text), payload }
    },
  }
}
