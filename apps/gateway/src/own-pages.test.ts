import assert from 'node:assert/strict'
import { request } from 'node:http'
import { describe, it } from 'node:test'
import { createWorld, type World } from './gateway-world.ts'

const ask = (
  world: World,
  path: string,
  { method = 'POST', bearer = world.keys.bearer, body = '' } = {},
): Promise<{ status: number; body: string }> =>
  new Promise((done, failed) => {
    const asked = request(
      {
        host: '127.0.0.1',
        port: world.gateway.port,
        path,
        method,
        agent: false,
        headers: { authorization: `Bearer ${bearer}`, 'content-length': Buffer.byteLength(body) },
      },
      response => {
        let text = ''
        response.setEncoding('utf8').on('data', part => {
          text += part
        })
        response.once('end', () => done({ status: response.statusCode ?? 0, body: text }))
      },
    )
    asked.once('error', failed)
    asked.end(body)
  })

const check = async (world: World, question: object) => {
  const { status, body } = await ask(world, '/gatehouse-check', { body: JSON.stringify(question) })
  return { status, answer: JSON.parse(body) }
}

describe('Verdicts without traffic', () => {
  it('the server asks what a group would be told, by the rules that the gateway really holds', async t => {
    const world = await createWorld(t)
    const urls = ['https://bets.example/win', 'news.example', 'http://games.example/']
    const asked = { school: 'oak', who: { group: 'juniors' }, urls }
    assert.deepEqual(await check(world, asked), {
      status: 200,
      answer: {
        serial: 1,
        verdicts: [
          { url: urls[0], verdict: 'block', category: 'gambling', rule: 'group:juniors:gambling' },
          { url: urls[1], verdict: 'allow', category: 'none', rule: 'group:juniors:unlisted' },
          { url: urls[2], verdict: 'warn', category: 'games', rule: 'group:juniors:games' },
        ],
      },
    })
    const until = new Date(world.outside.now() + 3_600_000).toISOString()
    await world.publish(
      world.withRules([{ id: 'maths', action: 'allow', host: 'bets.example', groups: 'all', reason: 'x', until }]),
    )
    const rules = async (at: string) => {
      const { answer } = await check(world, { ...asked, urls: ['bets.example:443'], kind: 'connect', at })
      return [answer.serial, answer.verdicts[0].rule]
    }
    assert.deepEqual(await rules(new Date(world.outside.now()).toISOString()), [2, 'host:maths'])
    assert.deepEqual(await rules(until), [2, 'group:juniors:gambling'])
  })

  it('it may ask for a person, suspended or not, and for a group that does not exist', async t => {
    const world = await createWorld(t)
    await world.publish(world.withPeople(one => ({ ...one, suspended: one.username === 'jun' })))
    const rule = async (who: object) =>
      (await check(world, { school: 'oak', who, urls: ['news.example'] })).answer.verdicts[0].rule
    assert.equal(await rule({ personId: 'id-of-jun' }), 'gateway:suspended')
    assert.equal(await rule({ personId: 'id-of-sam' }), 'group:staff:unlisted')
    assert.equal(await rule({ group: 'nobody' }), 'no-group')
  })

  it('nothing is visited and nothing logged, and the status counts it', async t => {
    let resolved = 0
    const world = await createWorld(t, {
      resolve: async () => {
        resolved += 1
        return []
      },
    })
    await check(world, { school: 'oak', who: { group: 'staff' }, urls: ['a.example', 'b.example'] })
    await world.get('http://bets.example/')
    assert.equal((await world.logged(1)).length, 1)
    assert.equal(resolved, 0)
    const status = JSON.parse((await ask(world, '/gatehouse-status', { method: 'GET' })).body)
    assert.equal(status.checked, 2)
  })

  it('only the holder of the key gets an answer, and nonsense gets none', async t => {
    const world = await createWorld(t)
    const good = { school: 'oak', who: { group: 'staff' }, urls: [] }
    assert.equal((await ask(world, '/gatehouse-check', { bearer: 'guess', body: JSON.stringify(good) })).status, 401)
    assert.equal((await ask(world, '/gatehouse-check', { method: 'GET' })).status, 401)
    assert.equal((await check(world, good)).status, 200)
    for (const [wrong, status] of [
      [{ ...good, school: 'elm' }, 404],
      [{ ...good, who: { personId: 'nobody' } }, 404],
      [{ ...good, who: {} }, 400],
      [{ ...good, at: 'lunch' }, 400],
      [{ ...good, kind: 'dns' }, 400],
      [{ ...good, urls: [1] }, 400],
      [{ ...good, urls: Array(2001).fill('a.example') }, 400],
      [{ ...good, place: 5 }, 400],
    ] as const) {
      assert.equal((await check(world, wrong)).status, status, JSON.stringify(wrong).slice(0, 80))
    }
    assert.equal((await ask(world, '/gatehouse-check', { body: 'not JSON' })).status, 400)
    const many = await Promise.all(Array.from({ length: 320 }, () => ask(world, '/gatehouse-check', { body: '{}' })))
    assert.ok(many.some(({ status }) => status === 429))
  })

  it('without rules it says so', async t => {
    const world = await createWorld(t, { isWithoutBundle: true })
    assert.equal((await check(world, { school: 'oak', who: { group: 'staff' }, urls: [] })).status, 503)
  })
})
