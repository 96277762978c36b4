import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { BundlePayload } from '@gatehouse/engine/bundle'
import { createWorld, until, webSite, type World } from './gateway-world.ts'
import { readArpTable } from './neighbours.ts'
import { addressesIn, createNetworkMap, plainAddress } from './network-map.ts'
import { createPeopleDirectory } from './people-directory.ts'

type SchoolParts = Partial<BundlePayload['schools'][number]>
const withSchool = (world: World, parts: SchoolParts): Pick<BundlePayload, 'schools'> => ({
  schools: world.payload.schools.map(school => ({ ...school, ...parts })),
})
const loopback = { id: 'hall', name: 'Hall', subnets: ['127.0.0.0/8'], group: 'staff' }
const nobody = { as: null } as const

describe('Who it is that asks', () => {
  it('somebody without a password on a network with its own group gets that group, and is nobody by name', async t => {
    const port = await webSite(t, (_, response) => response.end('news'))
    const world = await createWorld(t, { names: { '*': ['127.0.0.1'] }, allowPrivate: [`news.example:${port}`] })
    assert.equal((await world.get(`http://news.example:${port}/`, nobody)).status, 407)
    await world.publish(withSchool(world, { places: [loopback] }))
    assert.equal((await world.get(`http://news.example:${port}/`, nobody)).body, 'news')
    assert.equal((await world.get('http://bets.example/', nobody)).status, 403)
    const [event] = await world.logged(1)
    const { personId, by, address, place, groups } = event ?? {}
    assert.deepEqual(
      { personId, by, address, place, groups },
      { personId: null, by: 'network', address: '127.0.0.1', place: 'hall', groups: ['staff'] },
    )
  })

  it('a network that takes a child’s group shows a child’s page, and shuts when the rules are too old', async t => {
    const world = await createWorld(t)
    await world.publish(withSchool(world, { places: [{ ...loopback, group: 'juniors' }] }))
    assert.match((await world.get('http://bets.example/', nobody)).body, /You cannot open this page/)
    world.clock.ms += 61 * 60_000
    assert.match((await world.get('http://news.example/', nobody)).body, /rules are too old/)
  })

  it('a password outranks the network and the device, and a wrong one is not passed over for them', async t => {
    const world = await createWorld(t)
    await world.publish(
      withSchool(world, { places: [loopback], devices: [{ address: '127.0.0.1', personId: 'id-of-ivy' }] }),
    )
    const who = async (as: string | null, password?: string): Promise<string | null> => {
      const before = world.server.events.length
      await world.get('http://bets.example/', { as, ...(password === undefined ? {} : { password }) })
      return (await world.logged(before + 1)).at(-1)?.personId ?? null
    }
    assert.equal(await who('jun'), 'id-of-jun')
    assert.equal(await who(null), 'id-of-ivy')
    assert.equal((await world.get('http://bets.example/', { as: 'jun', password: 'guess' })).status, 407)
    const garbled = { as: null, headers: { 'Proxy-Authorization': 'Bearer x' } }
    assert.equal((await world.get('http://bets.example/', garbled)).status, 407)
  })

  it('a device stands for its person, by hardware address too, with their suspension', async t => {
    const world = await createWorld(t, { neighbours: { '127.0.0.1': '02:00:5e:10:00:01' } })
    await world.publish(withSchool(world, { devices: [{ address: '02:00:5e:10:00:01', personId: 'id-of-jun' }] }))
    await until(() => world.gateway.status().serial === 2)
    let page = await world.get('http://bets.example/', nobody)
    for (let tries = 0; page.status === 407 && tries < 50; tries++) {
      await new Promise(done => setTimeout(done, 20))
      page = await world.get('http://bets.example/', nobody)
    }
    assert.equal(page.status, 403)
    const [event] = await world.logged(1)
    assert.deepEqual([event?.personId, event?.by], ['id-of-jun', 'device'])
    await world.publish(world.withPeople(one => ({ ...one, suspended: one.username === 'jun' })))
    assert.match((await world.get('http://news.example/', nobody)).body, /paused/)
  })

  it('what is open for a device or a network ends when it stands for somebody else', async t => {
    const port = await webSite(t, (_, response) => void response.write('for ever'))
    const world = await createWorld(t, { names: { '*': ['127.0.0.1'] }, allowPrivate: [`news.example:${port}`] })
    await world.publish(withSchool(world, { devices: [{ address: '127.0.0.1', personId: 'id-of-sam' }] }))
    const open = async () => {
      const before = world.server.events.length
      const page = world.get(`http://news.example:${port}/`, nobody)
      page.catch(() => undefined)
      await world.logged(before + 1)
      return page
    }
    const first = assert.rejects(open())
    await world.logged(1)
    await world.publish(withSchool(world, { devices: [{ address: '127.0.0.1', personId: 'id-of-jun' }] }))
    await first
    const second = assert.rejects(open())
    await world.logged(3)
    await world.publish(withSchool(world, { devices: [], places: [loopback] }))
    await second
    const cuts = await world.logged(2, event => event.kind === 'cut')
    assert.deepEqual(
      cuts.map(({ personId, rule }) => [personId, rule]),
      [
        ['id-of-sam', 'gateway:signed-out'],
        ['id-of-jun', 'gateway:signed-out'],
      ],
    )
  })

  it('the network is passed on with a person, so that rules may differ by place', async t => {
    const world = await createWorld(t)
    const [school] = world.payload.schools
    assert.ok(school)
    const adjustments = [
      { id: 'library', who: { groups: ['juniors'] }, places: ['library'], categories: { gambling: 'allow' } },
    ] as const
    await world.publish({ schools: [{ ...school, rules: { ...school.rules, adjustments } }] })
    assert.equal((await world.get('http://bets.example/', { as: 'jun' })).status, 403)
    const places = [{ ...loopback, id: 'library', group: null }]
    await world.publish({ schools: [{ ...school, places, rules: { ...school.rules, adjustments } }] })
    assert.equal((await world.get('http://bets.example/', { as: 'jun' })).status, 502)
    assert.equal(
      (await world.get('http://bets.example/', nobody)).status,
      407,
      'a network without a group lets nobody in',
    )
  })

  it('X-Forwarded-For says nothing, unless a front wrote it', async t => {
    const places = [
      { id: 'lab', name: 'Lab', subnets: ['10.4.0.0/16'], group: 'staff' },
      { id: 'out', name: 'Out', subnets: ['127.0.0.0/8'], group: 'juniors' },
    ]
    const whose = async (world: World, field: string): Promise<readonly (string | undefined)[]> => {
      await world.publish(withSchool(world, { places }))
      const before = world.server.events.length
      const page = await world.get('http://bets.example/', { as: null, headers: { 'X-Forwarded-For': field } })
      if (page.status === 407) return ['asked to sign in']
      const event = (await world.logged(before + 1)).at(-1)
      return [event?.place, event?.address]
    }
    const open = await createWorld(t)
    assert.deepEqual(await whose(open, '10.4.1.2'), ['out', '127.0.0.1'])
    const fronted = await createWorld(t, { fronts: ['127.0.0.0/8', '10.9.0.1'] })
    assert.deepEqual(await whose(fronted, '10.4.1.2'), ['lab', '10.4.1.2'])
    assert.deepEqual(await whose(fronted, '10.4.9.9, 10.200.1.1, 10.9.0.1'), ['asked to sign in'])
    assert.deepEqual(await whose(fronted, '10.200.1.1, 10.4.9.9, 10.9.0.1'), ['lab', '10.4.9.9'])
    assert.deepEqual(await whose(fronted, '10.4.1.2, nonsense'), ['out', '127.0.0.1'])
  })
})

describe('Networks', () => {
  const school = (
    id: string,
    places: BundlePayload['schools'][number]['places'],
    devices: SchoolParts['devices'] = [],
  ) => ({
    id,
    name: id,
    rules: { version: 1, groups: [], hostRules: [], illegal: { source: 'empty' as const, hosts: [] } },
    people: [
      {
        id: `p-${id}`,
        username: `u-${id}`,
        groups: [],
        proxyHash: '',
        suspended: false,
        classes: [],
        year: null,
        turns13On: null,
      },
    ],
    places,
    devices,
  })
  const mapOf = (...schools: ReturnType<typeof school>[]) => {
    const payload = { schools } as unknown as BundlePayload // Only the schools of a bundle are read.
    return createNetworkMap(payload, createPeopleDirectory(payload))
  }
  const place = (id: string, subnet: string, group: string | null = null) => ({
    id,
    name: id,
    subnets: [subnet],
    group,
  })

  it('the smallest network around an address counts, IPv6 too', () => {
    const oak = school('oak', [
      place('all', '10.0.0.0/8', 'guests'),
      place('lab', '10.4.7.0/24', 'juniors'),
      place('six', 'fd00:1::/32', 'staff'),
    ])
    const map = mapOf(oak)
    assert.equal(map.placeOf(oak, '10.4.7.9')?.id, 'lab')
    assert.equal(map.placeOf(oak, '10.4.8.9')?.id, 'all')
    assert.equal(map.ownGroupAt('fd00:1::5')?.place.id, 'six')
    assert.equal(map.placeOf(oak, '192.168.1.1'), undefined)
  })

  it('where two schools fit equally well nobody can tell whose rules count', () => {
    const map = mapOf(
      school('oak', [place('a', '10.0.0.0/8', 'guests')], [{ address: '10.1.1.1', personId: 'p-oak' }]),
      school('elm', [place('b', '10.0.0.0/8', 'guests')], [{ address: '10.1.1.1', personId: 'p-elm' }]),
    )
    assert.equal(map.ownGroupAt('10.2.2.2'), undefined)
    assert.equal(map.deviceOwner('10.1.1.1', undefined), undefined)
  })

  it('an address has one spelling', () => {
    for (const [text, plain] of [
      ['::ffff:10.0.0.1', '10.0.0.1'],
      ['::FFFF:0a00:0001', '10.0.0.1'],
      [' 10.0.0.1 ', '10.0.0.1'],
      ['FE80:0::1%eth0', 'fe80::1'],
      ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
      ['10.0.0.1:80', ''],
      ['', ''],
      ['unknown', ''],
    ] as const) {
      assert.equal(plainAddress(text), plain, text)
    }
    assert.equal(addressesIn(['10.0.0.0/99', 'x', '10.0.0.0/-1'])('10.0.0.1'), false)
  })

  it('the neighbours are read as the kernel writes them', () => {
    const table = [
      'IP address       HW type     Flags       HW address            Mask     Device',
      '10.0.0.5         0x1         0x2         AA:bb:cc:dd:ee:0f     *        eth0',
      '10.0.0.6         0x1         0x0         00:00:00:00:00:00     *        eth0',
      'garbage',
    ]
    assert.deepEqual([...readArpTable(table.join('\n'))], [['10.0.0.5', 'aa:bb:cc:dd:ee:0f']])
  })
})
