import type { Category } from '@gatehouse/engine'
import type { Concern } from '@gatehouse/engine/concern/types'
import { londonDate } from '@gatehouse/engine/calendar'
import type { ActivityRow } from '../activity/activity-line.ts'
import type { PeopleReads } from '../people/people-store.ts'
import type { Read } from '../platform/change.ts'
import type { Severity } from './flag.ts'
import type { FlagService } from './flag-service.ts'

/*
 * Flags from the web log: what was stopped at the filter and may mean that a child is in trouble. Only what the log keeps
 * anyway (host, path, and the words of a search that a search rule stopped) goes into one. Once a person, category and day:
 * one page asks for a dozen addresses.
 */

const meant: Readonly<Partial<Record<Category, readonly [concern: Concern, severity: Severity]>>> = {
  selfharm: ['selfharm', 3],
  eating: ['eating', 3],
  extremism: ['extremism', 3],
  hate: ['hate', 2],
  misogyny: ['misogyny', 2],
  violence: ['violence', 2],
  weapons: ['weapons', 2],
  drugs: ['drugs', 2],
  pornography: ['sexual', 2],
  gambling: ['gambling', 1],
  vpn: ['circumvention', 1],
  proxy: ['circumvention', 1],
  tor: ['circumvention', 1],
  doh: ['circumvention', 1],
}

/** What a stopped request may mean, or null. What somebody searched for weighs more than where a page led. */
export function meaningOf(row: ActivityRow): { concern: Concern; severity: Severity } | null {
  if (row.personId === null || row.verdict === 'allow') return null
  // A category that this version does not know means nothing here.
  const found = meant[row.category as Category]
  if (!found) return null
  const [concern, severity] = found
  return {
    concern,
    severity: row.term !== null && severity < 4 && severity > 1 ? ((severity + 1) as Severity) : severity,
  }
}

/** Takes the rows of one segment; what is flagged twice on a day is one flag. */
export const createFlagsFromLog =
  (parts: { flags: Pick<FlagService, 'take'>; read: Read<{ readonly people: PeopleReads }> }) =>
  async (schoolId: string, rows: readonly ActivityRow[]): Promise<void> => {
    const seen = new Set<string>()
    for (const row of rows) {
      const meaning = meaningOf(row)
      const { personId } = row
      if (!meaning || personId === null) continue
      // Each search counts by its words; pages of a category once a day.
      const senderId = `${personId} ${londonDate(row.at)} ${row.category} ${row.term ?? ''}`
      if (seen.has(senderId)) continue
      seen.add(senderId)
      const groups = (await parts.read(schoolId, ({ people }) => people.groupsOf(personId)))
        .filter(({ kind }) => kind === 'filter')
        .map(({ id }) => id)
      const text = row.term ?? `${row.host}${row.path}`
      await parts.flags.take(
        schoolId,
        {
          sender: 'web-log',
          senderId,
          source: 'activity',
          kind: row.term === null ? 'read' : 'search',
          at: row.at,
          severity: meaning.severity,
          concerns: [{ name: meaning.concern, score: row.term === null ? 0.3 : 0.6 }],
          rules: [row.rule],
          detector: 'web-log-1',
          host: row.host,
          content: {
            text,
            spans: [],
            why:
              row.term === null
                ? 'A page of this kind was asked for and stopped; nobody knows why it was asked for.'
                : 'These words were searched for and stopped by a search rule; a lesson may ask for the same words.',
            page: `${row.host}${row.path}`,
            title: '',
          },
        },
        { personId, groups, device: 'web-log' },
      )
    }
  }
