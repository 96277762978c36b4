import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { roles } from '../permissions.ts'
import { may, type PersonActor } from '../platform/actor.ts'
import { Refusal } from '../platform/refusal.ts'
import {
  act,
  allowedActions,
  type CaseAction,
  caseActions,
  caseStatuses,
  mayEverSee,
  missingToClose,
  moves,
  seriousnesses,
  withoutNamed,
} from './case.ts'
import { lies, typeOf } from './evidence.ts'
import { noticeSentences, whyNotPublish } from './closure-notice.ts'
import { defanged } from './illegal.ts'
import { nextSearchSteps, searchMoves, whyNoPower } from './search.ts'

const actor = (...held: PersonActor['roles']): PersonActor => ({
  kind: 'person',
  schoolId: 'oak-hill',
  personId: 'p',
  name: 'P',
  roles: held,
})
const actions = Object.keys(caseActions) as CaseAction[]

/** Where each act leads, read aloud: stated here once more, so that a change of the table is a change of this table. */
const life: Record<string, Partial<Record<(typeof caseStatuses)[number], string>>> = {
  triage: { new: 'triaged' },
  take: { triaged: 'in-hand', reopened: 'in-hand' },
  wait: { 'in-hand': 'waiting-outside' },
  resume: { 'waiting-outside': 'in-hand' },
  close: { 'in-hand': 'closed' },
  reopen: { closed: 'reopened' },
}
const inAnyOpen = ['note', 'person', 'refer', 'evidence', 'illegal', 'suspend', 'search', 'raise', 'hold']
const afterTriage = ['task', 'decide', 'parents', 'policies', 'offsite', 'sanction', 'lower', 'lesson']

test('every act leads from every status where the school says it does, and from no other', () => {
  for (const status of caseStatuses) {
    for (const action of actions) {
      const expected = life[action]
        ? life[action][status]
        : status === 'closed'
          ? undefined
          : inAnyOpen.includes(action)
            ? status
            : afterTriage.includes(action) && status !== 'new'
              ? status
              : undefined
      assert.equal(moves[status][action], expected, `${action} from ${status}`)
    }
  }
})

const workers = ['headteacher', 'deputy', 'senior-leader', 'dsl', 'deputy-dsl', 'dpo', 'network-manager', 'chair']
const deciders = ['headteacher', 'deputy', 'dsl', 'deputy-dsl', 'dpo', 'chair']
const leadersOnly = ['headteacher', 'deputy', 'chair']
const searchers = ['headteacher', 'deputy', 'senior-leader', 'dsl', 'deputy-dsl', 'teacher', 'staff']
test('every role may do to a case what its permission says, and nothing else', () => {
  for (const role of roles) {
    for (const action of actions) {
      const held = ['decide', 'lower', 'hold', 'close', 'reopen'].includes(action)
        ? deciders
        : ['sanction', 'suspend'].includes(action)
          ? leadersOnly
          : action === 'search'
            ? searchers
            : workers
      assert.equal(may(actor(role), caseActions[action].needs), held.includes(role), `${role} ${action}`)
    }
  }
})

test('what is offered is exactly what is accepted, for every role, status, seriousness and act', () => {
  for (const role of roles) {
    for (const status of caseStatuses) {
      for (const seriousness of seriousnesses) {
        const offered = allowedActions(actor(role), { status, seriousness })
        for (const action of actions) {
          let accepted = true
          try {
            act(actor(role), { status, seriousness }, action)
          } catch (error) {
            assert.ok(error instanceof Refusal)
            accepted = false
          }
          assert.equal(offered.includes(action), accepted, `${role} ${status} ${seriousness} ${action}`)
        }
      }
    }
  }
})

test('the public and the software may do nothing to a case', () => {
  for (const status of caseStatuses) {
    assert.deepEqual(allowedActions({ kind: 'public', schoolId: 'oak-hill' }, { status, seriousness: 'low' }), [])
    assert.deepEqual(
      allowedActions({ kind: 'system', schoolId: 'oak-hill', name: 'worker' }, { status, seriousness: 'low' }),
      [],
    )
  }
})

test('the data protection officer can be in the audience of data matters alone', () => {
  assert.deepEqual(
    (['content', 'contact', 'conduct', 'commerce', 'data', 'technical'] as const).filter(category =>
      mayEverSee('dpo', category),
    ),
    ['data'],
  )
  assert.deepEqual(
    (['content', 'contact', 'conduct', 'commerce', 'data', 'technical'] as const).filter(category =>
      mayEverSee('network-manager', category),
    ),
    ['data', 'technical'],
  )
})

test('about the headteacher the chair answers, and those who work for the headteacher are left out', () => {
  const { ownerRole, audience } = withoutNamed(
    'conduct',
    'headteacher',
    ['headteacher', 'deputy', 'senior-leader', 'dsl'],
    ['headteacher'],
  )
  assert.equal(ownerRole, 'chair')
  assert.deepEqual(audience, ['dsl', 'chair'])
  assert.equal(withoutNamed('conduct', 'dsl', ['dsl'], ['dsl']).ownerRole, 'headteacher')
  fc.assert(
    fc.property(
      fc.subarray([...roles]),
      fc.subarray([...roles]),
      fc.constantFrom(...roles),
      (audienceAsked, named, owner) => {
        const after = withoutNamed('conduct', owner, audienceAsked, named)
        assert.ok(!named.includes('headteacher') || !after.audience.includes('headteacher'))
        assert.ok(!named.includes(owner) || after.ownerRole === 'chair' || after.ownerRole === 'headteacher')
      },
    ),
  )
})

test('a case says all that is missing before it can be closed, and a serious one needs a word on referral', () => {
  const ready = {
    seriousness: 'medium',
    hasDecision: true,
    hasReferralDecision: false,
    openTasks: 0,
    undecidedNotices: 0,
    illegalStepsLeft: null,
    breachUndecided: false,
  } as const
  assert.deepEqual(missingToClose(ready), [])
  assert.equal(missingToClose({ ...ready, seriousness: 'serious' }).length, 1)
  assert.equal(
    missingToClose({
      seriousness: 'serious',
      hasDecision: false,
      hasReferralDecision: false,
      openTasks: 2,
      undecidedNotices: 1,
      illegalStepsLeft: ['the police know'],
      breachUndecided: true,
    }).length,
    6,
  )
})

test('an address is broken up so that nothing takes it for one', () => {
  assert.equal(defanged('https://bad.example/a?b=c'), 'hxxps[:]//bad[.]example/a?b=c')
  fc.assert(
    fc.property(fc.webUrl({ withQueryParameters: true }), address => {
      const shown = defanged(address)
      assert.doesNotMatch(shown, /https?:|:\/\/|(?<!\[)\.(?!\])|@/)
      assert.equal(URL.canParse(shown), false)
    }),
  )
})

test('after an indecent image is suspected nothing is examined, erased or returned: only the police remain', () => {
  for (const ground of ['harm', 'offence'] as const)
    assert.deepEqual(nextSearchSteps('suspected-image', ground), ['hand-over', 'tell-parents', 'move'])
  assert.equal(searchMoves.police.return, undefined)
  assert.ok(!nextSearchSteps('examined', 'offence').includes('erase'), 'evidence of an offence is not erased')
  assert.ok(nextSearchSteps('examined', 'harm').includes('erase'))
  assert.match(whyNoPower('staff') ?? '', /no power/)
})

test('a file is what its bytes are, and says so when its name or sender says otherwise', () => {
  const png = Buffer.from('89504e470d0a1a0a0000', 'hex')
  assert.equal(typeOf(png), 'image/png')
  assert.equal(lies('image/png', 'notes.pdf', 'application/pdf'), true)
  assert.equal(lies('image/png', 'photo.png', 'image/png'), false)
  assert.equal(typeOf(Buffer.from('MZ\x90\0')), 'application/x-executable')
  assert.equal(lies('application/x-executable', 'holiday.jpg', 'image/jpeg'), true)
  assert.equal(typeOf(Buffer.from('Grüße 🐝 مرحبا')), 'text/plain')
  assert.equal(lies('text/plain', 'notes.txt', 'text/plain; charset=utf-8'), false)
  assert.equal(
    lies('application/zip', 'plan.docx', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'),
    false,
  )
})

test('a notice tells no small number, and none can be found by subtraction or from overlapping periods', () => {
  const now = new Date('2026-11-24T10:00:00Z')
  const period = { from: '2026-09-01', to: '2026-10-20' }
  const said = (counts: number[]) =>
    noticeSentences(
      period,
      counts.map((count, n) => ({ category: `Kind${n}`, count })),
      now,
    ).join(' ')
  assert.match(said([3]), /fewer than 5/)
  assert.match(said([12, 7]), /Kind0: 12/)
  assert.doesNotMatch(said([12, 2]), /Kind/)
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 6 }), counts => {
      for (const [, number] of said(counts).matchAll(/(?:Kind\d: |closed )(\d+)/g)) assert.ok(Number(number) >= 5)
    }),
  )
  assert.match(whyNotPublish({ from: '2026-10-10', to: '2026-10-20' }, '2026-11-24', null) ?? '', /at least 28 days/)
  assert.match(whyNotPublish({ from: '2026-09-01', to: '2026-11-20' }, '2026-11-24', null) ?? '', /after the end/)
  assert.match(whyNotPublish(period, '2026-11-24', '2026-09-02') ?? '', /overlap/)
  assert.equal(whyNotPublish(period, '2026-11-24', '2026-09-01'), null)
})
