/** What the school's policy tells this browser (`storage.managed`); see `managed-schema.json`. */

export interface Settings {
  /** The school's Gatehouse, without a final slash. */
  readonly server: string
  /** `<school>.<device>.<key>`, shown once when the device was enrolled. */
  readonly deviceKey: string
  /** Public key of the server, base64 of 32 bytes (Ed25519). */
  readonly publicKey: string
  /** Id of the network or place that the device stands for; '' where none is set. */
  readonly place: string
}

/** The settings, or what is wrong with them in one sentence. */
export function readSettings(managed: Readonly<Record<string, unknown>>): Settings | string {
  const text = (name: string): string => (typeof managed[name] === 'string' ? managed[name].trim() : '')
  const server = URL.parse(text('server'))
  if (!server || !/^https?:$/.test(server.protocol)) return 'The policy names no server: “server” must be its address.'
  if (server.protocol === 'http:' && !['127.0.0.1', 'localhost', '[::1]'].includes(server.hostname))
    return 'The server must be reached by https.'
  if (!/^[a-z0-9-]{1,40}\.[0-9a-f-]{36}\.[A-Za-z0-9_-]{43}$/.test(text('deviceKey')))
    return 'The policy holds no key of this device: enrol it, and set “deviceKey”.'
  if (!/^[A-Za-z0-9+/]{43}=$/.test(text('publicKey')))
    return 'The policy holds no key of the server: set “publicKey” as the server shows it.'
  return {
    server: server.origin,
    deviceKey: text('deviceKey'),
    publicKey: text('publicKey'),
    place: text('place').slice(0, 100),
  }
}
