import { join, resolve } from 'node:path'

/** What the operator sets, parsed once at start. Every setting is an environment variable; `docs/operator.md` lists them. */
export interface Config {
  /** Folder for everything Gatehouse writes. */
  readonly dataFolder: string
  /** Ledger, bundle and field-encryption keys; never in the database or a backup. */
  readonly keysFolder: string
  readonly port: number
  readonly host: string
  readonly proxyPort: number
  readonly databaseUrl: string | undefined
  readonly smtpUrl: string | undefined
  /** The address that messages come from. */
  readonly mailFrom: string
  /** clamd's socket: a path, or host:port. */
  readonly clamd: string | undefined
  /** `address:port` of the DNS server that names of lesson sites are asked of; without it none is asked. */
  readonly resolver: string | undefined
  readonly baseUrl: string
  /** Where in the school's traffic the filter stands, besides the proxy that comes with it: ids of `filtering/coverage.ts`. */
  readonly filterPoints: readonly string[]
  /** Other proxies that work by the school's rules, asked whether they do like the one that comes with it. */
  readonly filterProxies: readonly OtherProxy[]
  /** Where the filter's check page listens for gateways on other machines; null for this machine alone. */
  readonly checkPage: { readonly address: string; readonly port: number } | null
  /** `host:port` pairs on private addresses that the proxy may reach, for test sites. */
  readonly proxyAllowPrivate: readonly string[]
  /** `host:port` pairs that pages may be sent to although they are private or without TLS. */
  readonly pagingAllow: readonly string[]
}

/** A `gateway` is ours on another machine (`gatehouse gateway`); a `squid` asks our helper and signs people in. */
export interface OtherProxy {
  readonly name: string
  readonly kind: 'gateway' | 'squid'
  readonly host: string
  readonly port: number
}

/** @throws {Error} naming the variable, what was expected and what was found. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const set = (name: string): string | undefined => environment[name]?.trim() || undefined
  const port = (name: string, fallback: number): number => {
    const found = set(name)
    if (found === undefined) return fallback
    const number = Number(found)
    if (!Number.isInteger(number) || number < 0 || number > 65535)
      throw new Error(`${name} must be a port from 0 to 65535, not “${found}”`)
    return number
  }
  const url = (name: string, protocols: readonly string[]): string | undefined => {
    const found = set(name)
    if (found === undefined) return undefined
    const parsed = URL.parse(found)
    if (!parsed || !protocols.includes(parsed.protocol))
      throw new Error(`${name} must be an address that starts with ${protocols.map(p => `${p}//`).join(' or ')}`)
    return found
  }
  const parts = (name: string): string[] =>
    (set(name) ?? '')
      .split(',')
      .map(part => part.trim())
      .filter(Boolean)
  const dataFolder = resolve(set('GATEHOUSE_DATA') ?? './data')
  const webPort = port('PORT', 8080)
  const host = set('HOST') ?? '127.0.0.1'
  const baseUrl = (url('BASE_URL', ['http:', 'https:']) ?? `http://127.0.0.1:${webPort}`).replace(/\/$/, '')
  return {
    dataFolder,
    keysFolder: resolve(set('GATEHOUSE_KEYS') ?? join(dataFolder, 'keys')),
    port: webPort,
    host,
    proxyPort: port('PROXY_PORT', 3128),
    databaseUrl: url('DATABASE_URL', ['postgres:', 'postgresql:']),
    smtpUrl: url('SMTP_URL', ['smtp:', 'smtps:']),
    mailFrom:
      set('MAIL_FROM') ??
      `gatehouse@${/[a-z]/i.test(new URL(baseUrl).hostname) ? new URL(baseUrl).hostname : 'localhost'}`,
    clamd: set('CLAMD'),
    resolver: resolverOf(set('RESOLVER')),
    baseUrl,
    filterPoints: parts('FILTER_POINTS'),
    filterProxies: filterProxiesOf(parts('FILTER_PROXIES')),
    checkPage: checkPageOf(set('CHECK_PAGE')),
    proxyAllowPrivate: parts('PROXY_ALLOW_PRIVATE'),
    pagingAllow: parts('PAGING_ALLOW').map(pair => pair.toLowerCase()),
  }
}

/** @throws {Error} unless every part reads `name=kind@host:port`, and no name comes twice. */
function filterProxiesOf(found: readonly string[]): OtherProxy[] {
  const proxies = found.map((part): OtherProxy => {
    const match = /^([a-z0-9-]{1,30})=(gateway|squid)@(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):(\d{1,5})$/.exec(part)
    const [, name = '', kind, host = '', port] = match ?? []
    if (!match || Number(port) < 1 || Number(port) > 65535)
      throw new Error(
        `FILTER_PROXIES must be like library=gateway@10.0.4.2:3128,gym=squid@10.0.4.3:3128, in which “${part}” does not fit`,
      )
    return {
      name,
      kind: kind === 'squid' ? 'squid' : 'gateway',
      host: host.replace(/^\[|\]$/g, ''),
      port: Number(port),
    }
  })
  const twice = proxies.find(({ name }, at) => proxies.findIndex(other => other.name === name) !== at)
  if (twice) throw new Error(`FILTER_PROXIES names “${twice.name}” twice`)
  return proxies
}

/** @throws {Error} unless it is an IP address of this machine and a port. */
function checkPageOf(found: string | undefined): Config['checkPage'] {
  if (found === undefined) return null
  const match = /^(\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-fA-F:]+\]):(\d{1,5})$/.exec(found)
  const port = Number(match?.[2])
  if (!match?.[1] || port < 1 || port > 65535)
    throw new Error(
      `CHECK_PAGE must be an IP address of this machine and a port, such as 10.0.4.1:8099, not “${found}”`,
    )
  return { address: match[1].replace(/^\[|\]$/g, ''), port }
}

/** @throws {Error} unless it is an IP address, with a port or without. */
function resolverOf(found: string | undefined): string | undefined {
  if (found === undefined || /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-fA-F:]+\])(?::\d{1,5})?$/.test(found)) return found
  throw new Error(
    `RESOLVER must be the address of a DNS server, such as 192.0.2.53 or [2001:db8::53]:53, not “${found}”`,
  )
}
