/** `gatehouse filter unbound-conf`: writes a folder from which an Unbound of the school's own can be started. */
import { spawnSync } from 'node:child_process'
import { chownSync, copyFileSync, createWriteStream, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { join, resolve } from 'node:path'
import { finished } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { safeSearchHosts } from '@gatehouse/engine/filter/safe-search'
import { nextBoundary } from '@gatehouse/engine/filter/windows'
import { type UnboundGroup, unboundConf } from './unbound-conf.ts'
import { networksOf, ZoneFault, type ZoneSource, zoneSettings, zoneSource } from './zone-main.ts'
import { localZoneText, rpzText, type TaggedZone } from './zone-text.ts'

const usage =
  'gatehouse filter unbound-conf --out DIR [--format rpz|local-zone] [--group G] [--for G=NETWORK]… [--listen HOST:PORT] [--school ID]'

export async function main(words: readonly string[]): Promise<void> {
  try {
    await write(words)
  } catch (error) {
    console.error(`gatehouse filter unbound-conf: ${error instanceof Error ? error.message : String(error)}`)
    process.exitCode = error instanceof ZoneFault ? error.status : 2
  }
}

async function write(words: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...words],
    options: {
      out: { type: 'string' },
      format: { type: 'string', default: 'local-zone' },
      listen: { type: 'string', default: '127.0.0.1:5300' },
      group: { type: 'string' },
      for: { type: 'string', multiple: true, default: [] },
      school: { type: 'string' },
      bundle: { type: 'string' },
      'key-file': { type: 'string' },
    },
  })
  if (values.out === undefined) throw new ZoneFault(2, `--out DIR is needed. Usage: ${usage}`)
  if (values.format !== 'rpz' && values.format !== 'local-zone')
    throw new ZoneFault(2, `--format must be rpz or local-zone, not “${values.format}”`)
  const listen = /^(.+):(\d{1,5})$/.exec(values.listen)
  if (!listen?.[1] || !listen[2]) throw new ZoneFault(2, `--listen must be HOST:PORT, not “${values.listen}”`)
  const folder = resolve(values.out)
  if (/[\s"]/.test(folder)) throw new ZoneFault(2, `Unbound cannot take a path with a space in it: ${folder}`)
  const source = await zoneSource(zoneSettings(values))
  const groups = groupsOf(source, values.for, values.group)
  const at = new Date()
  const zones: TaggedZone[] = []
  for (const { group, networks } of groups) zones.push({ tag: group, zone: await source.zone(group, at), networks })

  const user = process.getuid?.() === 0 ? unboundUser() : undefined
  const made = (name: string): string => {
    const path = join(folder, name)
    mkdirSync(path, { recursive: true, mode: 0o755 })
    if (user) chownSync(path, user.uid, user.gid)
    return path
  }
  for (const name of ['', 'run', 'log', 'zones']) made(name)
  if (values.format === 'rpz') {
    const until = nextBoundary(source.school.rules, at)
    for (const { tag, zone } of zones)
      await written(join(folder, 'zones', `${tag}.rpz`), rpzText(zone, { group: tag, at, until }, safeSearchHosts()))
  } else {
    await written(join(folder, 'zones', 'local-zones.conf'), localZoneText(zones, safeSearchHosts()))
  }
  const library = pythonLibrary()
  const stripsEch = library !== undefined
  copyFileSync(join(import.meta.dirname, 'strip-ech.py'), join(folder, 'strip-ech.py'))
  // Unbound 1.17 finds its library by distutils, which Python 3.12 and Debian's 3.11 lack; its own folder it always looks in.
  if (library) copyFileSync(library, join(folder, 'unboundmodule.py'))
  const conf = unboundConf({
    folder,
    host: listen[1],
    port: Number(listen[2]),
    format: values.format,
    groups,
    user: user?.name ?? '',
    stripsEch,
  })
  const path = join(folder, 'unbound.conf')
  writeFileSync(path, conf, { mode: 0o644 })
  if (!existsSync(join(folder, 'local.conf')))
    writeFileSync(join(folder, 'local.conf'), '# Yours: settings that only this site needs.\n', { mode: 0o644 })
  console.log(`${path}
Check it with: unbound-checkconf ${path}
Start it with: unbound -c ${path}`)
  if (!stripsEch)
    console.error(
      'This Unbound has no Python module (package python3-unbound), so browsers may still encrypt the name that they greet',
    )
}

async function written(path: string, lines: Iterable<string>): Promise<void> {
  const file = createWriteStream(path, { mode: 0o644 })
  let text = ''
  for (const line of lines) {
    text += `${line}\n`
    if (text.length < 1024 * 1024) continue
    if (!file.write(text)) await new Promise<void>(done => file.once('drain', () => done()))
    text = ''
  }
  file.end(text)
  await finished(file)
}

/** Networks by group: those that the school has named, those of `--for`, and everybody else's by `--group`. */
function groupsOf(
  { school }: ZoneSource,
  named: readonly string[],
  otherwise: string | undefined,
): readonly UnboundGroup[] {
  const byGroup = new Map<string, string[]>()
  const add = (group: string, networks: readonly string[]): void => {
    if (networks.length > 0) byGroup.set(group, [...(byGroup.get(group) ?? []), ...networks])
  }
  for (const { id } of school.rules.groups) add(id, networksOf(school, id))
  for (const text of named) {
    const [group = '', network = ''] = text.split('=')
    if (isIP(network.split('/')[0] ?? '') === 0) throw new ZoneFault(2, `--for must be GROUP=NETWORK, not “${text}”`)
    add(group, [network])
  }
  if (otherwise !== undefined) add(otherwise, ['0.0.0.0/0', '::0/0'])
  if (byGroup.size === 0)
    throw new ZoneFault(
      2,
      'the school has named no network with a group of its own: say for whom with --group G or --for G=NETWORK',
    )
  return [...byGroup].map(([group, networks]) => ({ group, networks }))
}

/** Path of the module's own library; undefined where this Unbound cannot run Python. */
function pythonLibrary(): string | undefined {
  const { stdout } = spawnSync('unbound', ['-V'], {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin` },
  })
  if (!/Linked modules:.*\bpython\b/.test(stdout ?? '')) return undefined
  return ['/usr/lib/python3/dist-packages', '/usr/local/lib/python3/dist-packages']
    .map(folder => join(folder, 'unboundmodule.py'))
    .find(file => existsSync(file))
}

function unboundUser(): { readonly name: string; readonly uid: number; readonly gid: number } | undefined {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find(text => text.startsWith('unbound:'))
  const [name = '', , uid, gid] = line?.split(':') ?? []
  return name === '' ? undefined : { name, uid: Number(uid), gid: Number(gid) }
}
