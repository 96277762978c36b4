import type { FlagAudience, FlagSource, FlagState } from './flag.ts'

/** Row types of `migrations/0017-monitoring.sql`. */
export interface FlagTables {
  flag_thread: {
    school_id: string
    id: string
    person_id: string | null
    whose: string
    concern: string
    audience: FlagAudience
    opened_at: Date
    last_at: Date
    count: number
    days: number
    severity: number
    state: FlagState
    why_not: string | null
    decided_by: string | null
    decided_at: Date | null
    seen_at: Date | null
    seen_by: string | null
    case_id: string | null
    key_id: string
    note: Buffer | null
    erased_at: Date | null
  }
  flag: {
    school_id: string
    id: string
    thread_id: string
    sender: string
    sender_id: string
    source: FlagSource
    kind: string
    at: Date
    received_at: Date
    severity: number
    concerns: unknown
    rules: string[]
    detector: string
    host: string
    content: Buffer | null
  }
  flag_page: {
    school_id: string
    thread_id: string
    round: number
    rung: number
    person_id: string
    at: Date
    acknowledged_at: Date | null
    acknowledged_by: string | null
  }
  monitoring_scope: {
    school_id: string
    id: string
    request_id: string
    groups: string[]
    state: 'waiting' | 'approved' | 'in-force' | 'refused' | 'ended'
    review_on: string
    advised_by: string | null
    advised_at: Date | null
    advice: string | null
    approved_at: Date | null
    notice: string | null
    noticed_by: string | null
    noticed_at: Date | null
    ended_at: Date | null
    ended_by: string | null
  }
  monitoring_week: {
    school_id: string
    week: string
    signed_by: string
    signed_at: Date
    digest: string
    note: string
  }
}
