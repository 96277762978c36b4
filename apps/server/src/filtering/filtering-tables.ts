import type { Generated } from 'kysely'
import type { ChangeState } from './filter-change.ts'
import type { TestResult } from './filter-proof.ts'

/** Row types of `migrations/0006-filtering.sql` and of those that add to it. */
export interface FilteringTables {
  filter_state: {
    school_id: string
    version: Generated<number>
    published_serial: number | null
    published_rules: string | null
    published_lists: string | null
    published_network: string | null
    published_at: Date | null
  }
  filter_change: {
    school_id: string
    id: string
    request_id: string
    digest: string
    state: ChangeState
    emergency: boolean
    case_id: string | null
    review_on: string | null
    made_at: Date
    in_force_at: Date | null
    version: number | null
    ended_at: Date | null
    ended_by: string | null
    tested_at: Date | null
    test_result: TestResult | null
  }
  filter_test: {
    school_id: string
    id: string
    change_id: string | null
    at: Date
    serial: number
    result: TestResult
    checks: number
    failures: number
    detail: unknown
    point: Generated<string>
  }
  filter_overblock: {
    school_id: string
    id: string
    host: string
    group_id: string
    category: string
    rule: string
    sources: string[]
    since: Date
    seen_at: Date
    ended_at: Date | null
  }
  filter_drift: {
    school_id: string
    id: string
    found_at: Date
    place: 'bundle' | 'lists' | 'database'
    differences: string[]
    digest: string
    mended_at: Date | null
  }
  site_request: {
    school_id: string
    host: string
    category: string
    purpose: 'lesson' | 'homework' | 'work' | 'other'
    times: Generated<number>
    first_at: Date
    last_at: Date
    settled_at: Date | null
    settled_by: string | null
  }
  filter_log_review: {
    school_id: string
    id: string
    reviewed_by: string
    at: Date
    from_at: Date
    to_at: Date
    changes: number
    digest: string
    note: string
  }
  filter_span: {
    school_id: string
    change_id: string
    from_at: Date
    to_at: Date | null
    ended_by: string | null
  }
  filter_draft: {
    school_id: string
    id: string
    payload: string
    digest: string
    reason: string
    by_id: string
    made_at: Date
    sent_at: Date | null
    change_id: string | null
  }
  filter_replay: {
    school_id: string
    id: string
    digest: string
    rules_version: number
    from_at: Date
    to_at: Date
    made_at: Date
    requests: number
    newly_blocked: number
    newly_open: number
    detail: unknown
  }
  filter_matrix_round: {
    school_id: string
    id: string
    at: Date
    serial: number
    result: TestResult
    detail: unknown
  }
  filter_lists: {
    school_id: string
    id: string
    sha256: string
    active_at: Date
    domains: number
    sources: unknown
  }
}
