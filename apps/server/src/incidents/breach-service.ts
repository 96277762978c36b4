import type { DeadlineWrites } from '../duties/deadline-store.ts'
import { type Actor, mustBeAllowed, personOf } from '../platform/actor.ts'
import { type Change, changed } from '../platform/change.ts'
import { Refusal } from '../platform/refusal.ts'
import {
  type Loss,
  missingItems,
  noticeItemNames,
  type Notice,
  type Risk,
  shouldNotify,
  shouldTellPeople,
} from './breach.ts'
import type { Breach, BreachWrites } from './breach-store.ts'
import { act } from './case.ts'
import type { Case, CaseWrites } from './case-store.ts'

interface Writes {
  cases: CaseWrites
  breaches: BreachWrites
  deadlines: DeadlineWrites
}

export type BreachService = ReturnType<typeof createBreachService>
export function createBreachService(change: Change<Writes>) {
  const onBreach = <R>(
    actor: Actor,
    caseId: string,
    work: (
      writes: Writes,
      file: Case,
      breach: Breach,
      personId: string,
    ) => Promise<{ result: R; type: string; detail: Record<string, string | number | boolean | null> }>,
  ) =>
    change(actor, async writes => {
      mustBeAllowed(actor, 'breach.work')
      const person = personOf(actor)
      const file = await writes.cases.lock(actor, caseId)
      const breach = await writes.breaches.of(caseId)
      if (!breach) throw new Refusal('not-found', 'This case is not in the register of breaches.')
      if (file.status === 'closed')
        throw new Refusal(
          'conflict',
          'The case is closed. Reopen it to add to the breach; nothing said before is lost.',
        )
      const { result, type, detail } = await work(writes, file, breach, person.personId)
      return changed(result, { type, subject: `case:${caseId}`, detail })
    })

  return {
    /** Enters a case in the register and starts the 72 hours: from its report, unless awareness was earlier. */
    begin: (actor: Actor, caseId: string, loss: Loss, awareAt: Date | null) =>
      change(actor, async ({ cases, breaches }) => {
        mustBeAllowed(actor, 'breach.work')
        const file = await cases.lock(actor, caseId)
        act(actor, file, 'note')
        if (await breaches.of(caseId))
          throw new Refusal('conflict', 'This case is in the register of breaches already.')
        if (awareAt && awareAt > file.reportedAt)
          throw new Refusal(
            'invalid',
            'The school knew at the latest when it was reported. Annotate the time of awareness with reasons if it should be read otherwise',
          )
        await cases.beginBreach(file, awareAt ?? file.reportedAt, loss)
        await cases.keepNextDue(caseId)
        return changed(undefined, {
          type: 'breach.registered',
          subject: `case:${caseId}`,
          detail: { awareAt: (awareAt ?? file.reportedAt).toISOString(), loss },
        })
      }),
    /** Says beside the stored moment of awareness how it should be read, and why. The moment and its clock stay. */
    annotateAwareness: (actor: Actor, caseId: string, readAs: Date, reason: string) =>
      onBreach(actor, caseId, async ({ breaches }, file, breach, byId) => {
        const version = await breaches.addEntry(file, byId, 'awareness', { readAs: readAs.toISOString(), reason })
        return {
          result: version,
          type: 'breach.awareness-annotated',
          detail: { stored: breach.awareAt.toISOString(), readAs: readAs.toISOString(), version },
        }
      }),
    assess: (actor: Actor, caseId: string, assessment: { loss: Loss; risk: Risk; words: string }) =>
      onBreach(actor, caseId, async ({ breaches }, file, breach, byId) => {
        if (breach.notifiedAt && !shouldNotify(assessment.risk))
          throw new Refusal(
            'conflict',
            'The regulator has been told. Record what changed in a new version of the notice.',
          )
        const version = await breaches.addEntry(file, byId, 'assessment', {
          loss: assessment.loss,
          risk: assessment.risk,
          words: assessment.words,
        })
        // A changed grade opens the decision again.
        const reopened = breach.risk !== null && breach.risk !== assessment.risk && breach.notifiedAt === null
        await breaches.set(caseId, {
          loss: assessment.loss,
          risk: assessment.risk,
          ...(reopened ? { notify: null, decided_at: null, decided_by: null } : {}),
        })
        return {
          result: version,
          type: 'breach.assessed',
          detail: { loss: assessment.loss, risk: assessment.risk, version, reopened },
        }
      }),
    decide: (actor: Actor, caseId: string, notify: boolean, reasons: string) =>
      onBreach(actor, caseId, async ({ breaches, cases, deadlines }, file, breach, byId) => {
        if (!breach.risk) throw new Refusal('conflict', 'Assess the risk to people first.')
        if (breach.notifiedAt) throw new Refusal('conflict', 'The regulator has been told already.')
        if (!notify && shouldTellPeople(breach.risk))
          throw new Refusal(
            'conflict',
            'The risk is graded high, so the regulator must be told. Assess it again if the grade is wrong.',
          )
        if (!notify && shouldNotify(breach.risk))
          throw new Refusal(
            'conflict',
            'There is a risk to people, so the regulator must be told. Assess it again if a risk is unlikely after all.',
          )
        await breaches.addEntry(file, byId, 'decision', { notify: notify ? 'yes' : 'no', reasons })
        await breaches.set(caseId, {
          notify,
          decided_at: cases.now,
          decided_by: byId,
          reasons: await cases.sealFor(file, reasons),
        })
        const met = notify ? [] : await deadlines.meet('breach.ico', `case:${caseId}`)
        await cases.keepNextDue(caseId)
        return {
          result: undefined,
          type: notify ? 'breach.to-be-notified' : 'breach.not-notified',
          detail: { risk: breach.risk, inTime: met.every(({ state }) => state === 'met') },
        }
      }),
    /** Stores a version of the notice. Every version before it stays. */
    draft: (actor: Actor, caseId: string, notice: Notice) =>
      onBreach(actor, caseId, async ({ breaches }, file, _, byId) => {
        const version = await breaches.addEntry(file, byId, 'notice', notice)
        return {
          result: version,
          type: 'breach.notice-drafted',
          detail: { version, missing: missingItems(notice, false).join(' ') },
        }
      }),
    /** Records that the last version was sent, with the regulator's reference. The first may be incomplete; that is said. */
    send: (actor: Actor, caseId: string, reference: string) =>
      onBreach(actor, caseId, async ({ breaches, cases, deadlines }, file, breach, byId) => {
        if (breach.notify !== true)
          throw new Refusal('conflict', 'Decide first that the regulator is told, with the reasons.')
        const notice = (await breaches.entries(file)).findLast(({ kind }) => kind === 'notice')
        if (!notice) throw new Refusal('conflict', 'Write the notice first.')
        const [deadline] = (await deadlines.about(`case:${caseId}`)).filter(({ kind }) => kind === 'breach.ico')
        const late = deadline?.dueAt != null && cases.now > deadline.dueAt
        const missing = missingItems(noticeOf(notice.content), late)
        if (late && missing.includes('delay'))
          throw new Refusal(
            'conflict',
            `More than 72 hours have passed. Add “${noticeItemNames.delay}” to the notice first.`,
          )
        await breaches.addEntry(file, byId, 'notice-sent', { version: String(notice.version), reference })
        if (!breach.notifiedAt) await breaches.set(caseId, { notified_at: cases.now })
        await deadlines.meet('breach.ico', `case:${caseId}`)
        await cases.keepNextDue(caseId)
        return {
          result: missing,
          type: 'breach.notified',
          detail: { version: notice.version, late, missing: missing.join(' ') },
        }
      }),
    tellPeople: (actor: Actor, caseId: string, how: string, at: Date) =>
      onBreach(actor, caseId, async ({ breaches, cases }, file, breach, byId) => {
        if (at > cases.now) throw new Refusal('invalid', 'When they were told cannot be in the future')
        await breaches.addEntry(file, byId, 'people-told', { how, at: at.toISOString() })
        if (!breach.peopleToldAt) await breaches.set(caseId, { people_told_at: at })
        return { result: undefined, type: 'breach.people-told', detail: { at: at.toISOString() } }
      }),
  }
}

/** A stored version as a notice; what an older version did not hold reads as empty. */
export const noticeOf = (content: Readonly<Record<string, string>>): Notice => ({
  nature: content['nature'] ?? '',
  peopleCategories: content['peopleCategories'] ?? '',
  peopleCount: content['peopleCount'] ?? '',
  recordCategories: content['recordCategories'] ?? '',
  recordCount: content['recordCount'] ?? '',
  contact: content['contact'] ?? '',
  consequences: content['consequences'] ?? '',
  measures: content['measures'] ?? '',
  delay: content['delay'] ?? '',
})
