/** `compile-folder.ts FOLDER OUT`: what `gatehouse lists compile --from FOLDER --out OUT` does, measured. Prints `Compiled` of lists.ts. */
import { writeFileSync } from 'node:fs'
import { openLists } from '@gatehouse/engine'
import { compileFolder } from '../../apps/server/src/filtering/compile-sources.ts'
import type { Compiled } from './lists.ts'

const [folder = '', out = ''] = process.argv.slice(2)
const before = process.cpuUsage()
const began = performance.now()
const { bytes, files } = compileFolder(folder)
writeFileSync(out, bytes)
const ms = performance.now() - began
const { user, system } = process.cpuUsage(before)
const { domains, pages } = openLists(bytes)
const lines = files.reduce((sum, { entries, rejected }) => sum + entries + rejected, 0)
// In kilobytes, by getrusage(2).
const peakBytes = process.resourceUsage().maxRSS * 1024
process.stdout.write(
  JSON.stringify({ ms, cpuMs: (user + system) / 1000, peakBytes, lines, domains, pages } satisfies Compiled),
)
