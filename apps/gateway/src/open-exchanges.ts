/** Tunnels, WebSockets and downloads under way, so that each can be decided again when the rules or the time change. */
import type { Asked } from './judge.ts'
import type { Visitor } from './visitor.ts'

export interface OpenExchange {
  /** Who it was opened for, as the bundle had them then. */
  readonly visitor: Visitor
  /** Everything that had to be allowed for it: a tunnel's host, and the name that its TLS asked for. */
  readonly asked: readonly Asked[]
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
