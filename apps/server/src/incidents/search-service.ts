import type { PeopleWrites } from '../people/people-store.ts'
import { allStaff, type Role } from '../permissions.ts'
import { type Actor, hasRole, mustBeAllowed, personOf } from '../platform/actor.ts'
import { type Change, changed, type Read } from '../platform/change.ts'
import type { MessageWrites } from '../platform/messages.ts'
import { Refusal } from '../platform/refusal.ts'
import { act } from './case.ts'
import { FieldProblems } from './case-action-page.ts'
import { reachOf } from './case-people.ts'
import type { CaseWrites } from './case-store.ts'
import { sanctionRule } from './data/sanction-rules.ts'
import type { IllegalWrites } from './illegal-store.ts'
import { type DeviceOwner, type Ground, nextSearchSteps, searchMoves, type SearchStep, whyNoPower } from './search.ts'
import type { SearchReads, SearchWrites } from './search-store.ts'

interface Writes {
  cases: CaseWrites
  searches: SearchWrites
  illegal: IllegalWrites
  people: PeopleWrites
  messages: MessageWrites
}
export const notAuthorised =
  'Only the headteacher, and staff whom the headteacher has authorised, may search a device. Keep it safe, do not look into it, and fetch one of them.'

export interface NewSearch {
  readonly owner: DeviceOwner
  readonly ground: Ground
  readonly ruleId: string
  readonly witnessId: string
  readonly pupilId: string | null
  readonly searchedAt: Date
  readonly device: string
  readonly suspicion: string
  readonly found: string
}

export type SearchService = ReturnType<typeof createSearchService>
export function createSearchService(change: Change<Writes>, read: Read<{ searches: SearchReads }>) {
  const mustBeAuthorised = async (actor: Actor, caseId: string): Promise<string> => {
    const person = personOf(actor)
    if (hasRole(actor, 'headteacher')) return person.personId
    const leave = await read(actor.schoolId, ({ searches }) => searches.authorisationOf(person.personId))
    if (leave) return leave.givenBy
    await change(actor, async () =>
      changed(undefined, { type: 'search.refused', subject: `case:${caseId}`, detail: { why: 'not authorised' } }),
    )
    throw new Refusal('forbidden', notAuthorised)
  }
  return {
    mustBeAuthorised,
    authorise: (actor: Actor, personId: string) =>
      change(actor, async ({ searches, people }) => {
        mustBeAllowed(actor, 'search.authorise')
        const giver = personOf(actor)
        if (personId === giver.personId) throw new Refusal('invalid', 'The headteacher needs no leave from themselves')
        if (!(await people.rolesOf(personId)).some(role => (allStaff as readonly Role[]).includes(role)))
          throw new Refusal('invalid', 'Only a member of staff can be authorised to search')
        if (await searches.authorisationOf(personId)) throw new Refusal('invalid', 'This person is authorised already')
        const id = await searches.authorise(personId, giver.personId, null)
        return changed(id, { type: 'search.authorised', subject: `person:${personId}`, detail: { authorisation: id } })
      }),
    endAuthorisation: (actor: Actor, id: string) =>
      change(actor, async ({ searches }) => {
        mustBeAllowed(actor, 'search.authorise')
        const personId = await searches.endAuthorisation(id)
        return changed(undefined, {
          type: 'search.authorisation-ended',
          subject: `person:${personId}`,
          detail: { authorisation: id },
        })
      }),
    /** Records a search on the day of it, by somebody who may, with a witness and a published rule. */
    record: async (actor: Actor, caseId: string, search: NewSearch): Promise<string> => {
      mustBeAllowed(actor, 'search.record')
      const authorisedBy = await mustBeAuthorised(actor, caseId)
      return change(actor, async ({ cases, searches, illegal, people, messages }) => {
        const person = personOf(actor)
        const file = await cases.lock(actor, caseId)
        act(actor, file, 'search')
        if (await illegal.path(caseId))
          throw new Refusal(
            'forbidden',
            'This case is on the illegal-content path. Nothing is searched or examined: leave the device alone and call the police.',
          )
        const noPower = whyNoPower(search.owner)
        if (noPower) throw new FieldProblems({ owner: noPower })
        const rule = sanctionRule(search.ruleId)
        const problems: Record<string, string> = {}
        const reach = search.pupilId ? reachOf(await people.rolesOf(search.pupilId)) : null
        if (search.owner === 'pupil' && reach !== 'pupil') problems['pupil'] = 'Enter the pupil whose device it is'
        if (!rule) problems['rule'] = 'Select the published rule. There is no search without one'
        else if (rule.appliesTo !== 'anyone' && rule.appliesTo !== (reach ?? 'staff'))
          problems['rule'] = 'This rule does not reach the person whose device it is'
        if (search.witnessId === person.personId) problems['witness'] = 'The witness must be somebody else'
        else if (!(await people.rolesOf(search.witnessId)).some(role => (allStaff as readonly Role[]).includes(role)))
          problems['witness'] = 'The witness must be a member of staff'
        else if ((await cases.barredOf(caseId)).includes(search.witnessId))
          problems['witness'] = 'The witness cannot be somebody whom the case is about'
        if (search.searchedAt > cases.now) problems['searchedAt'] = 'When it was searched cannot be in the future'
        if (Object.keys(problems).length > 0) throw new FieldProblems(problems)
        const id = await searches.add(
          {
            caseId,
            ownership: search.owner === 'pupil' ? 'pupil' : 'school',
            ground: search.ground,
            rule: search.ruleId,
            searchedBy: person.personId,
            authorisedBy,
            witnessId: search.witnessId,
            pupilId: search.pupilId,
            searchedAt: search.searchedAt,
          },
          { device: search.device, suspicion: search.suspicion, found: search.found },
        )
        const lead = await cases.answerer(['dsl', 'deputy-dsl'], await cases.barredOf(caseId))
        if (lead) await messages.tell([lead.personId], 'search.recorded', `/searches/${id}`)
        return changed(id, {
          type: 'search.recorded',
          subject: `case:${caseId}`,
          detail: {
            search: id,
            ownership: search.owner,
            ground: search.ground,
            rule: search.ruleId,
            authorisedBy,
            sameDay: search.searchedAt.toISOString().slice(0, 10) === cases.now.toISOString().slice(0, 10),
            dslTold: lead !== null,
          },
        })
      })
    },
    /** The next link of the chain of custody. A suspected indecent image ends all looking and opens the illegal-content path. */
    step: async (actor: Actor, searchId: string, step: SearchStep, words: string): Promise<string> => {
      mustBeAllowed(actor, 'search.record')
      const found = await read(actor.schoolId, ({ searches }) => searches.get(actor, searchId))
      await mustBeAuthorised(actor, found.caseId)
      return change(actor, async ({ cases, searches, illegal }) => {
        const person = personOf(actor)
        const file = await cases.lock(actor, found.caseId)
        const search = await searches.lock(actor, searchId)
        const status = searchMoves[search.status][step]
        if (!status || !nextSearchSteps(search.status, search.ground).includes(step))
          throw new Refusal(
            'conflict',
            step === 'erase'
              ? 'Data that may be evidence of an offence is not erased. It goes to the police.'
              : 'This cannot be done with the device now.',
          )
        await searches.addStep(search, step, status, person.personId, words)
        const subject = `case:${search.caseId}`
        if (step === 'suspect-image' && !(await illegal.path(search.caseId))) {
          await cases.beginIllegalPath(search.caseId, 'illegal-images')
          const alerts =
            file.seriousness === 'serious'
              ? []
              : await cases.alertSerious(search.caseId, file.category, await cases.barredOf(search.caseId))
          return changed(
            search.caseId,
            { type: 'search.step-added', subject, detail: { search: search.id, step, status } },
            { type: 'illegal-path.begun', subject, detail: { suspicion: 'illegal-images' } },
            ...alerts,
          )
        }
        return changed(search.caseId, {
          type: 'search.step-added',
          subject,
          detail: { search: search.id, step, status },
        })
      })
    },
  }
}
