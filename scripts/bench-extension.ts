import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { noPolicy } from '../journeys/policed-browser.ts'
import { benchFloor } from './bench-extension/floor.ts'
import { benchPages, benchSite } from './bench-extension/page.ts'
import { benchSchool, ready } from './bench-extension/school.ts'
import { benchPageMemory, benchWorker } from './bench-extension/worker.ts'
import { type BenchRow, printRows } from './bench-filter/row.ts'

/*
 * `npm run bench:extension [-- --lists DIR] [--loads N] [--only floor,worker,page] [--write]`: what the extension costs in Chromium, packed and installed by
 * policy as a school does it, against the same browser without it in the same run. Needs the right to write the browser's policy
 * folder. DIR is a folder of published lists (or GATEHOUSE_BENCH_LISTS). With --write the figures go to `docs/performance.md`.
 */

const { values } = parseArgs({
  options: {
    lists: { type: 'string' },
    loads: { type: 'string' },
    only: { type: 'string' },
    write: { type: 'boolean' },
  },
})
if (noPolicy) {
  console.error(`Not measured: ${noPolicy}`)
  process.exit(2)
}
const wants = (part: string): boolean => values.only?.split(',').includes(part) ?? true
const machineLine = (): string =>
  `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, load average ${loadavg()[0]?.toFixed(1)}`
console.log(`${machineLine()} before the run`)

const site = await benchSite()
const loads = Number(values.loads ?? 150)
const rows: BenchRow[] = []
const report = (title: string, more: readonly BenchRow[]): void => {
  printRows(title, more)
  rows.push(...more)
}
async function measureOurs(): Promise<void> {
  const school = await benchSchool(values.lists ?? process.env.GATEHOUSE_BENCH_LISTS)
  const { machine } = school
  try {
    const browsers = { with: await machine.browser(), without: await machine.browser('bare') }
    await ready(browsers.with, machine)
    if (wants('worker')) report('In the worker', await benchWorker(browsers.with, machine, school.domains))
    if (wants('page')) {
      report('In the page', await benchPages(browsers, site.url, loads))
      report('Of the page', await benchPageMemory(browsers, site.url))
    }
  } finally {
    await school.stop()
  }
}
try {
  // Before ours is on the machine.
  if (wants('floor')) report('Of extensions that do nothing', await benchFloor(site.url, loads))
  if (wants('worker') || wants('page')) await measureOurs()
} finally {
  site.close()
}
const after = `${machineLine()} after the run`
console.log(`\n${after}`)

if (values.write) {
  const page = new URL('../docs/performance.md', import.meta.url)
  const [before, rest] = readFileSync(page, 'utf8').split('<!-- extension -->\n')
  const following = rest?.split('<!-- /extension -->')[1]
  if (before === undefined || following === undefined)
    throw new Error('docs/performance.md has no place marked for the figures of the extension')
  const mark = ({ met }: BenchRow): string => (met === null ? '' : met ? 'yes' : '**no**')
  const table = [
    '| | measured | goal | met | |',
    '|---|---|---|---|---|',
    ...rows.map(row => `| ${row.bar} | ${row.measured} | ${row.goal} | ${mark(row)} | ${row.note ?? ''} |`),
  ]
  writeFileSync(
    page,
    `${before}<!-- extension -->\n\n${after}.\n\n${table.join('\n')}\n\n<!-- /extension -->${following}`,
  )
}
process.exit(rows.some(({ met }) => met === false) ? 1 : 0)
