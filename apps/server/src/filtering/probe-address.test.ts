import assert from 'node:assert/strict'
import { test } from 'node:test'
import { probeAddressIn } from './probe-address.ts'

test('a probe stands in a network where this machine has an address, and nowhere else', () => {
  const own = ['127.0.0.1', '10.0.0.5', '10.0.9.17', 'fd00:9::5']
  assert.equal(probeAddressIn(['10.0.9.0/24'], own), '10.0.9.17')
  assert.equal(probeAddressIn(['192.168.7.0/24', 'fd00:9::/64'], own), 'fd00:9::5')
  assert.equal(probeAddressIn(['192.168.7.0/24'], own), null)
  assert.equal(probeAddressIn([], own), null)
  assert.equal(probeAddressIn(['no network', '10.0.9.0/99'], own), null)
})
test('a part of the loopback network has an address of its own on Linux alone', () => {
  assert.equal(probeAddressIn(['127.0.9.0/24'], ['127.0.0.1'], 'linux'), '127.0.9.1')
  assert.equal(probeAddressIn(['127.0.9.7'], ['127.0.0.1'], 'linux'), '127.0.9.7')
  assert.equal(probeAddressIn(['127.0.9.0/24'], ['127.0.0.1'], 'darwin'), null)
})
