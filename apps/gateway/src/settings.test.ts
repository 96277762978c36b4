import assert from 'node:assert/strict'
import { it } from 'node:test'
import { readAllowPrivate, readSettings } from './settings.ts'

const args = ['--bundle', 'b', '--server', 'http://localhost:8080', '--key-file', 'k', '--spool', 's']

it('the usual port, address and web ports hold unless something else is asked for', () => {
  const read = readSettings(args, {})
  assert.ok(read.ok)
  const { host, port, httpPorts, connectPorts, allowPrivate } = read.value
  assert.deepEqual(
    [host, port, [...httpPorts], [...connectPorts], allowPrivate],
    ['127.0.0.1', 3128, [80, 443], [443], []],
  )
  const other = readSettings([...args, '--port', '8888'], {
    PROXY_CONNECT_PORTS: '443, 8443',
    PROXY_ALLOW_PRIVATE: 'Printer.school:631',
  })
  assert.ok(other.ok)
  assert.deepEqual(
    [other.value.port, [...other.value.connectPorts], other.value.allowPrivate],
    [8888, [443, 8443], ['printer.school:631']],
  )
})

it('what cannot be meant is refused, all of it at once', () => {
  const read = readSettings(['--server', 'ftp://x', '--port', '99999'], {
    PROXY_ALLOW_PRIVATE: '10.0.0.0/8',
    PROXY_HTTP_PORTS: 'all',
  })
  assert.ok(!read.ok)
  assert.equal(read.errors.length, 7)
  for (const text of ['host', 'host:', ':80', '*:80', 'a b:80', 'host:80;x'])
    assert.equal(readAllowPrivate(text).ok, false, text)
  assert.deepEqual(readAllowPrivate(' [::1]:8000 , a.example:81,'), { ok: true, value: ['[::1]:8000', 'a.example:81'] })
})

it('fronts are addresses and networks, and the gateway’s own address is a host and a port', () => {
  const read = readSettings(args, {
    PROXY_FRONTS: '10.0.0.2, 10.1.0.0/24,fd00::/64',
    PROXY_ADDRESS: 'proxy.school:3128',
  })
  assert.ok(read.ok)
  assert.deepEqual(read.value.fronts, ['10.0.0.2', '10.1.0.0/24', 'fd00::/64'])
  assert.equal(read.value.proxyAddress, 'proxy.school:3128')
  const usual = readSettings(args, {})
  assert.ok(usual.ok)
  assert.deepEqual([usual.value.fronts, usual.value.proxyAddress], [[], undefined])
  for (const fronts of ['everybody', '10.0.0.0/33', 'fd00::/129', '10.0.0.1/', '10.0.0.0/8/9', '0x7f.1'])
    assert.equal(readSettings(args, { PROXY_FRONTS: fronts }).ok, false, fronts)
  for (const address of ['proxy.school', ':3128', 'a:3128"; evil()//', 'a b:1'])
    assert.equal(readSettings(args, { PROXY_ADDRESS: address }).ok, false, address)
})
