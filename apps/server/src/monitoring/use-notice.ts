import { addCalendarMonths, endOfLondonDay, londonDate } from '@gatehouse/engine/calendar'

/*
 * That use of the internet is observed, told to people before they use it (clause A-5-24): the words, how long a telling
 * counts, and who was told. Pure.
 */

/** Goes up when the words below promise less or more than before: then everybody is told anew. */
export const noticeVersion = 1
/** A telling counts for a school year and the holidays. */
const noticeMonths = 12
export const countsUntil = (at: Date): Date => endOfLondonDay(addCalendarMonths(londonDate(at), noticeMonths))

export interface NoticeFacts {
  /** For how long the web log is kept. */
  readonly months: number
  /** Groups of which devices look at words, by name; nobody's where it is empty. */
  readonly monitored: readonly string[]
}

/** What is said, in one set of words for everybody: short enough to be read out to a class of seven-year-olds. */
export const noticeWords = ({ months, monitored }: NoticeFacts): readonly string[] => [
  'The school can see what you do on its internet.',
  'It writes down each site that you ask for: who, when and which site. It does so for blocked sites too, and for the words of a blocked search.',
  `This is kept for ${months === 1 ? 'one month' : `${months} months`}. Then it is deleted.`,
  monitored.length === 0
    ? 'Nothing else that you write is looked at.'
    : `In some groups (${monitored.join(', ')}) the school’s computers look out for words that may mean that somebody is in danger. A grown-up reads those words and no others.`,
  'Nobody may look at what one person did without a good reason. The reason is written down, and somebody else checks it.',
  'Pages that help you are open to all. You are never in trouble for looking at them.',
]
