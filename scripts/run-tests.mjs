#!/usr/bin/env node
/**
 * `npm test`: format, lint, types, dead code, then every *.test.ts of the project, browser journeys included. Ends with
 * the line `N passed, N failed`, in which each check counts as one, and with status 1 if anything failed.
 *
 * A test that was skipped or marked as to do counts as failed and is named, and so does a file in which no test ran; but on
 * a developer's machine (without CI in the environment) a test that is skipped because it "needs …", a program that is not
 * installed, is only named, in one line.
 * Arguments narrow the run to files whose path contains one of them; the checks run all the same, but for `--only-tests`.
 * The full report of the tests is .cache/test-report.txt.
 */
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, existsSync, mkdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureChromium } from './ensure-chromium.mjs'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')
const bin = path.join(root, 'node_modules/.bin')
const wantedMajor = 24
/** A file that hangs must not hang the run. */
const fileTimeoutMs = 15 * 60_000

if (Number(process.versions.node.split('.')[0]) !== wantedMajor) {
  const again = spawnSync(path.join(bin, 'node'), process.argv.slice(1), { stdio: 'inherit' })
  if (again.error) {
    console.error(`Expected Node ${wantedMajor}, found ${process.versions.node} and nothing in ${bin}: type "npm ci".`)
    console.log('0 passed, 1 failed')
  }
  process.exit(again.status ?? 1)
}

process.chdir(root)
process.env.PATH = `${bin}${path.delimiter}${process.env.PATH ?? ''}`
const words = process.argv.slice(2)
const filters = words.filter(word => !word.startsWith('--'))
/** @type {{ passed: number, failures: { name: string, message: string, file?: string }[] }} */
const result = { passed: 0, failures: [] }

const chromium = ensureChromium(line => console.log(line))
if ('path' in chromium) process.env.CHROMIUM = chromium.path
else result.failures.push({ name: 'Chromium', message: chromium.sentence })

if (!words.includes('--only-tests')) runChecks()
await runTests()

for (const { name, message } of result.failures) console.log(`\nFAILED ${name}\n${indent(message)}`)
console.log(`\n${result.passed} passed, ${result.failures.length} failed`)
process.exit(result.failures.length > 0 ? 1 : 0)

function runChecks() {
  const hasKnip =
    ['knip.json', 'knip.jsonc', 'knip.ts', 'knip.js'].some(name => existsSync(name)) ||
    JSON.parse(readFileSync('package.json', 'utf8')).knip
  const checks = [
    ['format', 'biome', ['format', '--colors=off', '--max-diagnostics=20']],
    ['lint', 'biome', ['lint', '--colors=off', '--error-on-warnings', '--max-diagnostics=50']],
    ['types', 'tsc', ['-p', 'tsconfig.json', '--pretty', 'false']],
    ['types of the engine', 'tsc', ['-p', 'packages/engine', '--pretty', 'false']],
    ['types of the extension', 'tsc', ['-p', 'apps/extension', '--pretty', 'false']],
    ...(hasKnip ? [['dead code', 'knip', ['--no-progress']]] : []),
  ]
  for (const [name, program, args] of checks) {
    const { status, stdout, stderr, error } = spawnSync(path.join(bin, program), args, {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    })
    if (status === 0) result.passed++
    else result.failures.push({ name, message: error?.message ?? `${stdout}${stderr}`.trim() })
    console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${name}`)
  }
}

async function runTests() {
  // Imported here because older Nodes, which only hand over, have no globSync.
  const { globSync } = await import('node:fs')
  const { run } = await import('node:test')
  const { spec } = await import('node:test/reporters')
  const files = ['packages', 'apps', 'scripts', 'journeys']
    .flatMap(folder =>
      globSync(`${folder}/**/*.test.ts`, { exclude: name => path.basename(name) === 'node_modules' }).toSorted(),
    )
    .filter(file => filters.length === 0 || filters.some(filter => file.includes(filter)))
  if (files.length === 0) {
    result.failures.push({
      name: 'tests',
      message: `No *.test.ts found${filters.length > 0 ? ` for ${filters.join(', ')}` : ''}`,
    })
    return
  }

  /** By file: what its tests came to. */
  const tallies = new Map(files.map(file => [path.resolve(file), { passed: 0, failed: 0 }]))
  const tallyOf = data => tallies.get(data.entryFile ?? data.file) ?? { passed: 0, failed: 0 }
  const fail = (data, message, file) => {
    tallyOf(data).failed++
    result.failures.push({ name: isFile(data) ? shown(data.file) : titleOf(data), message, file })
  }
  const excuse = data => console.log(`not run ${titleOf(data)}: ${data.skip}`)
  /** What a file wrote on standard error: the reason, when it failed before any test began. */
  const complaints = new Map()
  let tests = 0
  let totals = { tests: 0 }
  const events = run({
    files,
    concurrency: 2,
    timeout: fileTimeoutMs,
    execArgv: ['--disable-warning=ExperimentalWarning'],
  })
  mkdirSync('.cache', { recursive: true })
  const report = createWriteStream('.cache/test-report.txt')
  const end = once(report, 'finish')

  events.on('test:pass', data => {
    const unrun = data.skip ?? data.todo
    const isExcused = typeof data.skip === 'string' && data.skip.startsWith('needs ') && !process.env.CI
    if (data.details?.type === 'suite') {
      if (isExcused) excuse(data)
      else if (data.skip !== undefined) fail(data, `Not run: skipped (${data.skip})`)
      return
    }
    tests++
    if (isExcused) excuse(data)
    else if (isFile(data)) fail(data, 'No test ran in this file')
    else if (unrun === undefined) {
      tallyOf(data).passed++
      result.passed++
    } else
      fail(
        data,
        `Not run: ${data.skip === undefined ? 'to do' : 'skipped'}${typeof unrun === 'string' ? ` (${unrun})` : ''}`,
      )
  })
  events.on('test:fail', data => {
    const isSuite = data.details?.type === 'suite'
    if (!isSuite) tests++
    // A suite is no test: it fails with the tests within it, which are named, or of its own, say in a hook.
    if (isSuite && data.details?.error?.failureType === 'subtestsFailed') return
    fail(data, messageOf(data.details?.error), isFile(data) ? data.file : undefined)
  })
  const complain = (file, message) =>
    complaints.set(path.resolve(file), `${complaints.get(path.resolve(file)) ?? ''}${message}`.slice(-3000))
  events.on('test:stderr', ({ file, message }) => complain(file, message))
  // What happened after its last test Node says here.
  events.on('test:diagnostic', ({ file, message }) => {
    if (file !== undefined && /^(Error|Warning): /.test(message)) complain(file, `${message}\n`)
  })
  events.on('test:summary', data => {
    if (data.file === undefined) totals = data.counts
    else say(data)
  })
  const say = ({ file, success, duration_ms }) => {
    const { passed, failed } = tallies.get(file) ?? { passed: 0, failed: 0 }
    const isFine = success && failed === 0
    console.log(
      `${isFine ? 'ok    ' : 'FAILED'} ${shown(file)}: ${passed} passed${failed > 0 ? `, ${failed} failed` : ''} (${(duration_ms / 1000).toFixed(1)} s)`,
    )
  }
  events.compose(new spec()).pipe(report)
  await end
  // Standard error arrives after the verdict.
  for (const failure of result.failures) failure.message = complaints.get(failure.file) ?? failure.message
  if (tests !== totals.tests)
    result.failures.push({ name: 'tests', message: `Node counted ${totals.tests} tests, this report ${tests}` })
}

/** Node reports a file itself as a test when it failed as a whole, or when no test ran in it. */
function isFile(data) {
  return data.nesting === 0 && data.file !== undefined && path.resolve(data.name) === data.file
}

function shown(file) {
  return path.relative(root, file)
}

function titleOf(data) {
  return `${data.file === undefined ? '' : `${shown(data.file)}: `}${data.name}`
}

/** Node wraps what the test threw. */
function messageOf(error) {
  const cause = error?.cause instanceof Error ? error.cause : error
  const text = String(cause?.stack ?? cause?.message ?? cause ?? 'no reason given')
  return text.replaceAll(/\n\s+at .*node:(?:internal|async_hooks).*/g, '')
}

function indent(text) {
  return text.replaceAll(/^/gm, '  ')
}
