/** Row types of `migrations/0007-activity.sql`, `0015-activity-kept.sql` and `0020-class-watch.sql`, and of attempts in `0012-briefings.sql`. */
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
    term: string | null
    referrer_host: string | null
    place: string | null
    device: string | null
    source: string
  }
  class_watch: {
    school_id: string
    id: string
    class_id: string
    teacher_id: string
    from_at: Date
    to_at: Date
    signed_at: Date
    requests: number
    stopped: number
    sites: number
    digest: string
    outcome: 'nothing' | 'spoke' | 'reported'
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
    format: string | null
  }
  activity_day: {
    school_id: string
    day: string
    changed_at: Date
    counted_at: Date | null
    requests: number
    people: number
    sealed_at: Date | null
    file_key: string | null
    file_sha256: string | null
    file_bytes: number | null
    file_rows: number | null
  }
  activity_daily: {
    school_id: string
    day: string
    groups: string
    category: string
    verdict: 'allow' | 'warn' | 'block'
    requests: number
    people: number
  }
  activity_daily_site: {
    school_id: string
    day: string
    host: string
    verdict: 'allow' | 'warn' | 'block'
    category: string
    requests: number
    people: number
    is_new: boolean
  }
  activity_site: {
    school_id: string
    host: string
    first_day: string
    last_day: string
  }
  activity_hold: {
    school_id: string
    id: string
    person_id: string | null
    from_day: string
    to_day: string
    until_day: string
    key_id: string
    reason: Buffer
    by_id: string
    at: Date
    ended_at: Date | null
    ended_by: string | null
  }
  activity_retention: {
    school_id: string
    request_id: string
    months: number
    at: Date
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
