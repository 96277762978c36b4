import type { Settings } from './settings.ts'
import type { WaitingFlag } from './queue.ts'
import type { SelfCheck } from './self-check.ts'

/** What the server tells a device about its user. */
export interface Orders {
  readonly monitored: boolean
  /** Characters before and after what was found that go with a flag. */
  readonly context: number
}

export interface ServerLink {
  /** null where the server does not answer, or not with orders. */
  beat(said: { user: string; version: string; waiting: number }): Promise<Orders | null>
  /** Whether the server has it now. */
  check(found: SelfCheck): Promise<boolean>
  /** Ids that the server has now, or never will take; null where it does not answer. */
  flags(user: string, flags: readonly WaitingFlag[]): Promise<readonly string[] | null>
  /** The signed rules for this user, `same` as those with this tag, or null where the server does not answer. */
  rules(user: string, etag: string | undefined): Promise<{ text: string; etag: string } | 'same' | null>
  lists(sha256: string): Promise<ArrayBuffer | null>
}

const timeoutMs = 10_000

export function createServerLink({ server, deviceKey }: Settings): ServerLink {
  const ask = async (path: string, init: RequestInit = {}): Promise<Response | null> => {
    try {
      return await fetch(`${server}${path}`, {
        ...init,
        headers: { ...init.headers, authorization: `Bearer ${deviceKey}` },
        redirect: 'error',
        credentials: 'omit',
        cache: 'no-store',
        signal: AbortSignal.timeout(timeoutMs),
      })
    } catch {
      return null
    }
  }
  const send = (path: string, body: unknown): Promise<Response | null> =>
    ask(path, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } })
  const sendFlags: ServerLink['flags'] = async (user, flags) => {
    const answer = await send('/devices/flags', { user, flags })
    // What the server calls wrong in itself will never be right, but it takes nothing down that came with it.
    if (answer?.status === 422 || answer?.status === 400) {
      if (flags.length === 1) return flags.map(({ id }) => id)
      const done: string[] = []
      for (const flag of flags) done.push(...((await sendFlags(user, [flag])) ?? []))
      return done
    }
    if (answer?.status !== 200) return null
    const { taken } = (await answer.json()) as { taken?: readonly { id: string }[] }
    return Array.isArray(taken) ? taken.map(({ id }) => id) : null
  }
  return {
    beat: async said => {
      const answer = await send('/devices/beat', said)
      if (answer?.status !== 200) return null
      const orders = (await answer.json()) as Partial<Orders>
      return {
        monitored: orders.monitored === true,
        context: Math.min(1000, Math.max(0, Number(orders.context) || 0)),
      }
    },
    check: async found => (await send('/devices/check', found))?.status === 200,
    flags: sendFlags,
    rules: async (user, etag) => {
      const answer = await send('/devices/rules', { user, etag: etag ?? '' })
      if (answer?.status !== 200) return null
      const said = (await answer.json()) as { same?: boolean; text?: string; etag?: string }
      if (said.same === true) return 'same'
      return typeof said.text === 'string' && typeof said.etag === 'string'
        ? { text: said.text, etag: said.etag }
        : null
    },
    lists: async sha256 => {
      const answer = await send('/devices/lists', { sha256 })
      return answer?.status === 200 ? answer.arrayBuffer() : null
    },
  }
}
