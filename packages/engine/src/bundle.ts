/**
 * The bundle: everything a gateway needs to go on filtering when the server is away. The server signs it, gateways
 * verify it. This file knows its shape and nothing of keys, files or networks.
 *
 * On disk and on the wire a bundle is the JSON object {@link SignedBundle}; its payload is the JSON text of
 * {@link BundlePayload} in UTF-8, and the signature is Ed25519 (RFC 8032) over exactly those bytes.
 */
import type { GroupRules, HostRule, RuleSet } from './filter/types.ts'

export const bundleFormat = 'gatehouse-bundle'

/** `payload` and `signature` are base64 (RFC 4648 §4); `keyId` is for people and logs, never for choosing a key. */
export interface SignedBundle {
  readonly payload: string
  readonly signature: string
  readonly keyId: string
}

export interface BundlePayload {
  readonly format: typeof bundleFormat
  readonly v: 1
  /** ISO 8601 with offset. The server signs afresh, well within `maxAgeMinutes`, even when nothing has changed. */
  readonly issuedAt: string
  /** Only ever grows. A gateway refuses a smaller one, so that an old opening cannot be played back to it. */
  readonly serial: number
  /** Beyond this age nothing is open to groups of children any more. */
  readonly maxAgeMinutes: number
  /** Name of the compiled lists in the bundle's own folder, and their SHA-256 in lower-case hex. */
  readonly listsFile: string
  readonly listsSha256: string
  /** The product's own check page; every name under `gatehouse.invalid` leads to it and to nothing else. */
  readonly testSite: { readonly host: string; readonly address: string; readonly port: number } | null
  /** `host:port` of places on private addresses that may be visited all the same. */
  readonly allowPrivate: readonly string[]
  /** Where "Why?", "I need this" and "I saw something that worried me" lead: `http(s)://host[:port]`, no final slash. */
  readonly blockPageBase: string
  readonly schools: readonly BundleSchool[]
}

export interface BundleSchool {
  readonly id: string
  readonly name: string
  readonly rules: RuleSet
  readonly people: readonly BundlePerson[]
}

export interface BundlePerson {
  readonly id: string
  readonly username: string
  readonly groups: readonly string[]
  /** PHC string of the proxy password, Argon2id only. */
  readonly proxyHash: string
  readonly suspended: boolean
}

export type BundleParse =
  | { readonly ok: true; readonly payload: BundlePayload }
  | { readonly ok: false; readonly errors: readonly string[] }

/** So that a broken bundle is described in a line or two and not in a million. */
const maxErrors = 20

/**
 * Reads the text of a payload. Attacker-controlled until its signature is verified, and even then parsed as if it were:
 * never throws, drops fields it does not know, and names each fault by its path, such as `schools[0].people[3].groups`.
 */
export function parseBundlePayload(text: string): BundleParse {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { ok: false, errors: ['the payload is not JSON'] }
  }
  const errors: string[] = []
  const payload = readPayload(value, { at: '', errors })
  return payload && errors.length === 0 ? { ok: true, payload } : { ok: false, errors: errors.slice(0, maxErrors) }
}

/** Reads the wrapper. Says nothing about whether the signature is right. */
export function parseSignedBundle(
  text: string,
): { readonly ok: true; readonly signed: SignedBundle } | { readonly ok: false; readonly errors: readonly string[] } {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { ok: false, errors: ['the bundle is not JSON'] }
  }
  const errors: string[] = []
  const place = { at: '', errors }
  const fields = record(value, place)
  if (!fields) return { ok: false, errors }
  const signed = {
    payload: matching(fields.payload, base64Pattern, 'base64', within(place, 'payload')),
    signature: matching(fields.signature, base64Pattern, 'base64', within(place, 'signature')),
    keyId: textOf(fields.keyId, 200, within(place, 'keyId')),
  }
  return errors.length === 0 ? { ok: true, signed } : { ok: false, errors }
}

interface Place {
  readonly at: string
  readonly errors: string[]
}

const base64Pattern = /^[A-Za-z0-9+/]+={0,2}$/
const schoolIdPattern = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/
/** A bare file name: nothing that could step out of the bundle's folder. */
const fileNamePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,120}$/
const digestPattern = /^[0-9a-f]{64}$/
const instantPattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/
const basePattern = /^https?:\/\/[A-Za-z0-9.-]+(?::\d{1,5})?$|^https?:\/\/\[[0-9a-fA-F:.]+\](?::\d{1,5})?$/
const hostAndPortPattern = /^(?:[A-Za-z0-9._-]{1,253}|\[[0-9a-fA-F:.]{2,45}\]):\d{1,5}$/
const argon2idPattern = /^\$argon2id\$v=19\$[a-z0-9=,]{1,60}\$[A-Za-z0-9+/]{8,128}\$[A-Za-z0-9+/]{16,256}$/
const categoryPattern = /^[a-z0-9][a-z0-9-]{0,39}$/
const testSiteHost = 'gatehouse.invalid'

const within = (place: Place, key: string | number): Place => ({
  at: typeof key === 'number' ? `${place.at}[${key}]` : place.at === '' ? key : `${place.at}.${key}`,
  errors: place.errors,
})

function fault(place: Place, expected: string): void {
  place.errors.push(`${place.at === '' ? 'the payload' : place.at} must be ${expected}`)
}

function record(value: unknown, place: Place): Record<string, unknown> | undefined {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  fault(place, 'an object')
  return undefined
}

function textOf(value: unknown, max: number, place: Place): string {
  if (typeof value === 'string' && value.length > 0 && value.length <= max) return value
  fault(place, `text of 1 to ${max} characters`)
  return ''
}

function matching(value: unknown, pattern: RegExp, what: string, place: Place): string {
  if (typeof value === 'string' && pattern.test(value)) return value
  fault(place, what)
  return ''
}

function instant(value: unknown, place: Place): string {
  if (typeof value === 'string' && instantPattern.test(value) && !Number.isNaN(Date.parse(value))) return value
  fault(place, 'a date and time in ISO 8601 with Z or an offset')
  return ''
}

function whole(value: unknown, min: number, max: number, place: Place): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max) return value
  fault(place, `a whole number from ${min} to ${max}`)
  return min
}

function oneOf<const T extends string>(value: unknown, choices: readonly T[], place: Place): T | undefined {
  const found = choices.find(choice => choice === value)
  if (found === undefined) fault(place, choices.map(choice => `"${choice}"`).join(' or '))
  return found
}

function list<T>(value: unknown, place: Place, read: (item: unknown, place: Place) => T | undefined): T[] {
  if (!Array.isArray(value)) {
    fault(place, 'a list')
    return []
  }
  const items: T[] = []
  for (const [index, item] of value.entries()) {
    // A list of a million wrong things is described by its first few.
    if (place.errors.length > maxErrors) break
    const read1 = read(item, within(place, index))
    if (read1 !== undefined) items.push(read1)
  }
  return items
}

const texts = (value: unknown, max: number, place: Place): string[] =>
  list(value, place, (item, at) => textOf(item, max, at))

function distinct<T>(items: readonly T[], key: (item: T) => string, what: string, place: Place): void {
  const seen = new Set<string>()
  for (const item of items) {
    if (seen.has(key(item))) fault(place, `a list in which no ${what} comes twice`)
    seen.add(key(item))
  }
}

function readPayload(value: unknown, place: Place): BundlePayload | undefined {
  const fields = record(value, place)
  if (!fields) return undefined
  oneOf(fields.format, [bundleFormat], within(place, 'format'))
  if (fields.v !== 1) fault(within(place, 'v'), '1, the only version there is')
  const schools = list(fields.schools, within(place, 'schools'), readSchool)
  distinct(schools, school => school.id, 'school id', within(place, 'schools'))
  return {
    format: bundleFormat,
    v: 1,
    issuedAt: instant(fields.issuedAt, within(place, 'issuedAt')),
    serial: whole(fields.serial, 0, Number.MAX_SAFE_INTEGER, within(place, 'serial')),
    maxAgeMinutes: whole(fields.maxAgeMinutes, 1, 366 * 24 * 60, within(place, 'maxAgeMinutes')),
    listsFile: matching(fields.listsFile, fileNamePattern, 'the bare name of a file', within(place, 'listsFile')),
    listsSha256: matching(
      fields.listsSha256,
      digestPattern,
      'a SHA-256 in lower-case hex',
      within(place, 'listsSha256'),
    ),
    testSite: fields.testSite === null ? null : readTestSite(fields.testSite, within(place, 'testSite')),
    allowPrivate: list(fields.allowPrivate, within(place, 'allowPrivate'), (item, at) =>
      matching(item, hostAndPortPattern, 'host:port', at),
    ),
    blockPageBase: matching(
      fields.blockPageBase,
      basePattern,
      'http:// or https:// with a host, perhaps a port, and no path',
      within(place, 'blockPageBase'),
    ),
    schools,
  }
}

function readTestSite(value: unknown, place: Place): BundlePayload['testSite'] {
  const fields = record(value, place)
  if (!fields) return null
  const host = textOf(fields.host, 253, within(place, 'host'))
  if (host !== testSiteHost && !host.endsWith(`.${testSiteHost}`)) {
    fault(within(place, 'host'), `a name under ${testSiteHost}`)
  }
  return {
    host,
    address: matching(fields.address, /^[0-9a-fA-F.:]{2,45}$/, 'an IP address', within(place, 'address')),
    port: whole(fields.port, 1, 65535, within(place, 'port')),
  }
}

function readSchool(value: unknown, place: Place): BundleSchool | undefined {
  const fields = record(value, place)
  if (!fields) return undefined
  const rules = readRules(fields.rules, within(place, 'rules'))
  const people = list(fields.people, within(place, 'people'), readPerson)
  distinct(people, person => person.id, 'person id', within(place, 'people'))
  distinct(people, person => person.username.toLowerCase(), 'username', within(place, 'people'))
  if (!rules) return undefined
  return {
    id: matching(fields.id, schoolIdPattern, 'a school id: a-z, 0-9 and hyphens, at most 40', within(place, 'id')),
    name: textOf(fields.name, 300, within(place, 'name')),
    rules,
    people,
  }
}

function readPerson(value: unknown, place: Place): BundlePerson | undefined {
  const fields = record(value, place)
  if (!fields) return undefined
  if (typeof fields.suspended !== 'boolean') fault(within(place, 'suspended'), 'true or false')
  return {
    id: textOf(fields.id, 100, within(place, 'id')),
    username: matching(
      fields.username,
      // RFC 7617 §2: a user-id with a colon cannot be sent.
      /^[^\s:\u0000-\u001f\u007f]{1,200}$/,
      'a username of 1 to 200 characters without spaces or colons',
      within(place, 'username'),
    ),
    groups: texts(fields.groups, 100, within(place, 'groups')),
    proxyHash: matching(fields.proxyHash, argon2idPattern, 'an Argon2id hash', within(place, 'proxyHash')),
    suspended: fields.suspended !== false,
  }
}

function readRules(value: unknown, place: Place): RuleSet | undefined {
  const fields = record(value, place)
  if (!fields) return undefined
  const groups = list(fields.groups, within(place, 'groups'), readGroup)
  distinct(groups, group => group.id, 'group id', within(place, 'groups'))
  const illegal = record(fields.illegal, within(place, 'illegal'))
  const source = oneOf(illegal?.source, ['empty', 'loaded'], within(place, 'illegal.source'))
  return {
    version: whole(fields.version, 0, Number.MAX_SAFE_INTEGER, within(place, 'version')),
    groups,
    hostRules: list(fields.hostRules, within(place, 'hostRules'), readHostRule),
    illegal: { source: source ?? 'empty', hosts: texts(illegal?.hosts, 253, within(place, 'illegal.hosts')) },
  }
}

const actions = ['allow', 'warn', 'block'] as const

function readGroup(value: unknown, place: Place): GroupRules | undefined {
  const fields = record(value, place)
  if (!fields) return undefined
  const categories: Record<string, (typeof actions)[number]> = {}
  const given = record(fields.categories, within(place, 'categories'))
  for (const [category, action] of Object.entries(given ?? {})) {
    const at = within(within(place, 'categories'), category.slice(0, 40))
    if (!categoryPattern.test(category)) fault(at, 'named in lower-case letters, digits and hyphens')
    const known = oneOf(action, actions, at)
    if (known) categories[category] = known
  }
  const audience = oneOf(fields.audience, ['young-child', 'child', 'adult'], within(place, 'audience'))
  const unlisted = oneOf(fields.unlisted, actions, within(place, 'unlisted'))
  return {
    id: textOf(fields.id, 100, within(place, 'id')),
    name: textOf(fields.name, 300, within(place, 'name')),
    // What could not be read is a fault and refuses the whole bundle; these values are never used.
    audience: audience ?? 'young-child',
    unlisted: unlisted ?? 'block',
    // A category that this engine has never heard of is kept: it decides nothing here.
    categories: categories as GroupRules['categories'],
    sourcesNeeded: whole(fields.sourcesNeeded, 1, 100, within(place, 'sourcesNeeded')),
  }
}

function readHostRule(value: unknown, place: Place): HostRule | undefined {
  const fields = record(value, place)
  if (!fields) return undefined
  const action = oneOf(fields.action, ['allow', 'block'], within(place, 'action'))
  const rule = {
    id: textOf(fields.id, 200, within(place, 'id')),
    action: action ?? 'block',
    host: textOf(fields.host, 253, within(place, 'host')),
    groups: fields.groups === 'all' ? ('all' as const) : texts(fields.groups, 100, within(place, 'groups')),
    reason: textOf(fields.reason, 2000, within(place, 'reason')),
  }
  return {
    ...rule,
    ...(fields.path === undefined ? {} : { path: textOf(fields.path, 2000, within(place, 'path')) }),
    ...(fields.until === undefined ? {} : { until: instant(fields.until, within(place, 'until')) }),
  }
}
