import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAddressMap } from './address-map.ts'

const map = createAddressMap({
  places: [
    { id: 'school', name: 'The school', subnets: ['10.0.0.0/8', 'fd00::/8'], group: null },
    { id: 'infants-room', name: 'Room 2', subnets: ['10.4.0.0/16'], group: 'infants' },
    { id: 'wrong', name: 'Not networks', subnets: ['10.4.0.0/40', 'room', ''], group: 'staff' },
  ],
  devices: [{ address: '10.4.7.7', personId: 'the reading tablet' }],
})

for (const [address, place] of [
  ['10.9.1.1', 'school'],
  ['10.4.1.1', 'infants-room'],
  ['::ffff:10.4.1.1', 'infants-room'],
  ['FD00::1', 'school'],
  ['192.0.2.1', undefined],
  ['2001:db8::1', undefined],
  ['', undefined],
  ['-', undefined],
  ['not an address', undefined],
] as const)
  test(`somebody at ${address || 'no address'} is ${place ? `at ${place}` : 'at no place of ours'}`, () => {
    assert.equal(map.placeOf(address)?.id, place)
  })

test('a device stands for its person however its address is spelt, and no other does', () => {
  assert.equal(map.personAt('::ffff:10.4.7.7'), 'the reading tablet')
  assert.equal(map.personAt('10.4.7.8'), undefined)
})
