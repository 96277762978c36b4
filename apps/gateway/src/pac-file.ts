/**
 * The proxy auto-configuration file (PAC), by which browsers find this gateway: `/proxy.pac` where its address is set by
 * policy, `/wpad.dat` where the network hands it out (WPAD). Everything goes through the gateway and nothing falls back
 * to DIRECT when it does not answer, or switching it off would open the internet.
 */
import { faultReply, type GatewayReply } from './gateway-replies.ts'
import { proxyStatus } from './proxy-status.ts'

export interface PacOptions {
  /** `host:port` of the gateway as browsers reach it. */
  readonly proxy: string
  /** Origins of the product's own server, which the gateway itself leads nobody to: `http://host:port`. */
  readonly own: readonly string[]
}

/**
 * JavaScript of the dialect that every PAC reader knows (ES3). DIRECT are loopback, names without a dot, which only the
 * school's own network knows, and the product's own server; all else is PROXY.
 */
export function pacText({ proxy, own }: PacOptions): string {
  // Browsers cut https addresses down to their origin with a slash, and leave out a usual port.
  const origins = own.map(origin => `${new URL(origin).origin}/`)
  return `// Gatehouse: how to reach the internet at this school. There is no way around the filter in here.
var own = ${JSON.stringify(origins)};
function FindProxyForURL(url, host) {
  host = host.toLowerCase().replace(/^\\[|\\]$/g, "").replace(/\\.$/, "");
  if (host === "localhost" || host === "::1" || /^127\\.\\d+\\.\\d+\\.\\d+$/.test(host) || /\\.localhost$/.test(host)) return "DIRECT";
  if (isPlainHostName(host) && host.indexOf(":") < 0) return "DIRECT";
  for (var i = 0; i < own.length; i++) if (url.substring(0, own[i].length).toLowerCase() === own[i]) return "DIRECT";
  return "PROXY ${proxy}";
}
`
}

/** Not kept long: it names where the gateway is, and that may change. */
const keepSeconds = 300

/** @param options undefined where the gateway cannot tell by what address it is reached */
export function pacReply(options: PacOptions | undefined): GatewayReply {
  if (!options) return faultReply('proxy_configuration_error', 'pac')
  return {
    status: 200,
    headers: {
      'Content-Type': 'application/x-ns-proxy-autoconfig',
      'Cache-Control': `max-age=${keepSeconds}`,
      'X-Content-Type-Options': 'nosniff',
      'Proxy-Status': proxyStatus('proxy_internal_response'),
    },
    body: pacText(options),
  }
}
