import assert from 'node:assert/strict'
import { test } from 'node:test'
import { policyPacks } from '../../policies/packs/packs.ts'
import { sanctionRule, sanctionRules, sanctionRulesFor } from './sanction-rules.ts'

test('no rule is there twice, and each names clauses that exist', () => {
  const ids = sanctionRules().map(each => each.id)
  assert.equal(new Set(ids).size, ids.length)
  const known = new Set(policyPacks().flatMap(pack => pack.clauses.map(each => each.id)))
  for (const each of sanctionRules()) for (const id of each.clauses) assert.ok(known.has(id), `${each.id}: ${id}`)
})

test('a pupil is never referred for staff discipline, and staff never under the behaviour policy', () => {
  for (const each of sanctionRules()) {
    if (each.appliesTo === 'pupil') assert.ok(!each.responses.includes('disciplinary-referral'), each.id)
    if (each.appliesTo === 'staff') assert.ok(!each.responses.includes('behaviour-policy'), each.id)
  }
})

test('a rule for staff does not reach a pupil, and a rule for anyone reaches both', () => {
  const forPupils = sanctionRulesFor('pupil').map(each => each.id)
  assert.ok(forPupils.includes('cyberbullying'))
  assert.ok(forPupils.includes('credentials'))
  assert.ok(!forPupils.includes('staff-private-contact'))
})

test('what a pupil does at home never costs access by itself', () => {
  assert.ok(!sanctionRule('off-site-conduct')?.responses.includes('suspension-of-access'))
})

test('a rule that nobody published cannot be cited', () => {
  assert.equal(sanctionRule('because-i-say-so'), undefined)
})
