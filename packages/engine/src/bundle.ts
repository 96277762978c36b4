/**
 * The bundle: everything a gateway needs to go on filtering when the server is away. The server signs it, gateways
 * verify it. This file knows its shape and nothing of keys, files or networks.
 *
 * On disk and on the wire a bundle is the JSON object {@link SignedBundle}; its payload is the JSON text of
 * {@link BundlePayload} in UTF-8, and the signature is Ed25519 (RFC 8032) over exactly those bytes.
 */
import {
  day,
  distinct,
  fault,
  flag,
  instant,
  list,
  matching,
  maxErrors,
  oneOf,
  optional,
  type Place,
  record,
  textOf,
  texts,
  whole,
  within,
} from './bundle-reader.ts'
import { readRules } from './bundle-rules.ts'
import {
  isPlainPhrase,
  isRuleId,
  mostOff,
  mostPhrases,
  phraseBounds,
  phraseWheres,
  type SchoolRules,
} from './concern/school-rules.ts'
import { concerns } from './concern/types.ts'
import type { RuleSet } from './filter/types.ts'

export const bundleFormat = 'gatehouse-bundle'
/** The same, for one device: one school and at most one person. A name of its own, so that neither is taken for the other. */
export const deviceRulesFormat = 'gatehouse-device-rules'
export type BundleFormat = typeof bundleFormat | typeof deviceRulesFormat

/** `payload` and `signature` are base64 (RFC 4648 §4); `keyId` is for people and logs, never for choosing a key. */
export interface SignedBundle {
  readonly payload: string
  readonly signature: string
  readonly keyId: string
}

export interface BundlePayload {
  readonly format: BundleFormat
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
  /** Networks of the school. Empty in bundles from before there were any. */
  readonly places: readonly BundlePlace[]
  /** Devices that stand for a person, where the browser cannot be asked who it is. */
  readonly devices: readonly BundleDevice[]
  /** What the school changed about the rules for concerns: in a device's rules, and where somebody is watched. Not in those from before there were any. */
  readonly concerns?: SchoolRules
  /** Groups that an approved assessment of monitoring covers; absent where there are none. Searches of nobody else are read for concerns. */
  readonly watched?: readonly string[]
}

export interface BundlePlace {
  readonly id: string
  readonly name: string
  /** CIDR, IPv4 or IPv6: '10.4.0.0/16'. */
  readonly subnets: readonly string[]
  /** Group of whoever is there and cannot be asked; null where nobody unknown is let through. */
  readonly group: string | null
}

export interface BundleDevice {
  /** IP or hardware address, lower case. */
  readonly address: string
  readonly personId: string
}

export interface BundlePerson {
  readonly id: string
  readonly username: string
  readonly groups: readonly string[]
  /** PHC string of the proxy password, Argon2id only. */
  readonly proxyHash: string
  readonly suspended: boolean
  /** Ids of the classes of which they are a pupil; a teacher is not in their own class. */
  readonly classes: readonly string[]
  /** 'R', '1' … '13', or null. */
  readonly year: string | null
  /** 'YYYY-MM-DD', or null if not known. */
  readonly turns13On: string | null
}

export type BundleParse =
  | { readonly ok: true; readonly payload: BundlePayload }
  | { readonly ok: false; readonly errors: readonly string[] }

/**
 * Reads the text of a payload. Attacker-controlled until its signature is verified, and even then parsed as if it were:
 * never throws, drops fields it does not know, and names each fault by its path, such as `schools[0].people[3].groups`.
 */
export function parseBundlePayload(text: string, format: BundleFormat = bundleFormat): BundleParse {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { ok: false, errors: ['the payload is not JSON'] }
  }
  const errors: string[] = []
  const payload = readPayload(value, format, { at: '', errors })
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

const base64Pattern = /^[A-Za-z0-9+/]+={0,2}$/
const schoolIdPattern = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/
/** A bare file name: nothing that could step out of the bundle's folder. */
const fileNamePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,120}$/
const digestPattern = /^[0-9a-f]{64}$/
const basePattern = /^https?:\/\/[A-Za-z0-9.-]+(?::\d{1,5})?$|^https?:\/\/\[[0-9a-fA-F:.]+\](?::\d{1,5})?$/
const hostAndPortPattern = /^(?:[A-Za-z0-9._-]{1,253}|\[[0-9a-fA-F:.]{2,45}\]):\d{1,5}$/
const argon2idPattern = /^\$argon2id\$v=19\$[a-z0-9=,]{1,60}\$[A-Za-z0-9+/]{8,128}\$[A-Za-z0-9+/]{16,256}$/
const testSiteHost = 'gatehouse.invalid'

function readPayload(value: unknown, format: BundleFormat, place: Place): BundlePayload | undefined {
  const fields = record(value, place)
  if (!fields) return undefined
  oneOf(fields.format, [format], within(place, 'format'))
  if (fields.v !== 1) fault(within(place, 'v'), '1, the only version there is')
  const schools = list(fields.schools, within(place, 'schools'), readSchool)
  distinct(schools, school => school.id, 'school id', within(place, 'schools'))
  return {
    format,
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
  const places = list(fields.places ?? [], within(place, 'places'), readPlace)
  distinct(places, each => each.id, 'place id', within(place, 'places'))
  const devices = list(fields.devices ?? [], within(place, 'devices'), readDevice)
  distinct(devices, each => each.address, 'address', within(place, 'devices'))
  if (!rules) return undefined
  return {
    id: matching(fields.id, schoolIdPattern, 'a school id: a-z, 0-9 and hyphens, at most 40', within(place, 'id')),
    name: textOf(fields.name, 300, within(place, 'name')),
    rules,
    people,
    places,
    devices,
    ...optional('concerns', fields.concerns, place, readConcernRules),
    ...optional('watched', fields.watched, place, (value, at) => texts(value, 100, at)),
  }
}

/** A phrase that is not in its simple form would be a pattern: nothing but plain words gets through. */
function readConcernRules(value: unknown, place: Place): SchoolRules {
  const fields = record(value, place) ?? {}
  const id = (item: unknown, at: Place): string => {
    const text = textOf(item, 80, at)
    if (text !== '' && !isRuleId(text)) fault(at, 'the id of a rule')
    return text
  }
  const off = list(fields.off, within(place, 'off'), id)
  const added = list(fields.added, within(place, 'added'), (item, at) => {
    const phrase = record(item, at)
    const concern = phrase && oneOf(phrase.concern, concerns, within(at, 'concern'))
    const words = phrase && textOf(phrase.phrase, phraseBounds.mostCharacters, within(at, 'phrase'))
    if (!phrase || !concern || !words) return undefined
    if (!isPlainPhrase(words)) fault(within(at, 'phrase'), 'plain words')
    return {
      id: id(phrase.id, within(at, 'id')),
      concern,
      severity: whole(phrase.severity, 1, 4, within(at, 'severity')) as 1 | 2 | 3 | 4,
      phrase: words,
      ...optional('where', phrase.where, at, (where, here) => oneOf(where, phraseWheres, here) ?? 'texts'),
    }
  })
  if (off.length > mostOff) fault(within(place, 'off'), `at most ${mostOff} rules`)
  if (added.length > mostPhrases) fault(within(place, 'added'), `at most ${mostPhrases} phrases`)
  return { version: whole(fields.version, 0, Number.MAX_SAFE_INTEGER, within(place, 'version')), off, added }
}

const subnetPattern =
  /^(?:\d{1,3}(?:\.\d{1,3}){3}\/(?:[12]?\d|3[0-2])|[0-9a-fA-F:.]{2,45}\/(?:\d{1,2}|1[01]\d|12[0-8]))$/

function readPlace(value: unknown, place: Place): BundlePlace | undefined {
  const fields = record(value, place)
  if (!fields) return undefined
  return {
    id: textOf(fields.id, 100, within(place, 'id')),
    name: textOf(fields.name, 300, within(place, 'name')),
    subnets: list(fields.subnets, within(place, 'subnets'), (item, at) =>
      matching(item, subnetPattern, 'a network such as 10.4.0.0/16', at),
    ),
    group: fields.group === null ? null : textOf(fields.group, 100, within(place, 'group')),
  }
}

function readDevice(value: unknown, place: Place): BundleDevice | undefined {
  const fields = record(value, place)
  if (!fields) return undefined
  return {
    address: matching(
      fields.address,
      /^[0-9a-f:.]{2,45}$/,
      'an IP or hardware address in lower case',
      within(place, 'address'),
    ),
    personId: textOf(fields.personId, 100, within(place, 'personId')),
  }
}

function readPerson(value: unknown, place: Place): BundlePerson | undefined {
  const fields = record(value, place)
  if (!fields) return undefined
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
    suspended: flag(fields.suspended, within(place, 'suspended')),
    classes: texts(fields.classes ?? [], 100, within(place, 'classes')),
    year: (fields.year ?? null) === null ? null : textOf(fields.year, 20, within(place, 'year')),
    turns13On: (fields.turns13On ?? null) === null ? null : day(fields.turns13On, within(place, 'turns13On')),
  }
}
