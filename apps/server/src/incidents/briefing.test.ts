import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { briefingDigest, briefingSchoolDays, holds, questionDigest, readerState, wrongAnswers } from './briefing.ts'
import { briefings } from './briefing-texts.ts'

const calendar = {
  bankHolidays: ['2026-12-25', '2027-01-01'],
  terms: [
    { from: '2026-09-01', to: '2026-12-19' },
    { from: '2027-01-04', to: '2027-02-13' },
  ],
}
const day = 86_400_000

test('every question has one right answer, three to choose from, and a section that it is about', () => {
  for (const { sections, questions } of briefings()) {
    assert.equal(questions.length, 3)
    for (const { section, options } of questions) {
      assert.ok(sections.some(({ id }) => id === section))
      assert.equal(options.length, 3)
      assert.equal(options.filter(({ wrong }) => wrong === null).length, 1)
    }
    // Whoever always takes the same line does not get through.
    assert.ok(new Set(questions.map(({ options }) => options.findIndex(({ wrong }) => wrong === null))).size > 1)
  }
})

test('no set of answers but the right one passes, and each wrong one is explained', () => {
  for (const briefing of briefings()) {
    const right = Object.fromEntries(
      briefing.questions.map(({ id, options }) => [id, options.find(({ wrong }) => wrong === null)?.id ?? '']),
    )
    const answer = fc.record(
      Object.fromEntries(
        briefing.questions.map(({ id, options }) => [
          id,
          fc.constantFrom(...options.map(option => option.id), '', 'x'),
        ]),
      ),
    )
    fc.assert(
      fc.property(answer, answers => {
        const wrong = wrongAnswers(briefing, answers)
        for (const { id } of briefing.questions) assert.equal(wrong[id] === undefined, answers[id] === right[id])
        for (const why of Object.values(wrong)) assert.ok(why.length > 10)
      }),
    )
  }
})

test('a word changed in a section ends the receipt, and only the answers about that section', () => {
  const [briefing] = briefings()
  assert.ok(briefing)
  const changed = {
    ...briefing,
    sections: briefing.sections.map(section => (section.id === 'illegal' ? { ...section, heading: 'Other' } : section)),
  }
  assert.notEqual(briefingDigest(changed), briefingDigest(briefing))
  for (const question of briefing.questions)
    assert.equal(
      questionDigest(changed, question) !== questionDigest(briefing, question),
      question.section === 'illegal',
      question.id,
    )
})

test('a receipt holds for a year to the instant, and nobody without one ever counts as knowing', () => {
  const now = new Date('2026-11-24T10:00:00Z')
  const time = fc.integer({ min: -900, max: 0 }).map(days => new Date(now.getTime() + days * day))
  fc.assert(
    fc.property(fc.option(time), time, fc.option(time), (passedAt, since, givenAt) => {
      const state = readerState({ personId: 'p', since, passedAt }, givenAt, calendar, now)
      assert.equal(holds(state), passedAt !== null && now.getTime() - passedAt.getTime() < 365 * day)
      if (!passedAt && !givenAt) assert.equal(state.state, 'waiting')
    }),
  )
})

test('whoever is new, or was given a new text, has ten school days; the holidays do not count', () => {
  const given = new Date('2026-09-02T09:00:00Z')
  const joined = new Date('2026-12-14T09:00:00Z')
  const state = readerState({ personId: 'p', since: joined, passedAt: null }, given, calendar, joined)
  // 15 to 18 December are four; 4 to 11 January are the other six.
  assert.equal(briefingSchoolDays, 10)
  assert.equal(state.due?.toISOString(), '2027-01-11T23:59:59.999Z')
  assert.equal(
    readerState({ personId: 'p', since: joined, passedAt: null }, given, calendar, new Date('2027-01-12T00:00:00Z'))
      .state,
    'late',
  )
})
