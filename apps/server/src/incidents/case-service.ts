import type { JsonObject, JsonValue } from '@gatehouse/ledger/canonical'
import type { DeadlineWrites } from '../duties/deadline-store.ts'
import type { Role } from '../permissions.ts'
import { type Actor, mustBeAllowed, personOf } from '../platform/actor.ts'
import { type Change, changed, type LedgerEvent } from '../platform/change.ts'
import { Refusal } from '../platform/refusal.ts'
import type { PendingRequest, RequestWrites } from '../platform/requests.ts'
import type { BreachWrites } from './breach-store.ts'
import {
  act,
  type CaseCategory,
  isLower,
  missingToClose,
  needsSecondPerson,
  type Seriousness,
  seriousnessNames,
  startingSeriousness,
  usualAudience,
  withoutNamed,
} from './case.ts'
import { knowByWorking, withdrawAlerts } from './case-alerts.ts'
import type { CloseCase } from './case-forms.ts'
import { type CasePartWrites, idOr } from './case-parts-store.ts'
import type { Case, CaseWrites } from './case-store.ts'
import { concernKind } from './data/concern-categories.ts'
import { stepsLeft, stepTexts } from './illegal.ts'
import type { IllegalWrites } from './illegal-store.ts'
import type { MessageWrites } from '../platform/messages.ts'

/* The life of a case: opening, triage, moving on, grading, closing by one or two people, reopening. */

interface LifeWrites {
  cases: CaseWrites
  caseParts: CasePartWrites
  illegal: IllegalWrites
  breaches: BreachWrites
  requests: RequestWrites
  deadlines: DeadlineWrites
  messages: MessageWrites
}

/** What a second person approves. Words are sealed under the case's key; the request itself says nothing about anybody. */
interface SecondPayload extends JsonObject {
  from: string
  to: string
  response: string | null
  outcome: string | null
  lesson: string | null
  reason: string
}
export const secondKinds = ['case.close', 'case.lower'] as const

export type CaseService = ReturnType<typeof createCaseService>
export function createCaseService(change: Change<LifeWrites>) {
  return {
    /** A person who works on cases writes one down. @returns its id. */
    create: (
      actor: Actor,
      fresh: {
        kind: string
        summary: string
        subjectId: string | null
        harmedId: string | null
        happenedAt: Date | null
        offSite: boolean
      },
    ): Promise<string> =>
      change(actor, async ({ cases, caseParts, deadlines }) => {
        mustBeAllowed(actor, 'case.work')
        const person = personOf(actor)
        const kind = concernKind(fresh.kind)
        if (!kind) throw new Refusal('invalid', 'Select the kind of incident')
        if (fresh.happenedAt && fresh.happenedAt > cases.now)
          throw new Refusal('invalid', 'When it happened cannot be in the future')
        const [firstRole = 'headteacher'] = kind.route
        const { caseId, events } = await cases.open({
          category: kind.category,
          kind: kind.id,
          seriousness: startingSeriousness(kind),
          audience: [...usualAudience(kind.category), ...kind.route],
          ownerRole: firstRole,
          subjects: fresh.subjectId ? [fresh.subjectId] : [],
          involved: fresh.harmedId ? [{ personId: fresh.harmedId, part: 'harmed' }] : [],
          happenedAt: fresh.happenedAt,
          reportedAt: cases.now,
          origin: `person:${person.personId}`,
          summary: fresh.summary,
          offSite: fresh.offSite,
        })
        const [opened, ...rest] = events
        if (!opened) throw new Error('opening a case gives an event')
        return changed(
          caseId,
          opened,
          ...rest,
          ...(await knowByWorking({ caseParts, deadlines }, caseId, person.personId)),
        )
      }),

    /** The first proper look: what it is about, how serious, and what was done at once. It may raise the seriousness, never lower it. */
    triage: (
      actor: Actor,
      id: string,
      triage: { category: CaseCategory; kind: string; seriousness: Seriousness; risk: 'yes' | 'no'; words: string },
    ) =>
      change(actor, async ({ cases, caseParts, deadlines, illegal, breaches }) => {
        const person = personOf(actor)
        const file = await cases.lock(actor, id)
        const status = act(actor, file, 'triage')
        const kind = concernKind(triage.kind)
        if (!kind) throw new Refusal('invalid', 'Select the kind of incident')
        if (isLower(triage.seriousness, file.seriousness))
          throw new Refusal(
            'invalid',
            `It came in as ${seriousnessNames[file.seriousness].toLowerCase()}. Triage it as that; lowering it afterwards takes a second person.`,
          )
        if (triage.risk === 'yes' && triage.seriousness !== 'serious')
          throw new Refusal('invalid', 'A child at immediate risk is serious. Select “Serious”.')
        const barred = await cases.barredOf(id)
        const place =
          triage.category === file.category
            ? { ownerRole: file.ownerRole, audience: [...file.audience] }
            : movedTo(triage.category, file, kind.route[0] ?? 'headteacher', await cases.rolesNamed(barred))
        const stays = place.ownerRole === file.ownerRole && file.ownerId !== null
        const owner = stays
          ? file.ownerId
          : ((await cases.answerer([place.ownerRole, ...place.audience], barred))?.personId ?? null)
        await cases.set(id, {
          status,
          category: triage.category,
          kind: kind.id,
          seriousness: triage.seriousness,
          owner_role: place.ownerRole,
          owner_id: owner,
          audience: place.audience,
          triaged_at: cases.now,
        })
        await caseParts.addNote(file, person.personId, triage.words)
        const met = await deadlines.meet('case.triage', `case:${id}`)
        if (kind.path === 'illegal-content' && !(await illegal.path(id))) await cases.beginIllegalPath(id, kind.id)
        if (kind.path === 'data-breach' && !(await breaches.of(id)))
          await cases.beginBreach(
            { id, ownerRole: place.ownerRole, ownerId: owner },
            file.reportedAt,
            'confidentiality',
          )
        await cases.renewFollowUp({ id, ownerRole: place.ownerRole, ownerId: owner })
        const alerts =
          triage.seriousness === 'serious' && file.seriousness !== 'serious'
            ? await cases.alertSerious(id, triage.category, barred)
            : []
        return changed(
          undefined,
          {
            type: 'case.triaged',
            subject: `case:${id}`,
            detail: {
              from: file.status,
              to: status,
              category: triage.category,
              kind: kind.id,
              seriousness: triage.seriousness,
              risk: triage.risk,
              inTime: met.every(({ state }) => state === 'met'),
            },
          },
          ...alerts,
          ...(await knowByWorking({ caseParts, deadlines }, id, person.personId)),
        )
      }),

    /** Starts work, waits for somebody outside, or carries on. */
    move: (actor: Actor, id: string, action: 'take' | 'wait' | 'resume', reason: string | null) =>
      change(actor, async ({ cases, caseParts, deadlines }) => {
        const person = personOf(actor)
        const file = await cases.lock(actor, id)
        const status = act(actor, file, action)
        if (action === 'wait' && !reason) throw new Refusal('invalid', 'Enter for whom the case waits, and for what.')
        const taken = action === 'take' ? { owner_id: person.personId } : {}
        await cases.set(id, { status, ...taken })
        if (reason) await caseParts.addNote(file, person.personId, reason)
        await cases.renewFollowUp(action === 'take' ? { ...file, ownerId: person.personId } : file)
        const types = { take: 'case.taken', wait: 'case.waiting', resume: 'case.resumed' } as const
        return changed(
          undefined,
          { type: types[action], subject: `case:${id}`, detail: { from: file.status, to: status } },
          ...(await knowByWorking({ caseParts, deadlines }, id, person.personId)),
        )
      }),

    /** One person may raise the seriousness at any time; a case that becomes serious alerts at once. */
    raise: (actor: Actor, id: string, to: Seriousness, reason: string) =>
      change(actor, async ({ cases, caseParts, deadlines }) => {
        const person = personOf(actor)
        const file = await cases.lock(actor, id)
        act(actor, file, 'raise')
        if (!isLower(file.seriousness, to))
          throw new Refusal(
            'conflict',
            `The case is ${seriousnessNames[file.seriousness].toLowerCase()} now, so this would not raise it.`,
          )
        await cases.set(id, { seriousness: to })
        await caseParts.addNote(file, person.personId, reason)
        const alerts = to === 'serious' ? await cases.alertSerious(id, file.category, await cases.barredOf(id)) : []
        return changed(
          undefined,
          { type: 'case.raised', subject: `case:${id}`, detail: { from: file.seriousness, to } },
          ...alerts,
          ...(await knowByWorking({ caseParts, deadlines }, id, person.personId)),
        )
      }),

    /** Asks a second person to lower the seriousness. Clocks keep running meanwhile and afterwards. */
    proposeLower: (actor: Actor, id: string, to: Seriousness, reason: string): Promise<PendingRequest> =>
      change(actor, async writes => {
        const file = await writes.cases.lock(actor, id)
        act(actor, file, 'lower')
        if (!isLower(to, file.seriousness))
          throw new Refusal(
            'conflict',
            `The case is ${seriousnessNames[file.seriousness].toLowerCase()} now, so this would not lower it.`,
          )
        const path = await writes.illegal.path(id)
        if (path) throw new Refusal('conflict', 'A case on the illegal-content path stays serious.')
        return propose(writes, file, 'case.lower', {
          from: file.seriousness,
          to,
          response: null,
          outcome: null,
          lesson: null,
          reason,
        })
      }),

    /** Closes a case, or asks a second person to when it is serious. @returns the request that waits, or null when it is closed. */
    close: (actor: Actor, id: string, closing: CloseCase): Promise<PendingRequest | null> =>
      change(actor, async writes => {
        const file = await writes.cases.lock(actor, id)
        act(actor, file, 'close')
        await mustBeReady(writes, file)
        if (
          closing.response === 'no-action' &&
          file.seriousness === 'serious' &&
          (await writes.caseParts.decisions(id)).every(({ kind }) => kind !== 'no-action')
        ) {
          throw new Refusal(
            'invalid',
            'A serious case in which nothing more is done needs that decision with its reasons first.',
          )
        }
        const payload = {
          from: file.seriousness,
          to: 'closed',
          response: closing.response,
          outcome: closing.outcome,
          lesson: closing.lesson,
          reason: '',
        }
        const known = await knowByWorking(writes, id, personOf(actor).personId)
        if (needsSecondPerson('close', file.seriousness)) return propose(writes, file, 'case.close', payload, known)
        return changed(
          null,
          await closeNow(writes, file, closing.response, closing.outcome, closing.lesson, null),
          ...known,
          ...(await withdrawAlerts(writes, id)),
        )
      }),

    /** The second person's decision. What is applied is the payload with the digest that they were shown. */
    decideSecond: (
      actor: Actor,
      id: string,
      requestId: string,
      verdict: 'approved' | 'refused',
      reason: string,
      digest: string,
    ) =>
      change(actor, async writes => {
        const person = personOf(actor)
        mustBeAllowed(actor, 'case.approve')
        const file = await writes.cases.lock(actor, id)
        const request = await writes.requests.lock(idOr(requestId))
        if (request.subject !== `case:${id}` || !isSecondKind(request.kind))
          throw new Refusal('not-found', 'There is no such request in this case.')
        await writes.requests.decide(request, verdict, 'Sealed with the case', digest)
        await writes.caseParts.addNote(file, person.personId, reason)
        const decided: LedgerEvent = {
          type: `${request.kind}-${verdict}`,
          subject: `case:${id}`,
          detail: { request: requestId, digest, proposedBy: request.proposedBy },
        }
        await writes.messages.tell([request.proposedBy], request.kind, `/cases/${id}`)
        if (verdict === 'refused') return changed(undefined, decided)
        const payload = payloadOf(request.payload)
        if (payload.from !== file.seriousness)
          throw new Refusal(
            'conflict',
            'The case has been graded anew since this was proposed. It must be proposed again.',
          )
        if (request.kind === 'case.lower') {
          act(actor, file, 'lower')
          await writes.cases.set(id, { seriousness: payload.to as Seriousness })
          return changed(undefined, decided, {
            type: 'case.lowered',
            subject: `case:${id}`,
            detail: { from: file.seriousness, to: payload.to, by: [request.proposedBy, person.personId] },
          })
        }
        await mustBeReady(writes, file)
        act(actor, file, 'close')
        const words = await unsealed(writes, file, payload)
        return changed(
          undefined,
          decided,
          await closeNow(
            writes,
            file,
            payload.response ?? 'no-action',
            words.outcome,
            words.lesson,
            request.proposedBy,
          ),
          ...(await knowByWorking(writes, id, person.personId)),
          ...(await withdrawAlerts(writes, id)),
        )
      }),

    withdrawSecond: (actor: Actor, id: string, requestId: string, digest: string) =>
      change(actor, async ({ cases, requests }) => {
        await cases.lock(actor, id)
        const request = await requests.lock(idOr(requestId))
        if (request.subject !== `case:${id}` || !isSecondKind(request.kind))
          throw new Refusal('not-found', 'There is no such request in this case.')
        await requests.decide(request, 'withdrawn', 'Sealed with the case', digest)
        return changed(undefined, {
          type: `${request.kind}-withdrawn`,
          subject: `case:${id}`,
          detail: { request: requestId },
        })
      }),

    reopen: (actor: Actor, id: string, reason: string) =>
      change(actor, async ({ cases, caseParts }) => {
        const person = personOf(actor)
        const file = await cases.lock(actor, id)
        const status = act(actor, file, 'reopen')
        await cases.set(id, { status, closed_at: null })
        await caseParts.addNote(file, person.personId, reason)
        await cases.renewFollowUp(file)
        return changed(undefined, {
          type: 'case.reopened',
          subject: `case:${id}`,
          detail: { from: file.status, to: status },
        })
      }),
  }
}

const isSecondKind = (kind: string): kind is (typeof secondKinds)[number] =>
  (secondKinds as readonly string[]).includes(kind)

function movedTo(
  category: CaseCategory,
  file: Case,
  route: Role,
  named: readonly Role[],
): { ownerRole: Role; audience: Role[] } {
  const kept = file.audience.filter(role => role === 'chair' || role === 'headteacher')
  return withoutNamed(category, route, [...usualAudience(category), ...kept], named)
}

async function mustBeReady({ caseParts, illegal, breaches }: LifeWrites, file: Case): Promise<void> {
  const missing = missingToClose(await closable({ caseParts, illegal, breaches }, file))
  if (missing.length > 0)
    throw new Refusal('conflict', `This case cannot be closed yet. ${missing.map(each => `${each}.`).join(' ')}`)
}

/** What the record of a case holds, for `missingToClose`. */
export async function closable(
  {
    caseParts,
    illegal,
    breaches,
  }: {
    caseParts: Pick<CasePartWrites, 'decisions' | 'referrals' | 'tasks' | 'notices'>
    illegal: Pick<IllegalWrites, 'path'>
    breaches: Pick<BreachWrites, 'of'>
  },
  file: Case,
) {
  const [decisions, referrals, tasks, notices, path, breach] = [
    await caseParts.decisions(file.id),
    await caseParts.referrals(file.id),
    await caseParts.tasks(file.id),
    await caseParts.notices(file.id),
    await illegal.path(file.id),
    await breaches.of(file.id),
  ]
  return {
    seriousness: file.seriousness,
    hasDecision: decisions.length > 0,
    hasReferralDecision: referrals.length > 0,
    openTasks: tasks.filter(({ doneAt }) => doneAt === null).length,
    undecidedNotices: notices.filter(({ state }) => state === 'proposed').length,
    illegalStepsLeft:
      path &&
      stepsLeft({ hasAddress: path.hasAddress, done: path.steps.map(({ step }) => step) }).map(step =>
        stepTexts[step].text.toLowerCase(),
      ),
    breachUndecided: breach !== null && breach.notify === null,
  }
}

async function propose(
  writes: LifeWrites,
  file: Case,
  kind: (typeof secondKinds)[number],
  words: SecondPayload,
  known: readonly LedgerEvent[] = [],
) {
  if (await writes.cases.isWaitingForSecond(file.id, kind))
    throw new Refusal('conflict', 'A second person has been asked for this already. It waits for their decision.')
  const seal = async (text: string | null) =>
    text === null ? null : (await writes.cases.sealFor(file, text)).toString('base64')
  const payload: SecondPayload = {
    ...words,
    outcome: await seal(words.outcome),
    lesson: await seal(words.lesson),
    reason: (await seal(words.reason)) ?? '',
  }
  const request = await writes.requests.propose({
    kind,
    subject: `case:${file.id}`,
    payload,
    reason: 'Sealed with the case',
  })
  const others = (await writes.cases.peopleWhoMay(file)).filter(personId => personId !== request.proposedBy)
  await writes.messages.tell(others, kind, `/cases/${file.id}/second/${request.id}`)
  return changed(
    request,
    {
      type: `${kind}-proposed`,
      subject: `case:${file.id}`,
      detail: { request: request.id, digest: request.digest, from: words.from, to: words.to, told: others.length },
    },
    ...known,
  )
}

export const payloadOf = (payload: JsonValue): SecondPayload => payload as SecondPayload

async function unsealed(
  { cases }: LifeWrites,
  file: Case,
  payload: SecondPayload,
): Promise<{ outcome: string; lesson: string }> {
  const open = (sealed: string | null) =>
    sealed === null ? Promise.resolve('') : cases.openFor(file, Buffer.from(sealed, 'base64'))
  return { outcome: await open(payload.outcome), lesson: await open(payload.lesson) }
}

async function closeNow(
  { cases }: LifeWrites,
  file: Case,
  response: string,
  outcome: string,
  lesson: string,
  proposedBy: string | null,
): Promise<LedgerEvent> {
  await cases.set(file.id, {
    status: 'closed',
    closed_at: cases.now,
    response,
    outcome: await cases.sealFor(file, outcome),
    lesson: await cases.sealFor(file, lesson),
  })
  await cases.endClocks(file.id)
  return {
    type: 'case.closed',
    subject: `case:${file.id}`,
    detail: {
      from: file.status,
      to: 'closed',
      seriousness: file.seriousness,
      response,
      hours: Math.round((cases.now.getTime() - file.reportedAt.getTime()) / 3_600_000),
      ...(proposedBy ? { proposedBy } : {}),
    },
  }
}
