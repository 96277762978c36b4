/** What the gateway does beside the traffic: asks for newer bundles, sends the log. */
import type { Announcer } from './announcer.ts'
import type { BundleHolder } from './bundle-holder.ts'
import type { ServerClient } from './server-client.ts'
import type { Spool } from './spool.ts'

/** Stops after the round that is running. */
export interface Repeated {
  stop(): Promise<void>
}

/** Runs `round` again and again; it says how long to wait before the next. */
export function repeat(round: () => Promise<number>): Repeated {
  let stopped = false
  let wake: (() => void) | undefined
  const run = async (): Promise<void> => {
    while (!stopped) {
      const waitMs = await round()
      if (stopped) return
      await new Promise<void>(done => {
        const timer = setTimeout(done, waitMs)
        wake = () => {
          clearTimeout(timer)
          done()
        }
      })
    }
  }
  const running = run()
  return {
    async stop() {
      stopped = true
      wake?.()
      await running
    },
  }
}

/**
 * One look at the server's bundle.
 * @param keep is given the text of each bundle that was taken, to be there at the next start.
 */
export function bundleRound(
  client: ServerClient,
  holder: BundleHolder,
  announcer: Announcer,
  keep: (text: string) => Promise<void>,
  intervalMs: number,
): () => Promise<number> {
  let etag: string | undefined
  return async () => {
    if (holder.current() && holder.isStale()) {
      announcer.sayState('stale', 'THE BUNDLE IS OLDER THAN ITS LIMIT: the internet is closed to children')
    } else announcer.sayOver('stale', 'The bundle is fresh again')
    const reply = await client.bundle(etag)
    if (reply.kind === 'unavailable') {
      const serial = holder.current()?.payload.serial
      const meanwhile = serial === undefined ? 'nothing is let through' : `going on with bundle ${serial}`
      announcer.sayState('server', `The server gives no bundle (${reply.why}); ${meanwhile}`)
      return intervalMs
    }
    announcer.sayOver('server', 'The server answers again')
    if (reply.kind === 'new') {
      const offer = await holder.offer(reply.text, 'the server')
      // A refused bundle is asked for again: its lists may come later.
      etag = offer === 'refused' ? undefined : reply.etag
      if (offer === 'older') {
        const serial = holder.current()?.payload.serial
        announcer.sayState('older', `REFUSED an older bundle from the server; still filtering from bundle ${serial}`)
      } else announcer.sayOver('older', 'The server offers its newest bundle again')
      if (offer === 'taken') {
        await keep(reply.text).catch(() => announcer.say('The bundle could not be kept on disk for the next start'))
      }
    }
    return intervalMs
  }
}

const slowestMs = 30_000

/** Closes the open segment and sends everything that waits, oldest first; slows down while the server is away. */
export function uploadRound(
  client: ServerClient,
  spool: Spool,
  announcer: Announcer,
  intervalMs: number,
): () => Promise<number> {
  let waitMs = intervalMs
  let nextTry = 0
  return async () => {
    await spool.rotate()
    if (Date.now() < nextTry) {
      await spool.secure()
      return intervalMs
    }
    for (let segment = spool.oldest(); segment; segment = spool.oldest()) {
      const bytes = await spool.read(segment).catch(() => undefined)
      if (!bytes) {
        announcer.say('A segment of the activity log is gone from the disk')
        await spool.sent(segment)
        continue
      }
      const answer = await client.activity(segment.id, bytes)
      if (answer === 'accepted') await spool.sent(segment)
      else if (answer === 'refused') await spool.reject(segment)
      else {
        announcer.sayState('upload', 'The server does not take the activity log; it is kept on disk')
        await spool.secure()
        waitMs = Math.min(slowestMs, waitMs * 2)
        nextTry = Date.now() + waitMs
        return intervalMs
      }
      waitMs = intervalMs
    }
    announcer.sayOver('upload', 'The server takes the activity log again')
    return intervalMs
  }
}
