import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readSettings } from './settings.ts'

const right = {
  server: 'https://gatehouse.school.example/',
  deviceKey: `oak-hill.0b0e7a52-6f0f-4d5c-9d0e-000000000001.${'k'.repeat(43)}`,
  publicKey: `${'A'.repeat(43)}=`,
}

test('a policy that is right gives the server’s origin, the keys and the place', () => {
  const settings = readSettings({ ...right, place: ' library ' })
  assert.deepEqual(settings, { ...right, server: 'https://gatehouse.school.example', place: 'library' })
})
test('what is wrong with a policy is said in one sentence, and nothing of its keys is repeated', () => {
  for (const wrong of [
    {},
    { ...right, server: 'file:///etc/passwd' },
    { ...right, server: 'http://gatehouse.school.example' },
    { ...right, deviceKey: 'PUT THE KEY OF THIS DEVICE HERE' },
    { ...right, publicKey: `${'A'.repeat(42)}==` },
    { ...right, publicKey: 7 },
  ]) {
    const said = readSettings(wrong)
    assert.equal(typeof said, 'string')
    assert.match(String(said), /^[^.]+\.$/)
    assert.doesNotMatch(String(said), /kkkk|AAAA|PUT THE KEY/)
  }
})
test('plain http is taken on the device itself alone', () => {
  assert.equal(typeof readSettings({ ...right, server: 'http://127.0.0.1:8080' }), 'object')
})
