import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { describeVerdict } from '@gatehouse/ledger/cli-verify'
import { readConfig } from '../config.ts'
import { openDatabase } from '../installation.ts'
import { systemActor } from '../platform/actor.ts'
import { identitiesIn } from '../platform/backup/recipient.ts'
import { restoreBackup } from '../platform/backup/restore-backup.ts'
import { changed } from '../platform/change.ts'
import { systemClock } from '../platform/clock.ts'
import { openKeys } from '../platform/keys.ts'
import { takeInstanceLock } from '../platform/postgres/instance-lock.ts'
import { type Command, type Streams, UsageError, withInstallation } from './command.ts'

/** Without these in place a backup's records could not be opened, so new ones are never made by a restore. */
const neededKeys = ['field', 'ledger.pem', 'secret']

export const restoreCommand: Command = {
  name: 'restore',
  usage: 'restore DIR|FILE --identity FILE',
  does: 'brings a backup into an empty installation, and proves it by verifying the ledger',
  run: async (words, streams) => {
    const { values, positionals } = parseArgs({
      args: [...words],
      allowPositionals: true,
      options: { identity: { type: 'string' } },
    })
    const [from, second] = positionals
    if (from === undefined || second !== undefined)
      throw new UsageError('name one backup, or the folder of the backups')
    if (values.identity === undefined)
      throw new UsageError('say with --identity which file holds the identity that “backup setup” showed')
    const config = readConfig(streams.environment)
    for (const name of neededKeys)
      if (!statSync(join(config.keysFolder, name), { throwIfNoEntry: false }))
        throw new UsageError(
          `the keys are never in a backup: put your copy of the keys folder at ${config.keysFolder} first (“${name}” is missing there)`,
        )
    const file = newest(from)
    const identities = identitiesIn(readText(values.identity))
    const keys = openKeys(config.keysFolder)
    const lock = takeInstanceLock(config.dataFolder, systemClock())
    try {
      const opened: { close(): Promise<void> }[] = []
      try {
        const restored = await restoreBackup({
          file,
          identities,
          dataFolder: config.dataFolder,
          keys,
          openDatabase: async migrations => {
            const database = await openDatabase(config, streams.say, { upTo: migrations })
            opened.push(database)
            return database
          },
        })
        streams.say(`Restored ${restored.rows} rows and ${restored.files} files as of ${restored.madeAt}.`)
      } finally {
        for (const database of opened) await database.close()
      }
      return await prove(streams)
    } finally {
      lock.release()
    }
  },
}

/** Erases again what was erased since, and verifies each school's ledger. */
const prove = (streams: Streams): Promise<number> =>
  withInstallation(streams, async ({ app }) => {
    let whole = true
    for (const { id } of await app.schools()) {
      const verdict = await app.services.ledger.check(id)
      whole &&= verdict.ok
      for (const line of describeVerdict(verdict)) streams.out(line)
      const again = await app.services.erasure.eraseAgain(id)
      if (again > 0)
        streams.say(
          `${again} ${again === 1 ? 'record that was' : 'records that were'} erased since the backup ${again === 1 ? 'is' : 'are'} erased again.`,
        )
      await app.change(systemActor(id, 'restore'), async () =>
        changed(undefined, {
          type: 'backup.restored',
          detail: { whole: verdict.ok, entries: verdict.entries, erasedAgain: again },
        }),
      )
    }
    return whole ? 0 : 1
  })

/** The file itself, or the newest backup in a folder. */
function newest(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found) throw new UsageError(`a backup was expected, and there is no “${path}”`)
  if (!found.isDirectory()) return path
  const last = readdirSync(path)
    .filter(name => /^gatehouse-.*\.age$/.test(name))
    .sort()
    .at(-1)
  if (last === undefined) throw new UsageError(`the folder “${path}” holds no backup (gatehouse-….age)`)
  return join(path, last)
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new UsageError(`the identity file cannot be read: ${error instanceof Error ? error.message : ''}`)
  }
}
