import type { Socket } from 'node:net'

/**
 * Lets two connections be one: what comes in at either goes out at the other, no faster than it is taken there, and an end
 * is passed on while the other direction may go on. Not stream.pipeline, which adds a dozen listeners to each and costs more
 * than all else that a tunnel does.
 */
export function joinSockets(one: Socket, other: Socket): void {
  follow(one, other)
  follow(other, one)
}

function follow(from: Socket, to: Socket): void {
  from.pipe(to)
  from.on('error', () => from.destroy())
  from.once('close', () => {
    // After an orderly end the other side still gets what is on its way; after a break it must not look like one.
    if (from.readableEnded) to.destroySoon()
    else to.destroy()
  })
}
