import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonicalJson, type JsonObject, parseJson } from './canonical.ts'
import { entryFault, entryHash, entryLine, entryParts, GENESIS, readEntryLine } from './entry.ts'
import { withHash } from './example-chain.ts'

const text = fc.string({ unit: 'binary', minLength: 1 })
const content = fc.record({
  school: text,
  seq: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  at: fc.date({ min: new Date(0), max: new Date('2099-12-31'), noInvalidDate: true }).map(date => date.toISOString()),
  actor: text,
  type: text,
  subject: fc.option(text),
  detail: fc.dictionary(fc.string(), fc.jsonValue()).map(detail => parseJson(JSON.stringify(detail)) as JsonObject),
  prev: fc.uint8Array({ minLength: 32, maxLength: 32 }).map(bytes => Buffer.from(bytes).toString('hex')),
})

test('a first entry has the hash that anybody can work out by hand', () => {
  const body =
    '{"actor":"person:1","at":"2026-11-22T10:00:00.000Z","detail":{"from":"open","reason":"x"},' +
    `"prev":"${GENESIS}","school":"s1","seq":1,"subject":null,"type":"incident.closed","v":1}`
  const entry = {
    school: 's1',
    seq: 1,
    at: '2026-11-22T10:00:00.000Z',
    actor: 'person:1',
    type: 'incident.closed',
    subject: null,
    detail: { reason: 'x', from: 'open' },
    prev: GENESIS,
  }
  assert.equal(entryHash(entry), createHash('sha256').update(body).digest('hex'))
})

test('the parts with the two gaps filled are the canonical JSON of the body', () => {
  fc.assert(
    fc.property(content, entry => {
      const { before, middle, after } = entryParts(entry)
      const body = before + entry.prev + middle + entry.seq + after
      assert.equal(body, canonicalJson({ ...entry, v: 1 }))
      assert.equal(middle, `","school":${canonicalJson(entry.school)},"seq":`)
      assert.equal(entryHash(entry), createHash('sha256').update(body, 'utf8').digest('hex'))
    }),
  )
})

test('an exported line reads back as the same entry with the same hash', () => {
  fc.assert(
    fc.property(content, body => {
      const entry = withHash(body)
      const read = readEntryLine(entryLine(entry))
      assert.ok(read.ok)
      assert.deepEqual({ ...read.entry }, entry)
      assert.equal(read.computed, entry.hash)
    }),
  )
})

test('a detail that looks like the hash member does not move the place where the hash is taken out', () => {
  const hash = 'a'.repeat(64)
  const entry = withHash({
    school: 's',
    seq: 1,
    at: '2026-11-22T10:00:00.000Z',
    actor: `","hash":"${hash}","prev":"`,
    type: `,"hash":"${hash}`,
    subject: '"hash":"',
    detail: { a: 1, hash, nested: { b: 2, hash } },
    prev: GENESIS,
  })
  const read = readEntryLine(entryLine(entry))
  assert.ok(read.ok && read.computed === entry.hash)
})

test('a line that shows anything but what was hashed is refused', () => {
  const entry = withHash({
    school: 's',
    seq: 1,
    at: '2026-11-22T10:00:00.000Z',
    actor: 'a',
    type: 't',
    subject: null,
    detail: { '10': 1, '9': 2 },
    prev: GENESIS,
  })
  const line = entryLine(entry)
  assert.ok(readEntryLine(line).ok, 'members named like array indexes are in canonical order')
  const refused = {
    'a member twice': line.replace('"actor":"a"', '"actor":"b","actor":"a"'),
    'a space': line.replace('"actor":', '"actor": '),
    'a needless escape': line.replace('"actor":"a"', '"actor":"\\u0061"'),
    'a number written otherwise': line.replace('"seq":1', '"seq":1.0'),
    'members out of order': line.replace('"10":1,"9":2', '"9":2,"10":1'),
    'a lone surrogate': line.replace('"actor":"a"', '"actor":"\\ud800"'),
    'an unknown member': line.replace('"type":"t"', '"note":"trust me","type":"t"'),
    'no type': line.replace(',"type":"t"', ''),
    'a carriage return': `${line}\r`,
    'too deep a detail': line.replace('{"10":1,"9":2}', `{"a":${'['.repeat(200)}${']'.repeat(200)}}`),
    'half a line': line.slice(0, -1),
  }
  for (const [what, changed] of Object.entries(refused)) {
    assert.notEqual(changed, line, what)
    assert.equal(readEntryLine(changed).ok, false, what)
  }
})

test('what is wrong with an entry is said by its field', () => {
  const entry = withHash({
    school: 's',
    seq: 1,
    at: '2026-11-22T10:00:00.000Z',
    actor: 'a',
    type: 't',
    subject: null,
    detail: {},
    prev: GENESIS,
  })
  assert.equal(entryFault(entry), null)
  assert.match(String(entryFault({ ...entry, seq: 0 })), /seq/)
  assert.match(String(entryFault({ ...entry, seq: '1' })), /seq/)
  assert.match(String(entryFault({ ...entry, at: '2026-11-22T10:00:00Z' })), /at/)
  assert.match(String(entryFault({ ...entry, detail: [] })), /detail/)
  assert.match(String(entryFault({ ...entry, subject: undefined })), /subject/)
  assert.match(String(entryFault({ ...entry, prev: GENESIS.toUpperCase().replace('0', 'A') })), /prev/)
  assert.match(String(entryFault({ ...entry, colour: 'red' })), /unknown field "colour"/)
})
