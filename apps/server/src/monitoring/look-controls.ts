import { londonDate } from '@gatehouse/engine/calendar'
import { allStaff, type Role } from '../permissions.ts'
import {
  type Control,
  type ControlReads,
  type ControlState,
  dayMs,
  dueSoon,
  failing,
  met,
  notStarted,
  overdue,
  type Proof,
  termDays,
  unusedPower,
} from '../policies/control.ts'
import type { InspectionReads } from './inspection.ts'
import { isPurpose, type LookAuthority, purposes } from './look.ts'
import type { LookReads } from './look-store.ts'
import type { WatcherReads } from './watcher-store.ts'

export type LookControlReads = ControlReads & {
  readonly looks: LookReads
  readonly watchers: WatcherReads
  readonly inspections: InspectionReads
}

const termMs = termDays * dayMs
const href = '/looks'

/** Looks, refusals and leave of the last term. */
async function lately({ looks }: LookControlReads, now: Date) {
  const from = new Date(now.getTime() - termMs)
  // This very instant included.
  const to = new Date(now.getTime() + 1)
  const accesses = await looks.accesses(from, to)
  // Leave that is used now may have been asked for a little before.
  const authorities = await looks.askedBetween(new Date(from.getTime() - 60 * dayMs), to)
  return { accesses, opened: accesses.filter(({ outcome }) => outcome === 'opened'), authorities }
}
const until = (at: Date): Date => new Date(at.getTime() + termMs)
const looksOf = (count: number): string => (count === 1 ? 'One look' : `${count} looks`)

const purposeNamed: Control<LookControlReads> = {
  id: 'monitoring.purpose',
  title: 'Every look at a named person is for a purpose of the policy’s list',
  kind: 'enforce',
  clauses: ['B-monitoring-03'],
  evaluate: async (reads, { now }) => {
    const { opened, authorities } = await lately(reads, now)
    const last = opened.at(-1)
    if (!last)
      return notStarted('Nobody has looked at a named person this term, so nothing shows that a purpose is asked for.')
    const without = opened.find(
      each => !isPurpose(authorities.find(({ id }) => id === each.authorityId)?.purpose ?? ''),
    )
    if (without)
      return failing('measured', without.at, 'Somebody looked at a named person with no purpose of the list.')
    const entry = await reads.ledger.latest(['look.opened'])
    return met(
      'measured',
      last.at,
      until(last.at),
      `${looksOf(opened.length)} this term, each for one of the ${purposes.length} purposes that the policy lists; without one nothing opens.`,
      [{ text: 'The latest look, with its purpose', href, at: last.at, ...(entry ? { seq: entry.seq } : {}) }],
    )
  },
}

const leaveFirst: Control<LookControlReads> = {
  id: 'monitoring.leave',
  title: 'Only authorised staff look at a named person, with somebody else’s leave; others are refused and reported',
  kind: 'enforce',
  clauses: ['B-monitoring-04'],
  evaluate: async (reads, { now }) => {
    const { accesses, opened, authorities } = await lately(reads, now)
    const last = accesses.at(-1)
    if (!last) return notStarted('Nobody has looked at a named person this term or tried to.')
    const used = new Set(opened.map(({ authorityId }) => authorityId))
    const alone = authorities.find(
      look =>
        used.has(look.id) &&
        look.urgent &&
        look.authorityDue !== null &&
        !wasFollowed(look) &&
        now >= look.authorityDue,
    )
    if (alone?.authorityDue)
      return failing(
        'measured',
        alone.authorityDue,
        'Somebody looked at once because it was urgent, and no leave followed within a school day. The headteacher decides it, and speaks to them.',
        [{ text: 'The look without leave', href: `/looks/${alone.id}`, at: alone.askedAt }],
      )
    const refused = accesses.filter(({ outcome }) => outcome === 'refused')
    const entry = await reads.ledger.latest(['look.refused', 'look.opened'])
    const proofs: Proof[] = [
      { text: 'The latest look or refusal', href: '/watchers', at: last.at, ...(entry ? { seq: entry.seq } : {}) },
    ]
    return met(
      'measured',
      last.at,
      until(last.at),
      `${looksOf(opened.length)} this term, each under leave that somebody else gave; ${refused.length} refused and reported.`,
      proofs,
    )
  },
}
const wasFollowed = ({ decidedAt, authorityDue }: LookAuthority): boolean =>
  decidedAt !== null && authorityDue !== null && decidedAt < authorityDue

/** Leave that was used on a member of staff, newest last. */
async function usedOnStaff(reads: LookControlReads, now: Date, askers?: readonly Role[]): Promise<LookAuthority[]> {
  const { opened, authorities } = await lately(reads, now)
  const found: LookAuthority[] = []
  for (const look of authorities) {
    if (look.state !== 'approved' && look.state !== 'ended') continue
    if (!opened.some(({ authorityId }) => authorityId === look.id)) continue
    const whose = await reads.people.rolesOf(look.personId, look.askedAt)
    if (!whose.some(role => (allStaff as readonly Role[]).includes(role))) continue
    if (askers && !(await reads.people.rolesOf(look.askedBy, look.askedAt)).some(role => askers.includes(role)))
      continue
    found.push(look)
  }
  return found
}
const onStaff = (used: readonly LookAuthority[], why: string): ControlState | null => {
  const last = used.at(-1)
  return last
    ? met('measured', last.askedAt, until(last.askedAt), why, [
        { text: 'The leave that was used', href: `/looks/${last.id}`, at: last.askedAt },
      ])
    : null
}

const staffLooks: Control<LookControlReads> = {
  id: 'monitoring.staff-looks',
  title: 'What staff do online is looked at under a recorded authority',
  kind: 'workflow',
  clauses: ['B-monitoring-02'],
  evaluate: async (reads, { now }) => {
    const used = await usedOnStaff(reads, now)
    return (
      onStaff(
        used,
        `Used ${used.length === 1 ? 'once' : `${used.length} times`} this term, with a purpose, somebody else’s leave and an end.`,
      ) ?? unusedPower('Nobody has looked at what a member of staff does online this term.')
    )
  },
}
const disclosure: Control<LookControlReads> = {
  id: 'monitoring.disclosure',
  title: 'A headteacher or line manager who asks to see a member of staff’s log gets it under a recorded request',
  kind: 'workflow',
  clauses: ['B-aua-15'],
  evaluate: async (reads, { now }) => {
    const used = await usedOnStaff(reads, now, ['headteacher', 'deputy'])
    return (
      onStaff(
        used,
        'The log of a member of staff was seen at the request of the headteacher or a deputy, and the request is on record.',
      ) ?? unusedPower('No headteacher or deputy has asked to see a member of staff’s log this term.')
    )
  },
}

const watchersRead: Control<LookControlReads> = {
  id: 'monitoring.watchers-read',
  title: 'Each half term the headteacher reads who looked at whom, and supports those who look',
  kind: 'workflow',
  clauses: ['A-3.2-05'],
  evaluate: async (reads, { now }) => {
    const reports = await reads.watchers.list('headteacher')
    const [newest] = reports
    if (!newest) {
      const terms = await reads.deadlines.terms()
      return notStarted(
        terms.some(({ to }) => to > londonDate(now))
          ? 'The first report on those who look is made when this half term ends.'
          : 'Enter the school’s terms: the report on those who look is made when a half term ends.',
      )
    }
    const unread = reports.filter(({ readAt }) => readAt === null)
    const late = unread.filter(({ dueAt }) => dueAt < now).at(-1)
    const read = reports.find(({ readAt }) => readAt !== null)
    const proofs: Proof[] = read?.readAt
      ? [{ text: 'The latest report that was read and signed', href: '/watchers', at: read.readAt }]
      : []
    if (late)
      return overdue(
        late.dueAt,
        'The headteacher has not read the half-termly report on those who look at others.',
        read?.readAt ?? null,
        proofs,
      )
    if (unread.length > 0)
      return dueSoon(
        'attested',
        newest.madeAt,
        newest.dueAt,
        'The half-termly report on those who look waits for the headteacher.',
        proofs,
      )
    const at = newest.readAt ?? newest.madeAt
    // Two half terms: by then the next report was due.
    const due = new Date(startOf(newest.toDay).getTime() + 100 * dayMs)
    if (due <= now)
      return failing(
        'unknown',
        at,
        'No report on those who look has been made for more than a half term. Enter the terms.',
        proofs,
      )
    return met(
      'attested',
      at,
      due,
      `The headteacher read and signed who looked at whom: ${newest.looks} looks, ${newest.refused} refused.`,
      proofs,
    )
  },
}
const startOf = (day: string): Date => new Date(`${day}T00:00:00Z`)

const inspectionsRecorded: Control<LookControlReads> = {
  id: 'monitoring.inspections',
  title: 'A device is inspected only where it is the school’s, and who did it, why and what is on record',
  kind: 'record',
  clauses: ['B-monitoring-01'],
  evaluate: async ({ inspections, ledger }, { now }) => {
    const last = (await inspections.list()).find(({ outcome }) => outcome === 'inspected')
    if (!last || until(last.at) <= now) return unusedPower('Nobody has inspected a device of the school this term.')
    const entry = await ledger.latest(['device.inspected'])
    return met(
      'measured',
      last.at,
      until(last.at),
      'A device of the school was inspected, and who, why and what is on record.',
      [{ text: 'The latest inspection', href: '/inspections', at: last.at, ...(entry ? { seq: entry.seq } : {}) }],
    )
  },
}

export const lookControls: readonly Control<LookControlReads>[] = [
  purposeNamed,
  leaveFirst,
  staffLooks,
  disclosure,
  watchersRead,
  inspectionsRecorded,
]
