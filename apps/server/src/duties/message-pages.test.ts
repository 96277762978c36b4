import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { inPlaces, messageWords } from './message-pages.ts'

const at = new Date('2026-03-03T14:40:00Z')

test('five messages about one case are one line, unread while any of them is', () => {
  const of = (id: number, link: string, readAt: Date | null) => ({ id, link, readAt })
  const places = inPlaces([of(5, '/a', at), of(4, '/b', at), of(3, '/a', null), of(2, '/a', at), of(1, '/c', null)])
  assert.deepEqual(
    places.map(({ newest, count, isUnread }) => [newest.id, count, isUnread]),
    [
      [5, 3, true],
      [4, 1, false],
      [1, 1, true],
    ],
  )
})

test('a message says which case or report it is about by its sign, and nothing else of it', () => {
  const none = new Map<string, string>()
  const id = '01a16432-9900-71ba-93ae-fcaefe516990'
  assert.equal(
    messageWords({ kind: 'report.received', link: `/reports/${id}` }, none),
    'A report came in, report 516990',
  )
  assert.equal(
    messageWords({ kind: 'case.close', link: `/cases/${id}/second/x` }, none),
    'Whether a case is closed, case 516990',
  )
  assert.equal(
    messageWords({ kind: 'deadline.missed', link: `/cases/${id}` }, new Map([[`/cases/${id}`, 'Triage a case']])),
    'A deadline has passed: Triage a case, case 516990',
  )
  assert.equal(messageWords({ kind: 'not.known', link: '/x' }, none), 'Something needs you')
})

test('whatever somebody is told has words of its own', () => {
  const source = join(import.meta.dirname, '..')
  const kinds = readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter(path => path.endsWith('.ts') && !path.endsWith('.test.ts'))
    .flatMap(path => [...readFileSync(join(source, path), 'utf8').matchAll(/\.tell\([^'`]*?'([a-z-]+\.[a-z-]+)'/g)])
    .map(([, kind = '']) => kind)
  assert.ok(kinds.length > 30, `only ${kinds.length} found`)
  assert.deepEqual(
    [...new Set(kinds)].filter(kind => messageWords({ kind, link: '/x' }, new Map()) === 'Something needs you'),
    [],
  )
})
