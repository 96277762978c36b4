/*
 * A teacher's watch over what the class reaches when it searches freely (clause A-4.1-11): seen as sites and figures while the
 * lesson runs, and signed at its end. Pure. Only a person in the room can be vigilant, so what they sign is attested and runs out.
 */

/** What came of it. No words: whatever is about one child belongs in a report. */
export const watchOutcomes = ['nothing', 'spoke', 'reported'] as const
export type WatchOutcome = (typeof watchOutcomes)[number]
export const watchOutcomeNames: Readonly<Record<WatchOutcome, string>> = {
  nothing: 'Nothing that I had to do something about',
  spoke: 'I spoke with the class or with a pupil',
  reported: 'I reported what I saw',
}

/** Minutes that the page looks back over: the first where nobody chooses. */
export const watchMinutes = [60, 20, 40, 90, 120] as const
/** Hours that one signature may reach over; a lesson is shorter. */
const longestMs = 4 * 3_600_000
/** Minutes after which somebody in a lesson signs for it no more. */
const lateMs = 12 * 3_600_000

export interface WatchRange {
  /** Half-open. */
  readonly from: Date
  readonly to: Date
}

/** Why this stretch of time cannot be signed for now, or null. */
export function whyNotWatched({ from, to }: WatchRange, now: Date): string | null {
  if (!(from < to) || to.getTime() - from.getTime() > longestMs)
    return 'A signature is for one lesson. Open the class again.'
  if (to > now) return 'The lesson is not over yet. Open the class again.'
  return now.getTime() - to.getTime() > lateMs ? 'Sign at the end of the lesson, on the same day.' : null
}

/** Days for which a signature of a class speaks, while the class is online. */
export const watchDays = 14
