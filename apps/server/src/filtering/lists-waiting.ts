import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openLists } from '@gatehouse/engine'
import { type ActiveLists, type ListsFolder, sha256 } from './lists-folder.ts'

/*
 * Newly compiled lists that wait until two people have agreed to them. Lists are the installation's: where any of its
 * schools asks for two people they wait, and they take effect when every such school has decided so. Beside the lists:
 * `held`, which says that new lists wait, and `waiting.json`, which names those that do.
 */

export interface WaitingLists {
  /** Newly compiled lists that are not in force yet. */
  waiting(): ActiveLists | null
  isHeld(): boolean
  /** Written by the serving process, read by whatever compiles. */
  hold(held: boolean): void
  /** Keeps compiled bytes for a decision, in place of any that wait already. */
  keep(bytes: Uint8Array, now: Date): ActiveLists
  /** Puts in force what waits. @throws {ListsRefused} where it is empty or much smaller than what is in force. */
  release(now: Date): ActiveLists | null
}

export function openWaitingLists(lists: ListsFolder): WaitingLists {
  const { folder } = lists
  const pointer = join(folder, 'waiting.json')
  const held = join(folder, 'held')
  const write = (file: string, content: string | Uint8Array): void => {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    writeFileSync(`${file}.new`, content, { mode: 0o600, flush: true })
    renameSync(`${file}.new`, file)
  }
  const waiting = (): ActiveLists | null => {
    if (!existsSync(pointer)) return null
    // Only `keep` writes this file; what it names is checked by its digest before it is used.
    const found = JSON.parse(readFileSync(pointer, 'utf8')) as ActiveLists
    return /^[0-9a-f]{64}$/.test(found.sha256) && existsSync(lists.path(found.sha256)) ? found : null
  }
  return {
    waiting,
    isHeld: () => existsSync(held),
    hold: isHeld => {
      if (isHeld === existsSync(held)) return
      if (isHeld) write(held, 'New lists wait for two people.\n')
      else rmSync(held, { force: true })
    },
    keep: (bytes, now) => {
      const opened = openLists(bytes)
      const digest = sha256(bytes)
      write(lists.path(digest), bytes)
      const next: ActiveLists = {
        sha256: digest,
        at: now.toISOString(),
        domains: opened.domains,
        sources: opened.sources,
        counts: opened.counts(),
      }
      write(pointer, JSON.stringify(next))
      return next
    },
    release: now => {
      const found = waiting()
      if (!found) return null
      const bytes = readFileSync(lists.path(found.sha256))
      if (sha256(bytes) !== found.sha256)
        throw new Error(`${lists.path(found.sha256)} is not the list file that its name says`)
      const active = lists.activate(bytes, now)
      rmSync(pointer, { force: true })
      return active
    },
  }
}
