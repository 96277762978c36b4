import type { Read } from '../platform/change.ts'
import type { Clock } from '../platform/clock.ts'
import { faultWords } from '../platform/database.ts'
import { type ClauseState, type ControlFinding, dutyRoleOf, judgeClause } from './clause-status.ts'
import { type ClauseStatus, type Control, type ControlReads, clauseStatuses, failing } from './control.ts'
import { type PackClause, type PolicyPack, policyPacks } from './packs/packs.ts'
import type { PolicyReads } from './policy-store.ts'
import { provenControls } from './proven-controls.ts'

/** One clause as the school has it now. */
export interface ClauseReport extends ClauseState {
  readonly clause: PackClause
  readonly policy: PolicyPack['id']
  /** What each control that names the clause said, before the clause was judged. */
  readonly findings: readonly ControlFinding[]
  /** A control serves it whose tests drive it to met by the real act and away again. */
  readonly carried: boolean
}

export interface SchoolClauses {
  readonly at: Date
  /** The ledger's number when this was worked out. */
  readonly headSeq: number
  /** All clauses, A then B, in printed order. */
  readonly clauses: readonly ClauseReport[]
  readonly byId: ReadonlyMap<string, ClauseReport>
}

export interface ClauseTotals {
  readonly all: number
  readonly carried: number
  readonly byStatus: Readonly<Record<ClauseStatus, number>>
  /** Of the not-started: those that no control names at all. */
  readonly withoutControl: number
}

export function totalsOf(clauses: readonly ClauseReport[]): ClauseTotals {
  const count = (status: ClauseStatus): number => clauses.filter(each => each.status === status).length
  return {
    all: clauses.length,
    carried: clauses.filter(each => each.carried).length,
    // The keys are exactly the statuses.
    byStatus: Object.fromEntries(clauseStatuses.map(status => [status, count(status)])) as Record<ClauseStatus, number>,
    withoutControl: clauses.filter(each => each.controlId === null).length,
  }
}

/** See `recent`. */
const recentMs = 5_000

type StatusReads = ControlReads & { readonly policies: PolicyReads }

export type ClauseService = ReturnType<typeof createClauseService>

/**
 * Works out every clause of a school from what the controls see. Each control is asked once; the answer is kept until the
 * ledger grows or the minute ends, since controls read rows (which change only with a ledger entry) and the time.
 */
export function createClauseService<R extends StatusReads>(parts: {
  readonly read: Read<R>
  readonly controls: readonly Control<R>[]
  readonly clock: Clock
  readonly log: (line: string) => void
}) {
  const { read, controls, clock, log } = parts
  const known = new Map<string, { key: string; value: Promise<SchoolClauses> }>()

  /** Asks every control once. One that breaks is failing, and the others are asked in a new transaction. */
  async function ask(schoolId: string, now: Date): Promise<ControlFinding[]> {
    const findings: ControlFinding[] = []
    while (findings.length < controls.length) {
      await read(schoolId, async reads => {
        for (const control of controls.slice(findings.length)) {
          const { id: controlId, title } = control
          try {
            findings.push({ controlId, title, state: await control.evaluate(reads, { now, schoolId }) })
          } catch (error) {
            log(`control ${controlId}: ${error instanceof Error ? faultWords(error) : 'unknown fault'}`)
            findings.push({
              controlId,
              title,
              state: failing(
                'unknown',
                null,
                'Gatehouse could not work this out: its own check broke. Tell the network manager.',
              ),
            })
            return
          }
        }
      })
    }
    return findings
  }

  async function workOut(schoolId: string, headSeq: number): Promise<SchoolClauses> {
    const now = clock()
    const findings = await ask(schoolId, now)
    const { since, setAside, vacantRoles } = await read(schoolId, async ({ policies, people }) => {
      const filled = await people.countByRole(now)
      return {
        since: await policies.clausesSince(),
        setAside: await policies.setAside(now),
        vacantRoles: (['headteacher', 'dsl', 'dpo', 'network-manager'] as const).filter(role => !filled.get(role)),
      }
    })
    const serving = new Map<string, ControlFinding[]>()
    controls.forEach((control, n) => {
      const finding = findings[n]
      if (finding) for (const id of control.clauses) serving.set(id, [...(serving.get(id) ?? []), finding])
    })
    const clauses = policyPacks().flatMap(pack =>
      pack.clauses.map((clause): ClauseReport => {
        const own = serving.get(clause.id) ?? []
        const role = dutyRoleOf(clause.actor)
        const state = judgeClause(clause, own, {
          now,
          since: since.get(clause.id) ?? new Date(`${pack.adopted}T00:00:00Z`),
          setAside: setAside.get(clause.id) ?? null,
          vacant: vacantRoles.some(vacant => vacant === role),
        })
        return {
          ...state,
          clause,
          policy: pack.id,
          findings: own,
          carried: own.some(({ controlId }) => provenControls.includes(controlId)),
        }
      }),
    )
    return { at: now, headSeq, clauses, byId: new Map(clauses.map(each => [each.clause.id, each])) }
  }

  /** Every clause as it stands. */
  const of = async (schoolId: string): Promise<SchoolClauses> => {
    const head = await read(schoolId, ({ ledger }) => ledger.head())
    const key = `${head?.seq ?? 0} ${Math.floor(clock().getTime() / 60_000)}`
    const last = known.get(schoolId)
    if (last?.key === key) return last.value
    const value = workOut(schoolId, head?.seq ?? 0)
    known.set(schoolId, { key, value })
    // A failed attempt is not kept.
    value.catch(() => known.get(schoolId)?.value === value && known.delete(schoolId))
    return value
  }

  return {
    controls,
    of,
    /**
     * As they stood within the last five seconds, for long pages at a busy school whose ledger grows all the time: asking
     * every control takes about a tenth of a second. The page says when it was worked out; the next reader finds it fresh.
     */
    recent: async (schoolId: string): Promise<SchoolClauses> => {
      const last = await known.get(schoolId)?.value.catch(() => undefined)
      if (!last || Math.abs(clock().getTime() - last.at.getTime()) > recentMs) return of(schoolId)
      of(schoolId).catch(error => log(`clauses: ${error instanceof Error ? faultWords(error) : 'unknown fault'}`))
      return last
    },
  }
}
