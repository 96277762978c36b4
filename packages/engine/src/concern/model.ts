import { addWord, beforeFirst, createFeatures, meaningPairBucket, mostFeatures, pairBucket } from './features.ts'
import { marks, type Passage } from './passage.ts'
import { type Concern, concerns } from './types.ts'

/*
 * The trained model: one linear score a concern over hashed words and letters. A file is four bytes (the header's length,
 * little-endian), a header in JSON, and one signed byte a bucket and concern, bucket by bucket.
 */

export interface ModelHeader {
  readonly version: string
  /** Base-2 logarithm of the number of buckets. */
  readonly bits: number
  readonly concerns: readonly Concern[]
  /** What one step of a byte is worth, a concern. */
  readonly scale: readonly number[]
  readonly bias: readonly number[]
  /** Score at which the model alone would flag, a concern; Infinity is written as null: never alone. */
  readonly alone: readonly (number | null)[]
}

export class ModelError extends Error {
  override readonly name = 'ModelError'
}

export interface Model {
  readonly header: ModelHeader
  /** Raw scores of a passage, in the header's order; the array is reused. */
  score(passage: Passage): Float64Array
  /** What each word of a passage brings to the score of one concern, with half of each pair that it stands in: together the score, but for its bias, in steps of a byte and before its length counts. */
  shares(passage: Passage, concern: Concern): Float64Array
}

/**
 * `meaningOf` is each word's class by its number in the dictionary; what a word of it brings is worked out once.
 *
 * @throws {ModelError} where the bytes are no model.
 */
export function openModel(bytes: Uint8Array, meaningOf: Uint16Array): Model {
  const words = meaningOf.length - 1
  const header = headerOf(bytes)
  const size = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
  const weights = new DataView(bytes.buffer, bytes.byteOffset + 4 + size, outputs << header.bits)
  const mask = (1 << header.bits) - 1
  // Of each word: how many features it brings wherever it stands (0 = not asked for yet), their sums, and its hash.
  const featuresOf = new Uint8Array(words + 1)
  const sumsOf = new Int16Array((words + 1) * outputs)
  const hashOf = new Int32Array(words + 1)
  const features = createFeatures()
  const { buckets } = features
  const picked = new Int32Array(mostFeatures + 256)
  const sums = new Int32Array(outputs)
  const scores = new Float64Array(outputs)
  const scale = Float64Array.from(header.scale)
  const bias = Float64Array.from(header.bias)

  const learn = (word: number, { letters, letterFrom, letterEnd }: Passage, token: number): void => {
    features.count = 0
    hashOf[word] = addWord(features, letters, letterFrom[token] ?? 0, letterEnd[token] ?? 0, meaningOf[word] ?? 0, mask)
    featuresOf[word] = features.count
    for (let n = 0; n < features.count; n++)
      for (let output = 0; output < outputs; output++) {
        const at = word * outputs + output
        sumsOf[at] = (sumsOf[at] ?? 0) + weights.getInt8((buckets[n] ?? 0) * outputs + output)
      }
  }
  return {
    header,
    score: passage => {
      const { word: wordAt, marks: markAt, letters, letterFrom, letterEnd } = passage
      sums.fill(0)
      let count = 0
      let rows = 0
      let before = beforeFirst
      let last = 0
      for (let token = 0; token < passage.count && count < mostFeatures; token++) {
        let whole = 0
        const meaning = meaningOf[wordAt[token] ?? 0] ?? 0
        if (((markAt[token] ?? 0) & marks.asListed) !== 0) {
          const word = wordAt[token] ?? 0
          if (featuresOf[word] === 0) learn(word, passage, token)
          whole = hashOf[word] ?? 0
          count += (featuresOf[word] ?? 0) + 1
          const from = word * outputs
          for (let output = 0; output < outputs; output++)
            sums[output] = (sums[output] ?? 0) + (sumsOf[from + output] ?? 0)
        } else {
          features.count = 0
          whole = addWord(features, letters, letterFrom[token] ?? 0, letterEnd[token] ?? 0, meaning, mask)
          count += features.count + 1
          for (let n = 0; n < features.count; n++) picked[rows++] = buckets[n] ?? 0
        }
        picked[rows++] = pairBucket(before, whole, mask)
        before = whole
        if (meaning === 0) continue
        picked[rows++] = meaningPairBucket(last, meaning, mask)
        count++
        last = meaning
      }
      for (let from = 0; from < rows; from += block) addBlock(weights, picked, from, Math.min(rows, from + block), sums)
      const long = Math.sqrt(count + 20)
      for (let output = 0; output < outputs; output++)
        scores[output] = ((sums[output] ?? 0) * (scale[output] ?? 0)) / long + (bias[output] ?? 0)
      return scores
    },
    shares: ({ count, word, letters, letterFrom, letterEnd }, concern) => {
      const output = header.concerns.indexOf(concern)
      const shares = new Float64Array(count)
      const weightOf = (bucket: number): number => weights.getInt8(bucket * outputs + output)
      const give = (token: number, value: number): void => {
        shares[token] = (shares[token] ?? 0) + value
      }
      let before = beforeFirst
      let last = 0
      let lastAt = -1
      for (let token = 0; token < count; token++) {
        const meaning = meaningOf[word[token] ?? 0] ?? 0
        features.count = 0
        const whole = addWord(features, letters, letterFrom[token] ?? 0, letterEnd[token] ?? 0, meaning, mask)
        for (const bucket of buckets.subarray(0, features.count)) give(token, weightOf(bucket))
        const pair = weightOf(pairBucket(before, whole, mask)) / 2
        give(Math.max(token - 1, 0), pair)
        give(token, pair)
        before = whole
        if (meaning === 0) continue
        const meaningPair = weightOf(meaningPairBucket(last, meaning, mask)) / 2
        give(lastAt < 0 ? token : lastAt, meaningPair)
        give(token, meaningPair)
        last = meaning
        lastAt = token
      }
      return shares
    },
  }
}

/*
 * Four weights are read at once, as they lie in the file, and added two to an Int32, sixteen bits each: a weight plus 128 fits
 * in eight, so 257 of them can be added before either half could run over. That is five loads a feature rather than
 * seventeen, and no other table than the file. Words of the dictionary cost one row of sums each.
 */
const outputs = 17
const block = 257

function addBlock(weights: DataView, picked: Int32Array, from: number, to: number, sums: Int32Array): void {
  let a = 0
  let b = 0
  let c = 0
  let d = 0
  let e = 0
  let f = 0
  let g = 0
  let h = 0
  let last = 0
  for (let n = from; n < to; n++) {
    const row = (picked[n] ?? 0) * outputs
    const first = weights.getInt32(row, true) ^ plus128
    const second = weights.getInt32(row + 4, true) ^ plus128
    const third = weights.getInt32(row + 8, true) ^ plus128
    const fourth = weights.getInt32(row + 12, true) ^ plus128
    a = (a + (first & halves)) | 0
    b = (b + ((first >>> 8) & halves)) | 0
    c = (c + (second & halves)) | 0
    d = (d + ((second >>> 8) & halves)) | 0
    e = (e + (third & halves)) | 0
    f = (f + ((third >>> 8) & halves)) | 0
    g = (g + (fourth & halves)) | 0
    h = (h + ((fourth >>> 8) & halves)) | 0
    last = (last + weights.getInt8(row + 16)) | 0
  }
  const shift = 128 * (to - from)
  const add = (output: number, sum: number): void => {
    sums[output] = (sums[output] ?? 0) + (sum & 0xffff) - shift
    sums[output + 2] = (sums[output + 2] ?? 0) + (sum >>> 16) - shift
  }
  add(0, a)
  add(1, b)
  add(4, c)
  add(5, d)
  add(8, e)
  add(9, f)
  add(12, g)
  add(13, h)
  sums[16] = (sums[16] ?? 0) + last
}
const plus128 = 0x80808080 | 0
const halves = 0x00ff00ff

function headerOf(bytes: Uint8Array): ModelHeader {
  if (bytes.length < 8) throw new ModelError('the model is shorter than its header')
  const size = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
  if (size > 100_000 || size + 4 > bytes.length) throw new ModelError('the model’s header is longer than the model')
  let text = ''
  for (let at = 4; at < 4 + size; at++) text += String.fromCharCode(bytes[at] ?? 0)
  const header = JSON.parse(text) as ModelHeader
  const known = new Set<string>(concerns)
  const isWhole =
    Array.isArray(header.concerns) &&
    header.concerns.length === outputs &&
    header.concerns.every(concern => known.has(concern)) &&
    [header.scale, header.bias, header.alone].every(
      list => Array.isArray(list) && list.length === header.concerns.length,
    ) &&
    Number.isInteger(header.bits) &&
    header.bits >= 8 &&
    header.bits <= 20
  if (!isWhole) throw new ModelError('the model’s header is not as it should be')
  if (bytes.length !== 4 + size + (header.concerns.length << header.bits))
    throw new ModelError('the model is not as long as its header says')
  return header
}
