import { statSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { systemActor } from '../platform/actor.ts'
import { makeBackup } from '../platform/backup/make-backup.ts'
import { backupRecipient, makeRecipient, useRecipient } from '../platform/backup/recipient.ts'
import { changed } from '../platform/change.ts'
import { systemClock } from '../platform/clock.ts'
import { readConfig } from '../config.ts'
import { formatSize } from '../platform/format.ts'
import { openKeys } from '../platform/keys.ts'
import { type Command, UsageError, withInstallation } from './command.ts'

export const backupSetupCommand: Command = {
  name: 'backup setup',
  usage: 'backup setup [--recipient age1…] [--replace]',
  does: 'makes the key pair that backups are encrypted to, and shows its identity once',
  run: async (words, { environment, out, say }) => {
    const { values } = parseArgs({
      args: [...words],
      options: { recipient: { type: 'string' }, replace: { type: 'boolean' } },
    })
    const { keysFolder } = readConfig(environment)
    openKeys(keysFolder)
    if (values.recipient !== undefined) {
      useRecipient(keysFolder, values.recipient, values.replace ?? false)
      say('Backups will be encrypted to that recipient. Its identity opens them; it is not here.')
      return 0
    }
    const { recipient, identity } = await makeRecipient(keysFolder, values.replace ?? false)
    say(
      'Keep the lines below in a safe place away from this machine, and away from the backups. They open every backup made from',
    )
    say(
      `now on, are shown only this once, and are stored nowhere. Keep a copy of ${keysFolder} there too: backups never hold it.`,
    )
    out(`# public key: ${recipient}`)
    out(identity)
    return 0
  },
}

export const backupCommand: Command = {
  name: 'backup',
  usage: 'backup DIR',
  does: 'writes everything but the keys to one encrypted file in that folder',
  run: async (words, streams) => {
    const { positionals } = parseArgs({ args: [...words], allowPositionals: true, options: {} })
    const [folder, second] = positionals
    if (folder === undefined || second !== undefined) throw new UsageError('name one folder to write the backup to')
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
      throw new UsageError(`a folder was expected, and “${folder}” is none`)
    const recipient = backupRecipient(readConfig(streams.environment).keysFolder)
    return withInstallation(streams, async ({ app, keys, ownerUrl }) => {
      for (const { id } of await app.schools()) await app.services.erasure.completeList(id)
      const made = await makeBackup(
        { ownerUrl, dataFolder: app.config.dataFolder, keys, recipient, now: systemClock() },
        folder,
      )
      for (const schoolId of made.schools)
        await app.change(systemActor(schoolId, 'command'), async () =>
          changed(undefined, { type: 'backup.made', detail: { bytes: made.bytes, rows: made.rows } }),
        )
      streams.out(made.file)
      streams.say(
        `${formatSize(made.bytes)}, ${made.rows} rows of ${made.schools.length === 1 ? '1 school' : `${made.schools.length} schools`}. The keys are not in it: keep a copy of ${keys.folder} elsewhere.`,
      )
      return 0
    })
  },
}
