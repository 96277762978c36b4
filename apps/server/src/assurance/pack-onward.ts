import { londonDate } from '@gatehouse/engine/calendar'
import { Refusal } from '../platform/refusal.ts'

/** How soon what the board must pass on reaches the directors, in school days; the policies name no number. */
export const onwardDays = 10
export const onwardDeadline = 'pack.onward'
export const onwardSubject = (id: string): string => `onward:${id}`

/** How the copy reached them. */
export const onwardWays = {
  meeting: 'At a meeting',
  email: 'By email',
  post: 'By post',
  hand: 'By hand',
} as const
export type OnwardWay = keyof typeof onwardWays

/** A pack that the chair or the link governor wants reported to the directors above the board. */
export interface Onward {
  readonly id: string
  readonly packId: string
  readonly askedBy: string
  readonly askedAt: Date
  readonly reason: string
  /** null until somebody records that it was done. */
  readonly report: OnwardReport | null
}
export interface OnwardReport {
  readonly by: string
  /** When it was recorded, by the software’s clock: what the deadline is held against. */
  readonly at: Date
  /** The day on which the directors were given it, `YYYY-MM-DD`, as the person says. */
  readonly on: string
  /** The role or body, in the person’s words. */
  readonly to: string
  readonly how: OnwardWay
  /** Of the copy that was given: the pack’s own, SHA-256 in hexadecimal. */
  readonly digest: string
}

/** One at a time of each pack. */
export const mayAskOnward = (before: readonly Pick<Onward, 'report'>[]): boolean =>
  before.every(({ report }) => report !== null)

/** What is wrong with the day on which a pack issued at `issuedAt` is said to have been given to the directors; null if nothing. */
export const problemWithDay = (on: string, issuedAt: Date, now: Date): string | null =>
  on > londonDate(now)
    ? 'The day must be today or in the past'
    : on < londonDate(issuedAt)
      ? 'The day must be the day the pack was issued, or later'
      : null

/** @throws {Refusal} `invalid` for a day that cannot be. */
export function mustBeADay(on: string, issuedAt: Date, now: Date): void {
  const problem = problemWithDay(on, issuedAt, now)
  if (problem) throw new Refusal('invalid', `${problem}.`)
}
