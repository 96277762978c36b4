import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { normaliseUrl } from './address.ts'
import { alikeBy } from './alike.ts'
import { decide } from './decide.ts'
import { lists, pass, request, school, siteRule } from './school.fixture.ts'
import type { FilterRequest } from './types.ts'

const rules = school({
  hostRules: [siteRule('shut', 'block', 'story.example', { path: '/a' })],
  passes: [pass('p'), pass('sums', { who: { classes: ['9c'] }, sites: [{ host: 'sums.example' }], isOnly: true })],
  adjustments: [{ id: 'a', who: { people: ['pia'] }, categories: { video: 'block' }, unlisted: 'warn' }],
})

test('addresses that are said to be decided alike are', () => {
  const host = fc.constantFrom(
    'bets.example',
    'tube.example',
    'www.tube.example',
    'vile.example',
    'help.example',
    'natter.example',
    'gab.example',
    'letters.example',
    'strangers.example',
    'story.example',
    'paypa1.com',
    'xn--80ak6aa92e.com',
    'a-b.translate.goog',
    'www.google.com',
    'sums.example',
    'floor.example',
    'new.example',
    'quite-new.example',
    '10.0.0.1',
    'shop.example',
  )
  const path = fc.constantFrom('/', '/a', '/a/b.exe', '/c.zip', '/x/https:/bets.example/', '/d/e.html')
  const who = fc.record({
    groups: fc.subarray(['infants', 'seniors', 'staff', 'guests'], { minLength: 1 }),
    classes: fc.subarray(['9b', '9c']),
    turns13On: fc.constantFrom('2020-01-01', '2030-01-01'),
    kind: fc.constantFrom<FilterRequest['kind']>('page', 'connect'),
  })
  const alike = new Map<string, string>()
  const seen = new Map<number, Set<string>>()
  fc.assert(
    fc.property(host, path, who, (name, where, change) => {
      const address = normaliseUrl(`https://${name}${where}`)
      assert.ok(address.ok)
      const isPage = change.kind === 'page'
      const number = alikeBy(rules, lists, address.host, isPage ? address.path : null)
      if (number === null) return
      seen.set(number, (seen.get(number) ?? new Set()).add(name))
      const url = isPage ? `https://${name}${where}` : `${name}:443`
      const { verdict, category, rule } = decide(rules, lists, request(url, change))
      const key = JSON.stringify([number, change])
      const answer = `${verdict} ${category} ${rule}`
      assert.equal(alike.get(key) ?? answer, answer, `${url} ${key}`)
      alike.set(key, answer)
    }),
    { numRuns: 3000 },
  )
  assert.ok(
    [...seen.values()].some(names => names.size > 1),
    'some different hosts were alike',
  )
})
