import { systemActor } from '../platform/actor.ts'
import { changed } from '../platform/change.ts'
import { filterOf } from './filter-rules.ts'
import { type FilteringParts, tellOf } from './filtering-parts.ts'
import { ListsRefused } from './lists-folder.ts'

/**
 * Keeps new lists waiting where a school asks for two people, and puts them in force once every such school has decided so.
 * Lists are the installation's, so the most careful of its schools sets the pace.
 */
export function createListsRelease(
  parts: Pick<FilteringParts, 'read' | 'change' | 'schools' | 'clock' | 'lists' | 'log'>,
) {
  const { clock, lists, log } = parts
  let told = ''
  return async (): Promise<void> => {
    const careful: string[] = []
    const agreed = new Map<string, readonly string[]>()
    for (const { id } of await parts.schools()) {
      const inForce = await parts.read(id, ({ filtering }) => filtering.inForce())
      if (filterOf(inForce, 0).listsNeedTwo) careful.push(id)
      agreed.set(
        id,
        inForce.flatMap(({ content }) => (content.kind === 'lists' ? [content.sha256] : [])),
      )
    }
    lists.hold(careful.length > 0)
    const waiting = lists.waiting()
    if (!waiting) return
    if (careful.every(id => agreed.get(id)?.includes(waiting.sha256))) {
      try {
        lists.activateWaiting(waiting.sha256, clock())
      } catch (error) {
        if (!(error instanceof ListsRefused)) throw error
        if (told !== error.message) log(`filtering: ${error.message}`)
        told = error.message
      }
      return
    }
    if (told === waiting.sha256) return
    told = waiting.sha256
    for (const id of careful)
      await parts.change(systemActor(id, 'worker'), async ({ people, messages }) => {
        await tellOf(people, messages, 'filter-lists.waiting', '/internet/lists')
        return changed(undefined, {
          type: 'filter-lists.waiting',
          subject: 'filter:lists',
          detail: { sha256: waiting.sha256, domains: waiting.domains },
        })
      })
  }
}
