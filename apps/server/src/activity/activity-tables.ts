/** Row types of `migrations/0007-activity.sql`, and of attempts in `0012-briefings.sql`. */
export interface ActivityTables {
  activity: {
    school_id: string
    at: Date
    id: string
    person_id: string | null
    groups: string[]
    kind: string
    method: string
    host: string
    path: string
    category: string
    verdict: 'allow' | 'warn' | 'block'
    rule: string
    continued: boolean
  }
  activity_segment: {
    school_id: string
    id: string
    received_at: Date
    source: 'gateway' | 'import'
    first_at: Date | null
    last_at: Date | null
    lines: number
    stored: number
    rejected: number
    probes: number
    last_probe_at: Date | null
    digest: string
  }
  activity_look: {
    school_id: string
    id: string
    person_id: string
    by_id: string
    reason: string
    at: Date
    until: Date
  }
  attempt_outcome: {
    school_id: string
    id: string
    activity_id: string
    activity_at: Date
    on_day: string
    category: string
    whose: string
    until_at: Date
    due_at: Date
    outcome: 'reported' | 'no-misuse'
    report_id: string | null
    key_id: string | null
    reason: Buffer | null
    by_id: string
    at: Date
  }
}
