/** The gateway as a process of its own. Exit status 2: bad usage or input; 3: the port is taken. */
import { readFileSync } from 'node:fs'
import { type Gateway, startGateway } from './gateway.ts'
import { type Read, readKeys, readSettings, usage } from './settings.ts'

// The server that started this process may be killed, and its ends of our pipes with it. Filtering goes on.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
process.on('SIGHUP', () => undefined)

const settings = orExit(readSettings(process.argv.slice(2), process.env))
const keys = orExit(readKeys(fileOrExit(settings.keyFile)))

// Told to end while it starts, it ends as soon as it has started: its spool is then whole.
let gateway: Gateway | undefined
let isStopping = false
const stop = (): void => {
  if (!gateway) return
  gateway.close().then(
    () => process.exit(0),
    () => process.exit(1),
  )
}
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    if (isStopping) return
    isStopping = true
    stop()
  })
}

try {
  gateway = await startGateway(settings, keys)
  console.log(gateway.summary)
  if (isStopping) stop()
} catch (error) {
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    console.error(`Port ${settings.port} on ${settings.host} is taken: perhaps a gateway is running there already`)
    process.exit(3)
  }
  console.error(`The gateway cannot start: ${error instanceof Error ? error.message : String(error)}`)
  process.exit(1)
}

function orExit<T>(read: Read<T>): T {
  if (read.ok) return read.value
  console.error(`${read.errors.join('; ')}. Usage: ${usage}`)
  process.exit(2)
}

function fileOrExit(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    console.error(`The key file ${file} cannot be read`)
    process.exit(2)
  }
}
