import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileLists } from './compile-lists.ts'
import { decide } from './decide.ts'
import { openLists } from './open-lists.ts'
import { shippedGroups, shippedRules } from './profiles.ts'
import { reasonFor } from './sentences.ts'
import { actions, type Category, categories } from './types.ts'

const source = { id: 'ours', name: 'Ours', licence: 'MIT', date: '2026-11-01', isCurated: true }
const listable = categories.filter(category => category !== 'unlisted')
const lists = openLists(
  compileLists(
    listable.map(category => ({ domain: `${category}.example`, category, source: 'ours' })),
    [source],
  ),
)
const lesson = new Date('2026-11-24T10:15:00Z')
const lunch = new Date('2026-11-24T12:30:00Z')
const verdict = (group: string, category: string, at = lesson) =>
  decide(shippedRules(), lists, { url: `https://${category}.example/`, groups: [group], at, kind: 'page' }).verdict

test('the shipped groups are those that a school has, and every one has a word for every category', () => {
  assert.deepEqual(
    shippedGroups.map(group => group.id),
    ['infants', 'juniors', 'secondary', 'sixth-form', 'staff', 'governors', 'guests', 'personal-devices'],
  )
  const decided = listable.filter(category => category !== 'illegal' && category !== 'must-allow')
  for (const group of shippedGroups) {
    for (const category of decided) assert.ok(group.categories[category], `${group.id} ${category}`)
  }
})

test('what is harmful or goes round the filter is blocked for everybody', () => {
  const harmful: Category[] = [
    ...(['illegal', 'pornography', 'adult', 'gambling', 'drugs', 'violence', 'hate', 'extremism', 'selfharm'] as const),
    ...([
      'eating',
      'misogyny',
      'fraud',
      'phishing',
      'malware',
      'hacking',
      'vpn',
      'proxy',
      'doh',
      'tor',
      'piracy',
    ] as const),
  ]
  for (const { id } of shippedGroups) {
    for (const category of harmful) assert.equal(verdict(id, category), 'block', `${id} ${category}`)
    assert.equal(verdict(id, 'must-allow'), 'allow', id)
  }
})

test('age decides the rest', () => {
  for (const [group, category, action] of [
    ['infants', 'search', 'block'],
    ['infants', 'never-listed', 'block'],
    ['juniors', 'search', 'allow'],
    ['juniors', 'never-listed', 'allow'],
    ['juniors', 'social', 'block'],
    ['juniors', 'video', 'block'],
    ['secondary', 'video', 'allow'],
    ['secondary', 'social', 'block'],
    ['secondary', 'ai-chat', 'block'],
    ['sixth-form', 'ai-chat', 'warn'],
    ['sixth-form', 'alcohol-tobacco', 'block'],
    ['staff', 'social', 'block'],
    ['staff', 'filesharing', 'warn'],
    ['governors', 'video', 'allow'],
    ['guests', 'social', 'block'],
    ['personal-devices', 'games', 'block'],
    ['personal-devices', 'never-listed', 'allow'],
  ] as const) {
    assert.equal(verdict(group, category), action, `${group} ${category}`)
  }
})

test('what the matrix gives staff at certain times is open at lunch and shut in lessons, and pupils need a pass', () => {
  for (const [category, group, inLesson, atLunch] of [
    ['webmail', 'staff', 'block', 'allow'],
    ['chat', 'staff', 'block', 'allow'],
    ['social', 'staff', 'block', 'block'],
    ['webmail', 'governors', 'block', 'allow'],
    ['webmail', 'sixth-form', 'block', 'block'],
    ['chat', 'secondary', 'block', 'block'],
    ['webmail', 'guests', 'warn', 'warn'],
    ['chat', 'personal-devices', 'block', 'block'],
  ] as const) {
    assert.equal(verdict(group, category, lesson), inLesson, `${group} ${category} in a lesson`)
    assert.equal(verdict(group, category, lunch), atLunch, `${group} ${category} at lunch`)
  }
})

test('no group of younger pupils may reach what an older one may not', () => {
  const byAge = ['infants', 'juniors', 'secondary', 'sixth-form'] as const
  for (const category of [...listable, 'never-listed']) {
    const strictness = byAge.map(group => actions.indexOf(verdict(group, category)))
    assert.deepEqual(
      strictness,
      [...strictness].sort((one, other) => other - one),
      category,
    )
  }
})

test('every outcome has one sentence for every reader, short for a child, and different for child and adult', () => {
  for (const category of [...categories, 'none'] as const) {
    for (const action of actions) {
      const [young, child, adult] = (['young-child', 'child', 'adult'] as const).map(audience =>
        reasonFor({ verdict: action, category, rule: `group:x:${category}`, audience }),
      )
      for (const sentence of [young, child, adult]) assert.match(sentence ?? '', /^[A-Z][^.!?]*\.$/)
      assert.notEqual(child, adult)
      for (const sentence of [young, child]) assert.ok((sentence ?? '').split(' ').length <= 24, sentence)
    }
  }
})
