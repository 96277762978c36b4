import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { applyDelta, compileLists } from '@gatehouse/engine'
import { runCommand } from '../cli.ts'
import { openListsFolder, sha256, shippedSources } from './lists-folder.ts'

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

test('the technology matrix can be asked at a time of the school day, whatever today is', async () => {
  const verdicts = async (group: string, at: string) =>
    (
      await run(
        ['filter', 'check', '--group', group, '--at', at, '--class', '5b', '--place', 'school'],
        'mail.google.com\nweb.whatsapp.com\nwordpress.com\ninstagram.com\nmeet.google.com',
      )
    ).out.map(line => JSON.parse(line).verdict)
  assert.deepEqual(await verdicts('staff', '10:15'), ['block', 'block', 'block', 'block', 'warn'])
  assert.deepEqual(await verdicts('staff', '12:30'), ['allow', 'allow', 'allow', 'block', 'warn'])
  assert.deepEqual(await verdicts('staff', '2026-11-22T10:15'), ['allow', 'allow', 'allow', 'block', 'warn'])
  assert.deepEqual(await verdicts('juniors', '12:30'), ['block', 'block', 'block', 'block', 'block'])
})

test('with --trace the lines that were asked stand beside the answers, which stay as they are', async () => {
  const { out, said } = await run(['filter', 'check', '--group', 'juniors', '--trace', 'bet365.com'])
  assert.equal(out.length, 1)
  assert.equal(JSON.parse(out[0] ?? '').rule, 'group:juniors:gambling')
  assert.ok(said.some(line => line.includes('Is it on the illegal floor?')))
  assert.ok(said.some(line => line.startsWith('listed gambling=starter')))
})

test('an unknown group, user or time is bad usage: one line, exit status 2', async () => {
  for (const words of [
    ['--group', 'nobody', 'x.example'],
    ['--user', 'nobody', 'x.example'],
    ['--group', 'staff', '--at', 'soon', 'x.example'],
    ['--group', 'staff', '--at', '25:00', 'x.example'],
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

test('lists of the operator’s own choice are used where a table says what they are, and other lists are not', async () => {
  const from = join(folder, 'own')
  mkdirSync(from)
  writeFileSync(join(from, 'council.txt'), '||shut.example^\n||also.example^\n')
  writeFileSync(join(from, 'notes.txt'), 'x.example\n')
  writeFileSync(
    join(from, 'SOURCES.tsv'),
    'file\tsource\tcategory\tlicence\tdate\ncouncil.txt\tcouncil\tgambling\tOGL 3.0\t2026-10-01\n',
  )
  const { status, out } = await run(['lists', 'compile', '--from', from, '--out', join(folder, 'own.lists'), '--json'])
  assert.equal(status, 0)
  const { counts, sources, files } = JSON.parse(out[0] ?? '')
  assert.deepEqual(
    counts.filter(({ source }: { source: string }) => source === 'council'),
    [{ category: 'gambling', source: 'council', domains: 2 }],
  )
  assert.deepEqual(
    sources.find(({ id }: { id: string }) => id === 'council'),
    { id: 'council', name: 'council', licence: 'OGL 3.0', date: '2026-10-01', isCurated: false },
  )
  assert.deepEqual(
    files.map(({ path, status: what }: { path: string; status: string }) => `${path} ${what}`),
    ['SOURCES.tsv unused', 'council.txt used', 'notes.txt unmapped'],
  )
})

test('a folder that is none, holds no list, or says of a list what cannot be is bad usage: exit status 2, nothing changed', async () => {
  const lists = openListsFolder(join(folder, 'data'))
  const before = lists.active()?.sha256
  const folderWith = (name: string, files: Readonly<Record<string, string>>): string => {
    mkdirSync(join(folder, name))
    for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, name, file), text)
    return join(folder, name)
  }
  const table = (row: string) => `file\tsource\tcategory\tlicence\tdate\tformat\n${row}\n`
  for (const [from, why] of [
    [join(folder, 'nowhere'), /must be a folder/],
    [join(folder, 'own.lists'), /must be a folder/],
    [folderWith('bare', {}), /nothing in .* \(0 files/],
    [folderWith('strange', { 'a.txt': 'x.example\n' }), /1 files; a\.txt: no publisher/],
    [folderWith('torn', { 'pornography-hosts': '', 'a.gz': '\u001f\u008bnot packed' }), /nothing in/],
    [
      folderWith('wrong', { 'SOURCES.tsv': table('a.txt\tme\tfun\tMIT') }),
      /line 2 of SOURCES\.tsv: there is no category “fun”/,
    ],
    [folderWith('free', { 'SOURCES.tsv': table('a.txt\tme\tgames') }), /must have a licence/],
    [folderWith('when', { 'SOURCES.tsv': table('a.txt\tme\tgames\tMIT\tsoon') }), /soon is no date/],
    [folderWith('how', { 'SOURCES.tsv': table('a.txt\tme\tgames\tMIT\t\tpdf') }), /no format “pdf”/],
    [
      folderWith('who', { 'a.txt': 'x.example\n', 'SOURCES.tsv': table('a.txt\tstarter\tgames\tMIT') }),
      /no list may call itself “starter”/,
    ],
  ] as const) {
    const { status, said } = await run(['lists', 'compile', '--from', from])
    assert.equal(status, 2, from)
    assert.match(said.join('\n'), why)
    assert.equal(said.length, 1)
  }
  assert.equal(lists.active()?.sha256, before)
})

test('a source that shrinks or vanishes is refused until the operator says that it is right', async () => {
  const from = join(folder, 'shrinking', 'ut1')
  mkdirSync(from, { recursive: true })
  const write = (count: number) =>
    writeFileSync(
      join(from, 'games.domains'),
      Array.from({ length: count }, (_, index) => `play${index}.example\n`).join(''),
    )
  write(100)
  assert.equal((await run(['lists', 'compile', '--from', join(folder, 'shrinking')])).status, 0)
  write(60)
  const refused = await run(['lists', 'compile', '--from', join(folder, 'shrinking')])
  assert.equal(refused.status, 1)
  assert.match(refused.said.join(), /ut1 has shrunk from 100 entries to 60.*--accept/)
  assert.ok(refused.out.includes('games ut1: 100 → 60 (−40)'), refused.out.join('\n'))
  const taken = await run(['lists', 'compile', '--from', join(folder, 'shrinking'), '--accept', 'ut1'])
  assert.equal(taken.status, 0)
  assert.match((await run(['lists', 'compile'])).said.join(), /ut1 is empty or gone/)
})

test('a list that names a well-known site is named when it is compiled', async () => {
  const from = join(folder, 'poisoned', 'sinfonietta')
  mkdirSync(from, { recursive: true })
  writeFileSync(join(from, 'gambling-hosts'), '0.0.0.0 nasa.gov\n')
  const { out } = await run([
    'lists',
    'compile',
    '--from',
    join(folder, 'poisoned'),
    '--out',
    join(folder, 'poisoned.lists'),
  ])
  assert.ok(out.includes('Look at this: sinfonietta says that nasa.gov, which ought to be harmless, is gambling'))
})

test('what a gateway needs to follow is beside the new lists, and gives them byte for byte', async () => {
  const lists = openListsFolder(join(folder, 'data'))
  const before = lists.active()
  const from = join(folder, 'shrinking')
  writeFileSync(
    join(from, 'ut1', 'games.domains'),
    Array.from({ length: 70 }, (_, index) => `play${index + 5}.example\n`).join(''),
  )
  assert.equal((await run(['lists', 'compile', '--from', from])).status, 0)
  const after = lists.active()
  assert.ok(before && after && before.sha256 !== after.sha256)
  assert.equal(after.earlier?.[0], before.sha256)
  const delta = readFileSync(lists.deltaPath(before.sha256, after.sha256) ?? '')
  assert.ok(delta.length * 4 < readFileSync(lists.path(after.sha256)).length)
  assert.equal(sha256(applyDelta(readFileSync(lists.path(before.sha256)), delta)), after.sha256)
  assert.equal(lists.deltaPath(after.sha256, before.sha256), null)
  assert.equal(lists.deltaPath('../../secret', after.sha256), null)
})

test('where two people must release new lists they wait, and only those that waited come into force', async () => {
  const lists = openListsFolder(join(folder, 'data'))
  const before = lists.active()?.sha256
  lists.hold(true)
  writeFileSync(join(folder, 'shrinking', 'ut1', 'chat.domains'), 'talk.example\n')
  const { status, said } = await run(['lists', 'compile', '--from', join(folder, 'shrinking')])
  assert.equal(status, 0)
  assert.match(said.join(), /Waiting until two people release them/)
  assert.equal(lists.active()?.sha256, before)
  const waiting = lists.waiting()?.sha256 ?? ''
  assert.throws(() => lists.activateWaiting(before ?? '', new Date()), /other lists are waiting/)
  assert.equal(lists.activateWaiting(waiting, new Date()).sha256, waiting)
  assert.equal(lists.active()?.sha256, waiting)
  assert.equal(lists.waiting(), null)
  lists.hold(false)
  assert.equal(lists.isHeld(), false)
})

test('lists that are empty, or much smaller than those in force, are refused and the old stay', async () => {
  const lists = openListsFolder(join(folder, 'data'))
  const before = lists.active()
  const few = compileLists([{ domain: 'one.example', category: 'games', source: 'starter' }], shippedSources)
  assert.throws(() => lists.activate(few, new Date()), /starter has shrunk/)
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
