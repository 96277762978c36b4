import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { searchOf } from './search-engines.ts'

test('the words of a search are found on every engine that pupils use', () => {
  for (const [url, engine, query] of [
    ['https://www.google.com/search?q=coral+reef&hl=en', 'google', 'coral reef'],
    ['https://www.google.co.uk/search?hl=en&q=caf%C3%A9%20au%20lait', 'google', 'café au lait'],
    ['https://images.google.fr/images?q=reef#x', 'google', 'reef'],
    ['https://www.google.com/#q=reef', 'google', 'reef'],
    ['https://www.google.com/complete/search?client=x&q=re', 'google', 're'],
    ['https://www.bing.com/images/search?q=reef', 'bing', 'reef'],
    ['https://duckduckgo.com/?q=reef&ia=web', 'duckduckgo', 'reef'],
    ['https://uk.search.yahoo.com/search?p=reef', 'yahoo', 'reef'],
    ['https://www.ecosia.org/search?q=reef', 'ecosia', 'reef'],
    ['https://www.qwant.com/?q=reef', 'qwant', 'reef'],
    ['https://search.brave.com/search?q=reef', 'brave', 'reef'],
    ['https://www.startpage.com/do/search?query=reef', 'startpage', 'reef'],
    ['https://www.kiddle.co/s.php?q=reef', 'kiddle', 'reef'],
    ['https://m.youtube.com/results?search_query=reef', 'youtube', 'reef'],
    ['https://www.google.com/search?Q=100%25+%zz', 'google', '100% %zz'],
  ] as const) {
    assert.deepEqual(searchOf(url), { engine, query }, url)
  }
})

test('what is no search has no words', () => {
  for (const url of [
    'https://www.google.com/',
    'https://www.google.com/search?q=',
    'https://www.google.com/url?q=https://story.example/',
    'https://docs.google.com/document?q=reef',
    'https://en.wikipedia.org/w/index.php?search=reef',
    'https://notgoogle.com/search?q=reef',
    'https://google.com.evil.example/search?q=reef',
    'https://www.bing.com/maps',
    'not an address',
    '',
  ]) {
    assert.equal(searchOf(url), null, url)
  }
})

test('what somebody typed comes out as it went in, whatever it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), words => {
      fc.pre(words.trim() !== '')
      const found = searchOf(`https://www.google.com/search?hl=en&q=${encodeURIComponent(words)}&x=1`)
      assert.equal(found?.query, words)
    }),
  )
})
