import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonicalJson, isSurelyCanonical, type JsonValue, MAX_DEPTH, parseJson } from './canonical.ts'

/** RFC 8785 appendix B: the bits of an IEEE 754 double, and how it is written. */
const NUMBERS = [
  ['0000000000000000', '0'],
  ['8000000000000000', '0'],
  ['0000000000000001', '5e-324'],
  ['8000000000000001', '-5e-324'],
  ['7fefffffffffffff', '1.7976931348623157e+308'],
  ['ffefffffffffffff', '-1.7976931348623157e+308'],
  ['4340000000000000', '9007199254740992'],
  ['c340000000000000', '-9007199254740992'],
  ['4430000000000000', '295147905179352830000'],
  ['44b52d02c7e14af5', '9.999999999999997e+22'],
  ['44b52d02c7e14af6', '1e+23'],
  ['44b52d02c7e14af7', '1.0000000000000001e+23'],
  ['444b1ae4d6e2ef4e', '999999999999999700000'],
  ['444b1ae4d6e2ef4f', '999999999999999900000'],
  ['444b1ae4d6e2ef50', '1e+21'],
  ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
  ['3eb0c6f7a0b5ed8d', '0.000001'],
  ['41b3de4355555553', '333333333.3333332'],
  ['41b3de4355555554', '333333333.33333325'],
  ['41b3de4355555555', '333333333.3333333'],
  ['41b3de4355555556', '333333333.3333334'],
  ['41b3de4355555557', '333333333.33333343'],
  ['becbf647612f3696', '-0.0000033333333333333333'],
  ['43143ff3c1cb0959', '1424953923781206.2'],
] as const

test('numbers are written as RFC 8785 appendix B lists them', () => {
  for (const [bits, text] of NUMBERS) assert.equal(canonicalJson(Buffer.from(bits, 'hex').readDoubleBE()), text, bits)
})

test('the example of RFC 8785 section 3.2.2 comes out as the RFC prints it', () => {
  const input = String.raw`{
    "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
    "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
    "literals": [null, true, false]
  }`
  assert.equal(
    canonicalJson(parseJson(input)),
    String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
  )
})

test('members are sorted by UTF-16 code units, as in RFC 8785 section 3.2.3', () => {
  const input = String.raw`{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One",
    "\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}`
  const values = [...canonicalJson(parseJson(input)).matchAll(/:"([^"]+)"/g)].map(match => match[1])
  assert.deepEqual(values, [
    'Carriage Return',
    'One',
    'Control',
    'Latin Small Letter O With Diaeresis',
    'Euro Sign',
    'Emoji: Grinning Face',
    'Hebrew Letter Dalet With Dagesh',
  ])
})

test('what JSON cannot carry without loss is refused and never quietly dropped', () => {
  const circular: { self?: unknown } = {}
  circular.self = circular
  const refused: [string, unknown][] = [
    ['NaN', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
    ['undefined', undefined],
    ['an undefined member', { reason: undefined }],
    ['a hole', new Array(1)],
    ['a lone surrogate', 'a\ud800'],
    ['a lone surrogate in a name', { '\udc00': 1 }],
    ['a bigint', 1n],
    ['a function', () => 1],
    ['a date', new Date(0)],
    ['a map', new Map()],
    ['a circle', circular],
  ]
  for (const [what, value] of refused) assert.throws(() => canonicalJson(value as JsonValue), TypeError, what)
})

test('a value may be as deep as the limit and no deeper', () => {
  const deep = (levels: number): JsonValue => parseJson('['.repeat(levels) + ']'.repeat(levels))
  assert.equal(canonicalJson(deep(MAX_DEPTH)).length, 2 * MAX_DEPTH)
  assert.throws(() => canonicalJson(deep(MAX_DEPTH + 1)), TypeError)
})

const json = fc.jsonValue({ stringUnit: 'binary', maxDepth: 4 }).map(value => parseJson(JSON.stringify(value)))

test('reading canonical text gives the value back, and the order of members makes no difference', () => {
  fc.assert(
    fc.property(json, value => {
      const text = canonicalJson(value)
      assert.deepEqual(parseJson(text), value)
      assert.equal(canonicalJson(reversed(value)), text)
    }),
  )
})

test('the quick look at a text never calls it canonical when it is not', () => {
  fc.assert(
    fc.property(json, fc.boolean(), (value, reverse) => {
      const text = JSON.stringify(reverse ? reversed(value) : value)
      const parsed = parseJson(text)
      if (isSurelyCanonical(text, parsed)) assert.equal(text, canonicalJson(parsed))
    }),
  )
  for (const text of [
    '{"b":1,"a":2}',
    '{"a":1,"a":1}',
    '"\\ud800"',
    '1.0',
    '[1, 2]',
    '"\\u0041"',
    '{"a":[{"c":1,"b":1}]}',
  ]) {
    assert.equal(isSurelyCanonical(text, parseJson(text)), false, text)
  }
  assert.equal(isSurelyCanonical('{"a":[{"b":1,"c":1}]}', { a: [{ b: 1, c: 1 }] }), true)
})

function reversed(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(reversed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, reversed(member)]),
  )
}
