import type { DeadlineReads } from '../duties/deadline-store.ts'
import type { PeopleReads } from '../people/people-store.ts'
import { allStaff, board, type Role } from '../permissions.ts'
import type { LedgerReads } from '../platform/ledger-reads.ts'
import { type Control, dueSoon, failing, met, notStarted, overdue, type Proof } from '../policies/control.ts'
import { briefingOf, holds } from './briefing.ts'
import { readersOf } from './briefing-readers.ts'
import type { BriefingReads } from './briefing-store.ts'
import type { BriefingId } from './briefing-texts.ts'

export interface BriefingControlReads {
  readonly briefings: BriefingReads
  readonly people: PeopleReads
  readonly deadlines: DeadlineReads
  readonly ledger: LedgerReads
}

interface Known {
  readonly id: string
  readonly title: string
  readonly clauses: readonly string[]
  readonly briefing: BriefingId
  /** Counts this question alone. */
  readonly question?: string
  readonly roles: readonly Role[]
  /** Each of these groups must have somebody in it: nobody is not everybody. */
  readonly needed: readonly (readonly [role: readonly Role[], words: string])[]
  /** “staff”, after a number. */
  readonly group: string
  /** What they know, after “know”. */
  readonly what: string
}

const latest = (dates: readonly (Date | null)[]): Date | null =>
  dates.reduce((last, at) => (at && (!last || at > last) ? at : last), null)
const earliest = (dates: readonly (Date | null)[]): Date | null =>
  dates.reduce((first, at) => (at && (!first || at < first) ? at : first), null)

const known = (rule: Known): Control<BriefingControlReads> => ({
  id: rule.id,
  title: rule.title,
  kind: 'inform',
  clauses: rule.clauses,
  evaluate: async (reads, { now }) => {
    const briefing = briefingOf(rule.briefing)
    const question = briefing?.questions.find(({ id }) => id === rule.question) ?? null
    if (!briefing || (rule.question !== undefined && !question))
      return failing('unknown', null, 'The briefing no longer asks what it must ask.')
    for (const [roles, words] of rule.needed) {
      const held = await Promise.all(roles.map(role => reads.people.holders(role)))
      if (held.flat().length === 0) return notStarted(`The register has no ${words}, so nobody can know it.`)
    }
    const { all, givenAt, changed } = await readersOf(reads, briefing, now, rule.roles, question)
    const missing = all.filter(each => !holds(each))
    const answeredAt = latest(all.map(({ passedAt }) => passedAt))
    const share = `${missing.length} of ${all.length} ${rule.group}`
    const proofs = await proofOf(reads, rule)
    const lastDue = earliest(missing.map(({ due }) => due))
    if (missing.length === 0 && answeredAt)
      return met(
        'measured',
        answeredAt,
        earliest(all.map(({ due }) => due)),
        `All ${all.length} ${rule.group} answered the questions right that show that they know ${rule.what}.`,
        proofs,
      )
    const late = missing.filter(({ state }) => state === 'late').length
    if (late > 0 && lastDue)
      return overdue(
        lastDue,
        `${share} have not shown that they know ${rule.what}; ${late} of them ${late === 1 ? 'is' : 'are'} late. Remind them from “Briefings”.`,
        answeredAt ?? givenAt,
        proofs,
      )
    if (!givenAt)
      return changed
        ? failing(
            'measured',
            answeredAt,
            `The briefing’s text changed since it was given out, and ${share} have not answered the new one. Give it out again.`,
          )
        : notStarted(`The headteacher has not given out the briefing yet, and ${share} have not answered it.`)
    return dueSoon(
      'measured',
      answeredAt ?? givenAt,
      lastDue ?? givenAt,
      `${share} have yet to show that they know ${rule.what}.`,
      proofs,
    )
  },
})

async function proofOf({ ledger }: BriefingControlReads, rule: Known): Promise<readonly Proof[]> {
  const type = rule.question === undefined ? 'briefing.passed' : 'briefing.answered'
  const entry = await ledger.latest([type], `briefing:${rule.briefing}`)
  return entry ? [{ text: 'the latest answers', href: '/briefings', seq: entry.seq, at: new Date(entry.at) }] : []
}

export const briefingControls: readonly Control<BriefingControlReads>[] = [
  known({
    id: 'incidents.procedure-briefing',
    title: 'Every member of staff knows the steps when something happens',
    clauses: ['A-3.2-08'],
    briefing: 'incidents',
    roles: allStaff,
    needed: [[allStaff, 'staff']],
    group: 'staff',
    what: 'the steps when something happens',
  }),
  known({
    id: 'incidents.accidental-access-briefing',
    title: 'Staff know how accidental access to unsuitable material is reported',
    clauses: ['B-misuse-04'],
    briefing: 'incidents',
    question: 'accident',
    roles: allStaff,
    needed: [[allStaff, 'staff']],
    group: 'staff',
    what: 'how accidental access is reported',
  }),
  known({
    id: 'incidents.allegation-procedure',
    title: 'The headteacher and the governors know the procedure for a serious allegation against staff',
    clauses: ['A-3.2-02'],
    briefing: 'allegations',
    roles: ['headteacher', ...board],
    needed: [
      [['headteacher'], 'headteacher'],
      [board, 'governors'],
    ],
    group: 'people (the headteacher and the governors)',
    what: 'the procedure for a serious allegation against staff',
  }),
]
