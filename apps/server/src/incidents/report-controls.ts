import type { DeadlineReads } from '../duties/deadline-store.ts'
import type { PeopleReads } from '../people/people-store.ts'
import { allStaff, type Role, roleNames } from '../permissions.ts'
import type { LedgerReads } from '../platform/ledger-reads.ts'
import {
  type Control,
  dayMs,
  dueSoon,
  failing,
  met,
  notStarted,
  overdue,
  type Proof,
  termDays,
} from '../policies/control.ts'
import { lineCheckDays, linesShown, lineState, pageCheckDays } from './help.ts'
import type { HelpReads } from './help-store.ts'
import { lateAfterHours, type Report } from './report.ts'
import { helpProbe } from './report-drill.ts'
import { guidanceDays, guidanceDigest, receiptDays } from './report-guidance.ts'
import type { ReportReads } from './report-store.ts'

/*
 * What the front door carries out, and how it shows. A control about reports is met by a real report of its kinds that the
 * right person took in time, or, while there was none this term, by last night's practice report of the same kind.
 */

export interface ReportControlReads {
  readonly reports: ReportReads
  readonly help: HelpReads
  readonly people: PeopleReads
  readonly deadlines: DeadlineReads
  readonly ledger: LedgerReads
}
type ReportControl = Control<ReportControlReads>

/** The nightly practice may miss a night or two (a server at home over a weekend) and counts no longer after that. */
const drillDays = 3

interface Watched {
  readonly id: string
  readonly title: string
  readonly clauses: readonly string[]
  /** What such reports are called, in the middle of a sentence. */
  readonly what: string
  readonly kinds: readonly string[]
  /** These must have been told of each, unless it is about them. */
  readonly reaches: readonly Role[]
  /** The practice that takes the same way; null where only a real report proves it. */
  readonly probe: string | null
  readonly staffOnly?: boolean
  /** The 24 hours from event to report count, not only those from report to acknowledgement. */
  readonly inTime?: boolean
  /** The record asked for is the message itself. */
  readonly withMessage?: boolean
}

const watched = (rule: Watched): ReportControl => ({
  id: rule.id,
  title: rule.title,
  kind: 'workflow',
  clauses: rule.clauses,
  evaluate: async (reads, { now }) => {
    const since = new Date(now.getTime() - termDays * dayMs)
    const found = await reads.reports.facts({
      kinds: rule.kinds,
      since,
      staffOnly: rule.staffOnly ?? false,
      limit: 200,
    })
    const drill = rule.probe === null ? null : await reads.reports.lastDrill('nightly')
    if (rule.probe !== null && drill?.failed.includes(rule.probe))
      return failing(
        'measured',
        drill.at,
        `The last practice report of ${rule.what} did not reach the right person. See which duty nobody answers for.`,
        await drillProof(reads),
      )
    for (const report of found) {
      if (report.acknowledgedAt !== null) continue
      if (!report.recipients.some(({ content, personId }) => content && personId !== null))
        return failing(
          'measured',
          report.receivedAt,
          `Nobody at the school received a report of ${rule.what}: a duty is vacant, or it names everybody who could.`,
        )
      const due = await dueOf(reads.deadlines, report)
      if (due && due < now)
        return overdue(
          due,
          `A report of ${rule.what} has waited past its limit for a person to take it.`,
          report.receivedAt,
        )
    }
    const counted = rule.inTime ? found.filter(({ madeLate }) => madeLate !== null) : found
    const latest = counted.find(report => report.acknowledgedAt !== null && (!rule.withMessage || report.hasMessage))
    if (latest?.acknowledgedAt) {
      const missing = rule.reaches.filter(role => !latest.recipients.some(each => each.role === role))
      if (missing.length > 0 && !isAboutSomebody(latest.about, missing))
        return failing(
          'measured',
          latest.acknowledgedAt,
          `The latest report of ${rule.what} did not reach the ${missing.map(role => roleNames[role].toLowerCase()).join(' and the ')}.`,
        )
      const due = await dueOf(reads.deadlines, latest)
      if (due && latest.acknowledgedAt > due)
        return failing(
          'measured',
          latest.acknowledgedAt,
          `The latest report of ${rule.what} was taken only after its limit had passed.`,
          await takenProof(reads, latest.id),
        )
      if (rule.inTime && latest.madeLate)
        return failing(
          'measured',
          latest.receivedAt,
          `The latest report of ${rule.what} was made more than 24 hours after it happened.`,
          await takenProof(reads, latest.id),
        )
      return met(
        'measured',
        latest.acknowledgedAt,
        new Date(latest.acknowledgedAt.getTime() + termDays * dayMs),
        `The latest report of ${rule.what} reached those it must reach, and a person took it in time.`,
        await takenProof(reads, latest.id),
      )
    }
    const waiting = counted[0]
    if (drill) {
      const until = new Date(drill.at.getTime() + drillDays * dayMs)
      if (until < now)
        return overdue(
          until,
          `No report of ${rule.what} this term, and the nightly practice has not run. Look whether the server runs at night.`,
          drill.at,
        )
      return met(
        'measured',
        drill.at,
        until,
        `No report of ${rule.what} was taken this term; last night’s practice report went the same way and arrived.`,
        await drillProof(reads),
      )
    }
    if (waiting)
      return dueSoon(
        'measured',
        waiting.receivedAt,
        (await dueOf(reads.deadlines, waiting)) ?? now,
        `A report of ${rule.what} waits for a person to take it.`,
      )
    return notStarted(
      rule.probe === null
        ? `No report of ${rule.what} has been made this term, so nothing shows that the duty is kept.`
        : 'No such report was made, and no practice report has run yet.',
    )
  },
})

const dueOf = async (deadlines: DeadlineReads, report: Report): Promise<Date | null> => {
  const { id, digestOn, receivedAt, urgentAt } = report
  const [kind, subject] =
    digestOn === null ? ['report.acknowledge', `report:${id}`] : ['junk.digest', `junk:${digestOn}`]
  const due = (await deadlines.about(subject)).find(each => each.kind === kind)?.dueAt ?? null
  // The hour of one that may not wait is ours; what the policy promises is its day.
  const day = new Date(receivedAt.getTime() + lateAfterHours * 3_600_000)
  return due !== null && urgentAt !== null && due < day ? day : due
}
/** A report about somebody who would receive it goes elsewhere: that is the rule, not a failure of it. */
const isAboutSomebody = (about: string, missing: readonly Role[]): boolean =>
  missing.every(role => about === role || about === 'headteacher')

async function takenProof({ ledger }: ReportControlReads, id: string): Promise<readonly Proof[]> {
  const entry =
    (await ledger.latest(['report.acknowledged'], `report:${id}`)) ?? (await ledger.latest(['junk.looked-at']))
  return entry
    ? [{ text: 'a person took the report', href: `/reports/${id}`, seq: entry.seq, at: new Date(entry.at) }]
    : []
}
async function drillProof({ ledger }: ReportControlReads): Promise<readonly Proof[]> {
  const entry = await ledger.latest(['report.drilled'])
  return entry
    ? [{ text: 'practice reports of the night', href: '/reports/practice', seq: entry.seq, at: new Date(entry.at) }]
    : []
}

const misuse = [
  'policy-breach',
  'device-misuse',
  'deliberate-access',
  'unauthorised-access',
  'unauthorised-software',
  'filter-bypass',
  'copyright',
] as const
const messageKinds = ['offensive-message', 'cyberbullying', 'offence-bullying', 'hate'] as const

const doNotReply: ReportControl = {
  id: 'incidents.report-do-not-reply',
  title: 'Whoever reports an upsetting message is told not to answer it',
  kind: 'inform',
  clauses: ['A-9-27'],
  evaluate: async (reads, { now }) => {
    const found = await reads.reports.facts({
      kinds: messageKinds,
      since: new Date(now.getTime() - termDays * dayMs),
      limit: 200,
    })
    const silent = found.find(({ guidance }) => !guidance.includes('do-not-reply'))
    if (silent)
      return failing(
        'measured',
        silent.receivedAt,
        'Somebody reported an upsetting message and was not told to leave it unanswered.',
      )
    const drill = await reads.reports.lastDrill('nightly')
    if (drill?.failed.includes('message'))
      return failing(
        'measured',
        drill.at,
        'The last practice report of an upsetting message was not told to leave it unanswered, or did not arrive.',
        await drillProof(reads),
      )
    const [latest] = found
    if (latest) {
      const entry = await reads.ledger.latest(['report.received'], `report:${latest.id}`)
      return met(
        'measured',
        latest.receivedAt,
        new Date(latest.receivedAt.getTime() + termDays * dayMs),
        'The latest person who reported an upsetting message was told at once not to answer it.',
        entry ? [{ text: 'told on the answer page', seq: entry.seq, at: new Date(entry.at) }] : [],
      )
    }
    if (!drill) return notStarted('Nobody has reported an upsetting message, and no practice report has run yet.')
    const until = new Date(drill.at.getTime() + drillDays * dayMs)
    return until < now
      ? overdue(until, 'No such report this term, and the nightly practice has not run.', drill.at)
      : met(
          'measured',
          drill.at,
          until,
          'No such report this term; last night’s practice report was told not to answer.',
          await drillProof(reads),
        )
  },
}

const practice: ReportControl = {
  id: 'incidents.report-class-practice',
  title: 'Every class makes a practice report once a year',
  kind: 'record',
  clauses: ['A-3.7-03'],
  evaluate: async (reads, { now }) => {
    const classes = await reads.people.groups('class')
    const done = await reads.reports.classDrills()
    if (classes.length === 0) return notStarted('There are no classes yet.')
    const times = classes.map(({ id }) => done.get(id) ?? null)
    const dates = times.flatMap(at => (at ? [at.getTime()] : []))
    if (dates.length === 0)
      return notStarted('No class has made a practice report yet. A teacher does it with the class in five minutes.')
    const newest = new Date(Math.max(...dates))
    const missing = times.filter(at => at === null || now.getTime() - at.getTime() > 365 * dayMs).length
    const oldest = new Date(Math.min(...dates) + 365 * dayMs)
    if (missing > 0 && oldest < now)
      return overdue(
        oldest,
        `${missing} of ${classes.length} classes have not made a practice report in the last year.`,
        newest,
      )
    if (missing > 0)
      return dueSoon(
        'measured',
        newest,
        oldest,
        `${missing} of ${classes.length} classes have not made a practice report yet.`,
      )
    const entry = await reads.ledger.latest(['report.practised'])
    return met(
      'measured',
      newest,
      oldest,
      'Every class made a practice report in the last year, and each arrived.',
      entry ? [{ text: 'the latest class', href: '/reports/practice', seq: entry.seq, at: new Date(entry.at) }] : [],
    )
  },
}

const helpPage: ReportControl = {
  id: 'incidents.help-page',
  title: 'A help page by kind of harm, open to everybody and looked over',
  kind: 'inform',
  clauses: ['B-curriculum-07'],
  evaluate: async (reads, { now }) => {
    const drill = await reads.reports.lastDrill('nightly')
    if (!drill)
      return notStarted('Nobody has looked at the help page from outside yet; the software does so each night.')
    if (drill.failed.includes(helpProbe))
      return failing(
        'measured',
        drill.at,
        'Seen without signing in, the help page lacked 999, Childline or the help for a kind of harm.',
        await drillProof(reads),
      )
    const checks = await reads.help.checks()
    const states = linesShown(checks, now).map(line => ({
      state: lineState(line, checks.get(line.id), now),
      at: checks.get(line.id)?.at ?? null,
    }))
    const behind = states.filter(({ state }) => state !== 'checked')
    const pageUntil = new Date(drill.at.getTime() + pageCheckDays * dayMs)
    const dates = states.flatMap(({ at }) => (at ? [at.getTime()] : []))
    if (dates.length === 0)
      return notStarted('Nobody has compared the telephone numbers of the help page with the organisations’ own pages.')
    const linesUntil = new Date(Math.min(...dates) + lineCheckDays * dayMs)
    if (pageUntil < now)
      return overdue(pageUntil, 'The help page has not been looked at from outside for more than a week.', drill.at)
    if (behind.some(({ state }) => state === 'old'))
      return overdue(
        linesUntil,
        `${behind.length} lines of the help page were last checked more than ${lineCheckDays} days ago.`,
        new Date(Math.max(...dates)),
      )
    if (behind.length > 0)
      return dueSoon(
        'attested',
        new Date(Math.max(...dates)),
        linesUntil,
        `${behind.length} lines of the help page still wait for somebody to check them.`,
      )
    const entry = await reads.ledger.latest(['help.checked'])
    return met(
      'attested',
      new Date(Math.min(...dates)),
      linesUntil < pageUntil ? linesUntil : pageUntil,
      'The help page opens without signing in, shows help for each kind of harm, and a person checked every line this term.',
      entry ? [{ text: 'checked by a person', href: '/help/check', seq: entry.seq, at: new Date(entry.at) }] : [],
    )
  },
}

const guidance: ReportControl = {
  id: 'incidents.reporting-guidance',
  title: 'Reporting guidance is published, current and confirmed by staff',
  kind: 'inform',
  clauses: ['A-10-04'],
  evaluate: async (reads, { now }) => {
    const published = await reads.help.guidance()
    if (!published) return notStarted('The headteacher has not published the reporting guidance.')
    const { publishedAt } = published
    if (published.digest !== guidanceDigest())
      return failing(
        'attested',
        publishedAt,
        'The text of the reporting guidance changed since it was published. Read it and publish it again.',
      )
    const until = new Date(publishedAt.getTime() + guidanceDays * dayMs)
    if (until < now) return overdue(until, 'The reporting guidance was published more than a year ago.', publishedAt)
    const receipts = await reads.help.receipts(published.digest)
    const staff = new Set<string>()
    for (const role of allStaff) for (const { personId } of await reads.people.holders(role)) staff.add(personId)
    const missing = [...staff].filter(id => !receipts.has(id)).length
    const receiptsUntil = new Date(publishedAt.getTime() + receiptDays * dayMs)
    if (missing > 0 && receiptsUntil < now)
      return overdue(
        receiptsUntil,
        `${missing} of ${staff.size} staff have not confirmed that they read the reporting guidance.`,
        publishedAt,
      )
    if (missing > 0)
      return dueSoon(
        'attested',
        publishedAt,
        receiptsUntil,
        `${missing} of ${staff.size} staff have yet to confirm that they read the reporting guidance.`,
      )
    const entry = await reads.ledger.latest(['guidance.confirmed'])
    return met(
      'attested',
      publishedAt,
      until,
      'The reporting guidance is published, and all staff confirmed that they read it.',
      entry
        ? [{ text: 'the latest confirmation', href: '/report/guidance', seq: entry.seq, at: new Date(entry.at) }]
        : [],
    )
  },
}

/** Every control of the front door. */
export const reportControls: readonly ReportControl[] = [
  watched({
    id: 'incidents.report-security',
    title: 'The headteacher takes in reports of security incidents',
    clauses: ['A-3.2-11'],
    what: 'a security incident',
    kinds: [
      'cyber-attack',
      'unauthorised-access',
      'filter-bypass',
      'virus-warning',
      'password-known',
      'data-breach',
      'loss-or-theft',
    ],
    reaches: ['headteacher'],
    probe: 'security',
  }),
  watched({
    id: 'incidents.report-misuse',
    title: 'Staff report misuse, and it reaches the headteacher, the network manager or the DPO',
    clauses: ['A-3.5-04', 'A-13-01', 'B-incident-reporting-01'],
    what: 'misuse by a member of staff',
    kinds: [...misuse, 'loss-or-theft', 'data-breach'],
    reaches: ['headteacher'],
    probe: null,
    staffOnly: true,
  }),
  watched({
    id: 'incidents.report-non-compliance',
    title: 'Breaches of the policy are reported within 24 hours to the headteacher and the DPO',
    clauses: ['B-incident-reporting-04'],
    what: 'a breach of the policy, with a known time',
    kinds: misuse,
    reaches: ['headteacher', 'dpo'],
    probe: null,
    staffOnly: true,
    inTime: true,
  }),
  watched({
    id: 'incidents.report-loss',
    title: 'Loss, theft and breaches of data reach the DPO and the headteacher, with both times kept',
    clauses: ['B-incident-reporting-02'],
    what: 'a loss or a breach of data',
    kinds: ['loss-or-theft', 'data-breach'],
    reaches: ['dpo', 'headteacher'],
    probe: 'loss',
  }),
  watched({
    id: 'incidents.report-junk',
    title: 'Virus warnings and unwanted mail are told by report and daily digest',
    clauses: ['B-incident-reporting-03'],
    what: 'junk mail or a virus warning',
    kinds: ['unsolicited-mail', 'virus-warning'],
    reaches: ['headteacher', 'dpo'],
    probe: null,
  }),
  watched({
    id: 'incidents.report-unsuitable',
    title: 'A way for unsuitable material found in searches',
    clauses: ['A-3.5-13'],
    what: 'unsuitable material',
    kinds: ['unsuitable-content', 'self-harm-content', 'deliberate-access', 'false-information'],
    reaches: ['dsl'],
    probe: 'unsuitable-content',
  }),
  watched({
    id: 'incidents.report-accidental-access',
    title: 'Accidental access is reported to the online-safety co-ordinator',
    clauses: ['B-misuse-05'],
    what: 'accidental access',
    kinds: ['accidental-access'],
    reaches: ['headteacher'],
    probe: 'accidental-access',
  }),
  watched({
    id: 'incidents.report-technical',
    title: 'A way to report technical incidents to the right person',
    clauses: ['A-5-25'],
    what: 'a technical fault or attack',
    kinds: ['technical-fault', 'password-known', 'cyber-attack', 'unauthorised-software', 'over-blocking'],
    reaches: ['network-manager'],
    probe: 'technical',
  }),
  watched({
    id: 'incidents.report-message',
    title: 'An upsetting message is reported with the message itself',
    clauses: ['A-9-26', 'B-email-14'],
    what: 'an upsetting message',
    kinds: messageKinds,
    reaches: ['headteacher'],
    probe: 'message',
    withMessage: true,
  }),
  watched({
    id: 'incidents.report-complaint',
    title: 'Complaints about online safety reach the headteacher',
    clauses: ['B-misuse-01'],
    what: 'a complaint',
    kinds: ['online-safety-complaint', 'data-complaint'],
    reaches: ['headteacher'],
    probe: 'complaint',
  }),
  doNotReply,
  practice,
  helpPage,
  guidance,
]
