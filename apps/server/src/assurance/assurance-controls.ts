import { addCalendarMonths, endOfLondonDay, londonDate } from '@gatehouse/engine/calendar'
import { allStaff, board, type Role } from '../permissions.ts'
import { formatDay, plural } from '../platform/format.ts'
import {
  type Control,
  type ControlReads,
  type ControlState,
  dueSoon,
  failing,
  met,
  notStarted,
  overdue,
} from '../policies/control.ts'
import { reportedOnward } from './pack-onward-controls.ts'
import type { PackReads } from './pack-store.ts'

type Reads = ControlReads & { readonly packs: PackReads }

/** The policies say “regularly” and name no interval; a term is what the school takes, and no term is longer than this with its holiday. */
const termMonths = 4
const yearMonths = 12
/** In the last month before it runs out it reads as due. */
const warningMs = 30 * 86_400_000
/** How long a pack may lie unread. */
const unreadDays = 28

const monthsAfter = (at: Date, months: number): Date => endOfLondonDay(addCalendarMonths(londonDate(at), months))

/** Met until it runs out, with a warning in the month before. */
function lasting(
  evidence: 'measured' | 'attested',
  at: Date,
  months: number,
  now: Date,
  words: { done: string; late: string },
  proof: { text: string; href: string; seq?: number },
): ControlState {
  const due = monthsAfter(at, months)
  const proofs = [{ ...proof, at }]
  if (due <= now) return overdue(due, words.late, at, proofs)
  return due.getTime() - now.getTime() < warningMs
    ? dueSoon(evidence, at, due, `${words.done} The next is due by ${formatDay(due, now)}.`, proofs)
    : met(evidence, at, due, words.done, proofs)
}

const governorsPack: Control<Reads> = {
  id: 'assurance.governors-pack',
  title: 'The governors’ pack, with read receipts',
  kind: 'workflow',
  clauses: ['A-3.1-03'],
  evaluate: async ({ packs }, { now }) => {
    const pack = await packs.latest()
    if (!pack)
      return notStarted('No pack of figures has been issued to the governors yet. Issue one on the page for governors.')
    const href = `/governors/packs/${pack.id}`
    const proof = { text: `Pack ${pack.number} and who read it`, href }
    const receipts = await packs.receipts(pack.id)
    const [first] = receipts
    if (!first) {
      const due = new Date(pack.issuedAt.getTime() + unreadDays * 86_400_000)
      const why = `Pack ${pack.number} is issued, and no governor has read it.`
      return due <= now
        ? overdue(due, why, pack.issuedAt, [{ ...proof, at: pack.issuedAt }])
        : dueSoon('measured', pack.issuedAt, due, why, [{ ...proof, at: pack.issuedAt }])
    }
    return lasting(
      'measured',
      pack.issuedAt,
      termMonths,
      now,
      {
        done: `Pack ${pack.number} was issued and read by ${plural(receipts.length, 'governor')}.`,
        late: `The last pack, number ${pack.number}, is more than a term old. Issue the next.`,
      },
      proof,
    )
  },
}

/** Something that a person signed in the ledger and that counts for so many months. */
const signedAct = (given: {
  id: string
  title: string
  kind: Control['kind']
  clauses: readonly string[]
  types: readonly string[]
  months: number
  missing: string
  done: string
  late: string
  href: string
}): Control<Reads> => ({
  id: given.id,
  title: given.title,
  kind: given.kind,
  clauses: given.clauses,
  evaluate: async ({ ledger }, { now }) => {
    const last = await ledger.latest(given.types)
    return last
      ? lasting('attested', new Date(last.at), given.months, now, given, {
          text: given.title,
          href: given.href,
          seq: last.seq,
        })
      : notStarted(given.missing)
  },
})

const incidentLog = signedAct({
  id: 'assurance.incident-log',
  title: 'Governors’ look through the log of incidents',
  kind: 'workflow',
  clauses: ['A-3.1-06'],
  types: ['incident-log.inspected'],
  months: termMonths,
  missing: 'No governor has recorded looking through the log of incidents yet. It is under the page for governors.',
  done: 'A governor looked through the log of incidents this term.',
  late: 'No governor has looked through the log of incidents for more than a term.',
  href: '/governors/incidents',
})

const policyEffect = signedAct({
  id: 'assurance.policy-effect',
  title: 'The policy’s effect, judged on the record of incidents',
  kind: 'evaluate',
  clauses: ['A-1-07'],
  types: ['effect.judged', 'effect.reviewed'],
  months: termMonths,
  missing:
    'Nobody has judged yet what the record of incidents says about the policy. It is asked under each governors’ pack.',
  done: 'The policy’s effect was judged on the figures of a pack this term.',
  late: 'The policy’s effect has not been judged for more than a term.',
  href: '/governors',
})

const effectivenessReview = signedAct({
  id: 'assurance.effectiveness-review',
  title: 'The board’s yearly review of how the policy works',
  kind: 'workflow',
  clauses: ['A-3.1-02'],
  types: ['effect.reviewed'],
  months: yearMonths,
  missing: 'The board has not reviewed yet how well the policy works. A governor records it under a governors’ pack.',
  done: 'The board reviewed how well the policy works within the year.',
  late: 'The board’s last review of how well the policy works is more than a year old.',
  href: '/governors',
})

const audiences: readonly { readonly name: string; readonly roles: readonly Role[]; readonly always: boolean }[] = [
  { name: 'staff', roles: allStaff, always: true },
  { name: 'pupils', roles: ['pupil'], always: true },
  { name: 'governors', roles: board, always: true },
  { name: 'parents', roles: ['parent'], always: true },
  { name: 'visitors', roles: ['guest', 'supplier'], always: false },
  { name: 'community users', roles: ['community'], always: false },
]

const audienceRegister: Control<Reads> = {
  id: 'assurance.audience-register',
  title: 'The register of users, by audience',
  kind: 'record',
  clauses: ['A-2-01'],
  evaluate: async ({ people }, { now }) => {
    const counts = await people.countByRole(now)
    // Those always there must be registered; the others come and go, and are registered when they do.
    const missing = audiences.filter(({ roles, always }) => always && roles.every(role => !counts.get(role)))
    const present = audiences.filter(({ roles }) => roles.some(role => counts.get(role)))
    if (present.length === 0) return notStarted('Nobody is in the register yet. Import the school’s roster.')
    const proofs = [{ text: 'The register of people', href: '/people', at: now }]
    if (missing.length > 0)
      return failing(
        'measured',
        now,
        `Nobody is registered among the ${missing.map(({ name }) => name).join(', ')}, so the policy does not reach them here.`,
        proofs,
      )
    return met(
      'measured',
      now,
      null,
      `Registered at this moment: ${present.map(({ name }) => name).join(', ')}.`,
      proofs,
    )
  },
}

export const assuranceControls: readonly Control<Reads>[] = [
  governorsPack,
  incidentLog,
  policyEffect,
  effectivenessReview,
  audienceRegister,
  reportedOnward,
]
