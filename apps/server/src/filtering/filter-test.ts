import { type ClientRequest, request } from 'node:http'
import type { CategoryLists, RuleSet } from '@gatehouse/engine'
import { settableCategories } from './change-content.ts'
import { canaryOf, controlGroups, expectedCanary, type Expectation } from './filter-expectations.ts'
import { isSilence, judge, type Outcome, outcomeOf, outcomeOfSquid, type ProbeResult } from './filter-proof.ts'
import { checkHost } from './filter-rules.ts'
import type { Probers } from './probers.ts'
import type { TestSite } from './test-site.ts'

/*
 * Asks the real gateway, over the network, as a pupil and as a member of staff would. To learn whether a site is let through
 * it asks for a port that the gateway never opens: the rules decide first, so the answer is the filter's own and the site is
 * never contacted. Only a site that a change opens is really asked for, since the school is about to use it.
 */

export interface FilterProber {
  /** One request as this group. `fetches` false never leaves the gateway. */
  probe(group: string, host: string, path: string, fetches: boolean): Promise<Outcome>
  /** The check page with a new challenge: only an answer that came through the gateway from our own site is `reached`. */
  control(group: string): Promise<ProbeResult>
  /** False where a warning cannot be told from a block. */
  readonly tellsWarnings: boolean
}

const timeoutMs = 12_000
/** No gateway opens port 1 (tcpmux, RFC 1078, historic) unless somebody sets PROXY_HTTP_PORTS to it. */
const closedPort = 1

/** A proxy, and by which accounts it is asked. */
interface AskedProxy {
  readonly schoolId: string
  readonly proxyHost: string
  readonly proxyPort: number
  readonly probers: Probers
  /** Asks from this address of the machine and without a password, as a device of that network would. */
  readonly from?: string
}
interface Seen {
  readonly outcome: Outcome
  readonly body: string
}

/** One request as this group. `hear` says what an answer means; here it is seen that none came. */
function askProxy(
  { schoolId, proxyHost, proxyPort, probers, from }: AskedProxy,
  group: string,
  { headers, ...what }: { method: 'GET' | 'CONNECT'; path: string; headers: Readonly<Record<string, string>> },
  hear: (asked: ClientRequest, done: (seen: Seen) => void) => void,
): Promise<Seen> {
  const { username, password } = probers.of(schoolId, group)
  const credentials = Buffer.from(`${username}:${password}`).toString('base64')
  return new Promise(done => {
    const asked = request({
      ...what,
      host: proxyHost,
      port: proxyPort,
      agent: false,
      timeout: timeoutMs,
      ...(from === undefined ? {} : { localAddress: from }),
      headers: {
        ...headers,
        ...(from === undefined ? { 'proxy-authorization': `Basic ${credentials}` } : {}),
        'user-agent': 'Gatehouse filter test',
      },
    })
    asked.once('timeout', () => {
      done({ outcome: 'timeout', body: '' })
      asked.destroy()
    })
    asked.once('error', () => done({ outcome: 'no-filter', body: '' }))
    hear(asked, done)
    asked.end()
  })
}

export function createProber(options: AskedProxy & { readonly testSite: TestSite }): FilterProber {
  const { testSite } = options
  const ask = (group: string, url: string): Promise<Seen> => {
    const headers = { host: new URL(url).host, 'cache-control': 'no-store' }
    return askProxy(options, group, { method: 'GET', path: url, headers }, (asked, done) => {
      asked.once('response', response => {
        const field = response.headers['proxy-status']
        const outcome = outcomeOf({
          status: response.statusCode ?? 0,
          proxyStatus: Array.isArray(field) ? (field[0] ?? '') : (field ?? ''),
        })
        let body = ''
        // Of a real site nothing is read: its answer's first line is all that a test needs.
        if (outcome === 'reached' && new URL(url).hostname !== checkHost) {
          response.destroy()
          done({ outcome, body })
          return
        }
        response.setEncoding('utf8')
        response.on('data', (part: string) => {
          if (body.length < 10_000) body += part
        })
        response.once('close', () => done({ outcome, body }))
      })
    })
  }
  return {
    tellsWarnings: true,
    probe: async (group, host, path, fetches) => {
      const name = host.includes(':') ? `[${host}]` : host
      const { outcome } = await ask(group, `http://${name}${fetches ? '' : `:${closedPort}`}${path}`)
      return outcome
    },
    control: async group => {
      const { path, answer } = testSite.challenge()
      const { outcome, body } = await ask(group, `http://${checkHost}${path}`)
      const seen = outcome === 'reached' && body !== answer ? 'broken' : outcome
      return { group, host: checkHost, path: '/check', expected: 'allow', outcome: seen, result: judge('allow', seen) }
    },
  }
}

/**
 * Asks a Squid that works by our helper. It refuses closed ports before it asks about rules, so its canaries are asked for as
 * they are: a name that no resolver knows is its sign that nothing stopped them. Only names under gatehouse.invalid are asked.
 */
export function createSquidProber(
  options: AskedProxy & {
    /** Where the pages that say why begin, which Squid lets everybody reach. */
    readonly pages: string
  },
): FilterProber {
  const { pages } = options
  const ask = async (group: string, method: 'GET' | 'CONNECT', path: string, host: string): Promise<Outcome> => {
    const seen = await askProxy(options, group, { method, path, headers: { host } }, (asked, done) => {
      const end = (outcome: Outcome): void => {
        done({ outcome, body: '' })
        asked.destroy()
      }
      asked.once('connect', ({ statusCode }) => end(statusCode === 200 ? 'reached' : 'broken'))
      asked.once('response', ({ statusCode = 0, headers }) =>
        end(
          outcomeOfSquid(
            {
              status: statusCode,
              location: headers.location ?? '',
              squidError: String(headers['x-squid-error'] ?? ''),
              via: String(headers.via ?? ''),
            },
            pages,
          ),
        ),
      )
    })
    return seen.outcome
  }
  return {
    tellsWarnings: false,
    probe: async (group, host, path) => {
      const outcome = await ask(group, 'GET', `http://${host}${path}`, host)
      return outcome === 'dns-failure' && host.endsWith('.gatehouse.invalid') ? 'let-through' : outcome
    },
    // A tunnel to our own pages, which Squid opens for everybody: it passes on what it lets through.
    control: async group => {
      const { hostname, port, protocol } = new URL(pages)
      const place = `${hostname}:${port || (protocol === 'https:' ? '443' : '80')}`
      const outcome = await ask(group, 'CONNECT', place, place)
      return { group, host: hostname, path: '/', expected: 'allow', outcome, result: judge('allow', outcome) }
    },
  }
}

/** Proves one change. The block page itself is fetched once the filter has said that it blocks, which leads nowhere else. */
export async function proveChange(
  prober: FilterProber,
  wanted: readonly Expectation[],
): Promise<{ results: ProbeResult[]; controls: ProbeResult[] }> {
  const controls: ProbeResult[] = []
  for (const group of controlGroups) controls.push(await prober.control(group))
  const results: ProbeResult[] = []
  for (const { group, host, path, expected, opens } of wanted) {
    let outcome = await prober.probe(group, host, path, false)
    if (outcome === 'blocked' || outcome === 'warned' || (outcome === 'let-through' && opens && expected === 'allow'))
      outcome = await prober.probe(group, host, path, true)
    results.push({ group, host, path, expected, outcome, result: judge(expected, outcome) })
  }
  return { results, controls }
}

/** Every category's canary for every group (or the ones named), through the real gateway. Nothing leaves the machine. */
export async function heartbeat(
  prober: FilterProber,
  rules: RuleSet,
  lists: CategoryLists,
  now: Date,
  only?: readonly string[],
): Promise<{ results: ProbeResult[]; controls: ProbeResult[] }> {
  const probed = settableCategories.filter(
    category =>
      category === 'unlisted' || lists.lookup(canaryOf(category)).some(listing => listing.category === category),
  )
  const controls: ProbeResult[] = []
  const results: ProbeResult[] = []
  for (const group of rules.groups) {
    if (only && !only.includes(group.id)) continue
    const control = await prober.control(group.id)
    controls.push(control)
    // A filter that does not answer at all is not asked forty times more: each would wait as long.
    const dead = isSilence(control.outcome) ? control.outcome : null
    for (const category of probed) {
      const host = canaryOf(category)
      const expected = expectedCanary(rules, lists, group, category, now)
      const seen = dead ?? (await prober.probe(group.id, host, '/', false))
      const outcome = expected === 'warn' && seen === 'blocked' && !prober.tellsWarnings ? 'warned' : seen
      const result = dead ? 'failed' : judge(expected, outcome)
      results.push({ group: group.id, host, path: '/', expected, outcome, result })
    }
  }
  return { results, controls }
}
