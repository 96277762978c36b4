import type { ConcernSpan, TextKind } from '@gatehouse/engine/concern/types'
import { keep, load, waitingAll, waitingDelete, waitingKeys, waitingPut } from './store.ts'

/*
 * Flags on their way to the server. Each waits encrypted (AES-256-GCM) under a key that never leaves this browser profile and
 * cannot be read out of it, so that a copied disk holds no child's words. Bounded: the mildest go first when it is full.
 */

export interface WaitingFlag {
  /** The same id each time it is sent, so that it arrives once. */
  readonly id: string
  readonly at: string
  readonly kind: TextKind
  readonly severity: number
  readonly categories: readonly { readonly name: string; readonly score: number }[]
  readonly spans: readonly ConcernSpan[]
  readonly rules: readonly string[]
  readonly detector: string
  readonly text: string
  readonly why: string
  readonly host: string
  readonly page: string
  readonly title: string
}
/** Its id, severity and time stand outside, so that the order is known without opening any. */
interface Sealed {
  readonly id: string
  readonly severity: number
  readonly at: string
  readonly nonce: Uint8Array<ArrayBuffer>
  readonly bytes: ArrayBuffer
}

const mostWaiting = 500

async function queueKey(): Promise<CryptoKey> {
  const known = await load<CryptoKey>('queue key')
  if (known) return known
  const made = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
  await keep('queue key', made)
  return made
}

/** The gravest first, of those the oldest. */
const inOrder = async (): Promise<Sealed[]> =>
  (await waitingAll<Sealed>()).sort(
    (one, other) => other.severity - one.severity || (one.at < other.at ? -1 : one.at > other.at ? 1 : 0),
  )

/** What is sealed: whose flag it is goes with it, because the next to use this browser may be somebody else. */
interface Whose {
  readonly user: string
  readonly flag: WaitingFlag
}

/** Puts a flag in the queue, unless that is full of graver ones. */
export async function enqueue(user: string, flag: WaitingFlag): Promise<void> {
  if ((await waitingCount()) >= mostWaiting) {
    const mildest = (await inOrder()).at(-1)
    if (!mildest || mildest.severity >= flag.severity) return
    await waitingDelete(mildest.id)
  }
  const nonce = crypto.getRandomValues(new Uint8Array(12))
  const bytes = await crypto.subtle.encrypt(
    { name: 'AES-GCM', iv: nonce },
    await queueKey(),
    new TextEncoder().encode(JSON.stringify({ user, flag } satisfies Whose)),
  )
  const { id, severity, at } = flag
  await waitingPut(id, { id, severity, at, nonce, bytes } satisfies Sealed)
}

export const waitingCount = async (): Promise<number> => (await waitingKeys()).length

/** The gravest flags of one user, of those the oldest first; what cannot be opened any more is dropped. */
export async function nextFlags(limit: number): Promise<{ readonly user: string; readonly flags: WaitingFlag[] }> {
  const key = await queueKey()
  const flags: WaitingFlag[] = []
  let user = ''
  for (const { id, nonce, bytes } of await inOrder()) {
    if (flags.length >= limit) break
    try {
      const plain = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: nonce }, key, bytes)
      // Sealed by `enqueue` alone.
      const whose = JSON.parse(new TextDecoder().decode(plain)) as Whose
      if (flags.length === 0) user = whose.user
      if (whose.user === user) flags.push(whose.flag)
    } catch {
      await waitingDelete(id)
    }
  }
  return { user, flags }
}

export const dequeue = async (ids: readonly string[]): Promise<void> => {
  for (const id of ids) await waitingDelete(id)
}
