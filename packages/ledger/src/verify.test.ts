import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkpointOrigin, formatCheckpoint, makeSigningKey, readSigningKey, signNote } from './checkpoint.ts'
import { GENESIS, type LedgerEntry } from './entry.ts'
import { EXAMPLE_SCHOOL, exampleChain, withHash } from './example-chain.ts'
import { exportLines, verifyExport } from './export.ts'
import { merkleTree } from './merkle.ts'
import { anyTampering, tamperings } from './tampering.ts'
import { createVerifier, formatHead, parseHeads, type Verdict, type VerifierOptions } from './verify.ts'

const CHAIN = [...exampleChain(40)]
const HEADS = CHAIN.map(({ seq, hash }) => ({ seq, hash }))
const WHOLE = { school: EXAMPLE_SCHOOL, firstSeq: 1 }
const ORIGIN = checkpointOrigin(EXAMPLE_SCHOOL)
const KEY = makeSigningKey(ORIGIN)

const verify = (entries: Iterable<LedgerEntry>, options: VerifierOptions = {}): Verdict => {
  const verifier = createVerifier({ expect: WHOLE, ...options })
  for (const entry of entries) verifier.push(entry)
  return verifier.finish()
}

const checkpointOver = (entries: readonly LedgerEntry[], { privateKeyPem } = KEY, origin = ORIGIN): string => {
  const tree = merkleTree()
  for (const { hash } of entries) tree.append(hash)
  const text = formatCheckpoint({ origin, size: tree.size, root: tree.root() })
  return signNote(text, { name: ORIGIN, privateKey: readSigningKey(privateKeyPem) })
}

const brief = ({ problem }: Verdict) => (problem ? { seq: problem.seq, kind: problem.kind } : null)

test('a sound ledger is whole, with its heads and its checkpoint, and nothing is left to warn of', () => {
  const verdict = verify(CHAIN, {
    heads: HEADS,
    checkpoints: [checkpointOver(CHAIN.slice(0, 17)), checkpointOver(CHAIN)],
    vkeys: [KEY.vkey],
  })
  assert.deepEqual(verdict, {
    ok: true,
    school: EXAMPLE_SCHOOL,
    entries: 40,
    firstSeq: 1,
    lastSeq: 40,
    head: CHAIN[39]?.hash,
    warnings: [],
    checkpoints: { checked: 2, latestSize: 40 },
  })
})

test('500 tamperings at random are all found, and the first bad entry is named, in the table and in the export', async () => {
  await fc.assert(
    fc.asyncProperty(anyTampering(CHAIN), async ({ what, entries, seq, kind }) => {
      const inTable = verify(entries, { heads: HEADS })
      assert.equal(inTable.ok, false, what)
      assert.deepEqual(brief(inTable), { seq, kind }, `${what}: ${inTable.problem?.sentence}`)
      const lines = exportLines({ school: EXAMPLE_SCHOOL, from: 1, prev: GENESIS }, entries)
      const inExport = await verifyExport(bytesOf(lines), { heads: HEADS })
      assert.deepEqual(inExport, inTable, what)
    }),
    { numRuns: 500 },
  )
})

test('every way of tampering, with every entry of a short ledger, is found without heads unless it needs them', () => {
  const chain = [...exampleChain(7)]
  const heads = chain.map(({ seq, hash }) => ({ seq, hash }))
  for (const [how, tamper] of Object.entries(tamperings)) {
    for (let k = 1; k <= chain.length; k++) {
      for (const other of [1, 2, 5]) {
        const { what, entries, seq, kind, needsHeads } = tamper(chain, k, other)
        assert.deepEqual(brief(verify(entries, { heads })), { seq, kind }, `${how}: ${what}`)
        if (!needsHeads) assert.deepEqual(brief(verify(entries)), { seq, kind }, `${how}, no heads: ${what}`)
      }
    }
  }
})

test('a history rewritten to its end fits by itself, and the verdict warns that nothing outside was compared', () => {
  const rewrite = tamperings['alter and chain everything after anew']
  const verdict = verify(rewrite?.(CHAIN, 12, 1).entries ?? [])
  assert.equal(verdict.ok, true)
  assert.match(verdict.warnings.join(), /Nothing kept outside was compared/)
})

test('an administrator who holds the key and rewrote history is found by a checkpoint kept elsewhere', () => {
  const rewrite = tamperings['alter and chain everything after anew']
  const entries = rewrite?.(CHAIN, 12, 1).entries ?? []
  const kept = [
    checkpointOver(CHAIN.slice(0, 10)),
    checkpointOver(CHAIN.slice(0, 20)),
    checkpointOver(CHAIN.slice(0, 30)),
  ]
  const verdict = verify(entries, { checkpoints: [checkpointOver(entries), ...kept], vkeys: [KEY.vkey] })
  assert.deepEqual(brief(verdict), { seq: 11, kind: 'bad-checkpoint' })
  assert.match(verdict.problem?.sentence ?? '', /from entry 11 to entry 20/)
})

test('a cut end is found by a checkpoint that covers more', () => {
  const verdict = verify(CHAIN.slice(0, 30), { checkpoints: [checkpointOver(CHAIN)], vkeys: [KEY.vkey] })
  assert.deepEqual(brief(verdict), { seq: 31, kind: 'truncated' })
})

test('a checkpoint signed by a stranger, changed, or of another ledger is refused', () => {
  const stranger = makeSigningKey(ORIGIN)
  const bad = {
    stranger: checkpointOver(CHAIN, stranger),
    changed: checkpointOver(CHAIN).replace('\n40\n', '\n39\n'),
    'no note': 'hello',
    'another ledger': checkpointOver(CHAIN, KEY, 'gatehouse/ledger/other'),
  }
  for (const [what, checkpoint] of Object.entries(bad)) {
    const verdict = verify(CHAIN, {
      checkpoints: [checkpoint],
      vkeys: [KEY.vkey],
      expect: { ...WHOLE, origin: ORIGIN },
    })
    assert.equal(verdict.problem?.kind, 'bad-checkpoint', what)
    assert.equal(verdict.checkpoints.checked, 0, what)
  }
})

test('a key that came with the entries counts only where no other was given, and with a warning', () => {
  const check = (vkeys: readonly string[]): Verdict => {
    const stranger = makeSigningKey(ORIGIN)
    const verifier = createVerifier({ expect: WHOLE, vkeys })
    for (const entry of CHAIN) verifier.push(entry)
    verifier.addVkey(stranger.vkey)
    verifier.addCheckpoint(checkpointOver(CHAIN, stranger))
    return verifier.finish()
  }
  assert.equal(check([KEY.vkey]).ok, false)
  assert.equal(check([]).ok, true)
  assert.match(check([]).warnings.join(), /key that came with the entries/)
})

test('a slice is compared with a checkpoint through the subtrees before it, and false subtrees do not pass', () => {
  const before = merkleTree()
  for (const { hash } of CHAIN.slice(0, 21)) before.append(hash)
  const slice = CHAIN.slice(21)
  const expect = { school: EXAMPLE_SCHOOL, firstSeq: 22, firstPrev: CHAIN[20]?.hash ?? '', range: before.range() }
  const options = { checkpoints: [checkpointOver(CHAIN)], vkeys: [KEY.vkey] }
  const verdict = verify(slice, { ...options, expect })
  assert.deepEqual([verdict.ok, verdict.checkpoints], [true, { checked: 1, latestSize: 40 }])
  assert.match(verdict.warnings.join(), /slice that begins with entry 22/)
  const swapped = verify(slice, { ...options, expect: { ...expect, range: before.range().toReversed() } })
  assert.deepEqual(brief(swapped), { seq: 22, kind: 'bad-checkpoint' })
  const { range: _, ...withoutRange } = expect
  assert.match(verify(slice, { ...options, expect: withoutRange }).warnings.join(), /could not be compared/)
})

test('a slice that does not follow what it should is found at its first entry', () => {
  const verdict = verify(CHAIN.slice(21), { expect: { firstSeq: 22, firstPrev: CHAIN[19]?.hash ?? '' } })
  assert.deepEqual(brief(verdict), { seq: 22, kind: 'altered' })
})

test('heads that lag behind are no flaw, and the entries that none vouches for are counted', () => {
  const verdict = verify(CHAIN, { heads: HEADS.slice(0, 37) })
  assert.equal(verdict.ok, true)
  assert.match(verdict.warnings.join(), /no head vouches for the 3 after it/)
})

test('a heads file written to the middle of a line by a crash reads as far as it goes', () => {
  const text = HEADS.map(formatHead).join('')
  assert.deepEqual(parseHeads(text), HEADS)
  for (let cut = 1; cut < 66; cut++) {
    assert.deepEqual(parseHeads(text.slice(0, -1 - cut)), HEADS.slice(0, -1), `cut by ${cut}`)
  }
  assert.deepEqual(parseHeads(`12 ab\n${text}`), HEADS)
  assert.throws(() => parseHeads(`${text}hello\n`), /Line 41/)
})

test('a clock that went back is told and is no flaw', () => {
  let prev = GENESIS
  const chain = CHAIN.slice(0, 5).map(entry => {
    const changed = withHash({ ...entry, prev, at: entry.seq === 3 ? '2026-09-01T07:00:00.000Z' : entry.at })
    prev = changed.hash
    return changed
  })
  const verdict = verify(chain)
  assert.equal(verdict.ok, true)
  assert.match(verdict.warnings.join(), /The clock went back between entry 2 .* and entry 3/)
})

test('an entry with a field outside the hashed bytes, or text that is none, is malformed', () => {
  const third = CHAIN[2]
  assert.ok(third)
  const extra: LedgerEntry & { note: string } = { ...third, note: 'trust me' }
  assert.deepEqual(brief(verify(CHAIN.with(2, extra))), { seq: 3, kind: 'malformed' })
  assert.deepEqual(brief(verify(CHAIN.with(2, { ...third, actor: 'a\ud800' }))), { seq: 3, kind: 'malformed' })
})

test('an empty ledger is whole, unless a head says that there was one', () => {
  const empty = verify([])
  assert.deepEqual([empty.ok, empty.entries, empty.firstSeq, empty.lastSeq], [true, 0, 0, 0])
  assert.deepEqual(brief(verify([], { heads: HEADS })), { seq: 1, kind: 'truncated' })
})

test('erasing what a child said, and its key, leaves the chain whole: an entry holds only a digest made with that key', () => {
  const digestOf = ({ key, words }: { key: string; words: string }) =>
    createHmac('sha256', key).update(words).digest('hex')
  const rows = new Map(CHAIN.map(({ seq }) => [seq, { key: `key ${seq}`, words: `what a child said, ${seq}` }]))
  let prev = GENESIS
  const chain = CHAIN.map(entry => {
    const row = rows.get(entry.seq)
    const changed = withHash({ ...entry, prev, detail: { fields: ['words'], digest: row ? digestOf(row) : '' } })
    prev = changed.hash
    return changed
  })
  const before = verify(chain, { heads: chain })
  assert.equal(before.ok, true)
  const seventh = rows.get(7)
  assert.equal(
    chain[6]?.detail.digest,
    seventh && digestOf(seventh),
    'while the row is there, the entry vouches for it',
  )
  rows.delete(7)
  assert.deepEqual(verify(chain, { heads: chain }), before)
  assert.ok(!JSON.stringify(chain).includes('what a child said'))
})

async function* bytesOf(lines: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  for await (const line of lines) yield Buffer.from(line)
}
