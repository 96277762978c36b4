import { createHash } from 'node:crypto'
import { londonDate } from '@gatehouse/engine/calendar'
import type { Role } from '../permissions.ts'
import { type Actor, may, mustBeAllowed, type PersonActor, personOf, systemActor } from '../platform/actor.ts'
import { type Change, changed, type LedgerEvent, type Read } from '../platform/change.ts'
import type { Clock } from '../platform/clock.ts'
import type { MessageWrites } from '../platform/messages.ts'
import { Refusal } from '../platform/refusal.ts'
import { tokenHash } from '../platform/sessions.ts'
import {
  isPlainRole,
  newProxyPassword,
  type PlainRole,
  plainRoles,
  temporaryPassword,
  usernamePattern,
  whyNotIssue,
  whyNotSuspend,
} from './account-rules.ts'
import type { PasswordHasher } from './passwords.ts'
import type { PeopleReads, PeopleWrites } from './people-store.ts'
import type { AccountRow, RegisterReads, RegisterWrites } from './register-store.ts'

export interface PeopleServiceWrites {
  readonly people: PeopleWrites
  readonly register: RegisterWrites
  readonly messages: MessageWrites
}

/** A secret that is shown once, to the one who asked for it, and kept by nobody. */
export interface IssuedSecret {
  readonly username: string
  readonly secret: string
}

export const resetReasons = ['forgotten', 'suspected', 'revealed'] as const
export type ResetReason = (typeof resetReasons)[number]

/** What a person compared with the roll: each username and whose it is. */
export const accountsDigest = (accounts: readonly AccountRow[]): string =>
  createHash('sha256')
    .update(
      accounts
        .map(({ username, personId, suspendedAt }) => `${username} ${personId} ${suspendedAt !== null}`)
        .join('\n'),
    )
    .digest('hex')

/** Plain roles that decide or reach more than their holder's own work. */
const empoweringRoles: readonly Role[] = ['governor', 'technician']
function mustBeAllowedToGive(actor: Actor, role: Role): void {
  if (empoweringRoles.includes(role) && !may(actor, 'people.empower'))
    throw new Refusal('forbidden', 'Only the headteacher or the chair makes somebody a governor or a technician.')
}

export type PeopleService = ReturnType<typeof createPeopleService>
export function createPeopleService<W extends PeopleServiceWrites>(parts: {
  readonly change: Change<W>
  readonly read: Read<{ readonly people: PeopleReads; readonly register: RegisterReads }>
  readonly hasher: PasswordHasher
  readonly clock: Clock
  /** Ends everything that a person holds; `refused` where something would be left unowned. */
  readonly release: (
    writes: W,
    personId: string,
    at: Date,
  ) => Promise<{ readonly events: readonly LedgerEvent[]; readonly refused: string | null }>
}) {
  const { change, read, hasher, clock, release } = parts
  const rolesOf = (schoolId: string, personId: string): Promise<Role[]> =>
    read(schoolId, async ({ people }) => {
      await people.get(personId)
      return people.rolesOf(personId)
    })
  const refuse = (why: string | null): void => {
    if (why) throw new Refusal('forbidden', why)
  }

  /** Takes away what is left of somebody who is no longer here. */
  const shutOut = async ({ people, register }: W, personId: string) => {
    const memberships = await register.endMemberships(personId)
    await people.suspend(personId, register.instant())
    const sessions = await people.closeSessionsOf(personId)
    return { memberships, sessions }
  }

  return {
    add: (
      actor: Actor,
      person: {
        givenName: string
        familyName: string
        email: string | null
        dateOfBirth: string | null
        roles: readonly PlainRole[]
        groups: readonly string[]
      },
    ): Promise<string> =>
      change(actor, async ({ people }) => {
        mustBeAllowed(actor, 'people.manage')
        const known = new Set((await people.groups()).map(({ id }) => id))
        const id = await people.addPerson({
          givenName: person.givenName,
          familyName: person.familyName,
          joinedOn: londonDate(clock()),
          ...(person.email ? { email: person.email } : {}),
          ...(person.dateOfBirth ? { dateOfBirth: person.dateOfBirth } : {}),
        })
        for (const role of new Set(person.roles)) {
          mustBeAllowedToGive(actor, role)
          await people.appoint(id, role)
        }
        for (const group of new Set(person.groups)) {
          if (!known.has(group)) throw new Refusal('invalid', 'Select a group of this school')
          await people.addMember(group, id)
        }
        return changed(id, {
          type: 'person.added',
          subject: `person:${id}`,
          detail: { roles: [...person.roles], groups: [...person.groups] },
        })
      }),

    giveRole: (actor: Actor, personId: string, role: PlainRole): Promise<void> =>
      change(actor, async ({ people, register }) => {
        mustBeAllowed(actor, 'people.manage')
        if (!plainRoles.includes(role)) throw new Refusal('invalid', 'This post is named in the register of duties.')
        if (actor.kind === 'person' && actor.personId === personId)
          throw new Refusal('forbidden', 'Nobody gives themselves a role.')
        mustBeAllowedToGive(actor, role)
        await register.lockPerson(personId)
        const person = await people.get(personId)
        if (person.leftOn !== null) throw new Refusal('conflict', `${person.name} has left or is leaving.`)
        if ((await people.rolesOf(personId)).includes(role))
          throw new Refusal('conflict', 'This person has the role already.')
        await people.appoint(personId, role)
        return changed(undefined, { type: 'role.given', subject: `person:${personId}`, detail: { role } })
      }),

    endRole: (actor: Actor, personId: string, role: Role): Promise<void> =>
      change(actor, async ({ people, register }) => {
        mustBeAllowed(actor, 'people.manage')
        if (!isPlainRole(role)) throw new Refusal('invalid', 'This post is ended in the register of duties.')
        await register.lockPerson(personId)
        const held = (await people.holders(role)).filter(each => each.personId === personId)
        if (held.length === 0) throw new Refusal('conflict', 'This person does not have the role now.')
        for (const { id } of held) await people.endAppointment(id, register.instant())
        return changed(undefined, { type: 'role.ended', subject: `person:${personId}`, detail: { role } })
      }),

    joinGroup: (actor: Actor, personId: string, groupId: string, part: 'member' | 'teacher'): Promise<void> =>
      change(actor, async ({ people, register }) => {
        mustBeAllowed(actor, 'people.manage')
        await register.lockPerson(personId)
        const person = await people.get(personId)
        if (person.leftOn !== null) throw new Refusal('conflict', `${person.name} has left or is leaving.`)
        const group = (await people.groups()).find(({ id }) => id === groupId)
        if (!group) throw new Refusal('not-found', 'There is no such group at this school.')
        const now = await people.groupsOf(personId)
        if (now.some(({ id }) => id === groupId))
          throw new Refusal('conflict', `${person.name} is in this group already.`)
        // One filter group decides what a person gets, so a new one takes the place of the old.
        const left = group.kind === 'filter' ? now.filter(({ kind }) => kind === 'filter').map(({ id }) => id) : []
        for (const id of left) await register.endMemberships(personId, id)
        await people.addMember(groupId, personId, part)
        return changed(undefined, {
          type: 'group.joined',
          subject: `person:${personId}`,
          detail: { group: groupId, part, left },
        })
      }),

    leaveGroup: (actor: Actor, personId: string, groupId: string): Promise<void> =>
      change(actor, async ({ register }) => {
        mustBeAllowed(actor, 'people.manage')
        await register.lockPerson(personId)
        if ((await register.endMemberships(personId, groupId)) === 0)
          throw new Refusal('conflict', 'This person is not in the group now.')
        return changed(undefined, { type: 'group.left', subject: `person:${personId}`, detail: { group: groupId } })
      }),

    addClass: (actor: Actor, id: string, name: string): Promise<void> =>
      change(actor, async ({ people }) => {
        mustBeAllowed(actor, 'people.manage')
        if ((await people.groups()).some(group => group.id === id || group.name === name))
          throw new Refusal('invalid', 'There is a group of this name already')
        await people.addGroup(id, 'class', name)
        return changed(undefined, { type: 'group.added', subject: `group:${id}`, detail: { kind: 'class' } })
      }),

    /** Records somebody's last day. From today or earlier it counts at once; otherwise the worker sees to it on the day after. */
    leave: async (actor: Actor, personId: string, lastDay: string): Promise<void> => {
      const refused = await change(actor, async writes => {
        mustBeAllowed(actor, 'people.manage')
        if (actor.kind === 'person' && actor.personId === personId)
          throw new Refusal('forbidden', 'Somebody else records that you leave.')
        await writes.register.lockPerson(personId)
        const person = await writes.people.get(personId)
        const now = writes.register.instant()
        const isOver = person.leftOn !== null && person.leftOn < londonDate(now)
        if (isOver) throw new Refusal('conflict', `${person.name} has left already.`)
        if (lastDay < person.joinedOn)
          throw new Refusal('invalid', 'The last day must be on or after the day on which the person joined')
        const subject = `person:${personId}`
        if (lastDay > londonDate(now)) {
          await writes.register.setLeft(personId, lastDay)
          return changed(null, { type: 'person.leaving', subject, detail: { lastDay } })
        }
        const { events, refused: why } = await release(writes, personId, now)
        const [first, ...rest] = events
        if (why && first) return changed(why, first, ...rest)
        await writes.register.setLeft(personId, lastDay)
        const shut = await shutOut(writes, personId)
        return changed(null, { type: 'person.left', subject, detail: { lastDay, ...shut } }, ...events)
      })
      if (refused !== null) throw new Refusal('conflict', refused)
    },

    /** A first username with a temporary password, which the person must change at the first sign-in. */
    issueAccount: async (actor: Actor, personId: string, username: string): Promise<IssuedSecret> => {
      mustBeAllowed(actor, 'accounts.manage')
      const wanted = username.trim().toLowerCase()
      if (!usernamePattern.test(wanted))
        throw new Refusal('invalid', 'Username must have only lower-case letters, numbers, dots and hyphens')
      refuse(whyNotIssue(actor, personId, await rolesOf(actor.schoolId, personId)))
      const secret = temporaryPassword()
      const hash = await hasher.hash(secret)
      return change(actor, async ({ people, register }) => {
        await register.lockPerson(personId)
        const person = await people.get(personId)
        if (person.leftOn !== null) throw new Refusal('conflict', `${person.name} has left or is leaving.`)
        const roles = await people.rolesOf(personId)
        refuse(whyNotIssue(actor, personId, roles))
        if (roles.length === 0)
          throw new Refusal('conflict', 'Give this person a role first: an account without one opens nothing.')
        const accounts = await people.accountsOf(personId)
        if (accounts.some(({ suspendedAt }) => suspendedAt !== null))
          throw new Refusal('conflict', 'This person’s access is suspended, so they get no account.')
        if (await people.accountByUsername(wanted)) throw new Refusal('invalid', 'This username is taken')
        const id = await people.addAccount(personId, wanted, { password: hash, mustChange: true })
        return changed(
          { username: wanted, secret },
          { type: 'account.issued', subject: `person:${personId}`, detail: { account: id, roles } },
        )
      })
    },

    /**
     * Replaces a password by a temporary one. The old one is dead at once, and so is every session: with `suspected` that
     * is the point (A-5-11).
     */
    resetPassword: async (actor: Actor, accountId: string, reason: ResetReason): Promise<IssuedSecret> => {
      mustBeAllowed(actor, 'accounts.manage')
      const account = await read(actor.schoolId, ({ people }) => people.accountById(accountId))
      refuse(whyNotIssue(actor, account.personId, await rolesOf(actor.schoolId, account.personId)))
      const secret = temporaryPassword()
      const hash = await hasher.hash(secret)
      return change(actor, async ({ people, register, messages }) => {
        await register.lockPerson(account.personId)
        refuse(whyNotIssue(actor, account.personId, await people.rolesOf(account.personId)))
        if (account.suspendedAt) throw new Refusal('conflict', 'This person’s access is suspended. Restore it first.')
        await people.setPassword(accountId, hash, true)
        const sessionsEnded = await people.closeSessionsOf(account.personId)
        await messages.tell([account.personId], 'account.password-reset', '/account')
        return changed(
          { username: account.username, secret },
          {
            type: 'password.reset',
            subject: `person:${account.personId}`,
            detail: { account: accountId, reason, sessionsEnded },
          },
        )
      })
    },

    /** A new password for the filtering proxy: one’s own, or another’s by those who manage accounts. */
    issueProxyPassword: async (actor: Actor, accountId: string): Promise<IssuedSecret> => {
      const account = await read(actor.schoolId, ({ people }) => people.accountById(accountId))
      if (!(actor.kind === 'person' && actor.personId === account.personId)) mustBeAllowed(actor, 'accounts.manage')
      const secret = newProxyPassword()
      const hash = await hasher.hashForProxy(secret)
      return change(actor, async ({ people }) => {
        await people.setProxyPassword(accountId, hash)
        return changed(
          { username: account.username, secret },
          { type: 'proxy-password.issued', subject: `person:${account.personId}`, detail: { account: accountId } },
        )
      })
    },

    /** Takes a person’s access away everywhere, web and proxy, or gives it back (B-breaches-01). Sessions die with it. */
    setSuspended: async (actor: Actor, personId: string, suspended: boolean, reason: string): Promise<void> =>
      change(actor, async ({ people, register }) => {
        mustBeAllowed(actor, 'access.suspend')
        const by = personOf(actor)
        await register.lockPerson(personId)
        refuse(whyNotSuspend(actor, personId, await people.rolesOf(personId)))
        const person = await people.get(personId)
        const accounts = await people.accountsOf(personId)
        if (accounts.length === 0) throw new Refusal('conflict', 'This person has no account.')
        const isSuspended = accounts.every(({ suspendedAt }) => suspendedAt !== null)
        if (isSuspended === suspended)
          throw new Refusal('conflict', suspended ? 'Access is suspended already.' : 'Access is not suspended.')
        if (!suspended && person.leftOn !== null && person.leftOn <= londonDate(register.instant()))
          throw new Refusal('conflict', `${person.name} has left, so access is not given back.`)
        await people.suspend(personId, suspended ? register.instant() : null)
        const sessionsEnded = suspended ? await people.closeSessionsOf(personId) : 0
        await register.noteAccess(personId, suspended ? 'suspended' : 'restored', by.personId, reason)
        return changed(undefined, {
          type: suspended ? 'access.suspended' : 'access.restored',
          subject: `person:${personId}`,
          detail: { accounts: accounts.length, sessionsEnded },
        })
      }),

    /** Somebody compared the register of usernames with the roll. @param digest of what was on the page. */
    reconcile: (actor: Actor, digest: string): Promise<void> =>
      change(actor, async ({ register }) => {
        mustBeAllowed(actor, 'accounts.reconcile')
        personOf(actor)
        const accounts = await register.accounts()
        if (accountsDigest(accounts) !== digest)
          throw new Refusal(
            'conflict',
            'The register has changed since you opened it. Read it again, and confirm it then.',
          )
        return changed(undefined, {
          type: 'accounts.reconciled',
          subject: 'register:accounts',
          detail: { digest, accounts: accounts.length },
        })
      }),

    endOtherSessions: (actor: PersonActor, token: string): Promise<number> =>
      change(actor, async ({ people }) => {
        const ended = await people.closeSessionsOf(actor.personId, tokenHash(token))
        return changed(ended, {
          type: 'sessions.ended',
          subject: `person:${actor.personId}`,
          detail: { count: ended },
        })
      }),

    /** The worker’s: whoever’s last day is over keeps no account, group or session. */
    shutOutLeavers: async (schoolId: string): Promise<void> => {
      for (const personId of await read(schoolId, ({ register }) => register.leaversWithAccess()))
        await change(systemActor(schoolId, 'worker'), async writes => {
          await writes.register.lockPerson(personId)
          const shut = await shutOut(writes, personId)
          return changed(undefined, { type: 'person.shut-out', subject: `person:${personId}`, detail: shut })
        })
    },
  }
}
