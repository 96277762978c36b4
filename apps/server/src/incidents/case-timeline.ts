import type { LedgerEntry } from '@gatehouse/ledger/entry'
import type { JsonValue } from '@gatehouse/ledger/canonical'
import { roleNames, type Role } from '../permissions.ts'
import { categoryNames, seriousnessNames } from './case.ts'
import { agencyNames, openingReasonNames, procedureNames } from './case-parts.ts'
import { stepTexts } from './illegal.ts'

/* The ledger's entries about a case as sentences. Pure; knows no names and no words of anybody. */

const of = (names: Readonly<Record<string, string>>, value: JsonValue | undefined): string =>
  typeof value === 'string' ? (names[value] ?? value) : ''
const lower = (words: string): string => words.charAt(0).toLowerCase() + words.slice(1)

const sentences: Readonly<Record<string, (detail: LedgerEntry['detail']) => string>> = {
  'case.opened': d =>
    `Opened: ${lower(of(categoryNames, d['category']))}, ${lower(of(seriousnessNames, d['seriousness']))}`,
  'case.alerted': d => `Told: ${lower(of(roleNames as Record<string, string>, d['role']))}, without content`,
  'case.alert-unanswered': d =>
    `Nobody acts as ${lower(roleNames[d['role'] as Role] ?? 'this role')}, so nobody was told there`,
  'case.alert-acknowledged': d =>
    `The alert to the ${lower(of(roleNames as Record<string, string>, d['role']))} was acknowledged${d['inTime'] === false ? ', late' : ''}`,
  'case.alert-withdrawn': d =>
    `The alert to the ${lower(of(roleNames as Record<string, string>, d['role']))} was withdrawn unanswered, because the case was closed`,
  'case.triaged': d =>
    `Triaged: ${lower(of(categoryNames, d['category']))}, ${lower(of(seriousnessNames, d['seriousness']))}${d['inTime'] === false ? ', late' : ''}`,
  'case.taken': () => 'Work started',
  'case.waiting': () => 'Waiting for somebody outside',
  'case.resumed': () => 'Carried on',
  'case.note-added': () => 'Note added',
  'case.flag-added': () => 'Flag added',
  'case.task-added': () => 'Task added',
  'case.task-done': () => 'Task done',
  'case.person-added': d => `Person added${d['ownerMoved'] === true ? '; the case moved to another owner' : ''}`,
  'case.referred': d => `Referred: ${of(agencyNames, d['agency'])}`,
  'case.not-referred': d => `Decided not to refer: ${of(agencyNames, d['agency'])}`,
  'case.decided': d =>
    typeof d['procedure'] === 'string'
      ? `Decided: ${lower(of(procedureNames, d['procedure']))} carries it on`
      : 'Decision recorded',
  'parent-notice.proposed': () => 'A notice to parents waits for the safeguarding lead',
  'parent-notice.agreed': () => 'Telling the parents was found safe',
  'parent-notice.found-unsafe': () => 'Telling the parents was found not safe',
  'parent-notice.given': () => 'Parents were told',
  'case.policies-linked': () => 'Policies it is handled under recorded',
  'case.school-link-recorded': () => 'Link to the school recorded',
  'case.held': () => 'Everything is held for possible proceedings',
  'case.words-opened': d => `Details opened: ${lower(of(openingReasonNames, d['reason']))}`,
  'case.raised': d =>
    `Raised from ${lower(of(seriousnessNames, d['from']))} to ${lower(of(seriousnessNames, d['to']))}`,
  'case.lower-proposed': d => `Asked a second person to lower it to ${lower(of(seriousnessNames, d['to']))}`,
  'case.lower-approved': () => 'The second person agreed to lower it',
  'case.lower-refused': () => 'The second person did not agree to lower it',
  'case.lower-withdrawn': () => 'The request to lower it was withdrawn',
  'case.lowered': d =>
    `Lowered from ${lower(of(seriousnessNames, d['from']))} to ${lower(of(seriousnessNames, d['to']))}`,
  'case.close-proposed': () => 'Asked a second person to close it',
  'case.close-approved': () => 'The second person agreed to close it',
  'case.close-refused': () => 'The second person did not agree to close it',
  'case.close-withdrawn': () => 'The request to close it was withdrawn',
  'case.closed': () => 'Closed',
  'case.reopened': () => 'Reopened',
  'case.viewed': () => 'Opened to read',
  'case.viewed.refused': () => 'Somebody was refused it',
  'lesson.added': () => 'Improvement added',
  'evidence.added': d => `Evidence added${d['scan'] === 'clean' ? ', scanned' : ', not scanned'}`,
  'evidence.opened': d => `Evidence opened: ${lower(of(openingReasonNames, d['reason']))}`,
  'evidence.erased': () => 'Evidence erased',
  'evidence.refused': () => 'A file was refused before it was read',
  'illegal-path.begun': () => 'On the illegal-content path: no file is taken any more',
  'illegal-path.step-done': d =>
    `${typeof d['step'] === 'string' && d['step'] in stepTexts ? stepTexts[d['step'] as keyof typeof stepTexts].text : 'Step done'}`,
  'illegal-path.address-recorded': () => 'A web address was written down',
  'breach.registered': () => 'Entered in the register of breaches; the 72 hours run',
  'breach.awareness-annotated': () => 'The time of awareness was annotated',
  'breach.assessed': () => 'Risk to people assessed',
  'breach.to-be-notified': () => 'Decided to tell the regulator',
  'breach.not-notified': () => 'Decided not to tell the regulator',
  'breach.notice-drafted': d => `Notice, version ${d['version']}`,
  'breach.notified': d => `The regulator was told${d['late'] === true ? ', after more than 72 hours' : ''}`,
  'breach.people-told': () => 'The people concerned were told',
  'sanction.decided': () => 'Sanction decided under a published rule',
  'sanction.ended': d => (d['how'] === 'ran-out' ? 'A sanction ran out' : 'A sanction was ended'),
  'sanction.reviewed': () => 'A sanction was reviewed',
  'sanction.appealed': () => 'A sanction was appealed',
  'sanction.appeal-decided': d => (d['upheld'] === true ? 'An appeal was upheld' : 'An appeal was dismissed'),
  'search.recorded': () => 'Search of a device recorded',
  'search.step-added': () => 'Custody of a device recorded',
  'search.refused': () => 'A search of a device was refused',
  'evidence.infected': () => 'A file was refused: the scanner found something harmful in it',
  'lesson.done': () => 'Improvement carried out',
  'case.filter-change-proposed': () => 'Change of the filter proposed',
  'case.filter-change-approved': () => 'Change of the filter approved',
  'case.filter-blocked-at-once': () => 'A site was blocked at once',
  'case.filter-change-refused': () => 'Change of the filter refused',
  'case.filter-change-tested': d =>
    d['result'] === 'passed'
      ? 'Change of the filter tested as a pupil and as a member of staff: right'
      : 'Change of the filter tested as a pupil and as a member of staff: not proved',
  'deadline.missed': () => 'A deadline passed',
  'deadline.reminded': () => 'Reminded of a deadline',
  'deadline.escalated': d =>
    `Passed on to the ${lower(of(roleNames as Record<string, string>, d['to']) || 'next in line')}`,
}

/** One entry as a sentence; an unknown type in its own words, so that nothing is left out. */
export const sentenceOf = (entry: Pick<LedgerEntry, 'type' | 'detail'>): string =>
  (Object.hasOwn(sentences, entry.type) ? sentences[entry.type]?.(entry.detail) : undefined) ??
  entry.type.replaceAll(/[.-]/g, ' ')

/** Types that readers leave behind; a case shows them apart from what was done. */
export const readingTypes = ['case.viewed', 'case.viewed.refused', 'case.words-opened', 'evidence.opened'] as const

/** What Gatehouse sends by itself while a deadline runs; a case shows it apart from what people did. */
export const reminderTypes = ['deadline.reminded', 'deadline.escalated'] as const

/** Who acted, for a reader: a name, or what kind of actor. */
export const actorName = (actor: string, names: ReadonlyMap<string, string>): string =>
  actor.startsWith('person:')
    ? (names.get(actor.slice('person:'.length)) ?? 'Somebody no longer in the register')
    : actor.startsWith('system:')
      ? 'Gatehouse'
      : 'Somebody who did not sign in'
