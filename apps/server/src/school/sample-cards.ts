import type { PeopleReads } from '../people/people-store.ts'
import type { SampleCard, SampleDoor } from '../people/sign-in-pages.ts'
import type { Role } from '../permissions.ts'
import type { Read } from '../platform/change.ts'

/** The cards in the order in which a visitor would meet the people, with what each can do here. */
const cardRoles: readonly (readonly [Role, string])[] = [
  ['headteacher', 'Sees what needs a decision, and decides'],
  ['dsl', 'Takes reports about children, and answers for filtering'],
  ['teacher', 'Meets a block, reports a concern, proposes a change'],
  ['pupil', 'Has a child’s pages'],
  ['network-manager', 'Runs the filter, and proposes changes to it'],
  ['senior-leader', 'Approves changes to the filter'],
  ['dpo', 'Looks after personal data; sees no case about a child'],
  ['office', 'Keeps people, classes and term dates'],
  ['link-governor', 'Asks the questions, and verifies the ledger'],
  ['chair', 'Acts when something is about the headteacher'],
  ['parent', 'Reads the policy, reports a concern'],
]

/**
 * A card a role, only while the school was made as a sample (a column that nothing can update) and the installation holds no
 * real school. Looked up afresh each time, so that the first real school ends them at once.
 */
export const sampleDoor = (
  read: Read<{ people: PeopleReads }>,
  schools: () => Promise<readonly { id: string; sample: boolean }[]>,
): SampleDoor => ({
  async cards(schoolId) {
    const all = await schools()
    if (!all.some(school => school.id === schoolId) || !all.every(school => school.sample)) return []
    return read(schoolId, async ({ people }) => {
      const cards: SampleCard[] = []
      for (const [role, does] of cardRoles) {
        // The nine-year-old is in year 4, and the teacher has Oak; for the others the first who holds the role will do.
        const classId = role === 'pupil' ? 'class-maple' : role === 'teacher' ? 'class-oak' : null
        const holders = classId
          ? (await people.membersOf(classId)).map(({ id }) => ({ personId: id }))
          : await people.holders(role)
        for (const { personId } of holders) {
          if (classId && !(await people.rolesOf(personId)).includes(role)) continue
          const [account] = await people.accountsOf(personId)
          if (!account || account.suspendedAt) continue
          cards.push({ role, name: (await people.get(personId)).name, does, accountId: account.id })
          break
        }
      }
      return cards
    })
  },
})
