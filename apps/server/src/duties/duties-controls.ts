import { addCalendarMonths, londonDate, startOfLondonDay, endOfLondonDay } from '@gatehouse/engine/calendar'
import { type Role, roleNames } from '../permissions.ts'
import { formatDay, formatList, formatShare, plural } from '../platform/format.ts'
import {
  type Control,
  type ControlContext,
  type ControlReads,
  type ControlState,
  dayMs,
  dueSoon,
  failing,
  met,
  notStarted,
  overdue,
  type Proof,
} from '../policies/control.ts'
import type { AnsweringFacts } from './answering.ts'
import type { Deadline } from './deadline.ts'
import { dutyRoles } from './data/duty-roles.ts'
import { type Post, registerOf } from './duty-register.ts'
import type { DutyReads } from './duty-store.ts'

interface Reads extends ControlReads {
  readonly duties: DutyReads
}

/** The register counts as proof until it is a year since anybody confirmed it. */
const confirmedMonths = 12
/** How long before the end a control says so. */
const soonDays = 14

interface Held {
  readonly post: Post
  readonly facts: AnsweringFacts
  /** When the register last proved this: the appointment, or a later confirmation of the whole. */
  readonly at: Date
  /** End of the day on which the next confirmation is due. */
  readonly due: Date
  readonly proofs: readonly Proof[]
}

/** A post that is held, with until when that counts; or the state to show instead. */
async function heldPost(reads: Reads, role: Role, { now }: ControlContext): Promise<Held | ControlState> {
  const facts = await reads.duties.facts()
  const post = registerOf(facts).find(each => each.duty.role === role)
  const [first] = post?.holders ?? []
  if (!post || !first) {
    const ended = await reads.ledger.latest(['appointment.ended'], `role:${role}`)
    return ended
      ? failing(
          'measured',
          new Date(ended.at),
          `Nobody has been ${roleNames[role].toLowerCase()} since ${formatDay(ended.at, now)}. Name somebody on the duties page.`,
        )
      : notStarted(`Nobody has been named as ${roleNames[role].toLowerCase()} yet. Name somebody on the duties page.`)
  }
  if (post.state === 'uncovered')
    return failing(
      'measured',
      now,
      `The ${roleNames[role].toLowerCase()} is away, and nobody stands in. Name a deputy.`,
    )
  const confirmed = await reads.duties.lastConfirmation()
  const at = confirmed && confirmed.at > first.from ? confirmed.at : first.from
  const due = endOfLondonDay(addCalendarMonths(londonDate(at), confirmedMonths))
  const entry = await reads.ledger.latest(['appointment.made'], `role:${role}`)
  const proofs: Proof[] = [
    {
      text: `Appointment from ${formatDay(first.from, now)}`,
      href: `/duties/${role}`,
      at: first.from,
      ...(entry ? { seq: entry.seq } : {}),
    },
  ]
  if (confirmed && confirmed.at > first.from)
    proofs.push({ text: 'The register was confirmed', href: '/duties', at: confirmed.at })
  return { post, facts, at, due, proofs }
}
const isState = (found: Held | ControlState): found is ControlState => 'status' in found

/** Met while the appointment or the yearly confirmation is less than a year old. */
function whileConfirmed({ at, due, proofs }: Held, now: Date, why: string): ControlState {
  if (now > due)
    return overdue(
      due,
      `Nobody has confirmed for a year that the register of posts is right. The headteacher or the chair confirms it on the duties page.`,
      at,
      proofs,
    )
  return met('measured', at, due, why, proofs)
}

const namedPost = (
  id: string,
  title: string,
  role: Role,
  clauses: readonly string[],
  extra?: (held: Held, reads: Reads, context: ControlContext) => Promise<ControlState | null>,
): Control<Reads> => ({
  id,
  title,
  kind: 'record',
  clauses,
  async evaluate(reads, context) {
    const held = await heldPost(reads, role, context)
    if (isState(held)) return held
    return (
      (await extra?.(held, reads, context)) ??
      whileConfirmed(
        held,
        context.now,
        `Somebody holds the post since ${formatDay(held.post.holders[0]?.from ?? held.at, context.now)}; the register is confirmed until ${formatDay(held.due, context.now)}.`,
      )
    )
  },
})

/** The share of deadlines in time, and how many must be settled, before a year's record counts as effective. */
export const effectiveShare = 0.9
const scored = (
  deadlines: readonly Deadline[],
  now: Date,
): { role: Role; settled: number; inTime: number; openLate: number }[] =>
  dutyRoles().flatMap(({ role }) => {
    const own = deadlines.filter(
      each => each.ownerRole === role && (each.state !== 'open' || (each.dueAt !== null && each.dueAt < now)),
    )
    return own.length === 0
      ? []
      : [
          {
            role,
            settled: own.length,
            inTime: own.filter(({ state }) => state === 'met').length,
            openLate: own.filter(({ state }) => state === 'missed' || state === 'open').length,
          },
        ]
  })

export const dutiesControls: readonly Control<Reads>[] = [
  namedPost('duties.link-governor', 'A governor for online safety is named', 'link-governor', ['A-3.1-04']),
  namedPost('duties.headteacher', 'The headteacher answers for online safety and is its co-ordinator', 'headteacher', [
    'A-3.2-01',
    'B-roles-01',
  ]),
  namedPost('duties.network-manager', 'A named person is responsible for the technical duties', 'network-manager', [
    'A-3.4-01',
  ]),
  namedPost(
    'duties.dsl-deputy-head',
    'The safeguarding lead is a deputy headteacher, or the exception is recorded',
    'dsl',
    ['A-3.6-01'],
    async ({ post, facts }, reads) => {
      const [holder] = post.holders
      if (!holder) return null
      const deputyHead = facts.posts.some(
        each => each.role === 'deputy' && each.endedAt === null && each.personId === holder.personId,
      )
      if (deputyHead) return null
      const exception = (await reads.duties.notesOf([holder.appointmentId])).find(
        ({ kind }) => kind === 'not-deputy-head',
      )
      if (exception) return null
      return failing(
        'measured',
        holder.from,
        'The safeguarding lead is not a deputy headteacher, and no reason for that exception is recorded. Name a deputy headteacher, or name the person again with the reason.',
      )
    },
  ),
  namedPost(
    'duties.responsible-people',
    'The people responsible for personal data are appointed, a data protection officer among them',
    'dpo',
    ['A-8-15'],
    async ({ facts }, _, { now }) => {
      const vacant = registerOf(facts).filter(({ duty, state }) => duty.required && state === 'vacant')
      return vacant.length === 0
        ? null
        : failing(
            'measured',
            now,
            `A data protection officer is appointed, but these posts are vacant: ${formatList(vacant.map(({ duty }) => roleNames[duty.role]))}.`,
          )
    },
  ),
  namedPost(
    'duties.officer-service',
    'The data protection officer serves under a contract',
    'dpo',
    ['B-dpo-01'],
    async ({ post, proofs, due }, reads, { now }) => {
      const [holder] = post.holders
      if (!holder) return null
      const service = (await reads.duties.notesOf([holder.appointmentId])).find(({ kind }) => kind === 'service')
      if (!service)
        return failing(
          'measured',
          holder.from,
          'The policy takes this officer’s service through the local authority, and no contract is recorded with the appointment.',
        )
      if (service.untilDate === null) return null
      const ends = endOfLondonDay(service.untilDate)
      if (now > ends)
        return overdue(
          ends,
          `The contract for the officer’s service ended on ${formatDay(ends, now)}. Name the officer again with the new one.`,
          service.at,
          proofs,
        )
      const daysLeft = (ends.getTime() - now.getTime()) / dayMs
      if (daysLeft < soonDays && now <= due)
        return dueSoon(
          'measured',
          service.at,
          ends,
          `The contract for the officer’s service ends on ${formatDay(ends, now)}.`,
          proofs,
        )
      return null
    },
  ),
  {
    id: 'duties.scorecard',
    title: 'Each named person does their duties in time',
    kind: 'evaluate',
    clauses: ['A-5-02'],
    async evaluate(reads, { now }) {
      const from = startOfLondonDay(addCalendarMonths(londonDate(now), -12))
      const settled = (await reads.deadlines.settled(from, now)).filter(({ keptFrom }) => keptFrom.length === 0)
      const scores = scored(settled, now)
      const total = scores.reduce((sum, score) => sum + score.settled, 0)
      if (total === 0)
        return notStarted('No deadline of a named post has fallen due in the last year, so nothing can be said yet.')
      const inTime = scores.reduce((sum, score) => sum + score.inTime, 0)
      const newest = settled.reduce(
        (latest, { metAt, dueAt }) => (metAt && metAt > latest ? metAt : dueAt && dueAt > latest ? dueAt : latest),
        from,
      )
      const weak = scores.filter(score => score.inTime / score.settled < effectiveShare || score.openLate > 0)
      const proofs: Proof[] = scores.map(score => ({
        text: `${roleNames[score.role]}: ${score.inTime} of ${score.settled} in time`,
        href: '/deadlines?state=done&whose=all',
        at: newest,
      }))
      const share = `${formatShare(inTime, total)} of ${plural(total, 'deadline')} in the last year were met in time`
      if (weak.length > 0)
        return failing(
          'measured',
          newest,
          `${share}. Not good enough, or still waiting: ${formatList(weak.map(({ role, openLate }) => `${roleNames[role]}${openLate ? ` (${openLate} late and not done)` : ''}`))}.`,
          proofs,
        )
      // With no deadline for a year the share would rest on nothing, so it runs out with the oldest that it rests on.
      return met(
        'measured',
        newest,
        endOfLondonDay(addCalendarMonths(londonDate(newest), 12)),
        `${share}, and nothing is late.`,
        proofs,
      )
    },
  },
]
