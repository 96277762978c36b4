import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import { concernsFolder, readConcernFiles } from '../apps/server/src/concern-files.ts'
import { createFeatures, readFeatures } from '../packages/engine/src/concern/features.ts'
import { concerns, type TextKind } from '../packages/engine/src/concern/index.ts'
import { compileLexicon } from '../packages/engine/src/concern/lexicon.ts'
import { parseLexicon } from '../packages/engine/src/concern/lexicon-format.ts'
import { createPassage } from '../packages/engine/src/concern/passage.ts'
import { createReader } from '../packages/engine/src/concern/reader.ts'
import { beyondAlone } from '../packages/engine/src/concern/weighing.ts'
import { type Example, exampleOf, isBenign, ruleExamples, seedExample, shareOf } from './concerns/examples.ts'
import { kindOf, readLabelled } from './concerns/labelled.ts'
import { type Learnt, type Lesson, learn } from './concerns/learn.ts'
import { seedLines } from './concerns/seeds.ts'
import { wordingsOf } from './concerns/wordings.ts'

/*
 * `npm run train -- --from DIR`: learns the concern detector's weights from `DIR/train/*.tsv.gz`, the seeds in
 * `packages/engine/data/concerns/seeds` and the lexicon, and writes `model.bin` and `card.json`. The same inputs give the
 * same bytes.
 *
 * The score from which the model may flag alone is set on text that was not learnt from: a tenth of the harmless lines of the
 * sets, and the harmless lines of each author of `seeds/voice-*.tsv`, scored by a model that learnt from other authors only.
 * With --folds DIR those models are written too, to judge a setting by how it does with an author that it does not know.
 */

const { values } = parseArgs({
  options: { from: { type: 'string' }, out: { type: 'string' }, folds: { type: 'string' } },
})
if (values.from === undefined || !existsSync(join(values.from, 'train'))) {
  console.error('npm run train: say with --from DIR where the labelled sets lie (DIR/train/NAME.tsv.gz)')
  process.exit(2)
}
const outputs = concerns.length
const learner = { bits: 17, outputs, rounds: 8, rate: 0.08 }
const folds = 3
/** Of the harmless lines of authors it does not know, the model alone flags this share for each concern. */
const aloneShare = 0.0005
/** Of the held-out lines of the sets, the model alone flags this many for each concern. */
const aloneOfSets = 2
/** Wordings drawn of a seed that stands for many: more of the harmless, for the school day is wide. */
const mostWordings = (label: string): number => (label === 'none' ? 16 : 10)
const out = values.out ?? concernsFolder

const { lexicon: files } = readConcernFiles()
const lexicon = compileLexicon(files)
const reader = createReader(lexicon)
const passage = createPassage()
const features = createFeatures()
const bucketsOf = (text: string): Int32Array => {
  reader.read(text, 0, passage)
  readFeatures(passage, learner.bits, lexicon.meaningOf, features)
  return features.buckets.slice(0, features.count)
}
/** A harmless line that is not learnt from. */
interface Held {
  readonly buckets: Int32Array
  readonly words: number
  readonly kind: TextKind
}
const heldOf = (text: string, kind: TextKind): Held => ({ buckets: bucketsOf(text), words: passage.count, kind })
/** What a line would need as the score to flag alone, to be just flagged. */
const neededBy = (model: Learnt, { buckets, words, kind }: Held, output: number): number =>
  beyondAlone(concerns[output] ?? 'profanity', model.score(buckets, output), 0, words, { kind, age: 'secondary' })
const lessonOf = ({ text, sides, weight }: Example): Lesson => ({ sides, weight, buckets: bucketsOf(text) })

const { lines, digests } = readLabelled(join(values.from, 'train'))
const lessons: Lesson[] = []
const heldOut: Held[] = []
for (const line of lines) {
  if (isBenign(line.source) && shareOf(`held ${line.id}`) < 0.1) {
    heldOut.push(heldOf(line.text, kindOf(line.source)))
    continue
  }
  const example = exampleOf(line)
  if (example) lessons.push(lessonOf(example))
}
const fromSets = lessons.length
/** One author's lines. */
interface Voice {
  readonly lessons: Lesson[]
  readonly harmless: Held[]
}
const voices: Voice[] = []
const seedFolder = join(concernsFolder, 'seeds')
const seedNames = readdirSync(seedFolder)
  .filter(name => name.endsWith('.tsv'))
  .sort()
const seedDigests = seedNames.map(name => {
  const bytes = readFileSync(join(seedFolder, name))
  const voice: Voice | null = name.startsWith('voice-') ? { lessons: [], harmless: [] } : null
  if (voice) voices.push(voice)
  const seeds = seedLines(bytes.toString('utf8'))
  for (const { label, text } of seeds) {
    const wordings = voice ? [text] : wordingsOf(text, mostWordings(label))
    const weight = voice ? 3 : wordings.length === 1 ? 4 : 1
    for (const wording of wordings) (voice?.lessons ?? lessons).push(lessonOf(seedExample(label, wording, weight)))
    if (voice && label === 'none') voice.harmless.push(heldOf(text, 'typed'))
  }
  return { name, rows: seeds.length, sha256: createHash('sha256').update(bytes).digest('hex') }
})
const fromVoices = voices.reduce((sum, voice) => sum + voice.lessons.length, 0)
const fromSeeds = lessons.length - fromSets
for (const example of ruleExamples(parseLexicon(files), 10)) lessons.push(lessonOf(example))
const fromRules = lessons.length - fromSets - fromSeeds
console.log(
  `${fromSets} lines of the sets, ${fromSeeds} wordings of seeds, ${fromVoices} lines of ${voices.length} authors, ${fromRules} wordings of rules`,
)

/** What harmless lines of authors need, by models that did not learn from them, a concern. */
const ofAuthors: number[][] = concerns.map(() => [])
const foldModels: Learnt[] = []
for (let fold = 0; fold < Math.min(folds, voices.length); fold++) {
  const isOut = (_: Voice, n: number): boolean => n % folds === fold
  const others = voices.filter((voice, n) => !isOut(voice, n)).flatMap(voice => voice.lessons)
  const model = learn([...lessons, ...others], learner)
  foldModels.push(model)
  for (const { harmless } of voices.filter(isOut))
    for (const held of harmless)
      for (let output = 0; output < outputs; output++) ofAuthors[output]?.push(neededBy(model, held, output))
  console.log(`learnt without a third of the authors, ${fold + 1} of ${folds}`)
}
const learnt = learn([...lessons, ...voices.flatMap(voice => voice.lessons)], learner)
const highest = (scores: readonly number[], nth: number): number => [...scores].sort((a, b) => b - a)[nth] ?? 0
const alone = concerns.map((_, output) => {
  const ofSets = heldOut.map(held => neededBy(learnt, held, output))
  const unknown = ofAuthors[output] ?? []
  const least = Math.max(0.3, highest(ofSets, aloneOfSets), highest(unknown, Math.floor(unknown.length * aloneShare)))
  return Number(least.toPrecision(6))
})

function fileOf({ bytes, scale, bias }: Learnt): { readonly version: string; readonly model: Buffer } {
  const version = createHash('sha256').update(bytes).digest('hex').slice(0, 8)
  const header = Buffer.from(JSON.stringify({ version, bits: learner.bits, concerns, scale, bias, alone }))
  const size = Buffer.alloc(4)
  size.writeUInt32LE(header.length)
  return { version, model: Buffer.concat([size, header, Buffer.from(bytes.buffer)]) }
}
if (values.folds !== undefined)
  for (const [fold, model] of foldModels.entries())
    writeFileSync(join(values.folds, `fold-${fold}.bin`), fileOf(model).model)
const { version, model } = fileOf(learnt)
const bytesGzipped = gzipSync(model, { level: 9 }).length
writeFileSync(join(out, 'model.bin'), model)
writeFileSync(
  join(out, 'card.json'),
  `${JSON.stringify(
    {
      version,
      sha256: createHash('sha256').update(model).digest('hex'),
      node: process.version,
      bytes: model.length,
      bytesGzipped,
      examples: {
        sets: fromSets,
        seeds: fromSeeds,
        authors: fromVoices,
        rules: fromRules,
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
console.log(`model.bin: ${model.length} bytes, ${bytesGzipped} gzipped, version ${version}`)
