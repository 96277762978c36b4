import type { DeadlineRule } from '@gatehouse/engine/calendar'
import type { Role } from '../permissions.ts'

/** `late`: done after the due instant. `missed`: the due instant passed and it is still not done. */
export type DeadlineState = 'open' | 'met' | 'late' | 'missed' | 'withdrawn'

export interface Deadline {
  readonly id: string
  readonly kind: string
  readonly subject: string
  /** A few words for lists and nothing personal: “Acknowledge a report”. */
  readonly title: string
  readonly link: string
  readonly ownerRole: Role
  /** The person it was given to, where one was named; else whoever acts in the role. */
  readonly ownerId: string | null
  readonly rule: DeadlineRule
  readonly startsAt: Date
  /** null while a pause is open. */
  readonly dueAt: Date | null
  readonly state: DeadlineState
  readonly metAt: Date | null
  readonly missedAt: Date | null
}

export interface NewDeadline {
  readonly kind: string
  readonly subject: string
  readonly title: string
  readonly link: string
  readonly ownerRole: Role
  readonly ownerId?: string
  readonly rule: DeadlineRule
  /** When the clock starts: the event itself, which may be before now. Now unless told. */
  readonly startsAt?: Date
}
