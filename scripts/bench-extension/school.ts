import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCommand } from '../../apps/server/src/cli.ts'
import { readConfig } from '../../apps/server/src/config.ts'
import { openInstallation } from '../../apps/server/src/installation.ts'
import { monitored, withGroup } from '../../apps/server/src/monitoring/flag-world.ts'
import type { Role } from '../../apps/server/src/permissions.ts'
import { type PersonActor, systemActor } from '../../apps/server/src/platform/actor.ts'
import { changed } from '../../apps/server/src/platform/change.ts'
import { systemClock } from '../../apps/server/src/platform/clock.ts'
import { listen } from '../../apps/server/src/platform/http.ts'
import { evaluate } from '../../journeys/browser-tab.ts'
import {
  begun,
  insideWorker,
  type PolicedBrowser,
  type PolicedMachine,
  policedMachine,
} from '../../journeys/policed-browser.ts'

export const pupilName = 'pia.small'

/** A school with one monitored pupil and a device of theirs, and how to end it. */
export interface BenchSchool {
  readonly machine: PolicedMachine
  /** Sites in the lists that the device filters by. */
  readonly domains: number
  stop(): Promise<void>
}

/** @param lists folder of published lists; without it the device filters by those that ship. */
export async function benchSchool(lists: string | undefined): Promise<BenchSchool> {
  const dataFolder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-extension-'))
  const environment = { GATEHOUSE_DATA: dataFolder, PORT: '0', PROXY_PORT: '0' }
  if (lists !== undefined)
    await runCommand(['lists', 'compile', '--from', lists, '--accept', 'all'], {
      environment,
      input: process.stdin,
      out: () => undefined,
      say: () => undefined,
    })
  const installation = await openInstallation(readConfig(environment), systemClock, () => undefined)
  const { app } = installation
  const schoolId = await app.services.school.create('Bench school')
  const school = { app, schoolId, now: systemClock }
  const person = async (name: string, role: Role): Promise<PersonActor> => {
    const [givenName = '', familyName = ''] = name.split(' ')
    const personId = await app.change(systemActor(schoolId, 'test'), async ({ people }) => {
      const id = await people.addPerson({ givenName, familyName, joinedOn: '2020-09-01' })
      await people.addAccount(id, name.toLowerCase().replace(' ', '.'), {})
      await people.appoint(id, role)
      return changed(id, { type: 'person.added', subject: `person:${id}` })
    })
    return { kind: 'person', schoolId, personId, name, roles: [role] }
  }
  const lead = await person('Dora Safe', 'dsl')
  const head = await person('Hedda Main', 'headteacher')
  const dpo = await person('Dev Data', 'dpo')
  const manager = await person('Ned Work', 'network-manager')
  await withGroup(school, 'juniors', [await person('Pia Small', 'pupil')])
  await monitored(school, ['juniors'], { lead, dpo, head })
  const url = `http://127.0.0.1:${await listen(app.server, '127.0.0.1', 0)}`
  const work = await app.filtering.start(url)
  const machine = await policedMachine({ app, url, dataFolder, manager, user: pupilName })
  app.filtering.lists.ensure(app.clock())
  return {
    machine,
    domains: app.filtering.lists.open().lists.domains,
    stop: async () => {
      await machine.stop()
      await work.stop()
      await installation.close()
      rmSync(dataFolder, { recursive: true, force: true })
    },
  }
}

/** Waits until the extension of this browser filters by the school's rules and has its detector ready. */
export async function ready(browser: PolicedBrowser, machine: PolicedMachine): Promise<void> {
  await begun(browser, machine, words => words.includes('Your rules: Juniors') && words.includes('Monitoring is on'))
  const inside = await insideWorker(browser, machine, { detector: '^function detector\\(' })
  await evaluate(inside, 'inside.detector().then(() => 1)')
  inside.close()
}
