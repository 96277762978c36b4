import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { createAnnouncer } from './announcer.ts'
import type { Cleanup } from './gateway-world.ts'
import { openSpool, type Spool } from './spool.ts'

const setUp = async (t: Cleanup, limits = {}): Promise<{ folder: string; said: string[]; spool: Spool }> => {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-spool-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const said: string[] = []
  const announcer = createAnnouncer(line => said.push(line), Date.now)
  return { folder, said, spool: await openSpool({ folder, announcer, ...limits }) }
}

describe('The log on its way to the server', () => {
  it('keeps every event in order, however many come at once', async t => {
    const { spool } = await setUp(t)
    for (let count = 0; count < 5000; count++) spool.append(`${JSON.stringify({ count })}\n`)
    await spool.rotate()
    const counts: number[] = []
    for (let segment = spool.oldest(); segment; segment = spool.oldest()) {
      const lines = (await spool.read(segment)).toString('utf8').trimEnd().split('\n')
      assert.equal(lines.length, segment.lines)
      counts.push(...lines.map(line => (JSON.parse(line) as { count: number }).count))
      await spool.sent(segment)
    }
    assert.deepEqual(
      counts,
      Array.from({ length: 5000 }, (_, count) => count),
    )
  })

  it('an idle gateway makes no segments', async t => {
    const { spool, folder } = await setUp(t)
    for (let count = 0; count < 5; count++) await spool.rotate()
    assert.deepEqual(await readdir(folder), [])
  })

  it('beyond its bound the oldest go, counted and said aloud', async t => {
    const { spool, said } = await setUp(t, { maxBytes: 3000, segmentBytes: 1000 })
    for (let round = 0; round < 10; round++) {
      for (let count = 0; count < 10; count++) spool.append(`${JSON.stringify({ round, text: 'x'.repeat(90) })}\n`)
      await spool.rotate()
    }
    const { droppedEvents, queuedEvents, queuedBytes } = spool.counts()
    assert.equal(droppedEvents + queuedEvents, 100)
    assert.ok(droppedEvents > 0 && queuedBytes <= 3000)
    assert.ok(said.some(line => line.startsWith('THE ACTIVITY LOG IS FULL: dropped the oldest 10 events')))
    const segment = spool.oldest()
    assert.ok(segment)
    const [line] = (await spool.read(segment)).toString('utf8').split('\n')
    assert.ok((JSON.parse(line ?? '') as { round: number }).round > 0)
  })

  it('a disk that takes nothing loses nothing for as long as memory lasts, and it is said', async t => {
    const { spool, folder, said } = await setUp(t)
    await rm(folder, { recursive: true })
    await writeFile(folder, 'a file where the folder was')
    spool.append(`${JSON.stringify({ count: 1 })}\n`)
    await spool.rotate()
    assert.ok(said.some(line => line.startsWith('THE ACTIVITY LOG CANNOT BE WRITTEN')))
    await rm(folder)
    const { mkdir } = await import('node:fs/promises')
    await mkdir(folder)
    spool.append(`${JSON.stringify({ count: 2 })}\n`)
    await spool.rotate()
    const segment = spool.oldest()
    assert.equal(segment?.lines, 2)
    assert.ok(said.includes('The activity log can be written again'))
  })
  it('what has to wait is made safe from a power cut, and nothing that has gone from the disk stops that', async t => {
    const { spool, folder, said } = await setUp(t)
    for (const count of [1, 2]) {
      spool.append(`${JSON.stringify({ count })}\n`)
      await spool.rotate()
      await spool.secure()
    }
    const first = spool.oldest()
    assert.ok(first)
    await rm(first.file)
    spool.append(`${JSON.stringify({ count: 3 })}\n`)
    await spool.rotate()
    await spool.secure()
    await spool.secure()
    await spool.sent(first)
    assert.equal(spool.counts().queuedEvents, 2)
    assert.equal((await readdir(folder)).length, 2)
    assert.deepEqual(said, [])
  })
})
