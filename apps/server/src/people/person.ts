import type { Role } from '../permissions.ts'

export interface Person {
  readonly id: string
  readonly givenName: string
  readonly familyName: string
  readonly name: string
  readonly email: string | null
  readonly joinedOn: string
  readonly leftOn: string | null
}

/** A role held by a person from one instant to another (half-open). */
export interface Appointment {
  readonly id: string
  readonly personId: string
  readonly role: Role
  readonly from: Date
  readonly to: Date | null
  readonly deputyId: string | null
}

export interface Account {
  readonly id: string
  readonly personId: string
  readonly username: string
  readonly passwordHash: string | null
  readonly mustChange: boolean
  readonly failedCount: number
  readonly firstFailedAt: Date | null
  readonly lockedUntil: Date | null
  readonly suspendedAt: Date | null
  readonly hasProxyPassword: boolean
}

export const isCurrent = (appointment: Pick<Appointment, 'from' | 'to'>, at: Date): boolean =>
  appointment.from <= at && (appointment.to === null || appointment.to > at)
