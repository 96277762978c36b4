import { addSchoolDays, CalendarGap, endOfLondonDay, londonDate } from '@gatehouse/engine/calendar'
import type { DeadlineReads, DeadlineWrites } from '../duties/deadline-store.ts'
import type { PeopleWrites } from '../people/people-store.ts'
import { type Actor, mustBeAllowed, personOf, systemActor } from '../platform/actor.ts'
import { type Change, changed, type LedgerEvent, type Read } from '../platform/change.ts'
import type { MessageWrites } from '../platform/messages.ts'
import { Refusal } from '../platform/refusal.ts'
import { act } from './case.ts'
import { FieldProblems } from './case-action-page.ts'
import type { CasePartWrites } from './case-parts-store.ts'
import type { CaseWrites } from './case-store.ts'
import { longestSchoolDays, type SanctionPlan, takesAway, whyNotSanction } from './sanction.ts'
import type { Sanction, SanctionReads, SanctionWrites } from './sanction-store.ts'

interface Writes {
  cases: CaseWrites
  caseParts: CasePartWrites
  sanctions: SanctionWrites
  people: PeopleWrites
  deadlines: DeadlineWrites
  messages: MessageWrites
}

export type SanctionService = ReturnType<typeof createSanctionService>
export function createSanctionService(
  change: Change<Writes>,
  read: Read<{ sanctions: SanctionReads; deadlines: DeadlineReads }>,
) {
  return {
    /**
     * Records what a named person decided against somebody, under a published rule; takes away at once what it takes away,
     * with the day on which it comes back by itself. `schoolDays` are counted after the day of the decision.
     */
    decide: (
      actor: Actor,
      caseId: string,
      action: 'sanction' | 'suspend',
      plan: SanctionPlan & { personId: string; reasons: string },
    ) =>
      change(actor, async ({ cases, caseParts, sanctions, people, deadlines, messages }) => {
        const decider = personOf(actor)
        const file = await cases.lock(actor, caseId)
        act(actor, file, action)
        if (plan.personId === decider.personId)
          throw new Refusal('forbidden', 'Nobody decides a sanction against themselves.')
        const problems = whyNotSanction(plan, {
          roles: await people.rolesOf(plan.personId),
          offSite: file.offSite,
          hasSchoolLink: (await cases.words(file)).schoolLink !== null,
          isSubject: (await caseParts.parties(caseId)).some(
            party => party.personId === plan.personId && party.part === 'subject',
          ),
        })
        if (
          plan.schoolDays !== null &&
          (!Number.isInteger(plan.schoolDays) || plan.schoolDays < 1 || plan.schoolDays > longestSchoolDays)
        )
          problems['schoolDays'] = `Number of school days must be a whole number from 1 to ${longestSchoolDays}`
        if (Object.keys(problems).length > 0) throw new FieldProblems(problems)
        const ends = plan.schoolDays === null ? null : await afterSchoolDays(deadlines, cases.now, plan.schoolDays)
        const review =
          ends ??
          (await afterSchoolDays(deadlines, cases.now, 20).catch(() => new Date(cases.now.getTime() + 28 * 86_400_000)))
        const sanctionId = await sanctions.add(file, {
          personId: plan.personId,
          response: plan.response,
          rule: plan.ruleId,
          decidedBy: decider.personId,
          reasons: plan.reasons,
          reviewAt: review,
          endsAt: ends,
          alternatives: plan.alternatives,
          ladoAsked: plan.ladoAsked,
        })
        const taken = takesAway(plan.response)
        const events: LedgerEvent[] = []
        if (taken) await sanctions.restrict(file, { sanctionId, personId: plan.personId, what: taken, until: ends })
        if (taken === 'sign-in') {
          await people.suspend(plan.personId, cases.now)
          const sessionsEnded = await people.closeSessionsOf(plan.personId)
          events.push({
            type: 'access.suspended',
            subject: `person:${plan.personId}`,
            detail: { sanction: sanctionId, sessionsEnded },
          })
        }
        if (taken)
          await deadlines.start({
            kind: 'sanction.review',
            subject: `sanction:${sanctionId}`,
            title: 'Review what was taken away from somebody',
            link: `/cases/${caseId}`,
            ownerRole: file.ownerRole,
            ...(file.ownerId ? { ownerId: file.ownerId } : {}),
            rule: { basis: 'calendar-days', days: daysUntil(cases.now, review) },
          })
        await messages.tell([plan.personId], 'sanction.decided', '/account')
        return changed(
          sanctionId,
          {
            type: 'sanction.decided',
            subject: `case:${caseId}`,
            detail: {
              sanction: sanctionId,
              response: plan.response,
              rule: plan.ruleId,
              decidedBy: decider.personId,
              takesAway: taken,
              endsAt: ends?.toISOString() ?? null,
              reviewAt: review.toISOString(),
              ladoAsked: plan.ladoAsked,
            },
          },
          ...events,
        )
      }),

    /** Looks at a running sanction again: it goes on, or ends now. */
    review: (actor: Actor, caseId: string, sanctionId: string, end: boolean, reason: string) =>
      change(actor, async writes => {
        mustBeAllowed(actor, 'case.sanction')
        const person = personOf(actor)
        const file = await writes.cases.lock(actor, caseId)
        const sanction = await writes.sanctions.lock(caseId, sanctionId)
        if (sanction.endedAt) throw new Refusal('conflict', 'This sanction has ended already.')
        await writes.caseParts.addNote(file, person.personId, reason)
        await writes.sanctions.set(file, sanction.id, { reviewed_at: writes.cases.now })
        const ended = end ? await endNow(writes, sanction, file.keyId, 'lifted', `person:${person.personId}`) : []
        return changed(
          undefined,
          { type: 'sanction.reviewed', subject: `case:${caseId}`, detail: { sanction: sanction.id, ended: end } },
          ...ended,
        )
      }),

    appeal: (actor: Actor, caseId: string, sanctionId: string, words: string) =>
      change(actor, async ({ cases, sanctions, messages }) => {
        mustBeAllowed(actor, 'case.work')
        const file = await cases.lock(actor, caseId)
        const sanction = await sanctions.lock(caseId, sanctionId)
        if (sanction.appeal !== 'none') throw new Refusal('conflict', 'An appeal against this was recorded already.')
        await sanctions.set(file, sanction.id, { appeal: 'made', appealWords: words })
        const hears = await cases.answerer(['headteacher', 'chair', 'deputy'], [sanction.decidedBy, sanction.personId])
        if (hears) await messages.tell([hears.personId], 'sanction.appeal', `/cases/${caseId}`)
        return changed(undefined, {
          type: 'sanction.appealed',
          subject: `case:${caseId}`,
          detail: { sanction: sanction.id, heardBy: hears?.role ?? null },
        })
      }),
    /** Heard by somebody other than the person who decided. Upheld, everything comes back at once. */
    decideAppeal: (actor: Actor, caseId: string, sanctionId: string, upheld: boolean, reason: string) =>
      change(actor, async writes => {
        mustBeAllowed(actor, 'case.sanction')
        const person = personOf(actor)
        const file = await writes.cases.lock(actor, caseId)
        const sanction = await writes.sanctions.lock(caseId, sanctionId)
        if (sanction.appeal !== 'made') throw new Refusal('conflict', 'There is no appeal waiting here.')
        if (sanction.decidedBy === person.personId)
          throw new Refusal('forbidden', 'You decided the sanction, so somebody else must hear the appeal.')
        await writes.caseParts.addNote(file, person.personId, reason)
        await writes.sanctions.set(file, sanction.id, {
          appeal: upheld ? 'upheld' : 'dismissed',
          appeal_decided_by: person.personId,
        })
        const ended =
          upheld && !sanction.endedAt
            ? await endNow(writes, sanction, file.keyId, 'appeal', `person:${person.personId}`)
            : []
        return changed(
          undefined,
          { type: 'sanction.appeal-decided', subject: `case:${caseId}`, detail: { sanction: sanction.id, upheld } },
          ...ended,
        )
      }),

    /**
     * Gives back what has run out. Safe to run at any moment and late: the true end is in the row. @returns how many ended.
     */
    endSanctions: async (schoolId: string, now: Date): Promise<number> => {
      const due = await read(schoolId, async ({ sanctions }) => (await sanctions.latestRunOut(now)).length)
      if (due === 0) return 0
      return change(systemActor(schoolId, 'worker'), async writes => {
        const found = await writes.sanctions.runOut()
        const events: LedgerEvent[] = []
        for (const sanction of found) {
          const file = await writes.cases.lock(systemActor(schoolId, 'worker'), sanction.caseId)
          events.push(...(await endNow(writes, sanction, file.keyId, 'ran-out', 'system:worker')))
        }
        const [first, ...rest] = events
        return changed(found.length, first ?? { type: 'sanction.none-ended' }, ...rest)
      })
    },
  }
}

/** The end of the last of so many school days after today. @throws {Refusal} `conflict` when the term dates do not reach it. */
async function afterSchoolDays(deadlines: DeadlineWrites, now: Date, days: number): Promise<Date> {
  try {
    return endOfLondonDay(addSchoolDays(londonDate(now), days, await deadlines.calendar()))
  } catch (error) {
    if (error instanceof CalendarGap)
      throw new Refusal(
        'conflict',
        'The school’s term dates do not reach so far, so the end cannot be counted. Enter the terms first, or choose fewer days.',
      )
    throw error
  }
}
const daysUntil = (now: Date, end: Date): number =>
  Math.max(
    0,
    Math.round((Date.parse(`${londonDate(end)}T00:00:00Z`) - Date.parse(`${londonDate(now)}T00:00:00Z`)) / 86_400_000),
  )

async function endNow(
  { sanctions, people, cases, deadlines }: Writes,
  sanction: Sanction,
  keyId: string,
  how: 'ran-out' | 'lifted' | 'appeal',
  by: string,
): Promise<LedgerEvent[]> {
  await sanctions.set({ keyId }, sanction.id, { ended_at: cases.now, ended_how: how })
  const lifted = await sanctions.lift(sanction.id, by)
  await deadlines.meet('sanction.review', `sanction:${sanction.id}`)
  const events: LedgerEvent[] = [
    {
      type: 'sanction.ended',
      subject: `case:${sanction.caseId}`,
      detail: {
        sanction: sanction.id,
        how,
        due: sanction.endsAt?.toISOString() ?? null,
        restored: lifted.map(({ what }) => what),
      },
    },
  ]
  for (const { personId, what } of lifted) {
    if (what !== 'sign-in') continue
    // Another suspension of the same person goes on.
    const others = (await sanctions.restrictionsOn(personId)).some(each => each.what === 'sign-in')
    if (others) continue
    await people.suspend(personId, null)
    events.push({ type: 'access.restored', subject: `person:${personId}`, detail: { sanction: sanction.id } })
  }
  return events
}
