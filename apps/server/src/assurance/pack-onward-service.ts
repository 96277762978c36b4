import type { DeadlineWrites } from '../duties/deadline-store.ts'
import type { PeopleReads } from '../people/people-store.ts'
import { type Actor, mustBeAllowed, personOf } from '../platform/actor.ts'
import { type Change, changed, type Read } from '../platform/change.ts'
import type { LedgerReads } from '../platform/ledger-reads.ts'
import type { MessageWrites } from '../platform/messages.ts'
import { Refusal } from '../platform/refusal.ts'
import { startSchoolDays } from '../duties/start-school-days.ts'
import { isAsIssued } from './pack-issued.ts'
import { mustBeADay, onwardDays, onwardDeadline, onwardSubject, type OnwardWay } from './pack-onward.ts'
import type { PackReads, PackWrites } from './pack-store.ts'

interface Writes {
  readonly packs: PackWrites
  readonly messages: MessageWrites
  readonly deadlines: DeadlineWrites
  readonly people: Pick<PeopleReads, 'holders'>
}

/** Reporting a pack onward, to the directors above the board: asked for with a reason, and recorded once done. */
export const onwardActs = ({
  change,
  read,
}: {
  change: Change<Writes>
  read: Read<{ readonly packs: PackReads; readonly ledger: LedgerReads }>
}) => ({
  /** Starts the chair’s clock. */
  askOnward: async (actor: Actor, packId: string, reason: string): Promise<void> => {
    mustBeAllowed(actor, 'pack.report-onward')
    const { personId } = personOf(actor)
    await change(actor, async ({ packs, deadlines, messages, people }) => {
      const pack = await packs.get(packId)
      const onward = await packs.askOnward(pack.id, personId, reason)
      const link = `/governors/packs/${pack.id}`
      const { dueAt } = await startSchoolDays(deadlines, onwardDays, {
        kind: onwardDeadline,
        subject: onwardSubject(onward),
        title: `Report pack ${pack.number} onward to the directors`,
        link,
        ownerRole: 'chair',
      })
      const chairs = (await people.holders('chair')).map(holder => holder.personId)
      await messages.tell(
        chairs.filter(id => id !== personId),
        'pack',
        link,
      )
      return changed(undefined, {
        type: 'pack.asked-onward',
        subject: `pack:${pack.id}`,
        detail: { onward, number: pack.number, due: dueAt?.toISOString() ?? null },
      })
    })
  },
  /**
   * Stops the clock now, whatever day is given: a day that is typed in cannot make a late report one in time.
   * @param report `digest`: of the pack that the person was shown.
   */
  reportOnward: async (
    actor: Actor,
    packId: string,
    onward: string,
    report: { readonly to: string; readonly on: string; readonly how: OnwardWay; readonly digest: string },
  ): Promise<void> => {
    mustBeAllowed(actor, 'pack.report-onward')
    const { personId, schoolId } = personOf(actor)
    const intact = await read(schoolId, async reads => isAsIssued(reads, await reads.packs.get(packId)))
    await change(actor, async ({ packs, deadlines }) => {
      const pack = await packs.get(packId)
      if (!intact || report.digest !== pack.digest)
        throw new Refusal(
          'conflict',
          'What you were shown is not what was issued. Open the pack again, and tell the headteacher and the data protection officer.',
        )
      mustBeADay(report.on, pack.issuedAt, packs.now)
      await packs.reportOnward(pack.id, onward, { ...report, by: personId })
      const [deadline] = await deadlines.meet(onwardDeadline, onwardSubject(onward))
      return changed(undefined, {
        type: 'pack.reported-onward',
        subject: `pack:${pack.id}`,
        detail: {
          onward,
          number: pack.number,
          on: report.on,
          how: report.how,
          digest: report.digest,
          deadline: deadline?.state ?? null,
        },
      })
    })
  },
})
