import { systemActor } from '../platform/actor.ts'
import { changed } from '../platform/change.ts'
import { systemClock } from '../platform/clock.ts'
import type { FilterProber } from './filter-test.ts'
import { type FilteringParts, tellOf } from './filtering-parts.ts'
import type { GatewayProcess } from './gateway-process.ts'
import { matrixRound } from './matrix-round.ts'

/** The filter is held against the technology table this often, and after each decision. */
const paceMs = 60 * 60_000
const keptMs = 30 * 86_400_000

export interface MatrixRounds {
  /** One round for every school, now. */
  round(): Promise<void>
  /** Those that are due. */
  turn(): Promise<void>
}

/** Holds the running filter against the technology table of every school, and writes down what it said. */
export function createMatrixRounds(options: {
  readonly parts: FilteringParts
  readonly proberFor: (schoolId: string) => FilterProber
  readonly gateway: () => GatewayProcess
  /** Publishes what is decided, and waits until the gateway works by it. */
  readonly settled: () => Promise<number | null>
}): MatrixRounds {
  const { parts, proberFor, gateway, settled } = options
  const askedAt = new Map<string, { at: number; version: number }>()

  const one = async (schoolId: string): Promise<void> => {
    const serial = await settled()
    const rules = await parts.read(schoolId, ({ filtering }) => filtering.rules())
    askedAt.set(schoolId, { at: performance.now(), version: rules.version })
    const { result, checks } = await matrixRound({
      schoolId,
      rules,
      lists: parts.lists.open().lists,
      // The gateway's own clock: it answers "now" by it.
      now: systemClock(),
      prober: proberFor(schoolId),
      ask: question => gateway().check(question),
    })
    const outcome = serial === null ? 'failed' : result
    const failed = checks.filter(check => check.result === 'failed').length
    await parts.change(systemActor(schoolId, 'worker'), async ({ filtering, people, messages }) => {
      const before = await filtering.matrixRound()
      await filtering.addMatrixRound({ serial: serial ?? 0, result: outcome, checks })
      await filtering.forgetMatrixRounds(new Date(parts.clock().getTime() - keptMs))
      if (outcome === 'failed' && before?.result !== 'failed')
        await tellOf(people, messages, 'filter-matrix.failed', '/internet/technology')
      return changed(undefined, {
        type: 'filter-matrix.asked',
        subject: 'filter:matrix',
        detail: { result: outcome, serial: serial ?? 0, checks: checks.length, failures: failed },
      })
    })
  }

  return {
    round: async () => {
      for (const { id } of await parts.schools()) await one(id)
    },
    turn: async () => {
      for (const { id } of await parts.schools()) {
        const last = askedAt.get(id)
        const version = (await parts.read(id, ({ filtering }) => filtering.state()))?.version ?? 0
        if (!last || last.version !== version || performance.now() - last.at > paceMs) await one(id)
      }
    },
  }
}
