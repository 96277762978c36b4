import type { CaseReads } from '../incidents/case-store.ts'
import { board } from '../permissions.ts'
import { hasRole, may } from '../platform/actor.ts'
import { formatList, timeAgo } from '../platform/format.ts'
import type { LedgerReads } from '../platform/ledger-reads.ts'
import type { MessageReads } from '../platform/messages.ts'
import { Refusal } from '../platform/refusal.ts'
import { type RequestReads, whyNotDecide } from '../platform/requests.ts'
import { dutyRoleOf } from '../policies/clause-status.ts'
import { statusWords } from '../policies/clause-words.ts'
import type { ClauseStatus } from '../policies/control.ts'
import { policyPacks } from '../policies/packs/packs.ts'
import type { PolicyReads } from '../policies/policy-store.ts'
import type { PackReads } from './pack-store.ts'
import { type Need, type NeedSource, sayings, type TodaySources, type WorkingSource } from './today.ts'

/*
 * What this domain puts on the first page itself: messages, second opinions on cases, governors' packs, the ledger, and how the clauses
 * stand that a role answers for. Deadlines, vacancies, the gateway and the rest come from their own domains.
 */

export interface HouseReads {
  readonly messages: Pick<MessageReads, 'countUnread'>
  readonly ledger: LedgerReads
  readonly requests: Pick<RequestReads, 'waiting'>
  readonly cases: Pick<CaseReads, 'get'>
  readonly packs: Pick<PackReads, 'latest' | 'receipts'>
  readonly policies: Pick<PolicyReads, 'lastMoves'>
}

const messageNeeds: NeedSource<HouseReads> = async ({ messages }, actor) => {
  const unread = await messages.countUnread(actor.personId)
  return unread === 0
    ? []
    : [{ text: unread === 1 ? 'Read a message' : `Read ${unread} messages`, href: '/messages', due: null }]
}

/** A serious case is closed, or lowered, only by a second person who may see it. */
const secondOpinions: NeedSource<HouseReads> = async ({ requests, cases }, actor) => {
  if (!may(actor, 'case.approve')) return []
  const needs: Need[] = []
  for (const request of await requests.waiting(['case.close', 'case.lower'])) {
    if (whyNotDecide(actor, request) !== null) continue
    const id = request.subject.slice('case:'.length)
    const seen = await cases.get(actor, id).then(
      () => true,
      error => (error instanceof Refusal ? false : Promise.reject(error)),
    )
    if (seen)
      needs.push({
        text:
          request.kind === 'case.close'
            ? 'Decide whether a serious case is closed'
            : 'Decide whether a case is less serious',
        href: `/cases/${id}/second/${request.id}`,
        due: null,
        since: request.proposedAt,
      })
  }
  return needs
}

const packNeeds: NeedSource<HouseReads> = async ({ packs }, actor) => {
  if (!hasRole(actor, ...board)) return []
  const pack = await packs.latest()
  if (!pack) return []
  const own = (await packs.receipts(pack.id)).find(({ personId }) => personId === actor.personId)
  const href = `/governors/packs/${pack.id}`
  if (!own) return [{ text: `Read the governors’ pack for ${pack.termName}`, href, due: null, since: pack.issuedAt }]
  return own.signedAt
    ? []
    : [{ text: `Sign the governors’ pack for ${pack.termName}`, href, due: null, since: pack.issuedAt }]
}

const ledgerNeeds: NeedSource<HouseReads> = async ({ ledger }, actor) => {
  if (!may(actor, 'ledger.verify')) return []
  const last = await ledger.latest(['ledger.verified', 'ledger.found-altered'])
  return last?.type === 'ledger.found-altered'
    ? [
        {
          text: 'See what was altered in the ledger',
          href: may(actor, 'ledger.view') ? '/ledger' : '/ledger/check',
          due: null,
          loud: true,
          note: 'The last check found that somebody or something changed the record. Tell the headteacher, the chair and the data protection officer.',
        },
      ]
    : []
}

/** A checkpoint older than a day and an hour is late: one is made each day. */
const checkpointHours = 25

const ledgerWorking: WorkingSource<HouseReads> = async ({ ledger }, actor, now) => {
  // Shown to whoever answers for something; who teaches can do nothing about it.
  if (!may(actor, 'reviews.view')) return []
  const last = await ledger.latest(['ledger.checkpointed'])
  const item = { id: 'ledger', name: 'Ledger checkpoint', ...(may(actor, 'ledger.view') ? { href: '/ledger' } : {}) }
  if (!last) return [{ ...item, state: 'unknown', says: 'none signed yet' }]
  const ageMs = now.getTime() - new Date(last.at).getTime()
  return [
    {
      ...item,
      state: ageMs <= checkpointHours * 3_600_000 ? 'working' : 'late',
      says: `last signed ${timeAgo(last.at, now)}`,
    },
  ]
}

/** As they are counted on the first page: what is wrong first. */
const worstFirst: readonly ClauseStatus[] = ['failing', 'overdue', 'due', 'not-started', 'met', 'not-applicable']

/** How the clauses stand that this person's roles answer for, as last written down. */
const ownClauses: WorkingSource<HouseReads> = async ({ policies }, actor) => {
  const own = policyPacks().flatMap(({ clauses }) =>
    clauses.filter(({ actor: answers }) => {
      const role = dutyRoleOf(answers)
      return role !== null && hasRole(actor, role)
    }),
  )
  if (own.length === 0) return []
  const moves = await policies.lastMoves()
  const item = { id: 'clauses', name: 'Clauses you answer for', href: '/policy' }
  const known = own.flatMap(({ id }) => moves.get(id)?.status ?? [])
  if (known.length === 0) return [{ ...item, state: 'unknown', says: 'not worked out yet' }]
  const counts = worstFirst.flatMap(status => {
    const count = known.filter(each => each === status).length
    return count === 0 ? [] : [`${count} ${statusWords[status].toLowerCase()}`]
  })
  const failing = known.some(status => status === 'failing')
  const late = known.some(status => status === 'overdue')
  return [{ ...item, state: failing ? 'failing' : late ? 'late' : 'working', says: formatList(counts) }]
}

export const houseSources: TodaySources<HouseReads> = {
  needs: [ledgerNeeds, secondOpinions, packNeeds, messageNeeds],
  happened: [
    sayings<HouseReads>([
      {
        type: 'pack.issued',
        mayKnow: actor => may(actor, 'pack.view'),
        one: () => 'A governors’ pack was issued',
        many: count => `${count} governors’ packs were issued`,
        href: ({ subject }) => `/governors/packs/${(subject ?? '').slice('pack:'.length)}`,
        listHref: '/governors',
      },
      {
        type: 'pack.answered',
        mayKnow: actor => may(actor, 'pack.view'),
        one: () => 'A governor’s question was answered',
        many: count => `${count} questions of governors were answered`,
        href: ({ subject }) => `/governors/packs/${(subject ?? '').slice('pack:'.length)}`,
        listHref: '/governors',
      },
      {
        type: 'ledger.verified',
        mayKnow: actor => may(actor, 'ledger.view'),
        one: () => 'The ledger was verified and found whole',
        many: count => `The ledger was verified ${count} times and found whole`,
        listHref: '/ledger',
        href: () => '/ledger',
      },
      {
        type: 'backup.made',
        mayKnow: actor => may(actor, 'ledger.verify'),
        one: () => 'A backup was made',
        many: count => `${count} backups were made`,
      },
    ]),
  ],
  working: [ledgerWorking, ownClauses],
}
