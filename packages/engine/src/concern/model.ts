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
  const features = createFeatures()
  const sums = new Int32Array(outputs)
  const scores = new Float64Array(outputs)
  const scale = Float64Array.from(header.scale)
  const bias = Float64Array.from(header.bias)
  return {
    header,
    score: passage => {
      readFeatures(passage, header.bits, features)
      const { buckets, count } = features
      sums.fill(0)
      for (let n = 0; n < count; n++) {
        const row = (buckets[n] ?? 0) * outputs
        for (let output = 0; output < outputs; output++)
          sums[output] = (sums[output] ?? 0) + (weights[row + output] ?? 0)
      }
      const long = Math.sqrt(count + 20)
      for (let output = 0; output < outputs; output++)
        scores[output] = ((sums[output] ?? 0) * (scale[output] ?? 0)) / long + (bias[output] ?? 0)
      return scores
    },
  }
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
