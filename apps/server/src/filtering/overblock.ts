import type { CategoryLists, GroupRules } from '@gatehouse/engine'
import type { Overblock } from './overblock-store.ts'

/*
 * Over-blocking, measured: what must be open is asked for as every group, of the gateway that filters, every night. The
 * gateway is asked for its verdict alone, so no site is visited and nothing leaves the machine.
 */

export interface GatewayVerdict {
  readonly url: string
  readonly verdict: 'allow' | 'warn' | 'block'
  readonly category: string
  readonly rule: string
}
/** Asks the running gateway as a group. null: it gave no answer. */
export type AskVerdicts = (group: string, urls: readonly string[]) => Promise<readonly GatewayVerdict[] | null>

/** How many addresses one question holds. */
const batch = 1000

/**
 * Asks for every host as every group.
 * @returns null when the gateway left a question without an answer: then nothing is known, which is not the same as fine.
 */
export async function lookForOverblocks(options: {
  readonly ask: AskVerdicts
  readonly groups: readonly Pick<GroupRules, 'id'>[]
  readonly hosts: readonly string[]
  readonly lists: CategoryLists
}): Promise<{ readonly asked: number; readonly found: readonly Overblock[] } | null> {
  const { ask, groups, hosts, lists } = options
  const found: Overblock[] = []
  let asked = 0
  for (const group of groups) {
    for (let from = 0; from < hosts.length; from += batch) {
      const some = hosts.slice(from, from + batch)
      const verdicts = await ask(
        group.id,
        some.map(host => `https://${host}/`),
      )
      if (verdicts === null || verdicts.length !== some.length) return null
      asked += some.length
      verdicts.forEach(({ verdict, category, rule }, index) => {
        const host = some[index]
        if (verdict === 'allow' || host === undefined) return
        const listing = lists.lookup(host).find(each => each.category === category)
        found.push({ host, group: group.id, category, rule, sources: [...(listing?.sources ?? [])] })
      })
    }
  }
  return { asked, found }
}
