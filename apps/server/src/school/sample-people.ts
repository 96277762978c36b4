import type { Role } from '../permissions.ts'

/*
 * The people of the sample school: invented, and the same each time. Given and family names are drawn apart from each
 * other from lists of common names of many origins, so that a combination means nobody.
 */

/** A small seeded generator (mulberry32), so that the same school is made each time. */
export function seeded(seed: number): { number(): number; below(n: number): number; pick<T>(list: readonly T[]): T } {
  let state = seed >>> 0
  const number = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
  return {
    number,
    below: n => Math.floor(number() * n),
    pick: <T>(list: readonly T[]): T => {
      const found = list[Math.floor(number() * list.length)]
      if (found === undefined) throw new Error('nothing to pick from')
      return found
    },
  }
}

const givenNames =
  `Amira Noah Olivia Muhammad Grace Leo Freya Arlo Zainab Ethan Isla Kwame Poppy Rohan Ava Dylan Anaya Jacob Chloe Tomasz Layla Oscar Niamh Kofi
Ruby Hamza Elsie Luca Priya Samuel Maisie Yusuf Harriet Theo Aisha Callum Sienna Jayden Megan Idris Florence Mateusz Zara Finlay Naomi Elijah Beatrix Omar Rosie Caleb
Saanvi Reuben Imogen Dominik Keira Malachi Tabitha Ibrahim Phoebe Rafael Esme Joseph Halima Rhys Darcey Arjun Matilda Tobias Safa Angus Lottie Kian Mabel Emeka Thea
Stefan Aoife Bilal Connie Jude Ines Marcus Orla Vihaan Edith Felix Nadia Cameron Willow Ayaan Martha Hugo Seren Ezra Leila Gethin Abigail Zayn Hope Ewan`.split(
    /\s+/,
  )

const familyNames =
  `Adeyemi Ahmed Allen Anderson Bailey Baker Banerjee Barnes Begum Bennett Brennan Campbell Carter Chaudhry Clarke Collins Cooper Cox Davies Diaz Dixon Doyle
Edwards Ellis Evans Farah Fernandes Fisher Foster Gallagher Georgiou Gibson Graham Grant Green Gupta Hall Harris Hassan Hill Holmes Hughes Hussain Ivanov Jackson James Jenkins
Kapoor Kaur Kelly Khan King Kowalski Lee Lewis Lopez MacLeod Marsh Mason Mbeki Mehta Mills Mitchell Moore Morgan Morris Murphy Ncube Nguyen Nowak Nwosu Okafor Osei Owen
Palmer Parker Patel Pereira Phillips Popescu Powell Price Quinn Rahman Reid Richards Roberts Robinson Rossi Russell Saunders Scott Shah Silva Simpson Singh Stewart Sullivan
Taylor Thomas Turner Usman Walker Ward Watson Webb West Williams Wilson Wright Yilmaz Young Zhang`.split(/\s+/)

export interface SamplePerson {
  readonly key: string
  readonly givenName: string
  readonly familyName: string
  readonly username: string
  readonly roles: readonly Role[]
  /** Key of the person who deputises in each role that has one. */
  readonly deputies?: Readonly<Partial<Record<Role, string>>>
  readonly groups: readonly string[]
  /** Classes taught. */
  readonly teaches?: readonly string[]
  readonly parentOf?: readonly string[]
  readonly dateOfBirth?: string
  /** Whether a proxy password is made, shown on the sample's own page. */
  readonly proxy: boolean
}
export interface SampleClass {
  readonly id: string
  readonly name: string
  readonly year: number
  readonly filterGroup: 'infants' | 'juniors'
}

/** Reception (year 0) to year 6, one class each. */
export const sampleClasses: readonly SampleClass[] = [
  'Ash',
  'Birch',
  'Chestnut',
  'Hazel',
  'Maple',
  'Oak',
  'Willow',
].map((name, year) => ({
  id: `class-${name.toLowerCase()}`,
  name: `${name} (${year === 0 ? 'Reception' : `Year ${year}`})`,
  year,
  filterGroup: year <= 2 ? 'infants' : 'juniors',
}))

const leaders: readonly [
  key: string,
  givenName: string,
  familyName: string,
  roles: readonly Role[],
  deputies?: SamplePerson['deputies'],
][] = [
  ['head', 'Hana', 'Whitfield', ['headteacher', 'staff'], { headteacher: 'deputy' }],
  ['deputy', 'Marcus', 'Adeyemi', ['deputy', 'dsl', 'staff'], { dsl: 'deputy-dsl' }],
  ['deputy-dsl', 'Siobhan', 'Kelly', ['deputy-dsl', 'teacher', 'staff']],
  ['senior-leader', 'Gurpreet', 'Kaur', ['senior-leader', 'teacher', 'staff'], { 'senior-leader': 'deputy' }],
  ['network-manager', 'Tom', 'Brennan', ['network-manager', 'staff'], { 'network-manager': 'technician' }],
  ['technician', 'Ines', 'Rossi', ['technician', 'staff']],
  ['office', 'Carol', 'Jenkins', ['office', 'staff'], { office: 'office-2' }],
  ['office-2', 'Bilal', 'Hussain', ['office', 'staff']],
]
const board: readonly [key: string, givenName: string, familyName: string, roles: readonly Role[]][] = [
  ['chair', 'Patricia', 'Osei', ['chair', 'governor']],
  ['link-governor', 'Alun', 'Morgan', ['link-governor', 'governor']],
]

/** About 210 pupils, 30 staff and 9 governors, parents, a guest and a supplier; `year` is the school year's first calendar year. */
export function samplePeople(year: number): readonly SamplePerson[] {
  const random = seeded(20_191_101)
  const taken = new Set<string>()
  const username = (given: string, family: string): string => {
    const base = `${given}.${family}`.toLowerCase().replace(/[^a-z.]/g, '')
    let name = base
    for (let n = 2; taken.has(name); n++) name = `${base}${n}`
    taken.add(name)
    return name
  }
  const used = new Set<string>()
  const freshName = (): [string, string] => {
    for (;;) {
      const given = random.pick(givenNames)
      const family = random.pick(familyNames)
      if (used.has(`${given} ${family}`)) continue
      used.add(`${given} ${family}`)
      return [given, family]
    }
  }
  const people: SamplePerson[] = []
  for (const [key, givenName, familyName, roles, deputies] of leaders) {
    people.push({
      key,
      givenName,
      familyName,
      username: username(givenName, familyName),
      roles,
      groups: ['staff'],
      proxy: key === 'head' || key === 'network-manager',
      ...(deputies ? { deputies } : {}),
    })
  }
  sampleClasses.forEach((each, n) => {
    const [givenName, familyName] = freshName()
    people.push({
      key: `teacher-${n}`,
      givenName,
      familyName,
      username: username(givenName, familyName),
      roles: ['teacher', 'staff'],
      groups: ['staff'],
      teaches: [each.id],
      proxy: n === 5,
    })
  })
  for (let n = people.length; n < 30; n++) {
    const [givenName, familyName] = freshName()
    people.push({
      key: `staff-${n}`,
      givenName,
      familyName,
      username: username(givenName, familyName),
      roles: ['staff'],
      groups: ['staff'],
      proxy: false,
    })
  }
  for (const [key, givenName, familyName, roles] of board)
    people.push({
      key,
      givenName,
      familyName,
      username: username(givenName, familyName),
      roles,
      groups: ['governors'],
      proxy: false,
    })
  for (let n = board.length; n < 9; n++) {
    const [givenName, familyName] = freshName()
    people.push({
      key: `governor-${n}`,
      givenName,
      familyName,
      username: username(givenName, familyName),
      roles: ['governor'],
      groups: ['governors'],
      proxy: false,
    })
  }
  // Serves several schools, and is not on the staff.
  people.push({
    key: 'dpo',
    givenName: 'Elena',
    familyName: 'Marsh',
    username: username('Elena', 'Marsh'),
    roles: ['dpo'],
    groups: ['staff'],
    proxy: false,
  })
  for (const each of sampleClasses) {
    for (let n = 0; n < 30; n++) {
      const [givenName, familyName] = freshName()
      const bornYear = year - 5 - each.year
      const monthDay = random.below(365)
      const dateOfBirth = new Date(Date.UTC(bornYear, 8, 1 + monthDay)).toISOString().slice(0, 10)
      const key = `pupil-${each.year}-${n}`
      people.push({
        key,
        givenName,
        familyName,
        username: username(givenName, familyName),
        roles: ['pupil'],
        groups: [each.filterGroup, each.id],
        dateOfBirth,
        proxy: n === 0,
      })
      // Every other family: one parent with an account, of the same family name.
      if (n % 2 === 0) {
        const parentGiven = random.pick(givenNames)
        people.push({
          key: `parent-${each.year}-${n}`,
          givenName: parentGiven,
          familyName,
          username: username(parentGiven, familyName),
          roles: ['parent'],
          groups: [],
          parentOf: [key],
          proxy: false,
        })
      }
    }
  }
  people.push({
    key: 'guest',
    givenName: 'Jo',
    familyName: 'Visitor',
    username: username('Jo', 'Visitor'),
    roles: ['guest'],
    groups: ['guests'],
    proxy: true,
  })
  people.push({
    key: 'supplier',
    givenName: 'Lee',
    familyName: 'Contractor',
    username: username('Lee', 'Contractor'),
    roles: ['supplier'],
    groups: ['guests'],
    proxy: false,
  })
  people.push({
    key: 'community',
    givenName: 'Sandra',
    familyName: 'Choirleader',
    username: username('Sandra', 'Choirleader'),
    roles: ['community'],
    groups: ['guests'],
    proxy: false,
  })
  return people
}
