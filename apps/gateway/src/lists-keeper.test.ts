import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { compileLists } from '@gatehouse/engine/filter/compile-lists'
import { listsDelta } from '@gatehouse/engine/filter/lists-delta'
import { sha256 } from './bundle-file.ts'
import type { Cleanup } from './gateway-world.ts'
import { createListsKeeper } from './lists-keeper.ts'

const source = { id: 'school', name: 'Test', licence: 'MIT', date: '2026-09-01', isCurated: true }
const listsOf = (more: readonly string[]): Uint8Array => {
  const domains = [...Array.from({ length: 3000 }, (_, count) => `site-${count}.example`), ...more]
  return compileLists(
    domains.map(domain => ({ domain, category: 'games', source: 'school' })),
    [source],
  )
}
const first = listsOf([])
const second = listsOf(['new.example'])
const third = listsOf(['new.example', 'newer.example'])
const delta = listsDelta(first, second)
const name = (bytes: Uint8Array): string => `lists-${sha256(bytes)}.bin`

/** A folder whose bundle has the first lists, and a server that is asked for the rest. */
async function keeperWith(t: Cleanup, answer: { readonly delta?: Uint8Array; readonly whole?: Uint8Array }) {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-lists-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  await writeFile(join(folder, 'lists.bin'), first)
  const asked: string[] = []
  const keepIn = join(folder, 'kept')
  const keeper = createListsKeeper({
    bundleFolder: folder,
    keepIn,
    client: {
      async lists() {
        asked.push('whole')
        return answer.whole
      },
      async listsDelta(before, after) {
        asked.push(`${before.slice(0, 4)} to ${after.slice(0, 4)}`)
        return answer.delta
      },
    },
  })
  assert.deepEqual(await keeper.fetch('lists.bin', sha256(first)), Buffer.from(first))
  return { keeper, asked, kept: () => readdir(keepIn) }
}

describe('New lists', () => {
  it('come as what has changed since those in force, a fraction of the whole', async t => {
    assert.ok(delta && delta.length < second.length / 20, `${delta?.length} of ${second.length} bytes`)
    const { keeper, asked, kept } = await keeperWith(t, { delta })
    const bytes = await keeper.fetch('other.bin', sha256(second))
    assert.equal(sha256(bytes ?? first), sha256(second))
    assert.equal(asked.length, 1)
    assert.deepEqual(await kept(), [name(second)])
    assert.ok(await keeper.fetch('other.bin', sha256(second)), 'and are there at the next start')
    assert.equal(asked.length, 1)
  })

  it('come whole where the difference is damaged, another’s, or none', async t => {
    const damaged = Buffer.from(delta ?? [])
    damaged[damaged.length - 9] = (damaged.at(-9) ?? 0) ^ 1
    for (const wrong of [damaged, listsDelta(second, third), Buffer.from('garbage'), Buffer.alloc(0), undefined]) {
      const { keeper, asked } = await keeperWith(t, { whole: second, ...(wrong ? { delta: wrong } : {}) })
      assert.equal(sha256((await keeper.fetch('other.bin', sha256(second))) ?? first), sha256(second))
      assert.equal(asked.at(-1), 'whole')
    }
  })

  it('that are not the ones that were asked for are not kept', async t => {
    const { keeper, kept } = await keeperWith(t, { whole: third })
    await keeper.fetch('other.bin', sha256(second))
    assert.deepEqual(await kept().catch(() => []), [])
  })

  it('push out those before the last', async t => {
    const answer: { whole: Uint8Array } = { whole: second }
    const { keeper, kept } = await keeperWith(t, answer)
    for (const whole of [second, third, first]) {
      answer.whole = whole
      await keeper.fetch('other.bin', sha256(whole))
    }
    assert.deepEqual((await kept()).sort(), [name(third), name(first)].sort())
  })
})
