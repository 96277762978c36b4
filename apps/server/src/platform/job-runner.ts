import { PgBoss } from 'pg-boss'
import { faultWords } from './database.ts'
import type { JobRuns, SchoolJob } from './jobs.ts'

/*
 * The one job runner. Each job is put in the queue for each school at its interval by a timer of this process, which goes by
 * elapsed time and so does not care about the wall clock; pg-boss sees to it that of several processes one runs it. The queue
 * has a schema of its own (`pgboss`), which the schema's owner makes and works with: it holds names of jobs and schools, nothing else,
 * and the application's role has no right in it. What a job does to a school's rows goes through `change` as the application.
 */

export interface JobRunner {
  stop(): Promise<void>
}

interface Queued {
  readonly job: string
  readonly school: string
}

const queue = 'school-jobs'
const urgentQueue = 'urgent-school-jobs'
const tickMs = 1_000
/**
 * A job that has not run here for this many of its intervals, and at least two minutes, is run without the queue: so it is after a
 * process was killed in the middle of it, until the queue gives its run up. Urgent ones take what they work on before they begin, so
 * two processes may run them at once, and wait no longer than a quarter of a minute.
 */
const lateIntervals = 4
const lateMs = 120_000
const urgentLateMs = 15_000

export async function startJobRunner(parts: {
  readonly ownerUrl: string
  readonly jobs: readonly SchoolJob[]
  readonly schools: () => Promise<readonly string[]>
  readonly runs: JobRuns
  readonly clock: () => Date
  readonly log: (line: string) => void
}): Promise<JobRunner> {
  const { jobs, runs, clock, log } = parts
  const byName = new Map(jobs.map(job => [job.name, job]))
  if (byName.size !== jobs.length) throw new Error('Two jobs have the same name')
  const boss = new PgBoss({
    connectionString: parts.ownerUrl,
    schema: 'pgboss',
    max: 3,
    application_name: 'gatehouse-jobs',
    schedule: false,
    superviseIntervalSeconds: 60,
    monitorVacuum: false,
  })
  boss.on('error', error => log(`jobs: ${faultWords(error)}`))
  await boss.start()
  // A run that its process did not finish (it was killed) is given up after this long, and the next interval queues it anew.
  for (const name of [queue, urgentQueue])
    await boss.createQueue(name, {
      policy: 'exclusive',
      retryLimit: 0,
      expireInSeconds: 300,
      retentionSeconds: 3_600,
      deleteAfterSeconds: 600,
    })

  const running = new Set<string>()
  const lastRunMs = new Map<string, number>()
  const startedMs = performance.now()

  const run = async ({ job: name, school }: Queued): Promise<void> => {
    const job = byName.get(name)
    const key = `${name}/${school}`
    if (!job || running.has(key)) return
    running.add(key)
    try {
      await job.run(school)
      runs.succeeded(name, school, clock())
    } catch (error) {
      runs.failed(name, school, clock())
      // The message names no person: rows are never part of an error's text here.
      log(`job ${name} of ${school}: ${error instanceof Error ? faultWords(error) : 'unknown fault'}`)
    } finally {
      running.delete(key)
      lastRunMs.set(key, performance.now())
    }
  }

  await boss.work<Queued>(queue, { batchSize: 5, localConcurrency: 3, pollingIntervalSeconds: 1 }, async found => {
    for (const { data } of found) await run(data)
  })
  // Side by side, many at once: they are short, one that waits for somebody outside keeps no other waiting, and the queue is looked
  // at once a second, so that this is how many schools’ jobs a second can begin.
  await boss.work<Queued>(
    urgentQueue,
    { batchSize: 50, localConcurrency: 2, pollingIntervalSeconds: 1 },
    async found => {
      await Promise.all(found.map(({ data }) => run(data)))
    },
  )

  const sentMs = new Map<string, number>()
  let ticking = false
  let known: readonly string[] = []
  let knownMs = Number.NEGATIVE_INFINITY
  const tick = async (): Promise<void> => {
    if (ticking) return
    ticking = true
    try {
      const nowMs = performance.now()
      if (nowMs - knownMs > 5_000) {
        known = await parts.schools()
        knownMs = nowMs
      }
      for (const school of known) {
        for (const { name, everySeconds, urgent } of jobs) {
          const key = `${name}/${school}`
          if (nowMs - (sentMs.get(key) ?? Number.NEGATIVE_INFINITY) < everySeconds * 1_000) continue
          sentMs.set(key, nowMs)
          await boss.send(urgent ? urgentQueue : queue, { job: name, school } satisfies Queued, { singletonKey: key })
          const quietMs = nowMs - (lastRunMs.get(key) ?? startedMs)
          const patienceMs = Math.max(urgent ? urgentLateMs : lateMs, lateIntervals * everySeconds * 1_000)
          if (quietMs > patienceMs) void run({ job: name, school })
        }
      }
    } catch (error) {
      log(`jobs: ${error instanceof Error ? faultWords(error) : 'unknown fault'}`)
    } finally {
      ticking = false
    }
  }
  const timer = setInterval(() => void tick(), tickMs)
  await tick()

  return {
    stop: async () => {
      clearInterval(timer)
      await boss.stop({ graceful: true, timeout: 10_000, close: true })
      // A run outside the queue is not the queue's to wait for.
      for (let waited = 0; running.size > 0 && waited < 10_000; waited += 50)
        await new Promise(resolve => setTimeout(resolve, 50))
    },
  }
}
