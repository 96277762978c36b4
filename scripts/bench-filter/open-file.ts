/** `open-file.ts FILE`: how long a fresh process takes to its first verdict. Prints `Ready` of lists.ts. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { openLists } from '../../packages/engine/src/filter/open-lists.ts'
import type { Ready } from './lists.ts'

const [file = ''] = process.argv.slice(2)
const began = performance.now()
const bytes = readFileSync(file)
const read = performance.now()
const lists = openLists(bytes)
lists.lookup('www.school.example')
const opened = performance.now()
createHash('sha256').update(bytes).digest('hex')
const hashed = performance.now()
process.stdout.write(
  JSON.stringify({ readMs: read - began, openMs: opened - read, sha256Ms: hashed - opened } satisfies Ready),
)
