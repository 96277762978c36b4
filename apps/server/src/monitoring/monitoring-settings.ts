import { isDeepStrictEqual } from 'node:util'
import {
  CalendarGap,
  isSchoolDay,
  londonDate,
  londonTime,
  type SchoolCalendar,
  weekdayOf,
} from '@gatehouse/engine/calendar'
import type { JsonObject } from '@gatehouse/ledger/canonical'
import { type Actor, mustBeAllowed } from '../platform/actor.ts'
import { type Change, changed } from '../platform/change.ts'
import { Refusal } from '../platform/refusal.ts'

/*
 * What each school decides of monitoring itself: how much of the surroundings of a flag leaves the device, and who is paged after
 * whom, how soon. They lie in the school's settings under `monitoring`; what is missing or out of bounds there reads as the default.
 */

/** Who is paged after the safeguarding lead, in order. There is always somebody. */
export const orders = ['deputy-then-head', 'head-then-deputy', 'head'] as const
export type LadderOrder = (typeof orders)[number]

/** Minutes that a page may stay unanswered before the next person is paged. */
export interface Minutes {
  readonly second: number
  readonly third: number
}
export interface MonitoringSettings {
  /** Characters before and after what was found that go with a flag. */
  readonly context: number
  readonly order: LadderOrder
  readonly inHours: Minutes
  readonly outOfHours: Minutes
  /** 'HH:MM' of a school day, London's; the rest, and every other day, is out of hours. */
  readonly dayFrom: string
  readonly dayTo: string
}

/** Most characters of context: with both sides and the words themselves it stays under what a flag may hold. */
export const mostContext = 500
/** An hour is as long as anybody may sleep through a child's danger before somebody else is woken. */
export const mostMinutes = 60
/** Defaults of ours: KCSIE names no minutes. */
export const defaults: MonitoringSettings = {
  context: 200,
  order: 'deputy-then-head',
  inHours: { second: 10, third: 20 },
  outOfHours: { second: 10, third: 20 },
  dayFrom: '08:00',
  dayTo: '17:00',
}

const whole = (value: unknown, from: number, to: number, fallback: number): number =>
  typeof value === 'number' && Number.isInteger(value) && value >= from && value <= to ? value : fallback
const minutesOf = (value: unknown, fallback: Minutes): Minutes => {
  const { second, third } = asRecord(value)
  return { second: whole(second, 1, mostMinutes, fallback.second), third: whole(third, 1, mostMinutes, fallback.third) }
}
const asRecord = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
const clock = (value: unknown, fallback: string): string =>
  typeof value === 'string' && /^(?:[01]\d|2[0-3]):[0-5]\d$/.test(value) ? value : fallback

/** @param settings the school's, as stored. */
export function monitoringSettings(settings: Readonly<Record<string, unknown>>): MonitoringSettings {
  const found = asRecord(settings.monitoring)
  return {
    context: whole(found.context, 0, mostContext, defaults.context),
    order: orders.find(each => each === found.order) ?? defaults.order,
    inHours: minutesOf(found.inHours, defaults.inHours),
    outOfHours: minutesOf(found.outOfHours, defaults.outOfHours),
    dayFrom: clock(found.dayFrom, defaults.dayFrom),
    dayTo: clock(found.dayTo, defaults.dayTo),
  }
}

/** Whether an instant is in the school's hours. Where no calendar says, Monday to Friday are school days. */
export function isInHours(at: Date, { dayFrom, dayTo }: MonitoringSettings, calendar: SchoolCalendar): boolean {
  const time = londonTime(at)
  if (time < dayFrom || time >= dayTo) return false
  const day = londonDate(at)
  try {
    if (calendar.terms.length > 0) return isSchoolDay(day, calendar)
  } catch (error) {
    if (!(error instanceof CalendarGap)) throw error
  }
  return weekdayOf(day) !== 0 && weekdayOf(day) !== 6
}

/** The narrow part of the school's own row that is needed here. */
export interface OwnSettings {
  own(): Promise<{ readonly settings: Readonly<Record<string, unknown>> }>
}
interface SettingsWrites extends OwnSettings {
  setSettings(settings: Readonly<Record<string, unknown>>): Promise<void>
}

export type MonitoringSettingsService = ReturnType<typeof createMonitoringSettings>
export const createMonitoringSettings = (change: Change<{ readonly school: SettingsWrites }>) => ({
  /** @throws {Refusal} `invalid` where something is out of bounds. */
  set: (actor: Actor, wanted: MonitoringSettings, reason: string): Promise<void> =>
    change(actor, async ({ school }) => {
      mustBeAllowed(actor, 'monitoring.settings')
      const before = monitoringSettings((await school.own()).settings)
      // Whatever the reading would not give back as it is was out of bounds.
      if (!isDeepStrictEqual(monitoringSettings({ monitoring: wanted }), wanted))
        throw new Refusal('invalid', `Minutes are 1 to ${mostMinutes}, characters 0 to ${mostContext}.`)
      if (wanted.dayFrom >= wanted.dayTo) throw new Refusal('invalid', 'The school day must end after it begins.')
      await school.setSettings({ monitoring: wanted })
      return changed(undefined, {
        type: 'monitoring-settings.set',
        subject: 'monitoring-settings:school',
        detail: { before: recorded(before), after: recorded(wanted), reason },
      })
    }),
})

const recorded = (settings: MonitoringSettings): JsonObject => ({
  ...settings,
  inHours: { ...settings.inHours },
  outOfHours: { ...settings.outOfHours },
})
