import { readConfig } from '../apps/server/src/config.ts'
import { openInstallation } from '../apps/server/src/installation.ts'
import { systemClock } from '../apps/server/src/platform/clock.ts'
import { samplePeople } from '../apps/server/src/school/sample-people.ts'

/** What somebody of the sample school decides while a journey runs, beside the running server: without its pages, by its services. */
export async function setSuspended(dataFolder: string, username: string, isSuspended: boolean): Promise<void> {
  const config = readConfig({ ...process.env, GATEHOUSE_DATA: dataFolder })
  const installation = await openInstallation(config, systemClock, () => undefined)
  try {
    const { app } = installation
    const [school] = await app.schools()
    if (!school) throw new Error('there is no school')
    const manager = samplePeople(2026).find(({ key }) => key === 'network-manager')?.username ?? ''
    const [who, by] = await app.read(school.id, async ({ people }) => [
      await people.accountByUsername(username),
      await people.accountByUsername(manager),
    ])
    if (!who || !by) throw new Error(`there is no ${username} or no ${manager}`)
    const roles = await app.read(school.id, ({ people }) => people.rolesOf(by.personId))
    const actor = { kind: 'person', schoolId: school.id, personId: by.personId, name: manager, roles } as const
    await app.services.people.setSuspended(actor, who.personId, isSuspended, 'A journey asks for it')
  } finally {
    await installation.close()
  }
}
