import { normaliseHost } from '@gatehouse/engine'
import { addCalendarDays, daysBetween, isCalendarDate, londonDate } from '@gatehouse/engine/calendar'
import type { ClassReads } from '../people/class-store.ts'
import type { PeopleReads } from '../people/people-store.ts'
import { personOf } from '../platform/actor.ts'
import { optionalHidden, hiddenDate } from '../platform/fields.ts'
import { form } from '../platform/form.ts'
import type { LedgerReads } from '../platform/ledger-reads.ts'
import { get, type Page, post, redirect, view } from '../platform/page.ts'
import { Refusal } from '../platform/refusal.ts'
import { rangeOfDay } from './activity-day.ts'
import type { ActivityDayReads } from './activity-day-store.ts'
import type { ActivityArchive } from './activity-archive.ts'
import type { ActivityService } from './activity-service.ts'
import { verdictNames } from './activity-shown.ts'
import type { ActivityReads, SiteCount } from './activity-store.ts'
import { countsPerDay, dayBars } from './day-chart.ts'
import { fewestPupils, seenClasses } from './seen-classes.ts'

export interface ReviewPageReads {
  readonly activity: ActivityReads
  readonly activityDays: ActivityDayReads
  readonly classes: ClassReads
  readonly people: PeopleReads
  readonly ledger: LedgerReads
}

const marking = 'Official – sensitive: personal'
const reviewForm = form({ day: hiddenDate('Which day was reviewed is missing'), note: optionalHidden(10) })
const chartDays = 14
/** A report goes back over at most so many days. */
const mostDays = 400

/** A site's figures in words. */
export const siteShown = (row: SiteCount, nameOfCategory: (category: string) => string) => ({
  ...row,
  category: nameOfCategory(row.category),
  verdict: verdictNames[row.verdict],
  kind: row.verdict === 'block' ? 'bad' : row.verdict === 'warn' ? 'soon' : 'calm',
  href: `/activity/sites?host=${encodeURIComponent(row.host)}`,
})

/** What is looked at each day, what a class looks at, and a longer time in figures: none of it names anybody. */
export function reviewPages(
  service: ActivityService,
  archive: ActivityArchive,
  nameOfCategory: (category: string) => string,
): Page<ReviewPageReads>[] {
  const site = (row: SiteCount) => siteShown(row, nameOfCategory)

  return [
    get('/activity/review', { access: 'activity.view' }, async ({ actor, query, read, now }) => {
      const today = londonDate(now)
      const typed = query.get('day') ?? ''
      const day = isCalendarDate(typed) && typed <= today ? typed : addCalendarDays(today, -1)
      const range = rangeOfDay(day)
      const counts = await archive.counts(actor.schoolId, range)
      return read(async ({ activity, activityDays, ledger }) => {
        const known = await activityDays.get(day)
        // Figures of a closed day are made within the half hour; until then, and today, the rows are asked.
        const isCounted = known?.countedAt != null && known.countedAt >= known.changedAt
        const stopped = isCounted
          ? await activityDays.sites(day, day, { verdicts: ['block', 'warn'] }, 30)
          : await activity.sites({ ...range, isNotAllowed: true }, 30)
        const fresh = isCounted
          ? await activityDays.sites(day, day, { isNew: true, verdicts: ['allow'] }, 30)
          : await activity.newSites(range, 30)
        const chart = countsPerDay(
          Array.from({ length: chartDays }, (_, n) => addCalendarDays(day, n - chartDays + 1)),
          await activityDays.perDay(addCalendarDays(day, 1 - chartDays), day),
        )
        if (!isCounted) {
          const last = chart.at(-1)
          if (last)
            chart[chart.length - 1] = {
              day,
              requests: counts.allow + counts.warn + counts.block,
              stopped: counts.warn + counts.block,
            }
        }
        const reviews = await ledger.list({ types: ['activity.reviewed'], subject: `activity:${day}`, limit: 20 })
        const [reviewed] = reviews
        return view('activity/review', {
          title: 'Review of the web log',
          marking,
          day,
          isToday: day === today,
          before: addCalendarDays(day, -1),
          after: day < today ? addCalendarDays(day, 1) : null,
          counts,
          stopped: stopped.map(site),
          fresh: fresh.map(site),
          categories: (await activity.categories(range.from, range.to)).map(each => ({
            ...each,
            category: nameOfCategory(each.category),
            href: `/activity?day=${day}&verdict=${each.verdict}`,
          })),
          chart: dayBars(chart),
          chartRows: chart,
          reviewedAt: reviewed ? new Date(reviewed.at) : null,
          isMine: reviews.some(({ actor: by }) => by === `person:${personOf(actor).personId}`),
          logHref: `/activity?day=${day}`,
        })
      })
    }),
    post('/activity/review', { access: 'activity.view', form: reviewForm }, async ({ actor, form: sent, now }) => {
      if (!sent.ok || sent.values.day > londonDate(now))
        throw new Refusal('invalid', 'Open the day again, and say then that you reviewed it.')
      const { day } = sent.values
      await service.reviewed(actor, day, await archive.counts(actor.schoolId, rangeOfDay(day)))
      return redirect(`/activity/review?day=${day}`, 'It is on record that you reviewed this day.')
    }),

    get('/activity/classes', { access: 'activity.class' }, async ({ actor, read }) => {
      const classes = await read(reads => seenClasses(reads, personOf(actor)))
      return view('activity/classes', {
        title: 'What my classes look at',
        classes: classes.map(({ id, name }) => ({
          name,
          href: `/activity/classes/${encodeURIComponent(id)}`,
          nowHref: `/activity/classes/${encodeURIComponent(id)}/now`,
        })),
      })
    }),
    get('/activity/classes/:id', { access: 'activity.class' }, async ({ actor, params, query, read, now }) => {
      const today = londonDate(now)
      const typed = query.get('day') ?? ''
      const day = isCalendarDate(typed) && typed <= today && daysBetween(typed, today) < 7 ? typed : today
      return read(async reads => {
        const { activity, classes } = reads
        const found = (await seenClasses(reads, personOf(actor))).find(({ id }) => id === params.id)
        if (!found) throw new Refusal('not-found', 'There is no such class among yours.')
        const pupils = (await classes.pupilsOf(found.id)).map(({ id }) => id)
        const isTooFew = pupils.length < fewestPupils
        const filter = { ...rangeOfDay(day), personIds: pupils }
        return view('activity/class', {
          title: `What ${found.name} looks at`,
          marking,
          backHref: '/activity/classes',
          nowHref: `/activity/classes/${encodeURIComponent(found.id)}/now`,
          day,
          days: Array.from({ length: 7 }, (_, n) => addCalendarDays(today, n - 6)).map(each => ({
            day: each,
            href: `/activity/classes/${encodeURIComponent(found.id)}?day=${each}`,
            current: each === day,
          })),
          pupils: pupils.length,
          isTooFew,
          counts: isTooFew ? null : await activity.counts(filter),
          stopped: isTooFew ? [] : (await activity.sites({ ...filter, isNotAllowed: true }, 30)).map(site),
          sites: isTooFew ? [] : (await activity.sites({ ...filter, verdict: 'allow' }, 50)).map(site),
        })
      })
    }),

    get('/activity/sites', { access: 'activity.view' }, async ({ query, read, now }) => {
      const today = londonDate(now)
      const given = (name: string, otherwise: string): string => {
        const typed = query.get(name) ?? ''
        return isCalendarDate(typed) ? typed : otherwise
      }
      const to = given('to', addCalendarDays(today, -1))
      const asked = given('from', addCalendarDays(to, -27))
      const from = asked > to || daysBetween(asked, to) >= mostDays ? addCalendarDays(to, 1 - mostDays) : asked
      const host = normaliseHost((query.get('host') ?? '').trim().slice(0, 253)) ?? undefined
      return read(async ({ activityDays }) => {
        const days = Array.from({ length: daysBetween(from, to) + 1 }, (_, n) => addCalendarDays(from, n))
        const chart = countsPerDay(days, await activityDays.perDay(from, to))
        return view('activity/sites', {
          title: 'The web log in figures',
          marking,
          from,
          to,
          fields: [
            { name: 'from', kind: 'text', label: 'First day (year-month-day)', value: from },
            { name: 'to', kind: 'text', label: 'Last day (year-month-day)', value: to },
            { name: 'host', kind: 'text', label: 'Site', value: host ?? '' },
          ],
          host,
          chart: dayBars(chart),
          total: chart.reduce((sum, { requests }) => sum + requests, 0),
          stoppedTotal: chart.reduce((sum, { stopped }) => sum + stopped, 0),
          categories: (await activityDays.byCategory(from, to)).slice(0, 30).map(each => ({
            ...each,
            category: nameOfCategory(each.category),
            verdict: verdictNames[each.verdict],
          })),
          stopped: host ? [] : (await activityDays.sites(from, to, { verdicts: ['block', 'warn'] }, 30)).map(site),
          sites: (await activityDays.sites(from, to, host ? { host } : { verdicts: ['allow'] }, 30)).map(site),
        })
      })
    }),
  ]
}
