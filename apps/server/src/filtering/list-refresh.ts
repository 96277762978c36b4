import type { Category, CategoryLists, ListCount } from '@gatehouse/engine'

/*
 * New lists beside those in force: what differs, and what is so odd that it is taken for a broken or poisoned download.
 */

/** Domains and pages, for one source or for all. */
export interface Counted {
  readonly domains: number
  readonly counts: readonly ListCount[]
}

/** The operator has looked: sources that may have shrunk or grown as they have, or all of them. */
export type Accepted = 'all' | readonly string[]

/** This much of what was there must still be there. */
const smallestShare = 0.7
/** More than so many times what was there is as suspicious, unless it is little. */
const largestGrowth = 3
const littleGrowth = 1000

const share = (value: number): string => value.toLocaleString('en-GB')

/** Why new lists must not take the place of those in force, a sentence each; empty if they may. */
export function refusals(before: Counted | null, after: Counted, accepted: Accepted = []): string[] {
  if (after.domains === 0) return ['the lists that were compiled are empty']
  if (!before) return []
  const said: string[] = []
  if (accepted.length === 0 && after.domains <= before.domains * smallestShare) {
    said.push(
      `the lists that were compiled hold ${share(after.domains)} domains and the ones in force ${share(before.domains)}: 30 per cent fewer, or worse`,
    )
  }
  const [old, next] = [sizes(before), sizes(after)]
  for (const source of new Set([...old.keys(), ...next.keys()])) {
    if (accepted === 'all' || accepted.includes(source)) continue
    const [was, is] = [old.get(source) ?? 0, next.get(source) ?? 0]
    if (was > 0 && is === 0) said.push(`${source} is empty or gone; it had ${share(was)} entries`)
    else if (is <= was * smallestShare) said.push(`${source} has shrunk from ${share(was)} entries to ${share(is)}`)
    else if (was > 0 && is > was * largestGrowth && is - was > littleGrowth)
      said.push(`${source} has grown from ${share(was)} entries to ${share(is)}, more than threefold`)
  }
  return said
}

const sizes = ({ counts }: Counted): ReadonlyMap<string, number> => {
  const sums = new Map<string, number>()
  for (const { source, domains, pages = 0 } of counts) sums.set(source, (sums.get(source) ?? 0) + domains + pages)
  return sums
}

/** What differs, a line for each category and source that does, then all together. */
export function differences(before: Counted, after: Counted): string[] {
  const key = ({ category, source }: ListCount): string => `${category} ${source}`
  const entries = ({ domains, pages = 0 }: ListCount): number => domains + pages
  const old = new Map(before.counts.map(count => [key(count), entries(count)]))
  const next = new Map(after.counts.map(count => [key(count), entries(count)]))
  const said: string[] = []
  for (const each of new Set([...next.keys(), ...old.keys()])) {
    const [was, is] = [old.get(each) ?? 0, next.get(each) ?? 0]
    if (was !== is)
      said.push(`${each}: ${share(was)} → ${share(is)} (${is > was ? '+' : '−'}${share(Math.abs(is - was))})`)
  }
  if (before.domains !== after.domains || said.length > 0)
    said.push(`all together: ${share(before.domains)} → ${share(after.domains)} domains`)
  return said
}

/** A site that ought to be harmless, and a list that says otherwise. */
export interface Alarm {
  readonly host: string
  readonly category: Category
  readonly sources: readonly string[]
}

/**
 * Well-known sites that a list of others names. It does not stop the lists from being used: must-allow outranks them, and
 * a school may ask for two sources to agree; but whoever switches a source on should know what it thinks of.
 */
export function alarms(lists: CategoryLists, hosts: Iterable<string>): Alarm[] {
  const ours = new Set(lists.sources.filter(source => source.isCurated).map(source => source.id))
  const found: Alarm[] = []
  for (const host of new Set(hosts)) {
    for (const { category, sources } of lists.lookup(host)) {
      const others = sources.filter(source => !ours.has(source))
      if (others.length > 0) found.push({ host, category, sources: others })
    }
  }
  return found
}
