import { systemActor } from '../platform/actor.ts'
import { changed } from '../platform/change.ts'
import { overall, type ProbeResult } from './filter-proof.ts'
import type { FilterChange } from './filter-store.ts'
import { isRule } from './change-content.ts'
import { expectations } from './filter-expectations.ts'
import { type FilterProber, heartbeat, proveChange } from './filter-test.ts'
import { probeAddressIn } from './probe-address.ts'
import { systemClock } from '../platform/clock.ts'
import { type FilteringParts, tellOf } from './filtering-parts.ts'
import { embeddedPoint, placePoint } from './filter-watch-store.ts'

/** A proof that failed, or that a site's silence left open, is tried again after this. */
const retryProofMs = 60_000
/** A gateway asks for its bundle every two seconds. */
const reachMs = 20_000
/** A gateway goes by the machine's clock, whatever clock this process is given. */
const gatewayTime = systemClock
const heartbeatsKeptMs = 14 * 86_400_000

/**
 * Proves changes, and asks the filter every hour, and writes down what was seen. `serialInGateway` is null while the gateway
 * does not work by what was published; `settled` publishes first and waits for it.
 */
export function createProofs(options: {
  parts: FilteringParts
  /** @param from an address of this machine to ask from, as a device of that network and without a password. */
  proberFor: (schoolId: string, from?: string) => FilterProber
  serialInGateway: () => Promise<number | null>
  settled: () => Promise<number | null>
}) {
  const { parts, proberFor, serialInGateway, settled } = options
  const { clock, lists } = parts
  const triedAt = new Map<string, number>()

  const prove = async (): Promise<void> => {
    for (const { id } of await parts.schools()) {
      const { unproved, publishedAt } = await parts.read(id, async ({ filtering }) => {
        const unproved = await filtering.unproved()
        // Asked each second, and mostly there is nothing to prove.
        const state = unproved.length === 0 ? undefined : await filtering.state()
        return { unproved, publishedAt: state?.published_at ?? null }
      })
      for (const one of unproved) {
        const last = triedAt.get(one.id)
        if (last !== undefined && performance.now() - last < retryProofMs) continue
        // What was decided gets a moment to reach the gateway, from when it was published, before that counts against it.
        const serial = await serialInGateway()
        const since = Math.max(one.inForceAt?.getTime() ?? 0, publishedAt?.getTime() ?? 0)
        if (serial === null && clock().getTime() - since < reachMs) continue
        triedAt.set(one.id, performance.now())
        await proveOne(id, one, serial)
      }
    }
  }

  const proveOne = async (schoolId: string, one: FilterChange, serial: number | null): Promise<void> => {
    const { content } = one
    if (!content) return
    const [rules, moved] = await parts.read(
      schoolId,
      async ({ filtering }) =>
        [
          await filtering.rules(),
          content.kind === 'rollback'
            ? await filtering.pile([content.of])
            : content.kind === 'restore'
              ? await filtering.pile([...content.end, ...content.reinstate])
              : [],
        ] as const,
    )
    const about = isRule(content) ? [content] : moved.map(each => each.content)
    const wanted = expectations(about, isRule(content), rules, lists.open().lists, gatewayTime())
    const { results, controls } = await proveChange(proberFor(schoolId), wanted)
    const result = serial === null ? 'failed' : overall(results, controls)
    if (one.testResult === result && one.testedAt !== null) return
    const failures = [...results, ...controls].filter(each => each.result === 'failed').length
    await parts.change(systemActor(schoolId, 'worker'), async ({ filtering, people, messages }) => {
      await filtering.addTest({
        changeId: one.id,
        point: embeddedPoint,
        serial: serial ?? 0,
        result,
        checks: results.length + controls.length,
        failures,
        results,
        controls,
        byGroup: {},
        seen: {},
      })
      if (result === 'failed') await tellOf(people, messages, 'filter-test.failed', `/internet/changes/${one.id}`)
      const detail = { result, serial: serial ?? 0, checks: results.length + controls.length, failures }
      const onCase = one.caseId
        ? [{ type: 'case.filter-change-tested', subject: `case:${one.caseId}`, detail: { change: one.id, result } }]
        : []
      return changed(undefined, { type: 'filter-change.tested', subject: `filter-change:${one.id}`, detail }, ...onCase)
    })
  }

  /**
   * One round for a school: as every group through the embedded gateway, then as each network of its own group where this
   * machine has an address to ask from.
   */
  const beatOf = async (id: string): Promise<void> => {
    const serial = await settled()
    const rules = await parts.read(id, ({ filtering }) => filtering.rules())
    const known = lists.open().lists
    await take(id, embeddedPoint, serial, await heartbeat(proberFor(id), rules, known, gatewayTime()))
    const published = parts.bundle.read()
    const places = published.ok ? published.bundle.payload.schools.find(school => school.id === id)?.places : []
    for (const place of places ?? []) {
      const from = place.group === null ? null : probeAddressIn(place.subnets)
      if (place.group === null || from === null) continue
      await take(
        id,
        placePoint(place.id),
        serial,
        await heartbeat(proberFor(id, from), rules, known, gatewayTime(), [place.group]),
      )
    }
  }

  const take = async (
    id: string,
    point: string,
    serial: number | null,
    { results, controls }: Awaited<ReturnType<typeof heartbeat>>,
  ): Promise<void> => {
    const result = serial === null ? 'failed' : overall(results, controls)
    const failed = [...results, ...controls].filter(each => each.result === 'failed')
    await parts.change(systemActor(id, 'worker'), async ({ filtering, people, messages }) => {
      await filtering.addTest({
        changeId: null,
        point,
        serial: serial ?? 0,
        result,
        checks: results.length + controls.length,
        failures: failed.length,
        results: failed.filter(each => results.includes(each)).slice(0, 200),
        controls,
        byGroup: sums([...results, ...controls]),
        seen: seenBy(results),
      })
      await filtering.forgetHeartbeats(new Date(clock().getTime() - heartbeatsKeptMs))
      if (result === 'failed') await tellOf(people, messages, 'filter-heartbeat.failed', '/internet/heartbeat')
      return changed(undefined, {
        type: 'filter-heartbeat.taken',
        subject: 'filter:heartbeat',
        detail: {
          result,
          point,
          serial: serial ?? 0,
          checks: results.length + controls.length,
          failures: failed.length,
        },
      })
    })
  }

  /** @param only one school, or all of them. */
  const beat = async (only?: string): Promise<void> => {
    for (const { id } of await parts.schools()) if (only === undefined || id === only) await beatOf(id)
  }

  return { prove, beat, take }
}

const sums = (results: readonly ProbeResult[]): Record<string, [number, number]> => {
  const found: Record<string, [number, number]> = {}
  for (const { group, result } of results) {
    const sum = found[group] ?? [0, 0]
    found[group] = [sum[0] + 1, sum[1] + (result === 'failed' ? 1 : 0)]
  }
  return found
}
/** Category → group → what was really seen. */
const seenBy = (results: readonly ProbeResult[]): Record<string, Record<string, string>> => {
  const found: Record<string, Record<string, string>> = {}
  for (const { host, group, outcome } of results) {
    const category = host.split('.')[0] ?? ''
    found[category] = { ...found[category], [group]: outcome }
  }
  return found
}
