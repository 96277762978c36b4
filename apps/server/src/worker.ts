import type { App } from './compose.ts'
import { systemActor } from './platform/actor.ts'
import { changed } from './platform/change.ts'
import { faultWords } from './platform/database.ts'
import { startJobRunner } from './platform/job-runner.ts'
import { watchWallClock } from './platform/wall-clock.ts'

/** How often the wall clock is looked at. */
const clockEveryMs = 15_000

/**
 * The background work of one process: every job of every school, and an eye on the wall clock.
 * @param ownerUrl of the schema's owner, for the queue's own schema and nothing else.
 */
export async function startWorker(
  app: App,
  { ownerUrl, log }: { readonly ownerUrl: string; readonly log: (line: string) => void },
): Promise<{ stop(): Promise<void> }> {
  const schools = async (): Promise<string[]> => (await app.schools()).map(({ id }) => id)
  await noteSteppedBackWhileAway(app, await schools(), log)
  const runner = await startJobRunner({ ownerUrl, jobs: app.jobs, schools, runs: app.jobRuns, clock: app.clock, log })
  const look = watchWallClock(app.clock, () => performance.now())
  const timer = setInterval(() => {
    const step = look()
    if (step)
      void schools()
        .then(ids => Promise.all(ids.map(id => noteStep(app, id, step.expected, step.shown, 'while running'))))
        .catch(error => log(`clock: ${error instanceof Error ? faultWords(error) : 'unknown fault'}`))
  }, clockEveryMs)
  return {
    stop: async () => {
      clearInterval(timer)
      await runner.stop()
    },
  }
}

const noteStep = (app: App, schoolId: string, expected: Date, shown: Date, seen: string): Promise<void> =>
  app.change(systemActor(schoolId, 'worker'), async () =>
    changed(undefined, {
      type: 'clock.stepped',
      detail: { expected: expected.toISOString(), shown: shown.toISOString(), seen },
    }),
  )

/** At a start, the newest entry of a ledger may lie ahead of the clock: it was set back while nothing ran. */
export async function noteSteppedBackWhileAway(
  app: App,
  schoolIds: readonly string[],
  log: (line: string) => void,
): Promise<void> {
  for (const schoolId of schoolIds) {
    const [newest] = await app.read(schoolId, ({ ledger }) => ledger.list({ limit: 1 }))
    const now = app.clock()
    if (!newest || Date.parse(newest.at) - now.getTime() <= 60_000) continue
    log(
      `The clock shows ${now.toISOString()}, but ${schoolId} has an entry of ${newest.at}: the clock was set back, or its time is wrong`,
    )
    await noteStep(app, schoolId, new Date(newest.at), now, 'at start')
  }
}
