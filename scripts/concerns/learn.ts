import { drawsFrom } from './draws.ts'
import type { Example } from './examples.ts'

/*
 * Learning: squared hinge loss by AdaGrad over shared features, all concerns at once. Only + − × ÷ and square root, one order
 * and one sequence of draws, so the same examples give the same bytes wherever IEEE 754 holds.
 */

export interface Learner {
  /** Base-2 logarithm of the number of buckets. */
  readonly bits: number
  readonly outputs: number
  readonly rounds: number
  readonly rate: number
}

/** An example and the buckets of its features. */
export interface Lesson extends Pick<Example, 'sides' | 'weight'> {
  readonly buckets: Int32Array
}

export interface Learnt {
  /** A signed byte a bucket and concern, bucket by bucket. */
  readonly bytes: Int8Array
  /** What one step of a byte is worth, a concern. */
  readonly scale: readonly number[]
  readonly bias: readonly number[]
  /** Scores of a text's features, as the detector works them out. */
  score(buckets: Int32Array, output: number): number
}

export function learn(lessons: readonly Lesson[], learner: Learner): Learnt {
  const { bits, outputs, rounds, rate } = learner
  const weights = new Float32Array(outputs << bits)
  const squares = new Float32Array(outputs << bits).fill(1e-3)
  const bias = new Float64Array(outputs).fill(-0.5)
  const biasSquares = new Float64Array(outputs).fill(1)
  const rarity = rarityOf(lessons, outputs)
  const order = Int32Array.from(lessons, (_, n) => n)
  const draw = drawsFrom(4_022_026)
  const sums = new Float64Array(outputs)
  const pulls = new Float64Array(outputs)
  for (let round = 0; round < rounds; round++) {
    shuffle(order, draw)
    for (const number of order) {
      const lesson = lessons[number]
      if (lesson === undefined || lesson.buckets.length === 0) continue
      const { buckets, sides, weight } = lesson
      const size = 1 / Math.sqrt(buckets.length + 20)
      sums.fill(0)
      for (let n = 0; n < buckets.length; n++) {
        const row = (buckets[n] ?? 0) * outputs
        for (let output = 0; output < outputs; output++)
          sums[output] = (sums[output] ?? 0) + (weights[row + output] ?? 0)
      }
      let isWrong = false
      for (let output = 0; output < outputs; output++) {
        const side = sides[output] ?? 0
        const short = side === 0 ? 0 : 1 - side * ((sums[output] ?? 0) * size + (bias[output] ?? 0))
        pulls[output] = 0
        if (short <= 0) continue
        const pull = Math.min(short, 2) * side * weight * (side === 1 ? (rarity[output] ?? 1) : 1)
        pulls[output] = pull * size
        isWrong = true
        biasSquares[output] = (biasSquares[output] ?? 1) + pull * pull
        bias[output] = (bias[output] ?? 0) + (0.05 * pull) / Math.sqrt(biasSquares[output] ?? 1)
      }
      if (!isWrong) continue
      for (let n = 0; n < buckets.length; n++) {
        const row = (buckets[n] ?? 0) * outputs
        for (let output = 0; output < outputs; output++) {
          const pull = pulls[output] ?? 0
          if (pull === 0) continue
          const square = (squares[row + output] ?? 0) + pull * pull
          squares[row + output] = square
          weights[row + output] = (weights[row + output] ?? 0) + (rate * pull) / Math.sqrt(square)
        }
      }
    }
  }
  return rounded(weights, bias, learner)
}

/** A concern that is rare in the lessons counts more there. */
function rarityOf(lessons: readonly Lesson[], outputs: number): Float64Array {
  const rarity = new Float64Array(outputs)
  for (let output = 0; output < outputs; output++) {
    let yes = 0
    let no = 0
    for (const { sides, weight } of lessons) {
      if (sides[output] === 1) yes += weight
      if (sides[output] === -1) no += weight
    }
    rarity[output] = Math.min(6, Math.sqrt(no / Math.max(1, yes)))
  }
  return rarity
}

function shuffle(order: Int32Array, draw: (below: number) => number): void {
  for (let n = order.length - 1; n > 0; n--) {
    const other = draw(n + 1)
    const kept = order[n] ?? 0
    order[n] = order[other] ?? 0
    order[other] = kept
  }
}

/** One signed byte a weight: the scale is set by the largest but the rarest few. */
function rounded(weights: Float32Array, bias: Float64Array, { bits, outputs }: Learner): Learnt {
  const scale: number[] = []
  const bytes = new Int8Array(outputs << bits)
  for (let output = 0; output < outputs; output++) {
    const sizes: number[] = []
    for (let row = 0; row < 1 << bits; row++) {
      const value = Math.abs(weights[row * outputs + output] ?? 0)
      if (value > 1e-6) sizes.push(value)
    }
    sizes.sort((a, b) => a - b)
    const step = (sizes[Math.floor(sizes.length * 0.9995)] ?? 1) / 127
    scale.push(Number(step.toPrecision(8)))
    for (let row = 0; row < 1 << bits; row++) {
      // Weights of less than two steps are noise and cost space.
      const whole = Math.round((weights[row * outputs + output] ?? 0) / step)
      bytes[row * outputs + output] = Math.abs(whole) < 2 ? 0 : Math.max(-127, Math.min(127, whole))
    }
  }
  return {
    bytes,
    scale,
    bias: [...bias].map(value => Number(value.toPrecision(8))),
    score: (buckets, output) => {
      let sum = 0
      for (let n = 0; n < buckets.length; n++) sum += bytes[(buckets[n] ?? 0) * outputs + output] ?? 0
      return (sum * (scale[output] ?? 0)) / Math.sqrt(buckets.length + 20) + (bias[output] ?? 0)
    },
  }
}
