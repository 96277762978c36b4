/**
 * Deciding again about what is open: tunnels, WebSockets and downloads that would not be opened now are cut, because of a
 * new rule, a rule or a pass that ended, a time of day, a suspension, a changed password or a bundle too old.
 */
import type { Decision } from './judge.ts'
import type { OpenExchange } from './open-exchanges.ts'
import type { ProxyContext } from './proxy-context.ts'
import type { Visitor } from './visitor.ts'

/** Somebody who left the register, whose password changed, or whose device is another's now: no verdict of their own. */
const signedOut = {
  verdict: 'block',
  category: 'none',
  rule: 'gateway:signed-out',
  reason: '',
  continued: false,
} as const

/** Decides about everything that is open, now. Gives the number cut. */
export function recheckOpen(context: ProxyContext): number {
  let count = 0
  // One page in ten tabs asks the same ten times.
  const renewed = new Map<Visitor, Visitor | undefined>()
  for (const exchange of context.exchanges.all()) {
    const { visitor } = exchange
    if (!renewed.has(visitor)) renewed.set(visitor, context.identification.renewed(visitor))
    const now = renewed.get(visitor)
    const why = now ? reasonToCut(context, now, exchange) : { ...signedOut, host: exchange.host }
    if (!why) continue
    const { method, host, port, path } = exchange
    context.record(now ?? visitor, { kind: 'cut', method, host, port, path }, why)
    exchange.cut()
    count += 1
  }
  return count
}

function reasonToCut(context: ProxyContext, visitor: Visitor, { asked }: OpenExchange): Decision | undefined {
  for (const each of asked) {
    const decision = context.judge.decide(visitor, each)
    if (decision.verdict === 'block' || (decision.verdict === 'warn' && !decision.continued)) return decision
  }
  return undefined
}

export interface Rechecks {
  /** The rules have changed: decides at once. */
  now(): void
  stop(): void
}

/**
 * Decides again every `everyMs`, and besides at the very instant at which the rules say that the clock changes something,
 * so that a lesson's sites shut with the lesson.
 * @param nextBoundary that instant, in milliseconds since 1970, after the one given
 */
export function startRechecks(options: {
  readonly recheck: () => void
  readonly nextBoundary: (after: number) => number
  readonly everyMs: number
  readonly now: () => number
}): Rechecks {
  const { recheck, nextBoundary, everyMs, now } = options
  let timer: NodeJS.Timeout | undefined
  let boundary = Number.NEGATIVE_INFINITY
  const look = (): void => {
    recheck()
    clearTimeout(timer)
    const at = now()
    if (at >= boundary) boundary = nextBoundary(at)
    // The next round comes sooner than anything later than it.
    if (boundary - at < everyMs) timer = setTimeout(look, Math.max(1, boundary - at))
  }
  const rounds = setInterval(look, everyMs)
  return {
    now() {
      boundary = Number.NEGATIVE_INFINITY
      look()
    },
    stop() {
      clearInterval(rounds)
      clearTimeout(timer)
    },
  }
}
