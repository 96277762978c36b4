/** The product's own sockets, which nobody reaches through the proxy: the server's, and the gateway's on every address. */
import { isIP } from 'node:net'
import { hostAndPort, machineAddresses, type Resolve } from './address-guard.ts'
import type { Settings } from './settings.ts'

export interface OwnSockets {
  /** `address:port`. */
  sockets(): ReadonlySet<string>
  addresses(): ReadonlySet<string>
  listeningOn(port: number): void
  /** Looks again, if the last look is some seconds old: a machine's addresses change. */
  refresh(): Promise<void>
}

const machineAddressesMs = 10_000

export function createOwnSockets(settings: Settings, resolve: Resolve, now: () => number): OwnSockets {
  const serverHost = settings.server.hostname.replace(/^\[(.*)\]$/, '$1')
  const serverPort = Number(settings.server.port || (settings.server.protocol === 'https:' ? 443 : 80))
  let addresses: ReadonlySet<string> = new Set()
  let sockets: ReadonlySet<string> = new Set()
  let ownPort = settings.port
  let readAt = Number.NEGATIVE_INFINITY
  return {
    sockets: () => sockets,
    addresses: () => addresses,
    listeningOn(port) {
      ownPort = port
    },
    async refresh() {
      if (now() - readAt < machineAddressesMs) return
      readAt = now()
      addresses = machineAddresses()
      const found = isIP(serverHost) ? [{ address: serverHost }] : await resolve(serverHost).catch(() => [])
      const local = [...addresses, settings.host.toLowerCase()]
      const serverIsHere = found.some(({ address }) => addresses.has(address.toLowerCase()))
      sockets = new Set([
        ...local.map(address => hostAndPort(address, ownPort)),
        ...(serverIsHere ? local.map(address => hostAndPort(address, serverPort)) : []),
        ...found.map(({ address }) => hostAndPort(address.toLowerCase(), serverPort)),
      ])
    },
  }
}
