import type { Generated } from 'kysely'

/** Row types of `migrations/0001-platform.sql`. */
export interface PlatformTables {
  school: {
    id: string
    name: string
    nation: Generated<string>
    kind: Generated<string>
    sample: boolean
    idle_minutes: Generated<number>
    settings: Generated<Record<string, unknown>>
    created_at: Date
  }
  ledger_entry: {
    school_id: string
    seq: number
    at: Date
    actor: string
    type: string
    subject: string | null
    detail: string
    prev: string
    hash: string
  }
  ledger_head: { school_id: string; seq: number; hash: string }
  ledger_checkpoint: { school_id: string; size: number; at: Date; note: string; frontier: string }
  record_key: { school_id: string; id: string; wrapped: Buffer | null; made_at: Date; erased_at: Date | null }
  spent_form: { school_id: string; token: string; at: Date }
  request: {
    school_id: string
    id: string
    kind: string
    subject: string
    payload: string
    digest: string
    reason: string
    proposed_by: string
    proposed_at: Date
    state: Generated<'waiting' | 'approved' | 'refused' | 'withdrawn'>
    decided_by: string | null
    decided_at: Date | null
    decision_reason: string | null
  }
  outbox: {
    school_id: string
    id: string
    person_id: string
    kind: string
    link: string
    made_at: Date
    read_at: Date | null
    sent_at: Date | null
    attempts: Generated<number>
    failure: string | null
    next_attempt_at: Date | null
  }
}
