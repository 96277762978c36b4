import { addCalendarMonths, endOfLondonDay } from '@gatehouse/engine/calendar'
import { formatDay, plural } from '../platform/format.ts'
import {
  type Control,
  type ControlReads,
  type ControlState,
  dueSoon,
  failing,
  met,
  notStarted,
  overdue,
} from './control.ts'
import { linkedDocument, namedReferences } from './linked-documents.ts'
import type { PolicyPack } from './packs/packs.ts'
import { pageCheckHours } from './policy-jobs.ts'
import type { PolicyReads } from './policy-store.ts'
import { headerOf, issuedText, type PolicyVersion, textDigest } from './policy-version.ts'

type Reads = ControlReads & { readonly policies: PolicyReads }
type Policy = PolicyPack['id']

const noVersion = 'The school has adopted no version of this policy.'
const onPaper =
  'The version in force was brought in from paper, and nothing about it is held here. Review it, and publish the new version.'
/** Days before an end at which a control says that it comes. */
const warningMs = 30 * 86_400_000
/** A year, the longest that a check of a linked paper is taken as fresh. */
const checkMonths = 12

const endOf = (day: string): Date => endOfLondonDay(day)
const page = (policy: Policy, number: number): string => `/policy/${policy}/versions/${number}`

/** Whether the stored words still are those that were approved and signed. */
const isIntact = async ({ policies }: Reads, version: PolicyVersion): Promise<boolean> =>
  textDigest(issuedText(version, await policies.clauses(version.id))) === version.digest

/** Met until `due`, with a warning in the month before. */
const untilDue = (at: Date, due: Date, now: Date, why: string, href: string, text: string): ControlState => {
  const proofs = [{ text, href, at }]
  if (due <= now) return overdue(due, why, at, proofs)
  return due.getTime() - now.getTime() < warningMs
    ? dueSoon('measured', at, due, why, proofs)
    : met('measured', at, due, why, proofs)
}

const review = (policy: Policy, clauses: readonly string[]): Control<Reads> => ({
  id: `policies.yearly-review-${policy.toLowerCase()}`,
  title: `Yearly review of policy ${policy}`,
  kind: 'evaluate',
  clauses,
  evaluate: async ({ policies }, { now }) => {
    const live = await policies.live(policy)
    if (!live?.nextReview) return notStarted(noVersion)
    const due = endOf(live.nextReview)
    const open = await policies.inPreparation(policy)
    const underWay = open ? ` The review is under way: version ${open.number}.` : ' Open the review.'
    const words = `The next review of policy ${policy} is due by ${formatDay(live.nextReview, now)}.`
    if (due <= now)
      return overdue(
        due,
        `The review of policy ${policy} was due by ${formatDay(live.nextReview, now)} and is not finished.${underWay}`,
        live.reason === 'paper' ? null : live.publishedAt,
      )
    if (live.reason === 'paper' || !live.publishedAt) return notStarted(`${words} ${onPaper}`)
    return untilDue(
      live.publishedAt,
      due,
      now,
      `Version ${live.number} ended a review on ${formatDay(live.publishedAt, now)}. ${words}`,
      page(policy, live.number),
      `Review that ended in version ${live.number}`,
    )
  },
})

const signature = (part: 'headteacher' | 'governor', clause: string): Control<Reads> => ({
  id: `policies.${part}-signature`,
  title: `The ${part}'s signature under policy A`,
  kind: 'workflow',
  clauses: [clause],
  evaluate: async (reads, { now }) => {
    const live = await reads.policies.live('A')
    if (!live) return notStarted(noVersion)
    const signed = (await reads.policies.signatures(live.id)).find(each => each.part === part)
    if (!signed)
      return live.reason === 'paper'
        ? notStarted(onPaper)
        : failing('measured', live.publishedAt, `Version ${live.number} is in force without the ${part}'s signature.`)
    if (signed.digest !== live.digest || !(await isIntact(reads, live)))
      return failing(
        'measured',
        now,
        `The words of version ${live.number} are not those that the ${part} signed. Verify the ledger, and tell the data protection officer.`,
      )
    return met(
      'measured',
      signed.signedAt,
      null,
      `${signed.jobTitle} signed the exact text of version ${live.number} on ${formatDay(signed.signedAt, now)}.`,
      [{ text: `Signature under version ${live.number}`, href: page('A', live.number), at: signed.signedAt }],
    )
  },
})

export const policyControls: readonly Control<Reads>[] = [
  review('A', ['A-0-02', 'A-1-03']),
  review('B', ['B-review-01']),
  {
    id: 'policies.version-header',
    title: 'Header of the issued copy',
    kind: 'record',
    clauses: ['A-0-01'],
    evaluate: async (reads, { now }) => {
      const live = await reads.policies.live('A')
      if (!live?.nextReview) return notStarted(noVersion)
      if (live.reason === 'paper' || !live.publishedAt) return notStarted(onPaper)
      if (!(await isIntact(reads, live)))
        return failing(
          'measured',
          now,
          `The header or words of version ${live.number} are not those that were issued. Verify the ledger.`,
        )
      const due = endOf(live.nextReview)
      const header = headerOf(live)
        .map(({ name, value }) => `${name.toLowerCase()} ${value}`)
        .join(', ')
      const why =
        due <= now
          ? `The issued copy names a next review that has passed (${formatDay(live.nextReview, now)}).`
          : `The issued copy carries ${header}.`
      return untilDue(live.publishedAt, due, now, why, '/policy/A', `Version ${live.number} as issued`)
    },
  },
  {
    id: 'policies.linked-documents',
    title: 'Papers that the policy refers to',
    kind: 'record',
    clauses: ['A-ref-01'],
    evaluate: async ({ policies }, { now }) => {
      const recorded = await policies.documents()
      const missing = namedReferences.filter(({ id }) => !recorded.has(id))
      const held = namedReferences.flatMap(({ id }) => recorded.get(id) ?? [])
      const oldest = held.toSorted((a, b) => a.checkedAt.getTime() - b.checkedAt.getTime())[0]
      const last = held.toSorted((a, b) => b.checkedAt.getTime() - a.checkedAt.getTime())[0]
      if (!oldest || !last)
        return notStarted(
          `None of the ${namedReferences.length} papers that the policy refers to has its version recorded. Record them.`,
        )
      if (missing.length > 0)
        return failing(
          'attested',
          last.checkedAt,
          `${plural(missing.length, 'paper')} that the policy refers to ${missing.length === 1 ? 'is' : 'are'} not recorded: ${missing.map(({ title }) => title).join(', ')}.`,
        )
      const live = await policies.live('A')
      // Each revision of the policy asks for its links anew: one made before the version's review was opened is of the last.
      if (live && live.reason !== 'paper' && oldest.checkedAt < live.openedAt)
        return overdue(
          live.publishedAt ?? live.openedAt,
          `${linkedDocument(oldest.id)?.title} was last checked before version ${live.number} was prepared. Look at it again.`,
          oldest.checkedAt,
        )
      const due = endOf(addCalendarMonths(oldest.checkedAt.toISOString().slice(0, 10), checkMonths))
      const proofs = held.map(each => ({
        text: `${linkedDocument(each.id)?.title}, ${each.version}`,
        href: '/policy/A/documents',
        at: each.checkedAt,
      }))
      if (due <= now)
        return overdue(
          due,
          `${linkedDocument(oldest.id)?.title} was last checked more than a year ago. Look at it again.`,
          oldest.checkedAt,
          proofs,
        )
      return met(
        'attested',
        oldest.checkedAt,
        due,
        `All ${namedReferences.length} papers that the policy refers to are recorded with their versions.`,
        proofs,
      )
    },
  },
  {
    id: 'policies.early-review',
    title: 'Reviews brought forward',
    kind: 'workflow',
    clauses: ['A-1-04'],
    evaluate: async ({ policies }, { now }) => {
      const triggers = await policies.triggers('A')
      const open = triggers
        .filter(each => each.settledAt === null)
        .toSorted((a, b) => a.dueAt.getTime() - b.dueAt.getTime())[0]
      const settled = triggers.flatMap(each => (each.settledAt ? [{ ...each, settledAt: each.settledAt }] : []))
      const last = settled.toSorted((a, b) => b.settledAt.getTime() - a.settledAt.getTime())[0]
      if (open && open.dueAt <= now)
        return overdue(
          open.dueAt,
          `Something called for an early review on ${formatDay(open.raisedAt, now)}, and the review is not finished.`,
          last?.settledAt ?? null,
        )
      if (open)
        return dueSoon(
          'measured',
          open.raisedAt,
          open.dueAt,
          `Something called for an early review on ${formatDay(open.raisedAt, now)}: finish it by ${formatDay(open.dueAt, now)}.`,
        )
      if (!last) return notStarted('Nothing has called for an early review yet.')
      const inTime = last.settledAt <= last.dueAt
      if (!inTime)
        return failing(
          'measured',
          last.settledAt,
          `The last early review ended on ${formatDay(last.settledAt, now)}, after its day (${formatDay(last.dueAt, now)}).`,
        )
      return met(
        'measured',
        last.settledAt,
        null,
        `What called for the last early review was settled on ${formatDay(last.settledAt, now)}, in time.`,
        [{ text: 'Early review', href: '/policy/A/versions', at: last.settledAt }],
      )
    },
  },
  {
    id: 'policies.governor-approval',
    title: "The governing body's approval",
    kind: 'workflow',
    clauses: ['A-3.1-01'],
    evaluate: async ({ policies }, { now }) => {
      const live = await policies.live('A')
      if (!live) return notStarted(noVersion)
      if (!live.approvedAt || !live.meetingOn || live.present === null || live.inOffice === null)
        return notStarted(`${onPaper} The governors' approval stands in a minute that is not held here.`)
      const due = endOf(addCalendarMonths(live.meetingOn, 12))
      const why = `The governors approved version ${live.number} on ${formatDay(live.meetingOn, now)} (minute ${live.minuteReference}; ${live.present} of ${live.inOffice} were there).`
      return untilDue(
        live.approvedAt,
        due,
        now,
        due <= now ? `${why} They approve it every year.` : why,
        page('A', live.number),
        `Approval of version ${live.number}`,
      )
    },
  },
  {
    id: 'policies.headteacher-leads',
    title: 'The headteacher leads the review',
    kind: 'workflow',
    clauses: ['A-3.2-07'],
    evaluate: async ({ policies }, { now }) => {
      const led = (await policies.versions('A')).find(each => each.proposedByHeadteacher && each.proposedAt)
      if (!led?.proposedAt) return notStarted('No review of this policy was led by the headteacher here yet.')
      const due = endOf(addCalendarMonths(led.proposedAt.toISOString().slice(0, 10), 12))
      return untilDue(
        led.proposedAt,
        due,
        now,
        `The headteacher put version ${led.number} to the governors on ${formatDay(led.proposedAt, now)}.`,
        page('A', led.number),
        `Author of version ${led.number}`,
      )
    },
  },
  {
    id: 'policies.public-page',
    title: 'The published page, read from outside',
    kind: 'inform',
    clauses: ['A-4.3-02'],
    evaluate: async ({ ledger, policies }, { now }) => {
      const live = await policies.live('A')
      if (!live) return notStarted(noVersion)
      const last = await ledger.latest(['policy.page-checked'], 'policy:A')
      if (!last)
        return notStarted('The public page has not been read from outside yet. The background work does it every day.')
      if (last.detail['approved'] !== live.digest)
        return notStarted(`The public page has not been read from outside since version ${live.number} was published.`)
      const at = new Date(last.at)
      const proofs = [{ text: 'The public page as read from outside', href: '/policy/A', seq: last.seq, at }]
      if (last.detail['answered'] !== true)
        return failing('measured', at, 'The public page could not be reached from outside.', proofs)
      if (last.detail['digest'] !== live.digest)
        return failing('measured', at, 'The public page does not show the approved words.', proofs)
      const due = new Date(at.getTime() + 2 * pageCheckHours * 3_600_000)
      if (due <= now)
        return overdue(
          due,
          'The public page has not been read from outside for two days. See whether the background work is running.',
          at,
          proofs,
        )
      return met(
        'measured',
        at,
        due,
        `The public page shows the approved words of version ${live.number}, digest and all.`,
        proofs,
      )
    },
  },
  signature('headteacher', 'A-END-01'),
  signature('governor', 'A-END-02'),
  {
    id: 'policies.data-protection-policy',
    title: 'A data protection policy in force',
    kind: 'record',
    clauses: ['A-8-13'],
    evaluate: async ({ policies }, { now }) => {
      const recorded = (await policies.documents()).get('data-protection-policy')
      if (!recorded) return notStarted('No data protection policy is recorded. Record its version and its next review.')
      if (!recorded.nextReview)
        return failing('attested', recorded.checkedAt, 'The data protection policy has no day of its next review.')
      const due = endOf(recorded.nextReview)
      const proofs = [
        { text: `Data protection policy, ${recorded.version}`, href: '/policy/A/documents', at: recorded.checkedAt },
      ]
      if (due <= now)
        return overdue(
          due,
          `The data protection policy (${recorded.version}) was to be reviewed by ${formatDay(recorded.nextReview, now)}.`,
          recorded.checkedAt,
          proofs,
        )
      return met(
        'attested',
        recorded.checkedAt,
        due,
        `${recorded.version} is in force since ${formatDay(recorded.approvedOn, now)}, until its review by ${formatDay(recorded.nextReview, now)}.`,
        proofs,
      )
    },
  },
]
