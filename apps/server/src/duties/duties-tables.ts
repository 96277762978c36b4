import type { DeadlineRule } from '@gatehouse/engine/calendar'
import type { Generated, JSONColumnType } from 'kysely'

/** Row types of `migrations/0003-duties.sql` and `0008-duties-more.sql`. */
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
    kept_from: Generated<string[]>
  }
  deadline_pause: { school_id: string; deadline_id: string; from_at: Date; to_at: Date | null; reason: string }
  term: { school_id: string; from_date: string; to_date: string; name: string }
  closure: { school_id: string; on_date: string; name: string }
  appointment_note: {
    school_id: string
    id: string
    appointment_id: string
    kind: 'conflict' | 'not-deputy-head' | 'service'
    text: string
    provider: string | null
    until_date: string | null
    written_by: string | null
    at: Date
  }
  duty_confirmation: {
    school_id: string
    id: string
    at: Date
    confirmed_by: string
    digest: string
    vacancies: number
  }
  review: {
    school_id: string
    id: string
    kind: string
    item: Generated<string>
    held_on: string
    made_by: string
    made_at: Date
    key_id: string
    version: Generated<number>
    signed_version: number | null
    completed_at: Date | null
  }
  review_version: {
    school_id: string
    review_id: string
    version: number
    words: Buffer
    digest: string
    posts: string[]
    people: string[]
    written_by: string
    written_at: Date
    signed_by: string | null
    signed_at: Date | null
  }
}
