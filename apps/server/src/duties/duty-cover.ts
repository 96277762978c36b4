import type { Role } from '../permissions.ts'
import type { AnsweringFacts } from './answering.ts'
import { registerOf } from './duty-register.ts'

/** How a required post stands: held, its deputy acting, its holder away with nobody to act, or empty. */
export const covers = ['held', 'deputed', 'uncovered', 'vacant'] as const
export type Cover = (typeof covers)[number]

export interface CoverMove {
  readonly role: Role
  readonly before: Cover
  readonly now: Cover
}

/** Required posts only. */
export const coverOf = (facts: AnsweringFacts): ReadonlyMap<Role, Cover> =>
  new Map(
    registerOf(facts)
      .filter(({ duty }) => duty.required)
      .map(({ duty, state }): [Role, Cover] => [duty.role, state === 'away' ? 'deputed' : state]),
  )

/** What is different from what was last written down; a post of which nothing was written counts as held, so that a vacancy from the start is told. */
export const coverMoves = (now: ReadonlyMap<Role, Cover>, before: ReadonlyMap<Role, Cover>): CoverMove[] =>
  [...now].flatMap(([role, cover]) => {
    const last = before.get(role) ?? 'held'
    return last === cover ? [] : [{ role, before: last, now: cover }]
  })
