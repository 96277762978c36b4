import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isOpenToAnybody, listedSuffix, registrableDomain } from './public-suffix.ts'

test('the owner of a host is found by the Public Suffix List', () => {
  // From the list's own test vectors (https://raw.githubusercontent.com/publicsuffix/list/master/tests/test_psl.txt, CC0).
  for (const [host, domain] of [
    ['com', null],
    ['example.com', 'example.com'],
    ['b.example.com', 'example.com'],
    ['a.b.example.com', 'example.com'],
    ['example.example', 'example.example'],
    ['a.b.example.example', 'example.example'],
    ['uk.com', null],
    ['b.example.uk.com', 'example.uk.com'],
    ['mm', null],
    ['c.mm', null],
    ['a.b.c.mm', 'b.c.mm'],
    ['ac.jp', null],
    ['test.kyoto.jp', 'test.kyoto.jp'],
    ['ide.kyoto.jp', null],
    ['a.b.ide.kyoto.jp', 'b.ide.kyoto.jp'],
    ['c.kobe.jp', null],
    ['a.b.c.kobe.jp', 'b.c.kobe.jp'],
    ['city.kobe.jp', 'city.kobe.jp'],
    ['www.city.kobe.jp', 'city.kobe.jp'],
    ['ck', null],
    ['b.test.ck', 'b.test.ck'],
    ['www.www.ck', 'www.ck'],
    ['k12.ak.us', null],
    ['www.test.k12.ak.us', 'test.k12.ak.us'],
    ['xn--85x722f.xn--55qx5d.cn', 'xn--85x722f.xn--55qx5d.cn'],
    ['www.bbc.co.uk', 'bbc.co.uk'],
    ['class.blogspot.com', 'class.blogspot.com'],
    ['oak.surrey.sch.uk', 'oak.surrey.sch.uk'],
    ['10.9.8.7', null],
    ['2001:db8::1', null],
    ['localhost', null],
  ] as const) {
    assert.equal(registrableDomain(host), domain, host)
  }
})

test('what anybody may register beneath is told apart from what only a register admits', () => {
  for (const host of ['com', 'co.uk', 'github.io', 'blogspot.com', 'duckdns.org', 'org.uk', 'netlify.app'])
    assert.ok(isOpenToAnybody(host), host)
  for (const host of ['gov.uk', 'nhs.uk', 'sch.uk', 'ac.uk', 'bbc.co.uk', 'intranet', '10.0.0.1', 'a.github.io'])
    assert.ok(!isOpenToAnybody(host), host)
})

test('a registrable domain is its own, ends its host, and has one label more than its suffix', () => {
  const label = fc.constantFrom('a', 'www', 'co', 'uk', 'com', 'kobe', 'jp', 'ck', 'github', 'io', 'sch', 'example')
  fc.assert(
    fc.property(fc.array(label, { minLength: 1, maxLength: 6 }), labels => {
      const host = labels.join('.')
      const domain = registrableDomain(host)
      if (domain === null) return assert.ok(labels.length === 1 || listedSuffix(host) === host)
      assert.equal(registrableDomain(domain), domain)
      assert.ok(host === domain || host.endsWith(`.${domain}`))
      const suffix = listedSuffix(host) ?? labels.at(-1)
      assert.equal(domain.split('.').slice(1).join('.'), suffix)
    }),
  )
})
