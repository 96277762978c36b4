/** Row types of `migrations/0010-assurance.sql`. */
export interface AssuranceTables {
  governors_pack: {
    school_id: string
    id: string
    number: number
    term_name: string
    from_at: Date
    to_at: Date
    issued_at: Date
    issued_by: string
    content: string
    digest: string
  }
  pack_receipt: { school_id: string; pack_id: string; person_id: string; read_at: Date; signed_at: Date | null }
  pack_question: {
    school_id: string
    id: string
    pack_id: string
    key_id: string
    asked_by: string
    asked_at: Date
    question: Buffer
    answered_by: string | null
    answered_at: Date | null
    answer: Buffer | null
  }
  pack_onward: {
    school_id: string
    id: string
    pack_id: string
    key_id: string
    asked_by: string
    asked_at: Date
    reason: Buffer
    reported_by: string | null
    reported_at: Date | null
    reported_on: string | null
    reported_to: Buffer | null
    how: string | null
    digest: string | null
  }
}
