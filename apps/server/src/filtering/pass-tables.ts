import type { Generated } from 'kysely'
import type { PassState } from './pass.ts'

/** Row types of `migrations/0014-passes.sql`. */
export interface PassTables {
  pass: {
    school_id: string
    id: string
    request_id: string
    digest: string
    kind: 'sites' | 'technology' | 'lesson'
    state: PassState
    alone: boolean
    class_id: string | null
    asked_by: string
    asked_at: Date
    from_at: Date
    until_at: Date
    copied_from: string | null
    granted_at: Date | null
    ended_at: Date | null
    ended_how: 'time' | 'early' | 'left' | null
    shut_at: Date | null
    shut_result: 'shut' | 'open' | 'unknown' | null
  }
  pass_limits: {
    school_id: string
    id: string
    categories: string[]
    minutes: number
    per_week: number
    reason: string
    set_by: string
    set_at: Date
  }
  lesson: {
    school_id: string
    id: string
    class_id: string
    teacher_id: string
    topic: string
    from_at: Date
    until_at: Date
    is_only: boolean
    pass_id: string | null
    made_at: Date
    withdrawn_at: Date | null
  }
  lesson_site: {
    school_id: string
    lesson_id: string
    id: string
    host: string
    path: string | null
    address: string
    looked_on: string | null
    looked_by: string | null
    looked_at: Date | null
    fingerprint: unknown
    checked_at: Date | null
    check_result: 'same' | 'changed' | 'unknown' | null
    differences: Generated<string[]>
    removed_at: Date | null
  }
  contest: {
    school_id: string
    id: string
    kind: 'open-it' | 'close-it'
    host: string
    category: string
    purpose: 'lesson' | 'homework' | 'work' | 'other' | null
    person_id: string | null
    key_id: string | null
    words: Buffer | null
    at: Date
    report_id: string | null
    answer: 'opened' | 'pass' | 'stays' | 'was-open' | 'closed' | 'stays-open' | null
    answer_words: string | null
    answered_by: string | null
    answered_at: Date | null
    read_at: Date | null
  }
}
