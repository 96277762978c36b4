import type { FlagAudience, Rung, Severity } from '../monitoring/flag.ts'
import {
  type Ladder,
  type LadderReads,
  type LadderWrites,
  isAnybodyLeft,
  laddersAt,
  nextStep,
  pageFrom,
} from '../monitoring/paging-ladder.ts'
import type { Paged } from '../monitoring/paged-store.ts'
import type { PeopleReads } from '../people/people-store.ts'
import { systemActor } from '../platform/actor.ts'
import { type Change, changed, type Read } from '../platform/change.ts'
import type { Report } from './report.ts'
import { isUnseen, urgencyOf } from './report-reading.ts'
import { aboutRole, type Recipient } from './report-routing.ts'
import type { ReportReads, ReportWrites } from './report-store.ts'

/*
 * Paging about a report that may not wait: by the ladder of the flags, to those who receive reports like it, and never to
 * anybody it is about or who is named in it. It runs until somebody who receives the words opens it.
 */

interface Reads extends LadderReads {
  readonly reports: Pick<ReportReads, 'unseenUrgent' | 'pages' | 'roundsBegunSince' | 'excluded' | 'recipients'>
  readonly people: Pick<PeopleReads, 'whoActsAs' | 'rolesOf'>
}
interface Writes extends Reads, LadderWrites {
  readonly reports: ReportWrites
}

/**
 * So many first pages about reports go out in ten minutes. The front door is open to everybody, and whoever was paged five
 * times looks already: the others wait their turn, the longest waiting first, unless they were opened by then.
 */
const mostBegunInTen = 5
const tenMinutesMs = 600_000

/** Whose it is to be paged: conduct of adults is the head's or the chair's, and everything else the safeguarding lead's. */
export function pagedAudience({
  about,
  kind,
  outsideAdvice,
}: Pick<Report, 'about' | 'kind' | 'outsideAdvice'>): FlagAudience {
  if (about === 'headteacher' || kind === 'headteacher-conduct') return 'chair'
  return outsideAdvice || about === 'adult' || aboutRole(about) !== null ? 'headteacher' : 'safeguarding'
}

/** The ladder of its audience; whoever else receives its words in the head's place comes last. */
export function stepsFor(steps: readonly Rung[], recipients: readonly Pick<Recipient, 'role' | 'content'>[]): Rung[] {
  const last = Math.max(...steps.map(({ afterMinutes }) => afterMinutes), 10)
  const standsIn = recipients.some(({ role, content }) => role === 'chair' && content)
  return standsIn && steps.every(({ role }) => role !== 'chair')
    ? [...steps, { role: 'chair', afterMinutes: last }]
    : [...steps]
}

export type ReportPaging = ReturnType<typeof createReportPaging>
export function createReportPaging(change: Change<Writes>, read: Read<Reads>, clock: () => Date) {
  const ladderOf = async (
    { reports, people }: Reads,
    report: Report,
    steps: readonly Rung[],
  ): Promise<Omit<Ladder, 'round'>> => {
    const excluded = new Set((await reports.excluded(report.id)).map(({ personId }) => personId))
    const roles = await Promise.all([...excluded].map(personId => people.rolesOf(personId)))
    // A deputy is not asked to read about the lead whom they stand in for.
    const aboutLead = roles.flat().includes('dsl')
    return {
      about: { kind: 'report', id: report.id },
      severity: Math.max(1, urgencyOf(report)) as Severity,
      steps: stepsFor(steps, await reports.recipients(report.id)),
      who: async ({ role }) => {
        if (aboutLead && role === 'deputy-dsl') return null
        const acting = await people.whoActsAs(role)
        return acting && !excluded.has(acting.personId) ? acting.personId : null
      },
    }
  }
  /**
   * The last page of the round that runs; none where a round is to begin. One is over once somebody opened the report, or once
   * it had nobody left and its reporter wrote more. Until then what they write does not begin it again: it climbs.
   */
  const standing = async (
    { urgentAt }: Report,
    pages: readonly Paged[],
    ladder: Pick<Ladder, 'steps' | 'who'>,
  ): Promise<{ last: Paged | undefined; round: number }> => {
    const last = pages.at(-1)
    if (!last) return { last, round: 1 }
    const isNews = urgentAt !== null && last.at < urgentAt
    const isOver = last.acknowledgedAt !== null || (isNews && !(await isAnybodyLeft(ladder, last.rung + 1)))
    return isOver ? { last: undefined, round: last.round + 1 } : { last, round: last.round }
  }

  return {
    /** Pages about what may not wait, and climbs where nobody opened it. Run every few seconds. */
    climb: async (schoolId: string): Promise<void> => {
      const now = clock()
      const due = await read(schoolId, async reads => {
        const waiting = await reads.reports.unseenUrgent()
        if (waiting.length === 0) return []
        const ladders = await laddersAt(reads, now)
        let left = mostBegunInTen - (await reads.reports.roundsBegunSince(new Date(now.getTime() - tenMinutesMs)))
        const found: { id: string; round: number; rung: number }[] = []
        for (const report of waiting) {
          const pages = await reads.reports.pages(report.id)
          if (pages.length === 0 && left <= 0) continue
          const ladder = await ladderOf(reads, report, ladders(pagedAudience(report)))
          const { last, round } = await standing(report, pages, ladder)
          if (!last && left <= 0) continue
          const rung = await nextStep(ladder, last, report.urgentAt ?? now, now)
          if (rung === null) continue
          if (!last) left -= 1
          found.push({ id: report.id, round, rung })
        }
        return found
      })
      for (const { id, round, rung } of due)
        await change(systemActor(schoolId, 'worker'), async writes => {
          const { reports } = writes
          const report = await reports.hold(id)
          const ladder = await ladderOf(writes, report, (await laddersAt(writes, now))(pagedAudience(report)))
          const before = await standing(report, await reports.pages(id), ladder)
          const isDue = isUnseen(report) && before.round === round && (before.last?.rung ?? -1) < rung
          const [first, ...rest] = isDue ? await pageFrom(writes, { ...ladder, round }, rung) : []
          return changed(
            undefined,
            first ?? { type: 'report.page-not-needed', subject: `report:${id}`, detail: { round, rung } },
            ...rest,
          )
        })
    },
  }
}
