import { createFeatures, readFeatures } from './features.ts'
import type { Passage } from './passage.ts'
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
}

/** @throws {ModelError} where the bytes are no model. */
export function openModel(bytes: Uint8Array): Model {
  const header = headerOf(bytes)
  const size = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
  const outputs = header.concerns.length
  const weights = new Int8Array(bytes.buffer, bytes.byteOffset + 4 + size, outputs << header.bits)
  const rows = packed(weights, outputs, header.bits)
  const features = createFeatures()
  const sums = new Int32Array(lanes * 2)
  const scores = new Float64Array(outputs)
  const scale = Float64Array.from(header.scale)
  const bias = Float64Array.from(header.bias)
  return {
    header,
    score: passage => {
      readFeatures(passage, header.bits, features)
      const { buckets, count } = features
      sums.fill(0)
      for (let n = 0; n < count; n += block) addBlock(rows, buckets, n, Math.min(count, n + block), sums)
      const long = Math.sqrt(count + 20)
      for (let output = 0; output < outputs; output++)
        scores[output] = ((sums[output] ?? 0) * (scale[output] ?? 0)) / long + (bias[output] ?? 0)
      return scores
    },
  }
}

/*
 * Two concerns share an Int32, sixteen bits each: a weight plus 128 fits in eight, so 256 of them can be added before either
 * half could run over. Adding is then nine loads a feature rather than seventeen.
 */
const lanes = 9
const block = 256

function packed(weights: Int8Array, outputs: number, bits: number): Int32Array {
  const rows = new Int32Array(lanes << bits)
  for (let bucket = 0; bucket < 1 << bits; bucket++)
    for (let lane = 0; lane < lanes; lane++) {
      const low = weights[bucket * outputs + lane * 2] ?? 0
      const high = lane * 2 + 1 < outputs ? (weights[bucket * outputs + lane * 2 + 1] ?? 0) : 0
      rows[bucket * lanes + lane] = (low + 128) | ((high + 128) << 16)
    }
  return rows
}

function addBlock(rows: Int32Array, buckets: Int32Array, from: number, to: number, sums: Int32Array): void {
  let a = 0
  let b = 0
  let c = 0
  let d = 0
  let e = 0
  let f = 0
  let g = 0
  let h = 0
  let i = 0
  for (let n = from; n < to; n++) {
    const row = (buckets[n] ?? 0) * lanes
    a = (a + (rows[row] ?? 0)) | 0
    b = (b + (rows[row + 1] ?? 0)) | 0
    c = (c + (rows[row + 2] ?? 0)) | 0
    d = (d + (rows[row + 3] ?? 0)) | 0
    e = (e + (rows[row + 4] ?? 0)) | 0
    f = (f + (rows[row + 5] ?? 0)) | 0
    g = (g + (rows[row + 6] ?? 0)) | 0
    h = (h + (rows[row + 7] ?? 0)) | 0
    i = (i + (rows[row + 8] ?? 0)) | 0
  }
  const shift = 128 * (to - from)
  const add = (lane: number, sum: number): void => {
    sums[lane * 2] = (sums[lane * 2] ?? 0) + (sum & 0xffff) - shift
    sums[lane * 2 + 1] = (sums[lane * 2 + 1] ?? 0) + (sum >>> 16) - shift
  }
  add(0, a)
  add(1, b)
  add(2, c)
  add(3, d)
  add(4, e)
  add(5, f)
  add(6, g)
  add(7, h)
  add(8, i)
}

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
    header.concerns.length > 0 &&
    header.concerns.length <= lanes * 2 &&
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
