import { readFileSync } from 'node:fs'
import { createDetector, type DetectorParts, lexiconFileNames, type MeasuredDetector } from './index.ts'

const folder = new URL('../../data/concerns/', import.meta.url)

/** The lexicon and weights that ship with the product, for tests. */
export const shippedParts = (): Pick<DetectorParts, 'lexicon' | 'model'> => ({
  lexicon: Object.fromEntries(lexiconFileNames.map(name => [name, readFileSync(new URL(name, folder), 'utf8')])),
  model: readFileSync(new URL('model.bin', folder)),
})

export const shippedDetector = (): MeasuredDetector => createDetector(shippedParts())
