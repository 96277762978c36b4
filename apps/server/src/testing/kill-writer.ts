import { connect } from '../platform/database.ts'
import { createChange, changed } from '../platform/change.ts'
import { openLedgerHeads } from '../platform/ledger-heads.ts'
import { openKeys } from '../platform/keys.ts'
import { systemActor } from '../platform/actor.ts'
import { peopleWrites } from '../people/people-store.ts'

/*
 * A process that does changes without end, for the kill test: each adds a person and its entry, and is acknowledged on
 * standard output only once `change` has returned. Arguments: database URL, data folder, school, a mark for the names.
 */
const [, , url = '', dataFolder = '', schoolId = '', mark = ''] = process.argv
const heads = openLedgerHeads(dataFolder)
const connections = connect(url, { max: 4, onFault: () => undefined })
const change = createChange(
  { connections, clock: () => new Date(), fieldKey: openKeys(`${dataFolder}/keys`).field, heads },
  peopleWrites,
)

const worker = async (name: string): Promise<void> => {
  for (let n = 0; ; n++) {
    const familyName = `${mark}-${name}-${n}`
    try {
      await change(systemActor(schoolId, 'kill-test'), async people => {
        const id = await people.addPerson({ givenName: 'Kept', familyName, joinedOn: '2026-09-01' })
        await people.appoint(id, 'pupil')
        return changed(id, { type: 'person.added', subject: `person:${id}`, detail: { mark: familyName } })
      })
      process.stdout.write(`${familyName}\n`)
    } catch {
      // The database was killed under it: not acknowledged, so nothing is promised. Try the next.
      await new Promise(resolve => setTimeout(resolve, 20))
    }
  }
}
process.stdout.write('ready\n')
await Promise.all(['a', 'b', 'c', 'd'].map(worker))
