import type { Generated } from 'kysely'
import type { ClauseStatus, EvidenceKind } from './control.ts'
import type { ReviewReason, TriggerKind, VersionState } from './policy-version.ts'
import type { PolicyPack } from './packs/packs.ts'

/** Row types of `migrations/0009-policies.sql`. Dates without a time are `YYYY-MM-DD` strings. */
export interface PoliciesTables {
  policy_version: {
    school_id: string
    id: string
    policy: PolicyPack['id']
    number: number
    state: VersionState
    title: string
    reference: string
    reason: ReviewReason
    opened_by: string | null
    opened_at: Date
    findings: string | null
    consulted_from: Date | null
    consulted_to: Date | null
    comments_until: string | null
    proposed_by: string | null
    proposed_by_headteacher: boolean | null
    proposed_at: Date | null
    request_id: string | null
    approved_by: string | null
    approved_at: Date | null
    meeting_on: string | null
    minute_reference: string | null
    present: number | null
    in_office: number | null
    last_reviewed: string | null
    next_review: string | null
    date_precision: Generated<'day' | 'month'>
    digest: string | null
    published_by: string | null
    published_at: Date | null
    superseded_at: Date | null
  }
  policy_clause: {
    school_id: string
    version_id: string
    clause_id: string
    position: number
    section: string
    words: string
    since: Date | null
  }
  policy_signature: {
    school_id: string
    version_id: string
    part: 'headteacher' | 'governor'
    person_id: string
    name: string
    job_title: string
    digest: string
    signed_at: Date
  }
  policy_comment: {
    school_id: string
    id: string
    version_id: string
    clause_id: string | null
    person_id: string
    words: string
    made_at: Date
  }
  policy_trigger: {
    school_id: string
    id: string
    policy: PolicyPack['id']
    kind: TriggerKind
    summary: string
    reference: string | null
    happened_on: string
    raised_by: string | null
    raised_at: Date
    due_at: Date
    version_id: string | null
    settled_at: Date | null
  }
  policy_document: {
    school_id: string
    document_id: string
    version: string
    approved_on: string
    next_review: string | null
    place: string
    checked_by: string
    checked_at: Date
  }
  clause_set_aside: {
    school_id: string
    clause_id: string
    from_at: Date
    until_at: Date
    reason: string
    request_id: string
    ended_at: Date | null
  }
  clause_status: {
    school_id: string
    clause_id: string
    number: number
    at: Date
    status: ClauseStatus
    evidence: EvidenceKind
    control_id: string | null
  }
}
