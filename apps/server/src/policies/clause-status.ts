import type { Role } from '../permissions.ts'
import { formatDay } from '../platform/format.ts'
import type { ClauseStatus, ControlState } from './control.ts'
import type { ClauseType, PackClause } from './packs/packs.ts'

/*
 * How a clause's status follows from what its controls saw. Pure. Four rules stand above whatever a control says:
 * nothing is met without dated evidence that was measured, or attested and not run out; evidence from before the words of
 * the clause were adopted does not count; an unused power is never a failure; only the headteacher's recorded reason,
 * decided by a second person, sets a clause aside.
 */

/** What one control found, or that it could not find out. */
export interface ControlFinding {
  readonly controlId: string
  readonly title: string
  readonly state: ControlState
}

/** A recorded decision that a clause does not apply to this school for a time. */
export interface SetAside {
  readonly reason: string
  readonly from: Date
  readonly until: Date
}

export interface ClauseCircumstances {
  readonly now: Date
  /** From when the present words of the clause hold. */
  readonly since: Date
  readonly setAside: SetAside | null
  /** Whether nobody holds the role that the clause speaks to. */
  readonly vacant: boolean
}

export interface ClauseState extends ControlState {
  /** The control that decides: of several, the one that stands worst. Null where none serves the clause. */
  readonly controlId: string | null
  readonly vacant: boolean
}

/** Worst first: of several controls the worst decides. */
export const severity: readonly ClauseStatus[] = ['failing', 'overdue', 'due', 'not-started', 'met', 'not-applicable']

export const nobodyCarries = 'Nobody carries this yet.'

/** Five minutes: the most by which two clocks of one school may differ before a time is wrong. */
const clockToleranceMs = 300_000

const isOption = (type: ClauseType): boolean => type === 'power' || type === 'permission'

/** The status of one clause from the findings of every control that names it. */
export function judgeClause(
  clause: Pick<PackClause, 'id' | 'type'>,
  findings: readonly ControlFinding[],
  circumstances: ClauseCircumstances,
): ClauseState {
  const { now, setAside, vacant } = circumstances
  if (setAside && setAside.from <= now && now < setAside.until && maySetAside(clause.id)) {
    const why = `Does not apply here, the headteacher's reason being: ${setAside.reason}`
    return {
      status: 'not-applicable',
      evidence: 'attested',
      at: setAside.from,
      due: setAside.until,
      why,
      proofs: [],
      controlId: findings[0]?.controlId ?? null,
      vacant,
    }
  }
  if (findings.length === 0) {
    const why = isOption(clause.type)
      ? `${nobodyCarries} It allows something and asks for nothing, so nothing is owed.`
      : nobodyCarries
    return { status: 'not-started', evidence: 'unknown', at: null, due: null, why, proofs: [], controlId: null, vacant }
  }
  const judged = findings.map(finding => ({
    ...finding,
    state: judgeFinding(clause.type, finding.state, circumstances),
  }))
  const all = worstOf(judged)
  if (!vacant || all.status !== 'met') return { ...all, vacant }
  return {
    ...all,
    vacant,
    status: 'due',
    why: `Nobody holds the role that must keep this up: fill it. Until now: ${all.why}`,
  }
}

/** One control's word, held to the rules above. */
function judgeFinding(type: ClauseType, state: ControlState, { now, since }: ClauseCircumstances): ControlState {
  const claim = checkedClaim(state, now)
  const old = (claim.status === 'met' || claim.status === 'due') && claim.at !== null && claim.at < since
  if (old && !isOption(type)) {
    return {
      ...claim,
      status: 'not-started',
      evidence: 'unknown',
      at: null,
      due: null,
      why: `The evidence is older than these words of the policy, which hold since ${formatDay(since, now)}; it must be shown again.`,
    }
  }
  if (isOption(type)) return asOption(claim)
  if (claim.status === 'not-applicable') return { ...claim, status: 'not-started', evidence: 'unknown' }
  return claim
}

/** Leave and powers: only a use of them that went wrong can fail. */
function asOption(state: ControlState): ControlState {
  if (state.status === 'met' || state.status === 'not-applicable') return state
  if (state.at !== null && state.status === 'failing') return state
  return { ...state, status: 'not-applicable', due: null, why: `Not used, and nothing is owed. ${state.why}` }
}

/** `met` is a claim that needs a date and proof; without them it is shown as failing, with what is wrong. */
function checkedClaim(state: ControlState, now: Date): ControlState {
  if (state.status !== 'met' && state.status !== 'due') return state
  const ranOut = state.due !== null && state.due <= now
  if (ranOut && state.at !== null) {
    const what = state.evidence === 'attested' ? 'What was signed for ran out' : 'The evidence ran out'
    return { ...state, status: 'overdue', why: `${what} on ${formatDay(state.due ?? now, now)}. ${state.why}` }
  }
  if (state.status === 'due') return ranOut ? { ...state, status: 'overdue' } : state
  const refuse = (why: string): ControlState => ({ ...state, status: 'failing', why: `${why} ${state.why}` })
  if (state.at === null) return refuse('This was said to be met without a date, which proves nothing.')
  if (state.at.getTime() > now.getTime() + clockToleranceMs)
    return refuse('The evidence is dated in the future, so a clock is wrong.')
  if (state.evidence === 'assumed' || state.evidence === 'unknown')
    return refuse('This was said to be met, but it was neither measured nor signed for by anybody.')
  if (state.evidence === 'attested' && state.due === null)
    return refuse('Somebody signed for this without an end date, so it cannot count.')
  return state
}

/** Of several controls the worst decides; if all are met, the oldest evidence and the nearest end stand for them. */
function worstOf(findings: readonly ControlFinding[]): Omit<ClauseState, 'vacant'> {
  const rank = (finding: ControlFinding): number => severity.indexOf(finding.state.status)
  const worst = findings.toSorted((a, b) => rank(a) - rank(b) || time(a.state.at) - time(b.state.at))[0]
  if (!worst) throw new Error('a clause was judged with no finding')
  const { state } = worst
  const alike = findings.filter(finding => finding.state.status === state.status)
  const ends = alike.flatMap(finding => (finding.state.due ? [finding.state.due] : []))
  const several =
    findings.length === 1 ? '' : ` (${findings.length} controls carry this and the worst counts: ${worst.title})`
  return {
    status: state.status,
    evidence: alike.some(finding => finding.state.evidence === 'attested') ? 'attested' : state.evidence,
    at: state.at,
    due: ends.length > 0 ? new Date(Math.min(...ends.map(Number))) : null,
    why: `${state.why}${several}`,
    proofs: findings.flatMap(finding => finding.state.proofs),
    controlId: worst.controlId,
  }
}
const time = (at: Date | null): number => at?.getTime() ?? 0

/**
 * Duties about illegal content can never be set aside (Keeping children safe in education; Protection of Children Act 1978
 * s.1; Online Safety Act 2023): blocking it, keeping away from it, and what must happen when it is met.
 */
export const neverSetAside: readonly string[] = [
  'A-3.6-04',
  'A-5-18',
  'A-11-01',
  'A-12-02',
  'A-12-03',
  'B-aua-12',
  'B-misuse-09',
]
export const maySetAside = (clauseId: string): boolean => !neverSetAside.includes(clauseId)

/** The duty role that a clause speaks to, where it speaks to one that must be held by somebody. */
export const dutyRoleOf = (actor: PackClause['actor']): Role | null => {
  const roles = { headteacher: 'headteacher', dsl: 'dsl', dpo: 'dpo', 'network-manager': 'network-manager' } as const
  return Object.entries(roles).find(([name]) => name === actor)?.[1] ?? null
}
