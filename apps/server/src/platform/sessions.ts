import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Role } from '../permissions.ts'
import type { Connections } from './database.ts'
import { isSchoolId } from './identifiers.ts'

/*
 * A session's cookie is `<school>.<32 random bytes>`; the database holds only the hash. It rotates at each sign-in, ends
 * after the school's idle time and in any case after 12 hours, and is looked up at every request, so that a suspension or
 * the end of an appointment counts at once. Touching `seen_at` is the one write outside `change`: it is not a record of
 * the school's but of the connection, at most one a minute.
 */

export const sessionHours = 12

export interface SignedIn {
  readonly schoolId: string
  readonly personId: string
  readonly accountId: string
  readonly name: string
  readonly roles: readonly Role[]
  readonly mustChangePassword: boolean
  readonly lastSeen: Date | null
}

export const newSessionToken = (schoolId: string): string => `${schoolId}.${randomBytes(32).toString('base64url')}`

export const tokenHash = (token: string): Buffer => createHash('sha256').update(token).digest()

/** The school that a cookie names, or null when it is no session cookie. The rest is checked by `findSession`. */
export function schoolOfToken(token: string): string | null {
  const school = token.slice(0, token.indexOf('.'))
  return isSchoolId(school) && token.length === school.length + 1 + 43 ? school : null
}

export async function findSession(connections: Connections, token: string, now: Date): Promise<SignedIn | null> {
  const schoolId = schoolOfToken(token)
  if (!schoolId) return null
  return connections.inSchool(schoolId, async tx => {
    const session = await tx
      .selectFrom('session as s')
      .innerJoin('account as a', join =>
        join.onRef('a.school_id', '=', 's.school_id').onRef('a.id', '=', 's.account_id'),
      )
      .innerJoin('person as p', join => join.onRef('p.school_id', '=', 's.school_id').onRef('p.id', '=', 's.person_id'))
      .innerJoin('school', 'school.id', 's.school_id')
      .select([
        's.person_id',
        's.account_id',
        's.seen_at',
        's.ends_at',
        's.previous_seen_at',
        'a.must_change',
        'a.suspended_at',
        'p.given_name',
        'p.family_name',
        'school.idle_minutes',
      ])
      .select(eb =>
        eb
          .selectFrom('appointment as ap')
          .select(({ fn, ref }) => fn.agg<string[]>('array_agg', [ref('ap.role')]).as('roles'))
          .whereRef('ap.school_id', '=', 's.school_id')
          .whereRef('ap.person_id', '=', 's.person_id')
          .where('ap.from_at', '<=', now)
          .where(or => or.or([or('ap.to_at', 'is', null), or('ap.to_at', '>', now)]))
          .as('roles'),
      )
      .where('s.school_id', '=', schoolId)
      .where('s.token_hash', '=', tokenHash(token))
      .executeTakeFirst()
    if (!session || session.suspended_at) return null
    const idleMs = now.getTime() - session.seen_at.getTime()
    // A clock stepped back by more than a minute ends the session: idleness can no longer be known.
    if (now >= session.ends_at || idleMs >= session.idle_minutes * 60_000 || idleMs < -60_000) return null
    if (idleMs >= 60_000) {
      await tx
        .updateTable('session')
        .set({ seen_at: now })
        .where('school_id', '=', schoolId)
        .where('token_hash', '=', tokenHash(token))
        .execute()
    }
    return {
      schoolId,
      personId: session.person_id,
      accountId: session.account_id,
      name: `${session.given_name} ${session.family_name}`,
      // Only `appoint` writes the column, from the list of roles.
      roles: [...new Set(session.roles ?? [])] as Role[],
      mustChangePassword: session.must_change,
      lastSeen: session.previous_seen_at,
    }
  })
}

/**
 * The token that a form carries against forgery: HMAC over the cookie that identifies the browser (OWASP's signed
 * double-submit pattern), so that it needs no store and dies with the session.
 */
export const forgeryToken = (secret: Buffer, browserToken: string): string =>
  createHmac('sha256', secret).update(browserToken).digest('base64url')

export function isForgeryToken(secret: Buffer, browserToken: string, sent: string): boolean {
  const expected = Buffer.from(forgeryToken(secret, browserToken))
  const found = Buffer.from(sent)
  return expected.length === found.length && timingSafeEqual(expected, found)
}
