/*
 * What people say about a site: “this should be open”, which somebody answers, and “this should be closed”, which is reported
 * and looked at by whoever can close it. Pure.
 */

export const openAnswers = ['opened', 'pass', 'was-open', 'stays'] as const
export type OpenAnswer = (typeof openAnswers)[number]
export const closeAnswers = ['closed', 'stays-open'] as const
export type CloseAnswer = (typeof closeAnswers)[number]

/** For whoever chooses the answer. */
export const answerNames: Readonly<Record<OpenAnswer | CloseAnswer, string>> = {
  opened: 'It is open for them now',
  pass: 'It is open for their class, with a pass',
  'was-open': 'It was open all the time',
  stays: 'It stays closed',
  closed: 'It is closed now',
  'stays-open': 'It stays open',
}

/** What somebody who asked reads, in a child's words. */
export const answerSentences: Readonly<Record<OpenAnswer | CloseAnswer, string>> = {
  opened: 'It is open for you now. Try it again.',
  pass: 'Your class can use it in some lessons. Your teacher knows when.',
  'was-open': 'It is open for you. If it does not work, tell your teacher.',
  stays: 'It stays closed.',
  closed: 'You were right, and it is closed now. Thank you.',
  'stays-open': 'We looked at it, and it stays open. Thank you for telling us.',
}

/** School days in which an answer is given. Ours; the policies name none. */
export const answerSchoolDays = 2
