import { createHash } from 'node:crypto'
import type { Category } from '@gatehouse/engine'
import type { Concern } from '@gatehouse/engine/concern/types'
import { londonDate } from '@gatehouse/engine/calendar'
import type { ActivityRow } from '../activity/activity-line.ts'
import type { Read } from '../platform/change.ts'
import type { Severity } from './flag.ts'
import type { FlagService } from './flag-service.ts'
import type { FlagReads, NewFlag } from './flag-store.ts'
import type { ScopeReads } from './scope-store.ts'

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

interface Meaning {
  readonly concern: Concern
  readonly severity: Severity
}

/** What a stopped request may mean, or null. What somebody searched for weighs more than where a page led. */
export function meaningOf(row: ActivityRow): Meaning | null {
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
  (parts: {
    flags: Pick<FlagService, 'take'>
    read: Read<{ readonly flags: Pick<FlagReads, 'known'>; readonly scopes: Pick<ScopeReads, 'coveredGroups'> }>
  }) =>
  async (schoolId: string, rows: readonly ActivityRow[]): Promise<void> => {
    const fresh = new Map<string, { flag: NewFlag; personId: string; groups: readonly string[] }>()
    for (const row of rows) {
      const meaning = meaningOf(row)
      const { personId } = row
      if (!meaning || personId === null) continue
      const flag = flagFrom(row, personId, meaning)
      if (!fresh.has(flag.senderId)) fresh.set(flag.senderId, { flag, personId, groups: row.groups })
    }
    if (fresh.size === 0) return
    // Most segments hold nothing new, or nobody whom an assessment covers: asked once, and nothing is written for it.
    const { covered, known } = await parts.read(schoolId, async ({ flags, scopes }) => ({
      covered: new Set(await scopes.coveredGroups()),
      known: new Set(await flags.known([...fresh.keys()])),
    }))
    for (const [senderId, { flag, personId, groups }] of fresh)
      if (!known.has(senderId) && groups.length > 0 && groups.every(group => covered.has(group)))
        await parts.flags.take(schoolId, flag, { personId, groups, device: 'web-log' })
  }

/** Each search counts by its words, pages of a category once a day. The ids are digests: they outlive what the flag held. */
function flagFrom(row: ActivityRow, personId: string, { concern, severity }: Meaning): NewFlag {
  const day = londonDate(row.at)
  const isSearch = row.term !== null
  return {
    sender: `web-log:${digest([personId, day]).slice(0, 16)}`,
    senderId: digest([personId, day, row.category, row.term ?? '']),
    source: 'activity',
    kind: isSearch ? 'search' : 'read',
    at: row.at,
    severity,
    concerns: [{ name: concern, score: isSearch ? 0.6 : 0.3 }],
    rules: [row.rule],
    detector: 'web-log-1',
    host: row.host,
    content: {
      text: row.term ?? `${row.host}${row.path}`,
      spans: [],
      why: isSearch
        ? 'These words were searched for and stopped by a search rule; a lesson may ask for the same words.'
        : 'A page of this kind was asked for and stopped; nobody knows why it was asked for.',
      page: `${row.host}${row.path}`,
      title: '',
    },
  }
}
const digest = (parts: readonly string[]): string => createHash('sha256').update(JSON.stringify(parts)).digest('hex')
