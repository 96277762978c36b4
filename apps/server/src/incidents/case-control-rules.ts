import {
  type Control,
  type ControlReads,
  type ControlState,
  dueSoon,
  failing,
  met,
  notStarted,
  overdue,
  type Proof,
} from '../policies/control.ts'
import type { CaseReads } from './case-store.ts'
import type { CaseFact, CaseFactReads } from './case-facts-store.ts'
import type { ClosureNoticeReads } from './closure-notice-store.ts'
import type { BreachReads } from './breach-store.ts'
import type { CasePartReads } from './case-parts-store.ts'
import type { SanctionReads } from './sanction-store.ts'
import type { SearchReads } from './search-store.ts'

/* How a control of the case half reads its evidence. Every one looks back over a school year and a month. */

export type CaseControlReads = ControlReads & {
  readonly cases: CaseReads
  readonly caseFacts: CaseFactReads
  readonly caseParts: CasePartReads
  readonly sanctions: SanctionReads
  readonly searches: SearchReads
  readonly breaches: BreachReads
  readonly closureNotices: ClosureNoticeReads
}
export type CaseControl = Control<CaseControlReads>

export const hourMs = 3_600_000
export const dayMs = 24 * hourMs
export const lookBack = (now: Date): Date => new Date(now.getTime() - 400 * dayMs)

export const caseProof = (fact: Pick<CaseFact, 'id'>, text: string, at: Date): Proof => ({
  text,
  href: `/cases/${fact.id}`,
  at,
})

/** What one case says about a control. */
export type Verdict =
  | { readonly kind: 'done'; readonly at: Date; readonly text: string }
  | { readonly kind: 'waiting'; readonly due: Date }
  | { readonly kind: 'late'; readonly due: Date; readonly text: string }
  | { readonly kind: 'broken'; readonly text: string }

/**
 * The state that follows from every case that a control bears on: broken before late, late before waiting, and `met` only
 * where at least one case shows the act done and none shows it undone.
 */
export function fromCases(
  facts: readonly CaseFact[],
  judge: (fact: CaseFact) => Verdict | null,
  words: { readonly none: string; readonly done: string },
): ControlState {
  const judged = facts
    .map(fact => ({ fact, verdict: judge(fact) }))
    .filter((each): each is { fact: CaseFact; verdict: Verdict } => each.verdict !== null)
  const done = judged
    .flatMap(({ fact, verdict }) => (verdict.kind === 'done' ? [{ fact, ...verdict }] : []))
    .sort((one, other) => other.at.getTime() - one.at.getTime())
  const latest = done[0]?.at ?? null
  const broken = judged.flatMap(({ fact, verdict }) => (verdict.kind === 'broken' ? [{ fact, ...verdict }] : []))[0]
  if (broken)
    return failing('measured', latest, broken.text, [caseProof(broken.fact, broken.text, broken.fact.openedAt)])
  const late = judged
    .flatMap(({ fact, verdict }) => (verdict.kind === 'late' ? [{ fact, ...verdict }] : []))
    .sort((one, other) => one.due.getTime() - other.due.getTime())[0]
  if (late) return overdue(late.due, late.text, latest, [caseProof(late.fact, late.text, late.due)])
  const waiting = judged
    .flatMap(({ verdict }) => (verdict.kind === 'waiting' ? [verdict.due] : []))
    .sort((one, other) => one.getTime() - other.getTime())[0]
  const first = done[0]
  if (!first)
    return waiting ? { ...notStarted('One has come in and is not done yet.'), due: waiting } : notStarted(words.none)
  return met(
    'measured',
    first.at,
    waiting ?? null,
    words.done,
    done.slice(0, 5).map(each => caseProof(each.fact, each.text, each.at)),
  )
}

/** Due soon from so many days before the end of its time. */
export const renewedWithin = (
  last: Date,
  days: number,
  now: Date,
  why: { good: string; late: string },
  proofs: readonly Proof[],
): ControlState => {
  const due = new Date(last.getTime() + days * dayMs)
  if (now > due) return overdue(due, why.late, last, proofs)
  return now.getTime() > due.getTime() - 14 * dayMs
    ? dueSoon('measured', last, due, why.late, proofs)
    : met('measured', last, due, why.good, proofs)
}

export const after = (at: Date, days: number): Date => new Date(at.getTime() + days * dayMs)
