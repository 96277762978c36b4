/** Row types of `migrations/0012-briefings.sql` (the outcomes of attempts stand with the activity log). */
export interface BriefingTables {
  briefing_given: { school_id: string; id: string; briefing: string; digest: string; at: Date; by_id: string }
  briefing_answer: {
    school_id: string
    person_id: string
    briefing: string
    question: string
    digest: string
    at: Date
  }
  briefing_receipt: { school_id: string; person_id: string; briefing: string; digest: string; at: Date }
}
