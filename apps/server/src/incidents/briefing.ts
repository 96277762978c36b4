import { createHash } from 'node:crypto'
import type { SchoolCalendar } from '@gatehouse/engine/calendar'
import { canonicalJson } from '@gatehouse/ledger/canonical'
import { schoolDaysAfter } from '../duties/school-days.ts'
import { type Briefing, type BriefingQuestion, briefings } from './briefing-texts.ts'

/* When somebody's receipt of a briefing holds, and until when a person who has none must have answered. Pure. */

const day = 86_400_000
/** A receipt holds for a year (clauses A-3.2-02, A-3.2-08 and B-misuse-04 set no length; a year is the school's default). */
export const receiptHoldsDays = 365
/** From so many days before its end it may be renewed, and the person is asked to. */
export const renewFromDays = 28
/** School days that somebody has who is new, or when a new version is given out. */
export const briefingSchoolDays = 10

const digestOf = (value: unknown): string =>
  createHash('sha256')
    .update(canonicalJson(value as never))
    .digest('hex')

export const briefingOf = (id: string): Briefing | null => briefings().find(each => each.id === id) ?? null
/** Of everything that is read and asked: a word changed, and no receipt of before holds. Who must read it is not part of it. */
export const briefingDigest = ({ id, title, sections, questions }: Briefing): string =>
  digestOf({ id, title, sections, questions })
/** Of one question and the section it is about. */
export const questionDigest = (briefing: Briefing, question: BriefingQuestion): string =>
  digestOf({ question, section: briefing.sections.find(({ id }) => id === question.section) ?? null })

/** What is wrong with each answer that is not right, by question; empty when all are right. */
export function wrongAnswers(
  { questions }: Briefing,
  answers: Readonly<Record<string, string>>,
): Record<string, string> {
  const wrong: Record<string, string> = {}
  for (const { id, options } of questions) {
    const chosen = options.find(option => option.id === answers[id])
    if (!chosen) wrong[id] = 'Select an answer'
    else if (chosen.wrong !== null) wrong[id] = chosen.wrong
  }
  return wrong
}

export interface Reader {
  readonly personId: string
  /** Since when this person holds one of the briefing's roles. */
  readonly since: Date
  /** The newest right answers that count for the text as it is now. */
  readonly passedAt: Date | null
}
export interface ReaderState {
  readonly personId: string
  /** `current` and `renew` hold; `renew` ends within four weeks. */
  readonly state: 'current' | 'renew' | 'waiting' | 'late'
  readonly passedAt: Date | null
  /** Until when the receipt holds, or by when there must be one. null where nobody gave the text out. */
  readonly due: Date | null
}

/** @param givenAt when the text as it is now was given out; null when it was not. */
export function readerState(reader: Reader, givenAt: Date | null, calendar: SchoolCalendar, now: Date): ReaderState {
  const { personId, passedAt, since } = reader
  if (passedAt) {
    const until = new Date(passedAt.getTime() + receiptHoldsDays * day)
    const state = until <= now ? 'late' : until.getTime() - now.getTime() <= renewFromDays * day ? 'renew' : 'current'
    return { personId, passedAt, state, due: until }
  }
  const due = givenAt && schoolDaysAfter(since > givenAt ? since : givenAt, briefingSchoolDays, calendar)
  return { personId, passedAt, state: due !== null && due < now ? 'late' : 'waiting', due }
}

export const holds = ({ state }: ReaderState): boolean => state === 'current' || state === 'renew'
