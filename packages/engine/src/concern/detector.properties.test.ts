import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { digestResults } from './index.ts'
import { shippedDetector } from './shipped.fixture.ts'
import { ageBands, type ConcernResult, type ConcernText, concerns, parentOf, textKinds } from './types.ts'

const detector = shippedDetector()
const word = fc.constantFrom(
  ...[
    'i',
    'want',
    'to',
    'kill',
    'myself',
    'you',
    'u',
    'fat',
    'send',
    'nudes',
    'knife',
    'in',
    'my',
    'bag',
    'weed',
    'vpn',
    'school',
    'essay',
  ],
  ...[
    'k1ll',
    'm y s e l f',
    'f**k',
    '🔪',
    '💀',
    '\u200b',
    '"',
    '.',
    '…',
    '@you',
    'ｋｉｌｌ',
    '07700900123',
    'a@b.co',
    'SW1A 1AA',
    'not',
    'nevr',
  ],
)
const text = fc.oneof(
  fc.array(word, { maxLength: 60 }).map(words => words.join(' ')),
  fc.string({ unit: 'binary', maxLength: 400 }),
  // Broken UTF-16: halves of pairs anywhere.
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 200 }).map(units => String.fromCharCode(...units)),
)
const question: fc.Arbitrary<ConcernText> = fc.record({
  text,
  kind: fc.constantFrom(...textKinds),
  age: fc.constantFrom(...ageBands),
})

function assertWhole({ flag, severity, categories, spans, why }: ConcernResult, asked: string): void {
  assert.equal(flag, severity > 0)
  assert.equal(flag, (categories[0]?.score ?? 0) >= 0.5)
  assert.ok(why.length > 0 && why.endsWith('.'))
  let before = 2
  for (const { name, score } of categories) {
    assert.ok(concerns.includes(name) && score >= 0 && score <= 1 && score <= before)
    before = score
    const parent = parentOf[name]
    if (parent !== undefined) {
      const above = categories.find(other => other.name === parent)
      assert.ok(above !== undefined && above.score <= score, `${name} without ${parent} or below it`)
    }
  }
  for (const [from, to, concern] of spans) {
    assert.ok(Number.isInteger(from) && 0 <= from && from < to && to <= asked.length)
    assert.ok(categories.some(({ name }) => name === concern))
  }
}

test('any text in any kind gets a whole answer, with its spans inside it and each concern below its parent', () => {
  fc.assert(
    fc.property(question, asked => assertWhole(detector.detect(asked), asked.text)),
    { numRuns: 400 },
  )
})

test('the same question gets the same answer, whatever was asked before', () => {
  const other = shippedDetector()
  fc.assert(
    fc.property(question, question, (first, second) => {
      const answer = detector.detect(first)
      detector.detect(second)
      assert.deepEqual(detector.detect(first), answer)
      assert.deepEqual(other.detect(first), answer)
    }),
    { numRuns: 100 },
  )
})

test('twice the text is at most twice the work, and a little', () => {
  const work = (asked: string): number => {
    const before = detector.steps()
    detector.detect({ text: asked, kind: 'typed', age: 'secondary' })
    return detector.steps() - before
  }
  const pieces = [
    'kill yourself you fat ',
    'a',
    'k i l l ',
    'f*',
    '1!',
    'i want to die ',
    'ass',
    '\u0301\u0302',
    'ab.',
    '💀',
    '* ',
    '"kill',
    '\ud83d',
    'd i e',
    'iwanttokillmyself',
  ]
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 6 }), chosen => {
      const unit = chosen.join('')
      const times = Math.ceil(20_000 / unit.length)
      const once = work(unit.repeat(times))
      const twice = work(unit.repeat(times * 2))
      assert.ok(twice <= once * 2.2 + 5000, `${JSON.stringify(unit)}: ${once} then ${twice} steps`)
    }),
    { numRuns: 25 },
  )
})

test('a word of one megabyte and ten thousand marks on a letter are answered with work in line with their length', () => {
  for (const asked of ['x'.repeat(1_000_000), 'kill'.repeat(250_000), `k${'\u0301'.repeat(10_000)}ill yourself`]) {
    const before = detector.steps()
    assertWhole(detector.detect({ text: asked, kind: 'typed', age: 'secondary' }), asked)
    assert.ok(detector.steps() - before < asked.length * 60 + 10_000)
  }
})

test('ten thousand texts have one digest, whichever detector read them', () => {
  const texts: ConcernText[] = []
  let state = 7
  const draw = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 4294967296) * below)
  }
  const vocabulary =
    'i want to die kill you yourself send nudes knife bag school weed selling not never essay about k1ll 💀 fat ugly mum dad help the and of'.split(
      ' ',
    )
  for (let n = 0; n < 10_000; n++)
    texts.push({
      text: Array.from({ length: 1 + draw(14) }, () => vocabulary[draw(vocabulary.length)] ?? '').join(
        draw(9) === 0 ? '  ' : ' ',
      ),
      kind: textKinds[draw(textKinds.length)] ?? 'typed',
      age: ageBands[draw(ageBands.length)] ?? 'secondary',
    })
  const digest = digestResults(detector, texts)
  assert.match(digest, /^[0-9a-f]{16}$/)
  assert.equal(digestResults(shippedDetector(), texts), digest)
  assert.notEqual(digestResults(detector, texts.slice(1)), digest)
})
