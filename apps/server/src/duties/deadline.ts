import type { DeadlineRule } from '@gatehouse/engine/calendar'
import type { Role } from '../permissions.ts'

/** `late`: done after the due instant. `missed`: the due instant passed and it is still not done. */
export type DeadlineState = 'open' | 'met' | 'late' | 'missed' | 'withdrawn'

export interface Deadline {
  readonly id: string
  readonly kind: string
  readonly subject: string
  /** A few words for lists and nothing personal: “Take a report”. */
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
  /** The due instant itself, however late the miss was noticed. */
  readonly missedAt: Date | null
  /** When the software noticed the miss. */
  readonly noticedAt: Date | null
  readonly remindedAt: Date | null
  /** How many up the line have been told: see `deadline-watch.ts`. */
  readonly escalation: number
  /** People who are never told of it and never see it listed, whatever their role. */
  readonly keptFrom: readonly string[]
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
  /** Those it is about: never told of it, never shown it, passed over when it escalates. */
  readonly keptFrom?: readonly string[]
}
