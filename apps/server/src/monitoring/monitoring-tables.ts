/** Row types of looking at a named person, of `migrations/0015-activity-kept.sql`. */
export interface MonitoringTables {
  look_authority: {
    school_id: string
    id: string
    request_id: string
    target: string
    purpose: string
    person_id: string
    by_entry: boolean
    asked_by: string
    asked_at: Date
    from_day: string
    to_day: string
    what: string
    key_id: string
    reason: Buffer
    urgent: boolean
    authority_due: Date | null
    decider: 'headteacher' | 'chair'
    state: 'waiting' | 'approved' | 'refused' | 'withdrawn' | 'ended'
    decided_by: string | null
    decided_at: Date | null
    ends_at: Date
  }
  look_access: {
    school_id: string
    id: string
    authority_id: string | null
    target: string
    person_id: string | null
    by_id: string
    at: Date
    outcome: 'opened' | 'refused'
    why: string | null
    from_day: string | null
    to_day: string | null
    before_authority: boolean
  }
  device_inspection: {
    school_id: string
    id: string
    by_id: string
    at: Date
    owner: string
    purpose: string
    outcome: 'inspected' | 'refused'
    key_id: string
    words: Buffer
  }
  watcher_report: {
    school_id: string
    id: string
    reader: 'headteacher' | 'chair'
    from_day: string
    to_day: string
    made_at: Date
    looks: number
    refused: number
    before_authority: number
    digest: string
    due_at: Date
    read_by: string | null
    read_at: Date | null
    key_id: string | null
    note: Buffer | null
  }
}
