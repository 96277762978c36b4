import type { AgeBand, ConcernResult, ConcernSpan, TextKind } from '@gatehouse/engine/concern/types'
import type { NewReport, Report } from './report.ts'
import { readableText } from './report-message.ts'

/*
 * What the detector adds to a report, which a person reads anyway: that it may not wait. It only ever raises one. Words in
 * which nothing is found keep the way and the clock that the reporter's own answers gave them. Pure.
 */

/** Which text of a report was read: its own words, a message that came with it, or what its reporter wrote later. */
export type ReadText = 'words' | 'message' | 'thread'
export type FoundSeverity = ConcernResult['severity']

export interface TextToRead {
  readonly of: ReadText
  readonly text: string
  readonly kind: TextKind
  readonly age: AgeBand
}
/** What was found in one text. Sealed with the report; only its severity stands in clear, by which reports are ordered. */
export interface Reading {
  readonly of: ReadText
  readonly severity: FoundSeverity
  readonly concerns: ConcernResult['categories']
  /** Half-open UTF-16 offsets into the text. */
  readonly spans: readonly ConcernSpan[]
  readonly why: string
  readonly rules: readonly string[]
  readonly detector: string
}
/** Reads texts by the school's own rules; null where they could not be read, which never stops a report. */
export type ReadWords = (schoolId: string, texts: readonly TextToRead[]) => Promise<readonly Reading[] | null>

/**
 * From here on somebody is paged. A flag pages from 5 only; but whoever reports has asked for somebody, and reports are few.
 */
export const urgentSeverity: FoundSeverity = 4

/** These bring mail that was sent by the thousand: its threats are nobody's own words, and would page somebody at night. */
const bulkMail: ReadonlySet<string> = new Set(['unsolicited-mail', 'scam'])

/** Who reports is not asked for an age: a child's words are read as a secondary pupil's. */
export const ageOfReporter = (who: NewReport['who']): AgeBand => (who === 'pupil' ? 'secondary' : 'adult')

/** What of a report is read. */
export function textsOf({ kind, who, words, message }: NewReport): TextToRead[] {
  const age = ageOfReporter(who)
  const own: TextToRead = { of: 'words', text: words, kind: 'typed', age }
  if (!message || bulkMail.has(kind.id)) return [own]
  return [own, { of: 'message', text: readableText(message.content).text, kind: 'message', age }]
}

export const worstOf = (readings: readonly Pick<Reading, 'severity'>[]): FoundSeverity =>
  readings.reduce<FoundSeverity>((worst, { severity }) => (severity > worst ? severity : worst), 0)

/** Of a report as a whole: null where nothing was read. */
export const severityOf = (readings: readonly Reading[] | null): FoundSeverity | null =>
  readings === null ? null : worstOf(readings)

/** Whether words of this severity may not wait. */
export const mayNotWait = (severity: number | null): boolean => (severity ?? 0) >= urgentSeverity

/** How soon somebody should look: what the words say, or 5 where its reporter says that somebody is in danger now. */
export const urgencyOf = ({ danger, severity }: { danger: boolean; severity: FoundSeverity | null }): FoundSeverity =>
  danger ? 5 : (severity ?? 0)

/** Whether somebody is still paged: nobody who receives the words has opened it since it became urgent. */
export const isUnseen = ({ urgentAt, seenAt }: Pick<Report, 'urgentAt' | 'seenAt'>): boolean =>
  urgentAt !== null && (seenAt === null || seenAt < urgentAt)
