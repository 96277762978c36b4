import { londonDate } from '@gatehouse/engine/calendar'
import type { DeadlineWrites } from '../duties/deadline-store.ts'
import type { PasswordHasher } from '../people/passwords.ts'
import type { PeopleWrites } from '../people/people-store.ts'
import { type Actor, systemActor } from '../platform/actor.ts'
import { type Change, changed, type LedgerEvent } from '../platform/change.ts'
import type { Clock } from '../platform/clock.ts'
import type { Keys } from '../platform/keys.ts'
import { Refusal } from '../platform/refusal.ts'
import { sampleClasses, samplePeople } from './sample-people.ts'
import { schoolIdFrom, type SchoolWrites } from './school-store.ts'
import { schoolYearOf, typicalTerms } from './term-dates.ts'

/** The filter groups of every school; the ids are a contract of the command line. */
export const filterGroups = [
  ['infants', 'Infants'],
  ['juniors', 'Juniors'],
  ['secondary', 'Secondary years'],
  ['sixth-form', 'Sixth form'],
  ['staff', 'Staff'],
  ['governors', 'Governors'],
  ['guests', 'Guests'],
  ['personal-devices', 'Personal devices'],
] as const

interface SetUpWrites {
  readonly school: SchoolWrites
  readonly people: PeopleWrites
  readonly deadlines: DeadlineWrites
}

export interface SchoolServiceParts<W extends SetUpWrites> {
  readonly change: Change<W>
  readonly schools: () => Promise<readonly { readonly id: string }[]>
  readonly hasher: PasswordHasher
  readonly keys: Keys
  readonly clock: Clock
  /** What each domain does when a school is made, in the same change: policies adopted, first rules written. */
  readonly settleIn: readonly ((writes: W, sample: boolean) => Promise<readonly LedgerEvent[]>)[]
}

/** A sample person's proxy password: derived from the installation's secret, so that the sample's page can show it and nothing stores it. */
export const sampleProxyPassword = (keys: Pick<Keys, 'secret'>, schoolId: string, username: string): string =>
  keys.secret(`sample proxy ${schoolId} ${username}`).toString('hex').slice(0, 20)

export type SchoolService = ReturnType<typeof createSchoolService>
export function createSchoolService<W extends SetUpWrites>({
  change,
  schools,
  hasher,
  keys,
  clock,
  settleIn,
}: SchoolServiceParts<W>) {
  const begin = async (
    writes: W,
    name: string,
    sample: boolean,
    year = schoolYearOf(londonDate(clock())),
  ): Promise<readonly LedgerEvent[]> => {
    await writes.school.add({ name, sample, idleMinutes: sample ? 60 : 10 })
    // Three school years: clocks that began last year still run, and those that end next year can be reckoned.
    for (const firstYear of [year - 1, year, year + 1]) {
      for (const term of typicalTerms(firstYear))
        await writes.deadlines.addTerm(`${term.name} ${firstYear}/${(firstYear + 1) % 100}`, term.from, term.to)
    }
    for (const [id, title] of filterGroups) await writes.people.addGroup(id, 'filter', title)
    const settled: LedgerEvent[] = []
    for (const settle of settleIn) settled.push(...(await settle(writes, sample)))
    return settled
  }
  const idFor = async (name: string): Promise<string> => {
    const trimmed = name.trim()
    if (trimmed === '' || [...trimmed].length > 120)
      throw new Refusal('invalid', 'A school’s name has 1 to 120 characters.')
    return schoolIdFrom(
      trimmed,
      (await schools()).map(({ id }) => id),
    )
  }

  return {
    /** A real school, empty but for its first headteacher where one is given. @returns its id. */
    async create(
      name: string,
      first?: {
        givenName: string
        familyName: string
        username: string
        password: string
        /** The password was made for them, and opens nothing but the page on which it is replaced. */
        mustChange?: boolean
      },
    ): Promise<string> {
      const schoolId = await idFor(name)
      const hash = first ? await hasher.hash(first.password) : null
      const actor: Actor = systemActor(schoolId, 'set-up')
      await change(actor, async writes => {
        const settled = await begin(writes, name.trim(), false)
        const events: LedgerEvent[] = [...settled]
        if (first && hash) {
          const personId = await writes.people.addPerson({
            givenName: first.givenName,
            familyName: first.familyName,
            joinedOn: londonDate(clock()),
          })
          await writes.people.addAccount(personId, first.username, {
            password: hash,
            mustChange: first.mustChange ?? false,
          })
          await writes.people.appoint(personId, 'headteacher')
          await writes.people.appoint(personId, 'staff')
          await writes.people.addMember('staff', personId)
          events.push({
            type: 'person.added',
            subject: `person:${personId}`,
            detail: { roles: ['headteacher', 'staff'] },
          })
        }
        return changed(
          undefined,
          { type: 'school.made', subject: `school:${schoolId}`, detail: { sample: false } },
          ...events,
        )
      })
      return schoolId
    },
    /**
     * The sample school with its people; `makeSampleSchool` gives it a term's worth of records as well.
     * @param options with `lived` the school is hidden until its term has been lived, and began when this clock says; `now`
     *   is the present by which its pupils are in their years.
     * @returns its id and people by key.
     */
    async createSample(
      name: string,
      options: { readonly lived?: boolean; readonly now?: Date } = {},
    ): Promise<{ schoolId: string; people: ReadonlyMap<string, string> }> {
      const schoolId = await idFor(name)
      const year = schoolYearOf(londonDate(options.now ?? clock()))
      const sample = samplePeople(year)
      const proxyHashes = new Map<string, string>()
      for (const person of sample)
        if (person.proxy)
          proxyHashes.set(person.key, await hasher.hashForProxy(sampleProxyPassword(keys, schoolId, person.username)))
      const began = options.lived ? clock() : new Date(`${year}-09-01T07:00:00.000Z`)
      const people = await change(systemActor(schoolId, 'set-up'), async writes => {
        const settled = await begin(writes, name.trim(), true, year)
        if (options.lived) await writes.school.setSettings({ making: true })
        for (const each of sampleClasses) await writes.people.addGroup(each.id, 'class', each.name)
        const ids = new Map<string, string>()
        for (const person of sample) {
          const id = await writes.people.addPerson({
            givenName: person.givenName,
            familyName: person.familyName,
            joinedOn: londonDate(began),
            ...(person.dateOfBirth ? { dateOfBirth: person.dateOfBirth } : {}),
          })
          ids.set(person.key, id)
          const proxy = proxyHashes.get(person.key)
          await writes.people.addAccount(id, person.username, proxy ? { proxy } : {})
          for (const group of person.groups) await writes.people.addMember(group, id, 'member', began)
          for (const taught of person.teaches ?? []) await writes.people.addMember(taught, id, 'teacher', began)
        }
        for (const person of sample) {
          const id = ids.get(person.key)
          if (!id) throw new Error(`${person.key} was not added`)
          for (const role of person.roles) {
            const deputy = ids.get(person.deputies?.[role] ?? '')
            await writes.people.appoint(id, role, { from: began, ...(deputy ? { deputyId: deputy } : {}) })
          }
          for (const child of person.parentOf ?? []) {
            const childId = ids.get(child)
            if (childId) await writes.people.relate(id, childId)
          }
        }
        return changed(
          ids,
          { type: 'school.made', subject: `school:${schoolId}`, detail: { sample: true } },
          { type: 'people.added', detail: { count: sample.length } },
          ...settled,
        )
      })
      return { schoolId, people }
    },
  }
}
