import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { systemActor } from '../platform/actor.ts'
import { type Command, chosenSchool, UsageError, withInstallation } from './command.ts'

export const ledgerExportCommand: Command = {
  name: 'ledger export',
  usage: 'ledger export [--from N] [--to N] [--out FILE]',
  does: 'writes a stretch of the ledger that anybody can verify without this server',
  run: async (words, streams) => {
    const { values } = parseArgs({
      args: [...words],
      options: {
        from: { type: 'string' },
        to: { type: 'string' },
        out: { type: 'string' },
        school: { type: 'string' },
      },
    })
    const number = (name: 'from' | 'to', fallback: number): number => {
      const typed = values[name]
      if (typed === undefined) return fallback
      if (!/^[1-9]\d{0,11}$/.test(typed))
        throw new UsageError(`--${name} must be the number of an entry, not “${typed}”`)
      return Number(typed)
    }
    return withInstallation(streams, async ({ app }) => {
      const schoolId = await chosenSchool(app, values.school)
      const head = await app.read(schoolId, ({ ledger }) => ledger.head())
      const lines = await app.services.ledger.export(
        systemActor(schoolId, 'command'),
        number('from', 1),
        number('to', head?.seq ?? 0),
      )
      if (values.out !== undefined) {
        await pipeline(Readable.from(lines), createWriteStream(values.out, { flags: 'wx', mode: 0o600 }))
        streams.say(`Written to ${values.out}`)
      } else for await (const line of lines) streams.out(line.slice(0, -1))
      return 0
    })
  },
}
