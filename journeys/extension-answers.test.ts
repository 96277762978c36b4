import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { after, test } from 'node:test'
import {
  ageBands,
  type ConcernText,
  createDetector,
  type Detector,
  textKinds,
} from '../packages/engine/src/concern/index.ts'
import { runCommand } from '../apps/server/src/cli.ts'
import { answer } from '../apps/server/src/commands/concerns-scan.ts'
import { readConcernFiles } from '../apps/server/src/concern-files.ts'
import { testSchool } from '../apps/server/src/testing/test-school.ts'
import { tricks } from '../scripts/bench-concerns/speed.ts'
import { type Debugger, evaluate } from './browser-tab.ts'
import { insideWorker, noPolicy, policedMachine } from './policed-browser.ts'

/*
 * One detector, two places: what `gatehouse concerns scan` says of a text and what the extension makes of it in the browser is
 * the same, byte for byte. The extension is built, packed and installed as a school does it; asked is its own detector, in its
 * own worker. The texts are drawn from a seed, which GATEHOUSE_SEED changes.
 */
if (noPolicy && process.env.CI) throw new Error(noPolicy)

const seed = Number(process.env.GATEHOUSE_SEED ?? 20_261_122)
const count = 10_000

/** Numbers below `below`, the same from the same seed (mulberry32, public domain). */
function draws(from: number): (below: number) => number {
  let state = from
  return below => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}

/** What a pupil writes, whole and in pieces, disguised, broken, and among letters of every script. */
function manyTexts(): readonly ConcernText[] {
  const draw = draws(seed)
  const one = <T>(from: readonly T[]): T => from[draw(from.length)] as T
  const lines = (name: string): string[] =>
    readFileSync(new URL(`../packages/engine/data/concerns/${name}`, import.meta.url), 'utf8')
      .split('\n')
      .filter(line => line !== '' && !line.startsWith('#'))
      .map(line => line.slice(line.indexOf('\t') + 1))
  const sentences = ['seeds/pupils.tsv', 'seeds/pupils-2.tsv', 'held-out.tsv'].flatMap(lines)
  const common = lines('common.txt')
  const disguises = Object.values(tricks)
  const scripts =
    'привет мир γειά σου κόσμε שלום مرحبا नमस्ते こんにちは 你好 안녕 สวัสดี ẞtraße ﬁne İstanbul ǅ ﷽ Ⓚⓘⓛⓛ 𝕜𝕚𝕝𝕝'
  const words = scripts.split(' ')
  const pictures = ['💀', '🔪', '😀', '👩‍👩‍👧‍👦', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '🇬🇧', '❤️', '👍🏽', '🥺', '\u{1f52b}']
  // Halves of pairs, marks without a letter, ends of line, nothing, the last of Unicode.
  const broken =
    '\ud800,\udc00,\udfff\ud800,\u0000,\u0301\u0301\u0301,\ufeff,\u202e,\u2028,\r\n,\t,\u00ad,\uffff,\u{10ffff}'
  const breaks = broken.split(',')
  const piece = (): string => {
    const line = one(sentences)
    const from = draw(line.length)
    return line.slice(from, from + 1 + draw(40))
  }
  const kinds = [
    () => one(sentences),
    () => (one(disguises) as (text: string) => string)(one(sentences)),
    () => (one(disguises) as (text: string) => string)((one(disguises) as (text: string) => string)(one(sentences))),
    piece,
    () => Array.from({ length: 1 + draw(12) }, () => one(common)).join(' '),
    () => one(words),
    () => one(pictures),
    () => one(breaks),
    () => String.fromCharCode(...Array.from({ length: draw(20) }, () => draw(0x10000))),
  ]
  const joints = ['', ' ', ' ', ' ', '. ', ', ', '\n', '\n\n', ' “', '” ', '…']
  return Array.from({ length: count }, () => ({
    text: Array.from({ length: 1 + draw(6) }, () => one(kinds)() + one(joints)).join(''),
    kind: one(textKinds),
    age: one(ageBands),
  }))
}

const digestOf = (lines: readonly string[]): string => createHash('sha256').update(lines.join('\n')).digest('hex')
const answersOf = (detector: Detector, texts: readonly ConcernText[]): string[] =>
  texts.map(({ text, kind, age }) => answer(detector, text, kind, age))

/** The extension's own answers, each as the line that `concerns scan` would print. */
async function extensionAnswers(inside: Debugger, texts: readonly ConcernText[]): Promise<string[]> {
  const lines: string[] = []
  for (let from = 0; from < texts.length; from += 500) {
    // JSON twice: the halves of pairs travel as escapes.
    const given = JSON.stringify(JSON.stringify(texts.slice(from, from + 500)))
    const found = await evaluate(
      inside,
      `inside.detector().then(known => JSON.parse(${given}).map(asked => {
        const { flag, severity, categories, spans, why } = known.detect(asked)
        return JSON.stringify({ flag, severity, categories, spans, why })
      }))`,
    )
    lines.push(...(found as string[]))
  }
  return lines
}

/** The first text on which two differ, for the message; '' where none does. */
function difference(texts: readonly ConcernText[], one: readonly string[], other: readonly string[]): string {
  const at = texts.findIndex((_, index) => one[index] !== other[index])
  return at < 0 ? '' : `text ${at} of seed ${seed}, ${JSON.stringify(texts[at])}:\n${one[at]}\n${other[at]}`
}

if (noPolicy) test('the extension’s answers beside the server’s', { skip: noPolicy }, () => undefined)
else {
  const school = await testSchool({ time: new Date().toISOString() })
  const machine = await policedMachine({
    app: school.app,
    url: school.url,
    dataFolder: school.dataFolder,
    manager: await school.person('Ned Work', 'network-manager'),
    user: 'pia.small',
  })
  after(() => machine.stop())
  const texts = manyTexts()
  const here = createDetector(readConcernFiles())
  const expected = answersOf(here, texts)
  let inside: Debugger

  test('ten thousand texts of every kind get the same answers in the browser as on the server, byte for byte', async () => {
    inside = await insideWorker(await machine.browser(), machine, { detector: '^function detector\\(' })
    const found = await extensionAnswers(inside, texts)
    assert.equal(found.length, count)
    assert.equal(difference(texts, expected, found), '')
    assert.equal(digestOf(found), digestOf(expected))
    // The texts are worth asking about: some of each.
    assert.equal(new Set(texts.map(({ text }) => text)).size > count * 0.95, true)
    const flagged = expected.filter(line => line.startsWith('{"flag":true')).length
    assert.ok(flagged > count / 20 && flagged < count, `${flagged} of ${count} are flagged`)
    assert.ok(texts.filter(({ text }) => !text.isWellFormed()).length > count / 20)
  })

  test('what the command prints is the same again, for all that can stand on a line', async () => {
    for (const kind of textKinds) {
      const lines = texts.filter(asked => asked.kind === kind && asked.age === 'primary')
      const fit = lines.filter(({ text }) => text.isWellFormed() && !/[\r\n]/.test(text))
      assert.ok(fit.length > 20)
      const printed: string[] = []
      await runCommand(['concerns', 'scan', '--kind', kind, '--age', 'primary'], {
        environment: {},
        input: Readable.from([Buffer.from(fit.map(({ text }) => `${text}\n`).join(''))], { objectMode: true }),
        out: line => void printed.push(line),
        say: line => assert.fail(line),
      })
      assert.equal(difference(fit, printed, answersOf(here, fit)), '')
      assert.equal(digestOf(printed), digestOf(await extensionAnswers(inside, fit)))
    }
  })

  test('one other answer among ten thousand would be seen, and named', async () => {
    const at = expected.findLastIndex(line => line.startsWith('{"flag":true'))
    const altered = texts.with(at, { ...(texts[at] as ConcernText), text: 'we drew a map of the river' })
    const found = await extensionAnswers(inside, altered)
    assert.notEqual(digestOf(found), digestOf(expected))
    assert.match(difference(texts, expected, found), new RegExp(`^text ${at} of seed ${seed}, `))
  })
}
