import type { NeedSource, TodaySources, WorkingSource } from '../assurance/today.ts'
import type { ActivityReads } from '../activity/activity-store.ts'
import { may } from '../platform/actor.ts'
import { whyNotDecide } from '../platform/requests.ts'
import { effectOf, whyNotApprove } from './filter-change.ts'
import type { FilterReads } from './filter-store.ts'
import { beatModel } from './internet-pages.ts'

export interface FilteringTodayReads {
  readonly filtering: FilterReads
  readonly activity: Pick<ActivityReads, 'latestProbe'>
}

/** Changes that wait for this person's decision, sites that were asked for, and whatever is wrong with the filter. */
const needs: NeedSource<FilteringTodayReads> = async ({ filtering }, actor) => {
  if (!may(actor, 'filter.changes')) return []
  const found: { text: string; href: string; due: Date | null; since?: Date; loud?: boolean; note?: string }[] = []
  const inForce = await filtering.inForce()
  const surroundings = await filtering.surroundings()
  for (const change of await filtering.undecided()) {
    if (!change.content) continue
    const reinstated = change.content.kind === 'restore' ? await filtering.pile(change.content.reinstate) : []
    const opens = !change.emergency && effectOf(inForce, change.id, change.content, surroundings, reinstated).opens
    if (whyNotDecide(actor, { state: 'waiting', proposedBy: change.proposedBy }) ?? whyNotApprove(actor, opens))
      continue
    found.push({
      text: change.emergency
        ? 'Approve or lift a block that was made at once'
        : opens
          ? 'Decide about opening something in the filter'
          : 'Decide about a change of the filter',
      href: `/internet/changes/${change.id}`,
      due: null,
      since: change.proposedAt,
    })
  }
  if (may(actor, 'filter.propose')) {
    for (const drift of await filtering.openDrift())
      found.push({
        text: 'Look at an unapproved change of the filter',
        href: '/internet',
        due: null,
        since: drift.foundAt,
        loud: true,
        note: 'Somebody changed it behind Gatehouse’s back.',
      })
    const asked = await filtering.siteRequests(50)
    const first = asked[0]
    if (first)
      found.push({
        text:
          asked.length === 1
            ? 'Settle a site that people asked for'
            : `Settle ${asked.length} sites that people asked for`,
        href: '/internet/asked',
        due: null,
        since: first.lastAt,
      })
  }
  return found
}

const working: WorkingSource<FilteringTodayReads> = async ({ filtering, activity }, actor, now) => {
  if (!may(actor, 'filter.view')) return []
  const beats = await filtering.heartbeats(1)
  const elsewhere = await filtering.failingElsewhere()
  const beat = beatModel(beats, elsewhere, now)
  const probe = await activity.latestProbe()
  const isLogged = probe?.lastProbeAt && now.getTime() - probe.lastProbeAt.getTime() < 2 * 3_600_000
  return [
    {
      id: 'filter',
      name: 'Internet filter',
      state: beat.state === 'ok' ? 'working' : beat.state === 'failing' ? 'failing' : 'unknown',
      says: beat.text,
      href: '/internet',
    },
    {
      id: 'web-log',
      name: 'Web log',
      state: isLogged ? 'working' : 'unknown',
      says: isLogged ? 'what the filter decides arrives here' : 'nothing has arrived for more than two hours',
      ...(may(actor, 'activity.view') ? { href: '/activity' } : {}),
    },
  ]
}

export const filteringSources: TodaySources<FilteringTodayReads> = { needs: [needs], working: [working] }
