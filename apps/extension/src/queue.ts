import type { ConcernSpan, TextKind } from '@gatehouse/engine/concern/types'
import { keep, load, waitingDelete, waitingGet, waitingKeys, waitingPut } from './store.ts'

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
interface Sealed {
  readonly severity: number
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

/** Puts a flag in the queue; @returns false where it is full of graver ones. */
export async function enqueue(flag: WaitingFlag): Promise<boolean> {
  const keys = await waitingKeys()
  if (keys.length >= mostWaiting) {
    const all = await Promise.all(
      keys.map(async key => ({ key, severity: (await waitingGet<Sealed>(key))?.severity ?? 0 })),
    )
    const mildest = all.sort((one, other) => one.severity - other.severity)[0]
    if (!mildest || mildest.severity >= flag.severity) return false
    await waitingDelete(mildest.key)
  }
  const nonce = crypto.getRandomValues(new Uint8Array(12))
  const bytes = await crypto.subtle.encrypt(
    { name: 'AES-GCM', iv: nonce },
    await queueKey(),
    new TextEncoder().encode(JSON.stringify(flag)),
  )
  await waitingPut(flag.id, { severity: flag.severity, nonce, bytes } satisfies Sealed)
  return true
}

export const waitingCount = async (): Promise<number> => (await waitingKeys()).length

/** The oldest flags, the gravest first; what cannot be opened any more is dropped. */
export async function nextFlags(limit: number): Promise<WaitingFlag[]> {
  const key = await queueKey()
  const found: WaitingFlag[] = []
  for (const id of (await waitingKeys()).slice(0, mostWaiting)) {
    const sealed = await waitingGet<Sealed>(id)
    if (!sealed) continue
    try {
      const plain = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: sealed.nonce }, key, sealed.bytes)
      // Sealed by `enqueue` alone.
      found.push(JSON.parse(new TextDecoder().decode(plain)) as WaitingFlag)
    } catch {
      await waitingDelete(id)
    }
  }
  return found.sort((one, other) => other.severity - one.severity || (one.at < other.at ? -1 : 1)).slice(0, limit)
}

export const dequeue = async (ids: readonly string[]): Promise<void> => {
  for (const id of ids) await waitingDelete(id)
}
