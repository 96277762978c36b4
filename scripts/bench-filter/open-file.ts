/** `open-file.ts FILE [signed]`: how long a fresh process takes to its first verdict, with the file's own checksum or with its
 * SHA-256 as a gateway compares it. Prints `Ready` of lists.ts. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { openLists } from '../../packages/engine/src/filter/open-lists.ts'
import type { Ready } from './lists.ts'

const [file = '', how = ''] = process.argv.slice(2)
const before = process.cpuUsage()
const began = performance.now()
const bytes = readFileSync(file)
const read = performance.now()
if (how === 'signed') createHash('sha256').update(bytes).digest('hex')
const hashed = performance.now()
const lists = openLists(bytes, how === 'signed')
lists.lookup('www.school.example')
const opened = performance.now()
const { user, system } = process.cpuUsage(before)
process.stdout.write(
  JSON.stringify({
    readMs: read - began,
    sha256Ms: hashed - read,
    openMs: opened - hashed,
    cpuMs: (user + system) / 1000,
  } satisfies Ready),
)
