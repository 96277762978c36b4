import type { Generated } from 'kysely'
import type { Role } from '../permissions.ts'
import type { CaseCategory, Seriousness } from './case.ts'
import type { ReadText } from './report-reading.ts'

/** Row types of `migrations/0005-reports.sql` and `0025-report-readings.sql`. Bytes are sealed words or HMACs; dates without a time are `YYYY-MM-DD`. */
export interface ReportTables {
  report: {
    school_id: string
    id: string
    kind: string
    category: CaseCategory
    seriousness: Seriousness
    who: 'pupil' | 'parent' | 'staff' | 'visitor'
    made_by: string | null
    about: string
    danger_now: boolean
    key_id: string
    words: Buffer
    names: Buffer | null
    happened_at: Date | null
    happened_when: string
    place: 'school' | 'elsewhere' | 'unknown'
    received_at: Date
    acknowledged_at: Date | null
    acknowledged_by: string | null
    made_late: boolean | null
    outside_advice: boolean
    guidance: string[]
    clicked: Generated<boolean>
    case_id: string | null
    digest_on: string | null
    campaign: Buffer | null
    code_hmac: Buffer | null
    form_hmac: Buffer | null
    severity: number | null
    urgent_at: Date | null
    seen_at: Date | null
    seen_by: string | null
  }
  report_recipient: { school_id: string; report_id: string; role: Role; content: boolean; person_id: string | null }
  report_excluded: { school_id: string; person_id: string; report_id: string; why: 'chosen' | 'named' }
  report_message: {
    school_id: string
    report_id: string
    form: 'pasted' | 'file'
    content: Buffer
    sha256: string
    size: number
    headers: Buffer
  }
  report_thread: {
    school_id: string
    id: string
    report_id: string
    from_reporter: boolean
    author_id: string | null
    at: Date
    words: Buffer
  }
  report_reading: {
    school_id: string
    id: string
    report_id: string
    text_of: ReadText
    thread_id: string | null
    at: Date
    severity: number
    content: Buffer
  }
  report_page: {
    school_id: string
    report_id: string
    round: number
    rung: number
    person_id: string
    at: Date
    acknowledged_at: Date | null
    acknowledged_by: string | null
  }
  report_guess: { school_id: string; tokens: number; told_at: Date | null; at: Date }
  junk_digest: { school_id: string; on_date: string; looked_at: Date | null; looked_by: string | null }
  report_drill: {
    school_id: string
    id: string
    kind: 'nightly' | 'class'
    group_id: string | null
    by_id: string | null
    at: Date
    probes: string[]
    failed: string[]
  }
  help_check: {
    school_id: string
    id: string
    line_id: string
    digest: string
    right_now: boolean
    at: Date
    by_id: string
  }
  reporting_guidance: {
    school_id: string
    id: string
    digest: string
    published_at: Date
    published_by: string
  }
  reporting_guidance_receipt: { school_id: string; person_id: string; digest: string; at: Date }
}
