import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileLists } from '@gatehouse/engine/filter/compile-lists'
import { openLists } from '@gatehouse/engine/filter/open-lists'
import { shippedRules } from '@gatehouse/engine/filter/profiles'
import type { RuleSet } from '@gatehouse/engine/filter/types'
import fc from 'fast-check'
import { type Zone, zoneFor } from './zone-entries.ts'
import { localZoneText, opennessOf, rpzText } from './zone-text.ts'

const source = { id: 'school', name: 'Written for the tests', licence: 'MIT', date: '2026-09-01', isCurated: true }
const listed = {
  'bets.example': 'gambling',
  'help.bets.example': 'must-allow',
  'deep.under.bets.example': 'must-allow',
  'awful.example': 'illegal',
  'help.awful.example': 'must-allow',
  'find.example': 'search',
} as const
const lists = openLists(
  compileLists(
    Object.entries(listed).map(([domain, category]) => ({ domain, category, source: 'school' })),
    [source],
  ),
)
const at = new Date('2026-11-24T10:15:00Z')
const rules: RuleSet = {
  ...shippedRules(),
  hostRules: [
    { id: 'r1', action: 'allow', host: 'odds.bets.example', groups: ['juniors'], reason: 'A lesson on chance' },
    { id: 'r2', action: 'block', host: 'quiet.example', groups: 'all', reason: 'A test' },
    {
      id: 'r3',
      action: 'allow',
      host: 'old.bets.example',
      groups: 'all',
      reason: 'Over',
      until: '2026-01-01T00:00:00Z',
    },
  ],
}
const zoneOf = (group: string): Zone => zoneFor({ rules, lists, names: Object.keys(listed), group, at })
const entry = (zone: Zone, name: string) => zone.entries.find(each => each.name === name)?.outcome

test('a name is written where its verdict differs from its parent’s, the illegal floor first', () => {
  const zone = zoneOf('juniors')
  assert.equal(zone.otherwise, 'open')
  // The services of the technology table are in it as well.
  assert.deepEqual(
    zone.entries.filter(({ name }) => name.endsWith('.example')),
    [
      { name: 'awful.example', outcome: 'illegal' },
      { name: 'deep.under.bets.example', outcome: 'open' },
      { name: 'help.bets.example', outcome: 'open' },
      { name: 'odds.bets.example', outcome: 'open' },
      { name: 'bets.example', outcome: 'blocked' },
      { name: 'quiet.example', outcome: 'blocked' },
    ],
  )
})

test('for infants everything that is not open is closed, and only what is open is written', () => {
  const zone = zoneOf('infants')
  assert.equal(zone.otherwise, 'blocked')
  assert.equal(entry(zone, 'help.bets.example'), 'open')
  assert.equal(entry(zone, 'bets.example'), undefined)
  assert.equal(entry(zone, 'find.example'), undefined)
})

/** What a resolver makes of an RPZ, by RFC 4592: the name itself, else the wildcard at its closest encloser. */
function lookUp(text: readonly string[]): (name: string) => 'open' | 'closed' {
  const records = new Map(
    text
      .join('\n')
      .split('\n')
      .flatMap(line => {
        const found = /^(\S+) CNAME (\S+)$/.exec(line)
        return found?.[1] && found[2] ? [[found[1], found[2]] as const] : []
      }),
  )
  const exists = new Set<string>()
  for (const owner of records.keys()) {
    const name = owner.replace(/^\*\.?/, '')
    for (let rest = name; rest !== ''; rest = rest.includes('.') ? rest.slice(rest.indexOf('.') + 1) : '')
      exists.add(rest)
  }
  return name => {
    let target = records.get(name)
    if (target === undefined && !exists.has(name)) {
      let encloser = name
      do encloser = encloser.includes('.') ? encloser.slice(encloser.indexOf('.') + 1) : ''
      while (encloser !== '' && !exists.has(encloser))
      target = records.get(encloser === '' ? '*' : `*.${encloser}`)
    }
    return target === '.' ? 'closed' : 'open'
  }
}

test('whatever is asked, a resolver that reads the zone by the book answers as the rules decide', () => {
  const label = fc.constantFrom('a', 'b', 'help', 'bets', 'example', 'under', 'com')
  const name = fc.array(label, { minLength: 2, maxLength: 5 }).map(labels => labels.join('.'))
  const category = fc.constantFrom('gambling', 'must-allow', 'illegal', 'games', 'search')
  fc.assert(
    fc.property(
      fc.dictionary(name, category, { minKeys: 1, maxKeys: 12 }),
      fc.array(name, { minLength: 1, maxLength: 20 }),
      fc.constantFrom('infants', 'juniors', 'staff'),
      (table, asked, group) => {
        const made = openLists(
          compileLists(
            Object.entries(table).map(([domain, kind]) => ({ domain, category: kind, source: 'school' })),
            [source],
          ),
        )
        const zone = zoneFor({ rules: shippedRules(), lists: made, names: Object.keys(table), group, at })
        const answer = lookUp([...rpzText(zone, { group, at, until: null }, new Map())])
        const open = opennessOf(zone)
        for (const each of [...asked, ...Object.keys(table), ...asked.map(one => `www.${one}`)])
          assert.equal(answer(each), open(each) ? 'open' : 'closed', each)
      },
    ),
  )
})

test('names that could not stand in a zone are left out and counted', () => {
  const long = `${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(60)}.example`
  const hostRules = [{ id: 'r', action: 'block', host: long, groups: 'all', reason: 'A test' } as const]
  const zone = zoneFor({
    rules: { ...rules, hostRules },
    lists,
    names: ['192.0.2.1', 'one', '', 'bad name'],
    group: 'juniors',
    at,
  })
  assert.equal(zone.tooLong, 1)
  assert.match([...rpzText(zone, { group: 'juniors', at, until: null }, new Map())].join('\n'), /1 names are too long/)
})

test('in local zones each name stands once, with the tags of those that it is for', () => {
  const lines = [
    ...localZoneText(
      [
        { tag: 'infants', zone: zoneOf('infants'), networks: ['10.1.0.0/16'] },
        { tag: 'juniors', zone: zoneOf('juniors'), networks: ['10.2.0.0/16'] },
        { tag: 'staff', zone: zoneOf('staff'), networks: ['10.3.0.0/16'] },
      ],
      new Map([['www.find.test', 'safe.find.test']]),
    ),
  ]
  const zones = lines.flatMap(line => /^local-zone: "(\S+)"/.exec(line)?.[1] ?? [])
  assert.equal(new Set(zones).size, zones.length)
  assert.ok(lines.includes('local-zone: "bets.example." always_nxdomain'))
  assert.ok(lines.includes('local-zone-tag: "bets.example." "juniors staff"'))
  assert.ok(lines.includes('local-zone: "." always_nxdomain'))
  assert.ok(lines.includes('local-zone-tag: "." "infants"'))
  assert.ok(lines.includes('local-zone: "help.bets.example." always_transparent'))
  assert.ok(lines.includes('local-zone-override: "www.find.test." 10.1.0.0/16 always_nxdomain'))
  assert.ok(lines.includes('local-data: "www.find.test. 60 IN CNAME safe.find.test."'))
})
