import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import { readConcernFiles } from '../apps/server/src/concern-files.ts'
import { createFeatures, readFeatures } from '../packages/engine/src/concern/features.ts'
import { concerns } from '../packages/engine/src/concern/index.ts'
import { compileLexicon } from '../packages/engine/src/concern/lexicon.ts'
import { parseLexicon } from '../packages/engine/src/concern/lexicon-format.ts'
import { createPassage } from '../packages/engine/src/concern/passage.ts'
import { createReader } from '../packages/engine/src/concern/reader.ts'
import { type Example, exampleOf, isBenign, ruleExamples, seedExample, shareOf } from './concerns/examples.ts'
import { readLabelled } from './concerns/labelled.ts'
import { wordingsOf } from './concerns/wordings.ts'

/*
 * `npm run train -- --from DIR`: learns the concern detector's weights from `DIR/train/*.tsv.gz`, the seeds in
 * `packages/engine/data/concerns/seeds` and the lexicon, and writes `model.bin` and `card.json`. The same inputs give the
 * same bytes: one order, one sequence of draws, and only + − × ÷ and square root, which IEEE 754 fixes.
 *
 * Squared hinge loss by AdaGrad, a concern at a time over shared features. A tenth of the harmless lines is held out of
 * training to find the score at which the model may flag alone.
 */

const { values } = parseArgs({ options: { from: { type: 'string' }, out: { type: 'string' } } })
if (values.from === undefined || !existsSync(join(values.from, 'train'))) {
  console.error('npm run train: say with --from DIR where the labelled sets lie (DIR/train/NAME.tsv.gz)')
  process.exit(2)
}
const bits = 17
const outputs = concerns.length
const epochs = 3
const rate = 0.25
/** Wordings drawn of a seed that stands for many: more of the harmless, for the school day is wide. */
const mostWordings = (label: string): number => (label === 'none' ? 16 : 10)
const folder = join(import.meta.dirname, '../packages/engine/data/concerns')
const out = values.out ?? folder

const { lexicon: files } = readConcernFiles()
const lexicon = compileLexicon(files)
const reader = createReader(lexicon)
const passage = createPassage()
const features = createFeatures()
const bucketsOf = (text: string): Int32Array => {
  reader.read(text, 0, passage)
  readFeatures(passage, bits, features)
  return features.buckets.slice(0, features.count)
}

const { lines, digests } = readLabelled(join(values.from, 'train'))
const examples: Example[] = []
const heldOut: string[] = []
for (const line of lines) {
  if (isBenign(line.source) && shareOf(`held ${line.id}`) < 0.1) {
    heldOut.push(line.text)
    continue
  }
  const example = exampleOf(line)
  if (example) examples.push(example)
}
const fromSets = examples.length
const seedFolder = join(folder, 'seeds')
const seedNames = existsSync(seedFolder)
  ? readdirSync(seedFolder)
      .filter(name => name.endsWith('.tsv'))
      .sort()
  : []
const seedDigests = seedNames.map(name => {
  const bytes = readFileSync(join(seedFolder, name))
  let rows = 0
  for (const row of bytes.toString('utf8').split('\n')) {
    const [label, text] = row.split('\t')
    if (!label || label.startsWith('#') || text === undefined) continue
    const wordings = wordingsOf(text, mostWordings(label))
    for (const wording of wordings) examples.push(seedExample(label, wording, wordings.length === 1 ? 4 : 1))
    rows++
  }
  return { name, rows, sha256: createHash('sha256').update(bytes).digest('hex') }
})
const fromSeeds = examples.length - fromSets
for (const example of ruleExamples(parseLexicon(files), 10)) examples.push(example)
console.log(
  `${fromSets} lines of the sets, ${fromSeeds} seeds, ${examples.length - fromSets - fromSeeds} wordings of rules`,
)

const buckets = examples.map(({ text }) => bucketsOf(text))
const order = Int32Array.from(examples, (_, n) => n)
let state = 4_022_026
const draw = (below: number): number => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return Math.floor((state / 4294967296) * below)
}
const weights = new Float32Array(outputs << bits)
const squares = new Float32Array(outputs << bits).fill(1e-3)
const bias = new Float64Array(outputs).fill(-0.5)
const biasSquares = new Float64Array(outputs).fill(1)
/** A concern that is rare in the examples counts more there. */
const weightOf = new Float64Array(outputs)
for (let output = 0; output < outputs; output++) {
  let yes = 0
  let no = 0
  for (const { sides, weight } of examples) {
    if (sides[output] === 1) yes += weight
    if (sides[output] === -1) no += weight
  }
  weightOf[output] = Math.min(6, Math.sqrt(no / Math.max(1, yes)))
}
const sums = new Float64Array(outputs)
const pulls = new Float64Array(outputs)
for (let epoch = 0; epoch < epochs; epoch++) {
  for (let n = order.length - 1; n > 0; n--) {
    const other = draw(n + 1)
    const kept = order[n] ?? 0
    order[n] = order[other] ?? 0
    order[other] = kept
  }
  let loss = 0
  for (const number of order) {
    const example = examples[number]
    const own = buckets[number]
    if (example === undefined || own === undefined || own.length === 0) continue
    const size = 1 / Math.sqrt(own.length + 20)
    sums.fill(0)
    for (let n = 0; n < own.length; n++) {
      const row = (own[n] ?? 0) * outputs
      for (let output = 0; output < outputs; output++) sums[output] = (sums[output] ?? 0) + (weights[row + output] ?? 0)
    }
    let isWrong = false
    for (let output = 0; output < outputs; output++) {
      const side = example.sides[output] ?? 0
      const score = (sums[output] ?? 0) * size + (bias[output] ?? 0)
      const short = side === 0 ? 0 : 1 - side * score
      pulls[output] = 0
      if (short <= 0) continue
      const pull = Math.min(short, 2) * side * example.weight * (side === 1 ? (weightOf[output] ?? 1) : 1)
      loss += short * short
      pulls[output] = pull
      isWrong = true
      biasSquares[output] = (biasSquares[output] ?? 1) + pull * pull
      bias[output] = (bias[output] ?? 0) + (0.05 * pull) / Math.sqrt(biasSquares[output] ?? 1)
    }
    if (!isWrong) continue
    for (let n = 0; n < own.length; n++) {
      const row = (own[n] ?? 0) * outputs
      for (let output = 0; output < outputs; output++) {
        const pull = (pulls[output] ?? 0) * size
        if (pull === 0) continue
        const square = (squares[row + output] ?? 0) + pull * pull
        squares[row + output] = square
        weights[row + output] = (weights[row + output] ?? 0) + (rate * pull) / Math.sqrt(square)
      }
    }
  }
  console.log(`round ${epoch + 1} of ${epochs}: loss ${(loss / examples.length).toFixed(4)}`)
}

// One signed byte a weight: the scale is set by the largest but the rarest thousandth.
const scale: number[] = []
const bytes = new Int8Array(outputs << bits)
for (let output = 0; output < outputs; output++) {
  const sizes: number[] = []
  for (let row = 0; row < 1 << bits; row++) {
    const value = Math.abs(weights[row * outputs + output] ?? 0)
    if (value > 1e-6) sizes.push(value)
  }
  sizes.sort((a, b) => a - b)
  const step = (sizes[Math.floor(sizes.length * 0.9995)] ?? 1) / 127
  scale.push(Number(step.toPrecision(8)))
  for (let row = 0; row < 1 << bits; row++) {
    const value = (weights[row * outputs + output] ?? 0) / step
    // Weights of less than two steps are noise and cost space.
    const whole = Math.round(value)
    bytes[row * outputs + output] = Math.abs(whole) < 2 ? 0 : Math.max(-127, Math.min(127, whole))
  }
}
const scoreWith = (own: Int32Array, output: number): number => {
  let sum = 0
  for (let n = 0; n < own.length; n++) sum += bytes[(own[n] ?? 0) * outputs + output] ?? 0
  return (sum * (scale[output] ?? 0)) / Math.sqrt(own.length + 20) + (bias[output] ?? 0)
}
const harmless = heldOut.map(bucketsOf)
const alone = concerns.map((_, output) => {
  const scores = harmless.map(own => scoreWith(own, output)).sort((a, b) => b - a)
  // As the third highest of the held-out harmless lines, and never below a clear yes.
  return Number(Math.max(0.5, scores[2] ?? 0.5).toPrecision(6))
})
const digest = createHash('sha256').update(bytes).digest('hex')
const header = Buffer.from(
  JSON.stringify({
    version: digest.slice(0, 8),
    bits,
    concerns,
    scale,
    bias: [...bias].map(value => Number(value.toPrecision(8))),
    alone,
  }),
)
const size = Buffer.alloc(4)
size.writeUInt32LE(header.length)
const model = Buffer.concat([size, header, Buffer.from(bytes.buffer)])
writeFileSync(join(out, 'model.bin'), model)
writeFileSync(
  join(out, 'card.json'),
  `${JSON.stringify(
    {
      version: digest.slice(0, 8),
      sha256: createHash('sha256').update(model).digest('hex'),
      node: process.version,
      bytes: model.length,
      bytesGzipped: gzipSync(model, { level: 9 }).length,
      examples: {
        sets: fromSets,
        seeds: fromSeeds,
        rules: examples.length - fromSets - fromSeeds,
        heldOut: heldOut.length,
      },
      alone: Object.fromEntries(concerns.map((concern, n) => [concern, alone[n]])),
      lexicon: Object.entries(files).map(([name, text]) => ({
        name,
        sha256: createHash('sha256').update(text).digest('hex'),
      })),
      seeds: seedDigests,
      sets: digests,
    },
    null,
    2,
  )}\n`,
)
console.log(
  `model.bin: ${model.length} bytes, ${gzipSync(model, { level: 9 }).length} gzipped, version ${digest.slice(0, 8)}`,
)
