import { randomBytes, randomInt } from 'node:crypto'
import { codeWords } from '../incidents/data/words.ts'
import { type Role, roleNames } from '../permissions.ts'
import { type Actor, hasRole } from '../platform/actor.ts'

/* Who may give, reset and take away access, pure; the page and the service ask the same functions. */

/** Roles that the people page gives and ends; posts of the duty register are named there, with their deputies. */
export const plainRoles = [
  'teacher',
  'staff',
  'technician',
  'governor',
  'pupil',
  'parent',
  'community',
  'guest',
  'supplier',
] as const satisfies readonly Role[]
export type PlainRole = (typeof plainRoles)[number]
export const isPlainRole = (role: Role): role is PlainRole => (plainRoles as readonly Role[]).includes(role)

/** Those whose approval counts as the second person's: a password that somebody else has seen would make one person two. */
const deciders: readonly Role[] = [
  'headteacher',
  'deputy',
  'senior-leader',
  'dsl',
  'deputy-dsl',
  'dpo',
  'link-governor',
  'chair',
]

/** Why `actor` may not give a password to somebody who holds `roles`, or null. Nobody resets their own: they change it. */
export function whyNotIssue(actor: Actor, personId: string, roles: readonly Role[]): string | null {
  if (actor.kind === 'person' && actor.personId === personId)
    return 'You change your own password under your name at the top of the page.'
  const decider = roles.find(role => deciders.includes(role))
  if (decider && !hasRole(actor, 'headteacher', 'deputy', 'chair'))
    return `A password for the ${roleNames[decider].toLowerCase()} is given by the headteacher, the deputy or the chair of governors, because whoever sees it could decide in their name.`
  return null
}

/** Why `actor` may not take access away from, or give it back to, somebody who holds `roles`, or null. */
export function whyNotSuspend(actor: Actor, personId: string, roles: readonly Role[]): string | null {
  if (actor.kind === 'person' && actor.personId === personId)
    return 'Nobody suspends or restores themselves. Ask the headteacher or the chair of governors.'
  if (roles.includes('headteacher') && !hasRole(actor, 'chair'))
    return 'Only the chair of governors can suspend or restore the headteacher.'
  return null
}

/** Four words of 4,096: 48 bits, easy to read out, and good for one sign-in only. */
export function temporaryPassword(): string {
  const words = codeWords()
  return Array.from({ length: 4 }, () => words[randomInt(words.length)] ?? 'gate').join('-')
}

/** 100 bits, for a machine to remember: the browser keeps it, nobody types it twice. */
export const newProxyPassword = (): string =>
  [...randomBytes(20)].map(byte => 'abcdefghjkmnpqrstuvwxyz23456789abc'.charAt(byte & 31)).join('')

/** Lower-case letters, numbers, dots and hyphens. */
export const usernamePattern = /^[a-z0-9][a-z0-9.-]{0,62}$/

/** A username from a name: `given.family`, without marks. */
export const usernameFrom = (givenName: string, familyName: string): string =>
  `${givenName}.${familyName}`
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9.-]+/g, '')
    .replace(/^[.-]+/, '')
    .slice(0, 60) || 'user'

/** How long a temporary password may wait for its first sign-in. */
export const temporaryDays = 14
