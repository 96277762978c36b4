/** A school's internet in small, for tests: the real app, a real gateway process, and people who browse through it. */
import { request } from 'node:http'
import { after } from 'node:test'
import { type PersonActor, systemActor } from '../platform/actor.ts'
import { changed } from '../platform/change.ts'
import type { TestSchool } from '../testing/test-school.ts'
import type { FilterChange } from './filter-store.ts'
import type { FilteringWork } from './filtering-work.ts'

export interface BrowsingPerson extends PersonActor {
  readonly username: string
  readonly password: string
}

export interface Answer {
  readonly status: number
  /** The field Proxy-Status. */
  readonly field: string
  readonly body: string
}

/** Ends what was started; registered before the school's own clean-up, so that the gateway is gone before the database. */
export function stopsAfterwards(): { work: FilteringWork | undefined } {
  const held: { work: FilteringWork | undefined } = { work: undefined }
  after(() => held.work?.stop())
  return held
}

/** Adds somebody with a proxy password who may browse as a group. */
export async function browsingPerson(school: TestSchool, name: string, group: string): Promise<BrowsingPerson> {
  const { app, schoolId } = school
  const person = await school.person(name, group === 'staff' ? 'teacher' : 'pupil')
  const username = `${name.split(' ')[0]?.toLowerCase()}.proxy`
  const password = `a proxy password of ${username}`
  const hash = await app.hasher.hashForProxy(password)
  await app.change(systemActor(schoolId, 'test'), async ({ people }) => {
    const id = await people.addAccount(person.personId, username, { proxy: hash })
    if ((await people.groups('filter')).every(known => known.id !== group))
      await people.addGroup(group, 'filter', group)
    await people.addMember(group, person.personId)
    return changed(undefined, { type: 'account.added', subject: `account:${id}` })
  })
  return { ...person, username, password }
}

/** One request through the gateway. What was under way when the rules changed is cut, as in a browser, and asked for again. */
export const browse = async (
  proxyPort: number,
  who: { username: string; password: string },
  url: string,
): Promise<Answer> => {
  const isCut = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ECONNRESET'
  try {
    return await browseOnce(proxyPort, who, url)
  } catch (error) {
    if (!isCut(error)) throw error
    return browseOnce(proxyPort, who, url)
  }
}

const browseOnce = (proxyPort: number, who: { username: string; password: string }, url: string): Promise<Answer> =>
  new Promise((done, failed) => {
    const credentials = Buffer.from(`${who.username}:${who.password}`).toString('base64')
    const asked = request({
      host: '127.0.0.1',
      port: proxyPort,
      path: url,
      agent: false,
      headers: { host: new URL(url).host, 'proxy-authorization': `Basic ${credentials}` },
    })
    asked.once('error', failed)
    asked.once('response', response => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', part => {
        body += part
      })
      const field = String(response.headers['proxy-status'] ?? '')
      response.once('error', failed)
      response.once('end', () => done({ status: response.statusCode ?? 0, field, body }))
    })
    asked.end()
  })

/** What people wait for at a screen: looks again and again for up to forty seconds. */
export async function until<T>(what: string, look: () => Promise<T | false | null | undefined>): Promise<T> {
  for (let tries = 0; tries < 400; tries += 1) {
    const found = await look()
    if (found) return found
    await new Promise(done => setTimeout(done, 100))
  }
  throw new Error(`Waited forty seconds for ${what}`)
}

export const changeNow = (school: TestSchool, id: string): Promise<FilterChange> =>
  school.app.read(school.schoolId, ({ filtering }) => filtering.change(id))

/** Proposes and approves in one go, by two people. @returns the change's id. */
export async function decided(
  school: TestSchool,
  by: { proposer: PersonActor; approver: PersonActor },
  proposal: Parameters<TestSchool['app']['services']['filterChanges']['propose']>[1],
): Promise<string> {
  const { filterChanges } = school.app.services
  const id = await filterChanges.propose(by.proposer, proposal)
  await filterChanges.decide(by.approver, id, 'approved', 'Agreed', (await changeNow(school, id)).digest)
  return id
}
