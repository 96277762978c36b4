import { mkdtempSync, rmSync } from 'node:fs'
import { arch, cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { benchGateway } from '../apps/gateway/src/bench.ts'
import { readConfig } from '../apps/server/src/config.ts'
import { openInstallation } from '../apps/server/src/installation.ts'
import { systemClock } from '../apps/server/src/platform/clock.ts'
import { listen } from '../apps/server/src/platform/http.ts'
import { benchLedgerVerify } from '../packages/ledger/src/bench.ts'
import { benchChanges } from './bench/changes.ts'
import { benchFlags } from './bench/flags.ts'
import { fill, fullSize, smallSize } from './bench/dataset.ts'
import { type Figure, figure, printTable } from './bench/measure.ts'
import { benchPages } from './bench/pages.ts'
import { benchStarting } from './bench/starting.ts'

/*
 * `npm run bench [-- --small] [-- --only changes,pages,flags,ledger,gateway,start]`: what docs/performance.md reports. Everything is
 * compared within one run, because machines are noisy. Nothing here is a test.
 */

const only = process.argv[process.argv.indexOf('--only') + 1]?.split(',') ?? null
const wants = (part: string): boolean => !process.argv.includes('--only') || (only?.includes(part) ?? false)
const size = process.argv.includes('--small') ? smallSize : fullSize
console.log(
  `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'} (${arch()}), ${Math.round(totalmem() / 2 ** 30)} GiB`,
)

const figures: Figure[] = []
const report = (title: string, more: readonly Figure[]): void => {
  printTable(title, more)
  figures.push(...more)
}

if (wants('ledger')) {
  report(
    'Ledger',
    (await benchLedgerVerify()).map(({ name, value, unit }) => {
      const goal = name.includes('2 threads') ? 100_000 : name.includes('1 thread') ? 60_000 : null
      return figure(
        name,
        value,
        unit,
        goal === null ? null : `≥ ${goal.toLocaleString('en-GB')}`,
        goal === null ? null : value >= goal,
      )
    }),
  )
}
if (wants('start')) report('Starting and resting', await benchStarting())
if (wants('gateway'))
  report(
    'Gateway',
    (await benchGateway()).map(({ name, value, unit }) => figure(name, value, unit)),
  )

if (wants('changes') || wants('pages') || wants('flags')) {
  const dataFolder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'))
  const installation = await openInstallation(
    readConfig({ GATEHOUSE_DATA: dataFolder, PORT: '0', PROXY_PORT: '0' }),
    systemClock,
    () => undefined,
  )
  try {
    const { app } = installation
    const changing = await app.services.school.create('Changing school')
    if (wants('changes')) report('Changes', await benchChanges(installation, changing))
    if (wants('pages')) {
      const { schoolId } = await app.services.school.createSample('Large school')
      const began = performance.now()
      const marks = await fill(installation, schoolId, size)
      console.log(
        `\nFilled with ${size.people} more people, ${size.cases} cases and ${size.activityRows} rows of web log in ${Math.round((performance.now() - began) / 1000)} s`,
      )
      const port = await listen(app.server, '127.0.0.1', 0)
      report(
        'Pages (server time over HTTP on loopback)',
        await benchPages(app, `http://127.0.0.1:${port}`, schoolId, marks),
      )
    }
    if (wants('flags')) {
      const { schoolId } = await app.services.school.createSample('School with flags')
      const port = await listen(app.server, '127.0.0.1', 0)
      report(
        'The list of flags, empty and full, in turn',
        await benchFlags(installation, `http://127.0.0.1:${port}`, schoolId, size.flags),
      )
    }
  } finally {
    await installation.close()
    rmSync(dataFolder, { recursive: true, force: true })
  }
}
const missed = figures.filter(({ ok }) => ok === false)
console.log(
  missed.length === 0
    ? '\nEvery goal is met in this run.'
    : `\n${missed.length} goals missed in this run: ${missed.map(({ name }) => name).join('; ')}`,
)
