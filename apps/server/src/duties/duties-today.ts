import type { PersonActor } from '../platform/actor.ts'
import { may } from '../platform/actor.ts'
import { timeAgo } from '../platform/format.ts'
import type { JobRuns } from '../platform/jobs.ts'
import type { LedgerReads } from '../platform/ledger-reads.ts'
import type { MessageReads } from '../platform/messages.ts'
import { roleNames } from '../permissions.ts'
import {
  type HappenedSource,
  type NeedSource,
  sayings,
  type TodaySources,
  type WorkingSource,
} from '../assurance/today.ts'
import { whoAnswersFor } from './answering.ts'
import { needsOf } from './deadline-service.ts'
import type { DeadlineReads } from './deadline-store.ts'
import { vacanciesFor } from './duty-pages.ts'
import type { DutyReads } from './duty-store.ts'
import { whyNotSign } from './review.ts'
import { reviewKind } from './review-kinds.ts'
import type { ReviewReads } from './review-store.ts'

/** What the domain puts on the first page. */
interface Reads {
  readonly deadlines: DeadlineReads
  readonly duties: DutyReads
  readonly reviews: ReviewReads
  readonly messages: MessageReads
  readonly ledger: LedgerReads
}

const vacancies: NeedSource<Reads> = async (reads, actor) =>
  (await vacanciesFor(reads, actor)).map(({ title, href, problem }) => ({
    text: problem === 'vacant' ? `Name somebody: ${title}` : `Name a deputy: ${title}`,
    href,
    due: null,
    loud: true,
    note: problem === 'vacant' ? 'The post is vacant.' : 'The holder is away, and nobody stands in.',
  }))

/** As holder, as acting deputy, and for posts that nobody holds. */
const deadlines: NeedSource<Reads> = async (reads, actor) => {
  const mine = await needsOf(reads, actor)
  if (mine.length === 0) return []
  const facts = await reads.duties.facts()
  return mine.map(deadline => {
    const via = whoAnswersFor(facts, deadline)?.via
    const own = actor.roles.includes(deadline.ownerRole)
    // Two cases in one step would read alike: each says its sign, as its own page and the list of cases do.
    const sign = /^\/(case|report)s\/[0-9a-f-]{30}([0-9a-f]{6})(?:\/|$)/.exec(deadline.link)
    const about = sign ? [`${sign[1] === 'case' ? 'Case' : 'Report'} ${sign[2]?.toUpperCase()}.`] : []
    const why =
      via === 'deputy' && !own
        ? [`You stand in for: ${roleNames[deadline.ownerRole]}.`]
        : via !== 'holder' && !own
          ? [`Nobody else answers for this now: ${roleNames[deadline.ownerRole]}.`]
          : []
    const note = [...about, ...why].join(' ')
    return {
      text: deadline.title,
      href: deadline.link,
      due: deadline.dueAt,
      since: deadline.startsAt,
      key: `${deadline.link} ${deadline.kind}`,
      ...(note === '' ? {} : { note }),
    }
  })
}

const signatures: NeedSource<Reads> = async ({ reviews }, actor) => {
  if (!may(actor, 'reviews.sign')) return []
  const waiting = (await reviews.unsigned()).filter(({ kind }) => reviewKind(kind).signing !== 'none')
  const versions = await Promise.all(
    waiting.map(async review => ({ review, version: await reviews.version(review.id, review.version) })),
  )
  return versions
    .filter(({ review, version }) => whyNotSign(actor, reviewKind(review.kind), review, version) === null)
    .map(({ review }) => ({
      text: `Sign: ${reviewKind(review.kind).title.toLowerCase()}`,
      href: `/reviews/${review.id}`,
      due: null,
      since: review.madeAt,
    }))
}

const staff = (actor: PersonActor): boolean => may(actor, 'duties.view')
const happened: HappenedSource<Reads> = sayings<Reads>([
  {
    type: 'appointment.made',
    mayKnow: staff,
    one: () => 'Somebody was named for a post',
    many: count => `${count} posts were filled`,
    href: () => '/duties',
  },
  {
    type: 'appointment.ended',
    mayKnow: staff,
    one: () => 'An appointment to a post ended',
    many: count => `${count} appointments to posts ended`,
    href: () => '/duties',
  },
  {
    type: 'appointment.end-refused',
    mayKnow: actor => may(actor, 'duties.confirm'),
    one: () => 'Somebody tried to leave a post with nobody to take over',
    many: count => `${count} times somebody tried to leave a post with nobody to take over`,
    href: () => '/duties',
  },
  {
    type: 'deadline.missed',
    mayKnow: actor => may(actor, 'deadlines.view-all'),
    one: () => 'A deadline was missed',
    many: count => `${count} deadlines were missed`,
    href: () => '/deadlines?state=late&whose=all',
  },
  {
    type: 'review.signed',
    mayKnow: actor => may(actor, 'reviews.view'),
    one: () => 'A review or meeting was signed',
    many: count => `${count} reviews and meetings were signed`,
    href: () => '/reviews',
  },
  {
    type: 'clock.stepped',
    mayKnow: actor => may(actor, 'ledger.view'),
    one: () => 'The server’s clock was set back',
    many: count => `The server’s clock was set back ${count} times`,
    href: () => '/ledger',
  },
])

/** A worker whose newest run is older than this is late: its jobs run every few seconds. */
const workerLateMs = 3 * 60_000

/** @param mailConfigured whether a mail server is set. */
const working =
  (runs: JobRuns, mailConfigured: boolean): WorkingSource<Reads> =>
  async ({ messages }, actor, now) => {
    const run = runs.last('duties.deadlines', actor.schoolId)
    const lastAt = run?.lastSucceeded ?? null
    const worker =
      run === null || lastAt === null
        ? {
            state: run?.lastFailed ? ('failing' as const) : ('unknown' as const),
            says: run?.lastFailed ? 'its last run failed' : 'not seen yet in this process',
          }
        : {
            state:
              run.failures > 0
                ? ('failing' as const)
                : now.getTime() - lastAt.getTime() > workerLateMs
                  ? ('late' as const)
                  : ('working' as const),
            says: `looked at deadlines ${timeAgo(lastAt, now)}`,
          }
    const { failing, lastSentAt } = await messages.sending()
    const mail = !mailConfigured
      ? { state: 'unknown' as const, says: 'no mail server is set; messages stand here only' }
      : failing > 0
        ? { state: 'failing' as const, says: `${failing} could not be sent` }
        : {
            state: 'working' as const,
            says: lastSentAt ? `last sent ${timeAgo(lastSentAt, now)}` : 'nothing to send yet',
          }
    return [
      // Who teaches can do nothing about it; who answers for something can.
      ...(may(actor, 'reviews.view') ? [{ id: 'worker', name: 'Background work', href: '/deadlines', ...worker }] : []),
      { id: 'mail', name: 'Mail', href: '/messages', ...mail },
    ]
  }

export const dutiesToday = (runs: JobRuns, mailConfigured: boolean): TodaySources<Reads> => ({
  needs: [vacancies, deadlines, signatures],
  happened: [happened],
  working: [working(runs, mailConfigured)],
})
