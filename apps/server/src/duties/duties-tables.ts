import type { DeadlineRule } from '@gatehouse/engine/calendar'
import type { Generated, JSONColumnType } from 'kysely'

/** Row types of `migrations/0003-duties.sql`. */
export interface DutiesTables {
  deadline: {
    school_id: string
    id: string
    kind: string
    subject: string
    title: string
    link: string
    owner_role: string
    owner_id: string | null
    rule: JSONColumnType<DeadlineRule & object>
    starts_at: Date
    due_at: Date | null
    state: Generated<'open' | 'met' | 'late' | 'missed' | 'withdrawn'>
    met_at: Date | null
    missed_at: Date | null
    noticed_at: Date | null
    reminded_at: Date | null
    escalation: Generated<number>
  }
  deadline_pause: { school_id: string; deadline_id: string; from_at: Date; to_at: Date | null; reason: string }
  term: { school_id: string; from_date: string; to_date: string; name: string }
  closure: { school_id: string; on_date: string; name: string }
}
