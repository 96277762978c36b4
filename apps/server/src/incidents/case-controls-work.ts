import { met, notStarted, overdue, failing } from '../policies/control.ts'
import { type CaseControl, after, fromCases, hourMs, lookBack, renewedWithin } from './case-control-rules.ts'
import type { AlertFact } from './case-facts-store.ts'

/** Alerts of one kind: each acknowledged within its hour. */
async function alertState(all: readonly AlertFact[], now: Date, who: string) {
  // A case closed within the hour asks nobody any more; one closed later does not undo that the hour had passed.
  const [newest] = all.filter(({ withdrawn }) => withdrawn !== 'in-time')
  const alerts = all.filter(({ withdrawn }) => withdrawn === null)
  const dueOf = (alert: AlertFact): Date => new Date(alert.madeAt.getTime() + hourMs)
  const proofOf = (alert: AlertFact) => ({
    text: 'Alert',
    href: `/cases/${alert.caseId}`,
    at: alert.acknowledgedAt ?? alert.madeAt,
  })
  const unanswered = alerts.find(({ personId, acknowledgedAt }) => personId === null && acknowledgedAt === null)
  if (unanswered)
    return failing('measured', null, `A serious incident is open and nobody acts as ${who}. Appoint somebody.`, [
      proofOf(unanswered),
    ])
  const late = alerts.find(alert => alert.acknowledgedAt === null && now > dueOf(alert))
  if (late)
    return overdue(dueOf(late), `The ${who} was told of a serious incident and has not said that they know.`, null, [
      proofOf(late),
    ])
  if (newest?.withdrawn === 'late')
    return failing('measured', newest.madeAt, `The case was closed before the ${who} said that they know of it.`, [
      proofOf(newest),
    ])
  const acknowledged = alerts.filter(
    (alert): alert is AlertFact & { acknowledgedAt: Date } => alert.acknowledgedAt !== null,
  )
  const [last] = acknowledged
  if (!last)
    return notStarted('No serious incident yet. When one opens, the alert goes out at once and is acknowledged here.')
  if (last.acknowledgedAt > dueOf(last))
    return failing(
      'measured',
      last.acknowledgedAt,
      `The last alert to the ${who} was acknowledged after more than an hour.`,
      [proofOf(last)],
    )
  return met(
    'measured',
    last.acknowledgedAt,
    null,
    `The ${who} knew of the last serious incident within the hour.`,
    acknowledged.slice(0, 5).map(proofOf),
  )
}

/** The life of a case: alerts, the log, its steps, its speed, and what is learnt. */
export const workControls: readonly CaseControl[] = [
  {
    id: 'incidents.it-alert',
    title: 'The IT contact or the data protection officer is told of each serious incident',
    kind: 'workflow',
    clauses: ['A-1-05'],
    evaluate: async ({ caseFacts }, { now }) =>
      alertState(await caseFacts.alerts('it-contact', lookBack(now)), now, 'IT contact'),
  },
  {
    id: 'incidents.head-alert',
    title: 'The headteacher is told of each serious incident',
    kind: 'workflow',
    clauses: ['A-1-06'],
    evaluate: async ({ caseFacts }, { now }) =>
      alertState(await caseFacts.alerts('headteacher', lookBack(now)), now, 'headteacher'),
  },
  {
    id: 'incidents.log',
    title: 'Every incident stands in a log that cannot be altered unseen',
    kind: 'record',
    clauses: ['A-3.2-12', 'B-misuse-02'],
    evaluate: async ({ caseFacts }, { now }) => {
      const { cases, unknown, latest } = await caseFacts.logAgainstLedger(lookBack(now))
      if (unknown > 0)
        return failing(
          'measured',
          latest,
          `${unknown} of the last cases are in the log and not in the ledger. Somebody wrote into the database.`,
        )
      if (!latest) return notStarted('No incident is in the log yet.')
      return met(
        'measured',
        latest,
        null,
        `${cases} ${cases === 1 ? 'case' : 'cases'} in the log, each with its entry in the ledger.`,
        [{ text: 'The log', href: '/cases', at: latest }],
      )
    },
  },
  {
    id: 'incidents.guided-handling',
    title: 'Incidents go through the set steps, the first on the day of the report',
    kind: 'workflow',
    clauses: ['A-12-01'],
    evaluate: async ({ caseFacts }, { now }) =>
      fromCases(
        await caseFacts.facts({ since: lookBack(now) }),
        fact => {
          if (fact.closedAt && (!fact.triagedAt || !fact.decidedAt))
            return { kind: 'broken', text: 'A case is closed that skipped triage or the decision.' }
          if (fact.triagedAt)
            return fact.triageState === 'late' && fact.status !== 'closed'
              ? {
                  kind: 'late',
                  due: fact.triageDue ?? fact.reportedAt,
                  text: 'A case was triaged after the day of its report.',
                }
              : { kind: 'done', at: fact.triagedAt, text: 'Triaged' }
          const due = fact.triageDue ?? fact.reportedAt
          return now > due
            ? { kind: 'late', due, text: 'A case has not been triaged on the day of its report.' }
            : { kind: 'waiting', due }
        },
        {
          none: 'No incident has been handled yet.',
          done: 'Every case was triaged on its day and none was closed without its steps.',
        },
      ),
  },
  {
    id: 'incidents.investigation',
    title: 'Each report is investigated, decided with reasons, and looked at every school week',
    kind: 'workflow',
    clauses: ['A-3.5-05'],
    evaluate: async ({ caseFacts }, { now }) =>
      fromCases(
        await caseFacts.facts({ since: lookBack(now) }),
        fact => {
          if (fact.status !== 'closed' && fact.followUpDue && now > fact.followUpDue)
            return {
              kind: 'late',
              due: fact.followUpDue,
              text: 'An open case has not been looked at for more than a school week.',
            }
          return fact.decidedAt ? { kind: 'done', at: fact.decidedAt, text: 'Decided with reasons' } : null
        },
        {
          none: 'No report has been investigated to a decision yet.',
          done: 'Cases are decided with reasons, and none lies untouched.',
        },
      ),
  },
  {
    id: 'incidents.proportionate-response',
    title: 'Incidents are closed quickly, each with a graded response',
    kind: 'workflow',
    clauses: ['A-14-01'],
    evaluate: async ({ caseFacts }, { now }) =>
      fromCases(
        await caseFacts.facts({ since: lookBack(now) }),
        fact => {
          if (fact.closedAt)
            return fact.response
              ? { kind: 'done', at: fact.closedAt, text: 'Closed with a graded response' }
              : { kind: 'broken', text: 'A case was closed without a graded response.' }
          if (fact.status === 'waiting-outside') return null
          const due = after(fact.reportedAt, 60)
          return now > due
            ? { kind: 'late', due, text: 'A case has been open for more than sixty days and waits for nobody outside.' }
            : null
        },
        {
          none: 'No case has been closed yet.',
          done: 'Cases are closed with a graded response, and none lies open for more than sixty days.',
        },
      ),
  },
  {
    id: 'incidents.lessons',
    title: 'The log shapes later security work, once a term',
    kind: 'workflow',
    clauses: ['A-3.2-13'],
    evaluate: async ({ caseParts }, { now }) => {
      const lessons = (await caseParts.lessons({ limit: 500 })).filter(
        ({ area }) => area === 'security' || area === 'filtering',
      )
      const [last] = lessons
      if (!last)
        return notStarted(
          'No improvement to IT security or filtering has been drawn from the log yet. Add one at the end of a case, or from the log.',
        )
      const late = lessons.find(
        ({ doneAt, dueOn }) => doneAt === null && after(new Date(`${dueOn}T00:00:00Z`), 1) < now,
      )
      const proofs = [{ text: 'Improvements from the log', href: '/lessons', at: last.madeAt }]
      if (late)
        return overdue(
          after(new Date(`${late.dueOn}T00:00:00Z`), 1),
          'An improvement that the log called for is not done on its day.',
          last.madeAt,
          proofs,
        )
      return renewedWithin(
        last.madeAt,
        122,
        now,
        {
          good: 'The log led to security work in the last four months.',
          late: 'Draw this term’s improvement from the log.',
        },
        proofs,
      )
    },
  },
  {
    id: 'incidents.closure-notice',
    title: 'The community is told in numbers that incidents were dealt with',
    kind: 'inform',
    clauses: ['A-14-02'],
    evaluate: async ({ closureNotices }, { now }) => {
      const [last] = await closureNotices.published(1)
      const firstClosed = await closureNotices.firstClosed()
      if (!last) {
        if (!firstClosed) return notStarted('No case has been closed, so there is nothing to tell yet.')
        const due = after(firstClosed, 183)
        return now > due
          ? overdue(due, 'Cases have been closed for half a year and the community has been told nothing.')
          : notStarted('Publish the first notice after the end of the term.')
      }
      return renewedWithin(
        last.publishedAt,
        183,
        now,
        { good: 'A notice was published in the last half year.', late: 'Publish the next notice to the community.' },
        [{ text: 'Notices', href: '/safety-notices', at: last.publishedAt }],
      )
    },
  },
  {
    id: 'incidents.policies-applied',
    title: 'Incidents are handled under this policy together with behaviour and anti-bullying',
    kind: 'workflow',
    clauses: ['A-2-07'],
    evaluate: async ({ caseFacts }, { now }) =>
      fromCases(
        await caseFacts.facts({ since: lookBack(now), categories: ['conduct'] }),
        fact => {
          if (!fact.triagedAt) return null
          const joined =
            fact.policies.includes('online-safety') &&
            (fact.policies.includes('behaviour') ||
              fact.policies.includes('anti-bullying') ||
              fact.policies.includes('staff-conduct'))
          if (joined) return { kind: 'done', at: fact.triagedAt, text: 'Policies linked' }
          const due = after(fact.triagedAt, 7)
          return now > due
            ? { kind: 'late', due, text: 'A case about conduct does not say under which policies it is handled.' }
            : { kind: 'waiting', due }
        },
        { none: 'No case about conduct yet.', done: 'Cases about conduct name the policies they are handled under.' },
      ),
  },
  {
    id: 'incidents.parents-told',
    title: 'Parents are told of misbehaviour online outside school, once that is safe',
    kind: 'workflow',
    clauses: ['A-2-08'],
    evaluate: async ({ caseFacts }, { now }) =>
      fromCases(
        await caseFacts.facts({ since: lookBack(now), offSite: true, categories: ['conduct'] }),
        fact => {
          if (fact.parentsAt)
            return { kind: 'done', at: fact.parentsAt, text: 'Parents told, or not for a child’s safety' }
          const due = after(fact.reportedAt, 7)
          return now > due
            ? {
                kind: 'late',
                due,
                text: 'Parents have neither been told of misbehaviour outside school, nor was it found unsafe.',
              }
            : { kind: 'waiting', due }
        },
        {
          none: 'No misbehaviour outside school has been recorded yet.',
          done: 'Parents were told, or the safeguarding lead found it unsafe.',
        },
      ),
  },
  {
    id: 'incidents.breach-clock',
    title: 'Every personal-data breach is registered, assessed and decided within 72 hours',
    kind: 'workflow',
    clauses: ['A-8-20'],
    evaluate: async ({ breaches, deadlines }, { now }) => {
      const found = await breaches.latest(200)
      const clocks = new Map(
        (await deadlines.latest(['breach.ico'], 200)).map(deadline => [deadline.subject, deadline]),
      )
      const open = found.find(breach => {
        const clock = clocks.get(`case:${breach.caseId}`)
        return clock?.dueAt != null && clock.metAt === null && now > clock.dueAt
      })
      const done = found.flatMap(breach => {
        const at = breach.notifiedAt ?? (breach.notify === false ? breach.decidedAt : null)
        return at ? [{ breach, at, clock: clocks.get(`case:${breach.caseId}`) }] : []
      })
      const [last] = done.sort((one, other) => other.at.getTime() - one.at.getTime())
      const proofs = done
        .slice(0, 5)
        .map(({ breach, at }) => ({ text: 'Breach decided', href: `/cases/${breach.caseId}/breach`, at }))
      const openClock = open && clocks.get(`case:${open.caseId}`)
      if (open && openClock?.dueAt)
        return overdue(
          openClock.dueAt,
          'The 72 hours of a breach have passed and it is not decided or not notified.',
          last?.at ?? null,
          [{ text: 'The breach', href: `/cases/${open.caseId}/breach`, at: open.awareAt }],
        )
      const untold = found.find(
        breach =>
          breach.risk === 'high' &&
          breach.peopleToldAt === null &&
          breach.decidedAt &&
          now > after(breach.decidedAt, 3),
      )
      if (untold)
        return failing(
          'measured',
          last?.at ?? null,
          'A breach of high risk has been decided and the people concerned are not told.',
          [{ text: 'The breach', href: `/cases/${untold.caseId}/breach`, at: untold.awareAt }],
        )
      if (!last)
        return notStarted('No personal-data breach is registered. The first report of one starts the 72 hours.')
      if (last.clock?.state === 'late')
        return failing('measured', last.at, 'The last breach was decided after the 72 hours.', proofs)
      return met('measured', last.at, null, 'Breaches were decided within 72 hours, with reasons.', proofs)
    },
  },
]
