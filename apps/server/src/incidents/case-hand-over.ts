import type { HandOver } from '../duties/hand-over.ts'
import type { CaseWrites } from './case-store.ts'

/** The open cases that somebody owns in a post, when they stop holding it. */
export const caseHandOver: HandOver<{ readonly cases: Pick<CaseWrites, 'openOwnedBy' | 'handOn'> }> = {
  waiting: async ({ cases }, role, personId) => (await cases.openOwnedBy(personId, role)).length,
  move: async ({ cases }, role, personId, toPersonId) => {
    const owned = await cases.openOwnedBy(personId, role)
    for (const id of owned) await cases.handOn(id, toPersonId)
    return owned.length
  },
}
