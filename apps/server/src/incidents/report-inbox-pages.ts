import type { DeadlineReads } from '../duties/deadline-store.ts'
import { attemptHref } from '../activity/attempt-pages.ts'
import type { AttemptReads } from '../activity/attempt-store.ts'
import type { PeopleReads } from '../people/people-store.ts'
import { roleNames } from '../permissions.ts'
import { type Actor, may } from '../platform/actor.ts'
import { blankForm, form, type FormView } from '../platform/form.ts'
import { longText } from '../platform/fields.ts'
import { get, type Page, post, type Reply, type Request, redirect, view } from '../platform/page.ts'
import { Refusal } from '../platform/refusal.ts'
import { caseReference } from './case.ts'
import type { CaseReads } from './case-store.ts'
import { kindName } from './data/concern-categories.ts'
import { inPages, pagedRow, piecesOf, severityShown, sharesOf } from '../monitoring/flag-pages.ts'
import { type FoundSeverity, mayNotWait, type Reading, type ReadText, urgencyOf } from './report-reading.ts'
import { placeNames, type Report, reporterNames, reportReference, whenNames } from './report.ts'
import type { ReportService } from './report-service.ts'
import { reportsAPage, type ReportReads, type SeenReport } from './report-store.ts'

type InboxReads = {
  attempts: AttemptReads
  reports: ReportReads
  people: PeopleReads
  deadlines: DeadlineReads
  cases: CaseReads
}

const askForm = form({
  words: longText('Write what you want to ask or say', {
    label: 'Write to the person who reported',
    hint: 'They read it with their three words. Ask one thing at a time, in plain words; never ask for pictures.',
    max: 5000,
    rows: 4,
  }),
})
const aboutNames: Readonly<Record<string, string>> = {
  nobody: 'Nobody in particular',
  me: 'The person who reports',
  child: 'A child',
  adult: 'An adult at the school',
  outside: 'Somebody outside the school',
  unsure: 'Not sure',
  headteacher: 'The headteacher',
  dsl: 'The safeguarding lead',
  dpo: 'The data protection officer',
  'network-manager': 'The network manager',
  chair: 'The chair of governors',
}
/** What an inbox says of it: what its reporter said first, then what its words say. */
const urgencyWords = ({ danger, severity, seriousness }: Report): string =>
  danger
    ? '. Somebody may be in danger now'
    : mayNotWait(severity)
      ? `. Its words may not wait: ${readingSeverity(severity)?.text.toLowerCase()}`
      : seriousness === 'serious'
        ? '. Serious'
        : ''
const beforeOthers = ({ urgency }: { readonly urgency: number }): number => (mayNotWait(urgency) ? urgency : 0)
const readingSeverity = (severity: FoundSeverity | null) =>
  severity === null || severity === 0 ? null : severityShown(severity)
const textNames: Readonly<Record<ReadText, string>> = {
  words: 'In what they said',
  message: 'In the message',
  thread: 'In what they wrote later',
}
const readingRow = (reading: Reading) => ({
  where: textNames[reading.of],
  severity: readingSeverity(reading.severity),
  concerns: sharesOf(reading.concerns),
  why: reading.why,
  detector: reading.detector,
  rules: reading.rules,
})
const spansOf = (readings: readonly Reading[], of: ReadText): Reading['spans'] =>
  readings.filter(reading => reading.of === of).flatMap(({ spans }) => spans)
const isDay = (text: string): boolean => /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text))

export function reportInboxPages(service: ReportService): Page<InboxReads>[] {
  const one = async (
    { actor, params, read }: Pick<Request<InboxReads>, 'actor' | 'params' | 'read'>,
    shown?: FormView,
    status = 200,
  ): Promise<Reply> => {
    const id = params.id ?? ''
    return read(async ({ attempts, reports, people, deadlines, cases }) => {
      const report = await reports.get(actor, id)
      const source = report.content ? await attempts.ofReport(id) : null
      const recipients = await reports.recipients(id)
      const excluded = await reports.excluded(id)
      const pages = report.content ? await reports.pages(id) : []
      const names = await people.names([
        ...recipients.flatMap(({ personId }) => personId ?? []),
        ...excluded.map(({ personId }) => personId),
        ...[report.madeBy, report.acknowledgedBy].flatMap(each => each ?? []),
        ...inPages(pages),
      ])
      const clock = (await deadlines.about(`report:${id}`)).find(({ kind }) => kind === 'report.acknowledge') ?? null
      const [file] = report.caseId ? await cases.byOrigin(actor, `report:${id}`) : []
      const content = report.content
        ? {
            ...(await reports.words(report)),
            message: await reports.message(report),
            thread: await reports.thread(report),
            readings: await reports.readings(report),
          }
        : null
      const authors = await people.names(content?.thread.flatMap(({ authorId }) => authorId ?? []) ?? [])
      return view(
        'incidents/report',
        {
          title: kindName(report.kind),
          reference: reportReference(id),
          marking: 'Sensitive',
          backHref: report.digestOn ? `/reports/junk/${report.digestOn}` : '/reports',
          report,
          clock,
          content,
          words: content ? piecesOf(content.words, spansOf(content.readings, 'words')) : [],
          messageText: content?.message ? piecesOf(content.message.text, spansOf(content.readings, 'message')) : [],
          readings: (content?.readings ?? []).map(readingRow),
          // Only for those who receive the words, and only where they say something that the reporter did not.
          urgency: report.content && mayNotWait(report.severity) ? readingSeverity(report.severity) : null,
          wasRead: report.severity !== null,
          pages: pages.map(page => pagedRow(page, personId => names.get(personId) ?? 'somebody no longer here')),
          thread:
            content?.thread.map(entry => ({
              ...entry,
              by: entry.fromReporter
                ? 'The person who reported'
                : (authors.get(entry.authorId ?? '') ?? 'Somebody at the school'),
            })) ?? [],
          rows: [
            {
              key: 'Made by',
              text: report.madeBy ? (names.get(report.madeBy) ?? 'A member of staff') : reporterNames[report.who],
            },
            ...(source
              ? [
                  {
                    key: 'Made from',
                    text: 'An entry of the web log',
                    href: may(actor, 'attempt.view') ? attemptHref(source) : undefined,
                  },
                ]
              : []),
            { key: 'About', text: aboutNames[report.about] ?? report.about },
            ...(content?.names ? [{ key: 'Names given', text: content.names }] : []),
            {
              key: 'Happened',
              text: whenNames[report.happenedWhen],
              at: report.happenedWhen === 'exact' ? report.happenedAt : null,
            },
            { key: 'Where', text: placeNames[report.place] },
            {
              key: 'Reported',
              at: report.receivedAt,
              text: report.madeLate === true ? 'More than 24 hours after it happened' : '',
            },
            ...(report.acknowledgedAt
              ? [
                  {
                    key: 'Taken',
                    at: report.acknowledgedAt,
                    text: `by ${names.get(report.acknowledgedBy ?? '') ?? 'somebody'}`,
                  },
                ]
              : []),
            {
              key: 'Received by',
              text:
                recipients
                  .map(
                    ({ role, personId, content: words }) =>
                      `${personId ? `${names.get(personId)}, ` : ''}${roleNames[role]}${personId ? '' : ' (nobody answers for it now)'}${words ? '' : ' (facts only)'}`,
                  )
                  .join('; ') || 'Nobody at the school',
            },
            ...(excluded.length
              ? [
                  {
                    key: 'Never shown to',
                    text: excluded
                      .map(
                        ({ personId, why }) =>
                          `${names.get(personId)} (${why === 'chosen' ? 'it is about them' : 'named in it'})`,
                      )
                      .join('; '),
                  },
                ]
              : []),
          ],
          caseHref: file ? `/cases/${file.id}` : null,
          caseReference: file ? caseReference(file.id) : null,
          form: shown ?? blankForm(askForm),
          mayAcknowledge:
            report.content &&
            report.acknowledgedAt === null &&
            report.digestOn === null &&
            may(actor, 'report.acknowledge'),
          mayAsk: report.content && report.hasCode && may(actor, 'report.answer'),
        },
        status,
      )
    })
  }

  const listed = async (reads: InboxReads, reports: readonly SeenReport[]) => {
    const names = await reads.people.names(reports.flatMap(({ acknowledgedBy }) => acknowledgedBy ?? []))
    const found = []
    for (const report of reports) {
      const clock = (await reads.deadlines.about(`report:${report.id}`)).find(
        ({ kind }) => kind === 'report.acknowledge',
      )
      found.push({
        id: report.id,
        what: kindName(report.kind),
        who: reporterNames[report.who],
        receivedAt: report.receivedAt,
        urgency: urgencyOf(report),
        urgencyWords: urgencyWords(report),
        content: report.content,
        dueAt: clock?.dueAt ?? null,
        clock: clock ?? null,
        acknowledgedAt: report.acknowledgedAt,
        acknowledgedBy: names.get(report.acknowledgedBy ?? '') ?? null,
      })
    }
    return found
  }

  const junkList = (actor: Actor, reads: InboxReads) =>
    may(actor, 'junk.view') ? reads.reports.digests(10) : Promise.resolve([])

  return [
    get('/reports', { access: 'report.view' }, async ({ actor, query, read }) => {
      const page = Math.min(2000, Math.max(1, Number.parseInt(query.get('page') ?? '1', 10) || 1))
      return read(async reads => {
        const waiting = await listed(reads, await reads.reports.waiting(actor))
        const drill = await reads.reports.lastDrill('nightly')
        const taken = await reads.reports.taken(actor, page, reportsAPage + 1)
        return view('incidents/reports', {
          title: 'Reports',
          // Those who hold it first; who is told of the fact only has nothing to do.
          needs: waiting
            .filter(({ content }) => content)
            // What may not wait comes first, the gravest before the rest; everything else stays as it came.
            .toSorted((one, other) => beforeOthers(other) - beforeOthers(one))
            .map(each => ({
              text: each.what,
              detail: `${each.who}${each.urgencyWords}`,
              dueAt: each.dueAt,
              verb: 'Open',
              href: `/reports/${each.id}`,
            })),
          facts: waiting.filter(({ content }) => !content),
          taken: await listed(reads, taken.slice(0, reportsAPage)),
          pageNumber: page,
          drillFailed: drill?.failed.length ?? 0,
          drillAt: drill?.at ?? null,
          more: taken.length > reportsAPage,
          junk: (await junkList(actor, reads)).filter(({ lookedAt }) => lookedAt === null),
          hasJunk: may(actor, 'junk.view'),
          mayPractise: may(actor, 'report.practise'),
        })
      })
    }),
    get('/reports/junk', { access: 'junk.view' }, async ({ actor, read }) =>
      read(async reads =>
        view('incidents/report-junk', {
          title: 'Junk mail by day',
          backHref: '/reports',
          days: await junkList(actor, reads),
        }),
      ),
    ),
    get('/reports/junk/:day', { access: 'junk.view' }, async ({ actor, params, read }) => {
      const day = params.day ?? ''
      if (!isDay(day)) throw new Refusal('not-found', 'There is no such day.')
      return read(async ({ reports, people }) => {
        const [digest] = (await reports.digests(400)).filter(({ on }) => on === day)
        if (!digest) throw new Refusal('not-found', 'No junk mail was reported on that day.')
        const items = await reports.digestItems(actor, day)
        const headers = await reports.headersOf(items.filter(({ content }) => content))
        const names = await people.names(digest.lookedBy ? [digest.lookedBy] : [])
        return view('incidents/report-junk-day', {
          title: 'Junk mail of one day',
          backHref: '/reports/junk',
          day,
          digest,
          lookedBy: names.get(digest.lookedBy ?? '') ?? null,
          items: items.map(item => ({
            id: item.id,
            at: item.receivedAt,
            content: item.content,
            from: headers.get(item.id)?.from ?? null,
            subject: headers.get(item.id)?.subject ?? null,
          })),
          waiting: items.some(({ acknowledgedAt }) => acknowledgedAt === null) || digest.lookedAt === null,
          mayLook: may(actor, 'junk.look'),
        })
      })
    }),
    post('/reports/junk/:day/looked', { access: 'junk.look', form: form({}) }, async ({ actor, params }) => {
      const day = params.day ?? ''
      if (!isDay(day)) throw new Refusal('not-found', 'There is no such day.')
      await service.lookAtJunk(actor, day)
      return redirect(`/reports/junk/${day}`, 'Marked as looked at.')
    }),
    get('/reports/practice', { access: 'report.practise' }, async ({ read }) =>
      read(async ({ reports, people }) => {
        const classes = await people.groups('class')
        const done = await reports.classDrills()
        const nightly = await reports.lastDrill('nightly')
        return view('incidents/report-practice', {
          title: 'Practise reporting',
          backHref: '/reports',
          classes: classes.map(({ id, name }) => ({
            id,
            name,
            at: done.get(id) ?? null,
            href: `/report?practice=${encodeURIComponent(id)}`,
          })),
          nightly,
        })
      }),
    ),
    get('/reports/:id', { access: 'report.view', recorded: 'report.viewed' }, async request => {
      await service.see(request.actor, request.params.id ?? '')
      return one(request)
    }),
    post('/reports/:id/acknowledge', { access: 'report.acknowledge', form: form({}) }, async ({ actor, params }) => {
      const id = params.id ?? ''
      await service.acknowledge(actor, id)
      return redirect(`/reports/${id}`, 'You have taken this report.')
    }),
    post('/reports/:id/thread', { access: 'report.answer', form: askForm }, async request => {
      if (!request.form.ok) return one(request, request.form.view, 400)
      const id = request.params.id ?? ''
      await service.ask(request.actor, id, request.form.values.words)
      return redirect(`/reports/${id}`, 'Sent. They see it when they come back with their three words.')
    }),
  ]
}
