import { attemptDays } from '../activity/attempt.ts'
import { briefingDigest, briefingOf } from '../incidents/briefing.ts'
import type { Scene, TermWindow, World } from './sample-world.ts'

const staff = [
  ...['head', 'deputy', 'deputy-dsl', 'senior-leader', 'network-manager', 'technician', 'office', 'office-2'],
  ...Array.from({ length: 7 }, (_, n) => `teacher-${n}`),
  ...Array.from({ length: 15 }, (_, n) => `staff-${n + 15}`),
]
const governors = ['chair', 'link-governor', ...Array.from({ length: 7 }, (_, n) => `governor-${n + 2}`)]
/** One of the staff has not found the time, whatever was sent. */
const forgetful = ['staff-24']

async function answersRight({ app, as }: World, key: string, id: string): Promise<void> {
  const briefing = briefingOf(id)
  if (!briefing) throw new Error(`there is no briefing ${id}`)
  const right = briefing.questions.map(each => [each.id, each.options.find(({ wrong }) => wrong === null)?.id ?? ''])
  await app.services.briefings.answer(await as(key), id, briefingDigest(briefing), Object.fromEntries(right))
}

const waitingAttempts = async ({ app, schoolId, now }: World) =>
  (
    await app.read(schoolId, ({ attempts }) =>
      attempts.between(new Date(now().getTime() - attemptDays * 86_400_000), now()),
    )
  ).filter(({ outcome }) => outcome === null)

/** The briefings are given out and nearly all answer; the network manager goes through what the web log shows, each morning. */
export function briefingScenes(window: TermWindow): readonly Scene[] {
  return [
    {
      at: window.on(0.1, '08:20'),
      play: async ({ app, as }) => {
        for (const id of ['incidents', 'allegations']) await app.services.briefings.give(await as('head'), id)
      },
    },
    ...[
      ...staff.map(key => ({ key, id: 'incidents' })),
      ...['head', 'deputy', 'deputy-dsl', ...governors].map(key => ({ key, id: 'allegations' })),
    ]
      .filter(({ key }) => !forgetful.includes(key))
      .map(({ key, id }, n) => ({
        at: window.on(0.1, `1${n % 7}:${10 + (n % 40)}`, 1 + (n % 6)),
        play: (world: World) => answersRight(world, key, id),
      })),
    {
      at: window.on(0.5, '08:30'),
      play: async ({ app, as }) => app.services.briefings.chase(await as('head'), 'incidents'),
    },
    // One that looks meant goes to the headteacher, who takes it; the rest of each day before has a harmless reason.
    {
      at: window.before(1, '08:40'),
      play: async world => {
        const [attempt] = await waitingAttempts(world)
        if (!attempt) return
        await world.app.services.attempts.report(
          await world.as('network-manager'),
          { id: attempt.id, at: attempt.firstAt, lastAt: attempt.lastAt },
          'Asked for by itself in a lesson, with nothing around it that would lead there.',
        )
      },
    },
    {
      at: window.before(1, '11:10'),
      play: async ({ app, schoolId, as }) => {
        const head = await as('head')
        const [reported] = await app.read(schoolId, ({ ledger }) =>
          ledger.list({ types: ['attempt.reported'], limit: 1 }),
        )
        if (reported) await app.services.reports.acknowledge(head, String(reported.detail.report))
      },
    },
    ...window.schoolDays.map(day => ({
      at: new Date(Math.min(Date.parse(`${day}T08:50:00.000Z`), window.until.getTime())),
      play: async (world: World) => {
        for (const attempt of await waitingAttempts(world))
          await world.app.services.attempts.settle(
            await world.as('network-manager'),
            { id: attempt.id, at: attempt.firstAt, lastAt: attempt.lastAt },
            'Asked for by an advert or a background program of the page beside it, not by a person.',
          )
      },
    })),
  ]
}
