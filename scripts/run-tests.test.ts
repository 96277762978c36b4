import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'

const place = realpathSync(mkdtempSync(path.join(tmpdir(), 'gatehouse-runner-')))
after(() => rmSync(place, { recursive: true, force: true }))

const browser = path.join(place, 'browser')
writeFileSync(browser, '#!/bin/sh\necho Chromium 140.0.1\n', { mode: 0o755 })

/** Runs the real runner over a project of these test files, without the checks, and gives its output and status. */
function runOver(
  name: string,
  files: Record<string, string>,
  environment: NodeJS.ProcessEnv = {},
): { output: string; lastLine: string; status: number | null } {
  const root = path.join(place, name)
  for (const folder of ['scripts', 'apps', 'journeys']) mkdirSync(path.join(root, folder), { recursive: true })
  for (const script of ['run-tests.mjs', 'ensure-chromium.mjs'])
    copyFileSync(path.join(import.meta.dirname, script), path.join(root, 'scripts', script))
  symlinkSync(path.resolve(import.meta.dirname, '../node_modules'), path.join(root, 'node_modules'))
  writeFileSync(path.join(root, 'package.json'), '{ "type": "module" }')
  for (const [file, code] of Object.entries(files))
    writeFileSync(path.join(root, file), `import { test, describe, before } from 'node:test'\n${code}`)
  // Node refuses to run tests within a test that says it is one.
  const { NODE_TEST_CONTEXT: _, ...inherited } = process.env
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [path.join(root, 'scripts/run-tests.mjs'), '--only-tests'],
    {
      encoding: 'utf8',
      cwd: place,
      env: { ...inherited, CHROMIUM: browser, ...environment },
    },
  )
  return { output: stdout + stderr, lastLine: stdout.trimEnd().split('\n').at(-1) ?? '', status }
}

test('when everything passes the last line says so, journeys and tests within tests counted', () => {
  const { lastLine, status } = runOver('fine', {
    'apps/a.test.ts': "test('one', () => {})\ndescribe('group', () => { test('two', () => {}) })",
    'journeys/b.test.ts': "test('three', async t => { await t.test('four', () => {}) })",
  })
  assert.equal(lastLine, '4 passed, 0 failed')
  assert.equal(status, 0)
})

const failures: Record<string, { code: string; named: RegExp; count: string }> = {
  'a failing test': {
    code: "test('ends', () => { throw new Error('the reason') })",
    named: /a\.test\.ts: ends\n\s+Error: the reason/,
    count: '0 passed, 1 failed',
  },
  'a skipped test': {
    code: "test('fine', () => {})\ntest.skip('left out', () => {})",
    named: /left out\n\s+Not run: skipped/,
    count: '1 passed, 1 failed',
  },
  'a test that skips itself': {
    code: "test('left out', t => t.skip('no browser'))",
    named: /Not run: skipped \(no browser\)/,
    count: '0 passed, 1 failed',
  },
  'a test to do': { code: "test.todo('some day')", named: /some day\n\s+Not run: to do/, count: '0 passed, 1 failed' },
  'a file without tests': {
    code: 'export const nothing = 1',
    named: /a\.test\.ts\n\s+No test ran in this file/,
    count: '0 passed, 1 failed',
  },
  'a file that does not load': {
    code: "import 'no-such-package'",
    named: /Cannot find package 'no-such-package'/,
    count: '0 passed, 1 failed',
  },
  'a group whose preparation fails': {
    code: "describe('group', () => { before(() => { throw new Error('no database') }); test('one', () => {}) })",
    named: /group\n\s+Error: no database/,
    count: '0 passed, 2 failed',
  },
  'an error after the last test': {
    code: "test('fine', () => { setTimeout(() => { throw new Error('late') }, 50) })",
    named: /late/,
    count: '1 passed, 1 failed',
  },
}
for (const [what, { code, named, count }] of Object.entries(failures)) {
  test(`${what} is named, counts as failed, and fails the run`, () => {
    const { output, lastLine, status } = runOver(what, { 'apps/a.test.ts': code })
    assert.match(output, named)
    assert.equal(lastLine, count)
    assert.equal(status, 1)
  })
}

test('without a browser the run fails, with one sentence that says what to type', () => {
  const { output, lastLine } = runOver(
    'browser-missing',
    { 'apps/a.test.ts': "test('fine', () => {})" },
    { CHROMIUM: '/no/such/browser' },
  )
  assert.match(output, /FAILED Chromium\n\s+CHROMIUM names \/no\/such\/browser, .*type "unset CHROMIUM"/)
  assert.equal(lastLine, '1 passed, 1 failed')
})

const lacking = "describe('through Squid', { skip: 'needs squid: type this' }, () => { test('one', () => {}) })"
test('a journey whose neighbour is not installed is named in one line where somebody develops', () => {
  const files = { 'apps/a.test.ts': "test('fine', () => {})", 'journeys/b.test.ts': lacking }
  const { output, lastLine, status } = runOver('neighbour-missing', files, { CI: '' })
  assert.match(output, /^not run journeys\/b\.test\.ts: through Squid: needs squid: type this$/m)
  assert.equal(lastLine, '1 passed, 0 failed')
  assert.equal(status, 0)
})

test('in continuous integration the same journey fails', () => {
  const { output, lastLine } = runOver('neighbour-missing-ci', { 'journeys/b.test.ts': lacking }, { CI: '1' })
  assert.match(output, /FAILED journeys\/b\.test\.ts: through Squid\n\s+Not run: skipped \(needs squid/)
  assert.match(lastLine, /, 1 failed$/)
})
