import { canonicalJson } from '@gatehouse/ledger/canonical'
import type { DeadlineWrites } from '../duties/deadline-store.ts'
import { deciders } from '../people/deciders.ts'
import type { PeopleWrites } from '../people/people-store.ts'
import type { Role } from '../permissions.ts'
import { type Actor, mustBeAllowed, personOf, systemActor } from '../platform/actor.ts'
import { type Change, changed, type LedgerEvent } from '../platform/change.ts'
import type { MessageWrites } from '../platform/messages.ts'
import { Refusal } from '../platform/refusal.ts'
import { asPayload, payloadDigest, type RequestWrites, storedPayload } from '../platform/requests.ts'
import { type ChangeContent, contentOf, isRule } from './change-content.ts'
import { type ChangeEffect, effectOf, isReversible, siteOf, whyNotApprove } from './filter-change.ts'
import { emergencyDeadline, reviewDeadline, startApprovalClock, startReviewClock } from './filter-change-clocks.ts'
import { contentFor, hasMoved, type Proposal, type SiteProposal } from './filter-proposal.ts'
import { type ChangeInForce, looseEnds } from './filter-rules.ts'
import type { FilterChange, FilterWrites } from './filter-store.ts'

export const changeRequestKind = 'filter.change'

/** What the service needs to write; all at one school, in one transaction. */
export interface FilterChangeWrites {
  readonly filtering: FilterWrites
  readonly requests: RequestWrites
  readonly deadlines: DeadlineWrites
  readonly messages: MessageWrites
  readonly people: PeopleWrites
}

export type FilterChangeService = ReturnType<typeof createFilterChangeService>

/**
 * Filter change control: proposed by one person, approved by another, and exactly what was approved is what is put in
 * force (A-3.4-07). Publishing it to the gateways, and proving it from the user's side, follow by themselves.
 */
export function createFilterChangeService(change: Change<FilterChangeWrites>) {
  /** The case hears of everything that happens to a change that came from it. */
  const alsoOnCase = (caseId: string | null | undefined, type: string, id: string): LedgerEvent[] =>
    caseId ? [{ type: `case.${type}`, subject: `case:${caseId}`, detail: { change: id } }] : []

  const effect = async (filtering: FilterWrites, id: string, content: ChangeContent) =>
    effectOf(
      await filtering.inForce(),
      id,
      content,
      await filtering.surroundings(),
      content.kind === 'restore' ? await filtering.pile(content.reinstate) : [],
    )

  /** Nothing may be left that names what is not there. */
  const mustHold = ({ before, after }: ChangeEffect): void => {
    const already = looseEnds(before)
    const loose = looseEnds(after).find(each => !already.includes(each))
    if (loose !== undefined) throw new Refusal('conflict', `${loose} Change that first.`)
  }

  const lay = async (
    writes: FilterChangeWrites,
    content: ChangeContent,
    reason: string,
    options: { emergency: boolean },
  ) => {
    const { filtering, requests } = writes
    await filtering.take()
    const found = await effect(filtering, '', content)
    if (!found.isNew) throw new Refusal('conflict', 'The filter does this already, so there is nothing to change.')
    mustHold(found)
    const request = await requests.propose({
      kind: changeRequestKind,
      subject: 'filter:rules',
      payload: asPayload(content),
      reason,
    })
    const id = await filtering.add({
      requestId: request.id,
      digest: request.digest,
      emergency: options.emergency,
      caseId: content.caseId,
      reviewOn: isRule(content) ? content.reviewOn : null,
    })
    return { id, request, opens: found.opens }
  }

  /** A content that waits for its decision, with those who may decide told of it. */
  const submit = async (writes: FilterChangeWrites, content: ChangeContent, reason: string) => {
    const { id, request, opens } = await lay(writes, content, reason, { emergency: false })
    const { messages, people, filtering } = writes
    await messages.tell(
      await deciders(people, rolesFor(opens), request.proposedBy),
      'filter-change.waiting',
      `/internet/changes/${id}`,
    )
    const replayed = await filtering.replayOf(request.digest)
    const event: LedgerEvent = {
      type: 'filter-change.proposed',
      subject: `filter-change:${id}`,
      detail: {
        kind: content.kind,
        digest: request.digest,
        opens,
        ...(content.kind === 'rollback' ? { of: content.of } : {}),
        ...(replayed
          ? {
              replayed: replayed.result.requests,
              newlyBlocked: replayed.result.newlyBlocked.requests,
              newlyOpen: replayed.result.newlyOpen.requests,
            }
          : {}),
      },
    }
    return { id, events: [event, ...alsoOnCase(content.caseId, 'filter-change-proposed', id)] as const }
  }

  return {
    /** @returns the change's id. It waits until somebody else decides. */
    propose: (actor: Actor, proposal: Proposal): Promise<string> =>
      change(actor, async writes => {
        mustBeAllowed(actor, 'filter.propose')
        const content = contentFor(proposal, await writes.filtering.filter())
        const { id, events } = await submit(writes, content, proposal.reason)
        return changed(id, ...events)
      }),

    /**
     * Lays a proposal aside for its author alone to look at, with what it would do to real requests, before it is sent.
     * @returns the draft's id.
     */
    draft: (actor: Actor, proposal: Proposal): Promise<string> =>
      change(actor, async writes => {
        mustBeAllowed(actor, 'filter.propose')
        const { filtering } = writes
        const content = contentFor(proposal, await filtering.filter())
        return layAside(writes, actor, content, proposal.reason)
      }),

    /** The same for putting the filter back as it was at an instant. */
    draftRestore: (actor: Actor, at: Date, reason: string): Promise<string> =>
      change(actor, async writes => {
        mustBeAllowed(actor, 'filter.propose')
        return layAside(writes, actor, await restoring(writes, at), reason)
      }),

    /** Sends what was laid aside, just as its author saw it. @returns the change's id. */
    send: (actor: Actor, draftId: string, digest: string): Promise<string> =>
      change(actor, async writes => {
        mustBeAllowed(actor, 'filter.propose')
        const draft = await writes.filtering.draft(draftId, personOf(actor).personId)
        const stored = storedPayload(draft.payload)
        const content = contentOf(stored?.payload)
        if (!content || draft.digest !== digest || stored?.digest !== digest)
          throw new Refusal('conflict', 'What you were shown is not what is stored. Propose it again.')
        if (draft.sentAt !== null) throw new Refusal('conflict', 'You have sent this already.')
        if (hasMoved(content, await writes.filtering.filter()))
          throw new Refusal('conflict', 'The filter has changed since you looked at this. Propose it again.')
        const { id, events } = await submit(writes, content, draft.reason)
        await writes.filtering.draftSent(draftId, id)
        return changed(id, ...events)
      }),

    /** Forgets what was laid aside 30 days ago and more; only after asking `hasDraftBefore`, for it writes an entry. */
    forgetDrafts: (schoolId: string, now: Date): Promise<void> =>
      change(systemActor(schoolId, 'worker'), async ({ filtering }) => {
        const before = draftsEnd(now)
        const forgotten = await filtering.forgetDrafts(before)
        return changed(undefined, {
          type: 'filter-change.drafts-forgotten',
          subject: 'filter-draft:retention',
          detail: { drafts: forgotten, before: before.toISOString() },
        })
      }),

    /** Proposes to put the filter back as it was at an instant: one change that ends and reinstates others. */
    restore: (actor: Actor, at: Date, reason: string): Promise<string> =>
      change(actor, async writes => {
        mustBeAllowed(actor, 'filter.propose')
        const { id, events } = await submit(writes, await restoring(writes, at), reason)
        return changed(id, ...events)
      }),

    /** A block that cannot wait: in force at once, to be approved within one school day. Never opens anything. */
    blockAtOnce: (actor: Actor, proposal: Omit<SiteProposal, 'kind' | 'action'>): Promise<string> =>
      change(actor, async writes => {
        mustBeAllowed(actor, 'filter.block-at-once')
        const { filtering, messages, people } = writes
        const content = contentFor({ ...proposal, kind: 'host', action: 'block' }, await filtering.filter())
        const { id, request, opens } = await lay(writes, content, proposal.reason, { emergency: true })
        // A block can take the place of an opening, or of a wider block of the same site; only the latter would open something.
        if (opens) throw new Refusal('invalid', 'This would open something as well, so it cannot be done at once.')
        await filtering.putInForce(id, await filtering.countDecision(), request.digest)
        const due = await startApprovalClock(writes, id)
        await messages.tell(
          await deciders(people, rolesFor(false), request.proposedBy),
          'filter-change.emergency',
          `/internet/changes/${id}`,
        )
        return changed(
          id,
          {
            type: 'filter-change.applied-at-once',
            subject: `filter-change:${id}`,
            detail: { kind: 'host', digest: request.digest, due },
          },
          ...alsoOnCase(content.caseId, 'filter-blocked-at-once', id),
        )
      }),

    /** @param digest what the decider was shown. What it opens is worked out again, against the rules as they are now. */
    decide: (
      actor: Actor,
      id: string,
      verdict: 'approved' | 'refused',
      reason: string,
      digest: string,
    ): Promise<void> =>
      change(actor, async writes => {
        const { filtering, requests } = writes
        const person = personOf(actor)
        await filtering.take()
        const found = await filtering.change(id)
        const request = await requests.lock(found.requestId)
        const content = found.content
        if (!content || payloadDigest(request.payload) !== found.digest)
          throw new Refusal(
            'conflict',
            'What is stored for this change is not what was proposed. It cannot be decided; tell the network manager and look at the drift on the Internet page. Whoever proposed it can withdraw it.',
          )
        // Refusing an emergency block lifts it, which opens; approving it changes nothing that is not in force already.
        const lifted: ChangeContent = { kind: 'rollback', of: id, caseId: null }
        const opens =
          verdict === 'refused'
            ? found.emergency && (await effect(filtering, id, lifted)).opens
            : found.emergency
              ? false
              : (await effect(filtering, id, content)).opens
        const why = whyNotApprove(actor, opens)
        if (why) throw new Refusal('forbidden', why)
        await requests.decide(request, verdict, reason, digest)
        await writes.deadlines.meet(emergencyDeadline, `filter-change:${id}`)
        const subject = `filter-change:${id}`
        if (verdict === 'refused') {
          if (found.emergency) {
            await filtering.countDecision()
            await filtering.end(id, null)
          } else await filtering.close(id, 'refused')
          return changed(
            undefined,
            { type: 'filter-change.refused', subject, detail: { digest: found.digest, lifted: found.emergency } },
            ...alsoOnCase(content.caseId, 'filter-change-refused', id),
          )
        }
        if (!found.emergency) {
          await mustStillBe(filtering, content)
          mustHold(await effect(filtering, id, content))
          await filtering.putInForce(id, await filtering.countDecision(), found.digest)
        }
        if (isRule(content)) await startReviewClock(writes, id, content)
        const ended = content.kind === 'rollback' ? [content.of] : content.kind === 'restore' ? content.end : []
        for (const each of ended) {
          await filtering.end(each, id)
          await writes.deadlines.withdraw(reviewDeadline, `filter-change:${each}`)
        }
        const again = content.kind === 'restore' ? content.reinstate : []
        for (const each of again) {
          await filtering.reinstate(each)
          // Its day may have passed while it was off: then it is to be looked at now.
          const { content: old } = await filtering.change(each)
          if (old && isRule(old)) await startReviewClock(writes, each, old)
        }
        return changed(
          undefined,
          { type: 'filter-change.approved', subject, detail: { digest: found.digest, opens, by: person.personId } },
          ...ended.map(each => ({
            type: content.kind === 'rollback' ? 'filter-change.rolled-back' : 'filter-change.ended',
            subject: `filter-change:${each}`,
            detail: { by: id },
          })),
          ...again.map(each => ({
            type: 'filter-change.reinstated',
            subject: `filter-change:${each}`,
            detail: { by: id },
          })),
          ...alsoOnCase(content.caseId, 'filter-change-approved', id),
        )
      }),

    /** The proposer takes a proposal back. A block that is in force at once is not theirs alone to lift. */
    withdraw: (actor: Actor, id: string, digest: string): Promise<void> =>
      change(actor, async ({ filtering, requests }) => {
        await filtering.take()
        const found = await filtering.change(id)
        if (found.state === 'in-force')
          throw new Refusal(
            'conflict',
            'This is in force already. Propose to roll it back; somebody else decides that.',
          )
        const request = await requests.lock(found.requestId)
        await requests.decide(request, 'withdrawn', 'Withdrawn by the proposer', digest)
        await filtering.close(id, 'withdrawn')
        return changed(undefined, {
          type: 'filter-change.withdrawn',
          subject: `filter-change:${id}`,
          detail: { digest: found.digest },
        })
      }),

    /** Proposes to take a change back. Like every change it waits for somebody else. @returns the rollback's own id. */
    rollBack: (actor: Actor, id: string, reason: string): Promise<string> =>
      change(actor, async writes => {
        mustBeAllowed(actor, 'filter.propose')
        const { filtering } = writes
        await filtering.take()
        const found = await filtering.change(id)
        mustBeReversible(found)
        if ((await filtering.undecided()).some(({ content }) => content?.kind === 'rollback' && content.of === id))
          throw new Refusal('conflict', 'Somebody proposed to roll this back already; it waits for a decision.')
        const { id: rollback, events } = await submit(
          writes,
          { kind: 'rollback', of: id, caseId: found.caseId },
          reason,
        )
        return changed(rollback, ...events)
      }),

    /** The owner looked at a change again on its day, and keeps it. */
    keep: (actor: Actor, id: string, reviewOn: string): Promise<void> =>
      change(actor, async writes => {
        mustBeAllowed(actor, 'filter.propose')
        const found = await writes.filtering.change(id)
        if (found.state !== 'in-force') throw new Refusal('conflict', 'Only a change that is in force can be reviewed.')
        await writes.deadlines.meet(reviewDeadline, `filter-change:${id}`)
        await startReviewClock(writes, id, { owner: ownerOf(found), reviewOn })
        return changed(undefined, {
          type: 'filter-change.reviewed',
          subject: `filter-change:${id}`,
          detail: { next: reviewOn },
        })
      }),

    /** “I need this”, from the block page. Kept as a count; who asked is not kept. */
    askForSite: (
      actor: Actor,
      site: string,
      category: string,
      purpose: 'lesson' | 'homework' | 'work' | 'other',
    ): Promise<void> =>
      change(actor, async ({ filtering, people, messages }) => {
        mustBeAllowed(actor, 'filter.ask')
        const { host } = siteOf(site)
        const times = await filtering.askForSite(host, /^[a-z-]{1,40}$/.test(category) ? category : 'none', purpose)
        if (times === 1) {
          const acting = await people.whoActsAs('network-manager')
          if (acting) await messages.tell([acting.personId], 'site.asked-for', '/internet/asked')
        }
        return changed(undefined, { type: 'site.asked-for', subject: `site:${host}`, detail: { times, purpose } })
      }),

    settleSite: (actor: Actor, host: string): Promise<void> =>
      change(actor, async ({ filtering }) => {
        mustBeAllowed(actor, 'filter.propose')
        if ((await filtering.settleSite(host, personOf(actor).personId)) === 0)
          throw new Refusal('conflict', 'This was settled already.')
        return changed(undefined, { type: 'site.settled', subject: `site:${host}` })
      }),
  }
}

/** Who decides about a change, by whether it opens anything; the first two of them are told. */
const rolesFor = (opens: boolean): readonly Role[] =>
  opens
    ? ['dsl', 'deputy-dsl', 'senior-leader', 'headteacher']
    : ['dsl', 'network-manager', 'senior-leader', 'headteacher']

function mustBeReversible(found: FilterChange): void {
  if (found.state !== 'in-force')
    throw new Refusal('conflict', 'This change is not in force, so there is nothing to roll back.')
  if (!isReversible(found.content))
    throw new Refusal(
      'conflict',
      'A rollback is not rolled back: propose the change again, or put the filter back as it was on an earlier day.',
    )
  if (found.decision === 'waiting')
    throw new Refusal('conflict', 'This block still waits for its approval: refuse it there to lift it.')
}

/** What the approver saw as “before” must still be so. */
async function mustStillBe(filtering: FilterWrites, content: ChangeContent): Promise<void> {
  if (content.kind === 'rollback') return mustBeReversible(await filtering.change(content.of))
  if (content.kind === 'restore') {
    const now = rulesAmong(await filtering.inForce())
    if (content.end.every(id => now.includes(id)) && content.reinstate.every(id => !now.includes(id))) {
      const wanted = [...now.filter(id => !content.end.includes(id)), ...content.reinstate].sort()
      const then = (await rulesInForceAt(filtering, new Date(content.at))).sort()
      if (wanted.join() === then.join()) return
    }
    throw new Refusal(
      'conflict',
      'The filter has changed since this was proposed, so it would not be as it was. Refuse this one, and propose it again.',
    )
  }
  if (hasMoved(content, await filtering.filter()))
    throw new Refusal(
      'conflict',
      'The rules that this changes have changed since it was proposed. Refuse this one, and propose it again as things stand now.',
    )
}

/** The changes that lay on the pile at an instant; what took others off has no rules of its own. */
const rulesInForceAt = async (filtering: FilterWrites, at: Date): Promise<string[]> =>
  rulesAmong(await filtering.pile(await filtering.inForceAt(at)))
/** Lists are not put back: which are in force is the installation's, and an older list lacks what was found since. */
const rulesAmong = (pile: readonly ChangeInForce[]): string[] =>
  pile.filter(({ content }) => content.kind !== 'lists').map(({ id }) => id)

/** One change that puts the filter back as it was. @throws {Refusal} where it is so already. */
async function restoring({ filtering }: FilterChangeWrites, at: Date): Promise<ChangeContent> {
  await filtering.take()
  const then = await rulesInForceAt(filtering, at)
  const now = rulesAmong(await filtering.inForce())
  const end = now.filter(id => !then.includes(id)).sort()
  const reinstate = then.filter(id => !now.includes(id)).sort()
  if (end.length === 0 && reinstate.length === 0)
    throw new Refusal('conflict', 'The filter is as it was then already: nothing has been decided about it since.')
  if ((await filtering.undecided()).some(({ id, emergency }) => emergency && end.includes(id)))
    throw new Refusal(
      'conflict',
      'A block that was made at once still waits for its approval. Decide about that first.',
    )
  return { kind: 'restore', at: at.toISOString(), end, reinstate, caseId: null }
}

/** Drafts made before this are forgotten. */
export const draftsEnd = (now: Date): Date => new Date(now.getTime() - 30 * 86_400_000)

async function layAside({ filtering }: FilterChangeWrites, actor: Actor, content: ChangeContent, reason: string) {
  const payload = asPayload(content)
  const digest = payloadDigest(payload)
  const id = await filtering.addDraft({
    payload: canonicalJson(payload),
    digest,
    reason,
    byId: personOf(actor).personId,
  })
  return changed(id, {
    type: 'filter-change.drafted',
    subject: `filter-draft:${id}`,
    detail: { kind: content.kind, digest },
  })
}

const ownerOf = ({ content }: FilterChange): string => (content && isRule(content) ? content.owner : 'network-manager')
