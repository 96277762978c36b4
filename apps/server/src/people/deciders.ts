import type { Role } from '../permissions.ts'
import type { PeopleReads } from './people-store.ts'

/** Who is told that something waits for a decision: the first two people who now answer for these roles, without whoever proposed it. */
export async function deciders(
  people: Pick<PeopleReads, 'whoActsAs'>,
  roles: readonly Role[],
  proposer: string,
): Promise<string[]> {
  const found: string[] = []
  for (const role of roles) {
    const acting = await people.whoActsAs(role)
    if (acting && acting.personId !== proposer) found.push(acting.personId)
  }
  return [...new Set(found)].slice(0, 2)
}
