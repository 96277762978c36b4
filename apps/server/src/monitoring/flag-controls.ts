import { endOfLondonDay } from '@gatehouse/engine/calendar'
import {
  type Control,
  type ControlReads,
  dayMs,
  dueSoon,
  failing,
  met,
  notStarted,
  overdue,
  type Proof,
} from '../policies/control.ts'
import type { DeviceReads } from './device-store.ts'
import type { ScopeReads } from './scope-store.ts'

export type FlagControlReads = ControlReads & { readonly scopes: ScopeReads; readonly devices: DeviceReads }

/** A review that is nearer than this is announced. */
const soonMs = 28 * dayMs

const assessed: Control<FlagControlReads> = {
  id: 'monitoring.assessed',
  title: 'Nobody is monitored without an assessment that somebody independent advised on and the headteacher approved',
  kind: 'evaluate',
  clauses: ['B-monitoring-05'],
  evaluate: async ({ scopes, ledger }, { now }) => {
    const inForce = (await scopes.scopes()).filter(({ state }) => state === 'in-force')
    const [first] = inForce.toSorted((one, other) => (one.reviewOn < other.reviewOn ? -1 : 1))
    if (!first)
      return notStarted(
        'No assessment of monitoring is in force, so nobody is monitored. Begin under Flags, Whom we may monitor.',
      )
    const proofs: Proof[] = []
    for (const scope of inForce) {
      const entry = await ledger.latest(['monitoring-scope.in-force'], `monitoring-scope:${scope.id}`)
      if (scope.noticedAt)
        proofs.push({
          text: `An assessment in force for ${scope.groups.length === 1 ? 'one group' : `${scope.groups.length} groups`}`,
          href: `/monitoring/scope/${scope.id}`,
          at: scope.noticedAt,
          ...(entry ? { seq: entry.seq } : {}),
        })
    }
    const due = endOfLondonDay(first.reviewOn)
    const at = inForce.reduce(
      (last, { approvedAt }) => (approvedAt && approvedAt > last ? approvedAt : last),
      new Date(0),
    )
    if (due <= now)
      return overdue(due, 'An assessment is past its review, so its groups are not monitored any more.', at, proofs)
    return due.getTime() - now.getTime() < soonMs
      ? dueSoon('attested', at, due, 'An assessment of monitoring is soon to be looked at again.', proofs)
      : met(
          'attested',
          at,
          due,
          'Everybody who is monitored is covered by an assessment that was advised on, approved and told.',
          proofs,
        )
  },
}

const agents: Control<FlagControlReads> = {
  id: 'monitoring.agents',
  title: 'Every managed device speaks each day, with the extension on it',
  kind: 'evaluate',
  clauses: ['A-3.4-11'],
  evaluate: async ({ devices }, { now }) => {
    const all = await devices.devices()
    const [first] = all
    if (!first) return notStarted('No device has been enrolled yet: see Managed devices.')
    const heard = all.filter(({ seenAt }) => seenAt !== null)
    if (heard.length === 0) return notStarted('Devices are enrolled, and none of them has spoken yet.')
    const last = heard.reduce((latest, { seenAt }) => (seenAt && seenAt > latest ? seenAt : latest), new Date(0))
    const proofs: Proof[] = [{ text: 'The list of managed devices', href: '/monitoring/devices', at: last }]
    const silent = all.filter(({ seenAt }) => seenAt === null || now.getTime() - seenAt.getTime() > dayMs)
    if (silent.length > 0)
      return failing(
        'measured',
        last,
        `${silent.length} of ${all.length} managed devices ${silent.length === 1 ? 'has' : 'have'} been silent for more than a day.`,
        proofs,
      )
    const unknown = all.filter(({ userUnknown }) => userUnknown).length
    if (unknown > 0)
      return failing('measured', last, `${unknown} managed devices are used by nobody who is known here.`, proofs)
    return met(
      'measured',
      last,
      new Date(last.getTime() + dayMs),
      `All ${all.length} managed devices spoke within a day.`,
      proofs,
    )
  },
}

export const flagControls: readonly Control<FlagControlReads>[] = [assessed, agents]
