import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileLists, openLists, shippedRules } from '@gatehouse/engine'
import { unchangedRules } from '@gatehouse/engine/concern/school-rules'
import { judge, noRules } from './judge.ts'
import type { Rules } from './rules.ts'

const now = Date.parse('2026-11-24T10:15:00Z')
const server = 'https://gatehouse.school.example'
const pupil = {
  id: 'a-pupil',
  username: 'user',
  groups: ['juniors'],
  proxyHash: '',
  suspended: false,
  classes: [],
  year: '4',
  turns13On: null,
}
const rules = (given: Partial<Rules> = {}): Rules => ({
  serial: 1,
  issuedAt: now - 60_000,
  maxAgeMs: 3_600_000,
  schoolName: 'Oak Hill',
  rules: shippedRules(),
  concerns: unchangedRules,
  person: pupil,
  lists: openLists(
    compileLists(
      [{ domain: 'bets.example', category: 'gambling', source: 'ours' }],
      [{ id: 'ours', name: 'Ours', licence: 'MIT', date: '2026-11-01', isCurated: true }],
    ),
  ),
  ...given,
})
const ask = (with_: Rules | null, url: string) => judge(with_, server, { url }, '', now)

test('the school’s own server is open to a device that has no rules yet, and nothing else is', () => {
  assert.equal(ask(null, `${server}/report`), null)
  assert.equal(ask(null, 'https://gatehouse.school.example.evil.example/')?.rule, noRules)
  assert.equal(ask(null, 'http://gatehouse.school.example/')?.verdict, 'block')
})
test('a device goes by the category of a site, for web sockets as for pages', () => {
  for (const url of ['https://bets.example/', 'wss://bets.example/live']) {
    const verdict = ask(rules(), url)
    assert.equal(verdict?.verdict, 'block')
    assert.equal(verdict?.category, 'gambling')
  }
})
test('for nobody known, and for somebody who is paused, the internet is closed', () => {
  assert.equal(ask(rules({ person: null }), 'https://bbc.co.uk/')?.rule, 'no-group')
  assert.equal(ask(rules({ person: { ...pupil, suspended: true } }), 'https://bbc.co.uk/')?.rule, 'extension:suspended')
})
test('rules that are too old close the internet for a child, and not for a member of staff', () => {
  const old = { issuedAt: now - 2 * 3_600_000 }
  assert.equal(ask(rules(old), 'https://bbc.co.uk/')?.rule, 'extension:stale')
  assert.notEqual(
    ask(rules({ ...old, person: { ...pupil, groups: ['staff'] } }), 'https://bbc.co.uk/')?.rule,
    'extension:stale',
  )
})
test('somebody in no group at all is refused', () => {
  const verdict = ask(rules({ person: { ...pupil, groups: [] } }), 'https://bbc.co.uk/')
  assert.equal(verdict?.verdict, 'block')
})
