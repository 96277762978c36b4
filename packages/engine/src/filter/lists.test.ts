import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compileLists, type ListEntry } from './compile-lists.ts'
import { ListsFileError } from './lists-sections.ts'
import { openLists } from './open-lists.ts'
import { type Category, categories, type ListSource } from './types.ts'

const source = (id: string, isCurated = false): ListSource => ({
  id,
  name: id,
  licence: 'MIT',
  date: '2026-08-01',
  isCurated,
})
const sources = [source('toulouse'), source('anna'), source('ours', true)]
const entry = (domain: string, category: Category, from = 'toulouse'): ListEntry => ({ domain, category, source: from })
const listsOf = (entries: readonly ListEntry[]) => openLists(compileLists(entries, sources))

test('a site is found under its own name and every name below it, and no other', () => {
  const lists = listsOf([
    entry('bets.example', 'gambling'),
    entry('play.site.example', 'games'),
    entry('1.2.3.4', 'proxy'),
  ])
  for (const [host, category] of [
    ['bets.example', 'gambling'],
    ['www.bets.example', 'gambling'],
    ['a.b.c.bets.example', 'gambling'],
    ['notbets.example', undefined],
    ['bets.example.com', undefined],
    ['example', undefined],
    ['site.example', undefined],
    ['play.site.example', 'games'],
    ['1.2.3.4', 'proxy'],
    ['9.1.2.3.4', undefined],
    ['2.3.4', undefined],
    ['', undefined],
    ['.', undefined],
    ['::1', undefined],
  ] as const) {
    assert.equal(lists.lookup(host)[0]?.category, category, host)
  }
})

test('a site keeps all its categories, and who named it in each, from itself and the sites above it', () => {
  const lists = listsOf([
    entry('media.example', 'video'),
    entry('media.example', 'social', 'anna'),
    entry('bad.media.example', 'violence', 'ours'),
    entry('bad.media.example', 'video', 'anna'),
  ])
  assert.deepEqual(lists.lookup('www.bad.media.example'), [
    { category: 'social', sources: ['anna'], isCurated: false, among: 1 },
    { category: 'video', sources: ['anna', 'toulouse'], isCurated: false, among: 2 },
    { category: 'violence', sources: ['ours'], isCurated: true, among: 1 },
  ])
})

test('the file says who named how many, once each, and where they came from', () => {
  const lists = listsOf([
    entry('a.example', 'games'),
    entry('a.example', 'games'),
    entry('A.EXAMPLE.', 'games'),
    entry('a.example', 'games', 'anna'),
    entry('b.example', 'games'),
    entry('b.example', 'dating'),
  ])
  assert.deepEqual(lists.counts(), [
    { category: 'dating', source: 'toulouse', domains: 1 },
    { category: 'games', source: 'anna', domains: 1 },
    { category: 'games', source: 'toulouse', domains: 2 },
  ])
  assert.equal(lists.domains, 2)
  assert.equal(lists.sourcesOf('games'), 2)
  assert.equal(lists.sourcesOf('drugs'), 0)
  assert.deepEqual(
    lists.sources.map(each => each.id),
    ['anna', 'ours', 'toulouse'],
  )
})

test('an empty list is a list, and names with other letters survive in what the file says of its sources', () => {
  const lists = openLists(compileLists([], [{ ...source('ut1'), name: 'Université “Toulouse” 💩' }]))
  assert.deepEqual([lists.domains, lists.counts(), lists.lookup('a.example')], [0, [], []])
  assert.equal(lists.sources[0]?.name, 'Université “Toulouse” 💩')
})

const listable = categories.filter(category => category !== 'unlisted')
const domains = fc
  .array(fc.stringMatching(/^[a-c]{1,2}$/), { minLength: 2, maxLength: 4 })
  .map(labels => `${labels.join('.')}.example`)
const entries = fc.array(
  fc
    .tuple(domains, fc.constantFrom(...listable), fc.constantFrom('toulouse', 'anna', 'ours'))
    .map(parts => entry(...parts)),
  { maxLength: 60 },
)

test('the compiled file answers what a plain look through the entries answers', () => {
  fc.assert(
    fc.property(entries, fc.array(domains), (listed, others) => {
      const lists = listsOf(listed)
      for (const host of [...listed.map(each => each.domain), ...others, ...others.map(each => `x.${each}`)]) {
        const covering = listed.filter(each => host === each.domain || host.endsWith(`.${each.domain}`))
        const expected = categories
          .filter(category => covering.some(each => each.category === category))
          .map(category => {
            const named = new Set(covering.filter(each => each.category === category).map(each => each.source))
            const among = new Set(listed.filter(each => each.category === category).map(each => each.source)).size
            return { category, sources: [...named].sort(), isCurated: named.has('ours'), among }
          })
        assert.deepEqual(lists.lookup(host), expected)
      }
    }),
  )
})

test('the same entries give the same file in whatever order they come', () => {
  fc.assert(
    fc.property(entries, entries, (one, other) => {
      const file = compileLists([...one, ...other], sources)
      assert.deepEqual(compileLists([...other, ...one].reverse(), [...sources].reverse()), file)
    }),
  )
})

test('of a hundred thousand names none is taken for another, and each takes less than eight bytes', () => {
  const listed = Array.from({ length: 100_000 }, (_, index) =>
    entry(`n${index}.example`, categories[index % 40] ?? 'games'),
  )
  const file = compileLists(listed, sources)
  const lists = openLists(file)
  assert.equal(lists.domains, 100_000)
  for (const { domain, category } of listed) assert.equal(lists.lookup(domain)[0]?.category, category)
  for (let index = 100_000; index < 300_000; index += 1) assert.equal(lists.lookup(`n${index}.example`).length, 0)
  assert.ok(file.length < 100_000 * 8, `${file.length} bytes`)
})

test('a file may lie anywhere in memory', () => {
  const file = compileLists([entry('a.example', 'games')], sources)
  for (const offset of [1, 2, 3, 4]) {
    const around = new Uint8Array(file.length + 8)
    around.set(file, offset)
    const lists = openLists(around.subarray(offset, offset + file.length))
    assert.equal(lists.lookup('a.example')[0]?.category, 'games')
  }
})

test('a file cut short, lengthened, damaged in any byte or of another kind is refused, and says what is wrong', () => {
  const file = compileLists([entry('a.example', 'games'), entry('b.example', 'dating')], sources)
  for (let length = 0; length < file.length; length += 1)
    assert.throws(() => openLists(file.subarray(0, length)), ListsFileError)
  for (let index = 0; index < file.length; index += 1) {
    const damaged = file.slice()
    damaged[index] = (damaged[index] ?? 0) ^ 0x10
    assert.throws(() => openLists(damaged), ListsFileError, `byte ${index}`)
  }
  const longer = new Uint8Array(file.length + 4)
  longer.set(file)
  const newer = file.slice()
  newer[4] = 3
  for (const [bytes, message] of [
    [new Uint8Array(0), /at least 64 bytes/],
    [new Uint8Array(100), /not a compiled list file/],
    [longer, /cut short/],
    [newer, /version 3, expected 2/],
  ] as const) {
    assert.throws(() => openLists(bytes), message)
  }
})

test('what cannot be listed is refused while compiling', () => {
  for (const bad of [
    entry('com', 'games'),
    entry('not a host', 'games'),
    entry('', 'games'),
    entry('a.example', 'unlisted'),
    entry('a.example', 'games', 'nobody'),
  ]) {
    assert.throws(() => compileLists([bad], sources), RangeError, bad.domain)
  }
  assert.throws(() => compileLists([], [source('one'), source('one')]), /same id/)
})
