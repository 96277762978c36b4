import { sayings, type Need, type TodaySources } from '../assurance/today.ts'
import { type PersonActor, may } from '../platform/actor.ts'
import type { LedgerReads } from '../platform/ledger-reads.ts'
import { type RequestReads, whyNotDecide } from '../platform/requests.ts'
import { setAsideKind } from './clause-decisions.ts'
import { statusWords } from './clause-words.ts'
import { clauseStatuses } from './control.ts'
import type { PolicyReads } from './policy-store.ts'
import { openSteps } from './version-steps.ts'

interface Reads {
  readonly policies: PolicyReads
  readonly requests: RequestReads
  readonly ledger: LedgerReads
}

/** The steps that wait for one person, as the first page says them; the others are for whoever opens the version. */
const waitingSteps: Readonly<Record<string, string>> = {
  comment: 'Comment on the draft of policy',
  approve: 'Record the governors’ decision on policy',
  'sign-headteacher': 'Sign policy',
  'sign-governor': 'Sign for the governing body: policy',
  publish: 'Publish policy',
}

async function needsOf({ policies, requests }: Reads, actor: PersonActor, now: Date): Promise<readonly Need[]> {
  const needs: Need[] = []
  for (const policy of ['A', 'B'] as const) {
    const open = await policies.inPreparation(policy)
    if (!open) continue
    const steps = openSteps(actor, open, await policies.signatures(open.id))
    const comments = open.state === 'consultation' ? await policies.comments(open.id) : []
    for (const { path } of steps) {
      const text = waitingSteps[path]
      if (!text || (path === 'comment' && comments.some(({ personId }) => personId === actor.personId))) continue
      const due = path === 'comment' && open.commentsUntil ? new Date(`${open.commentsUntil}T23:59:59Z`) : null
      if (due && due < now) continue
      needs.push({ text: `${text} ${policy}`, href: `/policy/${policy}/versions/${open.number}`, due })
    }
  }
  if (may(actor, 'clause.decide-set-aside'))
    for (const request of await requests.waiting([setAsideKind])) {
      const clause = request.subject.slice('clause:'.length)
      if (whyNotDecide(actor, request) === null)
        needs.push({
          text: `Decide whether clause ${clause} is set aside`,
          href: `/policy/${clause.slice(0, 1)}/${clause}/set-aside/${request.id}`,
          due: null,
          since: request.proposedAt,
        })
    }
  return needs
}

const said = (status: unknown): string =>
  clauseStatuses.filter(each => each === status).map(each => statusWords[each].toLowerCase())[0] ?? 'unknown'
const everybodyHere = (actor: PersonActor): boolean => may(actor, 'policy.status')
const policyOf = (subject: string | null): string => (subject ?? '').slice('policy:'.length)

export const policyToday: TodaySources<Reads> = {
  needs: [needsOf],
  happened: [
    sayings<Reads>([
      {
        type: 'policy.published',
        mayKnow: everybodyHere,
        one: ({ subject }) => `A new version of policy ${policyOf(subject)} is in force.`,
        many: count => `${count} new versions of the policies are in force.`,
        href: ({ subject }) => `/policy/${policyOf(subject)}`,
      },
      {
        type: 'policy.approved',
        mayKnow: everybodyHere,
        one: ({ subject }) => `The governors approved a new version of policy ${policyOf(subject)}.`,
        many: count => `The governors approved ${count} new versions of the policies.`,
        href: ({ subject }) => `/policy/${policyOf(subject)}/versions`,
      },
      {
        type: 'policy.review-called',
        mayKnow: everybodyHere,
        one: ({ subject }) => `Something called for an early review of policy ${policyOf(subject)}.`,
        many: count => `${count} things called for an early review of a policy.`,
        href: ({ subject }) => `/policy/${policyOf(subject)}/versions`,
      },
      {
        type: 'clause.moved',
        mayKnow: everybodyHere,
        one: ({ subject, detail }) =>
          `Clause ${(subject ?? '').slice('clause:'.length)} moved from ${said(detail['from'])} to ${said(detail['to'])}.`,
        many: count => `${count} clauses changed how they stand.`,
        href: ({ subject }) => `/policy/${(subject ?? '').slice(7, 8)}/${(subject ?? '').slice(7)}`,
        listHref: '/policy',
      },
    ]),
  ],
}
