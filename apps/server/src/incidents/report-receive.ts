import { type DeadlineRule, londonDate } from '@gatehouse/engine/calendar'
import { legalClock } from '../duties/data/legal-clocks.ts'
import type { DeadlineWrites } from '../duties/deadline-store.ts'
import type { PeopleReads } from '../people/people-store.ts'
import type { Role } from '../permissions.ts'
import type { LedgerEvent } from '../platform/change.ts'
import type { MessageWrites } from '../platform/messages.ts'
import type { CaseWrites } from './case-store.ts'
import { type Guidance, guidanceFor, lateAfterHours, type NewReport, receivingRoles } from './report.ts'
import type { Code, ReportCodes } from './report-code.ts'
import { campaignOf, readHeaders } from './report-message.ts'
import { type Holder, holdersNamed } from './report-names.ts'
import { aboutRole, caseAudience, type Routing, routeReport } from './report-routing.ts'
import { mayNotWait, type Reading, severityOf, urgencyOf } from './report-reading.ts'
import type { ReportWrites } from './report-store.ts'

/** What receiving a report writes through. */
export interface ReceivingWrites {
  readonly reports: ReportWrites
  readonly cases: CaseWrites
  readonly deadlines: DeadlineWrites
  readonly messages: MessageWrites
  readonly people: PeopleReads
}

/** What the reporter is told at once. */
export interface Receipt {
  readonly reportId: string
  /** null for junk mail. */
  readonly caseId: string | null
  readonly receivedAt: Date
  /** The three words, if a reply was wanted. Shown now, and never again: only their HMAC is kept. */
  readonly code: Code | null
  readonly guidance: readonly Guidance[]
  readonly outsideAdvice: boolean
  readonly kind: string
  readonly routing: Routing
}

/** The clock of a report that may not wait; the school's own 24 hours stand for every other. */
export const urgentRule = { basis: 'clock-hours', hours: 1 } as const satisfies DeadlineRule
export const urgentTitle = 'Take a report that may not wait'

/** Reports of one message in one day from which a person is told at once instead of in the digest. */
export const campaignSize = 5

/**
 * Takes one report in, in the change that it is given: routes it, stores it unaltered, opens the case (junk mail joins the
 * digest of the day), starts the clocks and tells who receives it. Chain the events in order.
 * @param readings what the detector made of its texts; null where they were not read.
 */
export async function receive(
  writes: ReceivingWrites,
  codes: ReportCodes,
  schoolId: string,
  report: NewReport,
  readings: readonly Reading[] | null = null,
): Promise<{ receipt: Receipt; events: [LedgerEvent, ...LedgerEvent[]] }> {
  const { reports, cases, deadlines, messages, people } = writes
  const { now } = reports
  const excluded = await peopleItIsAbout(people, report)
  const answering = new Map<Role, string | null>()
  for (const role of receivingRoles) answering.set(role, (await people.whoActsAs(role))?.personId ?? null)
  const severity = severityOf(readings)
  const isUrgent = mayNotWait(urgencyOf({ danger: report.danger, severity }))
  const routing = routeReport({
    kind: report.kind,
    about: report.about,
    danger: report.danger,
    clicked: report.clicked,
    mayNotWait: mayNotWait(severity),
    excluded: excluded.map(({ personId }) => personId),
    answers: role => answering.get(role) ?? null,
  })
  const junk = routing.as === 'junk'
  const today = londonDate(now)
  const campaign = report.message && junk ? campaignOf(readHeaders(report.message.content)) : null
  const campaignHmac = campaign === null ? null : codes.hmacOfCampaign(schoolId, campaign)
  const code = report.wantsReply ? await freeCode(reports, codes, schoolId, report.formToken) : null
  const guidance = guidanceFor(report.kind, report.danger)
  const happenedAt = approximately(report, now)
  const madeLate =
    report.who === 'staff' && report.happenedWhen === 'exact' && report.happenedAt
      ? now.getTime() - report.happenedAt.getTime() > lateAfterHours * 3_600_000
      : null
  const reportId = await reports.add(
    { ...report, happenedAt },
    {
      serious: routing.serious,
      madeLate,
      outsideAdvice: routing.outsideAdvice,
      guidance,
      digestOn: junk ? today : null,
      campaign: campaignHmac,
      codeHmac: code && codes.hmac(schoolId, code),
      formHmac: report.formToken === null ? null : codes.hmacOfForm(schoolId, report.formToken),
      recipients: routing.recipients,
      excluded,
      readings,
      isUrgent,
    },
  )
  const subject = `report:${reportId}`
  const link = `/reports/${reportId}`
  const received: LedgerEvent = {
    type: 'report.received',
    subject,
    detail: {
      kind: report.kind.id,
      who: report.who,
      about: report.about,
      danger: report.danger,
      serious: routing.serious,
      receives: routing.recipients.filter(({ content }) => content).map(({ role }) => role),
      facts: routing.recipients.filter(({ content }) => !content).map(({ role }) => role),
      excluded: excluded.length,
      vacant: [...routing.vacant],
      guidance,
      reply: code !== null,
      ...(report.source === undefined ? {} : { source: report.source }),
      ...(madeLate === null ? {} : { madeLate }),
      ...(junk ? { digest: today } : {}),
    },
  }
  const events: [LedgerEvent, ...LedgerEvent[]] = [received]
  if (severity !== null) events.push({ type: 'report.read', subject, detail: { severity, urgent: isUrgent } })

  let caseId: string | null = null
  const owner = routing.owner ?? 'chair'
  const ownerId = routing.recipients.find(({ role }) => role === owner)?.personId ?? null
  if (junk) {
    if (await reports.openDigest(today)) {
      await deadlines.start({
        kind: 'junk.digest',
        subject: `junk:${today}`,
        title: 'Look at the junk mail of a day',
        link: `/reports/junk/${today}`,
        ownerRole: owner,
        ...(ownerId ? { ownerId } : {}),
        rule: limitOf('internal-report'),
      })
      await messages.tell(toldPeople(routing), 'junk.digest', `/reports/junk/${today}`)
    }
    if (campaignHmac && (await reports.sameCampaign(campaignHmac, today)) === campaignSize) {
      if (ownerId) await messages.tell([ownerId], 'junk.campaign', `/reports/junk/${today}`)
      events.push({ type: 'junk.campaign-seen', subject: `junk:${today}`, detail: { reports: campaignSize } })
    }
  } else {
    const opened = await cases.open({
      category: report.kind.category,
      kind: report.kind.id,
      seriousness: routing.serious ? 'serious' : 'low',
      audience: nonEmpty(caseAudience(routing, await cases.rolesNamed(excluded.map(({ personId }) => personId)))),
      ownerRole: owner,
      subjects: excluded.map(({ personId }) => personId),
      // Who is only named in it is barred like a subject, and listed as somebody who may know something.
      involved: [
        ...excluded
          .filter(({ why }) => why === 'named')
          .map(({ personId }) => ({ personId, part: 'witness' as const })),
        ...(report.madeBy ? [{ personId: report.madeBy, part: 'reporter' as const }] : []),
      ],
      happenedAt,
      reportedAt: now,
      origin: `report:${reportId}`,
      summary: report.words,
      offSite: report.place === 'elsewhere',
    })
    caseId = opened.caseId
    await reports.setCase(reportId, caseId)
    events.push(...opened.events)
    await deadlines.start({
      kind: 'report.acknowledge',
      subject,
      title: isUrgent ? urgentTitle : 'Take a report',
      link,
      ownerRole: owner,
      ...(ownerId ? { ownerId } : {}),
      rule: isUrgent ? urgentRule : limitOf(routing.clock),
      keptFrom: excluded.map(({ personId }) => personId),
    })
    await messages.tell(toldPeople(routing), report.clicked ? 'report.clicked' : 'report.received', link)
  }
  if (madeLate !== null && report.happenedAt) {
    // A row that people can see: the member of staff's own limit, met or late, with the true times.
    await deadlines.start({
      kind: 'report.made',
      subject,
      title: 'Report within 24 hours',
      link,
      ownerRole: 'staff',
      ...(report.madeBy ? { ownerId: report.madeBy } : {}),
      rule: limitOf('internal-report'),
      startsAt: report.happenedAt,
      keptFrom: excluded.map(({ personId }) => personId),
    })
    await deadlines.meet('report.made', subject)
  }
  if (routing.vacant.length > 0 || routing.owner === null) {
    events.push({
      type: 'report.unanswered',
      subject,
      detail: { roles: [...routing.vacant], nobody: routing.owner === null },
    })
  }
  return {
    receipt: {
      reportId,
      caseId,
      receivedAt: now,
      code,
      guidance,
      outsideAdvice: routing.outsideAdvice,
      kind: report.kind.id,
      routing,
    },
    events,
  }
}

const toldPeople = ({ recipients }: Routing): string[] =>
  recipients.flatMap(({ personId }) => (personId ? [personId] : []))
const nonEmpty = (audience: readonly Role[]): readonly Role[] => (audience.length > 0 ? audience : ['chair'])

/** @throws {Error} if the rule pack lost the clock. */
function limitOf(id: 'internal-report' | 'data-complaint'): DeadlineRule {
  const { limit } = legalClock(id)
  if (limit.kind !== 'deadline') throw new Error(`the clock ${id} must be a deadline`)
  return limit.rule
}

/** The event's instant as well as it is known: the words beside it (`happened_when`) say how well. */
function approximately({ happenedWhen, happenedAt }: NewReport, now: Date): Date | null {
  if (happenedWhen === 'exact') return happenedAt
  return happenedWhen === 'now' ? now : null
}

/** Everybody who must never see it: holders of the duty chosen, and duty-holders whom the words name. */
async function peopleItIsAbout(
  people: PeopleReads,
  report: NewReport,
): Promise<{ personId: string; why: 'chosen' | 'named' }[]> {
  const chosenRole = aboutRole(report.kind.id === 'headteacher-conduct' ? 'headteacher' : report.about)
  const chosen = chosenRole === null ? [] : (await people.holders(chosenRole)).map(({ personId }) => personId)
  const acting = chosenRole !== null && chosen.length === 0 ? await people.whoActsAs(chosenRole) : null
  if (acting) chosen.push(acting.personId)
  chosen.push(...(report.aboutPeople ?? []))
  const named = holdersNamed(report.words, await dutyHolders(people), report.names ?? '').filter(
    id => id !== report.madeBy && !chosen.includes(id),
  )
  return [
    ...[...new Set(chosen)].map(personId => ({ personId, why: 'chosen' as const })),
    ...named.map(personId => ({ personId, why: 'named' as const })),
  ]
}

/** Whoever might receive a report: holders of the receiving roles, and the deputies named for them. */
async function dutyHolders(people: PeopleReads): Promise<Holder[]> {
  const roles = new Map<string, Role[]>()
  for (const role of receivingRoles) {
    for (const { personId, deputyId } of await people.holders(role)) {
      roles.set(personId, [...(roles.get(personId) ?? []), role])
      if (deputyId && !roles.has(deputyId)) roles.set(deputyId, [])
    }
  }
  const holders: Holder[] = []
  for (const [personId, held] of roles) {
    const { givenName, familyName } = await people.get(personId)
    holders.push({ personId, givenName, familyName, roles: held })
  }
  return holders
}

async function freeCode(
  reports: ReportWrites,
  codes: ReportCodes,
  schoolId: string,
  form: string | null,
): Promise<Code> {
  for (let attempt = 0; attempt < codeAttempts; attempt++) {
    const code = codes.make(schoolId, form, attempt)
    if (!(await reports.codeIsTaken(codes.hmac(schoolId, code)))) return code
  }
  throw new Error('no three words were free')
}
/** With 100,000 codes in use, ten in a row are taken once in 10^58. */
export const codeAttempts = 10
