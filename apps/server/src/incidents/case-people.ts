import type { PeopleReads } from '../people/people-store.ts'
import { allStaff, type Role } from '../permissions.ts'
import { caseReference } from './case.ts'

export type FoundPerson = { readonly id: string; readonly name: string } | { readonly problem: string }

/**
 * The one person of the register whom these words name: a full name, with the six signs that tell namesakes apart where
 * there are some, as “Sam Lee (4F2A11)”. Never guesses.
 */
export async function resolvePerson(people: Pick<PeopleReads, 'search'>, typed: string): Promise<FoundPerson> {
  const [, name = typed, sign] = /^(.*?)\s*(?:\(([0-9A-Fa-f]{6})\))?$/s.exec(typed.trim()) ?? []
  const spoken = plain(name)
  const found = (await people.search(name, 50)).filter(person => plain(person.name) === spoken)
  const matching = sign ? found.filter(({ id }) => caseReference(id) === sign.toUpperCase()) : found
  const [first, second] = matching
  if (!first) return { problem: `Nobody in the register is called “${name}”. Enter the full name as it stands there` }
  if (second)
    return {
      problem: `Several people have this name. Enter one of: ${matching.map(person => `${person.name} (${caseReference(person.id)})`).join(', ')}`,
    }
  return { id: first.id, name: first.name }
}

const plain = (name: string): string => name.normalize('NFKC').trim().replace(/\s+/g, ' ').toLocaleLowerCase('en-GB')

/** Which published rules can reach somebody who holds these roles. */
export const reachOf = (roles: readonly Role[]): 'pupil' | 'staff' | 'parent' | 'community' =>
  roles.includes('pupil')
    ? 'pupil'
    : roles.some(role => (allStaff as readonly Role[]).includes(role))
      ? 'staff'
      : roles.includes('parent')
        ? 'parent'
        : 'community'
