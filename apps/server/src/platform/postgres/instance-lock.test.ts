import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { CannotStart } from './cannot-start.ts'
import { takeInstanceLock } from './instance-lock.ts'

const place = mkdtempSync(path.join(tmpdir(), 'gatehouse-instance-'))
after(() => rmSync(place, { recursive: true, force: true }))
const now = new Date('2026-11-02T08:00:00Z')

/** A process that tries to be the one `serve` of `folder` at `atMs`, says how it went, and stays. */
function server(folder: string, atMs = 0): { child: ChildProcess; answer: Promise<string> } {
  const code = `
    const { takeInstanceLock } = await import(${JSON.stringify(pathToFileURL(path.join(import.meta.dirname, 'instance-lock.ts')).href)})
    while (Date.now() < ${atMs}) {}
    try { takeInstanceLock(${JSON.stringify(folder)}, new Date()); console.log('has it') } catch (error) { console.log(error.message) }
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
  return { child, answer: once(child.stdout, 'data').then(([chunk]) => String(chunk).trim()) }
}

async function kill(child: ChildProcess): Promise<void> {
  const end = once(child, 'exit')
  child.kill('SIGKILL')
  await end
}

test('a second serve on the same data folder is refused, naming the process that has it', async () => {
  const folder = path.join(place, 'second')
  const first = server(folder)
  assert.equal(await first.answer, 'has it')
  assert.throws(
    () => takeInstanceLock(folder, now),
    (error: unknown) =>
      error instanceof CannotStart &&
      error.message.includes(`process ${first.child.pid} since`) &&
      error.message.includes(folder),
  )
  await kill(first.child)
})

test('a serve that was killed with -9 leaves the data folder free', async () => {
  const folder = path.join(place, 'killed')
  const first = server(folder)
  assert.equal(await first.answer, 'has it')
  await kill(first.child)
  takeInstanceLock(folder, now).release()
})

test('of six that start at the same moment exactly one serves', async () => {
  const folder = path.join(place, 'together')
  const atMs = Date.now() + 1500
  const servers = Array.from({ length: 6 }, () => server(folder, atMs))
  const answers = await Promise.all(servers.map(({ answer }) => answer))
  for (const { child } of servers) await kill(child)
  assert.equal(answers.filter(answer => answer === 'has it').length, 1, answers.join('\n'))
})

test('the same process cannot serve one folder twice, may serve two, and serves again after a release', () => {
  const folder = path.join(place, 'same')
  const lock = takeInstanceLock(folder, now)
  const other = takeInstanceLock(path.join(place, 'other'), now)
  assert.throws(() => takeInstanceLock(folder, now), CannotStart)
  lock.release()
  takeInstanceLock(folder, now).release()
  other.release()
})

test('a data folder that cannot be made is named', () => {
  const file = path.join(place, 'a-file')
  writeFileSync(file, '')
  assert.throws(
    () => takeInstanceLock(path.join(file, 'data'), now),
    (error: unknown) => error instanceof CannotStart && error.message.includes(path.join(file, 'data')),
  )
})
