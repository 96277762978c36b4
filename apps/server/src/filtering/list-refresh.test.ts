import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileLists, type ListCount, openLists } from '@gatehouse/engine'
import { alarms, type Counted, differences, refusals } from './list-refresh.ts'
import { mustAllowHosts, shippedEntries, shippedSources, wellKnownHosts } from './lists-folder.ts'

const counted = (sizes: Readonly<Record<string, number>>): Counted => {
  const counts: ListCount[] = Object.entries(sizes).map(([source, domains]) => ({ category: 'games', source, domains }))
  return { counts, domains: counts.reduce((sum, { domains }) => sum + domains, 0) }
}
const before = counted({ anna: 10_000, toulouse: 20_000, small: 10 })

test('new lists are refused when they are empty or a source has shrunk by three tenths, vanished, or grown threefold', () => {
  for (const [after, why] of [
    [counted({}), /are empty/],
    [counted({ anna: 7001, toulouse: 14_001, small: 10 }), null],
    [counted({ anna: 10_000, toulouse: 14_000, small: 10 }), /toulouse has shrunk from 20,000 entries to 14,000/],
    [counted({ anna: 10_000, toulouse: 20_000 }), /small is empty or gone; it had 10 entries/],
    [counted({ anna: 10_000, toulouse: 20_000, small: 40 }), null],
    [counted({ anna: 30_001, toulouse: 20_000, small: 10 }), /anna has grown from 10,000 entries to 30,001/],
    [counted({ anna: 30_000, toulouse: 20_000, small: 10 }), null],
    [counted({ anna: 10_000, toulouse: 20_000, small: 10, fresh: 500_000 }), null],
    [
      counted({ anna: 6990, toulouse: 14_001, small: 10 }),
      /hold 21,001 domains and the ones in force 30,010: 30 per cent fewer/,
    ],
  ] as const) {
    const said = refusals(before, after).join('; ')
    if (why) assert.match(said, why)
    else assert.equal(said, '')
  }
  assert.deepEqual(refusals(null, counted({ anna: 1 })), [])
})

test('an operator who has looked may take what one source has become, or all of them, but never nothing at all', () => {
  const after = counted({ anna: 100, toulouse: 90_000, small: 10 })
  assert.equal(refusals(before, after).length, 2)
  assert.match(refusals(before, after, ['anna']).join(), /^toulouse has grown/)
  assert.deepEqual(refusals(before, after, ['anna', 'toulouse']), [])
  assert.deepEqual(refusals(before, after, 'all'), [])
  assert.equal(refusals(before, counted({}), 'all').length, 1)
})

test('what differs is said for each category and source, and nothing where nothing does', () => {
  assert.deepEqual(differences(before, before), [])
  assert.deepEqual(differences(before, counted({ anna: 10_500, toulouse: 20_000 })), [
    'games anna: 10,000 → 10,500 (+500)',
    'games small: 10 → 0 (−10)',
    'all together: 30,010 → 30,500 domains',
  ])
})

test('a list that names a well-known site is named, and what we say of it ourselves is no alarm', () => {
  const source = { id: 'anna', name: 'Anna', licence: 'MIT', date: '', isCurated: false }
  const entries = [
    ...shippedEntries(),
    { domain: 'nasa.gov', category: 'piracy', source: 'anna' } as const,
    { domain: 'bets.example', category: 'gambling', source: 'anna' } as const,
  ]
  const lists = openLists(compileLists(entries, [...shippedSources, source]))
  const hosts = [...mustAllowHosts(), ...wellKnownHosts()]
  assert.ok(hosts.length > 1300)
  assert.deepEqual(
    alarms(lists, hosts).filter(({ host }) => host === 'earthobservatory.nasa.gov'),
    [{ host: 'earthobservatory.nasa.gov', category: 'piracy', sources: ['anna'] }],
  )
  const before = alarms(openLists(compileLists(shippedEntries(), shippedSources)), hosts)
  assert.deepEqual(before, [])
})

test('no well-known site is in a category of our own lists', () => {
  const lists = openLists(compileLists(shippedEntries(), shippedSources))
  for (const host of wellKnownHosts())
    assert.deepEqual(
      lists.lookup(host).filter(({ category }) => category !== 'must-allow'),
      [],
      host,
    )
})
