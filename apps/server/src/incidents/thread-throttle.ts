/** One bucket for all guesses at three words, whoever makes them; arithmetic in report-code.ts. Pure. */
export interface Bucket {
  readonly tokens: number
  readonly at: Date
}
export const bucketSize = 20
/** A guess every ten seconds. */
export const secondsAToken = 10

export const fullBucket = (at: Date): Bucket => ({ tokens: bucketSize, at })

/** What the bucket holds at `now`; a clock that was set back adds nothing, and filling goes on from there. */
export const filled = ({ tokens, at }: Bucket, now: Date): Bucket => ({
  tokens: Math.min(bucketSize, tokens + Math.max(0, now.getTime() - at.getTime()) / 1000 / secondsAToken),
  at: now,
})
export const mayGuess = (bucket: Bucket): boolean => bucket.tokens >= 1
/** After a wrong guess. A right one costs nothing. */
export const afterGuess = (bucket: Bucket): Bucket => ({ ...bucket, tokens: bucket.tokens - 1 })
