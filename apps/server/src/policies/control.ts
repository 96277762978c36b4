import type { DeadlineReads } from '../duties/deadline-store.ts'
import type { PeopleReads } from '../people/people-store.ts'
import type { LedgerReads } from '../platform/ledger-reads.ts'

export const clauseStatuses = ['met', 'due', 'overdue', 'failing', 'not-started', 'not-applicable'] as const
export type ClauseStatus = (typeof clauseStatuses)[number]
/** `measured`: the software saw it. `attested`: a named person signed it, with an expiry. No `met` on the other two. */
export type EvidenceKind = 'measured' | 'attested' | 'assumed' | 'unknown'
export type ControlKind = 'enforce' | 'workflow' | 'record' | 'inform' | 'attest' | 'evaluate'

export interface Proof {
  /** What the evidence is, in a few words with no personal data. */
  readonly text: string
  /** A page that shows it, for a reader who may open it. */
  readonly href?: string
  /** The ledger entry that proves it. */
  readonly seq?: number
  readonly at: Date
}

/** What a control found out about itself, from evidence and never from a tick. */
export interface ControlState {
  readonly status: ClauseStatus
  readonly evidence: EvidenceKind
  /** When the control last acted, or its evidence was made. A `met` control always has one. */
  readonly at: Date | null
  /** When the evidence runs out, or the next act is due. */
  readonly due: Date | null
  /** One sentence for a tired headteacher: what was seen, or what is missing and what to do. */
  readonly why: string
  readonly proofs: readonly Proof[]
}

/** The narrow reads that every control may use besides its own domain's. */
export interface ControlReads {
  readonly ledger: LedgerReads
  readonly deadlines: DeadlineReads
  readonly people: PeopleReads
}

export interface ControlContext {
  readonly now: Date
  readonly schoolId: string
}

/**
 * The thing in the software that carries clauses out. Each domain exports its list; `policies` joins them to the clauses.
 * `proven` holds once `<domain>-controls.test.ts` drives the control to `met` by the real act and away from it by the act
 * failing or the time passing; only proven controls count as carrying their clauses.
 */
export interface Control<R extends ControlReads = ControlReads> {
  /** `<domain>.<name>`, such as `incidents.serious-alert`. */
  readonly id: string
  readonly title: string
  readonly kind: ControlKind
  readonly clauses: readonly string[]
  evaluate(reads: R, context: ControlContext): Promise<ControlState>
}

export const dayMs = 86_400_000
/** About a term, in days: what was done before says nothing of today. */
export const termDays = 120

const none: readonly Proof[] = []
export const met = (
  evidence: 'measured' | 'attested',
  at: Date,
  due: Date | null,
  why: string,
  proofs: readonly Proof[] = none,
): ControlState => ({ status: 'met', evidence, at, due, why, proofs })
export const notStarted = (why: string): ControlState => ({
  status: 'not-started',
  evidence: 'unknown',
  at: null,
  due: null,
  why,
  proofs: none,
})
export const overdue = (
  due: Date,
  why: string,
  at: Date | null = null,
  proofs: readonly Proof[] = none,
): ControlState => ({ status: 'overdue', evidence: at ? 'measured' : 'unknown', at, due, why, proofs })
export const dueSoon = (
  evidence: EvidenceKind,
  at: Date,
  due: Date,
  why: string,
  proofs: readonly Proof[] = none,
): ControlState => ({ status: 'due', evidence, at, due, why, proofs })
export const failing = (
  evidence: EvidenceKind,
  at: Date | null,
  why: string,
  proofs: readonly Proof[] = none,
): ControlState => ({ status: 'failing', evidence, at, due: null, why, proofs })
/** A power or permission that nobody has used is never a failure. */
export const unusedPower = (why: string): ControlState => ({
  status: 'not-applicable',
  evidence: 'measured',
  at: null,
  due: null,
  why,
  proofs: none,
})
