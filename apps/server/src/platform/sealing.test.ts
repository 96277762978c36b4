import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { testSchool } from '../testing/test-school.ts'
import { systemActor } from './actor.ts'
import { changed, createChange, createRead } from './change.ts'
import { decrypt, encrypt } from './sealing.ts'
import { Refusal } from './refusal.ts'

const school = await testSchool()
const { app, schoolId } = school
const parts = { connections: app.connections, clock: app.clock, fieldKey: app.keys.field, heads: app.heads }
const change = createChange(parts, context => context)
const read = createRead(parts, context => context)
const actor = systemActor(schoolId, 'test')
const words = 'he said he would hurt me 🫠'

test('what was sealed opens with its own key only, and any changed byte is refused', () => {
  const key = randomBytes(32)
  const sealed = encrypt(key, Buffer.from(words), 'record')
  assert.equal(decrypt(key, sealed, 'record').toString(), words)
  assert.throws(() => decrypt(key, sealed, 'another record'))
  assert.throws(() => decrypt(randomBytes(32), sealed, 'record'))
  for (const at of [0, 15, sealed.length - 1]) {
    const altered = Buffer.from(sealed)
    altered.writeUInt8(altered.readUInt8(at) ^ 1, at)
    assert.throws(() => decrypt(key, altered, 'record'))
  }
})

test('a record’s words are nowhere in the database, and are gone once its key is destroyed', async () => {
  const { key, sealed } = await change(actor, async ({ seal }) => {
    const id = await seal.newKey()
    return changed({ key: id, sealed: await seal.seal(id, words) }, { type: 'test.sealed', subject: `test:${id}` })
  })
  assert.equal(sealed.includes(Buffer.from('hurt')), false)
  assert.equal(await read(schoolId, ({ seal }) => seal.open(key, sealed)), words)
  await change(actor, async ({ seal }) => {
    await seal.erase(key)
    return changed(undefined, { type: 'test.erased', subject: `test:${key}` })
  })
  await assert.rejects(
    read(schoolId, ({ seal }) => seal.open(key, sealed)),
    Refusal,
  )
  await assert.rejects(
    change(actor, async ({ seal }) => changed(await seal.seal(key, 'more'), { type: 'test.sealed' })),
    Refusal,
  )
})

test('another school cannot open it, even with the sealed bytes in hand', async () => {
  await school.addSchool('elm-park')
  const { key, sealed } = await change(actor, async ({ seal }) => {
    const id = await seal.newKey()
    return changed({ key: id, sealed: await seal.seal(id, words) }, { type: 'test.sealed' })
  })
  await assert.rejects(
    read('elm-park', ({ seal }) => seal.open(key, sealed)),
    Refusal,
  )
})
