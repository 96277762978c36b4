import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { normaliseHost } from './address.ts'
import { imitatedBy, mayImitate, wellKnownDomains } from './look-alike.ts'
import { decodePunycode, encodePunycode } from './punycode.ts'

const covers = (names: readonly string[]) => (host: string) =>
  names.some(name => host === name || host.endsWith(`.${name}`))
const isKnownName = covers([...wellKnownDomains])
const imitatedIn = (host: string, isKnown: (name: string) => boolean): string | null =>
  mayImitate(host) ? imitatedBy(host, isKnown) : null
const imitated = (name: string): string | null => imitatedIn(normaliseHost(name) ?? 'unreadable', isKnownName)

test('a name that is written to be taken for another is found, whatever letters it borrows', () => {
  for (const [name, known] of [
    ['раураl.com', 'paypal.com'],
    ['login.раураl.com', 'paypal.com'],
    ['xn--80ak6aa92e.com', 'apple.com'],
    ['gооgle.com', 'google.com'],
    ['rоblox.com', 'roblox.com'],
    ['ebaу.co.uk', 'ebay.co.uk'],
    ['mícrosoft.com', 'microsoft.com'],
    ['g00gle.com', 'google.com'],
    ['www.paypa1.com', 'paypal.com'],
    ['m1crosoft.com', 'microsoft.com'],
    ['rnicrosoft.com', 'microsoft.com'],
    ['tvvitter.com', 'twitter.com'],
    ['вbc-news.example', 'mixed-script'],
    ['αpple-store.example', 'mixed-script'],
  ] as const) {
    assert.equal(imitated(name), known, name)
  }
})

test('a name of its own is left alone, in any script', () => {
  for (const name of [
    'paypal.com',
    'www.google.com',
    'пример.рф',
    'президент.рф',
    'яндекс.рф',
    'bücher.example',
    'münchen.de',
    'café.fr',
    'ελλάδα.gr',
    '他们为什么不说中文.example',
    'なぜ日本語line.example',
    '한국어web.example',
    'o2.co.uk',
    '1password.com',
    'modern-learning.org',
    'learn1ng.example',
    'rne.com',
    'classrnates.blogspot.com',
    'xn--bcher-kva.blogspot.com',
    'xn--not-punycode-99999999999.com',
    '10.0.0.1',
    '💩.la',
  ]) {
    assert.equal(imitated(name), null, name)
  }
})

test('nothing on our own lists is taken for an imitation of something else', () => {
  const file = readFileSync(new URL('../../data/must-allow.tsv', import.meta.url), 'utf8')
  const hosts = file
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('#'))
    .map(line => line.split('\t')[0] ?? '')
  const isKnown = covers([...wellKnownDomains, ...hosts])
  assert.deepEqual(
    hosts.filter(host => imitatedIn(host, isKnown) !== null),
    [],
  )
})

test('what Punycode writes, it reads again, and nonsense is refused', () => {
  const label = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  fc.assert(fc.property(label, text => assert.equal(decodePunycode(encodePunycode(text)), text)))
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), text => {
      const read = decodePunycode(text)
      assert.ok(read === null || read.isWellFormed())
    }),
  )
  assert.equal(decodePunycode('bcher-kva'), 'bücher')
  assert.equal(decodePunycode('80ak6aa92e'), 'аррӏе')
})
