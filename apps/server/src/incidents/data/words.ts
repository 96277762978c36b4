import { readFileSync } from 'node:fs'

/** Words in the list: three of them give 2^36 codes. */
export const codeWordCount = 4096

/**
 * The list from plain text, one word a line.
 * @throws {Error} unless it holds 4,096 distinct words of three to eight small letters, in order.
 */
export function parseCodeWords(text: string): readonly string[] {
  const words = text.trimEnd().split('\n')
  if (words.length !== codeWordCount) throw new Error(`The list has ${words.length} words and needs ${codeWordCount}`)
  let last = ''
  for (const word of words) {
    if (!/^[a-z]{3,8}$/.test(word)) throw new Error(`"${word}" is not three to eight small letters`)
    if (word <= last) throw new Error(`"${word}" is not after "${last}"`)
    last = word
  }
  return words
}

const shipped = parseCodeWords(readFileSync(new URL('./words.txt', import.meta.url), 'utf8'))

/**
 * The words from which a code to come back with is made: short, friendly, and easy for a child of nine to read and
 * copy. Sorted. No word is another with one letter more at its end, and none sounds like another.
 */
export const codeWords = (): readonly string[] => shipped

const known = new Set(shipped)

/** Whether `word`, as somebody typed it, is one of the list: capitals and spaces around it do not matter. */
export const isCodeWord = (word: string): boolean => known.has(word.trim().toLowerCase())
