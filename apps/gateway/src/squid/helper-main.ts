/**
 * `gatehouse filter helper`: Squid's external-ACL helper on standard input and output. Exit status 0 when Squid closes
 * its end, 2 for bad usage.
 *
 * Reads and writes without the event loop: through it an answer takes some 40 µs longer, and Squid waits for each.
 */
import { readSync, writeSync } from 'node:fs'
import { createAnnouncer } from '../announcer.ts'
import { createHelper, type Helper } from './helper.ts'
import { helperUsage, readHelperSettings } from './helper-settings.ts'
import { createLineFeed } from './line-feed.ts'

export async function main(words: readonly string[]): Promise<void> {
  const settings = readHelperSettings(words, process.env)
  if (!settings.ok) return refuse(`${settings.errors.join('; ')}. Usage: ${helperUsage}`)
  const announcer = createAnnouncer(line => console.error(`gatehouse filter helper: ${line}`), Date.now)
  const helper = await createHelper(settings.value, announcer)
  const fault = helper.fault()
  if (fault !== undefined) return refuse(fault)
  await serve(helper)
}

/** After so many bytes memory is tidied, which takes some 6 ms: 65 to 77 MB in all then, and up to 100 otherwise. */
const bytesBetweenTidying = 1024 * 1024

/** Answers until standard input ends. What stands there without an end of line was cut off and asks nothing. */
async function serve(helper: Helper): Promise<void> {
  const feed = createLineFeed()
  const buffer = Buffer.allocUnsafe(16 * 1024)
  let untidied = 0
  const answered = async (chunk: Uint8Array): Promise<void> => {
    await helper.refresh()
    let text = ''
    for (const line of feed(chunk)) text += helper.answer(line)
    if (text !== '') write(Buffer.from(text, 'utf8'))
    untidied += chunk.length
    if (untidied < bytesBetweenTidying) return
    untidied = 0
    // There where Node was started with lean-flags.json.
    globalThis.gc?.()
  }
  for (;;) {
    let size: number
    try {
      size = readSync(0, buffer)
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : ''
      if (code === 'EOF') return
      if (code !== 'EAGAIN') throw error
      // Somebody made it non-blocking: then the event loop waits for us.
      for await (const chunk of process.stdin) await answered(chunk as Buffer)
      return
    }
    if (size === 0) return
    await answered(buffer.subarray(0, size))
  }
}

/** All of it, however slowly Squid reads; ends the process when Squid reads no more. */
function write(bytes: Buffer): void {
  for (let done = 0; done < bytes.length; ) {
    try {
      done += writeSync(1, bytes, done)
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : ''
      if (code === 'EAGAIN') Atomics.wait(pause, 0, 0, 1)
      else if (code === 'EPIPE') process.exit(0)
      else throw error
    }
  }
}
const pause = new Int32Array(new SharedArrayBuffer(4))

function refuse(sentence: string): void {
  console.error(`gatehouse filter helper: ${sentence}`)
  process.exitCode = 2
}
