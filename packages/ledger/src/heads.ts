import { isHash } from './entry.ts'

/** What a school's chain ended with at some moment. */
export interface Head {
  readonly seq: number
  readonly hash: string
}

export class HeadsError extends Error {
  override name = 'HeadsError'
}

/** The line to append to the heads file after a commit, new line included. */
export const formatHead = ({ seq, hash }: Head): string => `${seq} ${hash}\n`

/**
 * Reads a heads file: `<seq> <hash>` a line, in any order. A line that a crash cut short (it has only the characters
 * of a head, and is no head) is passed over; so is one that a later append ran on from.
 * @throws {HeadsError} that names the line, for anything else.
 */
export function parseHeads(text: string): Head[] {
  const heads: Head[] = []
  for (const [i, line] of text.split('\n').entries()) {
    const [seq, hash, ...rest] = line.split(' ')
    if (seq !== undefined && /^[1-9]\d{0,15}$/.test(seq) && isHash(hash) && rest.length === 0) {
      heads.push({ seq: Number(seq), hash })
    } else if (!/^[0-9a-f ]{0,200}$/.test(line)) {
      throw new HeadsError(`Line ${i + 1} of the heads file should be a number and a hash`)
    }
  }
  return heads
}
