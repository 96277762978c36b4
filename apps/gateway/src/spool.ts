/**
 * The log on its way to the server. Events are appended to an open segment on disk; once a second a segment that holds
 * anything is closed and may be sent; a sent segment is deleted. What a crash leaves behind is sent after the restart.
 *
 * Files in the folder: `<id>.open`, then `<id>.<number of lines>.ndjson`, and `….rejected` for what the server will not
 * take. Ids are version 7 UUIDs, so names sort by time.
 */
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import type { Announcer } from './announcer.ts'
import { newId } from './identifiers.ts'

export interface Segment {
  readonly id: string
  readonly lines: number
  readonly sizeBytes: number
  readonly file: string
}

export interface Spool {
  /** Takes one event, a line with its end; it is on disk within some fifty milliseconds. Never throws, never waits. */
  append(line: string): void
  /** Closes the open segment if it holds anything. */
  rotate(): Promise<void>
  /**
   * Makes sure that closed segments survive a power cut, once each. Called when they have to wait: one that the server
   * takes within the second is safe there, and forcing each to the disk first cost a tenth of what filtering costs.
   */
  secure(): Promise<void>
  oldest(): Segment | undefined
  read(segment: Segment): Promise<Buffer>
  sent(segment: Segment): Promise<void>
  /** Sets a segment aside that the server refuses for what it is, for somebody to look at; deleted after 30 days. */
  reject(segment: Segment): Promise<void>
  counts(): SpoolCounts
  close(): Promise<void>
}

export interface SpoolCounts {
  /** Events on disk or in memory that the server does not have. */
  readonly queuedEvents: number
  readonly queuedBytes: number
  readonly droppedEvents: number
  readonly rejectedEvents: number
}

export interface SpoolOptions {
  readonly folder: string
  readonly announcer: Announcer
  /** All closed segments together; beyond it the oldest are dropped. */
  readonly maxBytes?: number
  /** A segment is closed at this size, well below what a server takes in one request. */
  readonly segmentBytes?: number
}

/** Events that come this close together share one write: a hundred writes a second cost more than what is written. */
const gatherMs = 50
const keepRejectedMs = 30 * 24 * 60 * 60_000

/** Events that wait in memory while the disk will not take them, in characters. */
const maxPendingLength = 32 * 1024 * 1024

export async function openSpool(options: SpoolOptions): Promise<Spool> {
  const { folder, announcer, maxBytes = 200 * 1024 * 1024, segmentBytes = 512 * 1024 } = options
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const segments: Segment[] = []
  let pending = ''
  let pendingLines = 0
  let current: { readonly id: string; readonly handle: FileHandle; lines: number; sizeBytes: number } | undefined
  let work: Promise<void> = Promise.resolve()
  let scheduled = false
  let droppedEvents = 0
  let rejectedEvents = 0
  const secured = new Set<string>()

  await adoptLeftBehind()

  async function adoptLeftBehind(): Promise<void> {
    for (const name of (await readdir(folder)).sort()) {
      const file = join(folder, name)
      if (name.endsWith('.rejected') && (await stat(file)).mtimeMs < Date.now() - keepRejectedMs) await rm(file)
      const closed = /^([0-9a-f-]{36})\.(\d+)\.ndjson$/.exec(name)
      if (closed?.[1]) {
        segments.push({ id: closed[1], lines: Number(closed[2]), sizeBytes: (await stat(file)).size, file })
        continue
      }
      const opened = /^([0-9a-f-]{36})\.open$/.exec(name)
      if (!opened?.[1]) continue
      // A line that a crash cut in the middle is no event.
      const text = await readFile(file)
      const whole = text.subarray(0, text.lastIndexOf(10) + 1)
      if (whole.length === 0) {
        await rm(file)
        continue
      }
      if (whole.length < text.length) await writeFile(file, whole)
      const lines = whole.reduce((count, byte) => (byte === 10 ? count + 1 : count), 0)
      const target = join(folder, `${opened[1]}.${lines}.ndjson`)
      await rename(file, target)
      segments.push({ id: opened[1], lines, sizeBytes: whole.length, file: target })
    }
    segments.sort((one, other) => (one.id < other.id ? -1 : 1))
    await keepWithinBound()
  }

  /** One piece of work on the disk at a time, in order. A fault is said, and what was pending stays pending. */
  function inTurn(task: () => Promise<void>): Promise<void> {
    work = work.then(task).then(
      () => announcer.sayOver('spool', 'The activity log can be written again'),
      error => announcer.sayState('spool', `THE ACTIVITY LOG CANNOT BE WRITTEN: ${codeOf(error)}`),
    )
    return work
  }

  async function flush(): Promise<void> {
    if (pendingLines === 0) return
    const [taken, lines] = [pending, pendingLines]
    const bytes = Buffer.from(taken, 'utf8')
    if (!current) {
      const id = newId()
      current = { id, handle: await open(join(folder, `${id}.open`), 'a', 0o600), lines: 0, sizeBytes: 0 }
    }
    const startedAt = current.sizeBytes
    try {
      await writeAll(current.handle, bytes)
    } catch (error) {
      // Half a write must not leave half a line in front of the next one.
      await current.handle.truncate(startedAt).catch(() => undefined)
      throw error
    }
    current.sizeBytes += bytes.length
    current.lines += lines
    pending = pending.slice(taken.length)
    pendingLines -= lines
    if (current.sizeBytes >= segmentBytes) await closeSegment()
  }

  async function closeSegment(): Promise<void> {
    if (!current || current.lines === 0) return
    const { id, handle, lines, sizeBytes } = current
    await handle.close()
    current = undefined
    const file = join(folder, `${id}.${lines}.ndjson`)
    await rename(join(folder, `${id}.open`), file)
    segments.push({ id, lines, sizeBytes, file })
    await keepWithinBound()
  }

  async function keepWithinBound(): Promise<void> {
    let total = segments.reduce((sum, segment) => sum + segment.sizeBytes, 0)
    while (total > maxBytes) {
      const first = segments.shift()
      if (!first) return
      total -= first.sizeBytes
      secured.delete(first.id)
      droppedEvents += first.lines
      await rm(first.file, { force: true })
      announcer.say(
        `THE ACTIVITY LOG IS FULL: dropped the oldest ${first.lines} events, ${droppedEvents} since the start`,
      )
    }
  }

  async function secureAll(): Promise<void> {
    for (const { id, file } of [...segments]) {
      if (secured.has(id)) continue
      // One that has gone from the disk is spoken of when it is to be sent.
      const handle = await open(file, 'r').catch(() => undefined)
      if (!handle) continue
      try {
        await handle.datasync()
      } finally {
        await handle.close()
      }
      secured.add(id)
    }
  }

  const forget = (segment: Segment): void => {
    secured.delete(segment.id)
    const at = segments.findIndex(one => one.id === segment.id)
    if (at >= 0) segments.splice(at, 1)
  }

  return {
    append(line) {
      if (pending.length + line.length > maxPendingLength) {
        droppedEvents += 1
        announcer.sayState('spool-memory', 'THE ACTIVITY LOG IS LOST: the disk does not take it and memory is full')
        return
      }
      pending += line
      pendingLines += 1
      if (scheduled) return
      scheduled = true
      setTimeout(() => {
        scheduled = false
        void inTurn(flush)
      }, gatherMs)
    },
    rotate: () =>
      inTurn(async () => {
        await flush()
        await closeSegment()
      }),
    secure: () => inTurn(secureAll),
    oldest: () => segments[0],
    read: segment => readFile(segment.file),
    async sent(segment) {
      await rm(segment.file, { force: true })
      forget(segment)
    },
    async reject(segment) {
      forget(segment)
      rejectedEvents += segment.lines
      announcer.say(`THE SERVER REFUSES ${segment.lines} activity events; they are kept in ${segment.file}.rejected`)
      await rename(segment.file, `${segment.file}.rejected`)
    },
    counts: () => ({
      queuedEvents: segments.reduce((sum, one) => sum + one.lines, 0) + (current?.lines ?? 0) + pendingLines,
      queuedBytes: segments.reduce((sum, one) => sum + one.sizeBytes, 0) + (current?.sizeBytes ?? 0) + pending.length,
      droppedEvents,
      rejectedEvents,
    }),
    async close() {
      await inTurn(async () => {
        await flush()
        await closeSegment()
        await secureAll()
        await current?.handle.close()
        current = undefined
      })
    },
  }
}

async function writeAll(handle: FileHandle, bytes: Buffer): Promise<void> {
  let done = 0
  while (done < bytes.length) done += (await handle.write(bytes, done)).bytesWritten
}

const codeOf = (error: unknown): string =>
  error instanceof Error ? ('code' in error && String(error.code)) || error.message : 'unknown fault'
