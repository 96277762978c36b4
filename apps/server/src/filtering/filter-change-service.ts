import type { Action, Category } from '@gatehouse/engine'
import type { JsonValue } from '@gatehouse/ledger/canonical'
import type { DeadlineWrites } from '../duties/deadline-store.ts'
import type { PeopleWrites } from '../people/people-store.ts'
import type { Role } from '../permissions.ts'
import { type Actor, mustBeAllowed, personOf } from '../platform/actor.ts'
import { type Change, changed, type LedgerEvent } from '../platform/change.ts'
import type { MessageWrites } from '../platform/messages.ts'
import { Refusal } from '../platform/refusal.ts'
import { payloadDigest, type RequestWrites } from '../platform/requests.ts'
import {
  actionFor,
  changesAnything,
  type ChangeContent,
  groupIds,
  opensSomething,
  rulesOf,
  settableCategories,
  siteOf,
  tidy,
  whyNotApprove,
  withChange,
} from './filter-change.ts'
import {
  emergencyDeadline,
  type OwnerRole,
  reviewDeadline,
  startApprovalClock,
  startReviewClock,
} from './filter-change-clocks.ts'
import type { FilterChange, FilterWrites } from './filter-store.ts'

export const changeRequestKind = 'filter.change'

interface Common {
  readonly groups: readonly string[]
  readonly reason: string
  /** The duty that answers for the change, and the day on which it is looked at again. */
  readonly owner: OwnerRole
  readonly reviewOn: string
  readonly caseId?: string | null
}
export interface SiteProposal extends Common {
  readonly kind: 'host'
  /** As typed: a host, or an address with a path. */
  readonly site: string
  readonly action: 'allow' | 'block'
}
export interface CategoryProposal extends Common {
  readonly kind: 'category'
  readonly category: Category
  readonly action: Action
}
export type Proposal = SiteProposal | CategoryProposal

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
  /** Those who may decide, without the proposer: the people who now answer for these roles. */
  const deciders = async (people: PeopleWrites, opens: boolean, except: string): Promise<string[]> => {
    const roles: readonly Role[] = opens
      ? ['dsl', 'deputy-dsl', 'senior-leader', 'headteacher']
      : ['dsl', 'network-manager', 'senior-leader', 'headteacher']
    const found: string[] = []
    for (const role of roles) {
      const acting = await people.whoActsAs(role as Parameters<PeopleWrites['whoActsAs']>[0])
      if (acting && acting.personId !== except) found.push(acting.personId)
    }
    return [...new Set(found)].slice(0, 2)
  }

  /** The case hears of everything that happens to a change that came from it. */
  const alsoOnCase = (caseId: string | null | undefined, type: string, id: string): LedgerEvent[] =>
    caseId ? [{ type: `case.${type}`, subject: `case:${caseId}`, detail: { change: id } }] : []

  const effect = async (filtering: FilterWrites, id: string, content: ChangeContent) => {
    const inForce = await filtering.inForce()
    const version = (await filtering.state())?.version ?? 0
    return {
      inForce,
      opens: opensSomething(rulesOf(inForce, version), rulesOf(withChange(inForce, id, content), version)),
      isNew: changesAnything(inForce, content),
    }
  }

  const contentFor = async (filtering: FilterWrites, proposal: Proposal): Promise<ChangeContent> => {
    const unknown = proposal.groups.find(group => !groupIds.includes(group))
    if (unknown !== undefined) throw new Refusal('invalid', `There is no group “${unknown}”.`)
    if (proposal.groups.length === 0) throw new Refusal('invalid', 'Select at least one group.')
    const common = {
      groups: proposal.groups,
      owner: proposal.owner,
      reviewOn: proposal.reviewOn,
      caseId: proposal.caseId ?? null,
    }
    if (proposal.kind === 'host')
      return tidy({ kind: 'host', ...siteOf(proposal.site), action: proposal.action, ...common })
    if (!settableCategories.includes(proposal.category)) {
      throw new Refusal(
        'invalid',
        proposal.category === 'illegal'
          ? 'Nobody can switch off the block on illegal content.'
          : 'What must never be blocked is the same for every school.',
      )
    }
    const rules = await filtering.rules()
    const before = Object.fromEntries(
      proposal.groups.map(id => [
        id,
        actionFor(rules.groups.find(group => group.id === id) ?? rules.groups[0] ?? never(), proposal.category),
      ]),
    )
    return tidy({ kind: 'category', category: proposal.category, action: proposal.action, before, ...common })
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
    const request = await requests.propose({
      kind: changeRequestKind,
      subject: 'filter:rules',
      payload: asJson(content),
      reason,
    })
    const id = await filtering.add({
      requestId: request.id,
      digest: request.digest,
      emergency: options.emergency,
      caseId: content.caseId,
      reviewOn: content.kind === 'rollback' ? null : content.reviewOn,
    })
    return { id, request, opens: found.opens }
  }

  return {
    /** @returns the change's id. It waits until somebody else decides. */
    propose: (actor: Actor, proposal: Proposal): Promise<string> =>
      change(actor, async writes => {
        mustBeAllowed(actor, 'filter.propose')
        const { messages, people, filtering } = writes
        const content = await contentFor(filtering, proposal)
        const { id, request, opens } = await lay(writes, content, proposal.reason, { emergency: false })
        await messages.tell(
          await deciders(people, opens, request.proposedBy),
          'filter-change.waiting',
          `/internet/changes/${id}`,
        )
        return changed(
          id,
          {
            type: 'filter-change.proposed',
            subject: `filter-change:${id}`,
            detail: { kind: content.kind, digest: request.digest, opens },
          },
          ...alsoOnCase(content.caseId, 'filter-change-proposed', id),
        )
      }),

    /** A block that cannot wait: in force at once, to be approved within one school day. Never opens anything. */
    blockAtOnce: (actor: Actor, proposal: Omit<SiteProposal, 'kind' | 'action'>): Promise<string> =>
      change(actor, async writes => {
        mustBeAllowed(actor, 'filter.block-at-once')
        const { filtering, messages, people } = writes
        const content = await contentFor(filtering, { ...proposal, kind: 'host', action: 'block' })
        const { id, request, opens } = await lay(writes, content, proposal.reason, { emergency: true })
        // A block can take the place of an opening, or of a wider block of the same site; only the latter would open something.
        if (opens) throw new Refusal('invalid', 'This would open something as well, so it cannot be done at once.')
        await filtering.putInForce(id, await filtering.countDecision(), request.digest)
        const due = await startApprovalClock(writes, id)
        await messages.tell(
          await deciders(people, false, request.proposedBy),
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
            'What is stored for this change is not what was proposed. It cannot be decided; tell the network manager and look at the drift on the Internet page.',
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
          await filtering.putInForce(id, await filtering.countDecision(), found.digest)
          if (content.kind === 'rollback') await filtering.end(content.of, id)
        }
        if (content.kind !== 'rollback') await startReviewClock(writes, id, content)
        else await writes.deadlines.withdraw(reviewDeadline, `filter-change:${content.of}`)
        return changed(
          undefined,
          { type: 'filter-change.approved', subject, detail: { digest: found.digest, opens, by: person.personId } },
          ...(content.kind === 'rollback'
            ? [{ type: 'filter-change.rolled-back', subject: `filter-change:${content.of}`, detail: { by: id } }]
            : []),
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
        const { filtering, messages, people } = writes
        await filtering.take()
        const found = await filtering.change(id)
        mustBeReversible(found)
        if ((await filtering.undecided()).some(({ content }) => content?.kind === 'rollback' && content.of === id))
          throw new Refusal('conflict', 'Somebody proposed to roll this back already; it waits for a decision.')
        const content: ChangeContent = { kind: 'rollback', of: id, caseId: found.caseId }
        const { id: rollback, request, opens } = await lay(writes, content, reason, { emergency: false })
        await messages.tell(
          await deciders(people, opens, request.proposedBy),
          'filter-change.waiting',
          `/internet/changes/${rollback}`,
        )
        return changed(
          rollback,
          {
            type: 'filter-change.proposed',
            subject: `filter-change:${rollback}`,
            detail: { kind: 'rollback', of: id, digest: request.digest, opens },
          },
          ...alsoOnCase(found.caseId, 'filter-change-proposed', rollback),
        )
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

const never = (): never => {
  throw new Error('no group')
}

/** JSON keeps what these shapes hold. */
const asJson = (content: ChangeContent): JsonValue => JSON.parse(JSON.stringify(content))

function mustBeReversible(found: FilterChange): void {
  if (found.state !== 'in-force')
    throw new Refusal('conflict', 'This change is not in force, so there is nothing to roll back.')
  if (!found.content || found.content.kind === 'rollback')
    throw new Refusal('conflict', 'A rollback is not rolled back: propose the change again.')
  if (found.decision === 'waiting')
    throw new Refusal('conflict', 'This block still waits for its approval: refuse it there to lift it.')
}

/** What the approver saw as “before” must still be so. */
async function mustStillBe(filtering: FilterWrites, content: ChangeContent): Promise<void> {
  if (content.kind === 'rollback') return mustBeReversible(await filtering.change(content.of))
  if (content.kind !== 'category') return
  const rules = await filtering.rules()
  for (const group of rules.groups) {
    const before = content.before[group.id]
    if (before !== undefined && actionFor(group, content.category) !== before) {
      throw new Refusal(
        'conflict',
        `The rules for ${group.name} have changed since this was proposed. Refuse this one, and propose it again as things stand now.`,
      )
    }
  }
}

const ownerOf = ({ content }: FilterChange): string =>
  content && content.kind !== 'rollback' ? content.owner : 'network-manager'
