import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readingGrade } from '../../testing/reading-grade.ts'
import { helpFor, helpKindNames, helpKinds, helpLines } from './help-lines.ts'

test('a child in any trouble reads 999 first and Childline second', () => {
  for (const kind of helpKinds) {
    const [first, second] = helpFor('child', [kind])
    assert.equal(first?.phone, '999', kind)
    assert.equal(second?.phone, '0800 1111', kind)
  }
})

test('an adult reads 999 first, whatever the trouble', () => {
  for (const kind of helpKinds) assert.equal(helpFor('adult', [kind])[0]?.phone, '999', kind)
})

test('every kind of harm has help of its own for a child and for an adult', () => {
  for (const audience of ['child', 'adult'] as const) {
    const everywhere = helpFor(audience).length
    for (const kind of helpKinds) assert.ok(helpFor(audience, [kind]).length > everywhere, `${audience} ${kind}`)
  }
})

test('the police-run report for abuse and grooming is offered for nothing else', () => {
  const reports = helpLines().filter(each => each.name === 'CEOP')
  assert.equal(reports.length, 2)
  for (const each of reports) assert.deepEqual(each.kinds, ['sexual'])
  assert.ok(helpFor('child', ['sexual']).some(each => each.name === 'CEOP'))
  assert.ok(!helpFor('child', ['bullying', 'hate', 'harmful-content', 'images']).some(each => each.name === 'CEOP'))
})

test('a person who may end their life is given lines that answer at any hour', () => {
  const phones = helpFor('child', ['self-harm']).map(each => each.phone)
  assert.ok(phones.includes('0800 068 4141'))
  assert.ok(phones.includes('116 123'))
})

test('a line that fits two kinds is shown once', () => {
  const found = helpFor('child', ['sexual', 'images']).map(each => each.id)
  assert.equal(new Set(found).size, found.length)
  assert.ok(found.includes('report-remove-child'))
})

test('what a child reads stands at a reading age of about nine', () => {
  for (const each of helpLines().filter(line => line.audience === 'child')) {
    const grade = readingGrade(each.says)
    assert.ok(grade <= 5, `${each.id} reads at grade ${grade.toFixed(1)}`)
  }
})

test('no line claims to have been checked before a person did so, and each kind has its two names', () => {
  for (const each of helpLines()) assert.equal(each.secondHand, each.checkedOn === null, each.id)
  assert.deepEqual(
    helpKindNames().map(each => each.id),
    helpKinds,
  )
})
