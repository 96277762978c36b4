import type { Action } from '@gatehouse/engine'

/*
 * What a request through the proxy showed, told apart so that an outage is never taken for a block, nor a block for an
 * outage. The gateway marks its own answers with Proxy-Status (RFC 9209); a site's own mark is taken off by it.
 */

export type TestResult = 'passed' | 'failed' | 'inconclusive'

/**
 * `blocked`, `warned`: the filter's page. `let-through`: the filter would have let it pass, and nothing was fetched.
 * `reached`: the site itself answered. `dns-failure`, `timeout`, `refused`, `broken`: let through, and the site did not answer.
 * `signed-out`: the filter did not know the prober. `no-filter`: nothing answered at the filter's address.
 */
export type Outcome =
  | 'blocked'
  | 'warned'
  | 'let-through'
  | 'reached'
  | 'dns-failure'
  | 'timeout'
  | 'refused'
  | 'broken'
  | 'signed-out'
  | 'no-filter'

export interface ProbeAnswer {
  readonly status: number
  /** The field Proxy-Status, '' where there is none. */
  readonly proxyStatus: string
}

/** Reads an answer of the gateway. */
export function outcomeOf({ status, proxyStatus }: ProbeAnswer): Outcome {
  if (!proxyStatus.startsWith('Gatehouse;')) return 'no-filter'
  if (/received-status=\d+/.test(proxyStatus)) return 'reached'
  const error = /error=([a-z_]+)/.exec(proxyStatus)?.[1] ?? ''
  const detail = /details="([^"]*)"/.exec(proxyStatus)?.[1] ?? ''
  if (status === 407 || detail.startsWith('sign-in')) return 'signed-out'
  if (error === 'http_request_denied')
    return detail.startsWith('block:')
      ? 'blocked'
      : detail.startsWith('warn:')
        ? 'warned'
        : detail === 'port'
          ? 'let-through'
          : 'broken'
  if (error === 'dns_error' || error === 'dns_timeout') return 'dns-failure'
  if (error === 'connection_timeout' || error === 'connection_read_timeout') return 'timeout'
  if (error === 'connection_refused') return 'refused'
  // A refused private address, or the filter without rules: nothing was let through, and no rule blocked it either.
  return 'broken'
}

/** What Squid says of an answer that it makes itself, and where it leads those whom the helper stops. */
export interface SquidAnswer {
  readonly status: number
  readonly location: string
  /** The field X-Squid-Error, '' where there is none. */
  readonly squidError: string
  readonly via: string
}

/**
 * Reads an answer of Squid. A warning and a block look the same from outside: both lead to the page that says why.
 * @param pages address at which the school's pages that say why begin
 */
export function outcomeOfSquid({ status, location, squidError, via }: SquidAnswer, pages: string): Outcome {
  if (status === 407) return 'signed-out'
  if (status === 302 && location.startsWith(`${pages}/blocked?`)) return 'blocked'
  const [error = ''] = squidError.split(' ')
  if (error === 'ERR_DNS_FAIL') return 'dns-failure'
  if (error === 'ERR_CONNECT_FAIL') return 'refused'
  if (error === 'ERR_READ_TIMEOUT') return 'timeout'
  if (error !== '') return 'broken'
  return /\bsquid\b/i.test(via) ? 'reached' : 'no-filter'
}

export interface ProbeResult {
  readonly group: string
  readonly host: string
  readonly path: string
  readonly expected: Action
  readonly outcome: Outcome
  readonly result: TestResult
}

/** Whether nothing answered at all where the filter should be. */
export const isSilence = (outcome: Outcome): boolean => outcome === 'no-filter' || outcome === 'timeout'

/** Whether what was seen is what the rules say. A site that does not answer proves nothing about an opening. */
export function judge(expected: Action, outcome: Outcome): TestResult {
  if (outcome === 'no-filter' || outcome === 'signed-out') return 'failed'
  if (expected === 'block') return outcome === 'blocked' ? 'passed' : 'failed'
  if (expected === 'warn') return outcome === 'warned' ? 'passed' : 'failed'
  if (outcome === 'blocked' || outcome === 'warned') return 'failed'
  return outcome === 'reached' || outcome === 'let-through' ? 'passed' : 'inconclusive'
}

/** All together: one failure fails it; without the check page nothing passes. */
export function overall(results: readonly ProbeResult[], controls: readonly ProbeResult[]): TestResult {
  if (controls.length === 0 || results.length === 0) return 'inconclusive'
  if (results.some(({ result }) => result === 'failed') || controls.some(({ outcome }) => outcome !== 'reached'))
    return 'failed'
  return results.some(({ result }) => result === 'inconclusive') ? 'inconclusive' : 'passed'
}

export const outcomeWords: Record<Outcome, string> = {
  blocked: 'the block page',
  warned: 'the warning page',
  'let-through': 'let through by the filter',
  reached: 'the site answered',
  'dns-failure': 'let through, but the name could not be found',
  timeout: 'let through, but the site did not answer in time',
  refused: 'let through, but the site refused the connection',
  broken: 'something went wrong on the way',
  'signed-out': 'the filter did not know the prober',
  'no-filter': 'nothing answered where the filter should be',
}
