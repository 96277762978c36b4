/* Personal-data breaches: the words of UK GDPR Articles 33 and 34, pure. */

export const losses = ['confidentiality', 'integrity', 'availability'] as const
export type Loss = (typeof losses)[number]
export const lossNames: Record<Loss, string> = {
  confidentiality: 'Seen by, or sent to, somebody who should not have it',
  integrity: 'Changed without permission',
  availability: 'Lost, destroyed or out of reach',
}
export const risks = ['unlikely', 'risk', 'high'] as const
export type Risk = (typeof risks)[number]
export const riskNames: Record<Risk, string> = {
  unlikely: 'A risk to people is unlikely',
  risk: 'There is a risk to people',
  high: 'There is a high risk to people',
}

/** Every item that Article 33(3) asks of a notice, and 33(1)'s reason for lateness. */
export const noticeItems = [
  'nature',
  'peopleCategories',
  'peopleCount',
  'recordCategories',
  'recordCount',
  'contact',
  'consequences',
  'measures',
  'delay',
] as const
export type NoticeItem = (typeof noticeItems)[number]
export type Notice = Readonly<Record<NoticeItem, string>>
export const noticeItemNames: Record<NoticeItem, string> = {
  nature: 'What happened',
  peopleCategories: 'Whose data: kinds of people',
  peopleCount: 'About how many people',
  recordCategories: 'What data: kinds of records',
  recordCount: 'About how many records',
  contact: 'Whom the regulator can ask',
  consequences: 'What may follow from it for people',
  measures: 'What was done, and is planned, to put it right',
  delay: 'Why it comes after 72 hours',
}

/** The items still empty; the reason for delay counts only once the time has passed. A first notice may be sent in parts (Article 33(4)). */
export const missingItems = (notice: Notice, isLate: boolean): NoticeItem[] =>
  noticeItems.filter(item => notice[item].trim() === '' && (item !== 'delay' || isLate))

/** Where there is a risk the regulator is told; where it is high, the people too. Deciding otherwise takes reasons all the same. */
export const shouldNotify = (risk: Risk): boolean => risk !== 'unlikely'
export const shouldTellPeople = (risk: Risk): boolean => risk === 'high'
