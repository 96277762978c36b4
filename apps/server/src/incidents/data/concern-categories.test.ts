import assert from 'node:assert/strict'
import { test } from 'node:test'
import { policyPacks } from '../../policies/packs/packs.ts'
import {
  type ConcernKind,
  concernCategories,
  concernCategoryEntries,
  concernKind,
  concernKinds,
} from './concern-categories.ts'

const kind = (id: string): ConcernKind => {
  const found = concernKind(id)
  assert.ok(found, id)
  return found
}

test('the six categories are there, each with kinds of its own', () => {
  assert.deepEqual(
    concernCategoryEntries().map(each => each.id),
    concernCategories,
  )
  for (const id of concernCategories) assert.ok(concernKinds().filter(each => each.category === id).length >= 3, id)
})

test('no kind of concern is there twice', () => {
  const ids = concernKinds().map(each => each.id)
  assert.equal(new Set(ids).size, ids.length)
  assert.equal(concernKind('no-such-kind'), undefined)
})

test('what the policies ask the safeguarding lead to watch for comes to the safeguarding lead', () => {
  for (const clause of ['A-3.6-03', 'A-3.6-04', 'A-3.6-05', 'A-3.6-06', 'A-3.6-07']) {
    const watched = concernKinds().filter(each => each.clauses.includes(clause))
    assert.ok(watched.length > 0, clause)
    for (const each of watched) assert.ok(each.route.includes('dsl'), `${clause} ${each.id}`)
  }
})

test('suspected illegal material takes the locked path and starts as very serious', () => {
  const locked = concernKinds().filter(each => each.path === 'illegal-content')
  assert.deepEqual(
    locked.map(each => each.id),
    ['illegal-images', 'terrorist-content', 'other-illegal-content', 'intimate-image-shared'],
  )
  for (const each of locked) assert.equal(each.seriousness, 'very-serious')
})

test('loss, theft and breaches go to the data protection officer and the headteacher, both', () => {
  for (const id of ['data-breach', 'loss-or-theft']) assert.deepEqual(kind(id).route, ['dpo', 'headteacher'])
})

test('the data protection officer receives nothing about content, contact or conduct', () => {
  const hidden = concernKinds().filter(each => ['content', 'contact', 'conduct'].includes(each.category))
  assert.deepEqual(
    hidden.filter(each => each.route.includes('dpo')).map(each => each.id),
    [],
  )
})

test('a concern about the headteacher goes to the chair alone', () => {
  assert.deepEqual(kind('headteacher-conduct').route, ['chair'])
  for (const each of concernKinds()) if (each.route.includes('chair')) assert.equal(each.id, 'headteacher-conduct')
})

test('grooming is very serious, and a child is pointed to help for it', () => {
  assert.equal(kind('grooming').seriousness, 'very-serious')
  assert.deepEqual(kind('grooming').help, ['sexual'])
})

test('an accident starts as minor, and the same thing on purpose as serious', () => {
  assert.equal(kind('accidental-access').seriousness, 'minor')
  assert.equal(kind('deliberate-access').seriousness, 'serious')
})

test('the clauses that each kind serves exist', () => {
  const known = new Set(policyPacks().flatMap(pack => pack.clauses.map(each => each.id)))
  for (const each of [...concernKinds(), ...concernCategoryEntries()])
    for (const id of each.clauses) assert.ok(known.has(id), `${each.id}: ${id}`)
})

test('a child reads short words: no sentence over twelve words, and no word over eleven letters', () => {
  for (const { id, child } of concernKinds()) {
    const words = child.split(/\s+/)
    assert.ok(words.length <= 12, `${id}: ${child}`)
    for (const word of words) assert.ok(word.replace(/\W/g, '').length <= 11, `${id}: ${word}`)
  }
})
