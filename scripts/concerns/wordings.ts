import { drawsFrom } from './draws.ts'

/*
 * A seed may stand for many wordings: `{i|we} {nick|nicked} sweets {from tesco|}` is one of each choice, and a choice may be
 * empty. Which are drawn depends on the seed alone, so a line added elsewhere changes none of them.
 */

/** Up to `most` different wordings of a seed; a seed without choices is its own. @throws {Error} on a brace without its twin. */
export function wordingsOf(seed: string, most: number): string[] {
  const pieces = seed.split(/[{}]/)
  if (pieces.length % 2 === 0) throw new Error(`expected a closing brace for every opening one in the seed “${seed}”`)
  const choices = pieces.map((piece, n) => (n % 2 === 1 ? piece.split('|') : [piece]))
  const all = choices.reduce((product, { length }) => product * length, 1)
  const found = new Set<string>()
  const draw = drawsOf(seed)
  for (let tries = 0; found.size < Math.min(most, all) && tries < 8 * most; tries++) {
    const words = choices.map(choice => choice[draw(choice.length)] ?? '').join('')
    found.add(words.replace(/\s+/g, ' ').trim())
  }
  return [...found]
}

/** Draws in an order that the text fixes. */
function drawsOf(text: string): (below: number) => number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return drawsFrom(hash)
}
