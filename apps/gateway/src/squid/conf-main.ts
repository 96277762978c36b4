/** `gatehouse filter squid-conf`: writes a folder from which a Squid of the school's own can be started. */
import { spawnSync } from 'node:child_process'
import { createHmac, createPublicKey } from 'node:crypto'
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { BundlePayload } from '@gatehouse/engine/bundle'
import { readSignedBundle } from '../bundle-file.ts'
import { readAllowPrivate } from '../settings.ts'
import { helperUsage, readHelperSettings } from './helper-settings.ts'
import { longestTtl, modes, squidConf } from './squid-conf.ts'

const usage =
  'gatehouse filter squid-conf --out DIR [--mode explicit|peek|bump] [--listen HOST:PORT] [--bump HOST]… [--no-sign-in] [--group G] [--school ID]'
const bin = join(import.meta.dirname, '../../bin')

export function main(words: readonly string[]): void {
  try {
    write(words)
  } catch (error) {
    console.error(`gatehouse filter squid-conf: ${error instanceof Error ? error.message : String(error)}`)
    process.exitCode = 2
  }
}

function write(words: readonly string[]): void {
  const { values } = parseArgs({
    args: [...words],
    options: {
      out: { type: 'string' },
      mode: { type: 'string', default: 'explicit' },
      listen: { type: 'string', default: '127.0.0.1:3128' },
      bump: { type: 'string', multiple: true, default: [] },
      'no-sign-in': { type: 'boolean', default: false },
      ttl: { type: 'string', default: String(longestTtl) },
      group: { type: 'string' },
      school: { type: 'string' },
      bundle: { type: 'string' },
      'key-file': { type: 'string' },
    },
  })
  if (values.out === undefined) throw new Error(`--out DIR is needed. Usage: ${usage}`)
  const mode = modes.find(name => name === values.mode)
  if (!mode) throw new Error(`--mode must be ${modes.join(', ')}, not “${values.mode}”`)
  const ttl = Number(values.ttl)
  if (!(Number.isInteger(ttl) && ttl >= 0 && ttl <= longestTtl))
    throw new Error(`--ttl must be 0 to ${longestTtl} seconds, or a change of rules would count too late`)
  if (!/^(?:[\w.-]+|\[[0-9a-f:]+\]):\d{1,5}$/i.test(values.listen))
    throw new Error(`--listen must be HOST:PORT, not “${values.listen}”`)
  const folder = resolve(values.out)
  const settings = readHelperSettings(
    (['group', 'school', 'bundle', 'key-file'] as const).flatMap(name => {
      const value = values[name]
      return value === undefined ? [] : [`--${name}`, value]
    }),
    process.env,
  )
  if (!settings.ok) throw new Error(`${settings.errors.join('; ')}. Usage: ${helperUsage}`)
  const { bundleFile, keyFile, dataFolder } = settings.value
  for (const path of [folder, bundleFile, process.execPath])
    if (/\s/.test(path)) throw new Error(`Squid cannot take a path with a space in it: ${path}`)

  const user = squidUser(bundleFile)
  const made = (name: string, mode: number): string => {
    const path = join(folder, name)
    mkdirSync(path, { recursive: true })
    chmodSync(path, mode)
    if (user) chownSync(path, user.uid, user.gid)
    return path
  }
  made('', 0o750)
  made('run', 0o750)
  made('log', 0o750)
  const keep = (name: string, content: string, mode: number): string => {
    const path = join(folder, name)
    writeFileSync(path, content, { mode })
    chmodSync(path, mode)
    if (user) chownSync(path, 0, user.gid)
    return path
  }
  const keys = helperKeys(keyFile)
  const helperKeyFile = keep('helper-key.json', JSON.stringify(keys), 0o640)
  const payload = bundleIn(bundleFile, keys.bundlePublicKey)
  const { node, environment } = flags()
  // env(1) becomes Node: no process is added.
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`)
  const ours = ['/usr/bin/env', ...variables, process.execPath, ...node, join(bin, 'lean.mjs')]
  const rest = ['--data', dataFolder, '--bundle', bundleFile, '--key-file', helperKeyFile]
  const who = (['group', 'school'] as const).flatMap(name => {
    const value = values[name]
    return value === undefined ? [] : [`--${name}`, value]
  })
  const conf = squidConf({
    mode,
    folder,
    listen: values.listen,
    user: user?.name ?? null,
    helper: [...ours, join(import.meta.dirname, 'helper-main.ts'), ...rest, ...who],
    authenticator: values['no-sign-in'] ? null : [...ours, join(import.meta.dirname, 'auth-main.ts'), ...rest],
    blockPageBase: payload?.blockPageBase ?? baseUrl(),
    allowPrivate: payload?.allowPrivate ?? privateOnes(),
    bumpHosts: values.bump,
    ttl,
    connectPorts: ports('PROXY_CONNECT_PORTS', '443'),
    httpPorts: ports('PROXY_HTTP_PORTS', '80,443'),
  })
  const path = keep('squid.conf', conf, 0o640)
  for (const [name, text] of [
    ['local.conf', '# Yours: settings that only this site needs.\n'],
    [
      'never-bump.txt',
      '# Hosts whose https is never read, one a line, such as .nhs.uk\n.nhs.uk\n.childline.org.uk\n.samaritans.org\n',
    ],
  ] as const)
    if (!existsSync(join(folder, name))) keep(name, text, 0o640)
  if (mode !== 'explicit') certificates(folder, user)
  if (user) grant(bundleFile, user)
  warm()
  console.log(`${path}
Check it with: squid -k parse -f ${path}
Start it with: squid -f ${path}`)
  if (!payload) console.error(`There is no good bundle at ${bundleFile} yet: until there is one, everything is closed`)
  if (mode === 'bump')
    console.error(`Browsers must trust ${join(folder, 'ca/ca.pem')}; keep ${join(folder, 'ca/ca.key')} secret`)
}

interface LeanFlags {
  readonly node: readonly string[]
  readonly environment: Readonly<Record<string, string>>
}
const flags = (): LeanFlags => JSON.parse(readFileSync(join(bin, 'lean-flags.json'), 'utf8')) as LeanFlags

interface User {
  readonly name: string
  readonly uid: number
  readonly gid: number
}

/**
 * Whom Squid becomes when root starts it: whoever owns the bundle, or, where that is root, the user that its package made.
 * @returns undefined where this is not root: then Squid runs as whoever starts it
 */
function squidUser(bundleFile: string): User | undefined {
  if (process.getuid?.() !== 0) return undefined
  const owner = statSync(bundleFile, { throwIfNoEntry: false })?.uid ?? 0
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map(line => line.split(':'))
    .map(([name = '', , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }))
  const found =
    owner === 0 ? users.find(({ name }) => ['proxy', 'squid'].includes(name)) : users.find(({ uid }) => uid === owner)
  if (!found)
    throw new Error(
      'Squid is not installed here: there is no user “proxy” or “squid”. Type: apt-get install squid-openssl',
    )
  return found
}

/** Lets Squid's user read the bundle and its lists, and nothing else of the data folder. */
function grant(bundleFile: string, { uid, gid, name }: User): void {
  const folder = dirname(bundleFile)
  const stat = statSync(folder, { throwIfNoEntry: false })
  if (!stat || stat.uid === uid) return
  chownSync(folder, stat.uid, gid)
  // New files belong to the folder's group.
  chmodSync(folder, 0o2750)
  for (const file of [bundleFile, ...listsBeside(folder)]) {
    if (!existsSync(file)) continue
    chownSync(file, statSync(file).uid, gid)
    chmodSync(file, 0o640)
  }
  const above = dirname(folder)
  if ((statSync(above).mode & 0o001) === 0) {
    chmodSync(above, statSync(above).mode | 0o001)
    console.error(`${above} may now be passed through by others, so that ${name} reaches ${folder}`)
  }
}
function listsBeside(folder: string): string[] {
  const text = readOrNothing(join(folder, 'bundle.json'))
  const payload =
    text === undefined
      ? ''
      : Buffer.from(String((JSON.parse(text) as { payload?: unknown }).payload), 'base64').toString()
  const name = /"listsFile":"([A-Za-z0-9._-]+)"/.exec(payload)?.[1]
  return name === undefined ? [] : [join(folder, name)]
}
const readOrNothing = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

/** What Squid's user may know: how to tell a good bundle and a good permission to go on. Not the secret to call the server with. */
function helperKeys(keyFile: string): { bundlePublicKey: string; continueKey: string } {
  const text = readOrNothing(keyFile)
  if (text === undefined)
    throw new Error(`There is no key file ${keyFile}: start the product once, so that it makes its keys`)
  const { bundlePublicKey, token } = JSON.parse(text) as Record<string, unknown>
  if (typeof bundlePublicKey !== 'string' || typeof token !== 'string') throw new Error(`${keyFile} is not a key file`)
  return { bundlePublicKey, continueKey: createHmac('sha256', token).update('gateway-continue').digest('hex') }
}

function bundleIn(bundleFile: string, publicKey: string): BundlePayload | undefined {
  const text = readOrNothing(bundleFile)
  const reading = text === undefined ? undefined : readSignedBundle(text, createPublicKey(publicKey))
  return reading?.ok ? reading.payload : undefined
}

const baseUrl = (): string =>
  new URL(process.env.BASE_URL?.trim() || `http://127.0.0.1:${process.env.PORT?.trim() || '8080'}`).origin
const ports = (name: string, otherwise: string): number[] => {
  const found = (process.env[name]?.trim() || otherwise).split(',').map(text => Number(text))
  if (found.every(port => Number.isInteger(port) && port > 0 && port < 65536)) return found
  throw new Error(`${name} must be ports with commas between them`)
}
function privateOnes(): readonly string[] {
  const read = readAllowPrivate(process.env.PROXY_ALLOW_PRIVATE ?? '')
  if (!read.ok) throw new Error(read.errors.join('; '))
  return read.value
}

/** An authority of the school's own, unless there is one already, and Squid's store of what it signs with it. */
function certificates(folder: string, user: User | undefined): void {
  const authority = join(folder, 'ca')
  mkdirSync(authority, { recursive: true, mode: 0o750 })
  const [certificate, key] = [join(authority, 'ca.pem'), join(authority, 'ca.key')]
  if (!existsSync(certificate) || !existsSync(key)) {
    run('openssl', [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-sha256', '-days', '825'],
      ...['-subj', '/O=Gatehouse/CN=School internet filter', '-keyout', key, '-out', certificate],
      ...['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign,cRLSign'],
    ])
  }
  chmodSync(key, 0o640)
  chmodSync(certificate, 0o644)
  const store = join(folder, 'run', 'certificates')
  if (!existsSync(store)) run('/usr/lib/squid/security_file_certgen', ['-c', '-s', store, '-M', '4MB'])
  if (user) {
    for (const path of [authority, certificate, key]) chownSync(path, 0, user.gid)
    run('chown', ['-R', `${user.uid}:${user.gid}`, store])
  }
}
function run(program: string, words: readonly string[]): void {
  const { status, stderr, error } = spawnSync(program, words, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${program} failed: ${error?.message ?? stderr.trim()}`)
}

/** Squid's user cannot write where the stripped programs are kept: they are made now. */
function warm(): void {
  for (const program of ['helper-main.ts', 'auth-main.ts'])
    spawnSync(process.execPath, [...flags().node, join(bin, 'lean.mjs'), join(import.meta.dirname, program), '--warm'])
}
