import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { runCommand } from '../cli.ts'
import { linesOf } from './concerns-scan.ts'

async function scan(input: readonly (string | Uint8Array)[], ...options: string[]) {
  const out: string[] = []
  const said: string[] = []
  const status = await runCommand(['concerns', 'scan', ...options], {
    environment: {},
    input: Readable.from(
      input.map(piece => (typeof piece === 'string' ? Buffer.from(piece) : piece)),
      { objectMode: true },
    ),
    out: line => void out.push(line),
    say: line => void said.push(line),
  })
  return { status, said, out, answers: out.map(line => JSON.parse(line)) }
}

test('each line of text gets one line of JSON, empty ones too, and a last line without an end', async () => {
  const { status, answers, out } = await scan(['i want to kill myself\n\nmaths homework\nlast'])
  assert.equal(status, 0)
  assert.deepEqual(
    answers.map(({ flag }) => flag),
    [true, false, false, false],
  )
  assert.deepEqual(Object.keys(answers[0]), ['flag', 'severity', 'categories', 'spans', 'why'])
  assert.ok(out.every(line => !line.includes('\n')))
  assert.equal((await scan([''])).out.length, 0)
})

test('a span counts UTF-16 units of the line as read', async () => {
  const line = '💀💀 i want to kill myself'
  const { answers } = await scan([`${line}\n`])
  const [from, to] = answers[0].spans[0]
  assert.equal(line.slice(from, to), 'i want to kill myself')
})

test('bytes that are not UTF-8 are read as U+FFFD, also where a chunk cuts a character', async () => {
  const skull = Buffer.from('💀 i want to kill myself\n')
  const { answers } = await scan([Buffer.from([0xff, 0xfe, 0x20]), skull.subarray(0, 2), skull.subarray(2)])
  assert.equal(answers.length, 1)
  assert.deepEqual(answers[0].spans[0].slice(0, 2), [6, 27])
  const lines: string[] = []
  for await (const { line } of linesOf(Readable.from([Buffer.from([0xc3]), Buffer.from([0x28, 0x0a, 0xe2, 0x82])])))
    lines.push(line)
  assert.deepEqual(lines, ['\ufffd(', '\ufffd'])
})

test('a line ends at LF or CR LF; a CR elsewhere is part of it', async () => {
  const lines: string[] = []
  for await (const { line } of linesOf(Readable.from(['a\r\nb\rc\n\r\n', 'd\r', '\ne']))) lines.push(line)
  assert.deepEqual(lines, ['a', 'b\rc', '', 'd', 'e'])
})

test('a line of ten megabytes is one answer', async () => {
  const piece = Buffer.from('the cat sat on the mat. '.repeat(43_691))
  const { status, answers } = await scan([...Array<Uint8Array>(10).fill(piece), 'i want to kill myself tonight'])
  assert.equal(status, 0)
  assert.equal(answers.length, 1)
  assert.equal(answers[0].flag, true)
  assert.equal(answers[0].categories[0].name, 'selfharm')
})

test('the kind of text and the reader’s age are options; an age may be in years', async () => {
  assert.equal((await scan(['hello\n'], '--kind', 'search', '--age', 'primary')).status, 0)
  const inYears = await scan(['i want to kill myself\n'], '--age', '9')
  assert.deepEqual(inYears.out, (await scan(['i want to kill myself\n'], '--age', 'primary')).out)
})

test('what cannot be used is refused with status 2 and one line that says what was expected', async () => {
  for (const options of [
    ['--kind', 'poem'],
    ['--age', 'old'],
    ['--age', '-3'],
    ['--age', '121'],
    ['--loud'],
    ['stray'],
  ]) {
    const { status, said, out } = await scan(['hello\n'], ...options)
    assert.equal(status, 2, options.join(' '))
    assert.equal(said.length, 1)
    assert.equal(out.length, 0)
  }
})
