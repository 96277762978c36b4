import { mostOff, mostPhrases, plainPhrase, type SchoolRules } from '@gatehouse/engine/concern/school-rules'
import type { JsonObject } from '@gatehouse/ledger/canonical'
import type { DeadlineWrites } from '../duties/deadline-store.ts'
import { deciders } from '../people/deciders.ts'
import type { PeopleReads } from '../people/people-store.ts'
import { type Actor, mustBeAllowed, personOf } from '../platform/actor.ts'
import { type Change, changed, type LedgerEvent, type Read } from '../platform/change.ts'
import { formatNumber, plural } from '../platform/format.ts'
import type { MessageWrites } from '../platform/messages.ts'
import { Refusal } from '../platform/refusal.ts'
import { asPayload, payloadDigest, type RequestWrites } from '../platform/requests.ts'
import type { ConcernDetectors, PhraseTrial } from './concern-detectors.ts'
import {
  aboutOf,
  isPhraseRule,
  mustBeReviewable,
  phraseRuleId,
  type RuleChangeContent,
  type RuleChangeInForce,
  rulesWith,
  type TendedRuleContent,
  withRuleChange,
} from './concern-rule.ts'
import { mostReplayed, replayedDays, replayRules, type RuleReplay } from './concern-rule-replay.ts'
import type { ConcernRuleReads, ConcernRuleWrites, RuleChange } from './concern-rule-store.ts'

export const ruleRequestKind = 'concern.rule'
export const ruleReviewDeadline = 'concern-rule.review'

export interface ConcernRuleServiceWrites {
  readonly concernRules: ConcernRuleWrites
  readonly requests: RequestWrites
  readonly deadlines: DeadlineWrites
  readonly messages: MessageWrites
  readonly people: PeopleReads
}
interface Reads {
  readonly concernRules: ConcernRuleReads
}

export type ConcernRuleService = ReturnType<typeof createConcernRuleService>

/**
 * The school's own rules for concerns: proposed by one person with reason, owner and review date, decided by another, in
 * force from that moment on for its devices and its web log. Taking one back is a change as well.
 */
export function createConcernRuleService(parts: {
  change: Change<ConcernRuleServiceWrites>
  read: Read<Reads>
  detectors: ConcernDetectors
}) {
  const { change, read, detectors } = parts

  /**
   * What a new phrase finds in a school day, null for what is no phrase: about half a second.
   * @throws {Refusal} where this can never be, whatever stands at the school.
   */
  const mustBePossible = (content: RuleChangeContent): PhraseTrial | null => {
    if (content.kind === 'off') {
      const rule = detectors.rules().get(content.rule)
      if (!rule)
        throw new Refusal('invalid', 'There is no such rule. A phrase of the school’s own is taken back on its page.')
      if (rule.isCore)
        throw new Refusal(
          'forbidden',
          `The rule ${rule.id} belongs to the core of what is looked for (self-harm, grooming and extremism, and what is as grave), which cannot be switched off.`,
        )
    }
    if (content.kind !== 'phrase') return null
    const { concern, severity, phrase, where } = content
    const trial = detectors.trial({ concern, severity, phrase, ...(where === 'everywhere' ? {} : { where }) })
    const why = whyNotPhrase(phrase, trial)
    if (why !== null) throw new Refusal('invalid', why)
    return trial
  }

  const mustFit = async (
    concernRules: ConcernRuleReads,
    inForce: readonly RuleChangeInForce[],
    content: RuleChangeContent,
  ): Promise<void> => {
    if (await concernRules.waitsAbout(aboutOf(content)))
      throw new Refusal('conflict', 'Somebody proposed this already; it waits for a decision.')
    if (content.kind === 'back') {
      const of = await concernRules.change(content.of)
      if (of.state !== 'in-force' || of.content === null || of.content.kind === 'back')
        throw new Refusal('conflict', 'This change is not in force, so there is nothing to take back.')
      return
    }
    if (inForce.some(each => aboutOf(each.content) === aboutOf(content)))
      throw new Refusal(
        'conflict',
        content.kind === 'off' ? 'This rule is switched off already.' : 'The school looks for this phrase already.',
      )
    const most = content.kind === 'off' ? mostOff : mostPhrases
    if (inForce.filter(each => each.content.kind === content.kind).length >= most)
      throw new Refusal(
        'conflict',
        content.kind === 'off'
          ? `${most} rules are off already: switch one on again before another is switched off.`
          : `The school looks for ${most} phrases of its own already: take one back before another is added.`,
      )
  }

  /** What a content would have done to the flags of the last days; `id` is the change it belongs to, once it is proposed. */
  const replayIn = async (
    concernRules: ConcernRuleReads,
    inForce: readonly RuleChangeInForce[],
    content: RuleChangeContent,
    id = 'new',
  ): Promise<RuleReplay> => {
    const asked = (pile: readonly RuleChangeInForce[]) => {
      const rules = rulesWith(pile, 0, detectors.isCore)
      const off = new Set(rules.off)
      const own = new Set(rules.added.map(each => each.id))
      const isOff = (rule: string): boolean => off.has(rule) || (isPhraseRule(rule) && !own.has(rule))
      return { detector: detectors.detectorFor(rules), isOff }
    }
    const since = new Date(concernRules.now.getTime() - replayedDays * 86_400_000)
    const { flags, all } = await concernRules.held(since, mostReplayed)
    return replayRules(
      flags,
      all,
      asked(inForce),
      asked(withRuleChange(inForce, id, content)),
      content.kind === 'phrase' ? phraseRuleId(id) : null,
    )
  }

  const startReview = ({ deadlines }: ConcernRuleServiceWrites, id: string, { owner, reviewOn }: TendedRuleContent) =>
    deadlines.start({
      kind: ruleReviewDeadline,
      subject: `concern-rule:${id}`,
      title: 'Look again at a change of the rules for concerns',
      link: ruleAddress(id),
      ownerRole: owner,
      rule: { basis: 'calendar-days', days: 0 },
      startsAt: new Date(`${reviewOn}T12:00:00Z`),
    })

  const submit = async (writes: ConcernRuleServiceWrites, content: RuleChangeContent, reason: string) => {
    const { concernRules, requests, messages, people } = writes
    await concernRules.take()
    const { changes } = await concernRules.inForce()
    await mustFit(concernRules, changes, content)
    const replay = await replayIn(concernRules, changes, content)
    const request = await requests.propose({
      kind: ruleRequestKind,
      subject: 'concern:rules',
      payload: asPayload(content),
      reason,
    })
    const id = await concernRules.add({ requestId: request.id, digest: request.digest, about: aboutOf(content) })
    await messages.tell(
      await deciders(people, ['dsl', 'deputy-dsl', 'headteacher'], request.proposedBy),
      'concern-rule.waiting',
      ruleAddress(id),
    )
    return changed(id, {
      type: 'concern-rule.proposed',
      subject: `concern-rule:${id}`,
      detail: { digest: request.digest, ...detailOf(content), ...replayDetail(replay) },
    })
  }

  return {
    /** What a content would have done; nothing is written. @throws {Refusal} where it could not be proposed. */
    look: async (
      actor: Actor,
      content: TendedRuleContent,
    ): Promise<{ replay: RuleReplay; trial: PhraseTrial | null }> => {
      mustBeAllowed(actor, 'concern-rule.propose')
      const trial = mustBePossible(content)
      return read(actor.schoolId, async ({ concernRules }) => {
        mustBeReviewable(content.reviewOn, concernRules.now)
        const { changes } = await concernRules.inForce()
        await mustFit(concernRules, changes, content)
        return { replay: await replayIn(concernRules, changes, content), trial }
      })
    },
    /** The same of a change that waits, for whoever decides. */
    replayOf: (actor: Actor, id: string): Promise<RuleReplay | null> =>
      read(actor.schoolId, async ({ concernRules }) => {
        mustBeAllowed(actor, 'concern-rule.view')
        const { content, state } = await concernRules.change(id)
        if (!content || state !== 'waiting') return null
        const { changes } = await concernRules.inForce()
        return replayIn(concernRules, changes, content, id)
      }),

    /** @returns the change's id. It waits until somebody else decides. */
    propose: async (actor: Actor, content: TendedRuleContent, reason: string): Promise<string> => {
      mustBeAllowed(actor, 'concern-rule.propose')
      mustBePossible(content)
      return change(actor, async writes => {
        mustBeReviewable(content.reviewOn, writes.concernRules.now)
        return submit(writes, content, reason)
      })
    },

    /** Proposes to take a change back: the rule is on again, the phrase not looked for. @returns the new change's id. */
    takeBack: (actor: Actor, id: string, reason: string): Promise<string> =>
      change(actor, async writes => {
        mustBeAllowed(actor, 'concern-rule.propose')
        return submit(writes, { kind: 'back', of: (await writes.concernRules.change(id)).id }, reason)
      }),

    /** @param digest what the decider was shown. */
    decide: (
      actor: Actor,
      id: string,
      verdict: 'approved' | 'refused',
      reason: string,
      digest: string,
    ): Promise<void> =>
      change(actor, async writes => {
        mustBeAllowed(actor, 'concern-rule.approve')
        const { concernRules, requests, deadlines } = writes
        await concernRules.take()
        const found = await concernRules.change(id)
        const request = await requests.lock(found.requestId)
        const content = soundContent(found, payloadDigest(request.payload))
        await requests.decide(request, verdict, reason, digest)
        const subject = `concern-rule:${id}`
        if (verdict === 'refused') {
          await concernRules.close(id, 'refused')
          return changed(undefined, { type: 'concern-rule.refused', subject, detail: { digest: found.digest } })
        }
        // What was so when it was proposed may not be so any more: the lexicon is newer, or something else was decided.
        mustBePossible(content)
        await mustStillFit(concernRules, content, id)
        const version = await concernRules.putInForce(id)
        const events: LedgerEvent[] = []
        if (content.kind === 'back') {
          await concernRules.end(content.of, id)
          await deadlines.withdraw(ruleReviewDeadline, `concern-rule:${content.of}`)
          events.push({ type: 'concern-rule.taken-back', subject: `concern-rule:${content.of}`, detail: { by: id } })
        } else await startReview(writes, id, content)
        return changed(
          undefined,
          { type: 'concern-rule.approved', subject, detail: { digest: found.digest, version, ...detailOf(content) } },
          ...events,
        )
      }),

    /** The proposer takes a proposal back that nobody has decided. */
    withdraw: (actor: Actor, id: string, digest: string): Promise<void> =>
      change(actor, async ({ concernRules, requests }) => {
        mustBeAllowed(actor, 'concern-rule.propose')
        await concernRules.take()
        const found = await concernRules.change(id)
        await requests.decide(await requests.lock(found.requestId), 'withdrawn', 'Withdrawn by the proposer', digest)
        await concernRules.close(id, 'withdrawn')
        return changed(undefined, {
          type: 'concern-rule.withdrawn',
          subject: `concern-rule:${id}`,
          detail: { digest: found.digest },
        })
      }),

    /** The owner looked at a change again on its day, and keeps it. */
    keep: (actor: Actor, id: string, reviewOn: string): Promise<void> =>
      change(actor, async writes => {
        mustBeAllowed(actor, 'concern-rule.propose')
        const { concernRules, deadlines } = writes
        mustBeReviewable(reviewOn, concernRules.now)
        const { state, content } = await concernRules.change(id)
        if (state !== 'in-force' || content === null || content.kind === 'back')
          throw new Refusal('conflict', 'Only a change that is in force can be kept.')
        await deadlines.meet(ruleReviewDeadline, `concern-rule:${id}`)
        await startReview(writes, id, { ...content, reviewOn })
        return changed(undefined, {
          type: 'concern-rule.reviewed',
          subject: `concern-rule:${id}`,
          detail: { next: reviewOn, by: personOf(actor).personId },
        })
      }),

    /** The rules of a school as they are now: for its devices and for its web log. */
    rules: (schoolId: string): Promise<SchoolRules> =>
      read(schoolId, async ({ concernRules }) => {
        const { version, changes } = await concernRules.inForce()
        return rulesWith(changes, version, detectors.isCore)
      }),
  }

  async function mustStillFit(concernRules: ConcernRuleReads, content: RuleChangeContent, own: string): Promise<void> {
    const { changes } = await concernRules.inForce()
    if (content.kind === 'back') {
      if (changes.every(({ id }) => id !== content.of))
        throw new Refusal('conflict', 'What this takes back is not in force any more. Refuse this one.')
      return
    }
    if (changes.some(each => each.id !== own && aboutOf(each.content) === aboutOf(content)))
      throw new Refusal('conflict', 'This is in force already. Refuse this one.')
  }
}

export const ruleAddress = (id: string): string => `/monitoring/rules/changes/${id}`

/** What was typed as a phrase, in its simple form. @throws {Refusal} `invalid`, saying what is wrong with it. */
export function phraseFrom(typed: string): string {
  const plain = plainPhrase(typed)
  if (!plain.ok) throw new Refusal('invalid', plain.error)
  return plain.phrase
}

/** Why a phrase would be no use, or null: it would flag what nobody needs to look at, or nothing at all. */
export function whyNotPhrase(phrase: string, trial: PhraseTrial): string | null {
  if (trial.wordCount > 0 || trial.lineCount > 0) {
    const shown = [
      ...(trial.words.length > 0
        ? [
            `${plural(trial.wordCount, 'everyday word')} (${trial.words.map(word => `“${word}”`).join(', ')}${trial.wordCount > trial.words.length ? ' …' : ''})`,
          ]
        : []),
      ...(trial.lines.length > 0
        ? [
            `${plural(trial.lineCount, 'harmless line')} of school life out of ${formatNumber(trial.linesTried)}, such as “${trial.lines.slice(0, 3).join('”, “')}”`,
          ]
        : []),
    ]
    return `“${phrase}” would flag ordinary words: ${shown.join(' and ')}. Add words that say what is meant.`
  }
  return trial.findsItself
    ? null
    : `The detector would never find “${phrase}”: it reads repeated and single letters as something else. Write it as a word, without stretching it.`
}

export const alteredSentence =
  'What is stored for this change is not what was proposed: somebody has altered it. It cannot be decided; tell the headteacher. Whoever proposed it can withdraw it and propose it again.'

/** @throws {Refusal} `conflict` where it is not what was proposed. */
function soundContent({ content, digest }: RuleChange, stored: string): RuleChangeContent {
  if (content === null || stored !== digest) throw new Refusal('conflict', alteredSentence)
  return content
}

/** For the ledger: what kind of change it is, without the words that a school looks for. */
const detailOf = (content: RuleChangeContent): JsonObject =>
  content.kind === 'off'
    ? { kind: 'off', rule: content.rule, owner: content.owner, reviewOn: content.reviewOn }
    : content.kind === 'phrase'
      ? {
          kind: 'phrase',
          concern: content.concern,
          severity: content.severity,
          where: content.where,
          owner: content.owner,
          reviewOn: content.reviewOn,
        }
      : { kind: 'back', of: content.of }

const replayDetail = ({ flags, leftOut, named }: RuleReplay): JsonObject => ({
  replayed: flags,
  leftOut: leftOut.all,
  leftOutReal: leftOut.real,
  named,
})
