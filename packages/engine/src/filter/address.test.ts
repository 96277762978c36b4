import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { normaliseHost, normaliseUrl } from './address.ts'

const hostOf = (raw: string) => {
  const address = normaliseUrl(raw)
  return address.ok ? address.host : address.fault
}

test('one site has one host, however its address is spelt', () => {
  for (const [raw, host] of [
    ['https://Example.COM/', 'example.com'],
    ['https://example.com./', 'example.com'],
    ['http://user:word@example.com/', 'example.com'],
    ['http://bbc.co.uk@example.com/', 'example.com'],
    ['http://a@b@example.com/', 'example.com'],
    ['http://example.com:8080/', 'example.com'],
    ['http://example.com:/', 'example.com'],
    ['http:example.com', 'example.com'],
    ['http:/example.com', 'example.com'],
    ['http:////example.com', 'example.com'],
    ['http:\\\\example.com\\x', 'example.com'],
    ['http://example.com\\@bbc.co.uk/', 'example.com'],
    [' \t\u0000https://exa\nmple.com\u0000 ', 'example.com'],
    ['http://ex%61mple.com/', 'example.com'],
    ['http://EXAMPLE%2Ecom/', 'example.com'],
    ['example.com', 'example.com'],
    ['example.com/page', 'example.com'],
    ['//example.com/page', 'example.com'],
    ['example.com:443', 'example.com'],
    ['localhost:3128', 'localhost'],
    ['wss://example.com', 'example.com'],
    ['http://example.com?x=1', 'example.com'],
    ['http://example.com#@evil.example', 'example.com'],
    ['http://my_site.example/', 'my_site.example'],
    ['http://ends-.example/', 'ends-.example'],
  ] as const) {
    assert.equal(hostOf(raw), host, JSON.stringify(raw))
  }
})

test('names in other scripts become punycode, with the vectors of RFC 3492', () => {
  for (const [raw, host] of [
    ['http://bücher.example/', 'xn--bcher-kva.example'],
    ['http://BÜCHER.example/', 'xn--bcher-kva.example'],
    ['http://bu\u0308cher.example/', 'xn--bcher-kva.example'],
    ['http://b%C3%BCcher.example/', 'xn--bcher-kva.example'],
    ['http://ｅｘａｍｐｌｅ．ｃｏｍ/', 'example.com'],
    ['http://exa\u00admple\u3002com/', 'example.com'],
    ['http://ⓔxample.com/', 'example.com'],
    ['http://faß.example/', 'xn--fa-hia.example'],
    ['http://他们为什么不说中文.example/', 'xn--ihqwcrb4cv8a8dqg056pqjye.example'],
    ['http://почемужеонинеговорятпорусски.example/', 'xn--b1abfaaepdrnnbgefbadotcwatmq2g4l.example'],
    ['http://💩.example/', 'xn--ls8h.example'],
  ] as const) {
    assert.equal(hostOf(raw), host, raw)
  }
})

test('an IP address has one spelling, however it is written', () => {
  for (const [raw, host] of [
    ['http://127.0.0.1/', '127.0.0.1'],
    ['http://2130706433/', '127.0.0.1'],
    ['http://0x7f000001/', '127.0.0.1'],
    ['http://0x7F.1/', '127.0.0.1'],
    ['http://0177.0.0.1/', '127.0.0.1'],
    ['http://127.1/', '127.0.0.1'],
    ['http://127.0.1./', '127.0.0.1'],
    ['http://①②⑦.0.0.1/', '127.0.0.1'],
    ['http://[::ffff:127.0.0.1]/', '127.0.0.1'],
    ['http://[::ffff:7f00:1]:80/', '127.0.0.1'],
    ['http://[0:0:0:0:0:FFFF:7F00:0001]/', '127.0.0.1'],
    ['http://[64:ff9b::7f00:1]/', '127.0.0.1'],
    ['http://[::1]/', '::1'],
    ['http://[::]/', '::'],
    ['http://[2001:0DB8:0:0:1:0:0:1]/', '2001:db8::1:0:0:1'],
    ['[2001:db8::1]:443', '2001:db8::1'],
    ['http://256.1.1.1/', 'bad-host'],
    ['http://1.2.3.4.5/', 'bad-host'],
    ['http://0x100000000/', 'bad-host'],
    ['http://08.1.1.1/', 'bad-host'],
    ['http://[::1/', 'bad-host'],
    ['http://[1::2::3]/', 'bad-host'],
    ['http://[1:2:3:4:5:6:7]/', 'bad-host'],
    ['http://[::1.2.3]/', 'bad-host'],
    ['http://[::1%25eth0]/', 'bad-host'],
  ] as const) {
    assert.equal(hostOf(raw), host, raw)
  }
})

test('what no browser could reach is named for what is wrong with it', () => {
  for (const [raw, what] of [
    ['', 'empty'],
    ['   ', 'empty'],
    ['http://', 'bad-host'],
    ['http://.', 'bad-host'],
    ['http://a..b/', 'bad-host'],
    ['http://example.com../', 'bad-host'],
    ['http://exa mple.com/', 'bad-host'],
    ['http://exa\u0000mple.com/', 'bad-host'],
    ['http://example%00.com/', 'bad-host'],
    ['http://exam%ple.com/', 'bad-host'],
    ['http://example%2fbbc.co.uk/', 'bad-host'],
    ['http://%ff.com/', 'bad-host'],
    ['http://\ud800.com/', 'bad-host'],
    [`http://${'a'.repeat(64)}.com/`, 'bad-host'],
    [`http://${'a.'.repeat(130)}com/`, 'bad-host'],
    ['http://example.com:99999/', 'bad-port'],
    ['http://example.com:8x/', 'bad-port'],
    ['javascript:alert(1)', 'not-web'],
    ['data:text/html,hello', 'not-web'],
    ['blob:https://example.com/1', 'not-web'],
    ['file:///etc/passwd', 'not-web'],
    [`http://example.com/${'a'.repeat(70_000)}`, 'too-long'],
  ] as const) {
    assert.equal(hostOf(raw), what, JSON.stringify(raw.slice(0, 40)))
  }
})

test('one page has one path, however it is spelt', () => {
  for (const [raw, path] of [
    ['http://h.example', '/'],
    ['http://h.example?q', '/'],
    ['http://h.example/a/b?c#d', '/a/b'],
    ['http://h.example/%61/%7Eb', '/a/~b'],
    ['http://h.example/a%2fb', '/a%2Fb'],
    ['http://h.example/a/../b/./c', '/b/c'],
    ['http://h.example/%2e%2e/a/%2E/b', '/a/b'],
    ['http://h.example//a///b/', '/a/b/'],
    ['http://h.example/../../a', '/a'],
    ['http://h.example\\a\\b', '/a/b'],
    ['http://h.example/a/..', '/'],
    ['http://h.example/%zz', '/%zz'],
  ] as const) {
    const address = normaliseUrl(raw)
    assert.equal(address.ok && address.path, path, raw)
  }
})

const awkward = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.webUrl(),
  fc
    .array(
      fc.constantFrom(
        'http:',
        '//',
        '/',
        '\\',
        '@',
        ':',
        '[',
        ']',
        '%',
        '%2e',
        '.',
        'a',
        '0x',
        '9',
        '::',
        'ü',
        '\0',
        '\ud800',
        'xn--',
      ),
      {
        maxLength: 40,
      },
    )
    .map(parts => parts.join('')),
)

test('no address, however malformed, stops the filter', () => {
  fc.assert(
    fc.property(awkward, raw => {
      const address = normaliseUrl(raw)
      if (!address.ok) return
      assert.ok(address.host !== '' && address.host.length <= 253)
      assert.match(address.host, /^(?:[a-z0-9_.-]+|[0-9a-f:]+)$/)
      assert.ok(address.path.startsWith('/'))
    }),
    { numRuns: 3000 },
  )
})

test('a normalised host stays as it is when it is read again', () => {
  fc.assert(
    fc.property(awkward, raw => {
      const address = normaliseUrl(raw)
      if (address.ok) assert.equal(normaliseHost(address.host), address.host)
    }),
    { numRuns: 3000 },
  )
})

test('for ordinary addresses the host is the one that a browser reaches', () => {
  fc.assert(
    fc.property(fc.webUrl({ withFragments: true, withQueryParameters: true }), raw => {
      assert.equal(hostOf(raw), new URL(raw).hostname.replace(/^\[|\]$/g, ''))
    }),
    { numRuns: 1000 },
  )
})

test('wherever our reading and a browser\u2019s both give a host, it is the same one', () => {
  fc.assert(
    fc.property(awkward, raw => {
      const ours = normaliseUrl(raw)
      if (!ours.ok || ours.scheme === '' || !URL.canParse(raw)) return
      const theirs = new URL(raw).hostname.replace(/\.$/, '')
      if (theirs.startsWith('[')) return
      assert.equal(ours.host, theirs)
    }),
    { numRuns: 3000 },
  )
})

test('an address that is read the quick way is read as it would be with a second look', () => {
  // A fragment is dropped from the path either way; a space in front sends the same address the long way round.
  fc.assert(
    fc.property(
      fc.oneof(
        awkward,
        awkward.map(raw => `https://${raw}`),
        fc.webUrl(),
      ),
      raw => {
        assert.deepEqual(normaliseUrl(raw), normaliseUrl(` ${raw}`))
      },
    ),
    { numRuns: 5000 },
  )
})
