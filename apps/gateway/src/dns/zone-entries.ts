/**
 * From rules to names: what a resolver must answer differently for a group. DNS sees a name and nothing else, so this is the
 * verdict on each listed name as the rules stand at one instant; paths, people, passes of a class and look-alikes are not
 * in it, and a warning is a block.
 *
 * An entry covers its name and everything beneath it until another entry says otherwise, so a name is written only where
 * the verdict differs from its parent's: 'bets.example' blocked, 'help.bets.example' open, and nothing for 'www.bets.example'.
 */
import { decide } from '@gatehouse/engine/filter/decide'
import { normaliseHost } from '@gatehouse/engine/filter/address'
import { isIpAddress } from '@gatehouse/engine/filter/ip-address'
import type { CategoryLists, RuleSet } from '@gatehouse/engine/filter/types'

export type Outcome = 'illegal' | 'open' | 'blocked'

export interface ZoneEntry {
  readonly name: string
  readonly outcome: Outcome
}

export interface Zone {
  /** For whatever no entry covers. */
  readonly otherwise: 'open' | 'blocked'
  /** The illegal floor first, then what is open beneath something blocked, then the rest. */
  readonly entries: readonly ZoneEntry[]
  /** Names whose own entry, with a wildcard and the zone's name around it, would be longer than DNS allows. */
  readonly tooLong: number
}

/** RFC 1035 §2.3.4 allows 253 characters as text; a zone's own name and a wildcard need some of them. */
const longestName = 200

/** A name in no list, to learn what becomes of those. RFC 6761 keeps it out of the real DNS. */
const nameInNoList = 'name-in-no-list.invalid'

export interface ZoneQuestion {
  readonly rules: RuleSet
  readonly lists: CategoryLists
  /** Of everything that is listed; repeats and names that are none are passed over. */
  readonly names: Iterable<string>
  readonly group: string
  readonly at: Date
  readonly place?: string | undefined
}

export function zoneFor(question: ZoneQuestion): Zone {
  const { rules, lists, group, at, place } = question
  const outcomeOf = (name: string): Outcome => {
    const { verdict, rule } = decide(rules, lists, {
      url: name,
      kind: 'dns',
      groups: [group],
      at,
      ...(place === undefined ? {} : { place }),
    })
    return verdict === 'allow' ? 'open' : rule === 'illegal' ? 'illegal' : 'blocked'
  }
  const otherwise = outcomeOf(nameInNoList) === 'open' ? 'open' : 'blocked'
  const found: Record<Outcome, string[]> = { illegal: [], open: [], blocked: [] }
  const seen = new Set<string>()
  let tooLong = 0
  for (const given of everyName(question)) {
    const name = seen.has(given) ? null : normaliseHost(given)
    if (name === null || seen.has(name) || isIpAddress(name) || !name.includes('.')) continue
    seen.add(name)
    const parent = name.slice(name.indexOf('.') + 1)
    const above = parent.includes('.') ? outcomeOf(parent) : otherwise
    const outcome = outcomeOf(name)
    if (outcome === above) continue
    if (name.length > longestName) tooLong += 1
    else found[outcome].push(name)
  }
  const entries = (['illegal', 'open', 'blocked'] as const).flatMap(outcome =>
    found[outcome].sort().map(name => ({ name, outcome })),
  )
  return { otherwise, entries, tooLong }
}

/** What is listed, and what the school's own rules name. */
function* everyName({ rules, names }: ZoneQuestion): Generator<string> {
  yield* rules.illegal.hosts
  for (const { host } of rules.hostRules) yield host
  for (const { hosts } of rules.matrix?.services ?? []) yield* hosts
  yield* names
}
