import { canonicalJson } from '@gatehouse/ledger/canonical'
import { londonDate, startOfLondonDay } from '@gatehouse/engine/calendar'
import { addCalendarDays } from '@gatehouse/engine/calendar-date'
import { createHash } from 'node:crypto'
import type { PeopleWrites } from '../people/people-store.ts'
import type { Appointment } from '../people/person.ts'
import { type Role, roleNames } from '../permissions.ts'
import { type Actor, mustBeAllowed, personOf, systemActor } from '../platform/actor.ts'
import { type Change, changed, type LedgerEvent, type Read } from '../platform/change.ts'
import type { MessageWrites } from '../platform/messages.ts'
import { Refusal } from '../platform/refusal.ts'
import { type AnsweringFacts, loudTo, whoAnswers, whoAnswersFor } from './answering.ts'
import { conflictsWith, dutyRoleNames } from './data/duty-roles.ts'
import type { DeadlineWrites } from './deadline-store.ts'
import { coverOf, coverMoves } from './duty-cover.ts'
import { deputyConflicts, heldByOne, needsDeputyHeadReason, registerOf, vacantPosts } from './duty-register.ts'
import type { DutyReads, DutyWrites } from './duty-store.ts'
import { handedOn, type HandOver, isOwned, withoutPost } from './hand-over.ts'

export interface DutyChange {
  readonly duties: DutyWrites
  readonly deadlines: DeadlineWrites
  readonly people: PeopleWrites
  readonly messages: MessageWrites
}

export interface NewAppointment {
  readonly role: Role
  readonly personId: string
  readonly deputyId: string | null
  /** Why a conflict is accepted, or why the safeguarding lead is no deputy head; needed only then. */
  readonly reason: string | null
  /** For an officer from outside: who provides the service, and the contract's last day. */
  readonly service: { readonly provider: string; readonly contract: string; readonly untilDate: string | null } | null
}

/** Why `actor` may not name `personId` for a post, or null. Asked by the page and by the service. */
export function whyNotAppoint(actor: Actor, personId: string): string | null {
  if (actor.kind === 'person' && actor.personId === personId)
    return 'Nobody can name themselves for a post. Ask the headteacher, the chair of governors or the office to record it.'
  return null
}

/** What a confirmation is bound to: who holds what, and who stands in. */
export const registerDigest = (facts: AnsweringFacts): string =>
  createHash('sha256')
    .update(
      canonicalJson(
        registerOf(facts).map(({ duty, holders }) => ({
          role: duty.role,
          holders: holders.map(({ personId, deputyId }) => ({ person: personId, deputy: deputyId })),
        })),
      ),
    )
    .digest('hex')

export const unownedSentence = (role: Role, waiting: number): string =>
  `${waiting === 1 ? 'One thing is' : `${waiting} things are`} waiting for the ${roleNames[role].toLowerCase()}, and nobody is named to take over. Name a deputy or a successor first. The headteacher and the chair have been told.`

export type DutyService = ReturnType<typeof createDutyService>

export function createDutyService<W extends DutyChange>(
  change: Change<W>,
  read: Read<{ duties: DutyReads }>,
  handOvers: readonly HandOver<W>[] = [],
) {
  const waitingWith = async (writes: W, role: Role, personId: string): Promise<number> => {
    const counts = await Promise.all(handOvers.map(each => each.waiting(writes, role, personId)))
    return counts.reduce((sum, count) => sum + count, 0)
  }

  /** Ends one appointment and moves what waits. Refuses, by its answer, to leave anything unowned unless `whatever`. */
  async function endOne(
    writes: W,
    held: Appointment,
    at: Date,
    whatever = false,
  ): Promise<{ events: LedgerEvent[]; refused: number }> {
    const { duties, deadlines, people, messages } = writes
    const before = await duties.facts()
    const after = withoutPost(before, held.id, at)
    const { moved, unowned } = handedOn(await deadlines.open(5_000), before, after, {
      personId: held.personId,
      roles: [held.role],
    })
    const given = await waitingWith(writes, held.role, held.personId)
    const next = whoAnswers(after, held.role)
    const refused = unowned.length + (isOwned(next) ? 0 : given)
    if (refused > 0 && !whatever) return { events: [], refused }
    await people.endAppointment(held.id, at)
    // From here the role's things are nobody's by name, so they are whoever's answers for the role, without a moment between.
    await deadlines.moveOpen(held.personId, null, held.role)
    const to = next?.people[0] ?? null
    if (to !== null) for (const each of handOvers) await each.move(writes, held.role, held.personId, to)
    const told = new Set([
      ...(given > 0 && to !== null ? [to] : []),
      ...moved.flatMap(each => whoAnswersFor(after, { ...each, ownerId: null })?.people ?? []),
    ])
    await messages.tell([...told], 'duty.handed-over', '/deadlines')
    return {
      events: [
        {
          type: 'appointment.ended',
          subject: `role:${held.role}`,
          detail: {
            appointment: held.id,
            person: held.personId,
            at: at.toISOString(),
            moved: moved.length + given,
            to,
          },
        },
      ],
      refused: 0,
    }
  }

  /** Writes down, and tells, whatever became vacant, uncovered, deputed or held again. */
  async function coverEvents(writes: W): Promise<LedgerEvent[]> {
    const facts = await writes.duties.facts()
    const moves = coverMoves(coverOf(facts), await writes.duties.lastCover())
    for (const { role, now } of moves) {
      if (now === 'vacant' || now === 'uncovered')
        await writes.messages.tell(loudTo(facts), `duty.${now}`, `/duties/${role}`)
      if (now === 'deputed')
        await writes.messages.tell(whoAnswers(facts, role)?.people ?? [], 'duty.deputed', `/duties/${role}`)
    }
    return moves.map(({ role, now, before }) => ({ type: `duty.${now}`, subject: `role:${role}`, detail: { before } }))
  }

  const refuseUnowned = async (writes: W, role: Role, waiting: number): Promise<LedgerEvent> => {
    await writes.messages.tell(loudTo(await writes.duties.facts()), 'duty.unowned', `/duties/${role}`)
    return { type: 'appointment.end-refused', subject: `role:${role}`, detail: { waiting } }
  }

  const checkDeputy = async (writes: W, role: Role, holderId: string, deputyId: string): Promise<void> => {
    const deputy = await writes.people.get(deputyId)
    if (deputyId === holderId) throw new Refusal('invalid', 'A deputy who is the same person is no cover')
    if (deputy.leftOn !== null)
      throw new Refusal('invalid', `${deputy.name} has left or is leaving, and cannot stand in`)
    const [conflict] = deputyConflicts(role, await writes.people.rolesOf(deputyId))
    if (conflict) throw new Refusal('invalid', `${deputy.name} cannot stand in for this post. ${conflict.reason}`)
  }

  return {
    /** Names somebody for a post. Where one person holds it at a time, whoever held it before stops at the same instant and hands over. */
    appoint: (actor: Actor, wanted: NewAppointment): Promise<string> =>
      change(actor, async writes => {
        mustBeAllowed(actor, 'duties.manage')
        const self = whyNotAppoint(actor, wanted.personId)
        if (self) throw new Refusal('forbidden', self)
        const { people, duties, messages } = writes
        const { role, personId } = wanted
        if (!(dutyRoleNames as readonly Role[]).includes(role))
          throw new Refusal('invalid', 'Select a post of the register')
        await duties.lockRegister()
        const person = await people.get(personId)
        if (person.leftOn !== null) throw new Refusal('invalid', `${person.name} has left or is leaving`)
        const held = await people.rolesOf(personId)
        if (held.includes(role)) throw new Refusal('conflict', `${person.name} holds this post already.`)
        const conflicts = conflictsWith(role, held)
        const refused = conflicts.find(({ severity }) => severity === 'refuse')
        if (refused)
          throw new Refusal(
            'invalid',
            `${person.name} cannot hold this post beside the one they have. ${refused.reason}`,
          )
        const exceptions = [
          ...(conflicts.length > 0 ? (['conflict'] as const) : []),
          ...(needsDeputyHeadReason(role, held) ? (['not-deputy-head'] as const) : []),
        ]
        if (exceptions.length > 0 && !wanted.reason) {
          throw new Refusal(
            'invalid',
            conflicts[0]
              ? `Enter why this is right although: ${conflicts[0].reason}`
              : 'Enter why the safeguarding lead is not a deputy headteacher: the policy says so, and an exception must be recorded',
          )
        }
        if (wanted.deputyId) await checkDeputy(writes, role, personId, wanted.deputyId)
        const before = heldByOne(role) ? await people.holders(role) : []
        const id = await people.appoint(personId, role, wanted.deputyId ? { deputyId: wanted.deputyId } : {})
        const ended: LedgerEvent[] = []
        for (const old of before) ended.push(...(await endOne(writes, old, duties.instant(), true)).events)
        for (const kind of exceptions) await duties.note(id, { kind, text: wanted.reason ?? '' })
        if (wanted.service)
          await duties.note(id, {
            kind: 'service',
            text: wanted.service.contract,
            provider: wanted.service.provider,
            untilDate: wanted.service.untilDate,
          })
        await messages.tell([personId], 'duty.appointed', `/duties/${role}`)
        await messages.tell(
          loudTo(await duties.facts()).filter(each => each !== personId),
          'duty.changed',
          `/duties/${role}`,
        )
        const made: LedgerEvent = {
          type: 'appointment.made',
          subject: `role:${role}`,
          detail: {
            appointment: id,
            person: personId,
            deputy: wanted.deputyId,
            replaced: before.length,
            exceptions,
            service: wanted.service !== null,
          },
        }
        return changed(id, made, ...ended, ...(await coverEvents(writes)))
      }),

    /**
     * Ends an appointment now. What waits moves to whoever answers next, at once.
     * @throws {Refusal} `conflict` when something waits and nobody would answer for it; the headteacher and the chair are told of the attempt.
     */
    end: async (actor: Actor, appointmentId: string): Promise<void> => {
      const refused = await change(actor, async writes => {
        mustBeAllowed(actor, 'duties.manage')
        await writes.duties.lockRegister()
        const held = await writes.people.lockAppointment(appointmentId)
        const at = writes.duties.instant()
        if (held.to !== null && held.to <= at) throw new Refusal('conflict', 'This appointment has ended already.')
        const outcome = await endOne(writes, held, at)
        if (outcome.refused > 0)
          return changed(
            unownedSentence(held.role, outcome.refused),
            await refuseUnowned(writes, held.role, outcome.refused),
          )
        const [first, ...rest] = [...outcome.events, ...(await coverEvents(writes))]
        if (!first) throw new Error('an appointment ended without an event')
        return changed(null, first, ...rest)
      })
      if (refused !== null) throw new Refusal('conflict', refused)
    },

    setDeputy: async (actor: Actor, appointmentId: string, deputyId: string | null): Promise<void> => {
      const refused = await change(actor, async writes => {
        mustBeAllowed(actor, 'duties.manage')
        const { duties, people, messages, deadlines } = writes
        await duties.lockRegister()
        const held = await people.lockAppointment(appointmentId)
        if (held.to !== null && held.to <= duties.instant())
          throw new Refusal('conflict', 'This appointment has ended already.')
        if (deputyId) await checkDeputy(writes, held.role, held.personId, deputyId)
        await people.setDeputy(appointmentId, deputyId)
        const facts = await duties.facts()
        const answering = whoAnswers(facts, held.role)
        const open = await deadlines.openOf(held.role)
        if (open.length > 0 && answering?.via !== 'holder' && answering?.via !== 'deputy') {
          await people.setDeputy(appointmentId, held.deputyId)
          return changed(unownedSentence(held.role, open.length), await refuseUnowned(writes, held.role, open.length))
        }
        if (deputyId) await messages.tell([deputyId], 'duty.deputy-named', `/duties/${held.role}`)
        return changed(
          null,
          {
            type: 'deputy.named',
            subject: `role:${held.role}`,
            detail: { appointment: appointmentId, deputy: deputyId, before: held.deputyId },
          },
          ...(await coverEvents(writes)),
        )
      })
      if (refused !== null) throw new Refusal('conflict', refused)
    },

    /** One's own absence, or anybody's by those who keep the register. An absence is never refused: people fall ill. A post it leaves uncovered is loud. */
    recordAbsence: (actor: Actor, personId: string, from: Date, to: Date): Promise<void> =>
      change(actor, async writes => {
        if (!(actor.kind === 'person' && actor.personId === personId)) mustBeAllowed(actor, 'duties.manage')
        if (to <= from) throw new Refusal('invalid', 'The end of the absence must be after its start')
        if (to <= writes.duties.instant()) throw new Refusal('invalid', 'The absence must end in the future')
        await writes.duties.lockRegister()
        await writes.people.get(personId)
        const id = await writes.people.recordAbsence(personId, from, to)
        return changed(
          undefined,
          {
            type: 'absence.recorded',
            subject: `person:${personId}`,
            detail: { absence: id, from: from.toISOString(), to: to.toISOString() },
          },
          ...(await coverEvents(writes)),
        )
      }),

    endAbsence: (actor: Actor, absenceId: string): Promise<void> =>
      change(actor, async writes => {
        await writes.duties.lockRegister()
        const absence = (await writes.duties.absencesFrom(writes.duties.instant())).find(({ id }) => id === absenceId)
        if (!absence) throw new Refusal('not-found', 'There is no such absence at this school.')
        if (!(actor.kind === 'person' && actor.personId === absence.personId)) mustBeAllowed(actor, 'duties.manage')
        await writes.duties.endAbsence(absenceId, writes.duties.instant())
        return changed(
          undefined,
          { type: 'absence.ended', subject: `person:${absence.personId}`, detail: { absence: absenceId } },
          ...(await coverEvents(writes)),
        )
      }),

    /** The yearly confirmation. @param digest what the person was shown; a register that changed meanwhile is not confirmed. */
    confirm: (actor: Actor, digest: string): Promise<void> =>
      change(actor, async ({ duties, deadlines }) => {
        mustBeAllowed(actor, 'duties.confirm')
        const person = personOf(actor)
        await duties.lockRegister()
        const facts = await duties.facts()
        if (digest !== registerDigest(facts))
          throw new Refusal('conflict', 'The register changed since you opened it. Read it again, then confirm it.')
        const vacancies = vacantPosts(registerOf(facts)).length
        await duties.confirm(person.personId, digest, vacancies)
        await deadlines.meet('register.confirmation', 'register:duties')
        return changed(undefined, {
          type: 'register.confirmed',
          subject: 'register:duties',
          detail: { digest, vacancies },
        })
      }),

    /**
     * Inside another change: ends everything that a person holds, as when they leave. Add the events to that change.
     * @returns `refused` as a sentence when something would be left unowned; then nothing was ended, the headteacher and chair are told,
     * and the caller returns the events and throws the refusal after the change.
     */
    release: async (
      writes: W,
      personId: string,
      at: Date,
    ): Promise<{ events: LedgerEvent[]; refused: string | null }> => {
      await writes.duties.lockRegister()
      const now = writes.duties.instant()
      const held = (await writes.people.appointmentsOf({ personId })).filter(
        ({ from, to }) => from <= now && (to === null || to > now),
      )
      // Asked for all of them before the first is ended: everything, or nothing.
      const before = await writes.duties.facts()
      const left = held.reduce((facts, each) => withoutPost(facts, each.id, at), before)
      const after = { ...left, away: new Set([...left.away, personId]) }
      const { unowned } = handedOn(await writes.deadlines.open(5_000), before, after, {
        personId,
        roles: held.map(({ role }) => role),
      })
      let [role] = unowned.map(({ ownerRole }) => ownerRole)
      let refused = unowned.length
      for (const each of held) {
        const given = isOwned(whoAnswers(after, each.role)) ? 0 : await waitingWith(writes, each.role, personId)
        if (given > 0) role ??= each.role
        refused += given
      }
      if (role !== undefined)
        return { events: [await refuseUnowned(writes, role, refused)], refused: unownedSentence(role, refused) }
      const events: LedgerEvent[] = []
      for (const each of held) events.push(...(await endOne(writes, each, at, true)).events)
      return { events: [...events, ...(await coverEvents(writes))], refused: null }
    },

    /**
     * The worker's: whoever has left holds nothing, from the midnight after their last day; and whatever became vacant or uncovered is
     * written down and told the same day. Writes nothing when nothing changed.
     */
    watch: async (schoolId: string): Promise<void> => {
      const { leavers, moves } = await read(schoolId, async ({ duties }) => ({
        leavers: await duties.leaversPosts(),
        moves: coverMoves(coverOf(await duties.facts()), await duties.lastCover()),
      }))
      if (leavers.length === 0 && moves.length === 0) return
      await change(systemActor(schoolId, 'worker'), async writes => {
        await writes.duties.lockRegister()
        const events: LedgerEvent[] = []
        for (const { appointmentId, leftOn } of await writes.duties.leaversPosts()) {
          const held = await writes.people.lockAppointment(appointmentId)
          const at = startOfLondonDay(addCalendarDays(leftOn, 1))
          events.push(...(await endOne(writes, held, at < held.from ? held.from : at, true)).events)
        }
        const [first, ...rest] = [...events, ...(await coverEvents(writes))]
        return first
          ? changed(undefined, first, ...rest)
          : changed(undefined, { type: 'duty.watched', detail: { day: londonDate(writes.duties.instant()) } })
      })
    },
  }
}
