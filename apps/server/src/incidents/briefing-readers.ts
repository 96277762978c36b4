import type { SchoolCalendar } from '@gatehouse/engine/calendar'
import type { Role } from '../permissions.ts'
import { briefingDigest, type ReaderState, questionDigest, readerState } from './briefing.ts'
import type { BriefingReads } from './briefing-store.ts'
import type { Briefing, BriefingQuestion } from './briefing-texts.ts'

/** What the state of a briefing's readers is worked out from. */
export interface ReaderReads {
  readonly briefings: BriefingReads
  readonly people: {
    holders(role: Role): Promise<readonly { readonly personId: string; readonly from: Date }[]>
  }
  readonly deadlines: { calendar(): Promise<SchoolCalendar> }
}

export interface Readers {
  /** Everybody who must have read it, those who have not first. */
  readonly all: readonly ReaderState[]
  /** When the text as it is now was given out; null when it was not, `changed` when an older version was. */
  readonly givenAt: Date | null
  readonly changed: boolean
}

/**
 * How everybody stands who must have read a briefing.
 * @param only these roles of it; all of them unless told.
 * @param question counts this one question's answers instead of the whole.
 */
export async function readersOf(
  reads: ReaderReads,
  briefing: Briefing,
  now: Date,
  only: readonly Role[] = briefing.roles,
  question: BriefingQuestion | null = null,
): Promise<Readers> {
  const digest = briefingDigest(briefing)
  const given = await reads.briefings.given(briefing.id)
  const givenAt = given?.digest === digest ? given.at : null
  const passed = question
    ? await reads.briefings.answers(briefing.id, question.id, questionDigest(briefing, question))
    : await reads.briefings.receipts(briefing.id, digest)
  const since = new Map<string, Date>()
  for (const role of only)
    for (const { personId, from } of await reads.people.holders(role)) {
      const before = since.get(personId)
      if (!before || from < before) since.set(personId, from)
    }
  const calendar = await reads.deadlines.calendar()
  const order: readonly ReaderState['state'][] = ['late', 'waiting', 'renew', 'current']
  const all = [...since]
    .map(([personId, from]) =>
      readerState({ personId, since: from, passedAt: passed.get(personId) ?? null }, givenAt, calendar, now),
    )
    .sort((one, other) => order.indexOf(one.state) - order.indexOf(other.state))
  return { all, givenAt, changed: given !== null && givenAt === null }
}

/** How one person stands; also somebody of whom nobody asks it. */
export async function ownState(
  reads: Omit<ReaderReads, 'people'> & {
    readonly people: {
      appointmentsOf(where: {
        personId: string
      }): Promise<readonly { readonly role: Role; readonly from: Date; readonly to: Date | null }[]>
    }
  },
  briefing: Briefing,
  personId: string,
  now: Date,
): Promise<ReaderState & { readonly givenAt: Date | null }> {
  const digest = briefingDigest(briefing)
  const given = await reads.briefings.given(briefing.id)
  const givenAt = given?.digest === digest ? given.at : null
  const passedAt = (await reads.briefings.receipts(briefing.id, digest)).get(personId) ?? null
  const held = (await reads.people.appointmentsOf({ personId })).filter(
    ({ role, from, to }) => briefing.roles.includes(role) && from <= now && (to === null || to > now),
  )
  const since = held.reduce((first, { from }) => (from < first ? from : first), now)
  return { ...readerState({ personId, since, passedAt }, givenAt, await reads.deadlines.calendar(), now), givenAt }
}
