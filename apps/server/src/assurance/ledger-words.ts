import type { LedgerEntry } from '@gatehouse/ledger/entry'

/**
 * What entries of each type say, in a sentence without names. A type that is not listed is said in its own words
 * (`policy.signed` becomes “Policy signed”), so that an entry of a newer program is never left out.
 */
const sentences: Readonly<Record<string, string>> = {
  'school.made': 'The school was set up',
  'people.added': 'People were added to the register',
  'person.added': 'A person was added to the register',
  'session.opened': 'Somebody signed in',
  'session.closed': 'Somebody signed out',
  'password.changed': 'A password was changed',
  'access.refused': 'Somebody asked for a page that their role does not include, and was refused',
  'report.received': 'A concern was reported',
  'report.acknowledged': 'A report was taken',
  'report.drilled': 'The way a report takes was tried out, with a test report',
  'report.practised': 'A class practised reporting',
  'briefing.given': 'A briefing was given out',
  'briefing.answered': 'Somebody answered the questions of a briefing',
  'briefing.passed': 'Somebody answered all questions of a briefing right',
  'briefing.chased': 'People were reminded of a briefing',
  'device.check-passed': 'A device tried its detector, and it found what it must find',
  'device.check-failed': 'A device tried its detector, and it went wrong',
  'device.inspected': 'Somebody inspected a device of the school',
  'device.inspection-refused': 'Somebody wanted to inspect a device that is not the school’s, and was told to stop',
  'look.asked': 'Somebody asked for leave to look at one person’s log',
  'look.asked-urgently': 'Somebody opened a child’s log at once, and asked for leave',
  'look.authorised': 'Leave to look at one person’s log was given',
  'look.declined': 'Leave to look at one person’s log was refused',
  'look.opened': 'Somebody looked at one person’s log',
  'look.refused': 'Somebody tried to look at a named person without leave, and was refused',
  'look.withdrawn': 'Somebody withdrew what they had asked to look at',
  'look.ended': 'Leave to look was closed before its end',
  'use-notice.read': 'Somebody read what the school sees of their internet use',
  'use-notice.told': 'A class was told what the school sees of its internet use',
  'watchers.reported': 'A half-termly report on those who look at others was made',
  'watchers.opened': 'A report on those who look at others was opened',
  'watchers.read': 'A report on those who look at others was read and signed',
  'class.watched': 'A teacher signed that they watched over a lesson',
  'attempt.reported': 'An attempt at misuse in the web log was reported',
  'attempt.settled': 'An entry of the web log was found to be no misuse',
  'case.opened': 'A case was opened',
  'case.triaged': 'A case was sorted and given its seriousness',
  'case.viewed': 'A case was opened and read',
  'case.viewed.refused': 'Somebody asked for a case that they may not see, and was refused',
  'case.words-opened': 'The closed words of a case were opened, with a reason',
  'case.closed': 'A case was closed',
  'case.reopened': 'A case was opened again',
  'case.decided': 'A decision was made in a case',
  'evidence.added': 'Evidence was added to a case',
  'evidence.opened': 'Evidence of a case was opened, with a reason',
  'evidence.erased': 'Evidence was erased',
  'record.erased': 'The content of a record was erased for good; this entry stays as its tombstone',
  'concern-rule.proposed': 'A change of the rules for concerns was proposed',
  'concern-rule.approved': 'A change of the rules for concerns was approved by a second person',
  'concern-rule.refused': 'A change of the rules for concerns was refused',
  'concern-rule.withdrawn': 'A proposed change of the rules for concerns was withdrawn',
  'concern-rule.taken-back': 'A change of the rules for concerns was taken back',
  'concern-rule.reviewed': 'A change of the rules for concerns was looked at again, and kept',
  'filter-change.proposed': 'A change of the filter was proposed',
  'filter-change.approved': 'A change of the filter was approved by a second person',
  'filter-change.refused': 'A change of the filter was refused',
  'filter-change.tested': 'A change of the filter was tested as a pupil and as a member of staff',
  'filter-change.rolled-back': 'A change of the filter was taken back',
  'filter-change.drafted': 'A change of the filter was drawn up, to see what it would do',
  'filter-change.drafts-forgotten': 'Changes of the filter that were drawn up a month ago were forgotten',
  'filter-change.replayed': 'A change of the filter was tried on the requests of the last days',
  'filter-change.ended': 'A change of the filter ended, when the filter was put back as it was',
  'filter-change.reinstated': 'A change of the filter is in force again, when the filter was put back as it was',
  'filter-change.reviewed': 'A change of the filter was looked at again, and kept',
  'filter-change.applied-at-once': 'A site was blocked at once, before anybody approved it',
  'filter-matrix.asked': 'The running filter was held against the technology table',
  'filter-lists.waiting': 'New lists of sites wait for two people',
  'filter-drift.found': 'The gateway was found running other rules than the approved ones',
  'filter-drift.mended': 'The gateway runs the approved rules again',
  'filter-warning.continued': 'Somebody went on past a warning of the filter',
  'deadline.missed': 'A deadline passed with nothing done',
  'deadline.reminded': 'Somebody was reminded of a deadline',
  'deadline.escalated': 'A missed deadline was passed up the line',
  'appointment.made': 'Somebody was given a role',
  'appointment.ended': 'Somebody gave up a role',
  'clause.moved': 'A clause of the policy changed its status',
  'clauses.recorded': 'The status of every clause was written down',
  'ledger.checkpointed': 'A checkpoint was signed over everything so far',
  'ledger.checkpoint-mailed': 'A checkpoint was mailed to an address outside the school',
  'ledger.checkpoint-mail-failed': 'A checkpoint could not be mailed',
  'ledger.verified': 'The ledger was verified and found whole',
  'ledger.found-altered': 'The ledger was verified and found altered',
  'ledger.exported': 'A stretch of the ledger was exported',
  'checkpoint.printed': 'A checkpoint was opened for printing',
  'checkpoint.downloaded': 'A checkpoint was downloaded, to be kept elsewhere',
  'clock.stepped': 'The clock of the server jumped',
  'backup.made': 'An encrypted backup was made',
  'backup.restored': 'The school was restored from a backup',
  'pack.issued': 'A governors’ pack was issued',
  'pack.read': 'A governor read a pack',
  'pack.signed': 'A governor signed a pack',
  'pack.asked': 'A governor asked a question',
  'pack.answered': 'A governor’s question was answered',
  'pack.asked-onward': 'A pack was marked to be reported onward to the directors',
  'pack.reported-onward': 'A pack was reported onward to the directors',
}

export const sentenceOf = (type: string): string => {
  const known = sentences[type]
  if (known) return known
  const words = type.replace(/[.-]/g, ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** Kinds of subject whose entries only those may read who may open the thing itself. */
const closedKinds = new Set([
  'case',
  'report',
  'evidence',
  'thread',
  'sanction',
  'breach',
  'illegal-path',
  'search',
  'access',
  'lesson',
  'parent-notice',
  'alert',
])
/** What an entry is about: `['case', '0190…']`; null where it is about nothing in particular. */
export function subjectOf({ subject }: Pick<LedgerEntry, 'subject'>): readonly [kind: string, id: string] | null {
  if (subject === null) return null
  const colon = subject.indexOf(':')
  return colon < 0 ? [subject, ''] : [subject.slice(0, colon), subject.slice(colon + 1)]
}
/** An entry that tells of a child, or of somebody about whom something was reported. */
export const isClosed = (entry: Pick<LedgerEntry, 'subject' | 'type'>): boolean =>
  closedKinds.has(subjectOf(entry)?.[0] ?? '') || closedKinds.has(entry.type.split('.')[0] ?? '')
