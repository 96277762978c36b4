import { failing, met, notStarted, overdue, unusedPower } from '../policies/control.ts'
import { type CaseControl, after, fromCases, lookBack } from './case-control-rules.ts'
import { sanctionRule } from './data/sanction-rules.ts'

/** Runs out and given back: a minute's work of the software is late after an hour. */
const graceMs = 3_600_000

/** What is decided against somebody, under which rule, and what comes back. */
export const sanctionControls: readonly CaseControl[] = [
  {
    id: 'incidents.off-site',
    title: 'Behaviour outside school is dealt with only where it is linked to the school',
    kind: 'workflow',
    clauses: ['A-2-03'],
    evaluate: async ({ caseFacts }, { now }) => {
      const facts = await caseFacts.facts({ since: lookBack(now), offSite: true })
      if (facts.length === 0) return unusedPower('The power over behaviour outside school has not been used.')
      return fromCases(
        facts,
        fact => {
          if (fact.hasSchoolLink)
            return { kind: 'done', at: fact.triagedAt ?? fact.openedAt, text: 'Linked to the school' }
          const due = after(fact.openedAt, 3)
          return now > due
            ? {
                kind: 'late',
                due,
                text: 'A case about behaviour outside school does not say how it is linked to the school.',
              }
            : { kind: 'waiting', due }
        },
        { none: 'None yet.', done: 'Each says how it is linked to the school.' },
      )
    },
  },
  {
    id: 'incidents.sanction-register',
    title: 'Sanctions are decided by a named person, registered, and reviewed on their day',
    kind: 'record',
    clauses: ['A-2-04'],
    evaluate: async ({ sanctions }, { now }) => {
      const found = await sanctions.latest(200)
      const [last] = found
      if (!last) return unusedPower('No sanction has been needed.')
      const proofs = found.slice(0, 5).map(sanction => ({
        text: 'Sanction',
        href: `/cases/${sanction.caseId}/sanctions/${sanction.id}`,
        at: sanction.decidedAt,
      }))
      const unreviewed = found.find(
        sanction =>
          sanction.endedAt === null &&
          sanction.reviewedAt === null &&
          now.getTime() > sanction.reviewAt.getTime() + graceMs,
      )
      if (unreviewed)
        return overdue(unreviewed.reviewAt, 'A sanction was not reviewed on its day.', last.decidedAt, proofs)
      return met(
        'measured',
        last.decidedAt,
        null,
        'Sanctions name who decided them and under which rule, and were reviewed in time.',
        proofs,
      )
    },
  },
  {
    id: 'incidents.rule-citation',
    title: 'No sanction and no search without a published rule',
    kind: 'enforce',
    clauses: ['A-2-06'],
    evaluate: async ({ sanctions, searches }) => {
      const acts = [
        ...(await sanctions.latest(200)).map(each => ({
          rule: each.rule,
          at: each.decidedAt,
          href: `/cases/${each.caseId}/sanctions/${each.id}`,
        })),
        ...(await searches.latest(200)).map(each => ({
          rule: each.rule,
          at: each.recordedAt,
          href: `/searches/${each.id}`,
        })),
      ].sort((one, other) => other.at.getTime() - one.at.getTime())
      const [last] = acts
      if (!last) return notStarted('No sanction and no search yet. None can be recorded without a published rule.')
      const ruleless = acts.find(({ rule }) => !sanctionRule(rule))
      if (ruleless)
        return failing('measured', last.at, 'A sanction or search cites a rule that nobody published.', [
          { text: 'The act', href: ruleless.href, at: ruleless.at },
        ])
      return met(
        'measured',
        last.at,
        null,
        'Every sanction and search cites a published rule.',
        acts.slice(0, 5).map(({ at, href }) => ({ text: 'Rule cited', href, at })),
      )
    },
  },
  {
    id: 'incidents.ordinary-procedure',
    title: 'Misuse goes on under the ordinary behaviour or disciplinary procedure',
    kind: 'workflow',
    clauses: ['A-14-03'],
    evaluate: async ({ sanctions, caseFacts }, { now }) => {
      const handed = new Map(
        (await sanctions.latest(200))
          .filter(({ response }) => response === 'behaviour-policy' || response === 'disciplinary-referral')
          .map(sanction => [sanction.caseId, sanction]),
      )
      return fromCases(
        await caseFacts.facts({ since: lookBack(now) }),
        fact => {
          if (fact.proceduresAt && fact.procedures.some(each => each !== 'legal-action'))
            return { kind: 'done', at: fact.proceduresAt, text: 'Procedure named' }
          const sanction = handed.get(fact.id)
          if (!sanction) return null
          const due = after(sanction.decidedAt, 2)
          return now > due
            ? {
                kind: 'late',
                due,
                text: 'A matter was handed to an ordinary procedure and the case does not say to which.',
              }
            : { kind: 'waiting', due }
        },
        {
          none: 'No matter has been carried on by another procedure yet.',
          done: 'Each matter handed on names its procedure.',
        },
      )
    },
  },
  ...(
    [
      {
        id: 'incidents.disciplinary-referral',
        clause: 'B-breaches-02',
        title: 'Disciplinary action over a breach is referred, and followed up',
        procedures: ['school-disciplinary', 'local-authority-disciplinary', 'probation'],
        unused: 'No disciplinary action over a breach has been needed.',
      },
      {
        id: 'incidents.gross-misconduct',
        clause: 'B-dpo-10',
        title: 'Failure to control secured data goes to the gross-misconduct procedure or to law, and is followed up',
        procedures: ['gross-misconduct', 'legal-action'],
        unused: 'No failure to control data has had to be treated as gross misconduct.',
      },
    ] as const
  ).map(
    ({ id, clause, title, procedures, unused }): CaseControl => ({
      id,
      title,
      kind: 'workflow',
      clauses: [clause],
      evaluate: async ({ caseFacts }, { now }) => {
        const facts = (await caseFacts.facts({ since: lookBack(now) })).filter(fact =>
          fact.procedures.some(each => (procedures as readonly string[]).includes(each)),
        )
        if (facts.length === 0) return unusedPower(unused)
        return fromCases(
          facts,
          fact => {
            if (fact.status !== 'closed' && fact.followUpDue && now > fact.followUpDue)
              return {
                kind: 'late',
                due: fact.followUpDue,
                text: 'A matter handed to a procedure has not been followed up for more than a school week.',
              }
            return { kind: 'done', at: fact.proceduresAt ?? fact.openedAt, text: 'Referred' }
          },
          { none: unused, done: 'Referred with its reasons, and followed up.' },
        )
      },
    }),
  ),
  {
    id: 'incidents.access-lock',
    title: 'A suspended person really cannot sign in, and gets it back on the day',
    kind: 'enforce',
    clauses: ['B-misuse-08'],
    evaluate: async ({ sanctions, caseFacts }, { now }) => {
      const found = (await sanctions.latestRestrictions(200)).filter(({ what }) => what === 'sign-in')
      const [last] = found
      if (!last) return unusedPower('Nobody has been suspended.')
      const proofs = found
        .slice(0, 5)
        .map(each => ({ text: 'Suspension', href: `/cases/${each.caseId}`, at: each.liftedAt ?? each.from }))
      const running = found.filter(({ liftedAt }) => liftedAt === null)
      for (const each of running)
        if (!(await caseFacts.isSuspended(each.personId)))
          return failing('measured', last.from, 'Somebody who is suspended by a decision can sign in.', proofs)
      const stuck = running.find(({ until }) => until !== null && now.getTime() > until.getTime() + graceMs)
      if (stuck?.until)
        return overdue(stuck.until, 'A suspension ran out and access was not given back.', last.from, proofs)
      return met(
        'measured',
        last.liftedAt ?? last.from,
        null,
        'Suspensions lock the account at once and end on their day.',
        proofs,
      )
    },
  },
  {
    id: 'incidents.access-withdrawn',
    title: 'Internet access is withdrawn for a set time and given back by itself',
    kind: 'enforce',
    clauses: ['B-breaches-01'],
    evaluate: async ({ sanctions }, { now }) => {
      const found = (await sanctions.latestRestrictions(200)).filter(({ what }) => what === 'internet')
      const [last] = found
      if (!last) return unusedPower('Nobody’s access has been withdrawn.')
      const proofs = found
        .slice(0, 5)
        .map(each => ({ text: 'Access withdrawn', href: `/cases/${each.caseId}`, at: each.liftedAt ?? each.from }))
      const stuck = found.find(
        ({ until, liftedAt }) => liftedAt === null && until !== null && now.getTime() > until.getTime() + graceMs,
      )
      if (stuck?.until)
        return overdue(
          stuck.until,
          'Access was withdrawn for a time that has passed, and was not given back.',
          last.from,
          proofs,
        )
      return met(
        'measured',
        last.liftedAt ?? last.from,
        null,
        'What was withdrawn has an end, and came back on time.',
        proofs,
      )
    },
  },
]
