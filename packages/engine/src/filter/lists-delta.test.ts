import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compileLists, type ListEntry } from './compile-lists.ts'
import { applyDelta, listsDelta } from './lists-delta.ts'
import { ListsFileError } from './lists-sections.ts'
import { openLists } from './open-lists.ts'
import { categories, type ListSource } from './types.ts'

const sources: readonly ListSource[] = ['anna', 'ours', 'toulouse'].map(id => ({
  ...{ id, name: id, licence: 'MIT', date: '2026-08-01', isCurated: id === 'ours' },
}))
const listable = categories.filter(category => category !== 'unlisted')
const names = fc.array(fc.stringMatching(/^[a-c]{1,2}$/), { minLength: 1, maxLength: 4 })
const entry: fc.Arbitrary<ListEntry> = fc
  .tuple(names, fc.constantFrom(...listable), fc.constantFrom('toulouse', 'anna', 'ours'), fc.option(names))
  .map(([labels, category, source, path]) => ({
    domain: `${labels.join('.')}.example`,
    ...(path && { path: `/${path.join('/')}` }),
    category,
    source,
  }))

/** Ten thousand names of one hour, and of the next: one in a hundred is gone, one in a hundred new, a few are listed otherwise. */
const hour = (from: number): ListEntry[] =>
  Array.from({ length: 10_000 }, (_, index) => ({
    domain: `n${index + from}.example`,
    category: listable[(index + from) % 7] ?? 'games',
    source: (index + from) % 3 === 0 ? 'anna' : 'toulouse',
  }))
const before = compileLists(hour(0), sources)
const after = compileLists(
  [...hour(100), { domain: 'n500.example', category: 'selfharm', source: 'ours' }],
  sources.map(source => ({ ...source, date: '2026-08-02' })),
  { previous: before },
)

test('an hour’s change gives the new file byte for byte, and is a small part of it', () => {
  const delta = listsDelta(before, after)
  assert.ok(delta)
  assert.deepEqual(applyDelta(before, delta), after)
  assert.ok(delta.length * 20 < after.length, `${delta.length} bytes of ${after.length}`)
  const lists = openLists(applyDelta(before, delta))
  assert.equal(lists.lookup('n99.example').length, 0)
  assert.equal(lists.lookup('www.n10099.example').length, 1)
  assert.deepEqual(
    lists.lookup('n500.example').map(listing => listing.category),
    ['dating', 'selfharm'],
  )
  assert.equal(lists.sources[0]?.date, '2026-08-02')
})

test('any lists change into any others that were compiled after them', () => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 60 }), fc.array(entry, { maxLength: 12 }), (kept, other) => {
      const [oldEntries, newEntries] = [kept.concat(other.slice(6)), kept.slice(3).concat(other.slice(0, 6))]
      const old = compileLists(oldEntries, sources)
      const next = compileLists(newEntries, sources, { previous: old })
      const delta = listsDelta(old, next)
      if (delta) assert.deepEqual(applyDelta(old, delta), next)
      const fresh = openLists(compileLists(newEntries, sources))
      const following = openLists(next)
      for (const { domain, path = '/' } of [...oldEntries, ...newEntries]) {
        assert.deepEqual(following.lookup(domain), fresh.lookup(domain))
        assert.deepEqual(following.lookupPath(domain, path), fresh.lookupPath(domain, path))
      }
      assert.deepEqual(following.counts(), fresh.counts())
    }),
  )
})

test('lists with another seed, or twice as long, have no delta', () => {
  const other = compileLists(hour(0), sources, { seed: 77 })
  assert.equal(listsDelta(before, other), null)
  const longer = compileLists([...hour(0), ...hour(20_000)], sources, { previous: before })
  assert.equal(listsDelta(before, longer), null)
  assert.equal(openLists(longer).domains, 20_000)
})

test('a delta for another file, cut short, lengthened or damaged in any byte is refused', () => {
  const small = compileLists(hour(0).slice(0, 40), sources)
  const next = compileLists(hour(0).slice(2, 42), sources, { previous: small })
  const delta = listsDelta(small, next)
  assert.ok(delta)
  assert.throws(() => applyDelta(next, delta), /not to/)
  assert.throws(() => applyDelta(before, delta), ListsFileError)
  assert.throws(() => applyDelta(small, small), /no change to a list file/)
  for (let length = 0; length < delta.length; length += 1)
    assert.throws(() => applyDelta(small, delta.subarray(0, length)), ListsFileError, `${length} bytes`)
  assert.throws(() => applyDelta(small, new Uint8Array([...delta, 0])), /after its end/)
  for (let index = 0; index < delta.length; index += 1) {
    for (const flip of [0x01, 0x10, 0x80]) {
      const damaged = delta.slice()
      damaged[index] = (damaged[index] ?? 0) ^ flip
      assert.throws(() => applyDelta(small, damaged), ListsFileError, `byte ${index}`)
    }
  }
})
