import type { Role } from '../permissions.ts'
import { type AnsweringFacts, deputiesOf, whoAnswers } from './answering.ts'
import { conflictsWith, type DutyRole, type DutyRoleName, dutyRoles, type RoleConflict } from './data/duty-roles.ts'

/** Roles that one person holds at a time: naming somebody new ends the one before at the same instant. */
const heldBySeveral: readonly Role[] = ['deputy', 'deputy-dsl', 'office']
export const heldByOne = (role: Role): boolean => !heldBySeveral.includes(role)

/** Without these three, and somebody to answer for the whole, a school's set-up is not finished (KCSIE; DfE standards on filtering and monitoring). */
export const setUpRoles = [
  'headteacher',
  'dsl',
  'senior-leader',
  'link-governor',
] as const satisfies readonly DutyRoleName[]

/** `vacant`: nobody holds it. `uncovered`: its holder is away and nobody stands in. `away`: the deputy acts. */
export type PostState = 'held' | 'away' | 'uncovered' | 'vacant'

export interface Post {
  readonly duty: DutyRole
  readonly state: PostState
  /** Those who hold it, present or not. */
  readonly holders: readonly {
    readonly appointmentId: string
    readonly personId: string
    readonly from: Date
    readonly deputyId: string | null
    readonly away: boolean
  }[]
  /** Who stands in now; empty where nobody would. */
  readonly deputies: readonly string[]
  /** Who answers for it at this moment, at whatever remove. */
  readonly answers: readonly string[]
}

/** The register at one moment, headteacher first. Pure. */
export const registerOf = (facts: AnsweringFacts): Post[] =>
  dutyRoles().map(duty => {
    const holders = facts.posts
      .filter(post => post.role === duty.role && post.endedAt === null)
      .map(({ appointmentId, personId, from, deputyId }) => ({
        appointmentId,
        personId,
        from,
        deputyId,
        away: facts.away.has(personId),
      }))
    const deputies = deputiesOf(facts, duty.role)
    const here = holders.some(({ away }) => !away)
    const state: PostState =
      holders.length === 0 ? 'vacant' : here ? 'held' : deputies.length > 0 ? 'away' : 'uncovered'
    return { duty, state, holders, deputies, answers: whoAnswers(facts, duty.role)?.people ?? [] }
  })

/** What is wrong with a post, worst first: null when it is in order. */
export function postProblem({ duty, state, deputies }: Post): 'vacant' | 'uncovered' | 'no-deputy' | null {
  if (state === 'vacant') return duty.required ? 'vacant' : null
  if (state === 'uncovered') return duty.required || duty.deputyRequired ? 'uncovered' : null
  return duty.deputyRequired && deputies.length === 0 ? 'no-deputy' : null
}

export const vacantPosts = (posts: readonly Post[]): Post[] => posts.filter(post => postProblem(post) === 'vacant')
/** What keeps a school's set-up from being finished. */
export const missingAtSetUp = (posts: readonly Post[]): Post[] =>
  posts.filter(post => post.state === 'vacant' && (setUpRoles as readonly Role[]).includes(post.duty.role))

/** A stand-in role is no conflict with the post that it stands in for. */
const standInPairs = [
  ['headteacher', 'deputy'],
  ['dsl', 'deputy-dsl'],
] as const
const isStandInPair = ({ roles: [one, other] }: RoleConflict): boolean =>
  standInPairs.some(pair => pair.includes(one as never) && pair.includes(other as never))

/** What speaks against somebody who holds `held` acting as deputy for `role`: only what the holder would be refused for. */
export const deputyConflicts = (role: string, held: readonly string[]): RoleConflict[] =>
  conflictsWith(role, held).filter(conflict => conflict.severity === 'refuse' && !isStandInPair(conflict))

/** The clause asks for a deputy headteacher as safeguarding lead; guidance asks for a senior leader, so an exception may be recorded. */
export const needsDeputyHeadReason = (role: string, held: readonly string[]): boolean =>
  role === 'dsl' && !held.includes('deputy')
