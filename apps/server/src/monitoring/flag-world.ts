/** For tests: a school that may monitor some of its groups, and flags as a device would send them. */
import { randomUUID } from 'node:crypto'
import { addCalendarDays, type CalendarDate, londonDate } from '@gatehouse/engine/calendar'
import type { Concern } from '@gatehouse/engine/concern/types'
import type { PersonActor } from '../platform/actor.ts'
import { systemActor } from '../platform/actor.ts'
import { changed } from '../platform/change.ts'
import type { TestSchool } from '../testing/test-school.ts'
import type { Severity } from './flag.ts'
import type { NewFlag } from './flag-store.ts'
import type { Taken } from './flag-service.ts'

type SomeSchool = Pick<TestSchool, 'app' | 'schoolId' | 'now'>

/** The groups of the school as it has them; added where they are not there yet. */
export async function withGroup(school: SomeSchool, group: string, people: readonly PersonActor[]): Promise<void> {
  await school.app.change(systemActor(school.schoolId, 'test'), async writes => {
    if ((await writes.people.groups('filter')).every(({ id }) => id !== group))
      await writes.people.addGroup(group, 'filter', group)
    for (const { personId } of people) await writes.people.addMember(group, personId)
    return changed(undefined, { type: 'membership.added', subject: `group:${group}` })
  })
}

/** A pupil of the juniors, by the name under which a device says who uses it: `pia.small` is Pia Small. */
export async function deviceUser(school: TestSchool, name: string): Promise<PersonActor> {
  const pupil = await school.person(name, 'pupil')
  await withGroup(school, 'juniors', [pupil])
  await school.app.change(systemActor(school.schoolId, 'test'), async ({ people }) => {
    await people.addAccount(pupil.personId, name.toLowerCase().replace(' ', '.'), {})
    return changed(undefined, { type: 'account.added', subject: `person:${pupil.personId}` })
  })
  return pupil
}

/** What a device says, and the answer; one that is no JSON reads as nothing. */
export async function sayAsDevice({ app }: SomeSchool, path: string, token: string, body: unknown) {
  const answer = await app.server.inject({
    method: 'POST',
    url: path,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', host: 'localhost' },
    payload: typeof body === 'string' ? body : JSON.stringify(body),
  })
  const isJson = String(answer.headers['content-type']).startsWith('application/json')
  return { status: answer.statusCode, body: (isJson ? answer.json() : {}) as Record<string, unknown> }
}

/** All the papers: proposed, advised on, approved, and the people told. @returns the assessment's id. */
export async function monitored(
  school: SomeSchool,
  groups: readonly string[],
  who: { lead: PersonActor; dpo: PersonActor; head: PersonActor },
  reviewOn: CalendarDate = addCalendarDays(londonDate(school.now()), 300),
): Promise<string> {
  const { scopes } = school.app.services
  const id = await scopes.propose(who.lead, {
    groups,
    reviewOn,
    assessment: {
      what: 'Searches',
      why: 'Children at risk',
      risks: 'Being watched',
      measures: 'Few look',
      asked: 'Parents',
    },
  })
  await scopes.advise(who.dpo, id, 'Proportionate, if few people look.')
  await scopes.decide(who.head, id, 'approved', 'Needed', await digestOf(school, id))
  await scopes.noticed(who.lead, id, 'Assembly and letter')
  return id
}
export const digestOf = (school: SomeSchool, scopeId: string): Promise<string> =>
  school.app.read(
    school.schoolId,
    async ({ scopes, requests }) => (await requests.get((await scopes.scope(scopeId)).requestId)).digest,
  )

export function flagOf(
  concern: Concern,
  severity: Severity,
  given: Partial<NewFlag> & { text?: string } = {},
): NewFlag {
  const { text = 'the words of a test', ...rest } = given
  return {
    sender: 'device:test',
    senderId: randomUUID(),
    source: 'extension',
    kind: 'typed',
    at: new Date(),
    severity,
    concerns: [{ name: concern, score: 0.9 }],
    rules: ['test.rule'],
    detector: 'test-1',
    host: 'docs.example',
    content: { text, spans: [[4, 9, concern]], why: 'A test sentence.', page: 'docs.example/essay', title: 'Essay' },
    ...rest,
  }
}

export const take = (
  school: TestSchool,
  person: PersonActor,
  groups: readonly string[],
  flag: NewFlag,
): Promise<Taken> =>
  school.app.services.flags.take(
    school.schoolId,
    { ...flag, at: school.now() },
    { personId: person.personId, groups, device: 'test' },
  )
