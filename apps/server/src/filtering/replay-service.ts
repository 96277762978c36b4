import { readFileSync } from 'node:fs'
import { type CategoryLists, openLists } from '@gatehouse/engine'
import type { JsonValue } from '@gatehouse/ledger/canonical'
import type { ActivityReads } from '../activity/activity-store.ts'
import type { PeopleReads } from '../people/people-store.ts'
import { systemActor } from '../platform/actor.ts'
import { type Change, changed, type Read } from '../platform/change.ts'
import type { Clock } from '../platform/clock.ts'
import type { ChangeContent } from './change-content.ts'
import { filterPeople } from './filter-people.ts'
import { filterOf } from './filter-rules.ts'
import { withChange } from './filter-change.ts'
import type { StoredReplay } from './filter-history-store.ts'
import type { FilterReads, FilterWrites } from './filter-store.ts'
import { type ListsFolder, sha256 } from './lists-folder.ts'
import { replay } from './replay.ts'

/** So many days of real requests, up to now. */
export const replayedDays = 14
/** A replay older than this says little about now, and is made again. */
const staleMs = 24 * 3_600_000
/** A page waits so long for one before it shows how far it is. */
const patienceMs = 2_000

export type ReplayState =
  | { readonly kind: 'done'; readonly replay: StoredReplay }
  | { readonly kind: 'running'; readonly requests: number }
  | { readonly kind: 'failed' }

export interface ReplayReads {
  readonly filtering: FilterReads
  readonly people: PeopleReads
  readonly activity: Pick<ActivityReads, 'requests'>
}

export type Replays = ReturnType<typeof createReplays>

/** Replays contents in the background of this process, one after the other, and keeps what came out. */
export function createReplays(parts: {
  readonly read: Read<ReplayReads>
  readonly change: Change<{ filtering: FilterWrites }>
  readonly lists: ListsFolder
  readonly clock: Clock
  readonly log: (line: string) => void
}) {
  const { read, change, lists, clock, log } = parts
  const running = new Map<string, { requests: number; failed: boolean; done: Promise<void> }>()
  let last: Promise<unknown> = Promise.resolve()

  /** Lists that are kept and not in force; the file is named by its digest, which is checked. */
  const listsNamed = (digest: string): CategoryLists => {
    const bytes = readFileSync(lists.path(digest))
    if (sha256(bytes) !== digest) throw new Error(`${lists.path(digest)} is not the list file that its name says`)
    return openLists(bytes)
  }

  const run = async (
    schoolId: string,
    digest: string,
    content: ChangeContent,
    own: string,
    onProgress: (requests: number) => void,
  ): Promise<void> => {
    const to = clock()
    const from = new Date(to.getTime() - replayedDays * 86_400_000)
    const { result, rulesVersion } = await read(schoolId, async ({ filtering, people, activity }) => {
      const surroundings = await filtering.surroundings()
      // A block in force at once is replayed against the rules without it.
      const inForce = (await filtering.inForce()).filter(({ id }) => id !== own)
      const reinstated = content.kind === 'restore' ? await filtering.pile(content.reinstate) : []
      const version = (await filtering.state())?.version ?? 0
      const result = await replay({
        before: filterOf(inForce, version, surroundings).rules,
        after: filterOf(withChange(inForce, own === '' ? '~' : own, content, reinstated), version + 1, surroundings)
          .rules,
        lists: lists.open().lists,
        ...(content.kind === 'lists' ? { listsAfter: listsNamed(content.sha256) } : {}),
        requests: activity.requests(from, to),
        people: await filterPeople(people, to),
        from,
        to,
        onProgress,
      })
      return { result, rulesVersion: version }
    })
    await change(systemActor(schoolId, 'worker'), async ({ filtering }) => {
      await filtering.addReplay({ digest, rulesVersion, result })
      const detail: Record<string, JsonValue> = {
        digest,
        days: replayedDays,
        requests: result.requests,
        newlyBlocked: result.newlyBlocked.requests,
        newlyOpen: result.newlyOpen.requests,
      }
      return changed(undefined, { type: 'filter-change.replayed', subject: 'filter:replay', detail })
    })
  }

  const isFresh = (stored: StoredReplay, rulesVersion: number, isWaiting: boolean): boolean =>
    !isWaiting || (clock().getTime() - stored.madeAt.getTime() < staleMs && stored.rulesVersion === rulesVersion)

  return {
    /**
     * What this content would have done; made now unless it was within a day and by the rules that still hold. Waits about
     * two seconds for it.
     * @param own the id of the change whose content it is, '' for a proposal that is not sent yet.
     * @param isWaiting false for what is decided: its replay is history and is not made again.
     */
    ensure: async (options: {
      schoolId: string
      digest: string
      content: ChangeContent
      own: string
      isWaiting: boolean
    }): Promise<ReplayState | null> => {
      const { schoolId, digest, content, own, isWaiting } = options
      const find = () =>
        read(schoolId, async ({ filtering }) => ({
          stored: await filtering.replayOf(digest),
          version: (await filtering.state())?.version ?? 0,
        }))
      const { stored, version } = await find()
      if (stored && isFresh(stored, version, isWaiting)) return { kind: 'done', replay: stored }
      if (!isWaiting) return null
      const key = `${schoolId} ${digest} ${version}`
      let task = running.get(key)
      if (!task) {
        const state = { requests: 0, failed: false, done: Promise.resolve() }
        // One at a time: each reads days of requests.
        const work = last.then(() =>
          run(schoolId, digest, content, own, requests => {
            state.requests = requests
          }),
        )
        last = work.catch(() => undefined)
        state.done = work.then(
          () => void running.delete(key),
          error => {
            state.failed = true
            // Tried again when somebody opens the page after a while.
            setTimeout(() => running.delete(key), 30_000).unref()
            log(`filtering: a replay failed: ${error instanceof Error ? error.name : 'unknown fault'}`)
          },
        )
        running.set(key, state)
        task = state
      }
      await Promise.race([task.done, new Promise(done => setTimeout(done, patienceMs).unref())])
      if (task.failed) return { kind: 'failed' }
      const after = await find()
      if (after.stored && isFresh(after.stored, after.version, true)) return { kind: 'done', replay: after.stored }
      return { kind: 'running', requests: task.requests }
    },
    /** Until nothing runs any more: for tests, and before the process ends. */
    idle: async (): Promise<void> => void (await last),
  }
}
