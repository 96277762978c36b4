import { type CalendarDate, daysBetween, londonDate, startOfLondonDay } from '@gatehouse/engine/calendar'
import type { PeopleWrites } from '../people/people-store.ts'
import { type Role, roleNames } from '../permissions.ts'
import { type Actor, mustBeAllowed, personOf, systemActor } from '../platform/actor.ts'
import { type Change, changed, type LedgerEvent, type Read } from '../platform/change.ts'
import { formatList } from '../platform/format.ts'
import type { MessageWrites } from '../platform/messages.ts'
import { Refusal } from '../platform/refusal.ts'
import { whoAnswers } from './answering.ts'
import type { NewDeadline } from './deadline.ts'
import type { DeadlineReads, DeadlineWrites } from './deadline-store.ts'
import type { DutyReads, DutyWrites } from './duty-store.ts'
import { absentPosts, mayRecord, type Review, type ReviewWords, whyNotSign } from './review.ts'
import { type FiguresOf, figuresText } from './review-figures.ts'
import { type ReviewKind, reviewKind, reviewKinds } from './review-kinds.ts'
import type { ReviewReads, ReviewWrites } from './review-store.ts'
import { lastDay, termAt, type WholeTerm, wholeTerms } from './school-terms.ts'

export interface NewReview extends ReviewWords {
  readonly item: string
  readonly heldOn: CalendarDate
  /** The posts that were represented; each stands for whoever held it that day. */
  readonly posts: readonly Role[]
}

export const reviewDeadline = (kind: string): string => `review.${kind}`
export const periodOf = (kind: string, term: Pick<WholeTerm, 'from'>): string => `review-period:${kind}/${term.from}`
const confirmation = { kind: 'register.confirmation', subject: 'register:duties' } as const

interface ReviewChange {
  readonly reviews: ReviewWrites
  readonly deadlines: DeadlineWrites
  readonly duties: DutyWrites
  readonly people: PeopleWrites
  readonly messages: MessageWrites
}

export type ReviewService = ReturnType<typeof createReviewService>

export function createReviewService(
  change: Change<ReviewChange>,
  read: Read<{ deadlines: DeadlineReads; duties: DutyReads; reviews: ReviewReads }>,
  clock: () => Date,
  figuresOf: FiguresOf,
) {
  const termOf = async (deadlines: DeadlineReads, day: CalendarDate): Promise<WholeTerm | null> =>
    termAt(wholeTerms(await deadlines.terms()), day)

  /** Who held the posts on that day; a post that stood empty cannot have been represented. */
  const peopleIn = async (writes: ReviewChange, posts: readonly Role[], heldOn: CalendarDate): Promise<string[]> => {
    const now = writes.reviews.instant()
    const noon = new Date(startOfLondonDay(heldOn).getTime() + 12 * 3_600_000)
    const facts = await writes.duties.facts(noon > now ? now : noon)
    const found = posts.map(role => ({
      role,
      people: facts.posts.filter(post => post.role === role && post.endedAt === null).map(({ personId }) => personId),
    }))
    const empty = found.filter(({ people }) => people.length === 0)
    if (empty.length > 0)
      throw new Refusal(
        'invalid',
        `Nobody held this post on that day: ${formatList(empty.map(({ role }) => roleNames[role]))}`,
      )
    // Of several in one role, the recorder cannot say here who came; all are named.
    return [...new Set(found.flatMap(({ people }) => people))]
  }

  const check = (kind: ReviewKind, review: NewReview, now: Date): void => {
    if (review.heldOn > londonDate(now)) throw new Refusal('invalid', 'The day must not be in the future')
    const [absent] = absentPosts(kind, review.posts)
    if (absent)
      throw new Refusal(
        'invalid',
        `${formatList(
          absent.map(role => roleNames[role]),
          'or',
        )} must have been there`,
      )
  }

  /** Meets the deadline of the term in which the thing was held, at the present moment: late is late, whatever day it bears. */
  const complete = async (
    { deadlines, reviews }: ReviewChange,
    kind: ReviewKind,
    review: Pick<Review, 'heldOn'>,
  ): Promise<void> => {
    const term = await termOf(deadlines, review.heldOn)
    if (!term) return
    if (kind.items) {
      const done = (await reviews.list([kind.id], 500)).filter(({ heldOn }) => heldOn >= term.from)
      if (kind.items.some(({ value }) => !done.some(({ item }) => item === value))) return
    }
    await deadlines.meet(reviewDeadline(kind.id), periodOf(kind.id, term))
  }

  const askToSign = async (
    { messages, duties }: ReviewChange,
    kind: ReviewKind,
    id: string,
    people: readonly string[],
    writer: string,
  ): Promise<void> => {
    if (kind.signing !== 'other') return
    const facts = await duties.facts()
    const signers = facts.posts
      .filter(
        post =>
          post.endedAt === null &&
          kind.signedBy.includes(post.role) &&
          people.includes(post.personId) &&
          post.personId !== writer,
      )
      .map(({ personId }) => personId)
    await messages.tell(signers, 'review.sign', `/reviews/${id}`)
  }

  /** The record with the figures of its term, which nobody types. @throws {Refusal} `invalid` where there is nothing to judge by. */
  const withFigures = async (schoolId: string, kind: ReviewKind, review: NewReview): Promise<NewReview> => {
    if (!kind.hasFigures) return review
    const figures = await figuresOf(schoolId, review.heldOn)
    if (figures.isEmpty)
      throw new Refusal('invalid', 'The day must lie in a term of which there is a web log; there is none to judge by')
    return { ...review, fields: { ...review.fields, figures: figuresText(figures) } }
  }

  return {
    record: async (actor: Actor, kindId: string, written: NewReview): Promise<string> => {
      const review = await withFigures(actor.schoolId, reviewKind(kindId), written)
      return change(actor, async writes => {
        mustBeAllowed(actor, 'reviews.record')
        const kind = reviewKind(kindId)
        if (!mayRecord(actor, kind))
          throw new Refusal(
            'forbidden',
            `This is recorded by: ${formatList(
              kind.recordedBy.map(role => roleNames[role]),
              'or',
            )}.`,
          )
        const now = writes.reviews.instant()
        check(kind, review, now)
        if (kind.items && !kind.items.some(({ value }) => value === review.item))
          throw new Refusal('invalid', 'Select what was checked')
        const people = await peopleIn(writes, review.posts, review.heldOn)
        const done = kind.signing === 'none'
        const { id, digest } = await writes.reviews.make(
          { kind: kind.id, item: kind.items ? review.item : '', heldOn: review.heldOn, complete: done },
          review,
          review.posts,
          people,
        )
        if (done) await complete(writes, kind, review)
        await askToSign(writes, kind, id, people, personOf(actor).personId)
        return changed(id, {
          type: 'review.recorded',
          subject: `review:${id}`,
          detail: {
            kind: kind.id,
            item: review.item,
            heldOn: review.heldOn,
            posts: [...review.posts],
            topics: [...review.topics],
            result: review.result,
            digest,
          },
        })
      })
    },

    /** Writes a new version. A signature on the one before counts no longer. */
    rewrite: async (actor: Actor, id: string, seen: number, written: NewReview): Promise<void> => {
      const known = await read(actor.schoolId, ({ reviews }) => reviews.get(id))
      const review = await withFigures(actor.schoolId, reviewKind(known.kind), { ...written, heldOn: known.heldOn })
      return change(actor, async writes => {
        mustBeAllowed(actor, 'reviews.record')
        const before = await writes.reviews.lock(id)
        const kind = reviewKind(before.kind)
        if (!mayRecord(actor, kind))
          throw new Refusal(
            'forbidden',
            `This is recorded by: ${formatList(
              kind.recordedBy.map(role => roleNames[role]),
              'or',
            )}.`,
          )
        if (kind.signing === 'none')
          throw new Refusal('conflict', 'This kind of record is not changed. Record what is new as a new one.')
        if (seen !== before.version)
          throw new Refusal('conflict', 'Somebody wrote a newer version meanwhile. Open it, read it, then change it.')
        check(kind, review, writes.reviews.instant())
        const people = await peopleIn(writes, review.posts, review.heldOn)
        const digest = await writes.reviews.rewrite(before, review, review.posts, people)
        await askToSign(writes, kind, id, people, personOf(actor).personId)
        return changed(undefined, {
          type: 'review.rewritten',
          subject: `review:${id}`,
          detail: {
            kind: kind.id,
            version: before.version + 1,
            posts: [...review.posts],
            topics: [...review.topics],
            digest,
            clearedSignature: before.signedVersion !== null,
          },
        })
      })
    },

    /** @param digest of the version that the signer was shown. */
    sign: (actor: Actor, id: string, digest: string): Promise<void> =>
      change(actor, async writes => {
        mustBeAllowed(actor, 'reviews.sign')
        const review = await writes.reviews.lock(id)
        const kind = reviewKind(review.kind)
        const version = await writes.reviews.version(id, review.version)
        const why = whyNotSign(actor, kind, review, version)
        if (why) throw new Refusal(review.signedVersion === review.version ? 'conflict' : 'forbidden', why)
        if (digest !== version.digest)
          throw new Refusal(
            'conflict',
            'What you were shown is not the newest version. Open it again, read it, and sign then.',
          )
        await writes.reviews.sign(review)
        await complete(writes, kind, review)
        await writes.messages.markRead(personOf(actor).personId, `/reviews/${id}`)
        return changed(undefined, {
          type: 'review.signed',
          subject: `review:${id}`,
          detail: { kind: kind.id, version: review.version, heldOn: review.heldOn, posts: [...version.posts], digest },
        })
      }),

    /**
     * The worker's: gives each kind its deadline for the term that runs, due on the term's last day, and the register its yearly
     * confirmation. Between terms, and with no terms entered, there is nothing to give.
     */
    plan: async (schoolId: string): Promise<void> => {
      const wanted = await read(schoolId, reads => missingDeadlines(reads, clock()))
      if (wanted.length === 0) return
      await change(systemActor(schoolId, 'worker'), async writes => {
        const events: LedgerEvent[] = []
        // Read again inside: another process may have planned them meanwhile. The lock makes it one at a time.
        await writes.duties.lockRegister()
        for (const each of await missingDeadlines(
          { deadlines: writes.deadlines, duties: writes.duties },
          writes.reviews.instant(),
        )) {
          const deadline = await writes.deadlines.start(each)
          events.push({
            type: 'duty.scheduled',
            subject: each.subject,
            detail: { kind: each.kind, due: deadline.dueAt?.toISOString() ?? null, role: each.ownerRole },
          })
        }
        const [first, ...rest] = events
        return first
          ? changed(undefined, first, ...rest)
          : changed(undefined, { type: 'duty.scheduled', detail: { count: 0 } })
      })
    },
  }
}

async function missingDeadlines(
  { deadlines, duties }: { deadlines: DeadlineReads; duties: Pick<DutyReads, 'lastConfirmation' | 'facts'> },
  now: Date,
): Promise<NewDeadline[]> {
  const today = londonDate(now)
  const term = termAt(wholeTerms(await deadlines.terms()), today)
  const wanted: NewDeadline[] = []
  if (term && today < term.to) {
    for (const kind of reviewKinds) {
      const subject = periodOf(kind.id, term)
      if ((await deadlines.about(subject)).length > 0) continue
      // A task that is planned when the term is under way runs from then: nobody is reminded of time that had gone already.
      const begins = term.from > today ? term.from : today
      wanted.push({
        kind: reviewDeadline(kind.id),
        subject,
        title: kind.act,
        link: `/reviews/record/${kind.id}`,
        ownerRole: kind.ownerRole,
        rule: { basis: 'calendar-days', days: daysBetween(begins, lastDay(term)) },
        ...(term.from > today ? { startsAt: startOfLondonDay(begins) } : {}),
      })
    }
  }
  const open = (await deadlines.about(confirmation.subject)).some(
    ({ kind, state }) => kind === confirmation.kind && (state === 'open' || state === 'missed'),
  )
  if (!open && whoAnswers(await duties.facts(), 'headteacher')) {
    const last = await duties.lastConfirmation()
    wanted.push({
      ...confirmation,
      title: 'Confirm who answers for what',
      link: '/duties',
      ownerRole: 'headteacher',
      rule: last
        ? { basis: 'calendar-months', months: 12, rollToWorkingDay: false }
        : { basis: 'calendar-days', days: 30 },
      ...(last ? { startsAt: last.at } : {}),
    })
  }
  return wanted
}
