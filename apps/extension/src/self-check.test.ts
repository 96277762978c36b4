import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { missedCanaries } from '@gatehouse/engine/concern/canaries'
import { needsCheck, selfCheck } from './self-check.ts'
import { flagFor } from './watcher.ts'

// The browser's part: the files that were built into the extension, under its own address.
const data = join(import.meta.dirname, '../../../packages/engine/data')
Object.assign(globalThis, {
  chrome: { runtime: { getURL: (path: string) => path } },
  fetch: async (path: string) => new Response(await readFile(join(data, path))),
})

test('the device’s own way from words to a flag finds each thing that it is tried on, and passes ordinary lessons', async () => {
  const found = await selfCheck()
  assert.deepEqual(missedCanaries(found.results), [])
  assert.match(found.detector, /\S/)
  assert.ok(!JSON.stringify(found).includes('steal'), 'what is sent holds no text')
})

/** Every id that the lexicon may give a rule of this concern. */
const idsOf = (concern: string): string[] =>
  Array.from({ length: 200 }, (_, n) => `${concern}.${String(n).padStart(3, '0')}`)

test('a device looks by the school’s rules, and its flags name the rules that decided and their version', async () => {
  const seen = (text: string) => ({ text, kind: 'typed' as const, url: 'https://docs.example/a', title: '' })
  const rules = {
    version: 7,
    off: [...idsOf('gambling'), 'model.gambling'],
    added: [{ id: 'school.one', concern: 'drugs', severity: 3, phrase: 'zorbo drops' }],
  } as const
  const asShipped = await flagFor(seen('i put a tenner on ladbrokes'), 'secondary', 100)
  assert.match(asShipped?.rules.join() ?? '', /gambling\./)
  assert.doesNotMatch(asShipped?.detector ?? '', /school/)
  assert.equal(await flagFor(seen('i put a tenner on ladbrokes'), 'secondary', 100, rules), null)
  const own = await flagFor(seen('got any zorbo drops'), 'secondary', 100, rules)
  assert.deepEqual(own?.rules, ['school.one'])
  assert.match(own?.detector ?? '', / school-7$/)
  assert.equal(await flagFor(seen('got any zorbo drops'), 'secondary', 100, { ...rules, version: 8, added: [] }), null)
})

test('what the school has switched off is not found by the daily check either', async () => {
  const { results } = await selfCheck({ version: 1, off: [...idsOf('profanity'), 'model.profanity'], added: [] })
  assert.deepEqual(missedCanaries(results), ['language'])
})

test('a device is tried once a day, and at once with a new extension', () => {
  const now = Date.parse('2026-11-24T10:00:00Z')
  const hour = 3_600_000
  assert.equal(needsCheck(undefined, '1.0', now), true)
  assert.equal(needsCheck({ at: now - hour, version: '1.0' }, '1.0', now), false)
  assert.equal(needsCheck({ at: now - hour, version: '1.0' }, '1.1', now), true)
  assert.equal(needsCheck({ at: now - 20 * hour, version: '1.0' }, '1.0', now), true)
  // A clock that was a year ahead does not keep it from being tried.
  assert.equal(needsCheck({ at: now + 365 * 24 * hour, version: '1.0' }, '1.0', now), true)
})
