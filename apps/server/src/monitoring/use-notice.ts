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
  'The school can see what is done on its internet.',
  'Each website that somebody asks for is written down: who, when and which site. Blocked ones too, with the words of a search that was blocked.',
  `It is kept for ${months === 1 ? 'one month' : `${months} months`}. Then it is deleted.`,
  monitored.length === 0
    ? 'Nothing else that you write is looked at.'
    : `For some groups (${monitored.join(', ')}) the school’s computers also notice words that may mean that somebody is in danger. A grown-up of the school looks at those words and at nothing else.`,
  'Nobody may look at what one person did without a reason that is written down. Somebody else checks that it was right.',
  'Pages about getting help are open to everybody, and looking at them gets nobody into trouble.',
]
