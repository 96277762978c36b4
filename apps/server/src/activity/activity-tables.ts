/** Row types of `migrations/0007-activity.sql`. */
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
}
