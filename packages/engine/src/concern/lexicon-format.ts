import { type Concern, concerns } from './types.ts'

/*
 * The lexicon's files, as people read and edit them: UTF-8, tabs between columns, `#` begins a comment line, first line
 * `#version N`.
 *
 * `words.tsv`       name TAB alternatives          a set of words that rules share, written <name> in them
 * `contexts.tsv`    context TAB alternatives       words that speak of a lesson, a game, sport, cooking …
 * `pictures.tsv`    picture TAB word               what an emoji stands for
 * `meanings.tsv`    class TAB words                words of like meaning, for the trained model; a word has one class
 * `<concern>.tsv`   id TAB severity TAB strength TAB conditions TAB pattern
 *
 * A pattern is words with spaces between: `i|we` one of these; `(end it all|die)` one of these, of several words each;
 * `<want>` a set; `word?` may be left out; `kill+` with its endings; `_` up to two words between, `__` up to five;
 * `!word` says that the rule turns on this one (else the least common one); `[word]` where only this is shown.
 *
 * Strength: 3 stands alone; 2 stands unless the context or the model speaks against it; 1 only with the model or another
 * rule; 0 shows where, and counts for nothing. Conditions, comma-separated: `core` cannot be switched off; `neg` holds
 * under a negation too; `i` wants a first person near, `u` a second; `q` only in searches and prompts, `nq` not in them;
 * `+lesson` wants that context, `-lesson` not in it; `any` no context speaks against it.
 */

export interface RuleLine {
  readonly id: string
  readonly concern: Concern
  readonly severity: number
  readonly strength: number
  readonly conditions: readonly string[]
  readonly pattern: string
}

export interface LexiconText {
  readonly version: string
  readonly sets: ReadonlyMap<string, string>
  readonly contexts: readonly { readonly context: string; readonly alternatives: string }[]
  readonly pictures: readonly { readonly picture: string; readonly word: string }[]
  /** A word a line. */
  readonly common: string
  /** A class and its words a line. */
  readonly meanings: string
  readonly rules: readonly RuleLine[]
}

/** The files of a lexicon by name, without ending; see {@link lexiconFileNames}. */
export type LexiconFiles = Readonly<Record<string, string>>

/** Files that a lexicon is made of, in the folder `data/concerns`. */
export const lexiconFileNames: readonly string[] = [
  'words.tsv',
  'contexts.tsv',
  'pictures.tsv',
  'common.txt',
  'meanings.tsv',
  ...concerns.map(concern => `${concern}.tsv`),
]

export class LexiconError extends Error {
  override readonly name = 'LexiconError'
}

function* rowsOf(text: string): Generator<{ readonly line: number; readonly cells: readonly string[] }> {
  let line = 0
  for (const row of text.split('\n')) {
    line++
    const trimmed = row.endsWith('\r') ? row.slice(0, -1) : row
    if (trimmed.trim() !== '' && !trimmed.startsWith('#')) yield { line, cells: trimmed.split('\t') }
  }
}

/** @throws {LexiconError} naming the file and line that cannot be read. */
export function parseLexicon(files: LexiconFiles): LexiconText {
  const file = (name: string): string => {
    const text = files[name]
    if (text === undefined) throw new LexiconError(`the lexicon has no file ${name}`)
    return text
  }
  const sets = new Map<string, string>()
  for (const { line, cells } of rowsOf(file('words.tsv'))) {
    const [name, alternatives] = cells
    if (!name || !alternatives) throw new LexiconError(`words.tsv line ${line}: expected a name and alternatives`)
    sets.set(name, sets.has(name) ? `${sets.get(name)}|${alternatives}` : alternatives)
  }
  const contexts = [...rowsOf(file('contexts.tsv'))].map(({ line, cells }) => {
    const [context, alternatives] = cells
    if (!context || !alternatives) throw new LexiconError(`contexts.tsv line ${line}: expected a context and words`)
    return { context, alternatives }
  })
  const pictures = [...rowsOf(file('pictures.tsv'))].map(({ line, cells }) => {
    const [picture, word] = cells
    if (!picture || !word) throw new LexiconError(`pictures.tsv line ${line}: expected a picture and a word`)
    return { picture, word }
  })
  const rules: RuleLine[] = []
  const versions: string[] = []
  const ids = new Set<string>()
  for (const concern of concerns) {
    const name = `${concern}.tsv`
    const text = file(name)
    versions.push(/^#version (\d+)/.exec(text)?.[1] ?? '0')
    for (const { line, cells } of rowsOf(text)) {
      const [id, severity, strength, conditions, pattern] = cells
      if (!id || pattern === undefined || !/^[1-5]$/.test(severity ?? '') || !/^[0-3]$/.test(strength ?? ''))
        throw new LexiconError(
          `${name} line ${line}: expected id, severity 1–5, strength 0–3, conditions and a pattern`,
        )
      if (ids.has(id)) throw new LexiconError(`${name} line ${line}: the id ${id} is used twice`)
      ids.add(id)
      rules.push({
        id,
        concern,
        severity: Number(severity),
        strength: Number(strength),
        conditions: (conditions ?? '').split(',').filter(condition => condition !== '' && condition !== '-'),
        pattern,
      })
    }
  }
  return {
    version: versions.join('.'),
    sets,
    contexts,
    pictures,
    common: file('common.txt'),
    meanings: file('meanings.tsv'),
    rules,
  }
}

/** One place of a pattern: one of several wordings, each one or more words. */
export interface PatternPart<W = string> {
  /** As written: places written alike hold the same wordings. */
  readonly body: string
  readonly wordings: readonly (readonly W[])[]
  readonly isOptional: boolean
  /** How many other words may stand before it. */
  readonly gap: number
  readonly isTurning: boolean
  readonly isShown: boolean
}

/** What each place was found to mean, for patterns that are read together. */
export type KnownBodies<W = string> = Map<string, W[][]>

/** How patterns are read together. `W` is what stands for a word: the word itself, or its number in a dictionary. */
export interface PatternReading<W> {
  readonly sets: ReadonlyMap<string, string>
  readonly known: KnownBodies<W>
  /** The word `text[from..to)`. Numbers spare the thousands of small strings that a lexicon would be cut into. */
  wordOf(text: string, from: number, to: number): W
}

const mostWordings = 6000

/** @throws {LexiconError} with what is wrong with the pattern. */
export const parsePattern = (
  pattern: string,
  sets: ReadonlyMap<string, string>,
  known: KnownBodies = new Map(),
): PatternPart[] => readPattern(pattern, { sets, known, wordOf: (text, from, to) => text.slice(from, to) })

/** @throws {LexiconError} with what is wrong with the pattern. */
export function readPattern<W>(pattern: string, reading: PatternReading<W>): PatternPart<W>[] {
  const parts: PatternPart<W>[] = []
  let gap = 0
  for (const piece of piecesOf(pattern)) {
    if (/^_+$/.test(piece)) {
      gap = piece.length === 1 ? 2 : 5
      continue
    }
    const isTurning = piece.startsWith('!')
    let body = isTurning ? piece.slice(1) : piece
    const isOptional = body.endsWith('?')
    if (isOptional) body = body.slice(0, -1)
    const isShown = body.startsWith('[') && body.endsWith(']')
    if (isShown) body = body.slice(1, -1)
    let wordings = reading.known.get(body)
    if (wordings === undefined) {
      wordings = unique(wordingsOf(body, reading, 0))
      reading.known.set(body, wordings)
    }
    if (wordings.length === 0) throw new LexiconError(`the pattern “${pattern}” has an empty place`)
    if (wordings.length > mostWordings) throw new LexiconError(`the pattern “${pattern}” has too many wordings`)
    parts.push({ body, wordings, isOptional, gap, isTurning, isShown })
    gap = 0
  }
  if (parts.every(({ isOptional }) => isOptional)) throw new LexiconError(`the pattern “${pattern}” asks for no word`)
  if (parts.filter(part => part.gap > 0).length > 6)
    throw new LexiconError(`the pattern “${pattern}” has more than six gaps`)
  if (parts.length > 12) throw new LexiconError(`the pattern “${pattern}” has more than 12 places`)
  return parts
}

/** Splits at spaces outside brackets. */
function piecesOf(pattern: string): string[] {
  const pieces: string[] = []
  let depth = 0
  let from = 0
  for (let at = 0; at <= pattern.length; at++) {
    const char = pattern[at] ?? ' '
    if (char === '(' || char === '[') depth++
    else if (char === ')' || char === ']') depth--
    else if (char === ' ' && (depth === 0 || at === pattern.length)) {
      if (at > from) pieces.push(pattern.slice(from, at))
      from = at + 1
    }
  }
  if (depth !== 0) throw new LexiconError(`the pattern “${pattern}” has a bracket that is not closed`)
  return pieces
}

function wordingsOf<W>(body: string, reading: PatternReading<W>, depth: number): W[][] {
  if (depth > 6) throw new LexiconError(`the sets in “${body}” go round in a circle`)
  const inner = body.startsWith('(') && body.endsWith(')') ? body.slice(1, -1) : body
  if (isPlain.test(inner)) return plainWordings(inner, reading)
  const all: W[][] = []
  for (const alternative of inner.split('|')) {
    if (isPlain.test(alternative)) {
      all.push(...plainWordings(alternative, reading))
      continue
    }
    let wordings: W[][] = [[]]
    for (const word of alternative.split(' ')) {
      if (word === '') continue
      const each = wordWordings(word, reading, depth)
      wordings = wordings.flatMap(before => each.map(more => [...before, ...more]))
      if (wordings.length > mostWordings) throw new LexiconError(`“${body}” has too many wordings`)
    }
    all.push(...wordings)
  }
  return all
}

/** Words as they are read, with their alternatives: nothing in it stands for something else. */
const isPlain = /^[a-z0-9 |]*$/

function plainWordings<W>(text: string, { wordOf }: PatternReading<W>): W[][] {
  const all: W[][] = []
  let words: W[] | null = null
  let from = 0
  for (let at = 0; at <= text.length; at++) {
    const code = at < text.length ? text.charCodeAt(at) : 0x7c
    if (code !== 0x20 && code !== 0x7c) continue
    if (at > from) {
      const word = wordOf(text, from, at)
      // Arrays that are pushed to hold room for 17: of thousands, that is megabytes.
      words = words === null ? [word] : [...words, word]
    }
    from = at + 1
    if (code === 0x7c && words !== null) {
      all.push(words)
      words = null
    }
  }
  return all
}

function wordWordings<W>(word: string, reading: PatternReading<W>, depth: number): W[][] {
  const whole = (form: string): W => reading.wordOf(form, 0, form.length)
  if (word.startsWith('<') && word.endsWith('>')) {
    const before = reading.known.get(word)
    if (before !== undefined) return before
    const set = reading.sets.get(word.slice(1, -1))
    if (set === undefined) throw new LexiconError(`there is no set ${word}`)
    const wordings = unique(wordingsOf(set, reading, depth + 1))
    reading.known.set(word, wordings)
    return wordings
  }
  if (word.endsWith('+')) return endingsOf(word.slice(0, -1)).map(form => [whole(form)])
  // Hyphens part words in text, so they do here.
  return [word.replace(/['’]/g, '').toLowerCase().split('-').filter(Boolean).map(whole)]
}

/** "kill" → kill, kills, killed, killing, killin; "rape" → rape, rapes, raped, raping, rapin; "stab" doubles its b. */
export function endingsOf(word: string): string[] {
  if (word.endsWith('e')) {
    const stem = word.slice(0, -1)
    return [word, `${word}s`, `${word}d`, `${stem}ing`, `${stem}in`]
  }
  if (/[^aeiou]y$/.test(word)) {
    const stem = word.slice(0, -1)
    return [word, `${stem}ies`, `${stem}ied`, `${word}ing`, `${word}in`]
  }
  const doubled = /^[^aeiou]*[aeiou][bdgklmnpt]$/.test(word) ? word + word.slice(-1) : word
  const es = /(s|x|z|ch|sh)$/.test(word) ? `${word}es` : `${word}s`
  return [word, es, `${doubled}ed`, `${doubled}ing`, `${doubled}in`]
}

/** Every wording once, in the order in which they were met first. */
function unique<W>(wordings: readonly W[][]): W[][] {
  const single = new Set<W>()
  const longer = new Map<W, W[][]>()
  return wordings.filter(wording => {
    const first = wording[0]
    if (first === undefined) return false
    if (wording.length === 1) return single.size < single.add(first).size
    const alike = longer.get(first)
    if (alike === undefined) longer.set(first, [wording])
    else if (alike.some(other => isSame(other, wording))) return false
    else alike.push(wording)
    return true
  })
}

const isSame = <W>(one: readonly W[], other: readonly W[]): boolean =>
  one.length === other.length && one.every((word, n) => word === other[n])
