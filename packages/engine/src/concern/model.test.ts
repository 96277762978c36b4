import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createFeatures, readFeatures } from './features.ts'
import { compileLexicon } from './lexicon.ts'
import { openModel } from './model.ts'
import { createPassage } from './passage.ts'
import { createReader } from './reader.ts'
import { shippedParts } from './shipped.fixture.ts'

const { lexicon: files, model: bytes } = shippedParts()
const lexicon = compileLexicon(files)
const model = openModel(bytes, lexicon.meaningOf)
const reader = createReader(lexicon)

/** The scores by their definition: every feature's weights added one by one. */
function slowScores(text: string): number[] {
  const passage = createPassage()
  reader.read(text, 0, passage)
  const { bits, concerns, scale, bias } = model.header
  const features = createFeatures()
  readFeatures(passage, bits, lexicon.meaningOf, features)
  const weights = new Int8Array(bytes.buffer, bytes.byteOffset + bytes.length - (concerns.length << bits))
  return concerns.map((_, output) => {
    let sum = 0
    for (const bucket of features.buckets.subarray(0, features.count))
      sum += weights[bucket * concerns.length + output] ?? 0
    return (sum * (scale[output] ?? 0)) / Math.sqrt(features.count + 20) + (bias[output] ?? 0)
  })
}

for (const [name, text] of [
  ['words of the dictionary', 'i want to go to the park with my friends after school'],
  ['words that nobody knows', 'zxqv blorptang mxyzptlk wibblewobbleton'],
  ['words in disguise', 'i w4nt to k.i.l.l m y s e l f and su-icide iwanttokillmyself f**k *even* sucidal'],
  ['pictures, numbers and a mention', '🔪 @you 07700 900123 don’t 3x 69'],
  ['a long passage', 'never mind the wugs, said the teacher and went home again to qwertyuiopasdf '.repeat(60)],
  ['the same word again and again', 'misunderstandings '.repeat(500)],
] as const)
  test(`the model adds up ${name} to the same scores as one feature at a time`, () => {
    for (let again = 0; again < 2; again++) {
      const passage = createPassage()
      reader.read(text, 0, passage)
      assert.deepEqual([...model.score(passage)], slowScores(text))
    }
  })

test('what the words bring to a score is that score', () => {
  const passage = createPassage()
  reader.read('her dad hits her every night and zxqv tells nobody', 0, passage)
  const features = createFeatures()
  readFeatures(passage, model.header.bits, lexicon.meaningOf, features)
  const long = Math.sqrt(features.count + 20)
  const { concerns, scale, bias } = model.header
  const added = concerns.map((concern, output) => {
    const sum = model.shares(passage, concern).reduce((total, share) => total + share, 0)
    return (sum * (scale[output] ?? 0)) / long + (bias[output] ?? 0)
  })
  assert.deepEqual(added, [...model.score(passage)])
})
