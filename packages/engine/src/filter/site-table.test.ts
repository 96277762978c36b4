import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { school, siteRule } from './school.fixture.ts'
import { siteTable } from './site-table.ts'

const label = fc.constantFrom('a', 'b', 'www', 'tube', 'example', 'co', 'uk', 'com', 'natter', 'x1')
const name = fc.array(label, { minLength: 1, maxLength: 5 }).map(labels => labels.join('.'))

test('a host is found under the longest name that covers it, and all names above that stand behind it', () => {
  fc.assert(
    fc.property(fc.uniqueArray(name, { maxLength: 8 }), name, (ruled, host) => {
      const rules = ruled.map(each => siteRule(each, 'block', each))
      const { matrix: _none, ...plain } = school({ hostRules: rules })
      const covers = (each: string): boolean => host === each || host.endsWith(`.${each}`)
      const expected = ruled.filter(covers).sort((one, other) => other.length - one.length)
      const found: string[] = []
      for (let site = siteTable(plain)(host); site; site = site.parent) if (site.rules.length > 0) found.push(site.host)
      assert.deepEqual(found, expected)
    }),
    { numRuns: 300 },
  )
})

test('what is said of a host holds beneath it, unless more is said there', () => {
  const sites = siteTable(
    school({
      hostRules: [siteRule('r', 'block', 'deep.www.natter.example')],
      illegal: { source: 'loaded', hosts: ['floor.example'] },
    }),
  )
  assert.equal(sites('natter.example')?.service?.id, 'natter')
  assert.equal(sites('a.b.c.natter.example')?.service?.id, 'natter')
  assert.equal(sites('x.deep.www.natter.example')?.service?.id, 'natter')
  assert.equal(sites('x.deep.www.natter.example')?.isDecided, true)
  assert.equal(sites('www.natter.example')?.isDecided, false)
  assert.equal(sites('a.floor.example')?.isIllegal, true)
  assert.equal(sites('notnatter.example'), undefined)
  assert.equal(sites('images.google.co.uk')?.engine?.engine.id, 'google')
  assert.equal(sites('docs.google.com')?.isDecided, false)
  const ruled = siteTable(
    school({ hostRules: [siteRule('g', 'block', 'google.com'), siteRule('d', 'block', 'duckduckgo.com')] }),
  )
  assert.equal(ruled('docs.google.com')?.isDecided, true, 'a shipped name takes on what is said above it')
  assert.equal(ruled('docs.google.com')?.carriers.length, sites('docs.google.com')?.carriers.length)
  assert.equal(ruled('duckduckgo.com')?.engine?.engine.id, 'duckduckgo')
  assert.equal(ruled('docs.google.com')?.parent?.rules.length, 1)
  assert.equal(sites('docs.google.com')?.isDecided, false, 'and another school’s table does not')
})
