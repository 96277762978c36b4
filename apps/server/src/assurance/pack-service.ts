import { canonicalJson, type JsonValue } from '@gatehouse/ledger/canonical'
import type { DeadlineWrites } from '../duties/deadline-store.ts'
import type { PeopleReads } from '../people/people-store.ts'
import { board } from '../permissions.ts'
import { type Actor, mustBeAllowed, personOf } from '../platform/actor.ts'
import { type Change, changed, type Read } from '../platform/change.ts'
import type { Clock } from '../platform/clock.ts'
import type { MessageWrites } from '../platform/messages.ts'
import { Refusal } from '../platform/refusal.ts'
import type { ClauseService } from '../policies/clause-service.ts'
import { startSchoolDays } from '../duties/start-school-days.ts'
import { correctionsTo, type FigureReads, figuresOf, termsAt } from './figures.ts'
import { onwardActs } from './pack-onward-service.ts'
import { isAsIssued, packDigest } from './pack-issued.ts'
import type { Pack, PackContent, PackReads, PackWrites } from './pack-store.ts'

/** What somebody who answers for it judges the policy to do, on the record of incidents. */
export const effects = { working: 'It works', partly: 'It works in part', 'not-working': 'It does not work' } as const
export type Effect = keyof typeof effects

/** How soon a governor’s question is answered, unless the board agrees otherwise. */
const answerDays = 10

type Reads = FigureReads & { readonly packs: PackReads }
interface Writes {
  readonly packs: PackWrites
  readonly messages: MessageWrites
  readonly deadlines: DeadlineWrites
  readonly people: Pick<PeopleReads, 'holders'>
}

export type PackService = ReturnType<typeof createPackService>
export function createPackService(parts: {
  change: Change<Writes>
  read: Read<Reads>
  clauses: Pick<ClauseService, 'of'>
  clock: Clock
}) {
  const { change, read, clauses, clock } = parts
  const boardMembers = async (people: Writes['people']): Promise<string[]> => {
    const holders: string[] = []
    for (const role of board) holders.push(...(await people.holders(role)).map(({ personId }) => personId))
    return [...new Set(holders)]
  }

  /** The term in figures as they stand now, with what has changed since the last pack was issued. */
  async function now(schoolId: string): Promise<PackContent> {
    const standing = await clauses.of(schoolId)
    return read(schoolId, async reads => {
      const at = clock()
      const { term, before } = await termsAt(reads, at)
      const last = await reads.packs.latest()
      // The same term again, as it stands now: what came late belongs to it.
      const again = last && (await figuresOf(reads, standing, last.content.figures.term, null, at))
      const figures = await figuresOf(reads, standing, term, before, at)
      return {
        figures,
        corrections: last && again ? correctionsTo({ number: last.number, figures: last.content.figures }, again) : [],
      }
    })
  }

  return {
    now,
    ...onwardActs({ change, read }),
    /** Freezes the figures. Nothing can be left out of a pack: it is what was counted. */
    issue: async (actor: Actor): Promise<Pack> => {
      mustBeAllowed(actor, 'pack.issue')
      const { personId, schoolId } = personOf(actor)
      const content = await now(schoolId)
      const at = clock()
      const to = content.figures.term.to < at ? content.figures.term.to : at
      const text = canonicalJson(JSON.parse(JSON.stringify(content)) as JsonValue)
      const digest = packDigest(text)
      return change(actor, async ({ packs, messages, people }) => {
        const pack = await packs.add({
          termName: content.figures.term.name,
          from: content.figures.term.from,
          to,
          issuedBy: personId,
          text,
          digest,
        })
        await messages.tell(await boardMembers(people), 'pack', `/governors/packs/${pack.id}`)
        return changed(pack, {
          type: 'pack.issued',
          subject: `pack:${pack.id}`,
          detail: { number: pack.number, digest, corrections: content.corrections.length },
        })
      })
    },
    /** A governor opened it: the receipt is kept once. */
    opened: async (actor: Actor, pack: Pack): Promise<void> => {
      const { personId, roles } = personOf(actor)
      if (!roles.some(role => (board as readonly string[]).includes(role))) return
      if (
        await read(actor.schoolId, async ({ packs }) =>
          (await packs.receipts(pack.id)).some(receipt => receipt.personId === personId),
        )
      )
        return
      await change(actor, async ({ packs, messages }) => {
        if (!(await packs.read(pack.id, personId))) throw new Refusal('already-done', 'read')
        await messages.markRead(personId, `/governors/packs/${pack.id}`)
        return changed(undefined, { type: 'pack.read', subject: `pack:${pack.id}`, detail: { digest: pack.digest } })
      }).catch(error => (error instanceof Refusal && error.code === 'already-done' ? undefined : Promise.reject(error)))
    },
    /** @param digest what the governor was shown. */
    sign: async (actor: Actor, id: string, digest: string): Promise<void> => {
      mustBeAllowed(actor, 'pack.sign')
      const { personId, schoolId } = personOf(actor)
      const intact = await read(schoolId, async reads => isAsIssued(reads, await reads.packs.get(id)))
      await change(actor, async ({ packs }) => {
        const pack = await packs.get(id)
        if (!intact || digest !== pack.digest)
          throw new Refusal(
            'conflict',
            'What you were shown is not what was issued. Open the pack again, and tell the headteacher and the data protection officer.',
          )
        await packs.read(id, personId)
        await packs.sign(id, personId)
        return changed(undefined, { type: 'pack.signed', subject: `pack:${id}`, detail: { digest } })
      })
    },
    ask: async (actor: Actor, id: string, words: string): Promise<void> => {
      mustBeAllowed(actor, 'pack.ask')
      const { personId } = personOf(actor)
      await change(actor, async ({ packs, deadlines }) => {
        const pack = await packs.get(id)
        const question = await packs.ask(pack.id, personId, words)
        await startSchoolDays(deadlines, answerDays, {
          kind: 'pack.question',
          subject: `question:${question}`,
          title: 'Answer a governor’s question',
          link: `/governors/packs/${pack.id}`,
          ownerRole: 'headteacher',
        })
        return changed(undefined, { type: 'pack.asked', subject: `pack:${pack.id}`, detail: { question } })
      })
    },
    answer: async (actor: Actor, id: string, question: string, words: string): Promise<void> => {
      mustBeAllowed(actor, 'pack.answer')
      const { personId } = personOf(actor)
      await change(actor, async ({ packs, deadlines, messages }) => {
        const { askedBy } = await packs.answer(id, question, personId, words)
        await deadlines.meet('pack.question', `question:${question}`)
        await messages.tell([askedBy], 'pack', `/governors/packs/${id}`)
        return changed(undefined, { type: 'pack.answered', subject: `pack:${id}`, detail: { question } })
      })
    },
    /** What the record of incidents says about the policy: the school’s own judgement, or the board’s yearly review. */
    judge: async (actor: Actor, id: string, effect: Effect): Promise<void> => {
      mustBeAllowed(actor, 'pack.judge')
      const { roles } = personOf(actor)
      const asBoard = roles.some(role => (board as readonly string[]).includes(role))
      await change(actor, async ({ packs }) => {
        const pack = await packs.get(id)
        return changed(undefined, {
          type: asBoard ? 'effect.reviewed' : 'effect.judged',
          subject: `pack:${id}`,
          detail: { effect, number: pack.number, digest: pack.digest },
        })
      })
    },
    /** A governor looked through the log of incidents up to this entry. */
    inspectLog: async (actor: Actor, upTo: number): Promise<void> => {
      mustBeAllowed(actor, 'pack.sign')
      await change(actor, async () => changed(undefined, { type: 'incident-log.inspected', detail: { upTo } }))
    },
  }
}
