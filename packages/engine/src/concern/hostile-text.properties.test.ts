import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shippedDetector } from './shipped.fixture.ts'
import { concerns } from './types.ts'

/*
 * Text that was made to break or to stall a reader: whatever it is, the answer is whole, the spans lie in the text, and the work
 * grows in line with its length. Counted in steps, which are the same on every machine.
 */
const detector = shippedDetector()
const mega = (unit: string, length = 1_000_000): string => unit.repeat(Math.ceil(length / unit.length)).slice(0, length)

const hostile: Readonly<Record<string, string>> = {
  'ten megabytes of plain words': mega('the river rises in the hills and i want to go home ', 10_000_000),
  'ten megabytes of one letter': mega('a', 10_000_000),
  zalgo: mega('k\u0301\u0322\u0334i\u0301\u0340ll\u0301 '),
  'marks alone': mega('\u0301\u0322\u0334'),
  'scripts mixed in every word': mega('kіllメyоu Я你aя ﷽ '),
  'right to left and back': mega('\u202ekill\u202cyou\u2066 '),
  'halves of pairs': mega('\ud800k\udc00i\ud83dll '),
  'pairs the wrong way round': mega('\udc00\ud800'),
  nulls: mega('\u0000kill\u0000'),
  'a pattern’s dread, nested': `${mega('a', 500_000)}!`,
  'a pattern’s dread, alternating': `${mega('aab', 500_000)}X`,
  'e-mail that never ends': mega('a@a.'),
  'digits that never end': mega('0770090012'),
  'quotation marks that never close': mega('"“‘'),
  'stars for letters': mega('k**l '),
  'dots between letters': mega('k.i.l.l.'),
  'invisible letters': mega('k\u200b\u200c\u200d\u2060i\ufeff'),
  'pictures and their joiners': mega('👩‍👩‍👧‍👦🏴󠁧󠁢󠁥󠁮󠁧󠁿'),
  'no space at all': mega('iwanttokillmyself'),
}

for (const [name, text] of Object.entries(hostile))
  test(`a whole answer for ${name}, with work in line with its length`, () => {
    const before = detector.steps()
    const { flag, severity, categories, spans, why } = detector.detect({ text, kind: 'typed', age: 'primary' })
    assert.ok(detector.steps() - before < text.length * 60 + 10_000)
    assert.equal(flag, severity > 0)
    assert.ok(why.endsWith('.') && why.length < 2000, `why has ${why.length} characters`)
    for (const { name: concern } of categories) assert.ok(concerns.includes(concern))
    for (const [from, to] of spans) assert.ok(from >= 0 && from < to && to <= text.length)
  })
