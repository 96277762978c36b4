import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { compileLists } from '@gatehouse/engine'
import { runCommand } from '../cli.ts'
import { openListsFolder, shippedSources } from './lists-folder.ts'

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-lists-'))
after(() => rmSync(folder, { recursive: true, force: true }))

async function run(words: readonly string[], input = ''): Promise<{ status: number; out: string[]; said: string[] }> {
  const [out, said]: [string[], string[]] = [[], []]
  const status = await runCommand(words, {
    environment: { GATEHOUSE_DATA: join(folder, 'data') },
    input: Readable.from([input]),
    out: line => void out.push(line),
    say: line => void said.push(line),
  })
  return { status, out, said }
}

test('a check of the filter needs no school and no server: one JSON line for each address', async () => {
  const { status, out } = await run(['filter', 'check', '--group', 'juniors', 'BET365.com.', 'childline.org.uk'])
  assert.equal(status, 0)
  assert.deepEqual(
    out.map(line => JSON.parse(line)).map(({ url, verdict, category, rule }) => [url, verdict, category, rule]),
    [
      ['BET365.com.', 'block', 'gambling', 'group:juniors:gambling'],
      ['childline.org.uk', 'allow', 'must-allow', 'must-allow'],
    ],
  )
  assert.deepEqual(Object.keys(JSON.parse(out[0] ?? '')), ['url', 'verdict', 'category', 'reason', 'rule'])
})

test('addresses come from standard input as well', async () => {
  const { out } = await run(
    ['filter', 'check', '--group', 'staff', '--at', '2026-11-24T10:15'],
    'bet365.com\n\nexample.org\r\n',
  )
  assert.deepEqual(
    out.map(line => JSON.parse(line)).map(({ url, verdict }) => [url, verdict]),
    [
      ['bet365.com', 'block'],
      ['example.org', 'allow'],
    ],
  )
})

test('an unknown group, user or time is bad usage: one line, exit status 2', async () => {
  for (const words of [
    ['--group', 'nobody', 'x.example'],
    ['--user', 'nobody', 'x.example'],
    ['--group', 'staff', '--at', 'soon', 'x.example'],
    ['x.example'],
  ]) {
    const { status, said, out } = await run(['filter', 'check', ...words])
    assert.equal(status, 2, words.join(' '))
    assert.equal(said.length, 1)
    assert.deepEqual(out, [])
  }
})

test('lists are compiled from a folder, packed or plain, together with our own; files that nobody knows are named', async () => {
  const from = join(folder, 'from')
  mkdirSync(join(from, 'ut1'), { recursive: true })
  writeFileSync(join(from, 'ut1', 'gambling.domains.gz'), gzipSync('new-bets.example\nnot a domain\n'))
  writeFileSync(join(from, 'unheard-of.txt'), 'x.example\n')
  const { status, out, said } = await run(['lists', 'compile', '--from', from])
  assert.equal(status, 0)
  assert.ok(
    out.some(line => /^gambling +ut1 +1$/.test(line)),
    out.join('\n'),
  )
  assert.ok(out.some(line => /unmapped +unheard-of\.txt/.test(line)))
  assert.ok(out.some(line => /2 files: 1 used, 1 not; 1 lines were no domain/.test(line)))
  assert.match(said[0] ?? '', /^In force: 8,\d{3} domains/)
  assert.match(
    (await run(['filter', 'check', '--group', 'infants', 'new-bets.example'])).out[0] ?? '',
    /"category":"gambling"/,
  )
})

test('lists that are empty, or much smaller than those in force, are refused and the old stay', async () => {
  const lists = openListsFolder(join(folder, 'data'))
  const before = lists.active()
  const few = compileLists([{ domain: 'one.example', category: 'games', source: 'starter' }], shippedSources)
  assert.throws(() => lists.activate(few, new Date()), /more than 30 per cent fewer/)
  assert.throws(() => lists.activate(compileLists([], shippedSources), new Date()), /empty/)
  assert.equal(lists.active()?.sha256, before?.sha256)
})

test('a list file that was altered on disk is not used', async () => {
  const lists = openListsFolder(join(folder, 'data'))
  const path = lists.path(lists.active()?.sha256 ?? '')
  const bytes = readFileSync(path)
  bytes.writeUInt8((bytes.readUInt8(2000) + 1) % 256, 2000)
  writeFileSync(path, bytes)
  assert.throws(() => openListsFolder(join(folder, 'data')).open(), /not the list file that its name says/)
})
