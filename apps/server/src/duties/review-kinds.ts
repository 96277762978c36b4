import type { Role } from '../permissions.ts'

/*
 * The recurring acts of governance that the policies promise, as data: who records each, what it must hold, how often it is
 * due, who signs, and which clause it serves. One mechanism carries them all out (`review-service.ts`).
 */

/** `author`: whoever wrote it may sign. `other`: somebody who was there and did not write it. `none`: recording it is enough. */
export type Signing = 'author' | 'other' | 'none'

export interface ReviewField {
  readonly name: string
  readonly label: string
  readonly hint?: string
  /** The sentence when it is left empty; without one it may be. */
  readonly missing?: string
  readonly rows?: number
}
export interface ReviewKind {
  readonly id: string
  readonly title: string
  /** For the deadline and the button: begins with a verb. */
  readonly act: string
  readonly about: string
  /** Roles that may record it. */
  readonly recordedBy: readonly Role[]
  /** Posts of which each must have been there; of a group of posts, one of them. */
  readonly mustAttend: readonly (readonly Role[])[]
  /** Posts that may be ticked as present; empty where nobody meets. */
  readonly mayAttend: readonly Role[]
  readonly topics: readonly { readonly value: string; readonly text: string }[]
  readonly fields: readonly ReviewField[]
  readonly signing: Signing
  readonly signedBy: readonly Role[]
  /** Who owns the deadline that each term brings. */
  readonly ownerRole: Role
  /** One thing checked at a time: what each is. */
  readonly items?: readonly { readonly value: string; readonly text: string; readonly kind: 'person' | 'system' }[]
  /** The term's figures stand beside it, and are kept with it. */
  readonly hasFigures?: boolean
  readonly clauses: readonly string[]
}

const findings: ReviewField = {
  name: 'findings',
  label: 'What was found',
  hint: 'What is carried out as the policy says, and what is not',
  missing: 'Enter what was found',
  rows: 6,
}
const actions: ReviewField = {
  name: 'actions',
  label: 'What is to be done, and by whom',
  hint: 'Posts rather than names. Leave empty if nothing is to be done',
  rows: 4,
}
const minutes: ReviewField = {
  name: 'minutes',
  label: 'Minutes',
  hint: 'What was said and decided. No child’s name',
  missing: 'Enter what was said and decided',
  rows: 8,
}

export const meetingTopics = [
  { value: 'issues', text: 'Current issues' },
  { value: 'incidents', text: 'The incident log' },
  { value: 'filter-changes', text: 'The log of filter changes' },
] as const

/** Each named person whom the data protection officer checks, and each system that this product stands on. */
export const checkedItems = [
  { value: 'role:headteacher', text: 'Headteacher', kind: 'person' },
  { value: 'role:dsl', text: 'Safeguarding lead', kind: 'person' },
  { value: 'role:senior-leader', text: 'Senior leader for filtering and monitoring', kind: 'person' },
  { value: 'role:network-manager', text: 'Network manager', kind: 'person' },
  { value: 'role:link-governor', text: 'Link governor', kind: 'person' },
  { value: 'system:filter', text: 'Web filter and its activity log', kind: 'system' },
  { value: 'system:accounts', text: 'Accounts and sign-in', kind: 'system' },
  { value: 'system:reports', text: 'Reports and cases', kind: 'system' },
  { value: 'system:ledger', text: 'Ledger and its checkpoints', kind: 'system' },
  { value: 'system:backup', text: 'Backup and restore', kind: 'system' },
  { value: 'system:network', text: 'School network and servers', kind: 'system' },
] as const

export const reviewKinds: readonly ReviewKind[] = [
  {
    id: 'oversight-review',
    title: 'Oversight of the policy in practice',
    act: 'Review how the policy is carried out',
    about:
      'The headteacher, with the network manager and the data protection officer, looks at whether the policy is carried out in practice.',
    recordedBy: ['headteacher', 'deputy'],
    mustAttend: [['headteacher', 'deputy'], ['network-manager'], ['dpo']],
    mayAttend: ['headteacher', 'deputy', 'network-manager', 'dpo', 'dsl', 'senior-leader', 'link-governor'],
    topics: [],
    fields: [findings, actions],
    signing: 'author',
    signedBy: ['headteacher'],
    ownerRole: 'headteacher',
    clauses: ['A-1-01', 'A-1-02'],
  },
  {
    id: 'governor-meeting',
    title: 'Meeting of governor and headteacher',
    act: 'Meet the headteacher about online safety',
    about:
      'The governor for online safety meets the headteacher about current issues, the incident log and the log of filter changes.',
    recordedBy: ['headteacher', 'deputy', 'link-governor', 'chair', 'office'],
    mustAttend: [
      ['headteacher', 'deputy'],
      ['link-governor', 'chair'],
    ],
    mayAttend: ['headteacher', 'deputy', 'link-governor', 'chair', 'dsl', 'network-manager', 'senior-leader', 'dpo'],
    topics: meetingTopics,
    fields: [minutes, actions],
    signing: 'other',
    signedBy: ['headteacher', 'link-governor', 'chair'],
    ownerRole: 'link-governor',
    clauses: ['A-3.1-05', 'A-3.2-14'],
  },
  {
    id: 'security-group',
    title: 'Meeting of the IT security group',
    act: 'Hold the IT security group',
    about:
      'The group that the headteacher leads: safeguarding, network, data protection and the governor at one table.',
    recordedBy: ['headteacher', 'deputy', 'office', 'network-manager'],
    mustAttend: [['headteacher']],
    mayAttend: ['headteacher', 'deputy', 'dsl', 'senior-leader', 'network-manager', 'dpo', 'link-governor', 'office'],
    topics: [],
    fields: [minutes, actions],
    signing: 'other',
    signedBy: ['headteacher', 'deputy', 'dsl', 'senior-leader', 'network-manager', 'dpo', 'link-governor'],
    ownerRole: 'headteacher',
    clauses: ['A-3.2-06'],
  },
  {
    id: 'governing-body',
    title: 'Governing-body meeting on IT security',
    act: 'Attend the governing body on IT security',
    about: 'A meeting of the governing body that bears on IT security, and whether the headteacher was there.',
    recordedBy: ['headteacher', 'office', 'chair', 'link-governor'],
    mustAttend: [['link-governor', 'chair']],
    mayAttend: ['headteacher', 'deputy', 'link-governor', 'chair', 'dpo'],
    topics: [],
    fields: [
      {
        name: 'minutes',
        label: 'What bore on IT security',
        hint: 'The items of the agenda, and what was decided',
        missing: 'Enter what bore on IT security',
        rows: 6,
      },
    ],
    signing: 'other',
    signedBy: ['chair', 'link-governor', 'headteacher'],
    ownerRole: 'headteacher',
    clauses: ['A-3.2-15'],
  },
  {
    id: 'internet-use',
    title: 'What the web log says about the policy’s effect',
    act: 'Judge the policy by the web log',
    about:
      'The headteacher judges from the term’s web log, held against the term before, whether the policy does what it should. The figures below are counted by Gatehouse and kept with what is written.',
    recordedBy: ['headteacher', 'deputy'],
    mustAttend: [],
    mayAttend: [],
    topics: [],
    fields: [
      {
        name: 'judgement',
        label: 'What the figures say about the policy’s effect',
        hint: 'What works, what does not, and what has changed since the term before. No child’s name',
        missing: 'Enter what the figures say about the policy’s effect',
        rows: 6,
      },
      actions,
    ],
    signing: 'author',
    signedBy: ['headteacher', 'deputy'],
    ownerRole: 'headteacher',
    hasFigures: true,
    clauses: ['A-1-08'],
  },
  {
    id: 'contact',
    title: 'Contact about IT security',
    act: 'Keep in contact with governors and technical staff',
    about: 'A note of each contact that the headteacher has with governors or technical staff about IT security.',
    recordedBy: ['headteacher', 'deputy'],
    mustAttend: [],
    mayAttend: ['link-governor', 'chair', 'network-manager'],
    topics: [
      { value: 'governors', text: 'Governors' },
      { value: 'technical', text: 'Technical staff' },
    ],
    fields: [{ name: 'note', label: 'What it was about', missing: 'Enter what it was about', rows: 4 }],
    signing: 'none',
    signedBy: [],
    ownerRole: 'headteacher',
    clauses: ['A-3.2-10'],
  },
  {
    id: 'assurance-check',
    title: 'Check by the data protection officer',
    act: 'Check each named person and system',
    about: 'The data protection officer checks each named person and each listed system, one at a time.',
    recordedBy: ['dpo'],
    mustAttend: [],
    mayAttend: [],
    topics: [],
    fields: [{ ...findings, hint: 'What was looked at, and whether it is in order' }, actions],
    signing: 'none',
    signedBy: [],
    ownerRole: 'dpo',
    items: checkedItems,
    clauses: ['A-5-03'],
  },
]

/** @throws {RangeError} if there is no such kind. */
export function reviewKind(id: string): ReviewKind {
  const kind = reviewKinds.find(each => each.id === id)
  if (!kind) throw new RangeError(`There is no kind of review called ${id}`)
  return kind
}
