import { addCalendarDays, londonDate, startOfLondonDay } from '@gatehouse/engine/calendar'
import { type ActivityControlReads, isDayOfSchool, reviewState } from '../activity/activity-controls.ts'
import type { FilterReads } from '../filtering/filter-store.ts'
import { type Control, dueSoon, failing, met, notStarted, overdue } from '../policies/control.ts'
import { lookDeadline } from './flag-service.ts'
import type { ScopeReads } from './scope-store.ts'
import { mondayOf } from './week.ts'
import type { WeekReads } from './week-store.ts'

export type PupilUseReads = ActivityControlReads & {
  readonly filtering: Pick<FilterReads, 'rules'>
  readonly scopes: ScopeReads
  readonly weeks: WeekReads
}

/** Days of the log in which pupils' use must be found. */
const lookedDays = 14

/**
 * Pupils' use is monitored when the log holds it, somebody reviews each school day of it, and where devices flag, no flag has
 * waited past its time and each week's report is signed in the week after (DfE filtering and monitoring standard: “at least weekly”).
 */
const pupilUse: Control<PupilUseReads> = {
  id: 'monitoring.pupil-use',
  title: 'What pupils do online is looked at each school day, and reported each week where they are monitored',
  kind: 'workflow',
  clauses: ['A-4.1-12'],
  evaluate: async (reads, { now }) => {
    const { activityDays, filtering, scopes, weeks, deadlines } = reads
    const review = await reviewState(reads, now)
    if (review.status !== 'met' || review.at === null) return review
    const today = londonDate(now)
    const { groups } = await filtering.rules()
    const adults = new Set(groups.filter(({ audience }) => audience === 'adult').map(({ id }) => id))
    const used = await activityDays.byGroup(addCalendarDays(today, -lookedDays), today)
    const isPupils = (name: string): boolean => name !== '' && name.split(',').some(id => !adults.has(id))
    const requests = used.filter(each => isPupils(each.groups)).reduce((sum, each) => sum + each.requests, 0)
    const days = await activityDays.between(addCalendarDays(today, -lookedDays), today)
    if (requests === 0 && days.some(({ countedAt }) => countedAt === null))
      return notStarted('The figures of the last days are still being made; they are there within the half hour.')
    if (requests === 0)
      return failing(
        'measured',
        review.at,
        'The web log is reviewed, and it holds nothing that a pupil asked for in two weeks. See whether pupils’ devices go through the filter.',
        review.proofs,
      )
    const scoped = (await scopes.scopes()).filter(({ state }) => state === 'in-force')
    const told = scoped.flatMap(({ noticedAt }) => (noticedAt ? [noticedAt] : []))
    const words = `${requests.toLocaleString('en-GB')} requests of pupils in two weeks`
    if (told.length === 0)
      return { ...review, why: `The web log of each school day was reviewed in time, ${words} among it.` }

    const late = (await deadlines.open(2000)).find(
      ({ kind, dueAt }) => kind === lookDeadline && dueAt !== null && dueAt <= now,
    )
    if (late?.dueAt)
      return overdue(late.dueAt, 'A flag has waited past its time for somebody to look.', review.at, review.proofs)
    const lastWeek = addCalendarDays(mondayOf(now), -7)
    const begun = mondayOf(new Date(Math.min(...told.map(Number))))
    const signed = await weeks.signedSince(addCalendarDays(lastWeek, -7))
    const calendar = await deadlines.calendar()
    /** A week of the holidays is nobody's to sign for. */
    const hasSchool = (week: string): boolean =>
      [0, 1, 2, 3, 4].some(day => isDayOfSchool(addCalendarDays(week, day), calendar))
    const isSigned = (week: string): boolean =>
      week < begun || !hasSchool(week) || signed.some(each => each.week === week)
    const endOfThisWeek = startOfLondonDay(addCalendarDays(lastWeek, 14))
    if (!isSigned(addCalendarDays(lastWeek, -7)))
      return overdue(
        startOfLondonDay(addCalendarDays(lastWeek, 7)),
        'Nobody signed the weekly report on monitoring in the week after it: see Flags, The week’s report.',
        review.at,
        review.proofs,
      )
    if (!isSigned(lastWeek))
      return dueSoon(
        'measured',
        review.at,
        endOfThisWeek,
        'Last week’s report on monitoring waits to be signed; the web log is reviewed.',
        review.proofs,
      )
    return met(
      'measured',
      review.at,
      review.due,
      `The web log of each school day was reviewed in time, ${words} among it; no flag waits past its time, and last week’s report is signed.`,
      review.proofs,
    )
  },
}

export const pupilUseControls: readonly Control<PupilUseReads>[] = [pupilUse]
