/** Tunnels and downloads under way, so that each can be decided again when the rules or the time change. */
import type { Member } from './people-directory.ts'

export interface OpenExchange {
  /** Who it was opened for, as the bundle had them then. */
  readonly member: Member
  /** As it was decided: an address for `page`, `host:port` for `connect`. */
  readonly url: string
  readonly kind: 'page' | 'connect'
  readonly method: string
  readonly host: string
  readonly port: number
  readonly path: string
  /** Ends it at once, both sides. */
  cut(): void
}

export interface OpenExchanges {
  readonly size: number
  /** Gives back what to call when it is over. */
  add(exchange: OpenExchange): () => void
  all(): readonly OpenExchange[]
}

export function createOpenExchanges(): OpenExchanges {
  const open = new Set<OpenExchange>()
  return {
    get size() {
      return open.size
    },
    add(exchange) {
      open.add(exchange)
      return () => {
        open.delete(exchange)
      }
    },
    all: () => [...open],
  }
}
