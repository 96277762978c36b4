import { createHash } from 'node:crypto'
import { canonicalJson } from '@gatehouse/ledger/canonical'
import type { CalendarDate } from '@gatehouse/engine/calendar'
import type { LookAuthority } from './look.ts'
import type { LookAccess } from './look-store.ts'

/*
 * The people who watch are watched (A-3.2-05; row 19): after each half term the headteacher reads who looked at whom, and the
 * chair of governors what concerns the headteacher. Pure.
 */

/** School days in which a report is read after the half term has ended. */
export const readDays = 10

/** A half-open range, as the school's terms give it. */
export interface HalfTermOf {
  readonly from: CalendarDate
  readonly to: CalendarDate
  readonly name: string
}

/** Whoever was headteacher at any time of the period, by person. */
export type Heads = ReadonlySet<string>

/** What concerns the headteacher goes to the chair and nobody else; all the rest to the headteacher. */
export const readerOf = (access: Pick<LookAccess, 'byId' | 'personId'>, heads: Heads): 'headteacher' | 'chair' =>
  heads.has(access.byId) || (access.personId !== null && heads.has(access.personId)) ? 'chair' : 'headteacher'

export interface WatchedRow {
  readonly byId: string
  readonly personId: string | null
  readonly target: string
  readonly authority: LookAuthority | null
  readonly opened: number
  readonly refused: readonly { readonly at: Date; readonly why: string }[]
  readonly beforeAuthority: number
  readonly firstAt: Date
  readonly lastAt: Date
}

/** One row for each leave, and for each person looked at without any; those with refusals first. */
export function watchedRows(accesses: readonly LookAccess[], authorities: readonly LookAuthority[]): WatchedRow[] {
  const byKey = new Map<string, LookAccess[]>()
  for (const access of accesses) {
    const key = `${access.byId} ${access.authorityId ?? `- ${access.personId ?? '-'} ${access.target}`}`
    byKey.set(key, [...(byKey.get(key) ?? []), access])
  }
  return [...byKey.values()]
    .flatMap(rows => {
      const [first] = rows
      const last = rows.at(-1)
      if (!first || !last) return []
      return [
        {
          byId: first.byId,
          personId: first.personId,
          target: first.target,
          authority: authorities.find(({ id }) => id === first.authorityId) ?? null,
          opened: rows.filter(({ outcome }) => outcome === 'opened').length,
          refused: rows.flatMap(({ outcome, at, why }) => (outcome === 'refused' && why ? [{ at, why }] : [])),
          beforeAuthority: rows.filter(each => each.beforeAuthority).length,
          firstAt: first.at,
          lastAt: last.at,
        },
      ]
    })
    .sort((one, other) => other.refused.length - one.refused.length || one.firstAt.getTime() - other.firstAt.getTime())
}

/** What somebody signs: the looks and refusals as they stood. */
export const accessesDigest = (accesses: readonly LookAccess[]): string =>
  createHash('sha256')
    .update(
      canonicalJson(
        accesses.map(each => ({
          id: each.id,
          authority: each.authorityId,
          target: each.target,
          person: each.personId,
          by: each.byId,
          at: each.at.toISOString(),
          outcome: each.outcome,
          why: each.why,
          before: each.beforeAuthority,
        })),
      ),
    )
    .digest('hex')
