import { londonDate, londonInstant } from '@gatehouse/engine/calendar'
import { rangeOfDay } from '../activity/activity-day.ts'
import { classSight } from '../activity/class-watch-service.ts'
import { sampleClasses } from './sample-people.ts'
import type { Scene, TermWindow, World } from './sample-world.ts'

/** Staff whose use stands in the log, and others who read the notice. */
const readers = ['head', 'deputy', 'deputy-dsl', 'senior-leader', 'network-manager', 'technician', 'office', 'dpo']

/** The web log as people live with it: told first, looked at each morning, watched in lessons, judged once a term. */
export function monitoringScenes(window: TermWindow): readonly Scene[] {
  const { schoolDays, until, on, before } = window
  const first = schoolDays[0] ?? londonDate(until)
  const classes = sampleClasses.map((each, n) => ({ ...each, teacher: `teacher-${n}` }))
  return [
    // Before the first request of the term.
    {
      at: londonInstant(first, '08:05'),
      play: async ({ app, as }) => {
        for (const key of [...readers, ...classes.map(({ teacher }) => teacher)])
          await app.services.useNotices.read(await as(key))
        for (const { id, teacher } of classes) await app.services.useNotices.tell(await as(teacher), id)
      },
    },
    // Each morning the day before is looked at, and what was tried at the filter is settled; the last day still waits.
    ...schoolDays.slice(1).flatMap((day, n) => {
      const at = londonInstant(day, '08:50')
      const reviewed = schoolDays[n] ?? day
      return at > until
        ? []
        : [{ at, play: (world: World) => morning(world, n % 7 === 3 ? 'technician' : 'network-manager', reviewed) }]
    }),
    // Each class had a lesson in the last days over whose sites its teacher watched.
    ...classes.map(({ id, teacher }, n) => ({
      at: before(1 + n, '16:45'),
      play: (world: World) => watchLesson(world, teacher, id),
    })),
    {
      at: on(0.52, '17:05'),
      play: async ({ app, as, schoolId, now }) => {
        await app.services.activityArchive.count(schoolId)
        const head = await as('head')
        const id = await app.services.reviews.record(head, 'internet-use', {
          item: '',
          heldOn: londonDate(now()),
          posts: [],
          topics: [],
          result: null,
          fields: {
            judgement:
              'Games are most of what is stopped for juniors, mostly at wet play. Warnings about videos fell after half-term. Nothing points to harm.',
            actions: 'Class teachers: talk about games and adverts in the next assembly.',
          },
        })
        const { digest } = await app.read(schoolId, ({ reviews }) => reviews.version(id, 1))
        await app.services.reviews.sign(head, id, digest)
      },
    },
    // The figures of the last days are made, as the server does every half hour.
    { at: until, play: ({ app, schoolId }) => app.services.activityArchive.count(schoolId) },
  ]
}

async function morning({ app, as, schoolId }: World, key: string, day: string): Promise<void> {
  const who = await as(key)
  await app.services.activity.reviewed(who, day, await app.services.activityArchive.counts(schoolId, rangeOfDay(day)))
  const { from, to } = rangeOfDay(day)
  const found = await app.read(schoolId, ({ attempts }) => attempts.between(from, to))
  for (const { id, firstAt, lastAt, outcome } of found)
    if (!outcome)
      await app.services.attempts.settle(
        who,
        { id, at: firstAt, lastAt },
        'An app on a shared tablet asked for it by itself. The app is taken off',
      )
}

/** The busiest hour of the morning, looked at and signed for after school. */
async function watchLesson({ app, as, schoolId, now }: World, teacher: string, classId: string): Promise<void> {
  const day = londonDate(now())
  const range = { from: londonInstant(day, '09:10'), to: londonInstant(day, '10:10') }
  const { digest } = await app.read(schoolId, reads => classSight(reads, classId, range))
  await app.services.classWatch.sign(await as(teacher), classId, {
    ...range,
    digest,
    outcome: classId === 'class-oak' ? 'spoke' : 'nothing',
  })
}
