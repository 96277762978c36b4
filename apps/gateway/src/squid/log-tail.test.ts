import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { type LogTail, openLogTail } from './log-tail.ts'

const root = mkdtempSync(join(tmpdir(), 'gatehouse-log-'))
after(() => rmSync(root, { recursive: true, force: true }))
let folders = 0

function log() {
  const folder = mkdtempSync(join(root, String(folders++)))
  const file = join(folder, 'access.log')
  const open = (): LogTail => openLogTail(file, join(folder, 'place.json'))
  return { folder, file, open }
}
/** Everything that there is now, as it arrives. */
function everything(tail: LogTail): string[] {
  const lines: string[] = []
  for (let piece = tail.next(); piece; piece = tail.next()) {
    lines.push(...piece.lines)
    tail.arrived(piece.after)
  }
  return lines
}

test('lines come as they are written, and half a line waits for its other half', () => {
  const { file, open } = log()
  const tail = open()
  assert.deepEqual(everything(tail), [])
  writeFileSync(file, 'one\ntwo\nthr')
  assert.deepEqual(everything(tail), ['one', 'two'])
  appendFileSync(file, 'ee\n')
  assert.deepEqual(everything(tail), ['three'])
  assert.deepEqual(everything(tail), [])
})

test('what has not arrived is read again, under the same name', () => {
  const { file, open } = log()
  writeFileSync(file, 'one\n')
  const tail = open()
  const first = tail.next()
  assert.deepEqual(tail.next(), first)
  tail.close()
  const again = open()
  assert.deepEqual(again.next(), first)
  assert.deepEqual(everything(again), ['one'])
  again.close()
  assert.deepEqual(everything(open()), [])
})

test('a log that is rotated while it is read loses nothing', () => {
  const { file, open } = log()
  writeFileSync(file, 'one\n')
  const tail = open()
  assert.deepEqual(everything(tail), ['one'])
  appendFileSync(file, 'two\n')
  renameSync(file, `${file}.0`)
  appendFileSync(`${file}.0`, 'three\n')
  writeFileSync(file, 'four\n')
  assert.deepEqual(everything(tail), ['two', 'three', 'four'])
})

test('a log that was rotated twice while nobody read loses nothing', () => {
  const { file, open } = log()
  writeFileSync(file, 'one\n')
  const tail = open()
  assert.deepEqual(everything(tail), ['one'])
  tail.close()
  appendFileSync(file, 'two\n')
  renameSync(file, `${file}.1`)
  writeFileSync(file, 'three\n')
  renameSync(`${file}.1`, `${file}.2`)
  renameSync(file, `${file}.1`)
  writeFileSync(file, 'four\n')
  assert.deepEqual(everything(open()), ['two', 'three', 'four'])
})

test('a log that is cut short begins anew', () => {
  const { file, open } = log()
  writeFileSync(file, 'one\ntwo\n')
  const tail = open()
  assert.deepEqual(everything(tail), ['one', 'two'])
  truncateSync(file)
  assert.deepEqual(everything(tail), [])
  appendFileSync(file, 'x\n')
  assert.deepEqual(everything(tail), ['x'])
})

test('a line without an end, longer than any line, is passed over', () => {
  const { file, open } = log()
  writeFileSync(file, `${'x'.repeat(600 * 1024)}\nlast\n`)
  assert.equal(everything(open()).at(-1), 'last')
})
