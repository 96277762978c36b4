import { explain } from './explain.ts'
import { compileLexicon, type LexiconChanges } from './lexicon.ts'
import type { LexiconFiles } from './lexicon-format.ts'
import { createMatcher } from './matcher.ts'
import { openModel } from './model.ts'
import { createPassage } from './passage.ts'
import { createReader } from './reader.ts'
import { type Evidence, gather, judge, newEvidence, type Silenced } from './weighing.ts'
import { type ConcernResult, type ConcernText, concerns, coreConcerns, type Detector } from './types.ts'

export interface DetectorParts extends LexiconChanges {
  /** The lexicon's files by name: {@link lexiconFileNames}. */
  readonly lexicon: LexiconFiles
  /** The trained weights: `model.bin`. */
  readonly model: Uint8Array
}

/** A detector that also says how much work it did, for proving that this grows in line with the text. */
export interface MeasuredDetector extends Detector {
  /** Steps of all that was asked so far. */
  steps(): number
}

/**
 * Makes the detector ready: some 60 ms of processor time, twice as much the first time in a process.
 *
 * @throws {LexiconError | ModelError} where the data cannot be read.
 */
export function createDetector({
  lexicon: files,
  model: bytes,
  off = [],
  added = [],
}: DetectorParts): MeasuredDetector {
  const lexicon = compileLexicon(files, { off, added })
  const reader = createReader(lexicon)
  const match = createMatcher(lexicon)
  const model = openModel(bytes, lexicon.meaningOf)
  const passage = createPassage()
  const silenced = silencedBy(off)
  const own = changesAsText({ off, added })
  const version = `${lexicon.version}/${model.header.version}${own === '' ? '' : `/${shortDigest(own)}`}`

  const evidenceOf = (question: ConcernText): Evidence => {
    const evidence = newEvidence(question, silenced)
    const isSearch = question.kind === 'search' || question.kind === 'prompt' || question.kind === 'title'
    for (let from = 0; from < question.text.length; ) {
      from = reader.read(question.text, from, passage)
      if (passage.count === 0) continue
      gather(evidence, passage, match(passage, isSearch), model)
    }
    return evidence
  }
  return {
    version,
    detect: question => {
      const evidence = evidenceOf(question)
      const judged = judge(evidence)
      return { ...judged, why: explain(evidence, judged) } satisfies ConcernResult
    },
    steps: () => passage.steps + lexicon.words.steps(),
  }
}

/** What is switched off beside rules of words. */
const silencedBy = (off: readonly string[]): Silenced => ({
  shapes: new Set(off.filter(id => id.startsWith('personal.'))),
  alone: new Set(concerns.filter(concern => !coreConcerns.includes(concern) && off.includes(`model.${concern}`))),
})

/** The same text for the same changes, in whatever order they stand; '' where there are none. */
const changesAsText = ({ off, added }: Required<LexiconChanges>): string =>
  [
    ...off,
    ...added.map(({ id, concern, severity, phrase, where }) => [id, concern, severity, where ?? '', phrase].join('=')),
  ]
    .sort()
    .join(',')

/** Eight hexadecimal digits that change with the text: tells one school's changes from another's. */
function shortDigest(text: string): string {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return (hash >>> 0).toString(16).padStart(8, '0')
}
