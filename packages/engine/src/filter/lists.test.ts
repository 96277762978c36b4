import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compileLists } from './compile-lists.ts'
import { blockOf, finishHigh, finishLow, placeInBlock, startHigh, startLow, stepHigh, stepLow } from './fingerprint.ts'
import { blockWords, moreMark } from './lists-file.ts'
import { ListsFileError, readSections } from './lists-sections.ts'
import { openLists } from './open-lists.ts'
import { entries, domains, entry, listsOf, page, source, sources } from './lists.fixture.ts'
import { categories } from './types.ts'

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

const numberOfNames = 100_000
const manyNames = Array.from({ length: numberOfNames }, (_, index) =>
  entry(`n${index}.example`, categories[index % 40] ?? 'games'),
)

test('of a hundred thousand names each is found, no name of a million others is taken for one, and each takes less than eight bytes', () => {
  const file = compileLists(manyNames, sources)
  const lists = openLists(file)
  assert.equal(lists.domains, numberOfNames)
  for (const { domain, category } of manyNames) assert.equal(lists.lookup(domain)[0]?.category, category)
  for (let index = 0; index < 1_000_000; index += 1) assert.equal(lists.lookupSet(`m${index}.example`), 0)
  assert.ok(file.length < numberOfNames * 8, `${file.length} bytes`)
})

/*
 * That less than one verdict in 10^9 is wrong cannot be counted in a test: it would take 10^11 look-ups. What it rests on
 * can: that one name in eight of those not listed meets a taken place, and that the fingerprint there is then a matter of
 * chance in each of its four bytes, and in pairs of them, so that all four are the same once in 2^32.
 */
test('names that are not listed meet a taken place one time in eight, and its fingerprint is then a matter of chance', () => {
  const { blocks, fingerprints, marks, seed, sizes } = readSections(compileLists(manyNames, sources))
  const asked = 2_000_000
  const shared = new Map<string, number>()
  let taken = 0
  for (let index = 0; index < asked; index += 1) {
    const { high, finger } = fingerprintOf(`school${index}.sch.uk`, seed)
    const slot = slotOf(blocks, blockOf(high, sizes.blocks), placeInBlock(high))
    if (slot < 0 || (marks[slot] ?? 0) >= moreMark) continue
    taken += 1
    const difference = (fingerprints[slot] ?? 0) ^ finger
    for (const [name, mask] of masks) if ((difference & mask) === 0) shared.set(name, (shared.get(name) ?? 0) + 1)
    assert.notEqual(difference, 0)
  }
  assert.ok(taken / asked > 0.1 && taken / asked < 0.125, `${taken / asked} of the places asked are taken`)
  for (const [name, mask] of masks) {
    const expected = taken * 2 ** -bitCount(mask)
    const found = shared.get(name) ?? 0
    // Five standard deviations either way of a Poisson count, and never fewer than the few that chance allows.
    assert.ok(Math.abs(found - expected) < 5 * Math.sqrt(expected) + 5, `${name}: ${found}, expected ${expected}`)
  }
})

const masks = [
  ...[0, 8, 16, 24].map(shift => [`byte at bit ${shift}`, 0xff << shift] as const),
  ...[0, 4, 8, 12, 16].map(shift => [`two bytes at bit ${shift}`, 0xffff << shift] as const),
  ['every other bit', 0x55555555] as const,
  ['the other bits', 0xaaaaaaaa | 0] as const,
]
const bitCount = (mask: number): number => (mask >>> 0).toString(2).replaceAll('0', '').length

function fingerprintOf(host: string, seed: number): { high: number; finger: number } {
  let high = startHigh(seed)
  let low = startLow(seed)
  for (let index = host.length - 1; index >= 0; index -= 1) {
    high = stepHigh(high, host.charCodeAt(index))
    low = stepLow(low, host.charCodeAt(index))
  }
  const finished = finishHigh(high, low)
  return { high: finished, finger: finishLow(finished, low) }
}

/** Counts the taken places one by one, as the description of the file has it; -1 for a place that is not taken. */
function slotOf(blocks: Uint32Array, block: number, place: number): number {
  const isTaken = (at: number) => (((blocks[block * blockWords + 1 + (at >>> 5)] ?? 0) >>> (at & 31)) & 1) === 1
  if (!isTaken(place)) return -1
  let slot = blocks[block * blockWords] ?? 0
  for (let at = 0; at < place; at += 1) if (isTaken(at)) slot += 1
  return slot
}

test('the number of what is said of a host is small, means the same each time, and is 0 for nothing', () => {
  const lists = listsOf([entry('a.example', 'games'), entry('b.a.example', 'dating'), entry('c.example', 'games')])
  const [one, other, both] = ['a.example', 'x.c.example', 'b.a.example'].map(host => lists.lookupSet(host))
  assert.equal(lists.lookupSet('d.example'), 0)
  assert.deepEqual(lists.listingsOf(0), [])
  assert.deepEqual(lists.listingsOf(99), [])
  assert.deepEqual(lists.listingsOf(one ?? -1), lists.listingsOf(other ?? -1))
  assert.deepEqual(
    lists.listingsOf(both ?? -1).map(listing => listing.category),
    ['dating', 'games'],
  )
  assert.equal(lists.lookupSet('www.b.a.example'), both)
  for (const set of [one, other, both]) assert.ok(set && set > 0 && set < 10)
})

test('sets that are rare, and names that share a place, are found like the rest', () => {
  // 40 categories × 7 choices of three sources are more sets than the marks of the file have numbers for.
  const listed = Array.from({ length: 5000 }, (_, index) =>
    sources
      .filter((_, bit) => (((index % 7) + 1) >> bit) & 1)
      .map(({ id }) => entry(`n${index}.example`, categories[index % 40] ?? 'games', id)),
  )
  const lists = listsOf(listed.flat())
  for (const named of listed) {
    const [first] = named
    assert.deepEqual(
      lists.lookup(first?.domain ?? '').flatMap(listing => listing.sources),
      named.map(each => each.source).sort(),
    )
  }
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
    page('a.example', '', 'games'),
    page('a.example', '/', 'games'),
    page('a.example', '/./', 'games'),
    page('a.example', 'page', 'games'),
    page('a.example', '?all', 'games'),
  ]) {
    assert.throws(() => compileLists([bad], sources), RangeError, bad.domain)
  }
  assert.throws(() => compileLists([], [source('one'), source('one')]), /same id/)
})
