import { failing, met, overdue, unusedPower } from '../policies/control.ts'
import { type CaseControl, after, fromCases, hourMs, lookBack } from './case-control-rules.ts'
import { concernKinds } from './data/concern-categories.ts'

const kindsOf = (wanted: (kind: ReturnType<typeof concernKinds>[number]) => boolean): string[] =>
  concernKinds()
    .filter(wanted)
    .map(({ id }) => id)

/** Days for which a concern that was looked at late is held against the watch over its kind. */
const heldDays = 30

/** The safeguarding lead's watch over one kind of harm: each concern of it is triaged on its day. */
const watch = (id: string, title: string, clause: string, kinds: readonly string[], what: string): CaseControl => ({
  id,
  title,
  kind: 'workflow',
  clauses: [clause],
  evaluate: async ({ caseFacts }, { now }) =>
    fromCases(
      await caseFacts.facts({ since: lookBack(now), kinds }),
      fact => {
        const due = fact.triageDue ?? fact.reportedAt
        if (!fact.triagedAt)
          return now > due
            ? { kind: 'late', due, text: `A concern about ${what} has not been looked at on its day.` }
            : { kind: 'waiting', due }
        if (fact.triageState === 'late' && now < after(fact.triagedAt, heldDays))
          return { kind: 'broken', text: `A concern about ${what} was looked at only after its day.` }
        return { kind: 'done', at: fact.triagedAt, text: 'Categorised and triaged' }
      },
      {
        none: `No concern about ${what} has come in yet.`,
        done: `Every concern about ${what} was categorised and looked at on its day.`,
      },
    ),
})

const veryserious = kindsOf(({ seriousness, path }) => seriousness === 'very-serious' && path !== 'illegal-content')

/** Harm to children, crime, and the bodies outside the school. */
export const safeguardingControls: readonly CaseControl[] = [
  watch(
    'incidents.watch-data-sharing',
    'Concerns about shared personal details reach the safeguarding lead',
    'A-3.6-03',
    ['data-shared'],
    'a child’s personal details',
  ),
  watch(
    'incidents.watch-content',
    'Concerns about illegal or unsuitable content reach the safeguarding lead',
    'A-3.6-04',
    kindsOf(({ clauses }) => clauses.includes('A-3.6-04')),
    'illegal or unsuitable content',
  ),
  watch(
    'incidents.watch-contact',
    'Concerns about unsuitable contact reach the safeguarding lead',
    'A-3.6-05',
    kindsOf(({ clauses, id }) => clauses.includes('A-3.6-05') && id !== 'grooming'),
    'unsuitable contact',
  ),
  watch(
    'incidents.watch-grooming',
    'Concerns about grooming reach the safeguarding lead',
    'A-3.6-06',
    kindsOf(({ clauses }) => clauses.includes('A-3.6-06')),
    'grooming',
  ),
  watch(
    'incidents.watch-cyberbullying',
    'Concerns about cyberbullying reach the safeguarding lead',
    'A-3.6-07',
    kindsOf(({ clauses }) => clauses.includes('A-3.6-07')),
    'cyberbullying',
  ),
  {
    id: 'incidents.offence-bullying',
    title: 'Cyberbullying that may be a crime is put to the police, or the reasons why not are written down',
    kind: 'workflow',
    clauses: ['A-11-02'],
    evaluate: async ({ caseFacts }, { now }) =>
      fromCases(
        await caseFacts.facts({ since: lookBack(now), kinds: ['offence-bullying'] }),
        fact => {
          if (fact.considered.includes('police'))
            return { kind: 'done', at: fact.referredAt ?? fact.triagedAt ?? fact.openedAt, text: 'Police considered' }
          const due = after(fact.openedAt, 1)
          return now > due
            ? {
                kind: 'late',
                due,
                text: 'Bullying that may be a crime is a day old and nothing is decided about the police.',
              }
            : { kind: 'waiting', due }
        },
        {
          none: 'No bullying that may be a crime has come in yet.',
          done: 'The police were told, or the reasons why not are written down.',
        },
      ),
  },
  {
    id: 'incidents.illegal-path',
    title: 'Suspected illegal material takes the locked path, step by step',
    kind: 'enforce',
    clauses: ['A-12-02'],
    evaluate: async ({ caseFacts }, { now }) =>
      fromCases(
        await caseFacts.facts({ since: lookBack(now), illegal: true }),
        fact => {
          if (fact.illegalFinishedAt) return { kind: 'done', at: fact.illegalFinishedAt, text: 'Every step done' }
          const due = after(fact.illegalBegunAt ?? fact.openedAt, 1)
          return now > due
            ? { kind: 'late', due, text: 'A case on the illegal-content path is a day old and has steps left.' }
            : { kind: 'waiting', due }
        },
        {
          none: 'No case has needed the illegal-content path yet.',
          done: 'Every case on the path had all its steps done.',
        },
      ),
  },
  {
    id: 'incidents.police-told',
    title: 'The police are told of suspected illegal material at once',
    kind: 'workflow',
    clauses: ['A-12-03'],
    evaluate: async ({ caseFacts }, { now }) =>
      fromCases(
        await caseFacts.facts({ since: lookBack(now), illegal: true }),
        fact => {
          const begun = fact.illegalBegunAt ?? fact.openedAt
          const due = new Date(begun.getTime() + hourMs)
          if (fact.policeToldAt)
            return fact.policeToldAt > due
              ? {
                  kind: 'late',
                  due,
                  text: 'The police were told of suspected illegal material after more than an hour.',
                }
              : { kind: 'done', at: fact.policeToldAt, text: 'Police told' }
          return now > due
            ? { kind: 'late', due, text: 'Illegal material is suspected and the police have not been told.' }
            : { kind: 'waiting', due }
        },
        { none: 'No illegal material has been suspected yet.', done: 'The police knew within the hour each time.' },
      ),
  },
  {
    id: 'incidents.police-involved',
    title: 'The police are involved in very serious offences, or the reasons why not are written down',
    kind: 'workflow',
    clauses: ['B-misuse-09'],
    evaluate: async ({ caseFacts }, { now }) =>
      fromCases(
        await caseFacts.facts({ since: lookBack(now), kinds: veryserious }),
        fact => {
          if (fact.considered.includes('police'))
            return { kind: 'done', at: fact.referredAt ?? fact.triagedAt ?? fact.openedAt, text: 'Police considered' }
          const due = after(fact.openedAt, 2)
          return now > due
            ? {
                kind: 'late',
                due,
                text: 'A very serious matter is two days old and nothing is decided about the police.',
              }
            : { kind: 'waiting', due }
        },
        {
          none: 'No very serious matter has come in yet.',
          done: 'Something was decided about the police in every very serious matter.',
        },
      ),
  },
  {
    id: 'incidents.agency-referral',
    title: 'Serious incidents are referred to the right body, or the reasons why not are written down',
    kind: 'workflow',
    clauses: ['B-misuse-03'],
    evaluate: async ({ caseFacts }, { now }) =>
      fromCases(
        await caseFacts.facts({ since: lookBack(now), seriousness: 'serious' }),
        fact => {
          if (fact.considered.length > 0)
            return { kind: 'done', at: fact.referredAt ?? fact.triagedAt ?? fact.openedAt, text: 'Referral decided' }
          if (fact.illegalBegunAt) return null
          const due = after(fact.openedAt, 5)
          return now > due
            ? {
                kind: 'late',
                due,
                text: 'A serious incident is five days old and nothing is decided about a referral.',
              }
            : { kind: 'waiting', due }
        },
        {
          none: 'No serious incident yet.',
          done: 'A referral, or the decision against one, stands in every serious incident.',
        },
      ),
  },
  {
    id: 'incidents.deliberate-access-log',
    title: 'Deliberate access to unsuitable material is logged by seriousness',
    kind: 'record',
    clauses: ['B-misuse-06'],
    evaluate: async ({ caseFacts }, { now }) =>
      fromCases(
        await caseFacts.facts({ since: lookBack(now), kinds: ['deliberate-access'] }),
        fact => {
          if (fact.triagedAt) return { kind: 'done', at: fact.triagedAt, text: `Graded ${fact.seriousness}` }
          const due = fact.triageDue ?? fact.reportedAt
          return now > due
            ? { kind: 'late', due, text: 'Deliberate access has not been graded on its day.' }
            : { kind: 'waiting', due }
        },
        {
          none: 'No deliberate access to unsuitable material has been logged yet.',
          done: 'Each was logged and graded on its day.',
        },
      ),
  },
  {
    id: 'incidents.deliberate-access-investigation',
    title: 'Deliberate access is investigated, with the local authority where it is serious',
    kind: 'workflow',
    clauses: ['B-misuse-07'],
    evaluate: async ({ caseFacts }, { now }) =>
      fromCases(
        await caseFacts.facts({ since: lookBack(now), kinds: ['deliberate-access'] }),
        fact => {
          const withAuthority =
            fact.seriousness !== 'serious' ||
            fact.considered.includes('local-authority') ||
            fact.considered.includes('lado')
          if (fact.decidedAt && withAuthority)
            return { kind: 'done', at: fact.decidedAt, text: 'Investigated and decided' }
          const due = after(fact.openedAt, 14)
          return now > due
            ? {
                kind: 'late',
                due,
                text: fact.decidedAt
                  ? 'A serious case of deliberate access was decided without asking the local authority, and no reasons are written down.'
                  : 'A case of deliberate access is two weeks old and not decided.',
              }
            : { kind: 'waiting', due }
        },
        {
          none: 'No deliberate access to investigate yet.',
          done: 'Each was decided, and the local authority considered where it was serious.',
        },
      ),
  },
  {
    id: 'incidents.evidence-hold',
    title: 'Everything is kept where proceedings may follow',
    kind: 'record',
    clauses: ['B-breaches-03'],
    evaluate: async ({ caseFacts }, { now }) =>
      fromCases(
        await caseFacts.facts({ since: lookBack(now) }),
        fact => {
          const since =
            fact.illegalBegunAt ??
            (fact.referred.includes('police') || fact.procedures.includes('legal-action')
              ? (fact.referredAt ?? fact.proceduresAt)
              : null)
          if (!since) return null
          if (fact.heldAt) return { kind: 'done', at: fact.heldAt, text: 'Held' }
          const due = after(since, 1)
          return now > due
            ? {
                kind: 'late',
                due,
                text: 'A case that the police know of is not held, so its evidence could be erased.',
              }
            : { kind: 'waiting', due }
        },
        {
          none: 'No case has gone to the police or to law yet.',
          done: 'Every case that may lead to proceedings is held.',
        },
      ),
  },
  {
    id: 'incidents.device-search',
    title: 'Devices are searched by authorised staff, with a witness, on record the same day, and parents are told',
    kind: 'workflow',
    clauses: ['A-2-05'],
    evaluate: async ({ searches }, { now }) => {
      const found = await searches.latest(200)
      const [last] = found
      if (!last) return unusedPower('The power to search devices has not been used.')
      const proofs = found
        .slice(0, 5)
        .map(search => ({ text: 'Search recorded', href: `/searches/${search.id}`, at: search.recordedAt }))
      const slow = found.find(search => search.recordedAt.getTime() - search.searchedAt.getTime() > 24 * hourMs)
      if (slow) return failing('measured', last.recordedAt, 'A search was recorded more than a day after it.', proofs)
      const untold = found.find(
        search =>
          search.ownership === 'pupil' &&
          search.parentsToldAt === null &&
          search.status !== 'suspected-image' &&
          now > after(search.recordedAt, 3),
      )
      if (untold)
        return overdue(
          after(untold.recordedAt, 3),
          'A pupil’s device was searched and the parents have not been told.',
          last.recordedAt,
          proofs,
        )
      return met(
        'measured',
        last.recordedAt,
        null,
        'Searches were recorded the same day, with a witness and a rule, and parents were told.',
        proofs,
      )
    },
  },
]
