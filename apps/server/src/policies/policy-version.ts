import { createHash } from 'node:crypto'
import type { Permission } from '../permissions.ts'
import { type Actor, may } from '../platform/actor.ts'
import { Refusal } from '../platform/refusal.ts'
import type { PolicyPack } from './packs/packs.ts'

/*
 * The life of one version of a policy. A review always ends in a new version, with changed words or with the same ones and
 * its findings, so a review date can only move by a review.
 */

export const versionStates = [
  'draft',
  'consultation',
  'proposed',
  'approved',
  'published',
  'superseded',
  'abandoned',
] as const
export type VersionState = (typeof versionStates)[number]
export type ReviewReason = 'paper' | 'yearly' | 'early'
export const triggerKinds = ['incident', 'law', 'technology', 'threat'] as const
export type TriggerKind = (typeof triggerKinds)[number]

export interface PolicyVersion {
  readonly id: string
  readonly policy: PolicyPack['id']
  readonly number: number
  readonly state: VersionState
  readonly title: string
  readonly reference: string
  readonly reason: ReviewReason
  readonly openedBy: string | null
  readonly openedAt: Date
  readonly findings: string | null
  readonly consultedFrom: Date | null
  readonly consultedTo: Date | null
  readonly commentsUntil: string | null
  readonly proposedBy: string | null
  readonly proposedByHeadteacher: boolean
  readonly proposedAt: Date | null
  readonly requestId: string | null
  readonly approvedBy: string | null
  readonly approvedAt: Date | null
  readonly meetingOn: string | null
  readonly minuteReference: string | null
  /** Governors at the meeting, and governors in office on that day. */
  readonly present: number | null
  readonly inOffice: number | null
  readonly lastReviewed: string | null
  readonly nextReview: string | null
  readonly datePrecision: 'day' | 'month'
  /** SHA-256 of the issued text, in hexadecimal; null until it is approved. */
  readonly digest: string | null
  readonly publishedAt: Date | null
  readonly supersededAt: Date | null
}

export interface VersionClause {
  readonly id: string
  readonly section: string
  readonly words: string
  /** From when these words hold; null while the version that brings them is not published. */
  readonly since: Date | null
}

export interface Signature {
  readonly part: 'headteacher' | 'governor'
  readonly personId: string
  readonly name: string
  readonly jobTitle: string
  readonly digest: string
  readonly signedAt: Date
}

export const versionActions = [
  'edit',
  'consult',
  'end-consultation',
  'comment',
  'propose',
  'decide',
  'sign',
  'publish',
  'abandon',
] as const
export type VersionAction = (typeof versionActions)[number]

/** Where each action leads from each state. A move that is not here cannot happen. `decide` that refuses leads back to draft. */
const moves: Readonly<Record<VersionState, Partial<Record<VersionAction, VersionState>>>> = {
  draft: { edit: 'draft', consult: 'consultation', propose: 'proposed', abandon: 'abandoned' },
  consultation: { comment: 'consultation', 'end-consultation': 'draft', abandon: 'abandoned' },
  proposed: { decide: 'approved', abandon: 'abandoned' },
  approved: { sign: 'approved', publish: 'published', abandon: 'abandoned' },
  published: {},
  superseded: {},
  abandoned: {},
}

const needs: Readonly<Record<VersionAction, Permission>> = {
  edit: 'policy.edit',
  consult: 'policy.lead',
  'end-consultation': 'policy.lead',
  comment: 'policy.comment',
  propose: 'policy.lead',
  decide: 'policy.approve',
  sign: 'policy.sign',
  publish: 'policy.publish',
  abandon: 'policy.lead',
}

/** What `actor` may do to this version now: the page offers these, and `move` accepts no others. */
export const allowedActions = (actor: Actor, { state }: Pick<PolicyVersion, 'state'>): VersionAction[] =>
  versionActions.filter(action => moves[state][action] !== undefined && may(actor, needs[action]))

const stateWords: Readonly<Record<VersionState, string>> = {
  draft: 'a draft',
  consultation: 'out for comment',
  proposed: 'waiting for the governors',
  approved: 'approved and not published yet',
  published: 'in force',
  superseded: 'replaced by a later version',
  abandoned: 'given up',
}
export const inWords = (state: VersionState): string => stateWords[state]

/** @returns the state after `action`. @throws {Refusal} `conflict` if this state has no such move, `forbidden` if this actor may not make it. */
export function move(actor: Actor, version: Pick<PolicyVersion, 'state'>, action: VersionAction): VersionState {
  const next = moves[version.state][action]
  if (!next)
    throw new Refusal(
      'conflict',
      `This cannot be done now: the version is ${inWords(version.state)}. Open it again to see what comes next.`,
    )
  if (!may(actor, needs[action]))
    throw new Refusal(
      'forbidden',
      'Your role does not include this step of a policy. The headteacher leads the review; the governors approve it.',
    )
  return next
}

/** What is still missing before a version can go to the governors, in page order. */
export function missingForProposal({
  findings,
  consultedTo,
  reference,
}: Pick<PolicyVersion, 'findings' | 'consultedTo' | 'reference'>): string[] {
  return [
    ...(findings ? [] : ['Write what the review found']),
    ...(reference.trim() ? [] : ['Give the document a reference']),
    ...(consultedTo ? [] : ['Ask staff and governors for their comments, and close the consultation']),
  ]
}

/** One half of the governors in office, rounded up (School Governance (Roles, Procedures and Allowances) (England) Regulations 2013, reg 14). */
export const quorumOf = (inOffice: number): number => Math.ceil(inOffice / 2)

type Issued = Pick<PolicyVersion, 'title' | 'reference' | 'number' | 'lastReviewed' | 'nextReview' | 'datePrecision'>
type Words = Pick<VersionClause, 'id' | 'section' | 'words'>

const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]
/** “30 November 2026”, or “November 2019” where the printed copy gives no day. Part of what is hashed: never changes. */
export function printedDay(date: string, precision: 'day' | 'month'): string {
  const [year = '', month = '', day = ''] = date.split('-')
  return `${precision === 'day' ? `${Number(day)} ` : ''}${months[Number(month) - 1]} ${year}`
}

/** The header of the issued copy (clause A-0-01), as printed: name and value. */
export function headerOf({
  reference,
  number,
  lastReviewed,
  nextReview,
  datePrecision,
}: Issued): { readonly name: string; readonly value: string }[] {
  const day = (date: string | null): string => (date === null ? 'not yet' : printedDay(date, datePrecision))
  return [
    { name: 'Reference', value: reference },
    { name: 'Version', value: String(number) },
    { name: 'Last reviewed', value: day(lastReviewed) },
    { name: 'Next review', value: day(nextReview) },
  ]
}

/**
 * The whole document as plain text, one line a heading or clause, UTF-8, lines ended by `\n`. This is what is hashed,
 * signed, offered as a file and read back from the public page, so it never changes its shape.
 */
export function policyText(
  version: { readonly title: string; readonly header: readonly { readonly name: string; readonly value: string }[] },
  clauses: readonly Words[],
): string {
  const lines = [version.title, ...version.header.map(({ name, value }) => `${name}: ${value}`)]
  let section = ''
  for (const clause of clauses) {
    if (clause.section !== section) lines.push('', clause.section)
    section = clause.section
    lines.push(`${clause.id} ${clause.words}`)
  }
  return `${lines.map(line => line.replace(/\s+/g, ' ').trim()).join('\n')}\n`
}
export const issuedText = (version: Issued, clauses: readonly Words[]): string =>
  policyText({ title: version.title, header: headerOf(version) }, clauses)

/** SHA-256 of the text's UTF-8 bytes, in hexadecimal. */
export const textDigest = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex')

/** Which clauses read differently, in the order of `after`. */
export const changesBetween = (
  before: readonly Words[],
  after: readonly Words[],
): { id: string; section: string; before: string | null; after: string }[] => {
  const old = new Map(before.map(clause => [clause.id, clause.words]))
  return after.flatMap(({ id, section, words }) =>
    old.get(id) === words ? [] : [{ id, section, before: old.get(id) ?? null, after: words }],
  )
}
