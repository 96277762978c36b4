import { readConcernFiles } from '../../apps/server/src/concern-files.ts'
import { createDetector, type Detector } from '../../packages/engine/src/concern/index.ts'
import type { Peer } from './peers.ts'

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

/** MB a second, by the clock and by the processor's time, which others on the machine disturb less. */
export interface Rate {
  readonly wall: number
  readonly cpu: number
}

interface Subject {
  readonly texts: readonly string[]
  readonly ask: (text: string) => unknown
}

/** Rates of several subjects, taken in turns so that a disturbance meets all of them: the medians of nine rounds after three to warm up. */
function rates(subjects: readonly Subject[]): Rate[] {
  const rounds = subjects.map(({ texts, ask }) => {
    const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0)
    const wall: number[] = []
    const cpu: number[] = []
    return {
      wall,
      cpu,
      run: (): void => {
        const before = process.cpuUsage()
        const start = performance.now()
        for (const text of texts) ask(text)
        wall.push(bytes / 1000 / (performance.now() - start))
        const { user, system } = process.cpuUsage(before)
        cpu.push(bytes / (user + system))
      },
    }
  })
  for (let round = 0; round < 12; round++) for (const { run } of rounds) run()
  return rounds.map(({ wall, cpu }) => ({ wall: median(wall.slice(3)), cpu: median(cpu.slice(3)) }))
}

export interface SpeedFigures {
  readonly own: Rate
  readonly peers: readonly ({ readonly name: string } & Rate)[]
  /** Milliseconds to a detector that is ready, from files that were read before: the median of five in one process, and the first. */
  readonly startMs: number
  readonly firstStartMs: number
  /** The same median in milliseconds of processor time. */
  readonly startCpuMs: number
  /** The slowest adversarial text: steps of work a byte over those of plain text, and time a byte. */
  readonly worst: { readonly name: string; readonly steps: number; readonly time: number }
}

/** `plain` is harmless text, cut into pieces of 100 characters. */
export function measureSpeed(plain: string, peers: readonly Peer[]): SpeedFigures {
  const files = readConcernFiles()
  const starts: number[] = []
  const startCpus: number[] = []
  for (let n = 0; n < 5; n++) {
    const before = process.cpuUsage()
    const start = performance.now()
    createDetector(files)
    starts.push(performance.now() - start)
    const { user, system } = process.cpuUsage(before)
    startCpus.push((user + system) / 1000)
  }
  const detector = createDetector(files)
  const texts: string[] = []
  for (let at = 0; at + 100 <= plain.length && texts.length < 3000; at += 100) texts.push(plain.slice(at, at + 100))
  const few = texts.slice(0, 400)
  const [own = { wall: 0, cpu: 0 }, ...others] = rates([
    { texts, ask: text => detector.detect({ text, kind: 'typed', age: 'secondary' }) },
    ...peers.map(peer => ({ texts: few, ask: (text: string) => peer.flags(text) })),
  ])
  return {
    own,
    peers: others.map((rate, n) => ({ name: peers[n]?.name ?? '', ...rate })),
    startMs: median(starts),
    firstStartMs: starts[0] ?? 0,
    startCpuMs: median(startCpus),
    worst: worstOf(detector, plain.slice(0, 40_000)),
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
  /** Steps, and microseconds of the processor, a byte. */
  const cost = (text: string): { readonly steps: number; readonly time: number } => {
    const bytes = Buffer.byteLength(text)
    const steps = detector.steps()
    const before = process.cpuUsage()
    detector.detect({ text, kind: 'typed', age: 'secondary' })
    const { user, system } = process.cpuUsage(before)
    return { steps: (detector.steps() - steps) / bytes, time: (user + system) / bytes }
  }
  for (let warm = 0; warm < 5; warm++) cost(plain)
  let worst = { name: 'none', steps: 0, time: 0 }
  // Plain text and its disguise in turns; of each the least disturbed time.
  const note = (name: string, text: string): void => {
    const turns = Array.from({ length: 5 }, () => [cost(plain), cost(text)] as const)
    const least = (side: 0 | 1): number => Math.min(...turns.map(turn => turn[side].time))
    const time = least(1) / least(0)
    const [base, own] = turns[0] ?? []
    if (time > worst.time) worst = { name, steps: (own?.steps ?? 0) / (base?.steps ?? 1), time }
  }
  const names = Object.keys(tricks)
  for (const first of names)
    for (const second of names) note(`${first} + ${second}`, tricks[second]?.(tricks[first]?.(plain) ?? '') ?? '')
  note('one word of 1 MB', 'a'.repeat(1_000_000))
  note(
    'one word of 1 MB of mixed letters',
    plain
      .replace(/[^a-z]/gi, '')
      .repeat(50)
      .slice(0, 1_000_000),
  )
  return worst
}
