import type { PeopleReads } from '../people/people-store.ts'
import { type Actor, hasRole, mustBeAllowed, type PersonActor, personOf } from '../platform/actor.ts'
import { type Change, changed } from '../platform/change.ts'
import type { MessageWrites } from '../platform/messages.ts'
import { Refusal } from '../platform/refusal.ts'
import type { DeadlineWrites } from '../duties/deadline-store.ts'
import { briefingDigest, briefingOf, holds, questionDigest, wrongAnswers } from './briefing.ts'
import { readersOf } from './briefing-readers.ts'
import type { BriefingWrites } from './briefing-store.ts'
import type { Briefing } from './briefing-texts.ts'

/** @throws {Refusal} `not-found` for no briefing, `forbidden` for one that is not this person's to answer. */
export function briefingFor(actor: Actor, id: string): { briefing: Briefing; person: PersonActor } {
  const person = personOf(actor)
  const briefing = briefingOf(id)
  if (!briefing) throw new Refusal('not-found', 'There is no such briefing.')
  if (!hasRole(person, ...briefing.roles, ...briefing.also))
    throw new Refusal('forbidden', 'This briefing is for other roles than yours.')
  return { briefing, person }
}

const changedText =
  'The text changed since you opened this page, so these answers are not about what it says now. Open it again and read it.'

interface BriefingServiceWrites {
  readonly briefings: BriefingWrites
  readonly messages: MessageWrites
  readonly people: PeopleReads
  readonly deadlines: DeadlineWrites
}

export type BriefingService = ReturnType<typeof createBriefingService>
export function createBriefingService(change: Change<BriefingServiceWrites>) {
  return {
    /** Gives the text as it is now to those who must read it: from here their time runs. */
    give: (actor: Actor, id: string): Promise<void> =>
      change(actor, async writes => {
        mustBeAllowed(actor, 'briefing.oversee')
        const { personId } = personOf(actor)
        const briefing = briefingOf(id)
        if (!briefing) throw new Refusal('not-found', 'There is no such briefing.')
        const digest = briefingDigest(briefing)
        if ((await writes.briefings.given(briefing.id))?.digest === digest)
          throw new Refusal(
            'conflict',
            'This text was given out before; giving it out again would only put off the day.',
          )
        await writes.briefings.give(briefing.id, digest, personId)
        const { all } = await readersOf(writes, briefing, writes.briefings.now)
        const missing = all.filter(each => !holds(each)).map(each => each.personId)
        await writes.messages.tell(missing, 'briefing.given', `/briefings/${briefing.id}`)
        return changed(undefined, {
          type: 'briefing.given',
          subject: `briefing:${briefing.id}`,
          detail: { digest, people: all.length, missing: missing.length },
        })
      }),
    /**
     * Somebody answers the questions. Each right answer counts for its question; all of them together are the receipt.
     * @param digest of the text as it was shown.
     * @returns what is wrong with each answer that is not right; empty when the receipt was written.
     */
    answer: (
      actor: Actor,
      id: string,
      digest: string,
      answers: Readonly<Record<string, string>>,
    ): Promise<Readonly<Record<string, string>>> =>
      change(actor, async ({ briefings, messages }) => {
        mustBeAllowed(actor, 'briefing.take')
        const { briefing, person } = briefingFor(actor, id)
        if (digest !== briefingDigest(briefing)) throw new Refusal('conflict', changedText)
        const wrong = wrongAnswers(briefing, answers)
        const right = briefing.questions.filter(question => wrong[question.id] === undefined)
        await briefings.addAnswers(
          briefing.id,
          person.personId,
          right.map(question => ({ question: question.id, digest: questionDigest(briefing, question) })),
        )
        const subject = `briefing:${briefing.id}`
        const answered = {
          type: 'briefing.answered',
          subject,
          detail: {
            person: person.personId,
            right: right.map(question => question.id),
            wrong: Object.keys(wrong).length,
          },
        }
        if (right.length < briefing.questions.length) return changed(wrong, answered)
        await briefings.addReceipt(briefing.id, digest, person.personId)
        await messages.markRead(person.personId, `/briefings/${briefing.id}`)
        return changed(wrong, answered, {
          type: 'briefing.passed',
          subject,
          detail: { person: person.personId, digest },
        })
      }),
    /** A message to everybody who has not answered, or whose year is over. @returns how many. */
    chase: (actor: Actor, id: string): Promise<number> =>
      change(actor, async writes => {
        mustBeAllowed(actor, 'briefing.oversee')
        const { personId } = personOf(actor)
        const briefing = briefingOf(id)
        if (!briefing) throw new Refusal('not-found', 'There is no such briefing.')
        const { all, givenAt } = await readersOf(writes, briefing, writes.briefings.now)
        if (!givenAt) throw new Refusal('conflict', 'Give the text out first; then there is something to remind of.')
        const missing = all.filter(each => !holds(each) && each.personId !== personId).map(each => each.personId)
        if (missing.length === 0) throw new Refusal('conflict', 'There is nobody to remind: everybody has answered.')
        await writes.messages.tell(missing, 'briefing.chased', `/briefings/${briefing.id}`)
        return changed(missing.length, {
          type: 'briefing.chased',
          subject: `briefing:${briefing.id}`,
          detail: { people: missing.length },
        })
      }),
  }
}
