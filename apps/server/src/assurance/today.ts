import type { LedgerEntry } from '@gatehouse/ledger/entry'
import type { PersonActor } from '../platform/actor.ts'
import type { LedgerReads } from '../platform/ledger-reads.ts'

/*
 * What the first page is made of. Each domain contributes small functions over its own narrow reads; `compose.ts` collects
 * them, and `today-page.ts` puts them in order. A source that breaks is shown as unknown: the rest of the page stands.
 */

/** Something that waits for this person. Holds no name of a child and no words of a report. */
export interface Need {
  /** What is to be done, beginning with a verb: “Take a report”. The whole line is the link. */
  readonly text: string
  readonly href: string
  /** When it must be done by; null where nothing says so. Needs are shown by time left, those without a limit last. */
  readonly due: Date | null
  /** Since when it waits, where that is known. */
  readonly since?: Date
  /** One sentence more, where the line alone is not enough: “You act for the safeguarding lead, who is away.” */
  readonly note?: string
  /** Nobody answers for it, or a child may be at risk: shown first, whatever its time. */
  readonly loud?: boolean
  /** Needs with the same key are one line: the deadline of a report and the report itself. Usually the `href`. */
  readonly key?: string
}

/** Something that happened since this person was last here: one sentence, of a thing that this person may know. */
export interface Happening {
  readonly at: Date
  readonly text: string
  readonly href?: string
}

/** One part of the machine, as it was last seen. `unknown` is shown as unknown and never as fine. */
export interface WorkingItem {
  readonly id: string
  /** “Filter gateway”. */
  readonly name: string
  readonly state: 'working' | 'late' | 'failing' | 'unknown'
  /** What was seen, in a few words: “answered a minute ago”. */
  readonly says: string
  readonly href?: string
}

export type NeedSource<R> = (reads: R, actor: PersonActor, now: Date) => Promise<readonly Need[]>
/** `from` is the last visit and exclusive; at the first visit, a week ago. */
export type HappenedSource<R> = (
  reads: R,
  actor: PersonActor,
  window: { from: Date; to: Date },
) => Promise<readonly Happening[]>
export type WorkingSource<R> = (reads: R, actor: PersonActor, now: Date) => Promise<readonly WorkingItem[]>

/** What a domain contributes; `compose.ts` holds the list of all. */
export interface TodaySources<R> {
  readonly needs?: readonly NeedSource<R>[]
  readonly happened?: readonly HappenedSource<R>[]
  readonly working?: readonly WorkingSource<R>[]
}

/** How entries of one type are told: one of them, and several together. */
export interface Saying<R> {
  readonly type: string
  /** Whether this reader may know of such entries at all. */
  readonly mayKnow: (actor: PersonActor) => boolean
  /** Of these entries, those that this reader may know of; all of them where it is left out. */
  readonly known?: (reads: R, actor: PersonActor, entries: readonly LedgerEntry[]) => Promise<readonly LedgerEntry[]>
  readonly one: (entry: LedgerEntry) => string
  readonly many: (count: number) => string
  /** Where one leads; several lead to `href` of the newest unless `listHref` is given. */
  readonly href?: (entry: LedgerEntry) => string
  readonly listHref?: string
}

/** More than this of one type are counted as “more than”. */
const mostCounted = 200

/** A source from a table of sayings: one sentence a type, with the newest time. What this reader did is left out. */
export const sayings =
  <R extends { readonly ledger: LedgerReads }>(table: readonly Saying<R>[]): HappenedSource<R> =>
  async (reads, actor, { from, to }) => {
    const told = table.filter(({ mayKnow }) => mayKnow(actor))
    if (told.length === 0) return []
    const found = await reads.ledger.list({ types: told.map(({ type }) => type), from, to, limit: mostCounted })
    const happenings: Happening[] = []
    for (const saying of told) {
      const ofType = found.filter(
        entry => entry.type === saying.type && entry.actor !== `person:${actor.personId}` && new Date(entry.at) > from,
      )
      const entries = saying.known && ofType.length > 0 ? await saying.known(reads, actor, ofType) : ofType
      const [newest] = entries
      if (!newest) continue
      const href = entries.length > 1 && saying.listHref ? saying.listHref : saying.href?.(newest)
      happenings.push({
        at: new Date(newest.at),
        text: entries.length === 1 ? saying.one(newest) : saying.many(entries.length),
        ...(href === undefined ? {} : { href }),
      })
    }
    return happenings
  }

/** In the order in which a person should look at them: loud ones, then by time left, then what waits longest. One a key. */
export function inOrder(needs: readonly Need[]): Need[] {
  const time = (at: Date | null | undefined): number => at?.getTime() ?? Number.POSITIVE_INFINITY
  const sorted = [...needs].sort(
    (a, b) =>
      Number(b.loud ?? false) - Number(a.loud ?? false) ||
      compare(time(a.due), time(b.due)) ||
      compare(time(a.since), time(b.since)),
  )
  const seen = new Set<string>()
  return sorted.filter(need => {
    const key = need.key ?? need.href
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}
const compare = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1)
