import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decide } from './decide.ts'
import { explain } from './explain.ts'
import { atLunch, lists, pass, request, school, siteRule } from './school.fixture.ts'
import type { FilterRequest } from './types.ts'

const rules = school({
  hostRules: [siteRule('shut', 'block', 'story.example')],
  passes: [pass('p'), pass('sums', { who: { classes: ['9c'] }, sites: [{ host: 'sums.example' }], isOnly: true })],
  adjustments: [{ id: 'a', who: { people: ['pia'] }, categories: { video: 'block' } }],
})

test('each reader is told why in words of their own, and only the technician meets ids', () => {
  const { verdict, readers } = explain(rules, lists, request('https://bets.example/'))
  assert.equal(verdict.rule, 'group:seniors:gambling')
  assert.deepEqual(readers.pupil, [
    'This site is closed because it is about betting money, which is only for adults.',
    'If you need it for school, or think this is wrong, say so and somebody will answer you.',
  ])
  assert.deepEqual(readers.teacher, [
    'This site is blocked for your group because it is listed as gambling.',
    'The rules of the group seniors decide about the category gambling.',
    'A pass can open it for one class and one lesson: ask from this page.',
  ])
  assert.deepEqual(readers.safeguardingLead.slice(2), [
    'It is listed as gambling by ours (2026-08-01): checked by people.',
  ])
  assert.equal(readers.technician[0], 'block gambling group:seniors:gambling')
  assert.equal(readers.technician[1], 'host bets.example, registered as bets.example')
  assert.equal(readers.technician[2], 'listed gambling=ours')
})

test('the trace names every line that was asked, up to the one that decided', () => {
  const asked = (url: string, change: Partial<FilterRequest> = {}) =>
    explain(rules, lists, request(url, change)).steps.map(({ asked: line, said }) => `${line} ${said}`.trim())
  assert.deepEqual(asked('https://www.floor.example/'), ['Is it on the illegal floor? blocked (illegal)'])
  assert.deepEqual(asked('https://arcade.example/'), [
    'Is it on the illegal floor?',
    'Is it known who asks?',
    'Is it on the must-allow list?',
    'Is it a service that somebody so young may not use?',
    'Is there a pass for it now? open (games)',
  ])
  assert.deepEqual(asked('https://natter.example/', { at: atLunch, classes: [] }).slice(4), [
    'Is there a pass for it now?',
    'Is this a lesson with sites of its own?',
    'Has the school decided about this site?',
    'What does the technology matrix say? blocked (chat)',
  ])
  assert.deepEqual(asked('https://www.google.com/search?q=pipe+bomb').slice(-2), [
    'What do its categories get? open (search)',
    'Are there words in the search that call for something? blocked (weapons)',
  ])
  assert.deepEqual(asked('http://'), ['Can the address be read? blocked'])
})

test('a pupil who searches in distress is told that somebody will listen', () => {
  const { readers } = explain(rules, lists, request('https://www.google.com/search?q=how+to+kill+myself'))
  assert.ok(readers.pupil.some(line => line.includes('Childline')))
  assert.ok(readers.pupil.some(line => line.includes('not in trouble')))
  assert.ok(readers.safeguardingLead.some(line => line.includes('review queue')))
})

test('the explanation explains the verdict that was given, every reader is told something, and children are told no ids', () => {
  const url = fc
    .tuple(
      fc.constantFrom(
        'bets.example',
        'vile.example',
        'help.example',
        'tube.example',
        'natter.example',
        'gab.example',
        'story.example',
        'paypa1.com',
        'translate.goog',
        'www.google.com',
        'sums.example',
        '',
        'floor.example',
        'new.example',
      ),
      fc.constantFrom('/', '/a.exe', '/?u=https://bets.example/', '/search?q=thinspo', '/x/https://vile.example/'),
    )
    .map(([host, tail]) => `https://${host}${tail}`)
  const who = fc.record({
    groups: fc.subarray(['infants', 'seniors', 'staff', 'guests', 'nobodys']),
    classes: fc.subarray(['9b', '9c']),
    at: fc.constantFrom(atLunch, request('').at),
    kind: fc.constantFrom<FilterRequest['kind']>('page', 'connect', 'dns'),
    turns13On: fc.constantFrom('2020-01-01', '2030-01-01'),
  })
  fc.assert(
    fc.property(url, who, (asked, change) => {
      const { verdict, steps, readers } = explain(rules, lists, request(asked, change))
      assert.deepEqual(verdict, decide(rules, lists, request(asked, change)))
      assert.ok(steps.length > 0)
      for (const line of [...readers.pupil, ...readers.teacher, ...readers.safeguardingLead]) {
        assert.match(line, /^[A-Z].*[.]$/)
        assert.ok(!/\b(?:group|host|pass|technology|adjustment):/.test(line), line)
      }
      assert.equal(readers.technician[0], `${verdict.verdict} ${verdict.category} ${verdict.rule}`)
      if (!verdict.rule.startsWith('inside:') && verdict.rule !== 'illegal')
        assert.ok(steps.some(step => step.rule === verdict.rule && step.depth === 0))
    }),
    { numRuns: 500 },
  )
})
