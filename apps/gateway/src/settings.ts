/** What the gateway is told at its start: the command line, `PROXY_…` in the environment, and the key file. */
import { createHmac, createPublicKey, type KeyObject } from 'node:crypto'
import { isIP } from 'node:net'
import { parseArgs } from 'node:util'

export interface Settings {
  /** Bundle to start from. */
  readonly bundleFile: string
  /** The server's address, without a final slash. */
  readonly server: URL
  readonly host: string
  readonly port: number
  readonly keyFile: string
  /** Folder for the log that waits to be sent, and for the last good bundle. */
  readonly spool: string
  /** `host:port` in lower case, from `PROXY_ALLOW_PRIVATE`. */
  readonly allowPrivate: readonly string[]
  /** From `PROXY_HTTP_PORTS`; 80 and 443 unless it is set. */
  readonly httpPorts: ReadonlySet<number>
  /** From `PROXY_CONNECT_PORTS`; 443 unless it is set. */
  readonly connectPorts: ReadonlySet<number>
  /**
   * From `PROXY_FRONTS`: addresses and networks of load balancers whose `X-Forwarded-For` is believed. None unless it is
   * set: whoever else writes that field would choose whose network they are in.
   */
  readonly fronts: readonly string[]
  /** From `PROXY_ADDRESS`: `host:port` that the PAC file names, where it is not the one that this machine is reached at. */
  readonly proxyAddress: string | undefined
}

export interface Keys {
  readonly bundlePublicKey: KeyObject
  /** What both sides send as `Authorization: Bearer`; lower-case hex. */
  readonly bearer: string
  /** Signs the permission to go on past a warning. The server holds the same secret, and may sign too. */
  readonly continueKey: Buffer
}

export type Read<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly errors: readonly string[] }

export const usage =
  'node apps/gateway/src/main.ts --bundle FILE --server URL --port 3128 --host 127.0.0.1 --key-file FILE --spool DIR'

export function readSettings(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Read<Settings> {
  let given: Record<string, string | undefined>
  try {
    given = parseArgs({
      args: [...args],
      options: {
        bundle: { type: 'string' },
        server: { type: 'string' },
        port: { type: 'string' },
        host: { type: 'string' },
        'key-file': { type: 'string' },
        spool: { type: 'string' },
      },
    }).values
  } catch (error) {
    return { ok: false, errors: [error instanceof Error ? error.message : String(error)] }
  }
  const errors: string[] = []
  const needed = (name: string): string => {
    const value = given[name] ?? ''
    if (value === '') errors.push(`--${name} is needed`)
    return value
  }
  const bundleFile = needed('bundle')
  const keyFile = needed('key-file')
  const spool = needed('spool')
  const server = URL.parse(needed('server'))
  if (given.server && (!server || !/^https?:$/.test(server.protocol))) {
    errors.push('--server must be an address that starts with http:// or https://')
  }
  const portText = given.port ?? '3128'
  const port = /^\d{1,5}$/.test(portText) ? Number(portText) : Number.NaN
  // Port 0 lets the system choose, which the tests do.
  if (!(port >= 0 && port <= 65535)) errors.push(`--port must be a number from 1 to 65535, not "${portText}"`)
  const allow = readAllowPrivate(environment.PROXY_ALLOW_PRIVATE ?? '')
  const httpPorts = readPorts('PROXY_HTTP_PORTS', environment.PROXY_HTTP_PORTS ?? '80,443')
  const connectPorts = readPorts('PROXY_CONNECT_PORTS', environment.PROXY_CONNECT_PORTS ?? '443')
  const fronts = readFronts(environment.PROXY_FRONTS ?? '')
  const proxyAddress = environment.PROXY_ADDRESS || undefined
  if (proxyAddress !== undefined && !hostAndPortPattern.test(proxyAddress)) {
    errors.push(`PROXY_ADDRESS must be host:port and "${proxyAddress}" is not`)
  }
  for (const read of [allow, httpPorts, connectPorts, fronts]) if (!read.ok) errors.push(...read.errors)
  if (errors.length > 0 || !server || !allow.ok || !httpPorts.ok || !connectPorts.ok || !fronts.ok) {
    return { ok: false, errors }
  }
  return {
    ok: true,
    value: {
      bundleFile,
      server,
      host: given.host ?? '127.0.0.1',
      port,
      keyFile,
      spool,
      allowPrivate: allow.value,
      httpPorts: httpPorts.value,
      connectPorts: connectPorts.value,
      fronts: fronts.value,
      proxyAddress,
    },
  }
}

const hostAndPortPattern = /^(?:[a-zA-Z0-9._-]{1,253}|\[[0-9a-fA-F:.]{2,45}\]):\d{1,5}$/

/** Addresses and networks, as in `10.0.0.2,10.1.0.0/24,fd00::/64`. */
function readFronts(text: string): Read<string[]> {
  const items = text
    .split(',')
    .map(item => item.trim())
    .filter(item => item !== '')
  const wrong = items.find(item => {
    const [network = '', bits, ...more] = item.split('/')
    const most = isIP(network) === 6 ? 128 : 32
    return (
      isIP(network) === 0 ||
      more.length > 0 ||
      (bits !== undefined && !(/^\d{1,3}$/.test(bits) && Number(bits) <= most))
    )
  })
  return wrong === undefined
    ? { ok: true, value: items }
    : {
        ok: false,
        errors: [`PROXY_FRONTS must be addresses or networks with commas between them and "${wrong}" is neither`],
      }
}

/** `host:port,…`; an IPv6 address in square brackets. Given back in lower case. */
export function readAllowPrivate(text: string): Read<string[]> {
  const items = text
    .split(',')
    .map(item => item.trim().toLowerCase())
    .filter(item => item !== '')
  const wrong = items.filter(item => !hostAndPortPattern.test(item))
  return wrong.length === 0
    ? { ok: true, value: items }
    : { ok: false, errors: [`PROXY_ALLOW_PRIVATE must be host:port,… and "${wrong[0]}" is not`] }
}

function readPorts(name: string, text: string): Read<ReadonlySet<number>> {
  const items = text.split(',').map(item => item.trim())
  const wrong = items.find(item => !/^\d{1,5}$/.test(item) || Number(item) < 1 || Number(item) > 65535)
  return wrong === undefined
    ? { ok: true, value: new Set(items.map(Number)) }
    : { ok: false, errors: [`${name} must be ports with commas between them and "${wrong}" is not one`] }
}

/** Reads the key file: JSON `{ "bundlePublicKey": PEM, "token": secret of at least 16 characters }`. */
export function readKeys(text: string): Read<Keys> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { ok: false, errors: ['the key file is not JSON'] }
  }
  const fields = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>
  const errors: string[] = []
  const publicKey = readPublicKey(fields.bundlePublicKey)
  if (!publicKey) errors.push('bundlePublicKey in the key file must be an Ed25519 public key in PEM')
  const token = fields.token
  if (typeof token !== 'string' || token.length < 16) {
    errors.push('token in the key file must be a secret of at least 16 characters')
    return { ok: false, errors }
  }
  if (!publicKey) return { ok: false, errors }
  return {
    ok: true,
    value: {
      bundlePublicKey: publicKey,
      bearer: createHmac('sha256', token).update('gateway').digest('hex'),
      continueKey: createHmac('sha256', token).update('gateway-continue').digest(),
    },
  }
}

function readPublicKey(pem: unknown): KeyObject | undefined {
  if (typeof pem !== 'string') return undefined
  try {
    const key = createPublicKey(pem)
    return key.asymmetricKeyType === 'ed25519' ? key : undefined
  } catch {
    return undefined
  }
}
