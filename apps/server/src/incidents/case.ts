import { type Role, roles } from '../permissions.ts'
import { type Actor, may } from '../platform/actor.ts'
import { Refusal } from '../platform/refusal.ts'
import type { ConcernKind } from './data/concern-categories.ts'

/* The rules of a case, pure: its life as one table, who may do what in it, and who must never see it. */

/** The four risks of KCSIE (content, contact, conduct, commerce), and the two of a school's own systems. */
export const caseCategories = ['content', 'contact', 'conduct', 'commerce', 'data', 'technical'] as const
export type CaseCategory = (typeof caseCategories)[number]
export const categoryNames: Record<CaseCategory, string> = {
  content: 'Content',
  contact: 'Contact',
  conduct: 'Conduct',
  commerce: 'Commerce',
  data: 'Personal data',
  technical: 'Technical',
}

export const seriousnesses = ['low', 'medium', 'serious'] as const
export type Seriousness = (typeof seriousnesses)[number]
export const seriousnessNames: Record<Seriousness, string> = { low: 'Low', medium: 'Medium', serious: 'Serious' }
/** Where a case of this kind starts: the shipped kinds grade `minor` to `very-serious`, and whatever is serious to them is so here. */
export const startingSeriousness = (kind: Pick<ConcernKind, 'seriousness'>): Seriousness =>
  kind.seriousness === 'minor' ? 'low' : 'serious'
export const isLower = (to: Seriousness, from: Seriousness): boolean =>
  seriousnesses.indexOf(to) < seriousnesses.indexOf(from)

export const caseStatuses = ['new', 'triaged', 'in-hand', 'waiting-outside', 'closed', 'reopened'] as const
export type CaseStatus = (typeof caseStatuses)[number]
export const statusNames: Record<CaseStatus, string> = {
  new: 'New',
  triaged: 'Triaged',
  'in-hand': 'In hand',
  'waiting-outside': 'Waiting for others',
  closed: 'Closed',
  reopened: 'Reopened',
}

/** What a person is in a case. A `subject` is a possible wrongdoer and never sees it. */
export const parts = ['harmed', 'subject', 'witness', 'reporter'] as const
export type Part = (typeof parts)[number]
export const partNames: Record<Part, string> = {
  harmed: 'May have been harmed',
  subject: 'May have done it',
  witness: 'Saw or knows something',
  reporter: 'Reported it',
}

/** Every act on a case, the permission it takes and its words on a button. */
export const caseActions = {
  triage: { needs: 'case.work', text: 'Triage' },
  take: { needs: 'case.work', text: 'Start work' },
  wait: { needs: 'case.work', text: 'Wait for somebody outside' },
  resume: { needs: 'case.work', text: 'Carry on' },
  note: { needs: 'case.work', text: 'Add a note' },
  task: { needs: 'case.work', text: 'Add a task' },
  person: { needs: 'case.work', text: 'Add a person' },
  refer: { needs: 'case.work', text: 'Record a referral, or why not' },
  decide: { needs: 'case.decide', text: 'Record a decision' },
  parents: { needs: 'case.work', text: 'Tell parents' },
  policies: { needs: 'case.work', text: 'Say which policies apply' },
  offsite: { needs: 'case.work', text: 'It happened off site' },
  evidence: { needs: 'evidence.add', text: 'Add evidence' },
  illegal: { needs: 'case.work', text: 'This may be illegal: stop' },
  sanction: { needs: 'case.sanction', text: 'Record a sanction' },
  suspend: { needs: 'case.suspend', text: 'Suspend access now' },
  search: { needs: 'search.record', text: 'Record a search of a device' },
  raise: { needs: 'case.work', text: 'Raise the seriousness' },
  lower: { needs: 'case.decide', text: 'Lower the seriousness' },
  hold: { needs: 'case.decide', text: 'Hold everything for proceedings' },
  lesson: { needs: 'case.work', text: 'Add an improvement' },
  close: { needs: 'case.decide', text: 'Close' },
  reopen: { needs: 'case.decide', text: 'Reopen' },
} as const
export type CaseAction = keyof typeof caseActions

const stay = (status: CaseStatus, ...actions: readonly CaseAction[]): Partial<Record<CaseAction, CaseStatus>> =>
  Object.fromEntries(actions.map(action => [action, status]))
const working = [
  'note',
  'task',
  'person',
  'refer',
  'decide',
  'parents',
  'policies',
  'offsite',
  'evidence',
  'illegal',
  'sanction',
  'suspend',
  'search',
  'raise',
  'lower',
  'hold',
  'lesson',
] as const
/** Before anybody looked at it properly, only what cannot wait. */
const urgent = ['note', 'person', 'refer', 'evidence', 'illegal', 'suspend', 'search', 'raise', 'hold'] as const

/** The one table of moves: where each act leads from each status. What is not here cannot happen. */
export const moves: Readonly<Record<CaseStatus, Partial<Record<CaseAction, CaseStatus>>>> = {
  new: { triage: 'triaged', ...stay('new', ...urgent) },
  triaged: { take: 'in-hand', ...stay('triaged', ...working) },
  'in-hand': { wait: 'waiting-outside', close: 'closed', ...stay('in-hand', ...working) },
  'waiting-outside': { resume: 'in-hand', ...stay('waiting-outside', ...working) },
  closed: { reopen: 'reopened' },
  reopened: { take: 'in-hand', ...stay('reopened', ...working) },
}

/** What `actor` may do to a case in this state now: the page offers these, and `act` accepts no others. */
export const allowedActions = (
  actor: Actor,
  { status, seriousness }: { status: CaseStatus; seriousness: Seriousness },
): CaseAction[] =>
  (Object.keys(caseActions) as CaseAction[]).filter(
    action =>
      moves[status][action] !== undefined &&
      may(actor, caseActions[action].needs) &&
      !(action === 'raise' && seriousness === 'serious') &&
      !(action === 'lower' && seriousness === 'low'),
  )

/** @returns the status after. @throws {Refusal} `conflict` if this status has no such move, `forbidden` if this actor may not make it. */
export function act(
  actor: Actor,
  file: { status: CaseStatus; seriousness: Seriousness },
  action: CaseAction,
): CaseStatus {
  const after = moves[file.status][action]
  if (after === undefined)
    throw new Refusal(
      'conflict',
      `The case is “${statusNames[file.status]}”, so this cannot be done to it now. Open it again to see what can.`,
    )
  if (!may(actor, caseActions[action].needs))
    throw new Refusal('forbidden', `“${caseActions[action].text}” is not for your role.`)
  if (!allowedActions(actor, file).includes(action))
    throw new Refusal('conflict', `The case is ${seriousnessNames[file.seriousness].toLowerCase()} already.`)
  return after
}

/** Closing, and lowering the seriousness of, a serious case takes two people; so does lowering any. */
export const needsSecondPerson = (action: 'close' | 'lower', seriousness: Seriousness): boolean =>
  action === 'lower' || seriousness === 'serious'

const everywhere: readonly Role[] = ['headteacher', 'deputy', 'chair']
const children: readonly Role[] = ['dsl', 'deputy-dsl', 'senior-leader']
const seenFor: Record<CaseCategory, readonly Role[]> = {
  content: [...everywhere, ...children],
  contact: [...everywhere, ...children],
  conduct: [...everywhere, ...children],
  commerce: [...everywhere, ...children],
  data: [...everywhere, ...children, 'dpo', 'network-manager'],
  technical: [...everywhere, ...children, 'network-manager'],
}
/**
 * Whether a case of `category` can be opened to `role` at all. The data protection officer sees data matters only and the
 * network manager data and technical ones, whatever audience somebody asks for (traps D6 and D23 of the two policies).
 */
export const mayEverSee = (role: Role, category: CaseCategory): boolean => seenFor[category].includes(role)
/** The roles that see a case of this category unless somebody is named. */
export const usualAudience = (category: CaseCategory): readonly Role[] =>
  category === 'data'
    ? ['headteacher', 'deputy', 'dpo', 'network-manager']
    : category === 'technical'
      ? ['headteacher', 'deputy', 'network-manager']
      : ['headteacher', 'deputy', 'dsl', 'deputy-dsl']

/**
 * The audience and owner when somebody holding `namedRoles` is named as a possible wrongdoer: about the headteacher the
 * chair answers, about the safeguarding lead the headteacher, about the data protection officer or network manager the
 * headteacher. Those named are barred as people besides; this makes sure that somebody else is there.
 */
export function withoutNamed(
  category: CaseCategory,
  ownerRole: Role,
  audience: readonly Role[],
  namedRoles: readonly Role[],
): { ownerRole: Role; audience: Role[] } {
  const headNamed = namedRoles.includes('headteacher')
  const standIn: Role = headNamed ? 'chair' : 'headteacher'
  const owner = namedRoles.includes(ownerRole) ? standIn : ownerRole
  const wanted = new Set<Role>([...audience, owner])
  if (headNamed) {
    wanted.add('chair')
    // Who works for the person named does not look into them alone: the chair decides whom to bring in.
    for (const role of ['headteacher', 'deputy', 'senior-leader'] as const) wanted.delete(role)
  }
  return { ownerRole: owner, audience: roles.filter(role => wanted.has(role) && mayEverSee(role, category)) }
}

/** Short enough to say on the telephone; from the id, so it says nothing. */
export const caseReference = (id: string): string => id.replaceAll('-', '').slice(-6).toUpperCase()

/** What the record of a case holds, for the question whether it can be closed. */
export interface Closable {
  readonly seriousness: Seriousness
  readonly hasDecision: boolean
  readonly hasReferralDecision: boolean
  readonly openTasks: number
  readonly undecidedNotices: number
  /** null when the case is not on the illegal-content path. */
  readonly illegalStepsLeft: readonly string[] | null
  readonly breachUndecided: boolean
}
/** Sentences of what is still missing before a case can be closed; none when it is ready. */
export function missingToClose(record: Closable): string[] {
  return [
    record.hasDecision ? null : 'Record a decision with its reasons',
    record.seriousness !== 'serious' || record.hasReferralDecision
      ? null
      : 'Record a referral, or the decision not to refer and why: every serious case needs one',
    record.openTasks === 0
      ? null
      : record.openTasks === 1
        ? 'Finish the task that is still open'
        : `Finish the ${record.openTasks} tasks that are still open`,
    record.undecidedNotices === 0 ? null : 'The safeguarding lead must decide the notice to parents that is waiting',
    record.illegalStepsLeft === null || record.illegalStepsLeft.length === 0
      ? null
      : `Finish the illegal-content path: ${record.illegalStepsLeft.join(', ')}`,
    record.breachUndecided ? 'Decide whether the regulator is told about this breach' : null,
  ].filter(each => each !== null)
}
