import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'

const checkout = path.resolve(import.meta.dirname, '../../..')
const binFolder = path.join(checkout, 'apps/server/bin')
const place = realpathSync(mkdtempSync(path.join(tmpdir(), 'gatehouse-command-')))
after(() => rmSync(place, { recursive: true, force: true }))

/** A program in the place of the real one: tells what it sees, then does what its first argument says. */
const program = `
const [verb, ...rest]: string[] = process.argv.slice(2)
const say = (line: string): void => { process.stdout.write(line + '\\n') }
if (verb === 'tell') say(JSON.stringify({ node: process.versions.node, cwd: process.cwd(), rest, main: import.meta.main, pid: process.pid }))
if (verb === 'exit') process.exit(Number(rest[0]))
if (verb === 'echo') process.stdin.pipe(process.stdout)
if (verb === 'die') process.kill(process.pid, 'SIGKILL')
if (verb === 'wait') {
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => { say(name); process.exit(7) })
  setInterval(() => {}, 1000)
  say(String(process.pid))
}
`

/** A checkout with the command, this program as its `src/cli.ts`, and, if asked, the installed packages. */
function checkoutWith(name: string, packages: 'installed' | 'missing'): string {
  const root = path.join(place, name)
  const bin = path.join(root, 'apps/server/bin')
  mkdirSync(bin, { recursive: true })
  mkdirSync(path.join(root, 'apps/server/src'))
  writeFileSync(path.join(root, 'package.json'), '{ "type": "module" }')
  for (const file of ['gatehouse', 'package.json']) copyFileSync(path.join(binFolder, file), path.join(bin, file))
  writeFileSync(path.join(root, 'apps/server/src/cli.ts'), program)
  mkdirSync(path.join(root, 'links'))
  symlinkSync('../apps/server/bin/gatehouse', path.join(root, 'links/gatehouse'))
  if (packages === 'installed') symlinkSync(path.join(checkout, 'node_modules'), path.join(root, 'node_modules'))
  return root
}
const installed = checkoutWith('installed', 'installed')
const bare = checkoutWith('bare', 'missing')
const command = path.join(installed, 'links/gatehouse')

/** Makes Node 24 look like a Node 20: no execve, the other version number. For machines that have no older Node. */
const pretence = path.join(place, 'twenty.cjs')
writeFileSync(
  pretence,
  `delete process.execve; Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } })`,
)

/** Any Node of another major version that the PATH has, else the pretence. */
function olderNode(): string[] {
  for (const folder of (process.env.PATH ?? '').split(path.delimiter)) {
    const node = path.join(folder, 'node')
    if (!existsSync(node)) continue
    const major = spawnSync(node, ['-p', 'process.versions.node'], { encoding: 'utf8' }).stdout.split('.')[0]
    if (Number(major) >= 20 && Number(major) < 24) return [node]
  }
  return [process.execPath, '--require', pretence]
}
const starters: Record<string, string[]> = {
  'Node 24': [process.execPath],
  'an older Node': olderNode(),
  'a pretended Node 20': [process.execPath, '--require', pretence],
}

const start = (starter: string[], args: string[]): ChildProcess =>
  spawn(starter[0] ?? '', [...starter.slice(1), command, ...args], { cwd: place, stdio: ['ignore', 'pipe', 'inherit'] })

const firstLine = (child: ChildProcess): Promise<string> =>
  new Promise(resolve => {
    let text = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      if (text.includes('\n')) resolve(text.split('\n')[0] ?? '')
    })
  })

for (const [name, starter] of Object.entries(starters)) {
  const run = (args: string[], input = '') =>
    spawnSync(starter[0] ?? '', [...starter.slice(1), command, ...args], { cwd: place, encoding: 'utf8', input })

  test(`started by ${name} through a link from another folder, the program runs on Node 24 where it was called`, () => {
    const { stdout, stderr, status } = run(['tell', 'two words', '--json', ''])
    assert.equal(status, 0)
    assert.equal(stderr, '')
    const seen = JSON.parse(stdout)
    assert.match(seen.node, /^24\./)
    assert.equal(seen.cwd, place)
    assert.equal(seen.main, true)
    assert.deepEqual(seen.rest, ['two words', '--json', ''])
  })

  test(`started by ${name}, exit status and standard input reach the right side`, () => {
    assert.equal(run(['exit', '1']).status, 1)
    assert.equal(run(['exit', '2']).status, 2)
    assert.equal(run(['echo'], 'Seán\n').stdout, 'Seán\n')
  })

  test(`started by ${name}, a program that was killed is reported as killed`, () => {
    assert.equal(run(['die']).signal, 'SIGKILL')
  })

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    test(`started by ${name}, the program hears ${signal} and its answer is the answer`, async () => {
      const child = start(starter, ['wait'])
      const exit = once(child, 'exit')
      await firstLine(child)
      child.kill(signal)
      assert.deepEqual(await exit, [7, null])
    })
  }

  test(`started by ${name}, the program does not outlive a kill -9 of the process that was started`, async () => {
    const child = start(starter, ['wait'])
    const exit = once(child, 'exit')
    // The program holds the other end of its standard output: closed, it has ended.
    const programEnd = once(child, 'close')
    await firstLine(child)
    child.kill('SIGKILL')
    assert.deepEqual(await exit, [null, 'SIGKILL'])
    await programEnd
  })
}

test('without the installed runtime one sentence says what was expected, found, and what to type', () => {
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--require', pretence, path.join(bare, 'links/gatehouse'), 'tell'],
    {
      encoding: 'utf8',
    },
  )
  assert.equal(status, 2)
  assert.match(stderr, /^gatehouse: expected Node 24, found Node 20\.20\.2 .*: type "npm ci" in .*\.\n$/)
  assert.ok(stderr.includes(bare))
})
