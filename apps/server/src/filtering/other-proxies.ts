import type { OtherProxy } from '../config.ts'
import { systemClock } from '../platform/clock.ts'
import type { ProbeResult } from './filter-proof.ts'
import { createProber, createSquidProber, type FilterProber, heartbeat } from './filter-test.ts'
import { proxyPoint } from './filter-watch-store.ts'
import type { FilteringParts } from './filtering-parts.ts'
import { createPulses } from './filtering-watch.ts'
import type { TestSite } from './test-site.ts'

/** How long after rules were published every proxy must work by them: it asks every two seconds, and Squid remembers five. */
const reachMs = 15_000
const pulseMs = 60_000
const roundMs = 60 * 60_000

interface Round {
  readonly results: ProbeResult[]
  readonly controls: ProbeResult[]
}

/**
 * The heartbeat of the proxies that `FILTER_PROXIES` names, beside the one that comes with Gatehouse: a pulse each minute, a
 * whole round each hour, after each change of the rules, and when a proxy falls silent or comes back.
 */
export function createOtherProxies(options: {
  readonly parts: FilteringParts
  readonly testSite: TestSite
  /** What was published last, and when by `performance.now()`; '' before the first time. */
  readonly published: () => { readonly digest: string; readonly at: number }
  readonly take: (schoolId: string, point: string, serial: number | null, round: Round) => Promise<void>
}) {
  const { parts, testSite, published, take } = options
  const { filterProxies: proxies, baseUrl } = parts.config
  const callsForRound = createPulses(parts)
  let pulseAt = performance.now()
  let roundAt = Number.NEGATIVE_INFINITY
  let roundFor = ''

  const proberOf = (proxy: OtherProxy, schoolId: string): FilterProber => {
    const place = { schoolId, proxyHost: proxy.host, proxyPort: proxy.port, probers: parts.probers }
    return proxy.kind === 'gateway'
      ? createProber({ ...place, testSite })
      : createSquidProber({ ...place, pages: new URL(baseUrl).origin })
  }
  const round = async (schoolId: string, proxy: OtherProxy): Promise<void> => {
    const rules = await parts.read(schoolId, ({ filtering }) => filtering.rules())
    const found = parts.bundle.current()
    const serial = found.ok ? found.bundle.payload.serial : null
    const seen = await heartbeat(proberOf(proxy, schoolId), rules, parts.lists.open().lists, systemClock())
    await take(schoolId, proxyPoint(proxy.name), serial, seen)
  }
  const eachOnce = async (work: (schoolId: string, proxy: OtherProxy) => Promise<void>): Promise<void> => {
    for (const { id } of await parts.schools()) for (const proxy of proxies) await work(id, proxy)
  }
  const pulse = (): Promise<void> =>
    eachOnce(async (schoolId, proxy) => {
      if (await callsForRound(schoolId, proxyPoint(proxy.name), proberOf(proxy, schoolId))) await round(schoolId, proxy)
    })

  return {
    pulse,
    rounds: (): Promise<void> => eachOnce(round),
    /** Whatever is due. Slow where a proxy does not answer: run beside the filter's other work. */
    turn: async (): Promise<void> => {
      if (proxies.length === 0) return
      const { digest, at } = published()
      if (digest === '' || performance.now() - at < reachMs) return
      if (digest !== roundFor || performance.now() - roundAt > roundMs) {
        roundAt = performance.now()
        roundFor = digest
        pulseAt = performance.now()
        await eachOnce(round)
      } else if (performance.now() - pulseAt > pulseMs) {
        pulseAt = performance.now()
        await pulse()
      }
    },
  }
}
