import { londonInstant, weekdayOf } from '@gatehouse/engine/calendar'
import { registerDigest } from '../duties/duty-service.ts'
import type { Scene, TermWindow, World } from './sample-world.ts'

const readers = [
  'head',
  'deputy',
  'deputy-dsl',
  'senior-leader',
  'network-manager',
  'technician',
  'office',
  'dpo',
  'chair',
  'link-governor',
]

/** The register's term: confirmed in its first week, an absence that a deputy covers, and a post that has stood empty for a week. */
export function dutyScenes(window: TermWindow): readonly Scene[] {
  return [
    // On Fridays, and on the last day but one, those with posts read what waits for them.
    ...[...window.schoolDays.filter(day => weekdayOf(day) === 5), window.schoolDays.at(-2)].flatMap(day =>
      day === undefined
        ? []
        : [
            {
              at: new Date(Math.min(londonInstant(day, '15:55').getTime(), window.until.getTime())),
              play: async ({ app, as }: World) => {
                for (const key of readers) await app.services.messages.readAll(await as(key))
              },
            },
          ],
    ),
    {
      at: window.on(0.05, '16:00'),
      play: async ({ app, schoolId, as }) =>
        app.services.duties.confirm(
          await as('head'),
          registerDigest(await app.read(schoolId, ({ duties }) => duties.facts())),
        ),
    },
    {
      at: window.on(0.3, '07:40'),
      play: async ({ app, as, id, now }) =>
        app.services.duties.recordAbsence(
          await as('deputy'),
          id('deputy'),
          now(),
          new Date(now().getTime() + 2.5 * 24 * 3_600_000),
        ),
    },
    {
      at: window.before(5, '15:30'),
      play: async ({ app, schoolId, as, id }) => {
        const [held] = await app.read(schoolId, ({ people }) => people.holders('deputy-dsl'))
        if (held?.personId !== id('deputy-dsl'))
          throw new Error('the sample’s deputy safeguarding lead is somebody else')
        await app.services.duties.end(await as('head'), held.id)
      },
    },
  ]
}
