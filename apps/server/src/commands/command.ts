import type { Readable } from 'node:stream'
import type { App } from '../compose.ts'
import { readConfig } from '../config.ts'
import type { Installation } from '../installation.ts'
import { systemClock } from '../platform/clock.ts'

/** Where a verb reads and writes; tests pass their own. */
export interface Streams {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly input: Readable
  /** A line on standard output. */
  out(line: string): void
  /** A line on standard error. */
  say(line: string): void
}

/** One verb of `gatehouse`. Exit status: 0 done, 1 the answer is no or a check fails, 2 bad usage or input. */
export interface Command {
  /** As typed: one word or two, such as `school create`. */
  readonly name: string
  readonly usage: string
  readonly does: string
  run(words: readonly string[], streams: Streams): Promise<number>
}

/** What was typed cannot be used: one line on standard error, exit status 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Opens the installation, beside a running `serve` or without one, for one verb. */
export async function withInstallation<T>(
  streams: Streams,
  work: (installation: Installation) => Promise<T>,
): Promise<T> {
  // Read only by a verb that needs it: it is the whole product.
  const { openInstallation } = await import('../installation.ts')
  const installation = await openInstallation(readConfig(streams.environment), systemClock, line => streams.say(line))
  try {
    return await work(installation)
  } finally {
    await installation.close()
  }
}

/** The school a verb is about: `--school`, or the only one. @throws {UsageError} naming the schools there are. */
export async function chosenSchool(app: App, asked: string | undefined): Promise<string> {
  const schools = await app.schools()
  if (asked !== undefined) {
    if (schools.some(({ id }) => id === asked)) return asked
    throw new UsageError(
      `there is no school “${asked}” here; there are: ${schools.map(({ id }) => id).join(', ') || 'none yet'}`,
    )
  }
  const [only, second] = schools
  if (!only) throw new UsageError('there is no school here yet; make one with: gatehouse school create NAME')
  if (second)
    throw new UsageError(
      `there are several schools, so say which with --school: ${schools.map(({ id }) => id).join(', ')}`,
    )
  return only.id
}
