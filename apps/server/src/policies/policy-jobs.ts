import { systemActor } from '../platform/actor.ts'
import { type Change, changed, type LedgerEvent, type Read } from '../platform/change.ts'
import type { Clock } from '../platform/clock.ts'
import type { SchoolJob } from '../platform/jobs.ts'
import type { LedgerReads } from '../platform/ledger-reads.ts'
import { clauseSubject } from './clause-decisions.ts'
import { type ClauseService, totalsOf } from './clause-service.ts'
import type { PolicyPack } from './packs/packs.ts'
import type { ClauseMove, PolicyReads, PolicyWrites } from './policy-store.ts'
import { fetchPublicPage } from './public-page.ts'

/** How often the public page is looked at by the software itself; a look older than twice this proves nothing. */
export const pageCheckHours = 24

interface Parts<R extends { readonly policies: PolicyReads; readonly ledger: LedgerReads }> {
  readonly read: Read<R>
  readonly change: Change<{ policies: PolicyWrites }>
  readonly clauses: ClauseService
  readonly clock: Clock
  /** Where the public finds this installation, such as `https://policy.oakhill.example`. */
  readonly origin: () => string
}

export type PolicyWatch = ReturnType<typeof createPolicyWatch>
export function createPolicyWatch<R extends { readonly policies: PolicyReads; readonly ledger: LedgerReads }>({
  read,
  change,
  clauses,
  clock,
  origin,
}: Parts<R>) {
  return {
    /** Records each clause whose status is not the last recorded one. @returns how many moved. */
    recordMoves: async (schoolId: string): Promise<number> => {
      const { clauses: all } = await clauses.of(schoolId)
      const moved = (last: ReadonlyMap<string, ClauseMove>) =>
        all.filter(each => last.get(each.clause.id)?.status !== each.status)
      if (moved(await read(schoolId, ({ policies }) => policies.lastMoves())).length === 0) return 0
      // Asked again under the lock, so that of two workers the second finds nothing left.
      return change(systemActor(schoolId, 'worker'), async ({ policies }) => {
        await policies.lockMoves()
        const last = await policies.lastMoves()
        const now = moved(last)
        const rows = now.map(each => ({
          clauseId: each.clause.id,
          number: (last.get(each.clause.id)?.number ?? 0) + 1,
          at: clock(),
          status: each.status,
          evidence: each.evidence,
          controlId: each.controlId,
        }))
        for (let from = 0; from < rows.length; from += 200) await policies.addMoves(rows.slice(from, from + 200))
        const known = now.filter(each => last.has(each.clause.id))
        const events = known.map(
          (each): LedgerEvent => ({
            type: 'clause.moved',
            subject: clauseSubject(each.clause.id),
            detail: {
              from: last.get(each.clause.id)?.status ?? null,
              to: each.status,
              evidence: each.evidence,
              control: each.controlId,
            },
          }),
        )
        // The first look is one entry: nothing moved yet.
        const first: LedgerEvent = {
          type: 'clauses.recorded',
          detail: { count: now.length - known.length, ...totalsOf(all).byStatus },
        }
        const [head = first, ...rest] = now.length > known.length ? [first, ...events] : events
        return changed(now.length, head, ...rest)
      })
    },

    /** Fetches the public page as a stranger and records what stood there. @returns whether it is the approved text. */
    checkPage: async (schoolId: string, policy: PolicyPack['id']): Promise<boolean> => {
      const live = await read(schoolId, ({ policies }) => policies.live(policy))
      const page = live ? await fetchPublicPage(origin(), schoolId, policy) : null
      const same = page !== null && page.digest === live?.digest
      await change(systemActor(schoolId, 'worker'), async () =>
        changed(undefined, {
          type: 'policy.page-checked',
          subject: `policy:${policy}`,
          detail: {
            version: live?.number ?? null,
            answered: page !== null,
            digest: page?.digest ?? null,
            approved: live?.digest ?? null,
            same,
            header: [...(page?.header ?? [])],
            clauses: page?.clauses ?? 0,
          },
        }),
      )
      return same
    },

    /** Whether the last look at the page is old, or was at another version. */
    pageCheckDue: async (schoolId: string, policy: PolicyPack['id']): Promise<boolean> =>
      read(schoolId, async ({ ledger, policies }) => {
        const live = await policies.live(policy)
        if (!live) return false
        const last = await ledger.latest(['policy.page-checked'], `policy:${policy}`)
        if (!last || last.detail['approved'] !== live.digest) return true
        // A page that was wrong or away is looked at again within the hour.
        const hours = last.detail['same'] === true ? pageCheckHours : 1
        return clock().getTime() - Date.parse(last.at) >= hours * 3_600_000
      }),
  }
}

export const policyJobs = (watch: PolicyWatch): SchoolJob[] => [
  { name: 'policies.moves', everySeconds: 60, run: async schoolId => void (await watch.recordMoves(schoolId)) },
  {
    name: 'policies.public-page',
    everySeconds: 600,
    run: async schoolId => {
      for (const policy of ['A', 'B'] as const)
        if (await watch.pageCheckDue(schoolId, policy)) await watch.checkPage(schoolId, policy)
    },
  },
]
