import { readConcernFiles } from '../../apps/server/src/concern-files.ts'
import { createDetector, type Detector } from '../../packages/engine/src/concern/index.ts'
import type { Peer } from './peers.ts'

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

/** MB a second over texts, the median of five rounds after two to warm up. */
function rate(texts: readonly string[], ask: (text: string) => unknown): number {
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0)
  const rates: number[] = []
  for (let round = 0; round < 7; round++) {
    const start = performance.now()
    for (const text of texts) ask(text)
    if (round > 1) rates.push(bytes / 1000 / (performance.now() - start))
  }
  return median(rates)
}

export interface SpeedFigures {
  readonly own: number
  readonly peers: readonly { readonly name: string; readonly rate: number }[]
  /** Milliseconds to a detector that is ready, from files that were read before. */
  readonly startMs: number
  /** The slowest adversarial text: steps of work a byte over those of plain text, and time a byte. */
  readonly worst: { readonly name: string; readonly steps: number; readonly time: number }
}

/** `plain` is harmless text, cut into pieces of 100 characters. */
export function measureSpeed(plain: string, peers: readonly Peer[]): SpeedFigures {
  const files = readConcernFiles()
  const starts: number[] = []
  for (let n = 0; n < 5; n++) {
    const start = performance.now()
    createDetector(files)
    starts.push(performance.now() - start)
  }
  const detector = createDetector(files)
  const texts: string[] = []
  for (let at = 0; at + 100 <= plain.length && texts.length < 3000; at += 100) texts.push(plain.slice(at, at + 100))
  const own = rate(texts, text => detector.detect({ text, kind: 'typed', age: 'secondary' }))
  const few = texts.slice(0, 400)
  return {
    own,
    peers: peers.map(peer => ({ name: peer.name, rate: rate(few, text => peer.flags(text)) })),
    startMs: median(starts),
    worst: worstOf(detector, plain.slice(0, 100_000)),
  }
}

type Trick = (text: string) => string
const swap =
  (from: string, to: readonly string[]): Trick =>
  text =>
    [...text].map(char => to[from.indexOf(char)] ?? char).join('')

/** The tricks that are undone while reading. */
export const tricks: Readonly<Record<string, Trick>> = {
  'upper case': text => text.toUpperCase(),
  leet: swap('aeiost', ['4', '3', '1', '0', '5', '7']),
  'look-alike letters': swap('aeiopcxy', ['а', 'е', 'і', 'о', 'р', 'с', 'х', 'у']),
  'full width': text => text.replace(/[!-~]/g, char => String.fromCharCode(char.charCodeAt(0) + 0xfee0)),
  stretched: text => text.replace(/[aeiou]/g, '$&$&$&$&'),
  'spaced out': text => text.replace(/\w/g, '$& '),
  dotted: text => text.replace(/\w(?=\w)/g, '$&.'),
  'zero width': text => text.replace(/\w/g, '$&\u200b'),
  zalgo: text => text.replace(/\w/g, '$&\u0301\u0322\u0334\u0340'),
  'covered letters': text => text.replace(/[aeiou]/g, '*'),
  'no spaces': text => text.replace(/\s+/g, ''),
}

function worstOf(detector: { steps(): number } & Detector, plain: string): SpeedFigures['worst'] {
  const cost = (text: string): { readonly steps: number; readonly time: number } => {
    const bytes = Buffer.byteLength(text)
    const times: number[] = []
    let steps = 0
    for (let round = 0; round < 3; round++) {
      const before = detector.steps()
      const start = performance.now()
      detector.detect({ text, kind: 'typed', age: 'secondary' })
      times.push(performance.now() - start)
      steps = detector.steps() - before
    }
    return { steps: steps / bytes, time: Math.min(...times) / bytes }
  }
  cost(plain)
  const base = cost(plain)
  let worst = { name: 'none', steps: 0, time: 0 }
  const note = (name: string, text: string): void => {
    const { steps, time } = cost(text)
    if (time / base.time > worst.time) worst = { name, steps: steps / base.steps, time: time / base.time }
  }
  const names = Object.keys(tricks)
  for (const first of names)
    for (const second of names) note(`${first} + ${second}`, tricks[second]?.(tricks[first]?.(plain) ?? '') ?? '')
  note('one word of 1 MB', 'a'.repeat(1_000_000))
  note(
    'one word of 1 MB of mixed letters',
    plain
      .replace(/[^a-z]/gi, '')
      .repeat(20)
      .slice(0, 1_000_000),
  )
  return worst
}
