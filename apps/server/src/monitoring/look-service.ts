import { addCalendarDays, londonDate } from '@gatehouse/engine/calendar'
import type { DeadlineWrites } from '../duties/deadline-store.ts'
import { schoolDaysAfter } from '../duties/school-days.ts'
import { startSchoolDays } from '../duties/start-school-days.ts'
import type { PeopleReads, PeopleWrites } from '../people/people-store.ts'
import { type Actor, mustBeAllowed, personOf } from '../platform/actor.ts'
import { type Change, changed, type Read } from '../platform/change.ts'
import { newId } from '../platform/identifiers.ts'
import type { MessageWrites } from '../platform/messages.ts'
import { Refusal } from '../platform/refusal.ts'
import type { RequestWrites } from '../platform/requests.ts'
import {
  type Decider,
  decideDays,
  deciderOf,
  type Extent,
  type LookAuthority,
  mayBeUrgent,
  mostDays,
  type Purpose,
  type RefusedWhy,
  refusedWords,
  type Target,
  whyNotDecideLook,
  whyNotLook,
  whyNotScope,
} from './look.ts'
import type { LookReads, LookWrites } from './look-store.ts'

export const lookKind = 'activity.look'
const decideDeadline = 'look.decide'
export const lookSubject = (id: string): string => `look:${id}`

export interface LookServiceWrites {
  readonly looks: LookWrites
  readonly people: PeopleWrites
  readonly requests: RequestWrites
  readonly deadlines: DeadlineWrites
  readonly messages: MessageWrites
}

export interface AskedLook {
  readonly target: Target
  readonly personId: string
  /** Asked for from one entry of the log, whose person the asker does not know. */
  readonly isByEntry: boolean
  readonly purpose: Purpose
  readonly fromDay: string
  readonly toDay: string
  readonly what: Extent
  readonly reason: string
  /** School days that leave shall last, 1 to 10. */
  readonly days: number
  /** Look at once and have it decided afterwards: the safeguarding lead, about a pupil. */
  readonly urgent: boolean
}

export type LookService = ReturnType<typeof createLookService>

/** Asks for, gives and uses leave to look at one named person; every use, and every use that is refused, is on record. */
export function createLookService(
  change: Change<LookServiceWrites>,
  read: Read<{ readonly looks: LookReads; readonly people: PeopleReads }>,
) {
  /** What is refused is written down and told before the refusal is given. */
  const refuse = async (
    actor: Actor,
    why: RefusedWhy,
    about: {
      readonly look?: LookAuthority
      readonly target: Target
      readonly personId: string
      readonly from?: Date
      readonly to?: Date
    },
  ): Promise<never> => {
    const { personId: byId } = personOf(actor)
    const fromDay = about.from ? londonDate(about.from) : null
    const toDay = about.to ? addCalendarDays(londonDate(about.to), -1) : null
    await change(actor, async ({ looks, people, messages }) => {
      await looks.addAccess({
        authorityId: about.look?.id ?? null,
        target: about.target,
        personId: about.personId,
        byId,
        outcome: 'refused',
        why,
        fromDay,
        toDay: toDay !== null && fromDay !== null && toDay < fromDay ? fromDay : toDay,
        beforeAuthority: false,
      })
      const told = await watchersTold(people, [byId, about.personId])
      await messages.tell(told, 'look.refused', '/watchers')
      return changed(undefined, {
        type: 'look.refused',
        subject: about.look ? lookSubject(about.look.id) : `person:${about.personId}`,
        detail: { why, target: about.target, told: told.length, ...(fromDay ? { from: fromDay } : {}) },
      })
    })
    throw new Refusal('forbidden', refusedWords[why])
  }

  return {
    /** @returns the id of what was asked for; an urgent one may be used at once. */
    ask: (actor: Actor, asked: AskedLook): Promise<string> =>
      change(actor, async ({ looks, people, requests, deadlines, messages }) => {
        mustBeAllowed(actor, 'look.ask')
        const asker = personOf(actor)
        if (asked.personId === asker.personId) throw new Refusal('invalid', refusedWords['about-yourself'])
        const wrong = whyNotScope(asked.fromDay, asked.toDay)
        if (wrong) throw new Refusal('invalid', `${wrong}.`)
        if (!Number.isInteger(asked.days) || asked.days < 1 || asked.days > mostDays)
          throw new Refusal('invalid', `Leave lasts from 1 to ${mostDays} school days.`)
        await people.get(asked.personId)
        const personRoles = await people.rolesOf(asked.personId)
        if (asked.urgent && !mayBeUrgent(asker.roles, personRoles))
          throw new Refusal(
            'forbidden',
            'Only the safeguarding lead may look before leave is given, and only at a pupil’s log. Ask, and wait.',
          )
        const decider = deciderOf(asker.roles, personRoles)
        const calendar = await deadlines.calendar()
        const id = newId(looks.now.getTime())
        const decideIn = decideDays[asked.urgent ? 'urgent' : 'ordinary']
        const authorityDue = asked.urgent ? schoolDaysAfter(looks.now, decideIn, calendar) : null
        const request = await requests.propose({
          kind: lookKind,
          subject: lookSubject(id),
          payload: {
            look: id,
            target: asked.target,
            purpose: asked.purpose,
            person: asked.personId,
            from: asked.fromDay,
            to: asked.toDay,
            what: asked.what,
            days: asked.days,
            urgent: asked.urgent,
          },
          // What the asker says of the person is sealed with the look; here stands only the purpose.
          reason: asked.purpose,
        })
        await looks.add(id, {
          requestId: request.id,
          target: asked.target,
          purpose: asked.purpose,
          personId: asked.personId,
          isByEntry: asked.isByEntry,
          askedBy: asker.personId,
          fromDay: asked.fromDay,
          toDay: asked.toDay,
          what: asked.what,
          reason: asked.reason,
          authorityDue,
          decider,
          endsAt: schoolDaysAfter(looks.now, asked.days, calendar),
        })
        const deadline = await startSchoolDays(deadlines, decideIn, {
          kind: decideDeadline,
          subject: lookSubject(id),
          title: 'Decide whether somebody may look at a person’s log',
          link: `/looks/${id}`,
          ownerRole: decider,
          keptFrom: [asked.personId],
        })
        await messages.tell(
          await decidersTold(people, decider, [asker.personId, asked.personId]),
          asked.urgent ? 'look.urgent' : 'look.asked',
          `/looks/${id}`,
        )
        return changed(id, {
          type: asked.urgent ? 'look.asked-urgently' : 'look.asked',
          subject: lookSubject(id),
          detail: {
            target: asked.target,
            purpose: asked.purpose,
            from: asked.fromDay,
            to: asked.toDay,
            what: asked.what,
            days: asked.days,
            decider,
            digest: request.digest,
            due: deadline.dueAt?.toISOString() ?? null,
          },
        })
      }),

    /** @param digest what the decider was shown. */
    decide: (
      actor: Actor,
      id: string,
      verdict: 'approved' | 'refused',
      reason: string,
      digest: string,
    ): Promise<void> =>
      change(actor, async ({ looks, people, requests, deadlines, messages }) => {
        mustBeAllowed(actor, 'look.authorise')
        const person = personOf(actor)
        const look = await looks.lock(id)
        const why = whyNotDecideLook(look, person, (await people.whoActsAs(look.decider))?.personId ?? null)
        if (why) throw new Refusal(look.state === 'waiting' ? 'forbidden' : 'conflict', why)
        const request = await requests.lock(look.requestId)
        await requests.decide(request, verdict, reason, digest)
        const endsAt =
          verdict === 'approved'
            ? schoolDaysAfter(looks.now, daysOf(request.payload), await deadlines.calendar())
            : looks.now
        await looks.decide(id, verdict, person.personId, endsAt)
        await deadlines.meet(decideDeadline, lookSubject(id))
        await messages.tell([look.askedBy], 'look.decided', `/looks/${id}`)
        return changed(undefined, {
          type: verdict === 'approved' ? 'look.authorised' : 'look.declined',
          subject: lookSubject(id),
          detail: {
            digest,
            purpose: look.purpose,
            urgent: look.urgent,
            // An urgent look is judged by whether leave followed in time.
            inTime: look.authorityDue === null || looks.now < look.authorityDue,
            ends: endsAt.toISOString(),
          },
        })
      }),

    withdraw: (actor: Actor, id: string): Promise<void> =>
      change(actor, async ({ looks, requests, deadlines }) => {
        const { personId } = personOf(actor)
        const look = await looks.lock(id)
        if (look.askedBy !== personId) throw new Refusal('forbidden', 'Only the person who asked can withdraw it.')
        const request = await requests.lock(look.requestId)
        await requests.decide(request, 'withdrawn', 'withdrawn', request.digest)
        await looks.close(id, 'withdrawn')
        await deadlines.withdraw(decideDeadline, lookSubject(id))
        return changed(undefined, { type: 'look.withdrawn', subject: lookSubject(id), detail: { urgent: look.urgent } })
      }),

    /** Closes leave before its end: whoever has it, or whoever may give it. */
    end: (actor: Actor, id: string): Promise<void> =>
      change(actor, async ({ looks, people }) => {
        const person = personOf(actor)
        const look = await looks.lock(id)
        if (look.state !== 'approved' || look.endsAt <= looks.now)
          throw new Refusal('conflict', 'This is not open any more.')
        const mayEnd =
          look.askedBy === person.personId ||
          whyNotDecideLook(
            { ...look, state: 'waiting' },
            person,
            (await people.whoActsAs(look.decider))?.personId ?? null,
          ) === null
        if (!mayEnd) throw new Refusal('forbidden', 'Only the person who asked or the one who decides can end it.')
        await looks.close(id, 'ended')
        return changed(undefined, { type: 'look.ended', subject: lookSubject(id) })
      }),

    /**
     * One look: asked each time before anything is read, and written down. `from` and `to` are what is to be shown, half-open.
     * @returns the leave under which it is made; show nothing but its person, its target and what it covers.
     * @throws {Refusal} `forbidden`, after the refusal was written down and told to the headteacher or the chair.
     */
    open: async (
      actor: Actor,
      id: string,
      asked: { readonly target: Target; readonly from: Date; readonly to: Date; readonly now: Date },
    ): Promise<LookAuthority> => {
      const { personId } = personOf(actor)
      const look = await read(actor.schoolId, ({ looks }) => looks.get(id))
      const why = whyNotLook(look, { ...asked, personId })
      if (why) return refuse(actor, why, { look, ...asked, personId: look.personId })
      await change(actor, async ({ looks }) => {
        const now = await looks.lock(id)
        // Decided or ended since it was read: what is refused now leaves no opening behind.
        const since = whyNotLook(now, { ...asked, personId })
        if (since) throw new Refusal('forbidden', refusedWords[since])
        const beforeAuthority = now.state === 'waiting'
        await looks.addAccess({
          authorityId: id,
          target: asked.target,
          personId: look.personId,
          byId: personId,
          outcome: 'opened',
          why: null,
          fromDay: londonDate(asked.from),
          toDay: addCalendarDays(londonDate(asked.to), -1),
          beforeAuthority,
        })
        return changed(undefined, {
          type: 'look.opened',
          subject: lookSubject(id),
          detail: {
            target: asked.target,
            purpose: look.purpose,
            from: londonDate(asked.from),
            to: addCalendarDays(londonDate(asked.to), -1),
            beforeAuthority,
          },
        })
      })
      return look
    },

    /** Somebody wanted to see a named person's log, device or mail and holds no leave for it. */
    refuseWithout: (actor: Actor, target: Target, personId: string): Promise<never> =>
      refuse(actor, personOf(actor).personId === personId ? 'about-yourself' : 'no-authority', { target, personId }),
  }
}

/** Days of the approved payload, parsed again as it is applied. */
function daysOf(payload: unknown): number {
  if (typeof payload === 'object' && payload !== null && 'days' in payload && Number.isInteger(payload.days))
    return Math.min(mostDays, Math.max(1, Number(payload.days)))
  throw new Error('a request to look holds how many days it shall last')
}

/** Who decides and is told: whoever answers for the post, and where nobody does, the other of the two. Never those it concerns. */
async function decidersTold(people: PeopleReads, decider: Decider, notThese: readonly string[]): Promise<string[]> {
  for (const role of decider === 'chair' ? (['chair'] as const) : (['headteacher', 'chair'] as const)) {
    const acting = await people.whoActsAs(role)
    if (acting && !notThese.includes(acting.personId)) return [acting.personId]
  }
  return []
}

/** Who is told of what was refused: the headteacher, or the chair where the headteacher is concerned. */
async function watchersTold(people: PeopleReads, concerned: readonly string[]): Promise<string[]> {
  const heads = await people.holders('headteacher')
  const isAboutHead = heads.some(({ personId }) => concerned.includes(personId))
  return decidersTold(people, isAboutHead ? 'chair' : 'headteacher', concerned)
}
