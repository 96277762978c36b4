import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { catalogueOf, createDetector, type LexiconFiles } from '@gatehouse/engine/concern/index'
import { createSchoolDetectors } from '@gatehouse/engine/concern/school-detectors'
import type { SchoolPhrase } from '@gatehouse/engine/concern/school-rules'
import { concernsFolder, readConcernFiles } from '../concern-files.ts'
import { type ConcernRule, concernRules } from './concern-rule.ts'

/* The detector as each school has it, and what a new phrase would find in a school day. Read and built when first asked for. */

/** What a phrase found where it should find nothing. */
export interface PhraseTrial {
  /** Whether the detector finds the phrase itself: some words never stand in a text as it is read. */
  readonly findsItself: boolean
  /** Everyday words that it would have flagged, and harmless lines of school life; the first few. */
  readonly words: readonly string[]
  readonly lines: readonly string[]
  readonly wordCount: number
  readonly lineCount: number
  readonly wordsTried: number
  readonly linesTried: number
}

export type ConcernDetectors = ReturnType<typeof createConcernDetectors>
export function createConcernDetectors(folder = concernsFolder) {
  let files: { readonly lexicon: LexiconFiles; readonly model: Uint8Array } | undefined
  let rules: ReadonlyMap<string, ConcernRule> | undefined
  const read = () => {
    files ??= readConcernFiles(folder)
    return files
  }
  const all = (): ReadonlyMap<string, ConcernRule> => {
    rules ??= new Map(concernRules(catalogueOf(read().lexicon)).map(rule => [rule.id, rule]))
    return rules
  }
  return {
    /** Every rule that may make a flag, by its id. */
    rules: all,
    isCore: (rule: string): boolean => all().get(rule)?.isCore === true,
    /** The detector with a school's changes in it; sets that say the same share one. */
    detectorFor: createSchoolDetectors(read),
    /** Looks for a phrase in everyday words and in harmless lines of school life, some 44,000 in all: half a second to a whole one. */
    trial: (phrase: Omit<SchoolPhrase, 'id'>): PhraseTrial => {
      const id = 'school.trial'
      const detector = createDetector({ ...read(), added: [{ id, ...phrase }] })
      const kind = phrase.where === 'searches' ? 'search' : 'typed'
      const finds = (text: string): boolean => detector.detect({ text, kind, age: 'secondary' }).rules.includes(id)
      const everyday = everydayWords(read().lexicon)
      const harmless = harmlessLines(folder)
      const words = everyday.filter(finds)
      const lines = harmless.filter(finds)
      return {
        findsItself: finds(phrase.phrase),
        words: words.slice(0, 10),
        lines: lines.slice(0, 5),
        wordCount: words.length,
        lineCount: lines.length,
        wordsTried: everyday.length,
        linesTried: harmless.length,
      }
    },
  }
}

const everydayWords = (lexicon: LexiconFiles): readonly string[] => rowsOf(lexicon['common.txt'] ?? '')

/** The lines marked `none` of what the model learnt from. */
const harmlessLines = (folder: string): readonly string[] =>
  readdirSync(join(folder, 'seeds'))
    .filter(name => name.endsWith('.tsv'))
    .sort()
    .flatMap(name => rowsOf(readFileSync(join(folder, 'seeds', name), 'utf8')))
    .map(row => row.split('\t'))
    .flatMap(([label, text]) => (label === 'none' && text !== undefined ? wordingsOf(text) : []))

/** A line may give choices, as `{a|b|}`: as many lines as the longest choice is long, so that each wording comes once. */
function wordingsOf(line: string): string[] {
  const choices = [...line.matchAll(/\{([^}]*)\}/g)].map(([, inside = '']) => inside.split('|'))
  const most = Math.max(1, ...choices.map(({ length }) => length))
  return Array.from({ length: most }, (_, nth) =>
    line.replace(/\{([^}]*)\}/g, (_whole, inside: string) => {
      const each = inside.split('|')
      return each[nth % each.length] ?? ''
    }),
  )
}

const rowsOf = (text: string): string[] =>
  text
    .split('\n')
    .map(row => row.trimEnd())
    .filter(row => row !== '' && !row.startsWith('#'))
