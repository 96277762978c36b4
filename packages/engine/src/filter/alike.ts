import { fileKindOfPath } from './file-types.ts'
import { imitatedBy, mayImitate } from './look-alike.ts'
import { mayHoldAddress } from './nested.ts'
import { indexOf } from './rule-index.ts'
import type { CategoryLists, RuleSet } from './types.ts'

/**
 * For whoever decides millions of requests at once: those of one person, at one time and of one kind, whose addresses give the
 * same number here, get the same verdict. null where the address itself matters, and must be decided by itself.
 *
 * Most hosts stand in no rule, are no service and imitate nothing, so all that bears on them is what the lists say of them.
 * @param host normalised.
 * @param path normalised and without a query; null where it cannot be seen.
 */
export function alikeBy(rules: RuleSet, lists: CategoryLists, host: string, path: string | null): number | null {
  const { sites } = indexOf(rules)
  if (sites(host) !== undefined) return null
  // As `lookAlikeOutcome` asks it.
  const isKnown = (name: string): boolean =>
    sites(name)?.isImitated === true ||
    lists.listingsOf(lists.lookupSet(name)).some(({ category }) => category === 'must-allow')
  if (mayImitate(host) && imitatedBy(host, isKnown) !== null) return null
  if (path === null || path === '/') return lists.lookupSet(host)
  const address = { ok: true, scheme: '', host, port: null, path, rest: '' } as const
  if (fileKindOfPath(path) !== null || mayHoldAddress(address)) return null
  return lists.lookupPathSet(host, path)
}
