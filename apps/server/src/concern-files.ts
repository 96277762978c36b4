import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type LexiconFiles, lexiconFileNames } from '@gatehouse/engine/concern/index'

/** Lexicon, weights, and the lines that they were learnt from. */
export const concernsFolder = join(import.meta.dirname, '../../../packages/engine/data/concerns')

/** The lexicon and the trained weights that ship with the product, as `createDetector` takes them. */
export function readConcernFiles(folder = concernsFolder): {
  readonly lexicon: LexiconFiles
  readonly model: Uint8Array
} {
  return {
    lexicon: Object.fromEntries(lexiconFileNames.map(name => [name, readFileSync(join(folder, name), 'utf8')])),
    model: readFileSync(join(folder, 'model.bin')),
  }
}
