import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { newId } from './identifiers.ts'

describe('Identities', () => {
  it('are version 7 UUIDs, all different, that sort by their time', () => {
    const ids = Array.from({ length: 20_000 }, (_, count) => newId(1_800_000_000_000 + Math.floor(count / 100)))
    for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    assert.equal(new Set(ids).size, ids.length)
    assert.equal(ids[0]?.replaceAll('-', '').slice(0, 12), (1_800_000_000_000).toString(16).padStart(12, '0'))
    assert.ok((ids[0] ?? '').slice(0, 13) < (ids.at(-1) ?? '').slice(0, 13))
    assert.equal(new Set(ids.map(id => id[19])).size, 4, 'every variant digit comes up')
  })
})
