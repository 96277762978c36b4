import { statSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { logFormats, type LogFormat } from '../activity/log-formats.ts'
import type { ImportCounts } from '../activity/log-import.ts'
import { bytesOf, linesOf } from '../activity/log-lines.ts'
import { chosenSchool, type Command, UsageError, withInstallation } from './command.ts'

const isFormat = (text: string): text is LogFormat => (logFormats as readonly string[]).includes(text)
const words = ({ read, stored, known, rejected, own }: ImportCounts): string =>
  `read ${read}, stored ${stored}, known before ${known}, rejected ${rejected}${own > 0 ? `, messages of the program itself ${own}` : ''}`

export const activityImportCommand: Command = {
  name: 'activity import',
  usage: `activity import FILE… [--format ${logFormats.join('|')}] [--school ID] [--json]`,
  does: 'reads logs of Squid, Unbound or CSV, plain or gz, into the web log',
  run: async (given, streams) => {
    const { values, positionals } = parseArgs({
      args: [...given],
      allowPositionals: true,
      options: { school: { type: 'string' }, format: { type: 'string' }, json: { type: 'boolean' } },
    })
    if (positionals.length === 0) throw new UsageError('name at least one file')
    const { format } = values
    if (format !== undefined && !isFormat(format))
      throw new UsageError(`a format is one of ${logFormats.join(', ')}, not “${format}”`)
    for (const file of positionals)
      if (!statSync(file, { throwIfNoEntry: false })?.isFile()) throw new UsageError(`${file} is not a file`)
    return withInstallation(streams, async ({ app }) => {
      const schoolId = await chosenSchool(app, values.school)
      app.filtering.lists.ensure(app.clock())
      const all: ImportCounts = { read: 0, stored: 0, known: 0, rejected: 0, own: 0, endedEarly: null }
      for (const file of positionals) {
        const counts = await app.services.activity.importLog(schoolId, linesOf(bytesOf(file)), {
          lists: app.filtering.lists.open().lists,
          ...(format === undefined ? {} : { format }),
        })
        if (!values.json) streams.out(`${file}: ${words(counts)}`)
        if (counts.endedEarly !== null) {
          streams.say(`${file} ends before its end (${counts.endedEarly}); what came before is stored`)
          all.endedEarly = counts.endedEarly
        }
        for (const key of ['read', 'stored', 'known', 'rejected', 'own'] as const) all[key] += counts[key]
      }
      if (values.json) streams.out(JSON.stringify(all))
      else if (positionals.length > 1) streams.out(`together: ${words(all)}`)
      return all.endedEarly === null ? 0 : 1
    })
  },
}
