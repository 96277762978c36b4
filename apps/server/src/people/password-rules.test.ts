import assert from 'node:assert/strict'
import { test } from 'node:test'
import { passwordProblem } from './password-rules.ts'

const known = ['h.whitfield', 'Hana', 'Whitfield', 'Oak Hill Primary School']

test('passwords that people guess are refused with the reason', () => {
  for (const [password, reason] of [
    ['short', /12 characters or more/],
    ['aaaaaaaaaaaaaaa', /same few characters/],
    ['123456789012', /run of keys/],
    ['qwertyuiop[]', /run of keys/],
    ['Password12345', /names/],
    ['P@ssw0rd!!2026', /names/],
    ['OakHill2026!!!', /names/],
    ['hana.whitfield1', /names/],
    ['welcomewelcome', /names/],
    ['Summer2026Summer', /names/],
  ] as const)
    assert.match(passwordProblem(password, known) ?? 'accepted', reason, password)
})

test('three random words, a sentence or a manager’s own choice are accepted', () => {
  for (const password of [
    'correct horse battery',
    'plum-giraffe-teapot',
    'x9$Kq2!mVt7&Lp',
    'ich mag käsekuchen',
    '我喜歡在公園裡散步和讀書好',
  ])
    assert.equal(passwordProblem(password, known), null, password)
})
