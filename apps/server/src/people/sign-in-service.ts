import type { PersonActor } from '../platform/actor.ts'
import { systemActor } from '../platform/actor.ts'
import { type Change, changed, type Read } from '../platform/change.ts'
import type { Clock } from '../platform/clock.ts'
import { Refusal } from '../platform/refusal.ts'
import { newSessionToken, sessionHours, tokenHash } from '../platform/sessions.ts'
import type { PasswordHasher } from './passwords.ts'
import type { PeopleReads, PeopleWrites } from './people-store.ts'
import type { Account } from './person.ts'

/** NCSC: at most ten guesses in five minutes, then the account waits. */
export const attempts = { most: 10, withinMinutes: 5, lockMinutes: 15 } as const

/** One sentence for every reason, so that nobody learns which usernames exist. */
export const wrongSignIn =
  'The username or password is not right, or the account is closed or waiting after too many attempts.'

/** What one more wrong password does to an account. Pure. */
export function afterFailure(
  account: Pick<Account, 'failedCount' | 'firstFailedAt'>,
  now: Date,
): { failedCount: number; firstFailedAt: Date; lockedUntil: Date | null } {
  const inWindow =
    account.firstFailedAt !== null && now.getTime() - account.firstFailedAt.getTime() < attempts.withinMinutes * 60_000
  const failedCount = inWindow ? account.failedCount + 1 : 1
  const firstFailedAt = inWindow && account.firstFailedAt ? account.firstFailedAt : now
  return {
    failedCount,
    firstFailedAt,
    lockedUntil: failedCount >= attempts.most ? new Date(now.getTime() + attempts.lockMinutes * 60_000) : null,
  }
}

export type SignInService = ReturnType<typeof createSignInService>

export function createSignInService(
  change: Change<{ people: PeopleWrites }>,
  read: Read<{ people: PeopleReads }>,
  hasher: PasswordHasher,
  clock: Clock,
) {
  const open = (
    schoolId: string,
    account: Pick<Account, 'id' | 'personId'>,
    how: 'password' | 'sample-card',
    token: string,
  ) =>
    change(systemActor(schoolId, 'sign-in'), async ({ people }) => {
      const now = clock()
      const previousSeenAt = await people.lastSeen(account.personId)
      await people.openSession({
        tokenHash: tokenHash(token),
        personId: account.personId,
        accountId: account.id,
        previousSeenAt,
        endsAt: new Date(now.getTime() + sessionHours * 3_600_000),
      })
      if (how === 'password') await people.setAttempts(account.id, 0, null, null)
      return changed(token, { type: 'session.opened', subject: `person:${account.personId}`, detail: { how } })
    })

  return {
    /** @returns the new session's cookie. @throws {Refusal} `invalid`, with the same words whatever was wrong. */
    async signIn(schoolId: string, username: string, password: string): Promise<string> {
      const now = clock()
      const account = await read(schoolId, ({ people }) => people.accountByUsername(username.trim().slice(0, 64)))
      const right = await hasher.verify(account?.passwordHash ?? null, password)
      const shut =
        account !== null &&
        (account.suspendedAt !== null || (account.lockedUntil !== null && account.lockedUntil > now))
      if (account && right && !shut) return open(schoolId, account, 'password', newSessionToken(schoolId))
      if (account && !shut) {
        await change(systemActor(schoolId, 'sign-in'), async ({ people }) => {
          const locked = await people.lockAccount(account.username)
          if (!locked) throw new Error('the account went away while its password was checked')
          const after = afterFailure(locked, now)
          await people.setAttempts(locked.id, after.failedCount, after.firstFailedAt, after.lockedUntil)
          return changed(undefined, {
            type: after.lockedUntil ? 'account.locked' : 'sign-in.failed',
            subject: `person:${locked.personId}`,
            detail: { count: after.failedCount },
          })
        })
      }
      throw new Refusal('invalid', wrongSignIn)
    },
    /** A sample school's card. The caller has made sure that cards exist here at all. */
    signInToSample: (schoolId: string, account: Pick<Account, 'id' | 'personId'>) =>
      open(schoolId, account, 'sample-card', newSessionToken(schoolId)),
    /**
     * Whether somebody who is signed in knows their own password, asked again before what a pupil at their computer must not
     * do. Wrong ones count as at the door. null where they have no password, as on a card of the sample school.
     */
    confirms: async (actor: PersonActor, typed: string | null): Promise<boolean | null> => {
      const account = (await read(actor.schoolId, ({ people }) => people.accountsOf(actor.personId))).find(
        each => each.passwordHash !== null,
      )
      if (!account) return null
      const now = clock()
      const isShut = account.lockedUntil !== null && account.lockedUntil > now
      if (!isShut && typed !== null && (await hasher.verify(account.passwordHash, typed))) return true
      if (!isShut && typed !== null)
        await change(systemActor(actor.schoolId, 'sign-in'), async ({ people }) => {
          const locked = await people.lockAccount(account.username)
          if (!locked) throw new Error('the account went away while its password was checked')
          const after = afterFailure(locked, now)
          await people.setAttempts(locked.id, after.failedCount, after.firstFailedAt, after.lockedUntil)
          return changed(undefined, {
            type: after.lockedUntil ? 'account.locked' : 'sign-in.failed',
            subject: `person:${actor.personId}`,
            detail: { count: after.failedCount },
          })
        })
      return false
    },
    signOut: (actor: PersonActor, token: string) =>
      change(actor, async ({ people }) => {
        await people.closeSession(tokenHash(token))
        return changed(undefined, { type: 'session.closed', subject: `person:${actor.personId}` })
      }),
    /** Changes one's own password: ends every other session. @returns a fresh session cookie. */
    async changePassword(actor: PersonActor, current: string, fresh: string): Promise<string> {
      const account = (await read(actor.schoolId, ({ people }) => people.accountsOf(actor.personId))).find(
        each => each.passwordHash !== null,
      )
      if (!account || !(await hasher.verify(account.passwordHash, current)))
        throw new Refusal('invalid', 'Your current password is not right')
      const hashed = await hasher.hash(fresh)
      const token = newSessionToken(actor.schoolId)
      return change(actor, async ({ people }) => {
        const previousSeenAt = await people.lastSeen(actor.personId)
        await people.setPassword(account.id, hashed)
        const ended = await people.closeSessionsOf(actor.personId)
        await people.openSession({
          tokenHash: tokenHash(token),
          personId: actor.personId,
          accountId: account.id,
          previousSeenAt,
          endsAt: new Date(clock().getTime() + sessionHours * 3_600_000),
        })
        return changed(token, {
          type: 'password.changed',
          subject: `person:${actor.personId}`,
          detail: { sessionsEnded: ended, wasTemporary: account.mustChange },
        })
      })
    },
    /** A weak password was refused where it was chosen; what it was is nowhere. */
    noteRefusedPassword: (actor: PersonActor) =>
      change(actor, async () => changed(undefined, { type: 'password.refused', subject: `person:${actor.personId}` })),
  }
}
