import type { DeadlineWrites } from '../duties/deadline-store.ts'
import type { PeopleWrites } from '../people/people-store.ts'
import { type Actor, hasRole, mustBeAllowed, personOf } from '../platform/actor.ts'
import { type Change, changed } from '../platform/change.ts'
import type { MessageWrites } from '../platform/messages.ts'
import { Refusal } from '../platform/refusal.ts'
import { act, type CaseAction, type Part } from './case.ts'
import { type Agency, type CasePolicy, openingMinutes, type OpeningReason, type Procedure } from './case-parts.ts'
import { knowByWorking } from './case-alerts.ts'
import type { CasePartWrites } from './case-parts-store.ts'
import type { Case, CaseWrites } from './case-store.ts'
import type { LessonArea } from './incidents-tables.ts'

/* What people add to a case. Each is refused by the same table of moves that the page asks. */

interface PartWrites {
  cases: CaseWrites
  caseParts: CasePartWrites
  people: PeopleWrites
  deadlines: DeadlineWrites
  messages: MessageWrites
}

export type CasePartService = ReturnType<typeof createCasePartService>
export function createCasePartService(change: Change<PartWrites>) {
  /** Locks the case, checks the move, and does the work as the person acting. */
  const onCase = <R>(
    actor: Actor,
    id: string,
    action: CaseAction,
    work: (
      writes: PartWrites,
      file: Case,
      personId: string,
    ) => Promise<{ result: R; type: string; detail?: Record<string, string | number | boolean | null> }>,
  ) =>
    change(actor, async writes => {
      const person = personOf(actor)
      const file = await writes.cases.lock(actor, id)
      act(actor, file, action)
      const { result, type, detail } = await work(writes, file, person.personId)
      return changed(result, { type, subject: `case:${id}`, ...(detail ? { detail } : {}) })
    })

  return {
    note: (actor: Actor, id: string, words: string) =>
      onCase(actor, id, 'note', async ({ cases, caseParts }, file, byId) => {
        const note = await caseParts.addNote(file, byId, words)
        if (file.status !== 'new') await cases.renewFollowUp(file)
        return { result: note, type: 'case.note-added', detail: { note, length: words.length } }
      }),
    task: (actor: Actor, id: string, task: { words: string; ownerId: string; dueOn: string }) =>
      onCase(actor, id, 'task', async ({ caseParts, messages, cases }, file, byId) => {
        if ((await cases.barredOf(id)).includes(task.ownerId))
          throw new Refusal('invalid', 'This person cannot have a task in a case that is about them.')
        const taskId = await caseParts.addTask(file, byId, task)
        await messages.tell([task.ownerId], 'case.task', `/cases/${id}`)
        return {
          result: taskId,
          type: 'case.task-added',
          detail: { task: taskId, owner: task.ownerId, due: task.dueOn },
        }
      }),
    finishTask: (actor: Actor, id: string, taskId: string) =>
      onCase(actor, id, 'task', async ({ caseParts }, _, byId) => {
        await caseParts.finishTask(id, taskId, byId)
        return { result: undefined, type: 'case.task-done', detail: { task: taskId } }
      }),
    person: (actor: Actor, id: string, involved: { personId?: string; label?: string; part: Part }) =>
      onCase(actor, id, 'person', async ({ cases }, file) => {
        if (actor.kind === 'person' && involved.part === 'subject' && involved.personId === actor.personId)
          throw new Refusal(
            'conflict',
            'You cannot name yourself here. Hand the case over first: tell the headteacher, or the chair of governors.',
          )
        const { partyId, moved } = await cases.addPerson(file, involved)
        return {
          result: partyId,
          type: 'case.person-added',
          detail: {
            party: partyId,
            part: involved.part,
            registered: involved.personId !== undefined,
            ownerMoved: moved,
          },
        }
      }),
    refer: (
      actor: Actor,
      id: string,
      referral: { agency: Agency; made: boolean; at: Date; reference: string | null; reasons: string },
    ) =>
      onCase(actor, id, 'refer', async ({ cases, caseParts }, file, byId) => {
        if (referral.at > cases.now) throw new Refusal('invalid', 'When it was done cannot be in the future')
        if (!referral.made && referral.reference)
          throw new Refusal('invalid', 'There is no reference when it was not referred')
        const referralId = await caseParts.addReferral(file, byId, referral)
        return {
          result: referralId,
          type: referral.made ? 'case.referred' : 'case.not-referred',
          detail: { agency: referral.agency, at: referral.at.toISOString(), hasReference: referral.reference !== null },
        }
      }),
    decide: (
      actor: Actor,
      id: string,
      decision: { kind: 'response' | 'procedure' | 'no-action' | 'other'; procedure: Procedure | null; words: string },
    ) =>
      onCase(actor, id, 'decide', async ({ cases, caseParts }, file, byId) => {
        if ((decision.kind === 'procedure') !== (decision.procedure !== null))
          throw new Refusal('invalid', 'Select the procedure when another procedure carries it on, and only then')
        const decisionId = await caseParts.addDecision(file, byId, decision)
        await cases.renewFollowUp(file)
        return {
          result: decisionId,
          type: 'case.decided',
          detail: { decision: decisionId, kind: decision.kind, procedure: decision.procedure },
        }
      }),
    proposeParents: (actor: Actor, id: string, words: string) =>
      onCase(actor, id, 'parents', async ({ caseParts, cases, messages }, file, byId) => {
        const notice = await caseParts.proposeNotice(file, byId, words)
        const lead = await cases.answerer(['dsl', 'deputy-dsl'], [byId, ...(await cases.barredOf(id))])
        if (lead) await messages.tell([lead.personId], 'case.parents', `/cases/${id}/parents/${notice}`)
        return { result: notice, type: 'parent-notice.proposed', detail: { notice, asked: lead?.personId ?? null } }
      }),
    /** The safeguarding lead, and never the author, says whether telling the parents is safe. */
    decideParents: (actor: Actor, id: string, noticeId: string, safe: boolean, reasons: string) =>
      onCase(actor, id, 'parents', async ({ caseParts, messages }, file, byId) => {
        mustBeAllowed(actor, 'case.agree-parents')
        const notice = await caseParts.lockNotice(id, noticeId)
        if (notice.state !== 'proposed') throw new Refusal('conflict', 'This was decided already.')
        if (notice.proposed_by === byId)
          throw new Refusal(
            'forbidden',
            'You wrote this notice, so another safeguarding lead must decide whether it is safe.',
          )
        await caseParts.decideNotice(file, notice.id, byId, safe, reasons)
        await messages.tell([notice.proposed_by], 'case.parents', `/cases/${id}`)
        return {
          result: undefined,
          type: safe ? 'parent-notice.agreed' : 'parent-notice.found-unsafe',
          detail: { notice: notice.id },
        }
      }),
    giveParents: (actor: Actor, id: string, noticeId: string) =>
      onCase(actor, id, 'parents', async ({ caseParts }, _, byId) => {
        const notice = await caseParts.lockNotice(id, noticeId)
        if (notice.state !== 'agreed')
          throw new Refusal(
            'conflict',
            notice.state === 'given'
              ? 'The parents were told already.'
              : 'Parents are told only after the safeguarding lead has agreed that it is safe.',
          )
        await caseParts.giveNotice(notice.id, byId)
        return { result: undefined, type: 'parent-notice.given', detail: { notice: notice.id } }
      }),
    policies: (actor: Actor, id: string, policies: readonly CasePolicy[]) =>
      onCase(actor, id, 'policies', async ({ cases }) => {
        await cases.set(id, { policies: [...policies] })
        return {
          result: undefined,
          type: 'case.policies-linked',
          detail: { policies: policies.join(' '), count: policies.length },
        }
      }),
    offSite: (actor: Actor, id: string, link: string) =>
      onCase(actor, id, 'offsite', async ({ cases }, file) => {
        await cases.set(id, { off_site: true, school_link: await cases.sealFor(file, link) })
        return { result: undefined, type: 'case.school-link-recorded', detail: { length: link.length } }
      }),
    /** Everything about the case is kept, because criminal or civil proceedings may follow. */
    hold: (actor: Actor, id: string, reason: string) =>
      onCase(actor, id, 'hold', async ({ cases, caseParts }, file, byId) => {
        if (file.heldAt) throw new Refusal('conflict', 'Everything in this case is held already.')
        await cases.set(id, { held_at: cases.now })
        await caseParts.addNote(file, byId, reason)
        return { result: undefined, type: 'case.held' }
      }),
    /** Opens the sealed words to this person for a while. The ledger keeps that and why, not the words. */
    open: (actor: Actor, id: string, reason: OpeningReason, words: string | null) =>
      change(actor, async ({ cases, caseParts, deadlines }) => {
        const person = personOf(actor)
        const file = await cases.lock(actor, id)
        const until = new Date(cases.now.getTime() + openingMinutes * 60_000)
        await caseParts.addOpening(file, person.personId, { reason, words, until })
        return changed(
          until,
          { type: 'case.words-opened', subject: `case:${id}`, detail: { reason, until: until.toISOString() } },
          ...(await knowByWorking({ caseParts, deadlines }, id, person.personId)),
        )
      }),
    /** “I know.” By the person alerted, or whoever acts in the role now. */
    acknowledge: (actor: Actor, alertId: string) =>
      change(actor, async ({ cases, caseParts, people, deadlines }) => {
        mustBeAllowed(actor, 'alert.acknowledge')
        const person = personOf(actor)
        const alert = await caseParts.lockAlert(alertId)
        const acting = await people.whoActsAs(alert.role)
        if ((await cases.barredOf(alert.case_id)).includes(person.personId))
          throw new Refusal('not-found', 'There is no such alert at this school.')
        if (alert.person_id !== person.personId && acting?.personId !== person.personId && !hasRole(actor, alert.role))
          throw new Refusal('not-found', 'There is no such alert at this school.')
        if (alert.acknowledged_at) throw new Refusal('conflict', 'This was acknowledged already.')
        const [met] = await deadlines.meet('incident.serious-alert', `alert:${alert.id}`)
        if (!met) throw new Refusal('conflict', 'The case was closed, so this is not asked any more.')
        await caseParts.acknowledge(alert.id, person.personId)
        return changed(undefined, {
          type: 'case.alert-acknowledged',
          subject: `case:${alert.case_id}`,
          detail: { alert: alert.id, kind: alert.kind, role: alert.role, inTime: met.state === 'met' },
        })
      }),
    lesson: (
      actor: Actor,
      lesson: { caseId: string | null; words: string; area: LessonArea; ownerId: string; dueOn: string },
    ) =>
      change(actor, async ({ cases, caseParts, messages }) => {
        mustBeAllowed(actor, 'lesson.work')
        const person = personOf(actor)
        if (lesson.caseId) act(actor, await cases.lock(actor, lesson.caseId), 'lesson')
        const id = await caseParts.addLesson(person.personId, lesson)
        await messages.tell([lesson.ownerId], 'lesson.given', '/lessons')
        return changed(id, {
          type: 'lesson.added',
          subject: lesson.caseId ? `case:${lesson.caseId}` : `lesson:${id}`,
          detail: { lesson: id, area: lesson.area, owner: lesson.ownerId, due: lesson.dueOn },
        })
      }),
    finishLesson: (actor: Actor, id: string) =>
      change(actor, async ({ caseParts }) => {
        mustBeAllowed(actor, 'lesson.work')
        await caseParts.finishLesson(id, personOf(actor).personId)
        return changed(undefined, { type: 'lesson.done', subject: `lesson:${id}` })
      }),
  }
}
