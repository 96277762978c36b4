import assert from 'node:assert/strict'
import { test } from 'node:test'
import { safeSearch } from '@gatehouse/engine/filter/safe-search'
import { searchEngines } from '@gatehouse/engine/filter/search-engines'
import fc from 'fast-check'
import { type NetRule, safeSearchRules } from './safe-search-rules.ts'

/** What the browser does by the rules, as its documentation of declarativeNetRequest says: the highest priority wins. */
function byRules(address: string): { url: string; headers: readonly string[] } {
  const url = new URL(address)
  const fits = ({ condition: { requestDomains, regexFilter } }: NetRule): boolean =>
    requestDomains.some(domain => url.hostname === domain || url.hostname.endsWith(`.${domain}`)) &&
    (regexFilter === undefined || new RegExp(regexFilter, 'i').test(address))
  const matching = safeSearchRules.filter(fits)
  const headers = matching.flatMap(({ action }) =>
    action.type === 'modifyHeaders' ? action.requestHeaders.map(({ header, value }) => `${header}: ${value}`) : [],
  )
  const [first] = matching
    .filter(({ action }) => action.type !== 'modifyHeaders')
    .sort((one, other) => other.priority - one.priority)
  if (first?.action.type === 'redirect')
    for (const { key, value } of first.action.redirect.transform.queryTransform.addOrReplaceParams)
      url.searchParams.set(key, value)
  return { url: url.href, headers }
}
const engineSays = (address: string) => {
  const { url, headers } = safeSearch(address)
  return {
    url,
    headers: Object.entries(headers ?? {}).map(([name, value]) => `${name}: ${value}`),
  }
}

const parameters = (url: string): string[] => [...new URL(url).searchParams].map(pair => pair.join('=')).sort()

const part = fc.stringMatching(/^[a-z0-9]{1,8}$/)
const address = fc
  .record({
    engine: fc.constantFrom(...searchEngines),
    at: fc.nat(),
    label: fc.oneof(
      fc.constantFrom('', 'www.', 'images.', 'uk.', 'm.', 'docs.', 'mail.'),
      part.map(name => `${name}.`),
    ),
    path: fc.constantFrom(
      '',
      'search',
      'images/search',
      'url',
      'maps/search',
      'maps',
      'mapsof',
      'amp-page',
      'imgres',
      'w',
    ),
    before: fc.constantFrom('', 'a=1&', 'safe=off&', 'xq=1&'),
    name: fc.constantFrom('q', 'as_q', 'p', 'query', 'text', 'pq', 'search_query', 'v'),
    words: fc.constantFrom('reef', 'a+b', '%C3%A9t%C3%A9', 'x'),
  })
  .map(({ engine, at, label, path, before, name, words }) => {
    const host = engine.hosts[at % engine.hosts.length]
    return `https://${label}${host}/${path}?${before}${name}=${words}`
  })

test('the browser’s rules change the same addresses and headers as the engine does at the proxy', () => {
  fc.assert(
    fc.property(address, asked => {
      const { url, headers } = byRules(asked)
      const says = engineSays(asked)
      assert.equal(
        url !== asked,
        says.url !== undefined && parameters(says.url).join() !== parameters(asked).join(),
        asked,
      )
      assert.deepEqual(headers, says.headers, asked)
      // The engine puts its parameters last, the browser where they stood.
      if (says.url !== undefined) assert.deepEqual(parameters(url), parameters(says.url))
    }),
    { numRuns: 2000 },
  )
})
test('addresses that hold no search, and hosts that only look like an engine, are left alone', () => {
  for (const url of [
    'https://www.google.com/',
    'https://www.google.com/search',
    'https://www.google.com/maps?q=reef',
    'https://google.com.evil.example/search?q=reef',
    'https://www.bing.com/?x=#q=reef',
    'https://story.example/?q=reef',
  ])
    assert.deepEqual(byRules(url), { url, headers: [] })
})
test('each rule has an id of its own, and no pattern is longer than what the browser compiles', () => {
  assert.equal(new Set(safeSearchRules.map(({ id }) => id)).size, safeSearchRules.length)
  assert.ok(safeSearchRules.some(({ action }) => action.type === 'redirect'))
  for (const { condition } of safeSearchRules) assert.ok((condition.regexFilter ?? '').length < 300)
})
