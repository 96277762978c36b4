import { systemActor } from '../platform/actor.ts'
import { changed } from '../platform/change.ts'
import { settableCategories } from './change-content.ts'
import { canaryOf } from './filter-expectations.ts'
import { actionFor } from './filter-openings.ts'
import type { FilterProber } from './filter-test.ts'
import { embeddedPoint } from './filter-watch-store.ts'
import { type FilteringParts, tellOf } from './filtering-parts.ts'
import { mustAllowHosts } from './lists-folder.ts'
import { type AskVerdicts, lookForOverblocks } from './overblock.ts'

/** As whom the pulse is taken: those whom a dead filter would hurt first. */
const pulseGroup = 'juniors'
/** How many pulses in a row may fail before somebody is told: one may be an unlucky moment. */
const toleratedMisses = 1

/**
 * Watches the filter between the hourly rounds. A pulse is two requests a minute through the gateway: the check page, which
 * must be reached, and a canary, which must be blocked. Two flat pulses in a row call for a whole round at once, which tells
 * people and turns the clauses to failing; so does the first good one afterwards, which turns them back.
 */
export function createFilteringWatch(options: {
  readonly parts: FilteringParts
  readonly proberFor: (schoolId: string) => FilterProber
  /** One whole round for one school, now. */
  readonly beat: (schoolId: string) => Promise<void>
  /** The running gateway's own verdicts for a school. */
  readonly verdictsFor: (schoolId: string) => AskVerdicts
}) {
  const { parts, proberFor, beat, verdictsFor } = options
  const callsForRound = createPulses(parts)

  return {
    /** One pulse for every school. */
    pulse: async (): Promise<void> => {
      for (const { id } of await parts.schools())
        if (await callsForRound(id, embeddedPoint, proberFor(id))) await beat(id)
    },

    /** One look for what is blocked and should be open. @returns whether the gateway answered for every school. */
    overblocks: async (): Promise<boolean> => {
      const hosts = mustAllowHosts()
      let answered = true
      for (const { id } of await parts.schools()) {
        const { groups } = await parts.read(id, ({ filtering }) => filtering.rules())
        const look = await lookForOverblocks({ ask: verdictsFor(id), groups, hosts, lists: parts.lists.open().lists })
        if (look === null) {
          answered = false
          continue
        }
        await parts.change(systemActor(id, 'worker'), async ({ filtering, people, messages }) => {
          const { begun, ended } = await filtering.overblocksSeen(look.found)
          if (begun > 0) await tellOf(people, messages, 'filter-overblock.found', '/internet/heartbeat')
          return changed(undefined, {
            type: 'filter-overblock.looked',
            subject: 'filter:overblock',
            detail: { sites: hosts.length, asked: look.asked, blocked: look.found.length, begun, ended },
          })
        })
      }
      return answered
    },
  }
}

/** Takes a pulse at one point of a school. @returns whether it calls for a whole round: it fell silent, came back, or was unlucky. */
export function createPulses(
  parts: FilteringParts,
): (schoolId: string, point: string, prober: FilterProber) => Promise<boolean> {
  const missed = new Map<string, number>()
  return async (schoolId, point, prober) => {
    const key = `${schoolId} ${point}`
    const before = missed.get(key) ?? 0
    const misses = (await isBeating(parts, schoolId, prober)) ? 0 : before + 1
    missed.set(key, misses)
    const isTurned = misses > toleratedMisses !== before > toleratedMisses
    return isTurned || (misses === 0 && (await isWorthAnother(parts, schoolId, point)))
  }
}

/** A round that failed where the one before had not may have been an unlucky moment: it is taken once more, and not an hour later. */
async function isWorthAnother(parts: FilteringParts, schoolId: string, point: string): Promise<boolean> {
  const [last, before] = await parts.read(schoolId, ({ filtering }) => filtering.heartbeats(2, point))
  return last?.result === 'failed' && before?.result !== 'failed'
}

/** Whether a proxy passes on what it may, and stops what it must: the check page and one canary. */
async function isBeating(parts: FilteringParts, schoolId: string, prober: FilterProber): Promise<boolean> {
  const control = await prober.control(pulseGroup)
  if (control.outcome !== 'reached') return false
  const group = (await parts.read(schoolId, ({ filtering }) => filtering.rules())).groups.find(
    ({ id }) => id === pulseGroup,
  )
  const lists = parts.lists.open().lists
  const blocked = settableCategories.find(
    category =>
      group !== undefined &&
      actionFor(group, category) === 'block' &&
      lists.lookup(canaryOf(category)).some(listing => listing.category === category),
  )
  return blocked === undefined || (await prober.probe(pulseGroup, canaryOf(blocked), '/', false)) === 'blocked'
}
