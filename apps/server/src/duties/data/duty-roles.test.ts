import assert from 'node:assert/strict'
import { test } from 'node:test'
import { roles } from '../../permissions.ts'
import { policyPacks } from '../../policies/packs/packs.ts'
import { conflictsWith, dutyRoleNames, dutyRoles, roleConflicts } from './duty-roles.ts'

test('every duty-holder role is a role of the product and is described once', () => {
  assert.deepEqual(
    dutyRoles().map(each => each.role),
    dutyRoleNames,
  )
  for (const each of dutyRoleNames) assert.ok((roles as readonly string[]).includes(each), each)
})

test('the clauses that a role carries exist, and every clause spoken to a named post is carried', () => {
  const clauses = policyPacks().flatMap(pack => pack.clauses)
  const known = new Set(clauses.map(each => each.id))
  const carried = new Set(dutyRoles().flatMap(each => each.clauses))
  for (const id of carried) assert.ok(known.has(id), id)
  const posts = ['headteacher', 'dsl', 'dpo', 'network-manager', 'technician']
  assert.deepEqual(
    clauses.filter(each => posts.includes(each.actor) && !carried.has(each.id)).map(each => each.id),
    [],
  )
})

test('the posts that may never stand empty need a deputy each', () => {
  for (const post of ['headteacher', 'dsl', 'dpo', 'senior-leader', 'network-manager', 'link-governor']) {
    const found = dutyRoles().find(each => each.role === post)
    assert.ok(found?.required && found.deputyRequired, post)
  }
})

test('the data protection officer may not run the network, the school or its safeguarding, whichever comes first', () => {
  for (const post of ['network-manager', 'headteacher', 'dsl']) {
    for (const found of [conflictsWith('dpo', [post]), conflictsWith(post, ['teacher', 'dpo'])]) {
      assert.equal(found.length, 1, post)
      assert.equal(found[0]?.severity, 'refuse')
    }
  }
})

test('a link governor who works in the school is refused', () => {
  assert.deepEqual(
    conflictsWith('link-governor', ['office', 'network-manager', 'parent']).map(each => each.severity),
    ['refuse', 'refuse'],
  )
})

test('a headteacher who also leads safeguarding must explain it', () => {
  assert.deepEqual(
    conflictsWith('dsl', ['headteacher']).map(each => each.severity),
    ['explain'],
  )
})

test('a parent who becomes link governor, and the officer alone, conflict with nothing', () => {
  assert.deepEqual(conflictsWith('link-governor', ['parent', 'governor']), [])
  assert.deepEqual(conflictsWith('dpo', []), [])
})

test('no pair of roles is there twice, and no role conflicts with itself', () => {
  const pairs = roleConflicts().map(each => [...each.roles].sort().join(' '))
  assert.equal(new Set(pairs).size, pairs.length)
  for (const { roles: pair } of roleConflicts()) assert.notEqual(pair[0], pair[1])
})
