import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { checkpointOrigin, formatCheckpoint, makeSigningKey, readSigningKey, signNote } from './checkpoint.ts'
import { describeVerdict, verifyFile } from './cli-verify.ts'
import { GENESIS, type LedgerEntry } from './entry.ts'
import { EXAMPLE_SCHOOL, exampleChain, withHash } from './example-chain.ts'
import { type ExportHeader, exportLines, parseHeader, verifyExport } from './export.ts'
import { merkleTree } from './merkle.ts'
import { tamperings } from './tampering.ts'
import { verifyExportOnThreads } from './verify-threads.ts'
import { formatHead } from './verify.ts'

const CHAIN = [...exampleChain(30)]
const HEADER: ExportHeader = { school: EXAMPLE_SCHOOL, from: 1, prev: GENESIS }
const ORIGIN = checkpointOrigin(EXAMPLE_SCHOOL)
const KEY = makeSigningKey(ORIGIN)
const folder = await mkdtemp(join(tmpdir(), 'ledger-test-'))
after(() => rm(folder, { recursive: true }))

const textOf = async (
  entries: readonly LedgerEntry[],
  header: Partial<ExportHeader> = {},
  tail?: Parameters<typeof exportLines>[2],
): Promise<string> => (await Array.fromAsync(exportLines({ ...HEADER, ...header }, entries, tail))).join('')

const fileOf = async (name: string, content: string | Uint8Array): Promise<string> => {
  const path = join(folder, name)
  await writeFile(path, content)
  return path
}

async function* pieces(bytes: Uint8Array, size = bytes.length): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

const checkpointOver = (entries: readonly LedgerEntry[]): string => {
  const tree = merkleTree()
  for (const { hash } of entries) tree.append(hash)
  const text = formatCheckpoint({ origin: ORIGIN, size: tree.size, root: tree.root() })
  return signNote(text, { name: ORIGIN, privateKey: readSigningKey(KEY.privateKeyPem) })
}

test('an export reads back whole, with its checkpoint and key, however the bytes arrive', async () => {
  let prev = GENESIS
  const actors = ['Zoë', '😀', 'שלום', 'a\nb', '\u2028']
  const chain = CHAIN.map((entry, i) => {
    const changed = withHash({ ...entry, prev, actor: actors[i % actors.length] ?? '' })
    prev = changed.hash
    return changed
  })
  const text = await textOf(chain, { to: 30 }, { checkpoints: [checkpointOver(chain)], vkeys: [KEY.vkey] })
  const whole = await verifyExport(await fileOf('whole.ndjson', text))
  assert.deepEqual([whole.ok, whole.entries, whole.lastSeq, whole.checkpoints.checked], [true, 30, 30, 1])
  for (const size of [1, 7, 100, 4096]) {
    assert.deepEqual(await verifyExport(pieces(Buffer.from(text), size)), whole, `pieces of ${size}`)
  }
  assert.deepEqual(await verifyExportOnThreads(join(folder, 'whole.ndjson'), {}, 2, 1000), whole)
})

test('the first line says what the export is, and unknown members of it are dropped', async () => {
  const [first] = (await textOf(CHAIN)).split('\n')
  assert.equal(first, `{"format":"gatehouse-ledger","v":1,"school":"${EXAMPLE_SCHOOL}","from":1,"prev":"${GENESIS}"}`)
  assert.deepEqual(parseHeader(String(first).replace('"v":1', '"v":1,"colour":"red"')), HEADER)
})

test('a file without a proper first line is malformed at line 1, and says why', async () => {
  const text = await textOf(CHAIN)
  const [header = '', ...entries] = text.split('\n')
  const broken = [
    '',
    'hello',
    '{}',
    header.replace('ledger', 'lodger'),
    header.replace('"v":1', '"v":2'),
    header.replace(GENESIS, '1'.repeat(64)),
    header.replace('"from":1', '"from":0'),
  ]
  for (const first of broken) {
    const { ok, problem } = await verifyExport(pieces(Buffer.from([first, ...entries].join('\n'))))
    assert.ok(!ok && problem?.kind === 'malformed' && /line 1 /.test(problem.sentence), first)
  }
  assert.equal((await verifyExport(pieces(Buffer.alloc(0)))).ok, false)
})

test('changing any byte of any entry is found, and that entry is named', async () => {
  const bytes = Buffer.from(await textOf(CHAIN, { to: 30 }))
  const start = bytes.indexOf('\n') + 1
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: start, max: bytes.length - 2 }),
      fc.integer({ min: 1, max: 255 }),
      async (at, change) => {
        const changed = Buffer.from(bytes)
        changed[at] = (bytes[at] ?? 0) ^ change
        const line = bytes.subarray(start, at).filter(byte => byte === 0x0a).length + 1
        const verdict = await verifyExport(pieces(changed))
        assert.equal(verdict.ok, false)
        assert.equal(verdict.problem?.seq, line, verdict.problem?.sentence)
      },
    ),
    { numRuns: 400 },
  )
})

test('a line that cannot be read is named by its line and its entry', async () => {
  const lines = (await textOf(CHAIN)).split('\n')
  const { problem } = await verifyExport(pieces(Buffer.from(lines.with(7, '{"actor":').join('\n'))))
  assert.equal(problem?.sentence, 'Entry 7 cannot be read: line 8 has no JSON.')
  const notUtf8 = Buffer.concat([
    Buffer.from(`${lines.slice(0, 7).join('\n')}\n{"actor":"`),
    Buffer.from([0xff]),
    Buffer.from('"}\n'),
  ])
  const second = (await verifyExport(pieces(notUtf8))).problem
  assert.equal(second?.sentence, 'Entry 7 cannot be read: line 8 has bytes that are not UTF-8.')
})

test('a line without end is given up and not collected for ever', async () => {
  async function* endless(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(await textOf(CHAIN))
    for (;;) yield Buffer.alloc(1_000_000, 'x')
  }
  assert.deepEqual((await verifyExport(endless())).problem?.seq, 31)
})

test('an export that announced its last entry is found when cut, and may be older than the heads', async () => {
  const heads = [...exampleChain(40)]
  const cut = await verifyExport(pieces(Buffer.from(await textOf(CHAIN.slice(0, 20), { to: 30 }))))
  assert.deepEqual([cut.problem?.kind, cut.problem?.seq], ['truncated', 21])
  const older = await verifyExport(pieces(Buffer.from(await textOf(CHAIN, { to: 30 }))), { heads })
  assert.equal(older.ok, true)
  assert.match(older.warnings.join(), /entries up to 40 were written since/)
})

test('what the caller expects goes before what the file says of itself', async () => {
  const slice = await textOf(CHAIN.slice(10), { from: 11, prev: CHAIN[9]?.hash ?? '' })
  assert.equal((await verifyExport(pieces(Buffer.from(slice)))).ok, true)
  const whole = await verifyExport(pieces(Buffer.from(slice)), { expect: { firstSeq: 1, firstPrev: GENESIS } })
  assert.deepEqual([whole.problem?.kind, whole.problem?.seq], ['missing', 1])
  const other = await verifyExport(pieces(Buffer.from(slice)), { expect: { school: 'other' } })
  assert.equal(other.problem?.kind, 'wrong-school')
})

test('the verdict is the same on one thread and on more, whatever was done to the ledger', async () => {
  const chain = [...exampleChain(300)]
  const names = Object.keys(tamperings)
  for (const [i, how] of names.entries()) {
    const k = 1 + ((i * 97) % 299)
    const { entries = [] } = tamperings[how]?.(chain, k, 5) ?? {}
    const path = await fileOf(
      'threads.ndjson',
      await textOf(entries, {}, { checkpoints: [checkpointOver(chain)], vkeys: [KEY.vkey] }),
    )
    const one = await verifyExport(path, { heads: chain })
    const more = await verifyExportOnThreads(path, { heads: chain }, 2, 9_000)
    assert.equal(one.ok, false, how)
    assert.deepEqual(more, one, how)
  }
})

test('lines longer than a stretch, and a file without a last new line, are read the same by threads', async () => {
  let prev = GENESIS
  const chain = CHAIN.map((entry, i) => {
    const changed = withHash({ ...entry, prev, detail: { digest: 'x'.repeat(i === 12 ? 200_000 : 10) } })
    prev = changed.hash
    return changed
  })
  const path = await fileOf('long.ndjson', (await textOf(chain)).trimEnd())
  for (const stretchBytes of [500, 1_000, 50_000]) {
    const verdict = await verifyExportOnThreads(path, {}, 2, stretchBytes)
    assert.deepEqual([verdict.ok, verdict.entries], [true, 30], `stretches of ${stretchBytes}`)
  }
})

test('verifyFile takes a checkpoint that went through a mail program, and heads from a file', async () => {
  const path = await fileOf('ledger.ndjson', await textOf(CHAIN))
  const checkpointFile = await fileOf('mailed.txt', `\uFEFF\r\n${checkpointOver(CHAIN).replaceAll('\n', '\r\n')}\r\n`)
  const heads = await fileOf('heads', CHAIN.map(formatHead).join(''))
  const good = await verifyFile(path, { checkpointFile, heads, vkeys: [KEY.vkey] })
  assert.deepEqual([good.ok, good.warnings, good.checkpoints.checked], [true, [], 1])
  const rewritten = tamperings['alter and chain everything after anew']?.(CHAIN, 5, 1).entries ?? []
  const bad = await verifyFile(await fileOf('rewritten.ndjson', await textOf(rewritten)), {
    checkpointFile,
    threads: 2,
  })
  assert.deepEqual([bad.ok, bad.problem?.kind], [false, 'bad-checkpoint'])
  await assert.rejects(verifyFile(join(folder, 'nowhere')), { code: 'ENOENT' })
})

test('a governor reads the answer first, in sentences', async () => {
  const good = await verifyExport(
    pieces(Buffer.from(await textOf(CHAIN, {}, { checkpoints: [checkpointOver(CHAIN)] }))),
    { vkeys: [KEY.vkey] },
  )
  assert.deepEqual(describeVerdict(good), [
    `The ledger of ${EXAMPLE_SCHOOL} is whole: 30 entries, 1 to 30, none altered, missing, added or moved.`,
    `It ends with ${CHAIN[29]?.hash}.`,
    '1 signed checkpoint agrees with it, up to entry 30.',
  ])
  const bad = await verifyExport(pieces(Buffer.from(await textOf(CHAIN.toSpliced(4, 1)))))
  const [answer, sentence, facts, sound, ...notes] = describeVerdict(bad)
  assert.equal(answer, 'The ledger is not whole. Somebody or something changed it.')
  assert.equal(sentence, 'Entry 5 is missing.')
  assert.equal(facts, 'Expected: entry 5. Found: entry 6.')
  assert.equal(sound, 'Entries 1 to 4 follow from each other.')
  assert.ok(notes.every(note => note.startsWith('Note: ')))
})
