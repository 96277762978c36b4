import type { Role } from '../permissions.ts'
import { type PersonActor, systemActor } from '../platform/actor.ts'
import { changed } from '../platform/change.ts'
import type { ControlState } from '../policies/control.ts'
import { type TestBrowser, type TestSchool, testTime } from '../testing/test-school.ts'
import { caseControls } from './case-controls.ts'
import type { NewCase } from './case-store.ts'

/* For tests: one more school in a running installation, with a person for each part in a case. */

let made = 0
export type CaseWorld = Awaited<ReturnType<typeof caseWorld>>
export async function caseWorld(school: TestSchool) {
  school.setTime(testTime)
  made += 1
  const schoolId = `world-${made}`
  const { app } = school
  await school.addSchool(schoolId)
  const tester = systemActor(schoolId, 'test')
  const person = (givenName: string, familyName: string, ...roles: readonly Role[]): Promise<PersonActor> =>
    app.change(tester, async ({ people }) => {
      const personId = await people.addPerson({ givenName, familyName, joinedOn: '2020-09-01' })
      await people.addAccount(personId, `${givenName}.${familyName}`, {})
      for (const role of roles) await people.appoint(personId, role)
      return changed({ kind: 'person', schoolId, personId, name: `${givenName} ${familyName}`, roles } as const, {
        type: 'person.added',
        subject: `person:${personId}`,
      })
    })
  await app.change(tester, async ({ deadlines }) => {
    await deadlines.addTerm('Autumn', '2026-09-01', '2026-12-19')
    await deadlines.addTerm('Spring', '2027-01-04', '2027-04-01')
    await deadlines.addTerm('Summer', '2027-04-19', '2027-07-22')
    return changed(undefined, { type: 'term.added' })
  })
  const who = {
    head: await person('Hana', 'Whitfield', 'headteacher'),
    deputy: await person('Dan', 'Poole', 'deputy'),
    dsl: await person('Dora', 'Sills', 'dsl'),
    deputyDsl: await person('Ada', 'Reed', 'deputy-dsl'),
    dpo: await person('Dev', 'Patel', 'dpo'),
    network: await person('Nia', 'Weber', 'network-manager'),
    chair: await person('Carl', 'Hare', 'chair'),
    teacher: await person('Tom', 'Teach', 'teacher'),
    pupil: await person('Pia', 'Small', 'pupil'),
  }
  const as = async (actor: PersonActor): Promise<TestBrowser> => {
    const [account] = await app.read(schoolId, ({ people }) => people.accountsOf(actor.personId))
    if (!account) throw new Error(`${actor.name} has no account`)
    const browser = await school.browser()
    browser.cookies.set('gatehouse', await app.services.signIn.signInToSample(schoolId, account))
    return browser
  }
  /** A case as a report would open it, about the pupil unless told otherwise. */
  const open = (overrides: Partial<NewCase> = {}): Promise<string> =>
    app.change(tester, async ({ cases }) => {
      const { caseId, events } = await cases.open({
        category: 'conduct',
        kind: 'cyberbullying',
        seriousness: 'medium',
        audience: ['headteacher', 'deputy', 'dsl', 'deputy-dsl'],
        ownerRole: 'dsl',
        subjects: [],
        involved: [{ personId: who.pupil.personId, part: 'subject' }],
        happenedAt: null,
        reportedAt: school.now(),
        origin: 'report:1',
        summary: 'Words of a report',
        ...overrides,
      })
      return changed(caseId, { type: 'report.received' }, ...events)
    })
  /** Posts a form of a case as a person would. @throws {Error} when it was not taken. */
  const does = async (
    actor: PersonActor,
    path: string,
    fields: Readonly<Record<string, string | readonly string[]>>,
  ): Promise<string> => {
    const answer = await (await as(actor)).post(path, fields)
    if (answer.status !== 303)
      throw new Error(`${path} answered ${answer.status}: ${answer.errors.join('; ') || answer.text.slice(0, 300)}`)
    return answer.location ?? ''
  }
  const triage = (actor: PersonActor, id: string, overrides: Readonly<Record<string, string>> = {}) =>
    does(actor, `/cases/${id}/triage`, {
      category: 'conduct',
      kind: 'cyberbullying',
      seriousness: 'medium',
      risk: 'no',
      words: 'Looked at it',
      ...overrides,
    })
  const take = (actor: PersonActor, id: string) => does(actor, `/cases/${id}/take`, {})
  const decide = (actor: PersonActor, id: string, overrides: Readonly<Record<string, string>> = {}) =>
    does(actor, `/cases/${id}/decisions`, { kind: 'response', words: 'Decided so, because', ...overrides })
  const refer = (actor: PersonActor, id: string, agency: string, made: 'yes' | 'no' = 'yes') =>
    does(actor, `/cases/${id}/referrals`, {
      agency,
      made,
      at: dateParts(school.now()),
      reference: made === 'yes' ? 'CAD 1234' : '',
      reasons: 'For these reasons',
    })
  const acknowledge = async (actor: PersonActor) => {
    for (const alert of await app.read(schoolId, ({ caseParts }) => caseParts.alertsFor(actor.personId)))
      await does(actor, `/alerts/${alert.id}`, {})
  }
  const state = async (id: string): Promise<ControlState> => {
    const control = caseControls.find(each => each.id === id)
    if (!control) throw new Error(`there is no control ${id}`)
    return app.read(schoolId, reads => control.evaluate(reads, { now: school.now(), schoolId }))
  }
  return {
    schoolId,
    who,
    person,
    as,
    open,
    does,
    triage,
    take,
    decide,
    refer,
    acknowledge,
    state,
    read: <T>(work: Parameters<typeof app.read<T>>[1]) => app.read(schoolId, work),
  }
}

/** An instant as the four boxes of a date and time, in London. */
export function dateParts(at: Date): string[] {
  const parts = Object.fromEntries(
    new Intl.DateTimeFormat('en-GB', {
      timeZone: 'Europe/London',
      day: 'numeric',
      month: 'numeric',
      year: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    })
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  )
  return [parts['day'] ?? '', parts['month'] ?? '', parts['year'] ?? '', `${parts['hour']}:${parts['minute']}`]
}
