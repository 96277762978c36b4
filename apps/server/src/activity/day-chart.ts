import type { CalendarDate } from '@gatehouse/engine/calendar'

/** Bars of a chart of days, in a box of `width` by `height`: what an SVG needs, worked out here so that the view only prints it. */
export interface DayBars {
  readonly width: number
  readonly height: number
  readonly bars: readonly {
    readonly day: CalendarDate
    readonly x: number
    readonly width: number
    readonly total: { readonly y: number; readonly height: number }
    readonly stopped: { readonly y: number; readonly height: number }
  }[]
}

export interface DayCount {
  readonly day: CalendarDate
  readonly requests: number
  /** Blocked or warned about. */
  readonly stopped: number
}

/** The highest day fills the box; a day with anything at all is at least a line. */
export function dayBars(days: readonly DayCount[], width = 700, height = 120): DayBars {
  const most = Math.max(1, ...days.map(({ requests }) => requests))
  const step = width / Math.max(1, days.length)
  const bar = (count: number) => {
    const tall = count === 0 ? 0 : Math.max(1, Math.round((count / most) * height))
    return { y: height - tall, height: tall }
  }
  return {
    width,
    height,
    bars: days.map(({ day, requests, stopped }, n) => ({
      day,
      x: Math.round(n * step * 10) / 10,
      width: Math.max(1, Math.round((step - 2) * 10) / 10),
      total: bar(requests),
      stopped: bar(stopped),
    })),
  }
}

/** Requests of each day from rows by verdict; days without any are there with nothing. */
export function countsPerDay(
  days: readonly CalendarDate[],
  rows: readonly { readonly day: CalendarDate; readonly verdict: string; readonly requests: number }[],
): DayCount[] {
  const byDay = new Map<CalendarDate, { requests: number; stopped: number }>()
  for (const { day, verdict, requests } of rows) {
    const sum = byDay.get(day) ?? { requests: 0, stopped: 0 }
    sum.requests += requests
    if (verdict !== 'allow') sum.stopped += requests
    byDay.set(day, sum)
  }
  return days.map(day => ({ day, ...(byDay.get(day) ?? { requests: 0, stopped: 0 }) }))
}
