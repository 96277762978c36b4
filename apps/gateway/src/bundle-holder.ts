/**
 * The bundle in force. A new one is taken only when it is signed, newer, whole, and its lists are there and are the
 * ones it names; otherwise the last good one stays, and the reason is said aloud.
 */
import type { KeyObject } from 'node:crypto'
import type { BundlePayload } from '@gatehouse/engine/bundle'
import type { CategoryLists } from '@gatehouse/engine/filter/types'
import type { Announcer } from './announcer.ts'
import { readSignedBundle, sha256 } from './bundle-file.ts'
import { createPeopleDirectory, type PeopleDirectory } from './people-directory.ts'

export interface Rules {
  readonly payload: BundlePayload
  readonly lists: CategoryLists
  readonly people: PeopleDirectory
}

/** `older`: good, but from before the one in force; whoever offered it decides whether that is worth a word. */
export type Offer = 'taken' | 'same' | 'older' | 'refused'

export interface BundleHolder {
  current(): Rules | undefined
  people(): PeopleDirectory
  /** True when the bundle is older than its own limit, so that children's groups must be closed. */
  isStale(): boolean
  /** Considers the text of a signed bundle. `from` is said when it is refused. One offer is considered at a time. */
  offer(text: string, from: string): Promise<Offer>
}

export interface BundleHolderOptions {
  readonly publicKey: KeyObject
  readonly openLists: (bytes: Uint8Array) => CategoryLists
  /** The compiled lists, from wherever they can be had; undefined if from nowhere. Digest is checked here. */
  readonly fetchLists: (listsFile: string, listsSha256: string) => Promise<Uint8Array | undefined>
  readonly now: () => number
  /** Milliseconds of a clock that cannot be set. */
  readonly monotonicMs: () => number
  readonly announcer: Announcer
  readonly onChange: (rules: Rules) => void
}

/** How far ahead of ours the server's clock may seem to be before it is worth saying. */
const clockToleranceMs = 5 * 60_000

export function createBundleHolder(options: BundleHolderOptions): BundleHolder {
  const { announcer, now, monotonicMs } = options
  const nobody = createPeopleDirectory(undefined)
  let rules: Rules | undefined
  let ageWhenTakenMs = 0
  let takenAtMs = 0
  let issuedMs = 0
  let last: Promise<unknown> = Promise.resolve()

  const refuse = (from: string, why: string): Offer => {
    const kept = rules ? `still filtering from bundle ${rules.payload.serial}` : 'nothing is let through'
    announcer.sayState('bundle', `REFUSED the bundle from ${from}: ${why}; ${kept}`)
    return 'refused'
  }

  const consider = async (text: string, from: string): Promise<Offer> => {
    const reading = readSignedBundle(text, options.publicKey)
    if (!reading.ok) return refuse(from, reading.why)
    const { payload } = reading
    const issued = Date.parse(payload.issuedAt)
    if (rules) {
      const held = rules.payload
      if (payload.serial < held.serial) return 'older'
      const heldIssued = Date.parse(held.issuedAt)
      if (payload.serial === held.serial && issued <= heldIssued) return 'same'
    }
    const lists = await listsFor(payload, from)
    if (!lists) return 'refused'
    rules = { payload, lists, people: createPeopleDirectory(payload) }
    ageWhenTakenMs = Math.max(0, now() - issued)
    takenAtMs = monotonicMs()
    issuedMs = issued
    if (issued > now() + clockToleranceMs) {
      announcer.sayState('clock', `The clocks differ: bundle ${payload.serial} was issued in this machine's future`)
    }
    announcer.sayOver('bundle', `Bundle ${payload.serial} is good and in force`)
    options.onChange(rules)
    return 'taken'
  }

  const listsFor = async (payload: BundlePayload, from: string): Promise<CategoryLists | undefined> => {
    if (rules && rules.payload.listsSha256 === payload.listsSha256) return rules.lists
    const bytes = await options.fetchLists(payload.listsFile, payload.listsSha256)
    if (!bytes) {
      refuse(from, `its category lists ${payload.listsFile} cannot be had`)
      return undefined
    }
    if (sha256(bytes) !== payload.listsSha256) {
      refuse(from, `the category lists ${payload.listsFile} are not the ones it names`)
      return undefined
    }
    try {
      return options.openLists(bytes)
    } catch (error) {
      refuse(from, `its category lists cannot be read: ${error instanceof Error ? error.message : 'unknown fault'}`)
      return undefined
    }
  }

  return {
    current: () => rules,
    people: () => rules?.people ?? nobody,
    isStale() {
      if (!rules) return true
      // Whichever clock says it is older: setting the wall clock back must not keep an old bundle young.
      const sinceTaken = ageWhenTakenMs + monotonicMs() - takenAtMs
      const age = Math.max(sinceTaken, now() - issuedMs)
      return age > rules.payload.maxAgeMinutes * 60_000
    },
    offer(text, from) {
      const turn = last.then(() => consider(text, from))
      last = turn.catch(() => undefined)
      return turn
    },
  }
}
