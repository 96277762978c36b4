import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { entryBody, readEntryLine } from './entry.ts'
import { merkleTree } from './merkle.ts'

test('the example in the README is right: body, line, hash and root', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
  const [body = '', line = ''] = [...readme.matchAll(/```json\n(.*)\n```/g)].map(match => match[1] ?? '')
  const read = readEntryLine(line)
  assert.ok(read.ok)
  assert.equal(entryBody(read.entry), body)
  assert.equal(createHash('sha256').update(body).digest('hex'), read.entry.hash)
  const tree = merkleTree()
  tree.append(read.entry.hash)
  assert.ok(readme.includes(`\`${tree.root().toString('base64')}\``))
})
