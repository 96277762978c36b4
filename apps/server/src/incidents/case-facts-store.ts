import { sql } from 'kysely'
import type { ReadContext } from '../platform/change.ts'
import type { CaseCategory, CaseStatus, Seriousness } from './case.ts'

/** What controls know of a case: times, states and counts, and no words. */
export interface CaseFact {
  readonly id: string
  readonly kind: string
  readonly category: CaseCategory
  readonly seriousness: Seriousness
  readonly status: CaseStatus
  /** `report:ID`, `flag:ID`, `person:ID` … */
  readonly origin: string
  readonly reportedAt: Date
  readonly openedAt: Date
  readonly triagedAt: Date | null
  /** The triage clock's due instant and its state, where it is still there. */
  readonly triageDue: Date | null
  readonly triageState: string | null
  readonly followUpDue: Date | null
  readonly closedAt: Date | null
  readonly response: string | null
  readonly offSite: boolean
  readonly hasSchoolLink: boolean
  readonly heldAt: Date | null
  readonly policies: readonly string[]
  readonly decidedAt: Date | null
  readonly procedures: readonly string[]
  readonly proceduresAt: Date | null
  /** Agencies about which something was decided, referred or not; and those to which it was really referred. */
  readonly considered: readonly string[]
  readonly referred: readonly string[]
  readonly referredAt: Date | null
  /** The last notice to parents that was given, or found not safe. */
  readonly parentsAt: Date | null
  readonly illegalBegunAt: Date | null
  readonly illegalFinishedAt: Date | null
  readonly policeToldAt: Date | null
}
export interface AlertFact {
  readonly id: string
  readonly caseId: string
  readonly kind: 'headteacher' | 'it-contact'
  readonly personId: string | null
  readonly madeAt: Date
  readonly acknowledgedAt: Date | null
  /** When the case was closed before anybody answered: whether the time had passed by then. */
  readonly withdrawn: 'in-time' | 'late' | null
}

/** How many cases a control looks at: those that are open first, then the newest. */
const looked = 500

export type CaseFactReads = ReturnType<typeof caseFactReads>
export function caseFactReads({ db, schoolId }: ReadContext) {
  return {
    /** Cases opened since a day, or of some kinds or category; the open ones first. */
    facts: async (where: {
      since: Date
      kinds?: readonly string[]
      categories?: readonly CaseCategory[]
      seriousness?: Seriousness
      offSite?: boolean
      illegal?: boolean
      origins?: readonly string[]
    }): Promise<CaseFact[]> => {
      const { rows } = await sql<FactRow>`
        select c.id, c.kind, c.category, c.seriousness, c.status, c.origin, c.reported_at, c.opened_at, c.triaged_at, c.closed_at, c.response, c.off_site,
          c.school_link is not null as has_link, c.held_at, c.policies, t.due_at as triage_due, t.state as triage_state, f.due_at as follow_up_due,
          d.decided_at, coalesce(d.procedures, '{}') as procedures, d.procedures_at,
          coalesce(r.considered, '{}') as considered, coalesce(r.referred, '{}') as referred, r.referred_at, n.parents_at,
          i.begun_at as illegal_begun_at, i.finished_at as illegal_finished_at, s.at as police_told_at
        from case_file c
        left join lateral (select due_at, state from deadline where school_id = c.school_id and subject = 'case:' || c.id::text and kind = 'case.triage' order by starts_at desc limit 1) t on true
        left join lateral (select due_at from deadline where school_id = c.school_id and subject = 'case:' || c.id::text and kind = 'case.follow-up' and state in ('open', 'missed') order by due_at limit 1) f on true
        left join lateral (select max(at) as decided_at, array_remove(array_agg(procedure), null) as procedures, max(at) filter (where procedure is not null) as procedures_at from case_decision where school_id = c.school_id and case_id = c.id) d on true
        left join lateral (select array_agg(agency) as considered, array_remove(array_agg(case when made then agency end), null) as referred, max(at) filter (where made) as referred_at from case_referral where school_id = c.school_id and case_id = c.id) r on true
        left join lateral (select max(coalesce(given_at, decided_at)) as parents_at from case_parent_notice where school_id = c.school_id and case_id = c.id and state in ('given', 'unsafe')) n on true
        left join illegal_path i on i.school_id = c.school_id and i.case_id = c.id
        left join lateral (select min(at) as at from illegal_step where school_id = c.school_id and case_id = c.id and step = 'police-told') s on true
        where c.school_id = ${schoolId} and (c.opened_at >= ${where.since} or c.status <> 'closed')
          ${where.kinds ? sql`and c.kind = any(${where.kinds})` : sql``}
          ${where.categories ? sql`and c.category = any(${where.categories})` : sql``}
          ${where.seriousness ? sql`and c.seriousness = ${where.seriousness}` : sql``}
          ${where.offSite ? sql`and c.off_site` : sql``}
          ${where.origins ? sql`and c.origin = any(${where.origins})` : sql``}
          ${where.illegal ? sql`and i.case_id is not null` : sql``}
        order by (c.status = 'closed'), c.opened_at desc limit ${looked}`.execute(db)
      return rows.map(factOf)
    },
    /** Alerts made since an instant, newest first. */
    alerts: async (kind: 'headteacher' | 'it-contact', since: Date): Promise<AlertFact[]> =>
      (
        await db
          .selectFrom('case_alert')
          .selectAll('case_alert')
          .select(({ selectFrom }) =>
            selectFrom('deadline')
              .select(
                sql<'in-time' | 'late'>`case when deadline.missed_at is null then 'in-time' else 'late' end`.as('how'),
              )
              .whereRef('deadline.school_id', '=', 'case_alert.school_id')
              .where('deadline.kind', '=', 'incident.serious-alert')
              .where('deadline.subject', '=', sql<string>`'alert:' || case_alert.id::text`)
              .where('deadline.state', '=', 'withdrawn')
              .limit(1)
              .as('withdrawn'),
          )
          .where('school_id', '=', schoolId)
          .where('kind', '=', kind)
          .where('made_at', '>=', since)
          .orderBy('made_at', 'desc')
          .limit(looked)
          .execute()
      ).map(row => ({
        id: row.id,
        caseId: row.case_id,
        kind: row.kind,
        personId: row.person_id,
        madeAt: row.made_at,
        acknowledgedAt: row.acknowledged_at,
        withdrawn: row.withdrawn,
      })),
    /** Cases in the log since an instant that the ledger knows nothing of; and how many it holds. */
    logAgainstLedger: async (since: Date): Promise<{ cases: number; unknown: number; latest: Date | null }> => {
      const { rows } = await sql<{ cases: number; unknown: number; latest: Date | null }>`
        select count(*)::int as cases, max(c.opened_at) as latest,
          (count(*) filter (where not exists (select from ledger_entry e where e.school_id = c.school_id and e.subject = 'case:' || c.id::text and e.type = 'case.opened')))::int as unknown
        from (select school_id, id, opened_at from case_file where school_id = ${schoolId} and opened_at >= ${since} order by opened_at desc limit 2000) c`.execute(
        db,
      )
      return rows[0] ?? { cases: 0, unknown: 0, latest: null }
    },
    /** Whether every account of a person is suspended now. */
    isSuspended: async (personId: string): Promise<boolean> => {
      const rows = await db
        .selectFrom('account')
        .select('suspended_at')
        .where('school_id', '=', schoolId)
        .where('person_id', '=', personId)
        .execute()
      return rows.length > 0 && rows.every(row => row.suspended_at !== null)
    },
  }
}

interface FactRow {
  id: string
  kind: string
  category: CaseCategory
  seriousness: Seriousness
  status: CaseStatus
  origin: string
  reported_at: Date
  opened_at: Date
  triaged_at: Date | null
  closed_at: Date | null
  response: string | null
  off_site: boolean
  has_link: boolean
  held_at: Date | null
  policies: string[]
  triage_due: Date | null
  triage_state: string | null
  follow_up_due: Date | null
  decided_at: Date | null
  procedures: string[]
  procedures_at: Date | null
  considered: string[]
  referred: string[]
  referred_at: Date | null
  parents_at: Date | null
  illegal_begun_at: Date | null
  illegal_finished_at: Date | null
  police_told_at: Date | null
}
const factOf = (row: FactRow): CaseFact => ({
  id: row.id,
  kind: row.kind,
  category: row.category,
  seriousness: row.seriousness,
  status: row.status,
  origin: row.origin,
  reportedAt: row.reported_at,
  openedAt: row.opened_at,
  triagedAt: row.triaged_at,
  triageDue: row.triage_due,
  triageState: row.triage_state,
  followUpDue: row.follow_up_due,
  closedAt: row.closed_at,
  response: row.response,
  offSite: row.off_site,
  hasSchoolLink: row.has_link,
  heldAt: row.held_at,
  policies: row.policies,
  decidedAt: row.decided_at,
  procedures: row.procedures,
  proceduresAt: row.procedures_at,
  considered: row.considered,
  referred: row.referred,
  referredAt: row.referred_at,
  parentsAt: row.parents_at,
  illegalBegunAt: row.illegal_begun_at,
  illegalFinishedAt: row.illegal_finished_at,
  policeToldAt: row.police_told_at,
})
