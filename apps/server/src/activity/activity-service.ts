import { createHash } from 'node:crypto'
import type { CategoryLists, RuleSet } from '@gatehouse/engine'
import type { PeopleReads } from '../people/people-store.ts'
import { type Actor, mustBeAllowed, personOf, systemActor } from '../platform/actor.ts'
import { type Change, changed, type Read } from '../platform/change.ts'
import type { Clock } from '../platform/clock.ts'
import { isId } from '../platform/identifiers.ts'
import { Refusal } from '../platform/refusal.ts'
import { type ActivityRow, gatewayLine } from './activity-line.ts'
import { type ImportCounts, importLog, type KnownPerson, type Searched } from './log-import.ts'
import { examineSearches } from './search-examine.ts'
import type { LogFormat } from './log-formats.ts'
import type { ActivityReads, ActivityWrites } from './activity-store.ts'

/** Hosts that only our own tests ask for (RFC 6761: `.invalid` is never given to anybody). */
const probedSuffix = '.gatehouse.invalid'

/** How old what an imported log says may be, to be looked at for concerns. */
const flaggedWithinMs = 7 * 86_400_000

export interface ActivityServiceWrites {
  readonly activity: ActivityWrites
}

export interface ActivityServiceReads {
  readonly activity: ActivityReads
  readonly people: PeopleReads
}

export type ActivityService = ReturnType<typeof createActivityService>

/** The web log: takes it from gateways and files. */
export function createActivityService(parts: {
  /** Told of what was stored, once it is stored, and of the searches in it, which are not. */
  onTaken?: (schoolId: string, rows: readonly ActivityRow[], searched: readonly Searched[]) => Promise<void>
  change: Change<ActivityServiceWrites>
  read: Read<ActivityServiceReads>
  schools: () => Promise<readonly { readonly id: string }[]>
  clock: Clock
  isProber: (personId: string) => boolean
  /** The person behind an id of a bundle. */
  personOfId: (id: string) => string
  /** The rules in force, for searches in other programs’ logs. */
  rulesOf: (schoolId: string) => Promise<RuleSet>
}) {
  const { change, schools, clock, personOfId } = parts
  /** The filter’s own questions: by a prober’s name, or from a network’s address for a host that is nobody’s. */
  const isProbe = ({ personId, host }: ActivityRow): boolean =>
    personId === null ? host.endsWith(probedSuffix) : parts.isProber(personId)

  return {
    /**
     * A segment of a gateway's log: JSON lines, of one school or several. Taken once, however often it is sent. Every line is
     * either stored, a prober's, or refused; the three add up, and stand in each school's ledger.
     */
    takeSegment: async ({ id, bytes }: { readonly id: string; readonly bytes: Buffer }): Promise<void> => {
      const now = clock()
      const known = new Set((await schools()).map(school => school.id))
      const bySchool = new Map<string, { rows: ActivityRow[]; probes: Date[]; searched: Searched[] }>()
      let lines = 0
      let refused = 0
      for (const text of bytes.toString('utf8').split('\n')) {
        if (text.trim() === '') continue
        lines += 1
        const line = gatewayLine(text, now)
        if (!line || !known.has(line.school)) {
          refused += 1
          continue
        }
        const place = bySchool.get(line.school) ?? { rows: [], probes: [], searched: [] }
        if (isProbe(line.row)) place.probes.push(line.row.at)
        else {
          const personId = line.row.personId === null ? null : personOfId(line.row.personId)
          if (personId !== null && !isId(personId)) {
            refused += 1
            continue
          }
          const row = { ...line.row, personId }
          place.rows.push(row)
          if (line.heard !== null) place.searched.push({ row, query: line.heard })
        }
        bySchool.set(line.school, place)
      }
      // A line that names no school of ours is on record where there is only one whose it could be, or else with the first.
      const first = [...bySchool.keys()][0] ?? [...known][0]
      if (first !== undefined && !bySchool.has(first)) bySchool.set(first, { rows: [], probes: [], searched: [] })
      const digest = createHash('sha256').update(bytes).digest('hex')
      for (const [school, { rows, probes, searched }] of bySchool) {
        const rejected = school === first ? refused : 0
        const stored = await takeRows(school, {
          id,
          source: 'gateway',
          format: null,
          digest,
          rows,
          probes,
          rejected,
          lines: rows.length + probes.length + rejected,
        })
        if (stored > 0) await parts.onTaken?.(school, rows, searched)
      }
      if (bySchool.size === 0 && lines > 0)
        throw new Refusal('unavailable', 'There is no school here yet to which this log could belong.')
    },

    /** Whoever reviews the log says that they did; what they found goes into a case, not here. */
    reviewed: (actor: Actor, day: string, counts: { allow: number; warn: number; block: number }): Promise<void> =>
      change(actor, async () => {
        mustBeAllowed(actor, 'activity.view')
        personOf(actor)
        return changed(undefined, { type: 'activity.reviewed', subject: `activity:${day}`, detail: { ...counts } })
      }),

    /**
     * Reads a log of another program: Squid's, native or JSON, Unbound's queries, or CSV (`log-formats.ts`).
     * read = stored + known + rejected + own.
     * @param lines in file order, in batches of any size.
     */
    importLog: async (
      schoolId: string,
      lines: AsyncIterable<readonly string[]>,
      options: { readonly lists: CategoryLists; readonly format?: LogFormat },
    ): Promise<ImportCounts> => {
      const { users } = await parts.read(schoolId, async ({ people }) => ({ users: await people.loginNames() }))
      const known = new Map<string, KnownPerson>(
        users.map(({ username, personId, groups }) => [username, { id: personId, groups }]),
      )
      // Until a line turns out to be known, none is thought to be.
      let isNew = true
      return importLog({
        lines,
        lists: options.lists,
        ...(options.format === undefined ? {} : { format: options.format }),
        now: clock(),
        personOf: user =>
          user === null
            ? null
            : (loginNamesIn(user)
                .map(name => known.get(name))
                .find(Boolean) ?? null),
        examine: examineSearches(await parts.rulesOf(schoolId), options.lists),
        take: async ({ digest, format, rows, searched, rejected, own }) => {
          const added = await takeRows(schoolId, {
            id: `${digest.slice(0, 48)}-import`,
            source: 'import',
            format,
            digest,
            rows,
            probes: [],
            rejected,
            lines: rows.length + rejected + own,
            isNew,
          })
          if (added < rows.length) isNew = false
          // A log of last year is history; one of this week may be about a child who needs somebody.
          const since = new Date(clock().getTime() - flaggedWithinMs)
          if (added > 0)
            await parts.onTaken?.(
              schoolId,
              rows.filter(({ at }) => at >= since),
              searched.filter(({ row }) => row.at >= since),
            )
          return added
        },
      })
    },
  }

  /** @returns how many rows were new. */
  async function takeRows(
    school: string,
    segment: {
      id: string
      source: 'gateway' | 'import'
      format: string | null
      digest: string
      rows: readonly ActivityRow[]
      probes: readonly Date[]
      rejected: number
      lines: number
      /** None of the rows is thought to be there. */
      isNew?: boolean
    },
  ): Promise<number> {
    const { id, source, format, digest, rows, probes, rejected, lines } = segment
    const times = rows.map(row => row.at.getTime())
    const range = times.reduce((sum, time) => [Math.min(sum[0], time), Math.max(sum[1], time)] as const, [
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
    ] as const)
    const instant = (time: number): Date | null => (Number.isFinite(time) ? new Date(time) : null)
    try {
      return await change(systemActor(school, source), async ({ activity }) => {
        const added = await activity.add(rows, segment.isNew)
        const lastProbeAt = probes.reduce<Date | null>((last, at) => (last && last > at ? last : at), null)
        const isNew = await activity.beginSegment({
          id,
          source,
          format,
          firstAt: instant(range[0]),
          lastAt: instant(range[1]),
          lines,
          stored: added,
          rejected,
          probes: probes.length,
          lastProbeAt,
          digest,
        })
        if (!isNew) throw new TakenBefore()
        return changed(added, {
          type: 'activity.received',
          subject: `segment:${id}`,
          detail: { source, lines, stored: added, known: rows.length - added, rejected, probes: probes.length, digest },
        })
      })
    } catch (error) {
      if (error instanceof TakenBefore) return 0
      throw error
    }
  }
}

/** How one user may stand in another program's log: `pia`, `SCHOOL\\pia`, `pia@school.example`. */
const loginNamesIn = (user: string): string[] => {
  const name = user.toLowerCase()
  return [name, name.slice(name.lastIndexOf('\\') + 1), name.split('@')[0] ?? '']
}

/** The gateway sent it again because our answer got lost: everything is there. */
class TakenBefore extends Error {}
