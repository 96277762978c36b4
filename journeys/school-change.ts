import type { App } from '../apps/server/src/compose.ts'
import { readConfig } from '../apps/server/src/config.ts'
import { openInstallation } from '../apps/server/src/installation.ts'
import { systemClock } from '../apps/server/src/platform/clock.ts'
import { samplePeople } from '../apps/server/src/school/sample-people.ts'

/** What somebody of the sample school decides while a journey runs, beside the running server: without its pages, by its services. */
export const setSuspended = (dataFolder: string, username: string, isSuspended: boolean): Promise<void> =>
  beside(dataFolder, async (app, school) => {
    const manager = samplePeople(2026).find(({ key }) => key === 'network-manager')?.username ?? ''
    const [who, by] = await app.read(school.id, async ({ people }) => [
      await people.accountByUsername(username),
      await people.accountByUsername(manager),
    ])
    if (!who || !by) throw new Error(`there is no ${username} or no ${manager}`)
    const roles = await app.read(school.id, ({ people }) => people.rolesOf(by.personId))
    const actor = { kind: 'person', schoolId: school.id, personId: by.personId, name: manager, roles } as const
    await app.services.people.setSuspended(actor, who.personId, isSuspended, 'A journey asks for it')
  })

/** What the web log has of the last hour, for these hosts: `group host path kind`, as often as it was asked for. */
export const loggedRequests = (dataFolder: string, hosts: readonly string[]): Promise<string[]> =>
  beside(dataFolder, (app, school) =>
    app.read(school.id, async ({ activity }) => {
      const found: string[] = []
      for await (const batch of activity.requests(new Date(Date.now() - 3_600_000), new Date(Date.now() + 60_000)))
        for (const { host, path, kind, groups } of batch)
          if (hosts.includes(host)) found.push(`${groups.join()} ${host} ${path} ${kind}`)
      return found.sort()
    }),
  )

async function beside<T>(dataFolder: string, work: (app: App, school: { id: string }) => Promise<T>): Promise<T> {
  const config = readConfig({ ...process.env, GATEHOUSE_DATA: dataFolder })
  const installation = await openInstallation(config, systemClock, () => undefined)
  try {
    const { app } = installation
    const [school] = await app.schools()
    if (!school) throw new Error('there is no school')
    return await work(app, school)
  } finally {
    await installation.close()
  }
}
