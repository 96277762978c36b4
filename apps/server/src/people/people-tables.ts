import type { Generated } from 'kysely'
import type { Role } from '../permissions.ts'

/** Row types of `migrations/0002-people.sql` and `0011-people-more.sql`. Dates without a time are `YYYY-MM-DD` strings. */
export interface PeopleTables {
  person: {
    school_id: string
    id: string
    given_name: string
    family_name: string
    external_id: string | null
    email: string | null
    date_of_birth: string | null
    joined_on: string
    left_on: string | null
    created_at: Date
  }
  appointment: {
    school_id: string
    id: string
    person_id: string
    role: Role
    from_at: Date
    to_at: Date | null
    deputy_id: string | null
  }
  absence: { school_id: string; id: string; person_id: string; from_at: Date; to_at: Date }
  people_group: { school_id: string; id: string; kind: 'filter' | 'year' | 'class'; name: string }
  membership: {
    school_id: string
    group_id: string
    person_id: string
    from_at: Date
    to_at: Date | null
    part: Generated<'member' | 'teacher'>
  }
  relation: {
    school_id: string
    adult_id: string
    child_id: string
    kind: Generated<string>
    no_contact: Generated<boolean>
  }
  account: {
    school_id: string
    id: string
    person_id: string
    username: string
    password_hash: string | null
    must_change: Generated<boolean>
    failed_count: Generated<number>
    first_failed_at: Date | null
    locked_until: Date | null
    suspended_at: Date | null
    proxy_hash: string | null
    password_set_at: Date | null
    created_at: Date
  }
  session: {
    school_id: string
    token_hash: Buffer
    person_id: string
    account_id: string
    started_at: Date
    seen_at: Date
    previous_seen_at: Date | null
    ends_at: Date
  }
  access_note: {
    school_id: string
    id: string
    person_id: string
    kind: 'suspended' | 'restored'
    by_id: string
    at: Date
    key_id: string
    reason: Buffer
  }
}
