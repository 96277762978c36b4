/**
 * Reads a log as it grows. The log itself is the queue: the place up to which the lines have arrived is kept in a file of
 * ours, moved on only when they have, so that neither a crash nor a server that is away loses or doubles a line. Follows
 * rotation by renaming (Squid's and logrotate's), also one that happened while nobody read, and by cutting short.
 */
import {
  closeSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'

export interface Place {
  /** Inode of the file, which a renamed file keeps. */
  readonly inode: number
  /** Bytes of it that have arrived. */
  readonly offset: number
}

export interface Piece {
  /** Whole lines, without their ends. */
  readonly lines: readonly string[]
  /** Names this piece, the same each time that it is read. */
  readonly id: string
  /** To be given to `arrived`. */
  readonly after: Place
}

export interface LogTail {
  /** The next lines that have not arrived; undefined when there are none at the moment. */
  next(): Piece | undefined
  arrived(after: Place): void
  close(): void
}

const pieceBytes = 256 * 1024
/** A line longer than a piece is no line of a log. */
const newline = 10

export function openLogTail(file: string, placeFile: string): LogTail {
  let place = readPlace(placeFile)
  let open: { readonly descriptor: number; readonly inode: number } | undefined
  const buffer = Buffer.alloc(pieceBytes)

  const openAt = (path: string): typeof open => {
    try {
      const descriptor = openSync(path, 'r')
      return { descriptor, inode: fstatSync(descriptor).ino }
    } catch {
      return undefined
    }
  }
  /** This log and what it was renamed to, the oldest first. */
  const generations = (): string[] => {
    const folder = dirname(file)
    const own = basename(file)
    const names = readdirSync(folder).filter(
      name => name === own || (name.startsWith(`${own}.`) && /\.\d+$|\.\d{8}$/.test(name)),
    )
    return names
      .map(name => ({
        path: join(folder, name),
        changed: statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0,
        isCurrent: name === own,
      }))
      .sort(
        (one, other) =>
          Number(one.isCurrent) - Number(other.isCurrent) ||
          one.changed - other.changed ||
          numberOf(other.path) - numberOf(one.path),
      )
      .map(({ path }) => path)
  }
  const inodeOf = (path: string): number | undefined => statSync(path, { throwIfNoEntry: false })?.ino

  /** The file to read from, opened; the one after it once it has been read to its end. */
  const current = (): typeof open => {
    if (open) return open
    const all = generations()
    const known = place && all.find(path => inodeOf(path) === place?.inode)
    // Before the first time, what was rotated away is history that `activity import` reads.
    open = openAt(known ?? file)
    if (open && open.inode !== place?.inode) place = { inode: open.inode, offset: 0 }
    return open
  }
  /** Goes on to the file that was begun when this one was renamed. False when this is still the one being written. */
  const goOn = (): boolean => {
    if (!open || inodeOf(file) === open.inode) return false
    const all = generations()
    const at = all.findIndex(path => inodeOf(path) === open?.inode)
    const following = all[at + 1]
    if (following === undefined) return false
    const next = openAt(following)
    if (!next) return false
    closeSync(open.descriptor)
    open = next
    place = { inode: next.inode, offset: 0 }
    return true
  }

  const next = (): Piece | undefined => {
    for (;;) {
      const from = current()
      if (!from || !place) return undefined
      const size = fstatSync(from.descriptor).size
      // Cut short under our hands (copytruncate): it begins anew.
      if (size < place.offset) place = { ...place, offset: 0 }
      const read = readSync(from.descriptor, buffer, 0, pieceBytes, place.offset)
      const bytes = buffer.subarray(0, read)
      const end = bytes.lastIndexOf(newline)
      const isFull = read === pieceBytes
      if (end >= 0 || isFull) {
        const length = end >= 0 ? end + 1 : read
        const lines = end >= 0 ? bytes.toString('utf8', 0, end).split('\n') : []
        return {
          lines,
          id: `${place.inode}-${place.offset}-${length}`,
          after: { inode: place.inode, offset: place.offset + length },
        }
      }
      // Half a line at the end of a file that was renamed will never be a whole one.
      if (!goOn()) return undefined
    }
  }

  return {
    next,
    arrived(after) {
      place = after
      writeFileSync(`${placeFile}.new`, JSON.stringify(after), { mode: 0o600 })
      renameSync(`${placeFile}.new`, placeFile)
    },
    close() {
      if (open) closeSync(open.descriptor)
      open = undefined
    },
  }
}

/** Of two that were last written to at once, the one with the higher number was renamed earlier. */
const numberOf = (path: string): number => Number(/\.(\d+)$/.exec(path)?.[1] ?? -1)

function readPlace(placeFile: string): Place | undefined {
  try {
    const { inode, offset } = JSON.parse(readFileSync(placeFile, 'utf8')) as Record<string, unknown>
    if (typeof inode === 'number' && typeof offset === 'number' && offset >= 0) return { inode, offset }
  } catch {
    // The first time, or a file of somebody else's.
  }
  return undefined
}
