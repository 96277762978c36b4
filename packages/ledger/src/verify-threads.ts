import { type FileHandle, open } from 'node:fs/promises'
import { Worker } from 'node:worker_threads'
import { createLineTaker, type LineTaker, MAX_LINE_BYTES, takeStream } from './export.ts'
import type { Stretch, StretchRead } from './run-worker.ts'
import type { Verdict } from './verdict.ts'
import type { VerifierOptions } from './verify.ts'

const STRETCH_BYTES = 1_048_576

/**
 * `verifyExport` for a file, with `threads` threads that parse and hash. They get stretches of the file and answer with
 * runs of sound entries; here the runs are joined in order. From the first one that does not join, this thread reads
 * on by itself, so a verdict does not depend on the number of threads.
 */
export async function verifyExportOnThreads(
  path: string,
  options: VerifierOptions,
  threads: number,
  stretchBytes = STRETCH_BYTES,
): Promise<Verdict> {
  const file = await open(path)
  const pool = createPool(threads)
  try {
    const taker = createLineTaker(options)
    const { size } = await file.stat()
    let at = await takeRange(file, 0, await endOfFirstLine(file), taker)
    const stretches: Stretch[] = []
    for (let from = at; from < size; from += stretchBytes) {
      const to = Math.min(from + stretchBytes, size)
      stretches.push({ index: stretches.length, fd: file.fd, from, to, atLineStart: from === at })
    }
    let asked = 0
    for (const stretch of stretches) {
      while (asked < Math.min(stretches.length, stretch.index + 2 * threads)) pool.ask(stretches[asked++])
      const read = await pool.answer(stretch.index)
      if (read.from === at && read.block) {
        if (!taker.verifier()?.join(read.block)) break
        taker.skip(read.block.hashes.length / 32)
        at += read.usedBytes
      }
      if (at < stretch.to) {
        const end = await endOfLine(file, stretch.to, size)
        at = await takeRange(file, at, end, taker)
      }
    }
    // What did not join; the file may also have grown.
    await takeRange(file, at, Number.POSITIVE_INFINITY, taker)
    return taker.finish()
  } finally {
    await pool.close()
    await file.close()
  }
}

async function takeRange(file: FileHandle, from: number, to: number, taker: LineTaker): Promise<number> {
  await takeStream(bytesOf(file, from, to), taker)
  return to
}

async function* bytesOf(file: FileHandle, from: number, to: number): AsyncGenerator<Uint8Array> {
  for (let at = from; at < to; ) {
    const length = Math.min(STRETCH_BYTES, to - at)
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(length), 0, length, at)
    if (bytesRead === 0) return
    yield buffer.subarray(0, bytesRead)
    at += bytesRead
  }
}

const endOfFirstLine = async (file: FileHandle): Promise<number> => endOfLine(file, 1, (await file.stat()).size)

/** The byte after the line that holds byte `to - 1`. */
async function endOfLine(file: FileHandle, to: number, size: number): Promise<number> {
  const buffer = Buffer.allocUnsafe(65_536)
  for (let at = to - 1; at < size && at < to + MAX_LINE_BYTES + buffer.length; ) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, at)
    if (bytesRead === 0) break
    const newLine = buffer.subarray(0, bytesRead).indexOf(0x0a)
    if (newLine >= 0) return at + newLine + 1
    at += bytesRead
  }
  return size
}

interface Pool {
  ask(stretch: Stretch | undefined): void
  answer(index: number): Promise<StretchRead>
  close(): Promise<void>
}

function createPool(threads: number): Pool {
  const workers = Array.from({ length: threads }, () => new Worker(new URL('./run-worker.ts', import.meta.url)))
  const waiting = new Map<number, PromiseWithResolvers<StretchRead>>()
  for (const worker of workers) {
    worker.on('message', (read: StretchRead) => waiting.get(read.index)?.resolve(read))
    worker.on('error', error => {
      for (const { reject } of waiting.values()) reject(error)
    })
  }
  return {
    ask(stretch) {
      if (!stretch) return
      const answer = Promise.withResolvers<StretchRead>()
      answer.promise.catch(() => {}) // an answer nobody waits for any more may fail quietly
      waiting.set(stretch.index, answer)
      workers[stretch.index % threads]?.postMessage(stretch)
    },
    async answer(index) {
      const answer = waiting.get(index)
      if (!answer) throw new Error(`Stretch ${index} was not asked for`)
      const read = await answer.promise
      waiting.delete(index)
      return read
    },
    async close() {
      await Promise.all(workers.map(worker => worker.terminate()))
    },
  }
}
