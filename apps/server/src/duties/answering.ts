import type { Role } from '../permissions.ts'

/*
 * Who answers for a role at one moment. Pure: the facts come in, so that a list of a hundred deadlines asks the database once.
 * Agrees with `people.whoActsAs` (holder, else the deputy named for the post) and then goes on, because nothing may stay unowned: to the
 * post's own deputy role, to the headteacher, to the chair.
 */

/** An appointment that counts: a current one, or the last that ended in its role. */
export interface HeldPost {
  readonly appointmentId: string
  readonly personId: string
  readonly role: Role
  readonly from: Date
  /** null while it lasts, or when its end lies ahead. */
  readonly endedAt: Date | null
  readonly deputyId: string | null
}

export interface AnsweringFacts {
  readonly posts: readonly HeldPost[]
  /** Absent, suspended, or gone from the school. */
  readonly away: ReadonlySet<string>
}

export type Via = 'holder' | 'deputy' | 'headteacher' | 'chair'
export interface Answering {
  /** Everyone who answers, first appointed first; several only where several hold the role. */
  readonly people: readonly string[]
  readonly via: Via
}

/** The role whose holders stand in for another role without being named for it. */
export const standInRole: Partial<Record<Role, Role>> = { headteacher: 'deputy', dsl: 'deputy-dsl' }

const nobody: ReadonlySet<string> = new Set()

/** The present holders of a role. */
const presentHolders = ({ posts, away }: AnsweringFacts, role: Role, except: ReadonlySet<string>): string[] => [
  ...new Set(
    posts
      .filter(
        post => post.role === role && post.endedAt === null && !away.has(post.personId) && !except.has(post.personId),
      )
      .map(post => post.personId),
  ),
]

/** Those who stand in for a role now, whether or not its holder is there: named deputies first, then the stand-in role. */
export function deputiesOf(facts: AnsweringFacts, role: Role, except: ReadonlySet<string> = nobody): string[] {
  const here = (id: string | null): id is string => id !== null && !facts.away.has(id) && !except.has(id)
  const current = facts.posts.filter(post => post.role === role && post.endedAt === null)
  const named = (current.length > 0 ? current : facts.posts.filter(post => post.role === role))
    .map(post => post.deputyId)
    .filter(here)
  const standIn = standInRole[role]
  const holders = new Set(current.map(post => post.personId))
  return [...new Set([...named, ...(standIn ? presentHolders(facts, standIn, except) : [])])].filter(
    id => !holders.has(id),
  )
}

/**
 * Who answers for `role`.
 * @param except people who must not: those a report is about.
 * @returns null only when neither headteacher nor chair, nor a deputy of theirs, is there.
 */
export function whoAnswers(facts: AnsweringFacts, role: Role, except: ReadonlySet<string> = nobody): Answering | null {
  const inPost = (asked: Role, via: Via, deputyVia: Via): Answering | null => {
    const holders = presentHolders(facts, asked, except)
    if (holders.length > 0) return { people: holders, via }
    const [deputy] = deputiesOf(facts, asked, except)
    return deputy === undefined ? null : { people: [deputy], via: deputyVia }
  }
  return (
    inPost(role, 'holder', 'deputy') ??
    inPost('headteacher', 'headteacher', 'headteacher') ??
    inPost('chair', 'chair', 'chair')
  )
}

/** Who answers for one owned thing: the person it was given to while that person is there, else the role. */
export function whoAnswersFor(
  facts: AnsweringFacts,
  owned: { readonly ownerRole: Role; readonly ownerId: string | null; readonly keptFrom: readonly string[] },
): Answering | null {
  const except = new Set(owned.keptFrom)
  const { ownerId } = owned
  if (ownerId !== null && !except.has(ownerId) && !facts.away.has(ownerId)) return { people: [ownerId], via: 'holder' }
  return whoAnswers(facts, owned.ownerRole, except)
}

/** The headteacher and the chair, or whoever answers for them: those who hear of what nobody answers for. */
export function loudTo(facts: AnsweringFacts, except: ReadonlySet<string> = nobody): string[] {
  const heard = (['headteacher', 'chair'] as const).flatMap(role => whoAnswers(facts, role, except)?.people ?? [])
  return [...new Set(heard)]
}
