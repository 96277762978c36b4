import { existsSync, writeFileSync } from 'node:fs'
import { arch, cpus, loadavg, totalmem } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { type BenchRow, printRows, type Section } from './bench-filter/row.ts'

/*
 * `npm run bench:filter [-- --only lists,in-process] [--lists DIR] [--log-gb 10] [--json FILE]`: the filter's part of docs/performance.md. Nothing
 * here is a test, and every figure that can be is a ratio within one run, because machines are noisy. DIR is a folder of lists
 * as their publishers offer them (or GATEHOUSE_BENCH_LISTS); sections that need it say so when it is missing.
 */

const sections: Readonly<Record<string, string>> = {
  lists: 'What the lists take: size, time, memory, change',
  'in-process': 'Verdicts a second in one process',
  proxy: 'Through the embedded proxy',
  squid: 'Through Squid',
  replay: 'Replay of a change',
  activity: 'The log',
}

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    lists: { type: 'string' },
    'log-gb': { type: 'string' },
    json: { type: 'string' },
  },
})
if (values.lists) process.env.GATEHOUSE_BENCH_LISTS = values.lists
if (values['log-gb'] !== undefined) {
  if (!(Number(values['log-gb']) > 0)) {
    console.error(`--log-gb must be a number of gigabytes above 0, and is ${values['log-gb']}`)
    process.exit(2)
  }
  process.env.ACTIVITY_GB = values['log-gb']
}
const wanted = values.only?.split(',') ?? Object.keys(sections)
const unknown = wanted.find(name => !(name in sections))
if (unknown) {
  console.error(`There is no section ${unknown}; there are: ${Object.keys(sections).join(', ')}`)
  process.exit(2)
}
const machine = `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'} (${arch()}), ${Math.round(totalmem() / 2 ** 30)} GiB`
console.log(`${machine}; load average ${loadavg()[0]?.toFixed(1)} before the run`)

const all: Record<string, readonly BenchRow[]> = {}
for (const name of wanted) {
  const file = join(import.meta.dirname, 'bench-filter', `${name}.ts`)
  if (!existsSync(file)) {
    console.log(`\n${sections[name]}: there is no ${name}.ts yet`)
    continue
  }
  // Each section file exports `run`; see row.ts.
  const { run } = (await import(pathToFileURL(file).href)) as Section
  const rows = await run()
  all[name] = rows
  printRows(sections[name] ?? name, rows)
}
const rows = Object.values(all).flat()
const missed = rows.filter(row => row.met === false)
console.log(
  `\n${rows.filter(row => row.met).length} goals met, ${missed.length} missed${missed.map(row => `\n  ✗ ${row.bar}: ${row.measured}`).join('')}`,
)
console.log(`Load average ${loadavg()[0]?.toFixed(1)} after the run`)
if (values.json)
  writeFileSync(values.json, `${JSON.stringify({ machine, at: new Date().toISOString(), sections: all }, null, 2)}\n`)
