import { type Actor, personOf } from '../platform/actor.ts'
import { type Change, changed } from '../platform/change.ts'
import { Refusal } from '../platform/refusal.ts'
import { act } from './case.ts'
import type { CaseWrites } from './case-store.ts'
import { illegalSteps, type IllegalStep, stepsLeft, type Suspicion } from './illegal.ts'
import type { IllegalWrites } from './illegal-store.ts'

export type IllegalService = ReturnType<typeof createIllegalService>
export function createIllegalService(change: Change<{ cases: CaseWrites; illegal: IllegalWrites }>) {
  return {
    /** Puts a case on the path. There is no way back off it: from now on it takes no file. It is serious from now on. */
    begin: (actor: Actor, caseId: string, suspicion: Suspicion) =>
      change(actor, async ({ cases, illegal }) => {
        const file = await cases.lock(actor, caseId)
        act(actor, file, 'illegal')
        if (await illegal.path(caseId))
          throw new Refusal('conflict', 'This case is on the illegal-content path already.')
        await cases.beginIllegalPath(caseId, suspicion)
        const alerts =
          file.seriousness === 'serious'
            ? []
            : await cases.alertSerious(caseId, file.category, await cases.barredOf(caseId))
        return changed(
          undefined,
          { type: 'illegal-path.begun', subject: `case:${caseId}`, detail: { suspicion } },
          ...alerts,
        )
      }),
    /** Records that a step was done, by whom and when. The last of those needed finishes the path. */
    record: (actor: Actor, caseId: string, step: IllegalStep, at: Date, words: string | null) =>
      change(actor, async ({ cases, illegal }) => {
        const person = personOf(actor)
        const file = await cases.lock(actor, caseId)
        act(actor, file, 'note')
        const path = await illegal.path(caseId)
        if (!path) throw new Refusal('conflict', 'This case is not on the illegal-content path.')
        if (!illegalSteps.includes(step)) throw new Refusal('invalid', 'There is no such step.')
        if (path.steps.some(done => done.step === step))
          throw new Refusal('conflict', 'This step is recorded already. Add a note if there is more to say.')
        if (at > cases.now) throw new Refusal('invalid', 'When it was done cannot be in the future.')
        await illegal.addStep(file, person.personId, step, at, words)
        const left = stepsLeft({ hasAddress: path.hasAddress, done: [...path.steps.map(done => done.step), step] })
        if (left.length === 0 && !path.finishedAt) await illegal.finish(caseId)
        return changed(left, {
          type: 'illegal-path.step-done',
          subject: `case:${caseId}`,
          detail: { step, at: at.toISOString(), left },
        })
      }),
    /** Writes down an address as told. It is sealed, shown broken up, and nothing here ever asks for it. */
    recordAddress: (actor: Actor, caseId: string, address: string) =>
      change(actor, async ({ cases, illegal }) => {
        const file = await cases.lock(actor, caseId)
        act(actor, file, 'note')
        const path = await illegal.path(caseId)
        if (!path) throw new Refusal('conflict', 'This case is not on the illegal-content path.')
        await illegal.setAddress(file, address)
        return changed(undefined, {
          type: 'illegal-path.address-recorded',
          subject: `case:${caseId}`,
          detail: { length: address.length },
        })
      }),
  }
}
