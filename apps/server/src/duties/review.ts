import type { CalendarDate } from '@gatehouse/engine/calendar'
import type { Role } from '../permissions.ts'
import { type Actor, hasRole } from '../platform/actor.ts'
import type { ReviewKind } from './review-kinds.ts'

/** One recorded act, without its words. */
export interface Review {
  readonly id: string
  readonly kind: string
  /** What was checked, for kinds that check one thing at a time; else ''. */
  readonly item: string
  readonly heldOn: CalendarDate
  readonly madeBy: string
  readonly madeAt: Date
  readonly version: number
  readonly signedVersion: number | null
  /** When it first counted: recorded, or signed where it must be. */
  readonly completedAt: Date | null
}
export interface ReviewVersion {
  readonly version: number
  readonly digest: string
  readonly posts: readonly Role[]
  readonly people: readonly string[]
  readonly writtenBy: string
  readonly writtenAt: Date
  readonly signedBy: string | null
  readonly signedAt: Date | null
}
/** What a version says. Sealed in the store. */
export interface ReviewWords {
  readonly topics: readonly string[]
  readonly fields: Readonly<Record<string, string>>
  readonly result: 'in-order' | 'needs-action' | null
}

/** A record counts while its newest version is the signed one; one that needs no signature counts as recorded. */
export const counts = (kind: ReviewKind, review: Pick<Review, 'version' | 'signedVersion'>): boolean =>
  kind.signing === 'none' || review.signedVersion === review.version

/** Which of the posts that must have been there were not: empty when it may be recorded. */
export const absentPosts = (kind: ReviewKind, posts: readonly Role[]): (readonly Role[])[] =>
  kind.mustAttend.filter(group => !group.some(role => posts.includes(role)))

export const mayRecord = (actor: Actor, kind: ReviewKind): boolean => hasRole(actor, ...kind.recordedBy)

/** Why `actor` may not sign this version now, or null. The page and the service ask the same. */
export function whyNotSign(
  actor: Actor,
  kind: ReviewKind,
  review: Pick<Review, 'version' | 'signedVersion'>,
  version: Pick<ReviewVersion, 'version' | 'writtenBy' | 'people'>,
): string | null {
  if (kind.signing === 'none') return 'This kind of record is not signed.'
  if (version.version !== review.version) return 'There is a newer version of this record. Read that one.'
  if (review.signedVersion === review.version) return 'This version is signed already.'
  if (actor.kind !== 'person') return 'Only a person who is signed in can sign.'
  if (!hasRole(actor, ...kind.signedBy)) return 'Your post does not sign this kind of record.'
  if (kind.signing === 'other' && actor.personId === version.writtenBy)
    return 'You wrote this version, so somebody else who was there must sign it.'
  if (kind.mayAttend.length > 0 && !version.people.includes(actor.personId))
    return 'Only somebody who was there can sign it.'
  return null
}
