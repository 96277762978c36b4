import type { Role } from '../permissions.ts'
import { type Answering, type AnsweringFacts, whoAnswersFor } from './answering.ts'
import type { Deadline } from './deadline.ts'

/** What else has an owner by name, and moves when somebody stops holding the role in which they own it. Each domain brings its own. */
export interface HandOver<W> {
  /** How many things wait with `personId` in `role`. */
  waiting(writes: W, role: Role, personId: string): Promise<number>
  /** Gives them to `toPersonId`, who answers for the role now. @returns how many moved. */
  move(writes: W, role: Role, personId: string, toPersonId: string): Promise<number>
}

/** The facts as they will be once an appointment has ended. */
export function withoutPost({ posts, away }: AnsweringFacts, appointmentId: string, at: Date): AnsweringFacts {
  const leaving = posts.find(post => post.appointmentId === appointmentId && post.endedAt === null)
  if (!leaving) return { posts, away }
  const rest = posts.filter(post => post !== leaving)
  const others = rest.some(post => post.role === leaving.role && post.endedAt === null)
  return { posts: others ? rest : [...rest, { ...leaving, endedAt: at }], away }
}

type Waiting = Pick<Deadline, 'ownerRole' | 'ownerId' | 'keptFrom'>
/** Answered for in the post itself, and not only because it fell to the headteacher or the chair. */
export const isOwned = (answering: Answering | null): boolean =>
  answering?.via === 'holder' || answering?.via === 'deputy'

/**
 * Of what waits: what somebody else answers for once this person no longer holds these roles, and what nobody would. A
 * person who only stands in for a post counts like its holder, so that two who cover for each other cannot both go.
 */
export function handedOn<T extends Waiting>(
  open: readonly T[],
  before: AnsweringFacts,
  after: AnsweringFacts,
  leaving: { readonly personId: string; readonly roles: readonly Role[] },
): { moved: T[]; unowned: T[] } {
  const moved: T[] = []
  const unowned: T[] = []
  for (const each of open) {
    const released = each.ownerId === leaving.personId && leaving.roles.includes(each.ownerRole)
    const was = whoAnswersFor(before, each)
    const is = whoAnswersFor(after, released ? { ...each, ownerId: null } : each)
    if (was?.people.includes(leaving.personId) && !is?.people.includes(leaving.personId)) moved.push(each)
    if (!isOwned(is) && (leaving.roles.includes(each.ownerRole) || isOwned(was))) unowned.push(each)
  }
  return { moved, unowned }
}
