import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { safeSearch, safeSearchHosts } from './safe-search.ts'
import { searchOf } from './search-engines.ts'

test('a search is made safe in its own address, and whoever switched it off finds it on again', () => {
  for (const [url, forced] of [
    ['https://www.google.com/search?q=reef', 'https://www.google.com/search?q=reef&safe=active'],
    ['https://www.google.co.uk/search?safe=off&q=reef#top', 'https://www.google.co.uk/search?q=reef&safe=active#top'],
    ['https://www.bing.com/search?q=reef&ADLT=off', 'https://www.bing.com/search?q=reef&adlt=strict'],
    ['https://duckduckgo.com/?kp=-2&q=reef', 'https://duckduckgo.com/?q=reef&kp=1'],
    ['https://search.brave.com/search?q=reef', 'https://search.brave.com/search?q=reef&safesearch=strict'],
    ['https://uk.search.yahoo.com/search?p=reef', 'https://uk.search.yahoo.com/search?p=reef&vm=r'],
  ] as const) {
    assert.deepEqual(safeSearch(url), { url: forced })
    assert.deepEqual(safeSearch(forced), {}, 'once is enough')
  }
})

test('YouTube is asked for its restricted mode by a header, as strictly as the school says', () => {
  for (const host of ['www.youtube.com', 'm.youtube.com', 'youtubei.googleapis.com', 'www.youtube-nocookie.com']) {
    assert.deepEqual(safeSearch(`https://${host}/watch?v=1`), { headers: { 'YouTube-Restrict': 'Strict' } })
    assert.deepEqual(safeSearch(`https://${host}/`, 'moderate'), { headers: { 'YouTube-Restrict': 'Moderate' } })
  }
})

test('nothing else is changed', () => {
  for (const url of [
    'https://story.example/?q=x',
    'https://www.google.com/',
    'https://www.google.com/maps',
    'nonsense',
    '',
  ])
    assert.deepEqual(safeSearch(url), {}, url)
})

test('by DNS each engine that offers it is answered with its safe twin', () => {
  const hosts = safeSearchHosts()
  for (const [name, target] of [
    ['www.google.com', 'forcesafesearch.google.com'],
    ['www.google.co.uk', 'forcesafesearch.google.com'],
    ['www.bing.com', 'strict.bing.com'],
    ['duckduckgo.com', 'safe.duckduckgo.com'],
    ['www.youtube.com', 'restrict.youtube.com'],
    ['youtubei.googleapis.com', 'restrict.youtube.com'],
    ['pixabay.com', 'safesearch.pixabay.com'],
  ] as const)
    assert.equal(hosts.get(name), target, name)
  assert.equal(safeSearchHosts('moderate').get('m.youtube.com'), 'restrictmoderate.youtube.com')
  // A name that answers with itself would never be found.
  for (const [name, target] of hosts) assert.ok(!hosts.has(target), name)
})

test('a search that was made safe is still the same search, and is left alone the second time', () => {
  const words = fc.string({ unit: 'grapheme', minLength: 1 }).filter(text => text.trim() !== '')
  const url = fc
    .tuple(fc.constantFrom('www.google.com/search?q=', 'www.bing.com/search?a=1&q=', 'duckduckgo.com/?kp=-2&q='), words)
    .map(([start, text]) => `https://${start}${encodeURIComponent(text)}`)
  fc.assert(
    fc.property(url, asked => {
      const forced = safeSearch(asked).url ?? asked
      assert.deepEqual(searchOf(forced), searchOf(asked))
      assert.deepEqual(safeSearch(forced), {})
    }),
  )
})
