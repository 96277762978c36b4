/**
 * Work that the software does by itself for each school. A job only notices what rows already say is due (a deadline, a
 * message to send, a checkpoint), so the rows are the queue: they are written in the transaction that calls for the work,
 * and a job that is run twice, late, or by two processes at once finds nothing left to do the second time.
 *
 * Jobs close over the services that they use (`dutiesJobs(service)`) and act through `change` as `systemActor(schoolId, 'worker')`.
 */
export interface SchoolJob {
  /** `<domain>.<what>`, such as `duties.deadlines`; lower-case letters, digits, full stop and hyphen. */
  readonly name: string
  /** How long to wait between two runs, in seconds; it also runs soon after each start. */
  readonly everySeconds: number
  /**
   * For what must happen within seconds: it has workers of its own, so that slow work of others never keeps it waiting, and must be
   * safe to be run by two processes at once.
   */
  readonly urgent?: boolean
  /** Must be safe to run at any moment and more than once, and write nothing when nothing is due. */
  run(schoolId: string): Promise<void>
}

/** What became of a job's last runs for one school, as this process saw it. */
export interface JobRun {
  readonly lastSucceeded: Date | null
  readonly lastFailed: Date | null
  /** Failures since the last success. */
  readonly failures: number
}
export type JobRuns = ReturnType<typeof createJobRuns>

/**
 * Remembers the runs of this process, for the heartbeat on the first page. It is kept in memory: another process's worker,
 * or one that has not run yet, reads as null, which pages show as unknown and never as fine.
 */
export function createJobRuns() {
  const runs = new Map<string, JobRun>()
  const key = (name: string, schoolId: string): string => `${name}/${schoolId}`
  const before = (name: string, schoolId: string): JobRun =>
    runs.get(key(name, schoolId)) ?? { lastSucceeded: null, lastFailed: null, failures: 0 }
  return {
    last: (name: string, schoolId: string): JobRun | null => runs.get(key(name, schoolId)) ?? null,
    succeeded: (name: string, schoolId: string, at: Date): void => {
      runs.set(key(name, schoolId), { ...before(name, schoolId), lastSucceeded: at, failures: 0 })
    },
    failed: (name: string, schoolId: string, at: Date): void => {
      const last = before(name, schoolId)
      runs.set(key(name, schoolId), { ...last, lastFailed: at, failures: last.failures + 1 })
    },
  }
}
