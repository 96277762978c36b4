import { type Grantee, grants, type Permission, type Role } from '../permissions.ts'
import { Refusal } from './refusal.ts'

/** A token of one filled-in form. The first `change` of the request spends it; a second post of the form finds it spent. */
export interface Once {
  readonly token: string
  spent: boolean
}

interface Acting {
  readonly schoolId: string
  readonly once?: Once
}
/** Somebody signed in, with the roles held at this moment. */
export interface PersonActor extends Acting {
  readonly kind: 'person'
  readonly personId: string
  readonly name: string
  readonly roles: readonly Role[]
}
/** The software: `worker`, `gateway`, `set-up`, `import`, or `command` for a person at the command line of the server. */
export interface SystemActor extends Acting {
  readonly kind: 'system'
  readonly name: string
}
/** Somebody who did not sign in: the front door for reports. Nothing about them is kept. */
export interface PublicActor extends Acting {
  readonly kind: 'public'
}
export type Actor = PersonActor | SystemActor | PublicActor

export const systemActor = (schoolId: string, name: string): SystemActor => ({ kind: 'system', schoolId, name })

/** How the actor stands in the ledger: `person:<id>`, `system:<name>` or `public`. Names of people are never written there. */
export const actorReference = (actor: Actor): string =>
  actor.kind === 'person' ? `person:${actor.personId}` : actor.kind === 'system' ? `system:${actor.name}` : 'public'

const grantees = (actor: Actor): readonly Grantee[] =>
  actor.kind === 'person' ? actor.roles : actor.kind === 'system' ? ['system'] : ['public']

/** The one question of access: may this actor do this? */
export const may = (actor: Actor, permission: Permission): boolean => grants(grantees(actor), permission)

/** @throws {Refusal} `forbidden` when `may` says no. */
export function mustBeAllowed(actor: Actor, permission: Permission): void {
  if (!may(actor, permission))
    throw new Refusal('forbidden', `This needs the permission “${permission}”, which your role does not have.`)
}

/** The person acting. @throws {Refusal} `forbidden` for the public and the software: what only a named person may decide. */
export function personOf(actor: Actor): PersonActor {
  if (actor.kind !== 'person') throw new Refusal('forbidden', 'Only a person who is signed in can do this.')
  return actor
}

export const hasRole = (actor: Actor, ...wanted: readonly Role[]): boolean =>
  actor.kind === 'person' && wanted.some(role => actor.roles.includes(role))
