import type { App } from '../compose.ts'
import { systemActor } from '../platform/actor.ts'
import { changed } from '../platform/change.ts'
import { Refusal } from '../platform/refusal.ts'
import type { Report } from './sample-progress.ts'
import { sampleScenes } from './sample-scenes.ts'
import { logOfDay } from './sample-web-log.ts'
import { type Scene, type TermWindow, termWindow, type World } from './sample-world.ts'

const hourMs = 3_600_000

/** What the software does by itself that belongs to the story; what reaches outside (mail, pages over HTTP) is left to the present. */
const livedJobs = [
  'duties.plan',
  'duties.deadlines',
  'duties.register',
  'platform.checkpoint',
  'people.leavers',
  'filtering.passes',
]
/** Weighs every clause, so once a week is enough for a story. */
const weeklyJobs = ['policies.moves']
const lastJobs = ['incidents.report-drill']

/** What came of the story. A refused scene means that a rule has moved and the story has not. */
export interface SampleMade {
  readonly schoolId: string
  readonly scenes: number
  readonly refused: readonly string[]
  readonly requests: number
}

/**
 * Makes the sample school and lives a term in it, through the real services with a clock that walks from twelve weeks ago to
 * now: so the ledger, the deadlines and their lateness are what they would be if it had happened. Nobody sees the school
 * before it is whole.
 * @param composeAt the app once more on the same connections, with the clock it is given, that sees unfinished schools.
 */
export async function makeSampleSchool(parts: {
  readonly composeAt: (clock: () => Date) => App
  readonly now: Date
  readonly name: string
  readonly report: Report
  readonly log: (line: string) => void
}): Promise<SampleMade> {
  const { now, name, report, log } = parts
  const window = termWindow(now)
  let time = window.from
  const app = parts.composeAt(() => new Date(time))
  report('Making the school and its people', 0, 100)
  const { schoolId, people } = await app.services.school.createSample(name, { lived: true, now })
  const world: World = {
    app,
    schoolId,
    now: () => new Date(time),
    id: key => {
      const id = people.get(key)
      if (id === undefined) throw new Error(`the sample school has nobody called ${key}`)
      return id
    },
    as: async key => {
      const personId = world.id(key)
      return app.read(schoolId, async reads => ({
        kind: 'person',
        schoolId,
        personId,
        name: (await reads.people.get(personId)).name,
        roles: await reads.people.rolesOf(personId, time),
      }))
    },
  }

  const work = (names: readonly string[]) => async (): Promise<void> => {
    for (const job of app.jobs) if (names.includes(job.name)) await job.run(schoolId)
  }
  app.filtering.lists.ensure(now)
  const refused: string[] = []
  let played = 0
  let requests = 0
  const scenes: Scene[] = [
    ...sampleScenes(window),
    // The software's own rounds, once a day: whatever passed meanwhile is written down with its true time.
    ...roundsBetween(window, 24).map(at => ({ at, play: work(livedJobs) })),
    ...roundsBetween(window, 7 * 24).map(at => ({ at, play: work(weeklyJobs) })),
    ...window.schoolDays.map((day, n) => ({
      at: new Date(Math.min(Date.parse(`${day}T16:30:00.000Z`), window.until.getTime())),
      play: async () => {
        requests += await logOfDay(world, day, n)
      },
    })),
  ]
  scenes.sort((one, other) => one.at.getTime() - other.at.getTime())
  const weeks = Math.round((window.until.getTime() - window.from.getTime()) / (7 * 24 * hourMs))
  for (const scene of scenes) {
    // Time never steps back: a scene that belongs before the school was made happens with its making.
    if (scene.at > time) time = scene.at
    const week = Math.floor((time.getTime() - window.from.getTime()) / (7 * 24 * hourMs))
    report(`Living week ${Math.min(weeks, week + 1)} of ${weeks}`, 5 + Math.floor((95 * week) / weeks), 100)
    try {
      await scene.play(world)
      played += 1
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      refused.push(error.sentence)
      log(`sample school: a scene of ${time.toISOString()} was refused: ${error.sentence}`)
    }
  }
  time = window.until
  await work([...livedJobs, ...weeklyJobs, ...lastJobs])()
  await app.change(systemActor(schoolId, 'set-up'), async ({ school }) => {
    await school.setSettings({ making: null })
    return changed(undefined, {
      type: 'school.opened',
      subject: `school:${schoolId}`,
      detail: { scenes: played, refused: refused.length },
    })
  })
  report('Done', 100, 100)
  return { schoolId, scenes: played, refused, requests }
}

/** Every so many hours, counted from the beginning. */
function roundsBetween({ from, until }: Pick<TermWindow, 'from' | 'until'>, hours: number): Date[] {
  const rounds: Date[] = []
  for (let at = from.getTime() + hours * hourMs; at < until.getTime(); at += hours * hourMs) rounds.push(new Date(at))
  return rounds
}
