import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Role } from '../permissions.ts'
import { concernKind, concernKinds } from './data/concern-categories.ts'
import { type About, abouts, caseAudience, type Question, routedKinds, routeReport } from './report-routing.ts'

const everybody: Role[] = [
  'headteacher',
  'deputy',
  'dsl',
  'deputy-dsl',
  'dpo',
  'senior-leader',
  'network-manager',
  'technician',
  'chair',
  'link-governor',
]
const kindOf = (id: string) => {
  const kind = concernKind(id)
  assert.ok(kind, id)
  return kind
}
const ask = (kind: string, rest: Partial<Question> = {}) =>
  routeReport({
    kind: kindOf(kind),
    about: 'nobody',
    danger: false,
    clicked: false,
    mayNotWait: false,
    excluded: [],
    answers: role => (everybody.includes(role) ? `the-${role}` : null),
    ...rest,
  })
/** "dsl + headteacher, dpo as a fact", the owner first. */
const spoken = (kind: string, rest: Partial<Question> = {}): string => {
  const { recipients, owner } = ask(kind, rest)
  const reached = recipients.filter(({ personId }) => personId !== null)
  const words = reached.filter(({ content }) => content).map(({ role }) => role)
  const facts = reached.filter(({ content }) => !content).map(({ role }) => `${role} as a fact`)
  return [
    [...words.filter(role => role === owner), ...words.filter(role => role !== owner)].join(' + '),
    ...facts,
  ].join(', ')
}

test('every kind of concern has a row in the table, and the table no other rows', () => {
  assert.deepEqual(
    [...routedKinds()].sort(),
    concernKinds()
      .map(({ id }) => id)
      .sort(),
  )
})

const table: readonly (readonly [what: string, kind: string, rest: Partial<Question>, expected: string])[] = [
  ['child safety goes to the safeguarding lead', 'unsuitable-content', {}, 'dsl'],
  ['serious child safety to the headteacher as well', 'grooming', {}, 'dsl + headteacher'],
  ['danger makes anything serious', 'unsuitable-content', { danger: true }, 'dsl + headteacher'],
  ['personal data to the DPO and the headteacher', 'data-breach', {}, 'dpo + headteacher'],
  ['loss and theft to the DPO and the headteacher', 'loss-or-theft', {}, 'dpo + headteacher'],
  ['details of a child to safeguarding, DPO and headteacher', 'data-shared', {}, 'dsl + dpo + headteacher'],
  ['a data complaint to the DPO', 'data-complaint', {}, 'dpo + headteacher'],
  ['a fault to the network manager', 'technical-fault', {}, 'network-manager'],
  [
    'an attack to network manager and headteacher, and the DPO learns that it happened',
    'cyber-attack',
    {},
    'network-manager + headteacher, dpo as a fact',
  ],
  ['a virus warning likewise', 'virus-warning', {}, 'network-manager + headteacher, dpo as a fact'],
  [
    'a broken rule to the headteacher, and the DPO learns that it happened',
    'policy-breach',
    {},
    'headteacher, dpo as a fact',
  ],
  ['staff conduct to the headteacher', 'staff-conduct', {}, 'headteacher'],
  [
    'an adult at school, whatever the kind, to the headteacher first',
    'unsuitable-content',
    { about: 'adult' },
    'headteacher + dsl',
  ],
  ['the headteacher to the chair alone', 'headteacher-conduct', { excluded: ['the-headteacher'] }, 'chair'],
  [
    'about the headteacher, whatever the kind, to the chair alone',
    'grooming',
    { about: 'headteacher', excluded: ['the-headteacher'] },
    'chair',
  ],
  [
    'about the safeguarding lead to the headteacher',
    'cyberbullying',
    { about: 'dsl', excluded: ['the-dsl'] },
    'headteacher',
  ],
  [
    'about the DPO: a data breach to the headteacher',
    'data-breach',
    { about: 'dpo', excluded: ['the-dpo'] },
    'headteacher',
  ],
  [
    'about the network manager: a fault to the headteacher',
    'technical-fault',
    { about: 'network-manager', excluded: ['the-network-manager'] },
    'headteacher',
  ],
  [
    'serious and naming the headteacher: safeguarding lead and chair',
    'grooming',
    { excluded: ['the-headteacher'] },
    'dsl + chair',
  ],
  ['naming the safeguarding lead: the headteacher', 'cyberbullying', { excluded: ['the-dsl'] }, 'headteacher'],
  [
    'naming headteacher and safeguarding lead: the chair',
    'cyberbullying',
    { excluded: ['the-dsl', 'the-headteacher'] },
    'chair',
  ],
  [
    'naming all three: the deputy safeguarding lead',
    'cyberbullying',
    { excluded: ['the-dsl', 'the-headteacher', 'the-chair'] },
    'deputy-dsl',
  ],
  [
    'about the headteacher and naming the chair: the safeguarding lead',
    'staff-conduct',
    { about: 'headteacher', excluded: ['the-headteacher', 'the-chair'] },
    'dsl',
  ],
  ['an online-safety complaint to the headteacher', 'online-safety-complaint', {}, 'headteacher'],
  ['accidental access to the co-ordinator, who is the headteacher', 'accidental-access', {}, 'headteacher + dsl'],
  [
    'junk mail to the network manager and headteacher, the DPO learns of it',
    'unsolicited-mail',
    {},
    'network-manager + headteacher, dpo as a fact',
  ],
  ['an offensive message to safeguarding lead and headteacher', 'offensive-message', {}, 'dsl + headteacher'],
]
for (const [what, kind, rest, expected] of table) test(what, () => assert.equal(spoken(kind, rest), expected))

test('junk mail is grouped by day, unless a link was followed or somebody is named', () => {
  assert.equal(ask('unsolicited-mail').as, 'junk')
  assert.equal(ask('unsolicited-mail', { clicked: true }).as, 'case')
  assert.equal(ask('unsolicited-mail', { about: 'child' }).as, 'case')
})

test('a data complaint has 30 days, everything else a day', () => {
  assert.equal(ask('data-complaint').clock, 'data-complaint')
  assert.equal(ask('grooming').clock, 'internal-report')
})

test('where nobody answers for a duty, somebody else does, and the vacancy is said', () => {
  const { vacant, owner, recipients } = ask('cyberbullying', {
    answers: role => (role === 'dsl' ? null : `the-${role}`),
  })
  assert.deepEqual(vacant, ['dsl'])
  assert.equal(owner, 'deputy-dsl')
  assert.ok(recipients.some(({ role, personId }) => role === 'dsl' && personId === null))
})

test('with everybody named, nobody at the school gets it and the reporter is sent outside', () => {
  const { owner, outsideAdvice, recipients } = ask('cyberbullying', { excluded: everybody.map(role => `the-${role}`) })
  assert.equal(owner, null)
  assert.equal(outsideAdvice, true)
  assert.deepEqual(
    recipients.filter(({ personId }) => personId !== null),
    [],
  )
})

test('the case is for those who receive the words, and their deputies where nobody of them is excluded', () => {
  assert.deepEqual(caseAudience(ask('grooming'), []), ['dsl', 'deputy-dsl', 'headteacher', 'deputy'])
  assert.deepEqual(caseAudience(ask('grooming', { excluded: ['the-headteacher'] }), ['headteacher']), [
    'dsl',
    'deputy-dsl',
    'chair',
  ])
})

test('a technical fault is worked on by the network manager and can be decided by somebody else', () => {
  assert.deepEqual(caseAudience(ask('technical-fault'), []), ['network-manager', 'headteacher', 'deputy'])
  assert.deepEqual(caseAudience(ask('technical-fault'), ['headteacher']), ['network-manager', 'chair'])
})

const anyQuestion = fc.record({
  kind: fc.constantFrom(...concernKinds()),
  about: fc.constantFrom<About>(...abouts),
  danger: fc.boolean(),
  clicked: fc.boolean(),
  mayNotWait: fc.boolean(),
  excluded: fc.subarray(everybody.map(role => `the-${role}`)),
  away: fc.subarray(everybody),
})

test('nobody who is excluded ever receives a report, in words or as a fact', () => {
  fc.assert(
    fc.property(anyQuestion, ({ away, ...question }) => {
      const { recipients } = routeReport({ ...question, answers: role => (away.includes(role) ? null : `the-${role}`) })
      assert.ok(recipients.every(({ personId }) => personId === null || !question.excluded.includes(personId)))
    }),
  )
})

test('somebody receives the words unless everybody who could is excluded or away', () => {
  fc.assert(
    fc.property(anyQuestion, ({ away, ...question }) => {
      const { owner, recipients } = routeReport({
        ...question,
        answers: role => (away.includes(role) ? null : `the-${role}`),
      })
      const left = everybody.filter(
        role =>
          !away.includes(role) &&
          !question.excluded.includes(`the-${role}`) &&
          !['dpo', 'network-manager', 'technician'].includes(role),
      )
      if (left.length > 0)
        assert.ok(owner && recipients.some(({ role, content, personId }) => role === owner && content && personId))
    }),
  )
})

test('the data protection officer gets the words of data matters only', () => {
  fc.assert(
    fc.property(anyQuestion, ({ away, ...question }) => {
      const { recipients } = routeReport({ ...question, answers: role => (away.includes(role) ? null : `the-${role}`) })
      if (question.kind.category !== 'data')
        assert.ok(recipients.every(({ role, content }) => role !== 'dpo' || !content))
    }),
  )
})

test('words that may not wait add who looks after children, whatever the reporter chose', () => {
  const grave = { mayNotWait: true } as const
  assert.equal(spoken('technical-fault'), 'network-manager')
  assert.equal(spoken('technical-fault', grave), 'dsl + network-manager + headteacher')
  assert.equal(ask('technical-fault', grave).owner, 'dsl')
  assert.equal(ask('unsolicited-mail').as, 'junk')
  assert.equal(ask('unsolicited-mail', grave).as, 'case')
  // About the conduct of adults they add nobody: it stays with the headteacher, or the chair.
  assert.equal(spoken('staff-conduct', { ...grave, about: 'adult' }), 'headteacher')
  assert.equal(spoken('staff-conduct', grave), 'headteacher')
  assert.equal(spoken('self-harm-concern', { ...grave, about: 'headteacher' }), 'chair')
  assert.equal(spoken('self-harm-concern', { ...grave, about: 'dsl' }), 'headteacher')
})

test('what the detector finds never takes a report from anybody who answers for a duty, nor makes it less serious', () => {
  fc.assert(
    fc.property(anyQuestion, ({ away: _, ...question }) => {
      const answers = (role: Role) => (everybody.includes(role) ? `the-${role}` : null)
      const plain = routeReport({ ...question, answers, mayNotWait: false })
      const raised = routeReport({ ...question, answers, mayNotWait: true })
      for (const { role, content, personId } of plain.recipients)
        if (content && personId !== null)
          assert.ok(
            raised.recipients.some(each => each.personId === personId && each.content),
            `${role} lost it`,
          )
      assert.ok(raised.serious)
      assert.ok(raised.as === 'case')
    }),
  )
})
