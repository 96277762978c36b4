import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readConfig } from '../config.ts'
import type { Command, Streams } from './command.ts'

/*
 * Verbs that are programs of the gateway: started by path with our streams, never imported. `bin/gatehouse` starts the two
 * that Squid calls without coming here.
 */

const gateway = join(import.meta.dirname, '../../../gateway')
/** For what Squid keeps running: small before quick. */
const lean = JSON.parse(readFileSync(join(gateway, 'bin/lean-flags.json'), 'utf8')) as {
  readonly node: readonly string[]
  readonly environment: Readonly<Record<string, string>>
}
const usualFlags = ['--disable-warning=ExperimentalWarning']

const program = (name: string, usage: string, does: string, file: string): Command => ({
  name,
  usage: `${name} ${usage}`.trim(),
  does,
  run: (words, streams) => runProgram(file, words, streams),
})

/** What the contract leaves out, from the settings of this machine: where it listens, its keys, and its own folder. */
const gatewayCommand: Command = {
  name: 'gateway',
  usage: 'gateway --bundle FILE --server URL [--host ADDRESS] [--port PORT] [--key-file FILE] [--spool DIR]',
  does: 'filters from a signed bundle, without the rest: for a machine of its own',
  run: (words, streams) => {
    const { dataFolder, keysFolder, host, proxyPort } = readConfig(streams.environment)
    const given = new Set(words.map(word => word.split('=')[0]))
    const usual: Readonly<Record<string, string>> = {
      '--host': host,
      '--port': String(proxyPort),
      '--key-file': join(keysFolder, 'gateway.json'),
      '--spool': join(dataFolder, 'gateway', 'spool'),
    }
    const missing = Object.entries(usual).flatMap(([name, value]) => (given.has(name) ? [] : [name, value]))
    return runProcess([...usualFlags, join(gateway, 'src/main.ts'), ...words, ...missing], streams)
  },
}

export const gatewayPrograms: readonly Command[] = [
  gatewayCommand,
  program(
    'filter helper',
    '[--group G] [--school ID] [--bundle FILE]',
    'answers Squid’s questions about who may open what (external-ACL helper)',
    'src/squid/helper-main.ts',
  ),
  program(
    'filter squid-auth',
    '[--school ID] [--bundle FILE]',
    'checks proxy passwords for Squid (Basic authenticator)',
    'src/squid/auth-main.ts',
  ),
  program(
    'filter squid-conf',
    '--out DIR [--mode explicit|peek|bump]',
    'writes a folder from which the school’s own Squid can be started',
    'src/squid/conf-main.ts',
  ),
  program(
    'filter squid-log',
    '--log FILE [--server URL] [--once]',
    'takes Squid’s access log in as it grows',
    'src/squid/log-main.ts',
  ),
  program(
    'filter zone',
    '--group G… [--format rpz|local-zone] [--tags]',
    'writes what a group may not look up, for Unbound, BIND or Knot',
    'src/dns/zone-main.ts',
  ),
  program(
    'filter unbound-conf',
    '--out DIR [--format rpz|local-zone]',
    'writes a folder from which the school’s own Unbound can be started',
    'src/dns/unbound-main.ts',
  ),
]

function runProgram(file: string, words: readonly string[], streams: Streams): Promise<number> {
  const isLean = /(?:helper|auth)-main\.ts$/.test(file)
  const environment = { ...streams.environment, ...(isLean ? lean.environment : {}) }
  const flags = isLean ? lean.node : usualFlags
  return runProcess([...flags, join(gateway, 'bin/lean.mjs'), join(gateway, file), ...words], { environment })
}

/** Ends when the program ends, and takes it along when this process is told to end. */
function runProcess(words: readonly string[], { environment }: Pick<Streams, 'environment'>): Promise<number> {
  const child = spawn(process.execPath, words, { stdio: 'inherit', env: environment })
  const pass = (signal: NodeJS.Signals): void => void child.kill(signal)
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, pass)
  return new Promise((done, failed) => {
    child.once('error', failed)
    child.once('exit', (status, signal) => {
      for (const each of ['SIGTERM', 'SIGINT'] as const) process.removeListener(each, pass)
      done(status ?? (signal === null ? 1 : 130))
    })
  })
}
