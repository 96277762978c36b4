import { grants, type Role } from '../permissions.ts'
import type { CaseCategory } from './case.ts'
import type { ConcernKind } from './data/concern-categories.ts'

/*
 * Who receives a report: one table by what it is about, and the rules that stand above the table. "And" beats "or": where
 * two roles are named, both receive it. Whoever a report is about never receives it. Pure.
 */

/** Whom a report is about, as the reporter chose. */
export const abouts = [
  'nobody',
  'me',
  'child',
  'adult',
  'headteacher',
  'dsl',
  'dpo',
  'network-manager',
  'chair',
  'outside',
  'unsure',
] as const
export type About = (typeof abouts)[number]
/** The choices that name a duty-holder by the duty. */
export const aboutRoles = ['headteacher', 'dsl', 'dpo', 'network-manager', 'chair'] as const satisfies readonly (About &
  Role)[]
export const aboutRole = (about: About): (typeof aboutRoles)[number] | null =>
  aboutRoles.find(role => role === about) ?? null

/** The roles that the table names. */
export type Receiver = (typeof aboutRoles)[number]

interface Route {
  /** The first of them owns the case. */
  readonly receives: readonly [Receiver, ...Receiver[]]
  /** Told that it happened and when, never the words. */
  readonly facts: readonly Receiver[]
  /** The answer page says that advice from outside the school is open too: the council's designated officer (LADO), NSPCC. */
  readonly outsideAdvice: boolean
  /** `junk` opens no case and joins the digest of the day. */
  readonly as: 'case' | 'junk'
  /** Whose limit is counted until a person acknowledges it: an id of duties/data/legal-clocks. */
  readonly clock: 'internal-report' | 'data-complaint'
}
const route = (receives: Route['receives'], rest: Partial<Route> = {}): Route => ({
  receives,
  facts: [],
  outsideAdvice: false,
  as: 'case',
  clock: 'internal-report',
  ...rest,
})

const child = route(['dsl'])
const childData = route(['dsl', 'dpo', 'headteacher'])
const personalData = route(['dpo', 'headteacher'])
const technical = route(['network-manager'])
/** B-incident-reporting-03 and -04 ask for the DPO too; what is not a data matter reaches the DPO as a fact only (trap D23). */
const security = route(['network-manager', 'headteacher'], { facts: ['dpo'] })
const misuse = route(['headteacher'], { facts: ['dpo'] })
const deliberate = route(['dsl', 'headteacher'], { facts: ['dpo'] })
const staffConduct = route(['headteacher'], { outsideAdvice: true })

/** The table: every kind of concern, and what is done with it. `report-routing.test.ts` makes sure that none is missing. */
const routes: Readonly<Record<string, Route>> = {
  'illegal-images': child,
  'terrorist-content': child,
  'other-illegal-content': child,
  'unsuitable-content': child,
  // the online-safety co-ordinator is the headteacher (B-misuse-05); the safeguarding lead looks after the child
  'accidental-access': route(['headteacher', 'dsl']),
  'deliberate-access': deliberate,
  'self-harm-content': child,
  'false-information': child,
  'over-blocking': technical,
  grooming: child,
  'stranger-contact': child,
  'sexual-extortion': child,
  radicalisation: child,
  'ai-companion': child,
  cyberbullying: child,
  'offence-bullying': child,
  hate: child,
  // B-email-14 names the DPO or the headteacher, A-9-26 a nominated person: the headteacher beside the safeguarding lead
  'offensive-message': route(['dsl', 'headteacher']),
  'self-harm-concern': child,
  'intimate-image-shared': child,
  'image-without-permission': child,
  'off-site-behaviour': child,
  'device-misuse': misuse,
  copyright: misuse,
  'staff-conduct': staffConduct,
  'staff-private-contact': staffConduct,
  'headteacher-conduct': route(['chair'], { outsideAdvice: true }),
  'policy-breach': misuse,
  'other-concern': child,
  'online-safety-complaint': route(['headteacher']),
  scam: child,
  gambling: child,
  'unwanted-advertising': child,
  'drugs-for-sale': child,
  'data-shared': childData,
  'data-breach': personalData,
  'loss-or-theft': personalData,
  'data-complaint': route(['dpo', 'headteacher'], { clock: 'data-complaint' }),
  'password-known': technical,
  'virus-warning': security,
  'unsolicited-mail': route(['network-manager', 'headteacher'], { facts: ['dpo'], as: 'junk' }),
  'cyber-attack': security,
  'unauthorised-access': security,
  'filter-bypass': route(['network-manager', 'dsl', 'headteacher'], { facts: ['dpo'] }),
  'unauthorised-software': route(['network-manager', 'headteacher'], { facts: ['dpo'] }),
  'technical-fault': technical,
}
export const routedKinds = (): readonly string[] => Object.keys(routes)

export interface Question {
  readonly kind: Pick<ConcernKind, 'id' | 'category' | 'seriousness'>
  readonly about: About
  /** Somebody is in danger now. */
  readonly danger: boolean
  /** In junk mail: a link was followed, or details given. */
  readonly clicked: boolean
  /** What its reporter wrote may not wait. It adds who looks after children, and takes nobody away. */
  readonly mayNotWait: boolean
  /** People who may never see it. */
  readonly excluded: readonly string[]
  /** Who answers in a role at this moment; null when nobody does. */
  answers(role: Role): string | null
}
export interface Recipient {
  readonly role: Role
  readonly content: boolean
  readonly personId: string | null
}
export interface Routing {
  readonly recipients: readonly Recipient[]
  /** The first who answers, and owns the case. null when nobody at the school may see it: the reporter is told so. */
  readonly owner: Role | null
  /** Roles that should have received it where nobody answers at the moment: loud. */
  readonly vacant: readonly Role[]
  readonly serious: boolean
  readonly outsideAdvice: boolean
  readonly as: 'case' | 'junk'
  readonly clock: Route['clock']
}

/** Who stands in for a receiver that the report is about, or where nobody answers; first who may. */
const standIns: Readonly<Record<Receiver, { named: readonly Role[]; vacant: readonly Role[] }>> = {
  dsl: { named: ['headteacher', 'chair'], vacant: ['deputy-dsl', 'headteacher', 'chair'] },
  headteacher: { named: ['chair'], vacant: ['deputy', 'chair'] },
  dpo: { named: ['headteacher', 'chair'], vacant: ['headteacher', 'chair'] },
  'network-manager': { named: ['headteacher', 'chair'], vacant: ['technician', 'headteacher', 'chair'] },
  chair: { named: ['headteacher'], vacant: ['link-governor'] },
}
/** When all of them are named in it: whoever is left of those who answer for children. */
const lastResort: readonly Role[] = [
  'chair',
  'dsl',
  'deputy-dsl',
  'headteacher',
  'deputy',
  'senior-leader',
  'link-governor',
  'dpo',
]

const isSerious = ({ kind, danger, mayNotWait }: Pick<Question, 'kind' | 'danger' | 'mayNotWait'>): boolean =>
  danger || mayNotWait || kind.seriousness !== 'minor'

/** The row of the table, after the rules about whom it is about and how serious it is. */
function rowFor(question: Question): Route {
  const { kind, about } = question
  const found = routes[kind.id]
  if (!found) throw new Error(`no route for a report of the kind “${kind.id}”`)
  if (about === 'headteacher' || kind.id === 'headteacher-conduct') return route(['chair'], { outsideAdvice: true })
  if (about === 'dsl') return route(['headteacher'], { outsideAdvice: true })
  if (about === 'adult') {
    const others = found.receives.filter(role => role !== 'headteacher')
    return { ...found, receives: ['headteacher', ...others], outsideAdvice: true, as: 'case' }
  }
  // A child who chose “a technical fault” and writes of dying is the safeguarding lead's; conduct of adults never is.
  const isChild = question.mayNotWait && !found.outsideAdvice && aboutRole(about) === null
  const asked: Route['receives'] = isChild ? ['dsl', ...found.receives.filter(role => role !== 'dsl')] : found.receives
  const receives: Route['receives'] =
    isSerious(question) && !asked.includes('headteacher') ? [...asked, 'headteacher'] : asked
  const isJunk = found.as === 'junk' && !question.clicked && !question.mayNotWait && about === 'nobody'
  return { ...found, receives, as: isJunk ? 'junk' : 'case' }
}

export function routeReport(question: Question): Routing {
  const { excluded, answers, kind } = question
  const row = rowFor(question)
  const may = (role: Role): string | null => {
    const person = answers(role)
    return person !== null && !excluded.includes(person) ? person : null
  }
  const recipients = new Map<Role, Recipient>()
  const vacant: Role[] = []
  const add = (role: Role, content: boolean): void => {
    // The words reach the data protection officer in data matters only.
    const sees = content && (role !== 'dpo' || kind.category === 'data')
    const before = recipients.get(role)
    recipients.set(role, { role, content: sees || (before?.content ?? false), personId: may(role) })
  }
  const give = (role: Receiver): void => {
    const named = answers(role) !== null && may(role) === null
    if (may(role) !== null) {
      add(role, true)
      return
    }
    if (!named) {
      // Kept as a receiver: whoever takes the role tomorrow finds it waiting.
      vacant.push(role)
      add(role, true)
    }
    const standIn = standIns[role][named ? 'named' : 'vacant'].find(each => may(each) !== null)
    if (standIn) add(standIn, true)
  }
  for (const role of row.receives) give(role)
  const reached = () => [...recipients.values()].filter(({ personId, content }) => personId !== null && content)
  if (reached().length === 0) {
    const last = lastResort.find(role => may(role) !== null && (role !== 'dpo' || kind.category === 'data'))
    if (last) add(last, true)
  }
  for (const role of row.facts)
    if (may(role) !== null && !recipients.has(role)) recipients.set(role, { role, content: false, personId: may(role) })
  const owner = reached()[0]?.role ?? null
  return {
    recipients: [...recipients.values()],
    owner,
    vacant,
    serious: isSerious(question),
    outsideAdvice: row.outsideAdvice || owner === null,
    as: row.as,
    clock: row.clock,
  }
}

/** The roles that may see the case made from it: those who receive the words, and their usual deputies unless excluded. */
export function caseAudience({ recipients }: Routing, excludedRoles: readonly Role[]): Role[] {
  const roles = recipients.filter(({ content }) => content).map(({ role }) => role)
  const withDeputies = roles.flatMap((role): Role[] =>
    role === 'dsl' && !excludedRoles.includes('dsl')
      ? ['dsl', 'deputy-dsl']
      : role === 'headteacher' && !excludedRoles.includes('headteacher')
        ? ['headteacher', 'deputy']
        : [role],
  )
  // A technical fault goes to the network manager, who works on it; somebody must also be able to decide it and close it.
  const deciders: Role[] = grants(withDeputies, 'case.decide')
    ? []
    : excludedRoles.includes('headteacher')
      ? ['chair']
      : ['headteacher', 'deputy']
  return [...new Set([...withDeputies, ...deciders])]
}

/** Kinds whose pages and reports never take a file: one might hold what nobody may look at. */
export const takesNoFile = ({ path, help }: Pick<ConcernKind, 'path' | 'help'>): boolean =>
  path === 'illegal-content' || help.includes('sexual') || help.includes('images')

/** The categories of cases and of kinds are the same words. */
export const categoryOf = (kind: Pick<ConcernKind, 'category'>): CaseCategory => kind.category
