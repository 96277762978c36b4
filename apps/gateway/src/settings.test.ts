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
