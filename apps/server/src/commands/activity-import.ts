import { createHash } from 'node:crypto'
import { createReadStream, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { createGunzip } from 'node:zlib'
import { chosenSchool, type Command, UsageError, withInstallation } from './command.ts'

export const activityImportCommand: Command = {
  name: 'activity import',
  usage: 'activity import FILE… [--school ID] [--json]',
  does: 'reads Squid access logs, plain or gz, into the web log',
  run: async (words, streams) => {
    const { values, positionals } = parseArgs({
      args: [...words],
      allowPositionals: true,
      options: { school: { type: 'string' }, json: { type: 'boolean' } },
    })
    if (positionals.length === 0) throw new UsageError('name at least one file')
    for (const file of positionals)
      if (!statSync(file, { throwIfNoEntry: false })?.isFile()) throw new UsageError(`${file} is not a file`)
    return withInstallation(streams, async ({ app }) => {
      const schoolId = await chosenSchool(app, values.school)
      app.filtering.lists.ensure(app.clock())
      const all = { read: 0, stored: 0, known: 0, rejected: 0 }
      for (const file of positionals) {
        // Named by its content: reading the same log again stores nothing twice, wherever it lies.
        const hash = createHash('sha256')
        await pipeline(createReadStream(file), hash)
        const counts = await app.services.activity.importSquid(
          schoolId,
          hash.digest('hex').slice(0, 32),
          linesOf(file),
          app.filtering.lists.open().lists,
        )
        if (!values.json)
          streams.out(
            `${file}: read ${counts.read}, stored ${counts.stored}, known before ${counts.known}, rejected ${counts.rejected}`,
          )
        for (const key of ['read', 'stored', 'known', 'rejected'] as const) all[key] += counts[key]
      }
      if (values.json) streams.out(JSON.stringify(all))
      else if (positionals.length > 1)
        streams.out(
          `together: read ${all.read}, stored ${all.stored}, known before ${all.known}, rejected ${all.rejected}`,
        )
      return 0
    })
  },
}

async function* linesOf(file: string): AsyncGenerator<string> {
  const handle = await open(file)
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0)
  await handle.close()
  const isGzip = bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b
  const raw = createReadStream(file)
  const input = isGzip ? raw.pipe(createGunzip()) : raw
  if (isGzip) raw.on('error', error => input.destroy(error))
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) yield line
}
