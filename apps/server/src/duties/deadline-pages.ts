import { isCalendarDate, londonDate } from '@gatehouse/engine/calendar'
import type { PeopleReads } from '../people/people-store.ts'
import { roleNames } from '../permissions.ts'
import { csvCell } from '../platform/csv.ts'
import { type Actor, may } from '../platform/actor.ts'
import { download, get, type Page, view } from '../platform/page.ts'
import { answersForDeadline } from './deadline-service.ts'
import type { Deadline } from './deadline.ts'
import type { DeadlineReads } from './deadline-store.ts'
import { basisWords } from './deadline-words.ts'
import { type AnsweringFacts, whoAnswersFor } from './answering.ts'
import type { DutyReads } from './duty-store.ts'

interface PageReads {
  readonly deadlines: DeadlineReads
  readonly duties: DutyReads
  readonly people: PeopleReads
}

const states = ['open', 'late', 'done'] as const
type Shown = (typeof states)[number]
/** How many a page shows; more are counted and can be had as CSV. */
const most = 200

/** Those whom it is about never see it listed, nor does anybody who neither answers for it nor oversees all. */
const maySee = (facts: AnsweringFacts, deadline: Deadline, actor: Actor): boolean =>
  actor.kind === 'person' &&
  !deadline.keptFrom.includes(actor.personId) &&
  (may(actor, 'deadlines.view-all') ||
    answersForDeadline(facts, deadline, actor.personId) ||
    actor.roles.includes(deadline.ownerRole))

export const deadlinePages = (): Page<PageReads>[] => {
  const list = async (reads: PageReads, actor: Actor, query: URLSearchParams, now: Date) => {
    const state: Shown = states.find(each => each === query.get('state')) ?? 'open'
    const all = may(actor, 'deadlines.view-all') && query.get('whose') === 'all'
    const since = isCalendarDate(query.get('since') ?? '')
      ? (query.get('since') ?? '')
      : londonDate(new Date(now.getTime() - 90 * 86_400_000))
    const facts = await reads.duties.facts()
    const found =
      state === 'done'
        ? (await reads.deadlines.settled(new Date(`${since}T00:00:00Z`), new Date(now.getTime() + 400 * 86_400_000)))
            .filter(each => each.state === 'met' || each.state === 'late')
            .reverse()
        : (await reads.deadlines.open(5_000)).filter(
            each => state === 'open' || each.state === 'missed' || (each.dueAt !== null && each.dueAt < now),
          )
    const seen = found.filter(
      each =>
        maySee(facts, each, actor) &&
        (all ||
          (actor.kind === 'person' &&
            (answersForDeadline(facts, each, actor.personId) || actor.roles.includes(each.ownerRole)))),
    )
    return { state, all, facts, seen }
  }

  return [
    get('/deadlines', { access: 'deadlines.view' }, async ({ actor, query, now, read }) => {
      const model = await read(async reads => {
        const { state, all, facts, seen } = await list(reads, actor, query, now)
        const shown = seen.slice(0, most)
        const answering = new Map(shown.map(each => [each.id, whoAnswersFor(facts, each)]))
        const names = await reads.people.names([
          ...new Set([...answering.values()].flatMap(each => each?.people ?? [])),
        ])
        const pauses = new Map(
          await Promise.all(
            shown
              .filter(each => each.dueAt === null)
              .map(async each => [each.id, await reads.deadlines.pauses(each.id)] as const),
          ),
        )
        return { state, all, count: seen.length, shown, answering, names, pauses }
      })
      const href = (state: string, all: boolean): string => `/deadlines?state=${state}${all ? '&whose=all' : ''}`
      return view('duties/deadlines', {
        title: 'Deadlines',
        state: model.state,
        filters: states.map(state => ({
          text: { open: 'Running', late: 'Late', done: 'Done' }[state],
          href: href(state, model.all),
          current: state === model.state,
        })),
        whose: may(actor, 'deadlines.view-all')
          ? [
              { text: 'Mine', href: href(model.state, false), current: !model.all },
              { text: 'The whole school', href: href(model.state, true), current: model.all },
            ]
          : [],
        csvHref: `/deadlines.csv?state=${model.state}${model.all ? '&whose=all' : ''}`,
        count: model.count,
        most,
        deadlines: model.shown.map(each => {
          const answering = model.answering.get(each.id)
          const open = model.pauses.get(each.id)?.find(({ to }) => to === null)
          return {
            ...each,
            owner: roleNames[each.ownerRole],
            answers:
              each.state === 'open' || each.state === 'missed'
                ? (answering?.people ?? []).map(id => model.names.get(id) ?? '').filter(Boolean)
                : [],
            via:
              answering?.via === 'deputy'
                ? 'as deputy'
                : answering?.via === 'headteacher' || answering?.via === 'chair'
                  ? 'because nobody holds the post'
                  : '',
            nobody: (each.state === 'open' || each.state === 'missed') && !answering,
            basis: basisWords(each.rule),
            pausedSince: open?.from ?? null,
            pausedWhy: open?.reason ?? null,
          }
        }),
      })
    }),
    get('/deadlines.csv', { access: 'deadlines.view' }, async ({ actor, query, now, read }) => {
      const { seen } = await read(reads => list(reads, actor, query, now))
      const rows = seen.map(each => [
        each.title,
        roleNames[each.ownerRole],
        each.startsAt.toISOString(),
        each.dueAt?.toISOString() ?? 'paused',
        each.state,
        each.metAt?.toISOString() ?? '',
        each.missedAt?.toISOString() ?? '',
        basisWords(each.rule),
      ])
      const lines = [
        ['Internal: not for publication'],
        ['What', 'Whose', 'Started', 'Due', 'State', 'Done', 'Missed', 'How it is counted'],
        ...rows,
      ].map(row => row.map(csvCell).join(','))
      return download(`\uFEFF${lines.join('\r\n')}\r\n`, 'text/csv; charset=utf-8', 'deadlines.csv')
    }),
  ]
}
