import { endOfLondonDay, londonDate } from '@gatehouse/engine/calendar'
import { formatDay, formatList } from '../platform/format.ts'
import {
  type Control,
  type ControlContext,
  type ControlReads,
  type ControlState,
  dayMs,
  dueSoon,
  failing,
  met,
  notStarted,
  overdue,
  type Proof,
} from '../policies/control.ts'
import { counts, type Review, type ReviewVersion } from './review.ts'
import { reviewKind, type ReviewKind } from './review-kinds.ts'
import { reviewDeadline } from './review-service.ts'
import type { ReviewReads } from './review-store.ts'
import { countsUntil, termAt, wholeTerms, type WholeTerm } from './school-terms.ts'

interface Reads extends ControlReads {
  readonly reviews: ReviewReads
}

const soonDays = 14

interface Counting {
  readonly review: Review
  readonly version: ReviewVersion
}

/** The newest that counts and passes `wanted`, with its signed version. */
async function newestThatCounts(
  reads: Reads,
  kind: ReviewKind,
  wanted: (counting: Counting) => boolean | Promise<boolean> = () => true,
): Promise<Counting | null> {
  for (const review of await reads.reviews.list([kind.id], 50)) {
    if (!counts(kind, review)) continue
    const version = await reads.reviews.version(review.id, review.version)
    if (await wanted({ review, version })) return { review, version }
  }
  return null
}

const termsOf = async (reads: Reads): Promise<WholeTerm[]> => wholeTerms(await reads.deadlines.terms())

/** Done once a term: it counts from when it was recorded or signed until the end of the next term. */
async function onceATerm(
  reads: Reads,
  { review, version }: Counting,
  { now }: ControlContext,
  what: string,
  extra: readonly Proof[] = [],
): Promise<ControlState> {
  const until = endOfLondonDay(countsUntil(await termsOf(reads), review.heldOn))
  const at = version.signedAt ?? version.writtenAt
  const entry = await reads.ledger.latest(
    version.signedAt ? ['review.signed'] : ['review.recorded'],
    `review:${review.id}`,
  )
  const proofs: Proof[] = [
    {
      text: `${what} on ${formatDay(review.heldOn, now)}`,
      href: `/reviews/${review.id}`,
      at,
      ...(entry ? { seq: entry.seq } : {}),
    },
    ...extra,
  ]
  if (now > until)
    return overdue(
      until,
      `${what} last on ${formatDay(review.heldOn, now)}, which counted until ${formatDay(until, now)}.`,
      at,
      proofs,
    )
  if (until.getTime() - now.getTime() < soonDays * dayMs)
    return dueSoon(
      'attested',
      at,
      until,
      `${what} on ${formatDay(review.heldOn, now)}; the next is due by ${formatDay(until, now)}.`,
      proofs,
    )
  return met(
    'attested',
    at,
    until,
    `${what} on ${formatDay(review.heldOn, now)}; counts until ${formatDay(until, now)}.`,
    proofs,
  )
}

/** A control over one kind of record. */
const recorded = (options: {
  readonly id: string
  readonly title: string
  readonly kind: string
  readonly clauses: readonly string[]
  readonly what: string
  /** What is missing while there is none: a sentence. */
  readonly missing: string
  readonly wanted?: (counting: Counting, reads: Reads) => boolean | Promise<boolean>
  /** What is wrong with the newest that counts, as a sentence, or null. */
  readonly wrong?: (counting: Counting) => string | null
}): Control<Reads> => ({
  id: options.id,
  title: options.title,
  kind: 'workflow',
  clauses: options.clauses,
  async evaluate(reads, context) {
    const kind = reviewKind(options.kind)
    const found = await newestThatCounts(reads, kind, counting => options.wanted?.(counting, reads) ?? true)
    const wrong = found ? (options.wrong?.(found) ?? null) : null
    if (found && wrong)
      return failing('attested', found.version.signedAt ?? found.version.writtenAt, wrong, [
        {
          text: `Recorded for ${formatDay(found.review.heldOn, context.now)}`,
          href: `/reviews/${found.review.id}`,
          at: found.review.madeAt,
        },
      ])
    if (found) return onceATerm(reads, found, context, options.what)
    const [any] = await reads.reviews.list([kind.id], 1)
    if (any && !counts(kind, any))
      return failing(
        'unknown',
        any.madeAt,
        `One is recorded for ${formatDay(any.heldOn, context.now)}, and nobody has signed its newest version.`,
      )
    return any ? failing('attested', any.madeAt, options.missing) : notStarted(options.missing)
  },
})

const topicsOf = async (reads: Reads, { review }: Counting): Promise<readonly string[]> =>
  (await reads.reviews.words(review.id, review.version)).topics

export const reviewControls: readonly Control<Reads>[] = [
  recorded({
    id: 'duties.oversight-review',
    title: 'The headteacher reviews how the policy is carried out',
    kind: 'oversight-review',
    clauses: ['A-1-01'],
    what: 'Reviewed with the network manager and the data protection officer',
    missing: 'No oversight review with findings is signed yet. The headteacher records one on the reviews page.',
  }),
  {
    id: 'duties.review-calendar',
    title: 'The review of the policy in practice comes back each term and is done in time',
    kind: 'workflow',
    clauses: ['A-1-02'],
    async evaluate(reads, { now }) {
      const tasks = (await reads.deadlines.latest([reviewDeadline('oversight-review')], 12)).filter(
        ({ state }) => state !== 'withdrawn',
      )
      const done = tasks
        .filter(({ metAt }) => metAt !== null)
        .sort((one, other) => (other.metAt?.getTime() ?? 0) - (one.metAt?.getTime() ?? 0))[0]
      const waiting = tasks.find(
        ({ state, dueAt }) => state === 'missed' || (state === 'open' && dueAt !== null && dueAt < now),
      )
      const proofs: Proof[] = tasks.flatMap(({ metAt, dueAt, state }) =>
        metAt && dueAt
          ? [
              {
                text: `Task due ${formatDay(dueAt, now)}, ${state === 'met' ? 'done in time' : 'done late'}`,
                href: '/deadlines?state=done&whose=all',
                at: metAt,
              },
            ]
          : [],
      )
      if (waiting?.dueAt)
        return overdue(
          waiting.dueAt,
          `The review task that was due on ${formatDay(waiting.dueAt, now)} is not done.`,
          done?.metAt ?? null,
          proofs,
        )
      if (!done?.metAt)
        return tasks.length > 0
          ? notStarted('This term’s review task is running, and none has been completed yet.')
          : notStarted('No review task has come up yet: enter the term dates, and each term brings one.')
      if (done.state === 'late')
        return failing(
          'measured',
          done.metAt,
          `The last review task was done late, on ${formatDay(done.metAt, now)}.`,
          proofs,
        )
      const term = termAt(await termsOf(reads), londonDate(now))
      const until = endOfLondonDay(countsUntil(await termsOf(reads), londonDate(done.startsAt)))
      if (now > until)
        return overdue(
          until,
          `No review task has come up since the one done on ${formatDay(done.metAt, now)}${term ? '' : ': enter the term dates'}.`,
          done.metAt,
          proofs,
        )
      return met(
        'measured',
        done.metAt,
        until,
        `The last task was done in time, on ${formatDay(done.metAt, now)}; the next must be done by ${formatDay(until, now)}.`,
        proofs,
      )
    },
  },
  recorded({
    id: 'duties.governor-meeting',
    title: 'The governor for online safety meets the headteacher',
    kind: 'governor-meeting',
    clauses: ['A-3.1-05'],
    what: 'The governor and the headteacher met',
    missing: 'No meeting of governor and headteacher with signed minutes is recorded yet.',
  }),
  recorded({
    id: 'duties.meeting-papers',
    title: 'That meeting looks at current issues, the incident log and the filter changes',
    kind: 'governor-meeting',
    clauses: ['A-3.2-14'],
    what: 'All three were on the table when governor and headteacher met',
    missing:
      'No signed meeting of governor and headteacher has covered current issues, the incident log and the log of filter changes together.',
    wanted: async (counting, reads) => {
      const topics = await topicsOf(reads, counting)
      return (
        ['issues', 'incidents', 'filter-changes'].every(topic => topics.includes(topic)) &&
        counting.version.posts.includes('link-governor') &&
        counting.version.posts.includes('headteacher')
      )
    },
  }),
  recorded({
    id: 'duties.security-group',
    title: 'The headteacher leads the IT security group',
    kind: 'security-group',
    clauses: ['A-3.2-06'],
    what: 'The group met with the headteacher in the chair',
    missing: 'No meeting of the IT security group with signed minutes is recorded yet.',
    wrong: ({ version }) => (version.posts.length < 2 ? 'The last meeting had nobody but the headteacher.' : null),
  }),
  recorded({
    id: 'duties.governing-body',
    title: 'The headteacher attends the governing body on IT security',
    kind: 'governing-body',
    clauses: ['A-3.2-15'],
    what: 'The headteacher was at the governing body',
    missing: 'No governing-body meeting on IT security is recorded and signed yet.',
    wrong: ({ version }) =>
      version.posts.includes('headteacher')
        ? null
        : 'The headteacher was not at the last meeting of the governing body that bore on IT security.',
  }),
  recorded({
    id: 'duties.web-log-judged',
    title: 'The policy’s effect is judged each term by the web log, sites visited included',
    kind: 'internet-use',
    clauses: ['A-1-08'],
    what: 'The policy’s effect was judged by the figures of the web log',
    missing:
      'Nobody has judged and signed yet what the term’s web log says about the policy’s effect. The headteacher does it under Reviews and meetings.',
    wanted: async ({ review }, { reviews }) =>
      Boolean((await reviews.words(review.id, review.version)).fields['figures']),
  }),
  {
    id: 'duties.contact',
    title: 'The headteacher keeps in contact with governors and technical staff',
    kind: 'record',
    clauses: ['A-3.2-10'],
    async evaluate(reads, context) {
      const kind = reviewKind('contact')
      const found = await Promise.all(
        kind.topics.map(async ({ value, text }) => ({
          text,
          last: await newestThatCounts(reads, kind, async counting =>
            (await topicsOf(reads, counting)).includes(value),
          ),
        })),
      )
      const missing = found.filter(({ last }) => last === null)
      if (missing.length === found.length)
        return notStarted('No contact with governors or technical staff about IT security is noted yet.')
      if (missing.length > 0)
        return failing(
          'attested',
          found.find(({ last }) => last)?.last?.review.madeAt ?? null,
          `No contact is noted with: ${formatList(missing.map(({ text }) => text.toLowerCase()))}.`,
        )
      const older = found
        .flatMap(({ last }) => (last ? [last] : []))
        .sort((one, other) => (one.review.heldOn < other.review.heldOn ? -1 : 1))[0]
      return older
        ? onceATerm(reads, older, context, 'In contact with both; the longer ago was')
        : notStarted('No contact is noted yet.')
    },
  },
  {
    id: 'duties.assurance-checks',
    title: 'The data protection officer checks each named person and each system',
    kind: 'workflow',
    clauses: ['A-5-03'],
    async evaluate(reads, context) {
      const kind = reviewKind('assurance-check')
      const items = kind.items ?? []
      const all = await reads.reviews.list([kind.id], 500)
      const last = items.map(item => ({ item, check: all.find(each => each.item === item.value) ?? null }))
      const missing = last.filter(({ check }) => check === null)
      if (missing.length === items.length)
        return notStarted('The data protection officer has checked nothing and nobody yet.')
      if (missing.length > 0)
        return failing(
          'attested',
          all[0]?.madeAt ?? null,
          `Not checked yet: ${formatList(missing.map(({ item }) => item.text))}.`,
        )
      const oldest = last
        .flatMap(({ check }) => (check ? [check] : []))
        .sort((one, other) => (one.heldOn < other.heldOn ? -1 : 1))[0]
      if (!oldest) return notStarted('Nothing is listed to be checked.')
      const version = await reads.reviews.version(oldest.id, oldest.version)
      return onceATerm(
        reads,
        { review: oldest, version },
        context,
        `All ${items.length} were checked, the first of them`,
      )
    },
  },
]
