/**
 * Proxy-Status (RFC 9209): how a probe, or a technician, tells our refusal from an outage. Every answer that the
 * gateway makes itself carries one with `error`; what comes from a site carries `received-status`, and a site's own
 * Proxy-Status is taken off, so that no site can pass itself off as the filter.
 */

/** Error types of RFC 9209 §2.3 that we use. */
export type ProxyError =
  | 'dns_error'
  | 'dns_timeout'
  | 'destination_ip_prohibited'
  | 'connection_refused'
  | 'connection_terminated'
  | 'connection_timeout'
  | 'connection_read_timeout'
  | 'connection_limit_reached'
  | 'http_request_error'
  | 'http_request_denied'
  | 'http_response_incomplete'
  | 'http_protocol_error'
  | 'proxy_configuration_error'
  | 'proxy_internal_response'
  | 'proxy_internal_error'

/** `details` is one of our own words, such as `block:gambling`; never an address or a name. */
export function proxyStatus(error: ProxyError, details?: string): string {
  const safe = details?.replace(/[^ !#-[\]-~]/g, '').slice(0, 100)
  return safe ? `Gatehouse; error=${error}; details="${safe}"` : `Gatehouse; error=${error}`
}

export const forwardedStatus = (status: number): string => `Gatehouse; received-status=${status}`

/** Status code that RFC 9209 recommends for each type, with 403 for what we deny. */
export const statusOf: Readonly<Record<ProxyError, number>> = {
  dns_error: 502,
  dns_timeout: 504,
  destination_ip_prohibited: 403,
  connection_refused: 502,
  connection_terminated: 502,
  connection_timeout: 504,
  connection_read_timeout: 504,
  connection_limit_reached: 503,
  http_request_error: 400,
  http_request_denied: 403,
  http_response_incomplete: 502,
  http_protocol_error: 502,
  proxy_configuration_error: 503,
  proxy_internal_response: 200,
  proxy_internal_error: 500,
}

/** What went wrong on the way to a site, from the error of its socket. */
export function connectionError(error: unknown): ProxyError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'ECONNREFUSED') return 'connection_refused'
  if (code === 'ETIMEDOUT') return 'connection_timeout'
  if (code.startsWith('HPE_')) return 'http_protocol_error'
  return 'connection_terminated'
}
