import { decodeBase64 } from './note.ts'

export * from './note.ts'

/** C2SP tlog-checkpoint (https://c2sp.org/tlog-checkpoint): three lines that stand for a whole ledger at one size. */

export interface Checkpoint {
  /** Which ledger: a URL without scheme, such as `gatehouse/ledger/<school>`. */
  readonly origin: string
  /** How many entries, counted from the school's first. */
  readonly size: number
  /** 32 bytes: the Merkle root over those entries (`merkle.ts`). */
  readonly root: Uint8Array
}

export class CheckpointError extends Error {
  override name = 'CheckpointError'
}

/** A checkpoint text may carry extension lines; more than this is not a checkpoint of ours or of anybody's. */
const MAX_TEXT_LENGTH = 16_384

/** The text of a checkpoint, without signatures. @throws {CheckpointError} if a part cannot stand in one. */
export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  if (origin === '' || /[\p{Cc}\u2028\u2029]/u.test(origin))
    throw new CheckpointError('The origin must be one line of text')
  if (!Number.isSafeInteger(size) || size < 0) throw new CheckpointError(`The size must be a whole number, not ${size}`)
  if (root.length !== 32) throw new CheckpointError(`The root must be 32 bytes, not ${root.length}`)
  return `${origin}\n${size}\n${Buffer.from(root).toString('base64')}\n`
}

/**
 * Reads the text of a checkpoint (attacker-controlled, also after its signature was found good: the key may be stolen).
 * Extension lines are allowed and dropped.
 * @throws {CheckpointError} that says what was expected and found.
 */
export function parseCheckpoint(text: string): Checkpoint {
  if (text.length > MAX_TEXT_LENGTH) {
    throw new CheckpointError(`Expected a checkpoint of at most ${MAX_TEXT_LENGTH} characters, found ${text.length}`)
  }
  if (!text.endsWith('\n')) throw new CheckpointError('Expected a checkpoint that ends with a new line')
  const [origin, size, root, ...extensions] = text.slice(0, -1).split('\n')
  if (origin === undefined || size === undefined || root === undefined) {
    throw new CheckpointError('Expected three lines: origin, size and root')
  }
  if (origin === '') throw new CheckpointError('Expected an origin on line 1, found nothing')
  if (!/^(0|[1-9]\d{0,15})$/.test(size) || !Number.isSafeInteger(Number(size))) {
    throw new CheckpointError(`Expected a whole number on line 2, found ${quote(size)}`)
  }
  const bytes = decodeBase64(root)
  if (bytes?.length !== 32) throw new CheckpointError(`Expected 32 bytes in base64 on line 3, found ${quote(root)}`)
  if (extensions.includes('')) throw new CheckpointError('Expected no empty line in a checkpoint')
  return { origin, size: Number(size), root: bytes }
}

/** Short and printable, for an error message. */
const quote = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)

/** The origin, and the name of the signing key, of a school's ledger. */
export const checkpointOrigin = (school: string): string => `gatehouse/ledger/${school}`
