import { createHash } from 'node:crypto'
import { type Category, shippedGroups } from '@gatehouse/engine'
import { ageOfAudiences } from '@gatehouse/engine/concern/age'
import { isCovered } from '@gatehouse/engine/concern/covered'
import { detectorName, type SchoolRules } from '@gatehouse/engine/concern/school-rules'
import type { AgeBand, Concern } from '@gatehouse/engine/concern/types'
import { londonDate } from '@gatehouse/engine/calendar'
import type { ActivityRow } from '../activity/activity-line.ts'
import type { Searched } from '../activity/log-import.ts'
import type { Read } from '../platform/change.ts'
import type { ConcernDetectors } from './concern-detectors.ts'
import type { Severity } from './flag.ts'
import type { FlagService } from './flag-service.ts'
import type { FlagReads, NewFlag } from './flag-store.ts'
import { logRuleOf, meant } from './log-meaning.ts'
import type { ScopeReads } from './scope-store.ts'

/*
 * Flags from the web log: what was stopped at the filter and may mean that a child is in trouble, and what was searched for
 * where another program's log says so, or a gateway whose own reading of it flagged. The words of a search are read by the school's own rules as a device reads them, in
 * memory: those that mean nothing are forgotten, and the log itself keeps only what a search rule stopped. Once a person,
 * category and day: one page asks for a dozen addresses.
 */

interface Meaning {
  readonly concern: Concern
  readonly severity: Severity
}

/** A request of somebody known, and the words of its search if there are any. */
interface Asked {
  readonly row: ActivityRow
  readonly personId: string
  readonly words: string | null
}
/** Characters of a search that are looked at, and kept with a flag. */
const longestQuery = 200

/** What a stopped request may mean, or null. What somebody searched for weighs more than where a page led. `off`: rules that the school has switched off. */
export function meaningOf(row: ActivityRow, off: readonly string[] = []): Meaning | null {
  if (row.personId === null || row.verdict === 'allow') return null
  // A category that this version does not know means nothing here.
  const found = meant[row.category as Category]
  if (!found || off.includes(logRuleOf(row.category))) return null
  const [concern, severity] = found
  return {
    concern,
    severity: row.term !== null && severity < 4 && severity > 1 ? ((severity + 1) as Severity) : severity,
  }
}

/** Takes the rows of one segment; what is flagged twice on a day is one flag. */
export const createFlagsFromLog = (parts: {
  flags: Pick<FlagService, 'take'>
  read: Read<{ readonly flags: Pick<FlagReads, 'known'>; readonly scopes: Pick<ScopeReads, 'coveredGroups'> }>
  rules: (schoolId: string) => Promise<SchoolRules>
  detectors: Pick<ConcernDetectors, 'detectorFor'>
}) => {
  const { flags, read, detectors } = parts

  /** By its category, by the words that were searched for, or by both; null where the school’s rules find nothing in it. */
  const flagFor = ({ row, personId, words: term }: Asked, rules: SchoolRules): NewFlag | null => {
    const meaning = meaningOf(row, rules.off)
    const detector = term === null ? null : detectors.detectorFor(rules)
    const answer = detector?.detect({ text: term ?? '', kind: 'search', age: ageOf(row.groups) })
    const heard = answer?.flag ? answer : null
    if (!meaning && !heard) return null
    const scores = new Map<Concern, number>()
    if (meaning) scores.set(meaning.concern, term === null ? 0.3 : 0.6)
    for (const { name, score } of heard?.categories ?? [])
      if (score >= 0.5) scores.set(name, Math.max(score, scores.get(name) ?? 0))
    return {
      sender: `web-log:${digest([personId, londonDate(row.at)]).slice(0, 16)}`,
      senderId: senderIdOf(row, personId, term),
      source: 'activity',
      kind: term === null ? 'read' : 'search',
      at: row.at,
      // What is flagged has a severity of at least 1.
      severity: Math.max(meaning?.severity ?? 1, heard?.severity ?? 1) as Severity,
      concerns: [...scores].sort(([, less], [, more]) => more - less).map(([name, score]) => ({ name, score })),
      rules: [...(meaning ? [logRuleOf(row.category)] : []), ...(heard?.rules ?? [])].slice(0, 50),
      detector: detectorName({ version: detector ? `${version} ${detector.version}` : version }, rules),
      host: row.host,
      content: {
        text: term ?? `${row.host}${row.path}`,
        spans: heard?.spans ?? [],
        why: [
          term === null
            ? 'A page of this kind was asked for and stopped; nobody knows why it was asked for.'
            : row.term === null
              ? 'These words were searched for; a lesson may ask for the same words.'
              : 'These words were searched for and stopped by a search rule; a lesson may ask for the same words.',
          ...(heard ? [heard.why] : []),
        ].join(' '),
        page: `${row.host}${row.path}`,
        title: '',
      },
    }
  }

  return async (schoolId: string, rows: readonly ActivityRow[], searched: readonly Searched[] = []): Promise<void> => {
    const fresh = new Map<string, Asked>()
    const look = (row: ActivityRow, words: string | null): void => {
      const { personId } = row
      if (personId === null || (words === null && !meaningOf(row))) return
      const senderId = senderIdOf(row, personId, words)
      if (!fresh.has(senderId)) fresh.set(senderId, { row, personId, words })
    }
    for (const row of rows) if (row.verdict !== 'allow') look(row, row.term)
    for (const { row, query } of searched) look(row, row.term ?? query.trim().slice(0, longestQuery))
    if (fresh.size === 0) return
    // Most segments hold nothing new, or nobody whom an assessment covers: asked once, and nothing is written for it.
    const { covered, known } = await read(schoolId, async reads => ({
      covered: await reads.scopes.coveredGroups(),
      known: new Set(await reads.flags.known([...fresh.keys()])),
    }))
    const asked = [...fresh].filter(([senderId, { row }]) => !known.has(senderId) && isCovered(row.groups, covered))
    if (asked.length === 0) return
    const rules = await parts.rules(schoolId)
    for (const [, each] of asked) {
      const flag = flagFor(each, rules)
      const { personId, row } = each
      if (flag) await flags.take(schoolId, flag, { personId, groups: row.groups, device: 'web-log' })
    }
  }
}

/** Of what is done here; the detector that read the words has one of its own. */
const version = 'web-log-2'

/** Each search counts by its words, pages of a category once a day. The ids are digests: they outlive what the flag held. */
const senderIdOf = (row: ActivityRow, personId: string, words: string | null): string =>
  digest([personId, londonDate(row.at), row.category, words ?? ''])

const ageOf = (groups: readonly string[]): AgeBand =>
  ageOfAudiences(groups.map(group => shippedGroups.find(({ id }) => id === group)?.audience))

const digest = (parts: readonly string[]): string => createHash('sha256').update(JSON.stringify(parts)).digest('hex')
