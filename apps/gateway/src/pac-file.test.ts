import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runInNewContext } from 'node:vm'
import { createWorld, fetchThrough, sendRaw } from './gateway-world.ts'
import { pacText } from './pac-file.ts'

/** What a browser would do, with the one helper that the file needs (Netscape's description of 1996). */
const route = (text: string, url: string): string =>
  runInNewContext(`${text}; FindProxyForURL(url, host)`, {
    url,
    host: new URL(url).hostname,
    isPlainHostName: (host: string) => !host.includes('.'),
  })

describe('The file by which browsers find the gateway', () => {
  const text = pacText({
    proxy: '10.0.0.5:3128',
    own: ['http://gatehouse.school.example:8080', 'https://safe.school.example'],
  })

  it('leads every site to the gateway, and nothing past it', () => {
    for (const url of [
      'http://news.example/',
      'https://news.example/',
      'ws://news.example/',
      'http://93.184.216.34/',
      'http://[2001:db8::1]/',
      'http://canary.gatehouse.invalid/',
      'http://127.evil.example/',
      'http://127.0.0.1.evil.example/',
      'http://localhost.evil.example/',
      'http://gatehouse.school.example/',
      'http://gatehouse.school.example:80801/'.replace('80801', '8081'),
      'http://gatehouse.school.example.evil.example:8080/',
      'https://safe.school.example.evil.example/',
      'https://safe.school.example:8443/',
      'http://evil.example/?http://gatehouse.school.example:8080/',
    ]) {
      assert.equal(route(text, url), 'PROXY 10.0.0.5:3128', url)
    }
    assert.ok(!/PROXY[^"]*;/.test(text), 'no second choice behind the first')
  })

  it('leaves this machine, names without a dot, and the product itself alone', () => {
    for (const url of [
      'http://localhost/',
      'http://app.localhost:8080/',
      'http://127.0.0.1:8080/',
      'http://127.9.9.9/',
      'http://[::1]/',
      'http://printer/',
      'http://gatehouse.school.example:8080/report',
      'https://safe.school.example/',
    ]) {
      assert.equal(route(text, url), 'DIRECT', url)
    }
  })

  it('is served to everybody at both its names, with the address that it was asked at', async t => {
    const world = await createWorld(t)
    for (const path of ['/proxy.pac', '/wpad.dat', '/proxy.pac?x=1']) {
      const page = await fetchThrough(world.gateway.port, path, { as: null })
      assert.equal(page.status, 200)
      assert.equal(page.headers['content-type'], 'application/x-ns-proxy-autoconfig')
      assert.equal(route(page.body, 'https://news.example/'), `PROXY 127.0.0.1:${world.gateway.port}`)
      assert.equal(route(page.body, 'http://gatehouse.school.example:8080/'), 'DIRECT')
    }
    const head = await fetchThrough(world.gateway.port, '/wpad.dat', { as: null, method: 'HEAD' })
    assert.deepEqual([head.status, head.body], [200, ''])
    assert.equal((await fetchThrough(world.gateway.port, '/wpad.dat', { as: null, method: 'POST' })).status, 403)
    const host = 'GET /wpad.dat HTTP/1.1\r\nHost: "};evil();//\r\nConnection: close\r\n\r\n'
    assert.ok(!(await sendRaw(world.gateway.port, host)).includes('evil'))
  })

  it('names what the operator says it should, and an IPv6 address in its brackets', async t => {
    const world = await createWorld(t, { proxyAddress: 'proxy.school.example:8888' })
    const page = await fetchThrough(world.gateway.port, '/proxy.pac', { as: null })
    assert.equal(route(page.body, 'https://news.example/'), 'PROXY proxy.school.example:8888')
    const six = await createWorld(t, { host: '::1' })
    const there = await fetchThrough(six.gateway.port, '/proxy.pac', { as: null, proxyHost: '::1' })
    assert.equal(route(there.body, 'https://news.example/'), `PROXY [::1]:${six.gateway.port}`)
  })
})
