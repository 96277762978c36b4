import { registerDigest } from '../duties/duty-service.ts'
import type { Scene, TermWindow } from './sample-world.ts'

/** The register's term: confirmed in its first week, an absence that a deputy covers, and a post that has stood empty for a week. */
export function dutyScenes(window: TermWindow): readonly Scene[] {
  return [
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
