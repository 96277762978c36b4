import type { DeadlineRule } from '@gatehouse/engine/calendar'
import { formatList, plural } from '../platform/format.ts'

/** How a deadline is counted, for a person: “72 clock hours, weekends and holidays count”. */
export function basisWords(rule: DeadlineRule): string {
  switch (rule.basis) {
    case 'clock-hours':
      return `${plural(rule.hours, 'clock hour')}, nights, weekends and holidays count`
    case 'calendar-days':
      return rule.days === 0
        ? 'by the end of the same day'
        : `${plural(rule.days, 'calendar day')}, weekends and holidays count`
    case 'calendar-months':
      return `${plural(rule.months, 'calendar month')}${rule.rollToWorkingDay ? ', and on to the next working day if that is none' : ''}`
    case 'school-days':
      return rule.days === 0
        ? 'by the end of the same day'
        : `${plural(rule.days, 'school day')}, only days in term count`
    case 'working-days':
      return rule.days === 0
        ? 'by the end of the same day'
        : `${plural(rule.days, 'working day')}, weekends and bank holidays do not count`
    case 'first-of':
      return `${formatList(rule.rules.map(basisWords), 'or')}: whichever ends first`
  }
}
