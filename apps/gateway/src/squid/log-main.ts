/**
 * `gatehouse filter squid-log`: takes Squid's access log in as it grows, as the embedded proxy's own log comes in. The log
 * is the one source of what happened through Squid; the helper that decides writes none, so nothing is counted twice.
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { decide } from '@gatehouse/engine/filter/decide'
import { createAnnouncer } from '../announcer.ts'
import { createJudge } from '../judge.ts'
import { createServerClient } from '../server-client.ts'
import { readKeys } from '../settings.ts'
import { openHelperRules } from './helper-rules.ts'
import { readHelperSettings } from './helper-settings.ts'
import { logEvent } from './log-event.ts'
import { openLogTail } from './log-tail.ts'
import { createRequesters } from './requesters.ts'

const usage = 'gatehouse filter squid-log --log FILE [--server URL] [--group G] [--school ID] [--once]'
const pauseMs = 1000

export async function main(words: readonly string[]): Promise<void> {
  try {
    process.exitCode = await follow(words)
  } catch (error) {
    console.error(`gatehouse filter squid-log: ${error instanceof Error ? error.message : String(error)}`)
    process.exitCode = 2
  }
}

async function follow(words: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...words],
    options: {
      log: { type: 'string' },
      server: { type: 'string', default: `http://127.0.0.1:${process.env.PORT?.trim() || '8080'}` },
      once: { type: 'boolean', default: false },
      group: { type: 'string' },
      school: { type: 'string' },
      bundle: { type: 'string' },
      'key-file': { type: 'string' },
    },
  })
  if (values.log === undefined) throw new Error(`--log FILE is needed. Usage: ${usage}`)
  const server = URL.parse(values.server)
  if (!server || !/^https?:$/.test(server.protocol))
    throw new Error(`--server must be an address, not “${values.server}”`)
  const settings = readHelperSettings(
    (['group', 'school', 'bundle', 'key-file'] as const).flatMap(name => {
      const value = values[name]
      return value === undefined ? [] : [`--${name}`, value]
    }),
    process.env,
  )
  if (!settings.ok) throw new Error(settings.errors.join('; '))
  const keys = readKeys(existsSync(settings.value.keyFile) ? readFileSync(settings.value.keyFile, 'utf8') : '')
  if (!keys.ok) throw new Error(`${settings.value.keyFile}: ${keys.errors.join('; ')}`)
  const announcer = createAnnouncer(line => console.error(`gatehouse filter squid-log: ${line}`), Date.now)
  const rules = await openHelperRules(settings.value, announcer)
  const stop = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort())
  const client = createServerClient(server, keys.value.bearer, stop.signal)
  const folder = join(settings.value.dataFolder, 'gateway')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const log = resolve(values.log)
  const tail = openLogTail(log, join(folder, 'squid-log-place.json'))

  /** @returns false when there is nothing to be sent, or nobody to take it. */
  const sendNext = async (): Promise<boolean> => {
    const current = rules.holder.current()
    const piece = tail.next()
    if (!current || !piece) return false
    const { payload, people } = current
    const school = payload.schools.find(({ id }) => settings.value.school === undefined || id === settings.value.school)
    if (!school) return false
    const base = new URL(payload.blockPageBase || 'http://localhost')
    const context = {
      judge: createJudge(rules.holder, { isOpen: () => false }, decide, Date.now),
      find: createRequesters(payload, people, settings.value.school, settings.value.group).find,
      school: school.id,
      ownPages: `${base.hostname}:${base.port || (base.protocol === 'https:' ? 443 : 80)}`,
    }
    const events = piece.lines.flatMap((line, index) => logEvent(line, `${piece.id} ${index}`, context) ?? [])
    const bytes = Buffer.from(events.map(event => `${JSON.stringify(event)}\n`).join(''), 'utf8')
    const answer = events.length === 0 ? 'accepted' : await client.activity(`squid-${piece.id}`, bytes)
    if (answer === 'later') {
      announcer.sayState('server', 'The server does not take the log; it is kept where it is')
      return false
    }
    if (answer === 'refused') announcer.say(`THE SERVER REFUSES ${events.length} lines of ${log}: they are passed over`)
    else announcer.sayOver('server', 'The server takes the log again')
    tail.arrived(piece.after)
    return true
  }

  while (!stop.signal.aborted) {
    await rules.refresh()
    const isMore = await sendNext()
    if (isMore) continue
    if (values.once) break
    await new Promise<void>(done => {
      const timer = setTimeout(done, pauseMs)
      stop.signal.addEventListener('abort', () => {
        clearTimeout(timer)
        done()
      })
    })
  }
  tail.close()
  return 0
}
