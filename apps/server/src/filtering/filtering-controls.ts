import type { Category } from '@gatehouse/engine'
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
} from '../policies/control.ts'
import { rulesDigest } from './bundle-publisher.ts'
import { categoryName } from './change-forms.ts'
import { groupName } from './filter-change.ts'
import { emergencyDeadline } from './filter-change-clocks.ts'
import type { FilterReads } from './filter-store.ts'
import { failureElsewhere, type FilterTest, freshMs, isPlacePoint, isProxyPoint } from './filter-watch-store.ts'

export type FilteringControlReads = ControlReads & { readonly filtering: FilterReads }
type FilteringControl = Control<FilteringControlReads>

/** Policy A gives no interval for lists: weekly is the default of the clause. */
const listsMs = 7 * dayMs
/** A governor looks once a term: four months reach from any term into the next. */
const reviewMs = 122 * dayMs

const later = (at: Date, ms: number): Date => new Date(at.getTime() + ms)
const page: Pick<Proof, 'href'> = { href: '/internet' }

/** What the last hourly round says, or why it says nothing. */
async function lastBeat(filtering: FilterReads, now: Date): Promise<{ beat: FilterTest } | { state: ControlState }> {
  const [beat] = await filtering.heartbeats(1)
  if (!beat)
    return {
      state: notStarted(
        'Nobody has asked the running filter yet. Start Gatehouse with “serve”, and it is asked within a minute.',
      ),
    }
  const proofs: Proof[] = [{ text: 'The last hourly round of requests through the filter', ...page, at: beat.at }]
  if (now.getTime() - beat.at.getTime() > freshMs)
    return {
      state: failing(
        'unknown',
        beat.at,
        'The filter has not been asked for more than two hours, so nobody knows whether it works.',
        proofs,
      ),
    }
  return { beat }
}

const beatProof = (beat: FilterTest, text: string): Proof => ({ text, ...page, at: beat.at })

const webFilter: FilteringControl = {
  id: 'filtering.web-filter',
  title: 'The filter blocks what it should, for every user and group, and is asked every hour',
  kind: 'enforce',
  clauses: ['A-4.1-13', 'A-5-17', 'B-aua-12'],
  evaluate: async ({ filtering }, { now }) => {
    const found = await lastBeat(filtering, now)
    if ('state' in found) return found.state
    const { beat } = found
    const proof = [beatProof(beat, `${beat.checks} requests through the filter, ${beat.failures} not as decided`)]
    const [last] = await filtering.failingElsewhere()
    if (last)
      return failing('measured', last.at, failureElsewhere(last), [
        beatProof(
          last,
          isProxyPoint(last.point) ? 'The last round through that proxy' : 'The last round from that network',
        ),
      ])
    return beat.result === 'passed'
      ? met(
          'measured',
          beat.at,
          later(beat.at, freshMs),
          `Every category was asked for as every group: ${beat.checks} requests, all as decided.`,
          proof,
        )
      : failing(
          'measured',
          beat.at,
          `${beat.failures} of ${beat.checks} requests through the filter did not come out as decided.`,
          proof,
        )
  },
}

const deployed: FilteringControl = {
  id: 'filtering.deployed',
  title: 'The filter runs on the rules that were decided and on lists of this week',
  kind: 'enforce',
  clauses: ['A-3.4-06'],
  evaluate: async ({ filtering }, { now }) => {
    const state = await filtering.state()
    const lists = await filtering.activeLists()
    if (!state?.published_at || !lists)
      return notStarted('No rules have been given to a filter yet. Start Gatehouse with “serve”.')
    const drift = await filtering.openDrift()
    if (drift[0])
      return failing(
        'measured',
        drift[0].foundAt,
        `The filter was changed without approval: ${drift[0].differences[0]}.`,
        [{ text: 'An unapproved change', ...page, at: drift[0].foundAt }],
      )
    if (state.published_rules !== rulesDigest(await filtering.rules()))
      return failing('measured', state.published_at, 'What was decided has not reached the filter.', [
        { text: 'The last rules that reached the filter', ...page, at: state.published_at },
      ])
    const due = later(lists.active_at, listsMs)
    const proofs: Proof[] = [
      { text: `Lists of ${lists.domains.toLocaleString('en-GB')} sites`, ...page, at: lists.active_at },
      { text: `Rules, version ${(await filtering.state())?.version ?? 0}`, ...page, at: state.published_at },
    ]
    return due <= now
      ? overdue(
          due,
          'The lists of sites are more than a week old: run “gatehouse lists compile”.',
          lists.active_at,
          proofs,
        )
      : met(
          'measured',
          lists.active_at,
          due,
          'The rules that were decided are in force, and the lists were compiled within a week.',
          proofs,
        )
  },
}

const twoPeople: FilteringControl = {
  id: 'filtering.two-people',
  title: 'Every change of the filter is proposed by one person and approved by another',
  kind: 'enforce',
  clauses: ['A-3.4-07'],
  evaluate: async ({ filtering, deadlines, ledger }, { now }) => {
    const drift = (await filtering.openDrift()).find(({ place }) => place !== 'lists')
    if (drift)
      return failing('measured', drift.foundAt, `Somebody changed the filter alone: ${drift.differences[0]}.`, [
        { text: 'An unapproved change', ...page, at: drift.foundAt },
      ])
    const waiting = (await filtering.undecided()).filter(change => change.emergency)
    for (const change of waiting) {
      const late = (await deadlines.about(`filter-change:${change.id}`)).find(
        each => each.kind === emergencyDeadline && each.dueAt !== null && each.dueAt < now,
      )
      if (late?.dueAt)
        return overdue(
          late.dueAt,
          'A block that one person made at once has waited for its approval for more than a school day.',
          change.inForceAt,
          [{ text: 'The block that waits', href: `/internet/changes/${change.id}`, at: change.proposedAt }],
        )
    }
    const approved = (await filtering.changes({ states: ['in-force', 'ended'], limit: 200 })).filter(
      change => change.decision === 'approved',
    )
    const alone = approved.find(change => change.decidedBy === null || change.decidedBy === change.proposedBy)
    if (alone)
      return failing('measured', alone.proposedAt, 'A change stands that one person made alone.', [
        { text: 'The change', href: `/internet/changes/${alone.id}`, at: alone.proposedAt },
      ])
    const last = approved[0]
    if (!last?.decidedAt) return notStarted('Nobody has changed the filter yet, so nothing shows that it takes two.')
    const entry = await ledger.latest(['filter-change.approved'], `filter-change:${last.id}`)
    return met(
      'measured',
      last.decidedAt,
      null,
      `Of ${approved.length} changes, every one was approved by somebody other than its proposer.`,
      [
        {
          text: 'The last approval',
          href: `/internet/changes/${last.id}`,
          at: last.decidedAt,
          ...(entry ? { seq: entry.seq } : {}),
        },
      ],
    )
  },
}

const logReviewed: FilteringControl = {
  id: 'filtering.log-reviewed',
  title: 'Governors inspect the log of filtering changes',
  kind: 'workflow',
  clauses: ['A-3.1-07'],
  evaluate: async ({ filtering, ledger }, { now }) => {
    const [last] = await filtering.reviews(1)
    if (!last)
      return notStarted(
        'No governor has signed a review of the filtering log yet: open the log under Internet, All changes.',
      )
    const due = later(last.at, reviewMs)
    const entry = await ledger.latest(['filter-log.reviewed'], `filter-log:${last.id}`)
    const proofs: Proof[] = [
      {
        text: `A governor reviewed ${last.changes} changes`,
        href: '/internet/log',
        at: last.at,
        ...(entry ? { seq: entry.seq } : {}),
      },
    ]
    if (due <= now)
      return overdue(due, 'No governor has reviewed the filtering log for more than a term.', last.at, proofs)
    if (later(last.at, reviewMs - 14 * dayMs) <= now)
      return dueSoon('attested', last.at, due, 'A governor’s next review of the filtering log is due.', proofs)
    return met(
      'attested',
      last.at,
      due,
      `A governor read the filtering log and signed for ${last.changes} changes.`,
      proofs,
    )
  },
}

const illegalSlot: FilteringControl = {
  id: 'filtering.illegal-slot',
  title: 'Illegal content is blocked by the lists of the IWF and the police',
  kind: 'enforce',
  clauses: ['A-5-18', 'A-11-01'],
  // Nothing that anybody can press here makes it green: only the lists themselves, and a probe of the IWF's own test page, would.
  evaluate: async ({ filtering }, { now }) => {
    const { illegal } = await filtering.rules()
    if (illegal.source === 'empty' || illegal.hosts.length === 0)
      return failing(
        'measured',
        now,
        'The slot for the lists of illegal content is empty. It cannot be switched off, but it blocks nothing until a licensed list is loaded: ask the school’s supplier.',
        [{ text: 'The state of the slot', ...page, at: now }],
      )
    return failing('unknown', now, 'Lists are loaded, and no test against the IWF’s own test page exists yet.', [
      { text: 'The state of the slot', ...page, at: now },
    ])
  },
}

/** Groups of children, by whom pages are worded for. */
const childGroups = ['infants', 'juniors', 'secondary', 'personal-devices'] as const

const byGroup: FilteringControl = {
  id: 'filtering.by-group',
  title: 'Pupils of each age and staff get different filtering, as decided',
  kind: 'enforce',
  clauses: ['A-5-22'],
  evaluate: async ({ filtering }, { now }) => {
    const found = await lastBeat(filtering, now)
    if ('state' in found) return found.state
    const { beat } = found
    const seenBy = (group: string): string =>
      JSON.stringify(
        Object.entries(beat.seen)
          .sort()
          .map(([category, outcomes]) => [category, outcomes[group]]),
      )
    const proof = [beatProof(beat, 'What each group was given, category by category')]
    const wrong = ['infants', 'juniors', 'staff'].find(group => (beat.byGroup[group]?.[1] ?? 1) > 0)
    if (wrong) return failing('measured', beat.at, `${groupName(wrong)} did not get what was decided for them.`, proof)
    const views = [seenBy('infants'), seenBy('juniors'), seenBy('staff')]
    return new Set(views).size === views.length
      ? met(
          'measured',
          beat.at,
          later(beat.at, freshMs),
          'Infants, juniors and staff were each given something different, and what was decided for them.',
          proof,
        )
      : failing('measured', beat.at, 'Two of infants, juniors and staff are filtered in the same way.', proof)
  },
}

/** Lawful, and made for adults or with a least age. */
const ageLimited: readonly Category[] = [
  'gambling',
  'dating',
  'adult',
  'pornography',
  'alcohol-tobacco',
  'weapons',
  'social',
  'chat',
  'crypto',
]

/** Whether these categories were seen blocked for every group of children. */
const blockedForChildren = (options: {
  id: string
  title: string
  clauses: readonly string[]
  categories: readonly Category[]
  why: string
}): FilteringControl => ({
  id: options.id,
  title: options.title,
  kind: 'enforce',
  clauses: options.clauses,
  evaluate: async ({ filtering }, { now }) => {
    const found = await lastBeat(filtering, now)
    if ('state' in found) return found.state
    const { beat } = found
    const proof = [beatProof(beat, 'What children were given, category by category')]
    for (const category of options.categories)
      for (const group of childGroups)
        if (beat.seen[category]?.[group] !== 'blocked')
          return failing(
            'measured',
            beat.at,
            `${categoryName(category)} is not blocked for ${groupName(group)}.`,
            proof,
          )
    return met('measured', beat.at, later(beat.at, freshMs), options.why, proof)
  },
})

const personalGroup = 'personal-devices'

const personalDevices: FilteringControl = {
  id: 'filtering.personal-devices',
  title: 'Personal devices on the school’s network are filtered, and asked about from their own network',
  kind: 'enforce',
  clauses: ['A-6-08'],
  evaluate: async ({ filtering }, { now }) => {
    const rounds = (
      await Promise.all((await filtering.points()).map(async point => (await filtering.heartbeats(1, point))[0]))
    ).filter(round => round && isPlacePoint(round.point) && round.byGroup[personalGroup] !== undefined)
    const [last] = rounds.flatMap(round => (round ? [round] : [])).sort((a, b) => b.at.getTime() - a.at.getTime())
    if (!last)
      return notStarted(
        'Nobody has asked the filter from the network of personal devices. Name that network under Internet, Networks, and give the server an address in it.',
      )
    const proof = [beatProof(last, `${last.checks} requests from the network of personal devices`)]
    if (now.getTime() - last.at.getTime() > freshMs)
      return failing(
        'unknown',
        last.at,
        'The filter has not been asked from the network of personal devices for more than two hours.',
        proof,
      )
    return last.result === 'passed'
      ? met(
          'measured',
          last.at,
          later(last.at, freshMs),
          'Every category was asked for from an address of the network of personal devices, and all came out as decided.',
          proof,
        )
      : failing(
          'measured',
          last.at,
          `${last.failures} of ${last.checks} requests from the network of personal devices did not come out as decided.`,
          proof,
        )
  },
}

export const filteringControls: readonly FilteringControl[] = [
  webFilter,
  deployed,
  twoPeople,
  logReviewed,
  illegalSlot,
  personalDevices,
  byGroup,
  blockedForChildren({
    id: 'filtering.by-age',
    title: 'What is lawful but made for adults is closed to children',
    clauses: ['A-11-03'],
    categories: ageLimited,
    why: 'Each category made for adults, or with a least age, was asked for as every group of children and was blocked.',
  }),
  blockedForChildren({
    id: 'filtering.pupil-webmail',
    title: 'Pupils cannot use personal email in school',
    clauses: ['A-9-13'],
    categories: ['webmail'],
    why: 'Personal email was asked for as every group of children and was blocked.',
  }),
]
