import type { Generated } from 'kysely'
import type { Role } from '../permissions.ts'
import type { CaseCategory, CaseStatus, Part, Seriousness } from './case.ts'

/** Row types of `migrations/0004-cases.sql`. Dates without a time are `YYYY-MM-DD`; bytes are sealed words. */
export interface CaseTables {
  case_file: {
    school_id: string
    id: string
    category: CaseCategory
    kind: string
    seriousness: Seriousness
    status: CaseStatus
    owner_role: Role
    owner_id: string | null
    audience: Role[]
    key_id: string
    summary: Buffer
    happened_at: Date | null
    reported_at: Date
    opened_at: Date
    origin: string
    off_site: Generated<boolean>
    school_link: Buffer | null
    policies: Generated<string[]>
    triaged_at: Date | null
    closed_at: Date | null
    response: string | null
    outcome: Buffer | null
    lesson: Buffer | null
    held_at: Date | null
    next_due: Date | null
  }
  case_barred: { school_id: string; person_id: string; case_id: string }
  case_party: {
    school_id: string
    id: string
    case_id: string
    person_id: string | null
    label: Buffer | null
    part: Part
    added_at: Date
  }
  case_note: { school_id: string; id: string; case_id: string; at: Date; author_id: string; words: Buffer }
  case_task: {
    school_id: string
    id: string
    case_id: string
    words: Buffer
    owner_id: string
    due_on: string
    made_at: Date
    made_by: string
    done_at: Date | null
    done_by: string | null
  }
  case_referral: {
    school_id: string
    id: string
    case_id: string
    agency: string
    made: boolean
    reference: Buffer | null
    reasons: Buffer
    at: Date
    recorded_at: Date
    by_id: string
  }
  case_decision: {
    school_id: string
    id: string
    case_id: string
    kind: 'response' | 'procedure' | 'no-action' | 'other'
    procedure: string | null
    words: Buffer
    at: Date
    by_id: string
  }
  case_parent_notice: {
    school_id: string
    id: string
    case_id: string
    words: Buffer
    proposed_at: Date
    proposed_by: string
    state: Generated<'proposed' | 'agreed' | 'unsafe' | 'given'>
    decided_at: Date | null
    decided_by: string | null
    reasons: Buffer | null
    given_at: Date | null
    given_by: string | null
  }
  case_alert: {
    school_id: string
    id: string
    case_id: string
    kind: 'headteacher' | 'it-contact'
    role: Role
    person_id: string | null
    made_at: Date
    acknowledged_at: Date | null
    acknowledged_by: string | null
  }
  case_opening: {
    school_id: string
    id: string
    case_id: string
    person_id: string
    evidence_id: string | null
    reason: string
    words: Buffer | null
    at: Date
    until: Date
  }
  case_lesson: {
    school_id: string
    id: string
    case_id: string | null
    key_id: string
    words: Buffer
    area: LessonArea
    owner_id: string
    due_on: string
    made_at: Date
    made_by: string
    done_at: Date | null
    done_by: string | null
  }
  evidence_file: {
    school_id: string
    id: string
    case_id: string
    key_id: string
    name: Buffer
    size_bytes: number
    claimed_type: string
    found_type: string
    lies: boolean
    sha256: string
    scan: 'clean' | 'not-scanned'
    added_at: Date
    added_by: string
    erased_at: Date | null
    erased_by: string | null
  }
  sanction: {
    school_id: string
    id: string
    case_id: string
    person_id: string
    response: string
    rule: string
    decided_by: string
    decided_at: Date
    reasons: Buffer
    starts_at: Date
    review_at: Date
    ends_at: Date | null
    alternatives: Buffer | null
    lado_asked: boolean | null
    ended_at: Date | null
    ended_how: 'ran-out' | 'lifted' | 'appeal' | null
    reviewed_at: Date | null
    appeal: Generated<'none' | 'made' | 'upheld' | 'dismissed'>
    appeal_words: Buffer | null
    appeal_decided_by: string | null
  }
  access_restriction: {
    school_id: string
    id: string
    case_id: string
    sanction_id: string | null
    person_id: string
    what: 'sign-in' | 'internet'
    from_at: Date
    until_at: Date | null
    lifted_at: Date | null
    lifted_by: string | null
  }
  illegal_path: {
    school_id: string
    case_id: string
    suspicion: string
    begun_at: Date
    begun_by: string | null
    address: Buffer | null
    finished_at: Date | null
  }
  illegal_step: {
    school_id: string
    id: string
    case_id: string
    step: string
    at: Date
    recorded_at: Date
    by_id: string
    words: Buffer | null
  }
  data_breach: {
    school_id: string
    case_id: string
    aware_at: Date
    recorded_at: Date
    recorded_by: string | null
    loss: 'confidentiality' | 'integrity' | 'availability'
    risk: 'unlikely' | 'risk' | 'high' | null
    notify: boolean | null
    decided_at: Date | null
    decided_by: string | null
    reasons: Buffer | null
    notified_at: Date | null
    people_told_at: Date | null
  }
  breach_entry: {
    school_id: string
    id: string
    case_id: string
    kind: BreachEntryKind
    version: number
    at: Date
    by_id: string
    content: Buffer
  }
  search_authorisation: {
    school_id: string
    id: string
    person_id: string
    given_by: string
    from_at: Date
    to_at: Date | null
  }
  device_search: {
    school_id: string
    id: string
    case_id: string
    key_id: string
    ownership: 'school' | 'pupil'
    grounds: string
    rule: string
    content: Buffer
    searched_by: string
    authorised_by: string
    witness_id: string
    pupil_id: string | null
    searched_at: Date
    recorded_at: Date
    status: 'held' | 'examined' | 'suspected-image' | 'returned' | 'police'
    outcome: string | null
    parents_told_at: Date | null
  }
  search_custody: {
    school_id: string
    id: string
    search_id: string
    step: string
    at: Date
    by_id: string
    words: Buffer
  }
  closure_notice: {
    school_id: string
    id: string
    from_on: string
    to_on: string
    sentences: string[]
    published_at: Date
    published_by: string
  }
}
export type LessonArea = 'security' | 'filtering' | 'teaching' | 'policy' | 'training' | 'support'
export type BreachEntryKind = 'awareness' | 'assessment' | 'decision' | 'notice' | 'notice-sent' | 'people-told'
