import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Decision } from '../judge.ts'
import { type LogContext, logEvent } from './log-event.ts'

const decisions: Readonly<Record<string, Partial<Decision>>> = {
  'quiet.example': { verdict: 'allow', category: 'none', rule: 'group:juniors:unlisted' },
  'bets.example': { verdict: 'block', category: 'gambling', rule: 'group:juniors:gambling' },
  'games.example': { verdict: 'warn', category: 'games', rule: 'group:juniors:games' },
}
const context: LogContext = {
  judge: {
    decide: (_, { url }): Decision => {
      const host = Object.keys(decisions).find(name => url.includes(name)) ?? ''
      return { verdict: 'allow', category: 'none', rule: '', reason: '', host, continued: false, ...decisions[host] }
    },
  },
  find: () => undefined,
  school: 'oak',
  ownPages: 'gatehouse.example:8080',
}
// A visitor is only handed on to the judge, who here looks at the address alone.
const visitor = { school: { id: 'oak' }, person: { id: 'p1' }, groups: ['juniors'], by: 'password' } as never
const known: LogContext = { ...context, find: () => visitor }
const line = (result: string, method: string, url: string, tag = '-'): string =>
  `1795325255.278     33 10.4.0.7 ${result} 394 ${method} ${url} jun HIER_NONE/- text/html ${tag}`
const event = (text: string, from: LogContext = known) =>
  logEvent(text, 'file 1', from) as Record<string, unknown> | undefined

for (const [text, wanted] of [
  [line('TCP_MISS/200', 'GET', 'http://quiet.example/a?'), ['allow', 'none', 'group:juniors:unlisted', 'page', '/a']],
  [line('TCP_TUNNEL/200', 'CONNECT', 'quiet.example:443'), ['allow', 'none', 'group:juniors:unlisted', 'connect', '']],
  [
    line('TCP_DENIED/302', 'GET', 'http://bets.example/', 'gambling'),
    ['block', 'gambling', 'group:juniors:gambling', 'page', '/'],
  ],
  [
    line('TCP_DENIED/302', 'GET', 'http://games.example/', 'warn'),
    ['warn', 'games', 'group:juniors:games', 'page', '/'],
  ],
  [line('TCP_MISS/200', 'GET', 'http://games.example/'), ['warn', 'games', 'group:juniors:games', 'page', '/']],
  [
    line('NONE_NONE/200', 'CONNECT', 'bets.example:443', 'gambling'),
    ['block', 'gambling', 'group:juniors:gambling', 'connect', ''],
  ],
  [line('TCP_DENIED/403', 'GET', 'http://10.0.0.1/'), ['block', 'none', 'squid:TCP_DENIED', 'page', '/']],
  [line('TCP_MISS/200', 'GET', 'http://bets.example/'), ['allow', 'gambling', 'squid:TCP_MISS', 'page', '/']],
] as const)
  test(`the line “${text.slice(37, 110)}” is told as ${wanted[0]}, ${wanted[1]}`, () => {
    const found = event(text)
    assert.deepEqual([found?.verdict, found?.category, found?.rule, found?.kind, found?.path], wanted)
    assert.equal(found?.continued, wanted[0] === 'warn' && text.includes('/200'))
    assert.equal(found?.personId, 'p1')
    assert.equal(found?.at, '2026-11-22T05:27:35.278Z')
  })

test('requests to sign in, our own pages, what is told twice and what is no line are no visits', () => {
  for (const text of [
    line('TCP_DENIED/407', 'GET', 'http://quiet.example/'),
    line('TCP_MISS/200', 'GET', 'http://gatehouse.example:8080/blocked'),
    line('NONE_NONE/302', 'GET', 'https://bets.example/'),
    line('NONE_NONE/000', 'NONE', 'error:transaction-end-before-headers'),
    '',
    'half a li',
    '1795325255.278 33 10.4.0.7',
    line('tcp/200', 'GET', 'http://quiet.example/'),
  ])
    assert.equal(event(text), undefined, text)
})

test('where nobody is known the school is, and the address stays', () => {
  const found = event(line('TCP_MISS/200', 'GET', 'http://quiet.example/'), context)
  assert.deepEqual([found?.school, found?.personId, found?.groups, found?.device], ['oak', null, [], '10.4.0.7'])
})

test('the same line at the same place is the same event, and at another place another', () => {
  const text = line('TCP_MISS/200', 'GET', 'http://quiet.example/')
  assert.equal(event(text)?.id, event(text)?.id)
  assert.notEqual(event(text)?.id, (logEvent(text, 'file 2', known) as { id: string }).id)
})
