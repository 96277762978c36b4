/**
 * The rules that the helper decides by: the signed bundle of the data folder, read again when it changes, or, where there
 * is no school yet, the shipped profiles with the lists in force. Everything here is read at once and never waits for
 * the event loop, because the helper's loop does not turn it.
 */
import { createPublicKey, type KeyObject } from 'node:crypto'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { BundlePayload } from '@gatehouse/engine/bundle'
import { compileLists, type ListEntry } from '@gatehouse/engine/filter/compile-lists'
import { openLists } from '@gatehouse/engine/filter/open-lists'
import { shippedRules } from '@gatehouse/engine/filter/profiles'
import { type CategoryLists, categories } from '@gatehouse/engine/filter/types'
import type { Announcer } from '../announcer.ts'
import { sha256 } from '../bundle-file.ts'
import { type BundleHolder, createBundleHolder, type Rules } from '../bundle-holder.ts'
import { createPeopleDirectory } from '../people-directory.ts'
import type { HelperPaths } from './helper-settings.ts'

export interface HelperRules {
  readonly holder: BundleHolder
  /** Reads what has changed on disk since the last time. Never throws. */
  refresh(): Promise<void>
}

export async function openHelperRules(paths: HelperPaths, announcer: Announcer): Promise<HelperRules> {
  if (hasSchool(paths)) return bundleRules(paths, announcer)
  const shipped = shippedHolder(paths, announcer)
  await shipped.refresh()
  let holder = shipped.holder
  let later: HelperRules | undefined
  return {
    get holder() {
      return holder
    },
    async refresh() {
      // The first school may be made while Squid runs.
      if (!later && hasSchool(paths)) later = await bundleRules(paths, announcer)
      await (later ?? shipped).refresh()
      if (later) holder = later.holder
    },
  }
}

/** A data folder with a database, or with a bundle, has had a school: then the shipped profiles are nobody's rules. */
const hasSchool = ({ bundleFile, isBundleNamed, dataFolder, hasDatabase }: HelperPaths): boolean =>
  isBundleNamed ||
  existsSync(bundleFile) ||
  hasDatabase ||
  existsSync(join(dataFolder, 'postgres')) ||
  existsSync(join(dataFolder, 'postgres.location'))

async function bundleRules(paths: HelperPaths, announcer: Announcer): Promise<HelperRules> {
  const { bundleFile, keyFile } = paths
  const lastGood = join(dirname(bundleFile), 'spool', 'last-good-bundle.json')
  const shipped = shippedHolder(paths, announcer)
  let stamp = ''
  let publicKey: KeyObject | undefined
  let holder: BundleHolder | undefined
  const held = (): BundleHolder => {
    const { payload } = holder?.current() ?? {}
    // A bundle that says that there is no school is the product before its first one.
    if (holder && payload?.schools.length === 0) return shipped.holder
    return holder ?? nobodysRules
  }
  const refresh = async (): Promise<void> => {
    const found = stampOf(bundleFile)
    if (found === stamp) return
    publicKey ??= publicKeyIn(keyFile, announcer)
    if (!publicKey) return
    holder ??= createBundleHolder({
      publicKey,
      openLists,
      fetchLists: async (name, digest) => listsOf(join(dirname(bundleFile), name), digest),
      now: Date.now,
      monotonicMs: () => performance.now(),
      announcer,
      onChange: () => undefined,
    })
    const text = readOrNothing(bundleFile)
    if (text === undefined) announcer.sayState('bundle', `There is no bundle to be read at ${bundleFile}`)
    const offer = text === undefined ? 'refused' : await holder.offer(text, bundleFile)
    // Asked again until it is good: its lists may come later.
    stamp = offer === 'refused' ? '' : found
    if (holder.current()) return
    const kept = readOrNothing(lastGood)
    if (kept !== undefined) await holder.offer(kept, lastGood)
  }
  const whole = async (): Promise<void> => {
    await refresh().catch(error => announcer.sayState('refresh', `The bundle cannot be read: ${String(error)}`))
    if (holder?.current()?.payload.schools.length === 0) await shipped.refresh()
  }
  await whole()
  return {
    get holder() {
      return held()
    },
    refresh: whole,
  }
}

const stampOf = (file: string): string => {
  const stat = statSync(file, { throwIfNoEntry: false })
  return stat ? `${stat.ino} ${stat.mtimeMs} ${stat.size}` : 'none'
}
const readOrNothing = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
const listsOf = (file: string, digest: string): Uint8Array | undefined => {
  try {
    const bytes = readFileSync(file)
    return sha256(bytes) === digest ? bytes : undefined
  } catch {
    return undefined
  }
}

function publicKeyIn(keyFile: string, announcer: Announcer): KeyObject | undefined {
  try {
    const { bundlePublicKey } = JSON.parse(readFileSync(keyFile, 'utf8')) as { bundlePublicKey?: unknown }
    const key = createPublicKey(String(bundlePublicKey))
    if (key.asymmetricKeyType === 'ed25519') return key
    announcer.sayState('key', `The key in ${keyFile} is not the Ed25519 key of a bundle`)
  } catch {
    announcer.sayState('key', `The key file ${keyFile} cannot be read, so nothing is let through`)
  }
  return undefined
}

/** Before the first good bundle: nothing is decided. */
const nobodysRules: BundleHolder = {
  current: () => undefined,
  people: () => createPeopleDirectory(undefined),
  isStale: () => true,
  offer: async () => 'refused',
}

/** What ships, for everybody whom `--group` names, by the lists in force or else our own. */
function shippedHolder(paths: HelperPaths, announcer: Announcer): HelperRules {
  const pointer = join(paths.dataFolder, 'lists', 'active.json')
  let stamp: string | undefined
  let rules: Rules | undefined
  const refresh = (): void => {
    const found = stampOf(pointer)
    if (rules && found === stamp) return
    try {
      const lists = found === 'none' ? ownLists(paths.shippedLists) : activeLists(pointer)
      rules = {
        payload: shippedPayload(found === 'none' ? '' : activeDigest(pointer)),
        lists,
        people: createPeopleDirectory(undefined),
      }
      stamp = found
      announcer.sayOver('lists', 'The category lists can be read again')
    } catch (error) {
      announcer.sayState('lists', `The category lists cannot be read: ${error instanceof Error ? error.message : ''}`)
    }
  }
  return {
    holder: {
      current: () => rules,
      people: () => createPeopleDirectory(undefined),
      isStale: () => false,
      offer: async () => 'refused',
    },
    refresh: async () => refresh(),
  }
}

function activeDigest(pointer: string): string {
  const { sha256: digest } = JSON.parse(readFileSync(pointer, 'utf8')) as { sha256?: unknown }
  if (typeof digest === 'string' && /^[0-9a-f]{64}$/.test(digest)) return digest
  throw new Error(`${pointer} names no list file`)
}

function activeLists(pointer: string): CategoryLists {
  const name = activeDigest(pointer)
  const file = join(dirname(pointer), `${name}.lists`)
  const bytes = listsOf(file, name)
  if (!bytes) throw new Error(`${file} is missing, or is not the list file that its name says`)
  return openLists(bytes)
}

/** The lists that ship with the product, compiled here and now: some thousand names. */
function ownLists(folder: string): CategoryLists {
  const lines = (file: string): string[] =>
    (readOrNothing(file) ?? '')
      .split('\n')
      .map(line => line.trim())
      .filter(line => line !== '' && !line.startsWith('#'))
  const entries: ListEntry[] = categories.flatMap(category =>
    lines(join(folder, 'starter', `${category}.txt`)).map(domain => ({ domain, category, source: 'starter' })),
  )
  for (const line of lines(join(folder, 'must-allow.tsv')))
    entries.push({ domain: line.split('\t')[0] ?? '', category: 'must-allow', source: 'must-allow' })
  const source = { licence: 'MIT', date: '', isCurated: true } as const
  return openLists(
    compileLists(entries, [
      { id: 'starter', name: 'Gatehouse starter lists', ...source },
      { id: 'must-allow', name: 'Gatehouse must-allow list', ...source },
    ]),
  )
}

const shippedPayload = (listsSha256: string): BundlePayload => ({
  format: 'gatehouse-bundle',
  v: 1,
  issuedAt: new Date(0).toISOString(),
  serial: 0,
  maxAgeMinutes: 1,
  listsFile: 'none',
  listsSha256,
  testSite: null,
  allowPrivate: [],
  blockPageBase: '',
  schools: [{ id: 'none', name: '', rules: shippedRules(), people: [], places: [], devices: [] }],
})
