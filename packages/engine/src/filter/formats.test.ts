import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { detectFormat, listFormats, parseList, readList } from './formats.ts'

const plain = `# A list
example.com
WWW.Example.NET.   # with a remark
*.wild.example
.dotted.example
bücher.example
192.0.2.7

com
not a host
-bad-.example:99999
`
const hosts = `# hosts
127.0.0.1 localhost
::1 ip6-localhost ip6-loopback
0.0.0.0 0.0.0.0
0.0.0.0    example.com
0.0.0.0 one.example two.example # both
93.184.216.34 real.example
127.0.0.1 snapchat-com
`
const adblock = `[Adblock Plus 2.0]
! Title: A list
||example.com^
||Ads.Example.net^$important
||narrowed.example^$third-party
||path.example/ads
||wild*.example^
@@||allowed.example^
##.banner
`
const dnsmasq = `# dnsmasq
address=/example.com/0.0.0.0
address=/one.example/two.example/::
address=/hash.example/#
local=/local.example/
server=/denied.example/
server=/forwarded.example/192.0.2.1
address=/real.example/192.0.2.1
cache-size=1000
`
const rpz = `$TTL 300
$ORIGIN rpz.school.example.
@ IN SOA localhost. root.localhost. 1 3600 600 86400 300
  IN NS localhost.
example.com CNAME .
*.example.com CNAME .
nodata.example 60 IN CNAME *.
dropped.example IN CNAME rpz-drop.
absolute.example.rpz.school.example. CNAME .
sink.example A 0.0.0.0
open.example CNAME rpz-passthru.
32.1.2.0.192.rpz-ip CNAME .
elsewhere.example. CNAME .
`
const urls = `example.com/a/page
http://site.example/%61b
forum.example/topic.php?id=9
whole.example/
com/x
`
const v2fly = `# Main
example.com
domain:two.example @ads
full:exact.example @cn @ads # remark
keyword:bet
regexp:^a.+\\.example$
include:other
youtube
`

test('each format in the wild gives its domains, and counts what it could not use', () => {
  for (const [format, text, domains, rejected] of [
    [
      'plain',
      plain,
      ['example.com', 'www.example.net', 'wild.example', 'dotted.example', 'xn--bcher-kva.example', '192.0.2.7'],
      3,
    ],
    ['hosts', hosts, ['example.com', 'one.example', 'two.example'], 2],
    ['adblock', adblock, ['example.com', 'ads.example.net'], 5],
    [
      'dnsmasq',
      dnsmasq,
      ['example.com', 'one.example', 'two.example', 'hash.example', 'local.example', 'denied.example'],
      3,
    ],
    [
      'rpz',
      rpz,
      ['example.com', 'example.com', 'nodata.example', 'dropped.example', 'absolute.example', 'sink.example'],
      3,
    ],
    ['urls', urls, ['whole.example'], 2],
    ['v2fly', v2fly, ['example.com', 'two.example', 'exact.example'], 3],
  ] as const) {
    const parsed = parseList(text, format)
    assert.deepEqual(parsed.domains, domains, format)
    assert.equal(parsed.rejected, rejected, `${format}: ${parsed.rejectedExamples}`)
    assert.equal(detectFormat(text), format)
    assert.deepEqual(
      parseList(text.replaceAll('\n', '\r\n'), format).domains,
      domains,
      `${format} with Windows line ends`,
    )
  }
})

test('addresses within a site are kept apart from sites', () => {
  assert.deepEqual(parseList(urls, 'urls').urls, [
    { host: 'example.com', path: '/a/page' },
    { host: 'site.example', path: '/ab' },
  ])
})

test('no list can shut a whole top level or all British schools', () => {
  const parsed = parseList('uk\nsch.uk\nco.uk\ngov.uk\nac.uk\nbad.co.uk\ncom.br\nduckdns.org\nt.co\nbbc.uk\n', 'plain')
  assert.deepEqual([parsed.domains, parsed.rejected], [['bad.co.uk', 'duckdns.org', 't.co', 'bbc.uk'], 6])
})

test('a services file gives one of its lists with those that it includes, by attribute, without going round in circles', () => {
  const services = JSON.stringify({
    main: 'main.example\ninclude:ads @ads\ninclude:plain @-ads\ninclude:gone\ninclude:loop',
    ads: 'one.example @ads\ntwo.example',
    plain: 'three.example @ads\nfour.example @cn',
    loop: 'loop.example\ninclude:main',
  })
  assert.deepEqual(parseList(services, 'services', 'main').domains, [
    'main.example',
    'one.example',
    'four.example',
    'loop.example',
  ])
  assert.equal(detectFormat(services), 'services')
  assert.throws(() => parseList(services, 'services', 'gone'), RangeError)
  assert.throws(() => parseList('{"a":1}', 'services', 'a'), SyntaxError)
  assert.throws(() => parseList('[]', 'services', 'a'), SyntaxError)
  assert.throws(() => parseList('{', 'services', 'a'), SyntaxError)
})

test('what is no list at all is not taken for one', () => {
  for (const text of [
    '',
    '\n\n',
    '# only remarks\n',
    '<!doctype html>\n<title>Not found</title>\n',
    'Hello there, reader\n',
    '10.0.0.0/8\n2001:db8::/32\n',
  ]) {
    assert.equal(detectFormat(text), null, text)
  }
})

test('a list is handed on as it is read, and the mark at the start of a Windows file is no part of a name', () => {
  const taken: string[] = []
  const reading = readList(`\ufeff${hosts}`, 'hosts', host => void taken.push(host))
  const { domains, urls: pages, ...kept } = parseList(hosts, 'hosts')
  assert.deepEqual([taken, pages, reading], [domains, [], kept])
  assert.deepEqual(parseList('\ufeffsite.example\n', 'plain').domains, ['site.example'])
  assert.deepEqual(parseList('\ufeff{"a":"site.example"}', 'services', 'a').domains, ['site.example'])
})

test('no text, however odd, stops a list from being read, and every line is accounted for', () => {
  const line = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.constantFrom(...[plain, hosts, adblock, dnsmasq, rpz, urls, v2fly].flatMap(text => text.split('\n'))),
  )
  fc.assert(
    fc.property(fc.array(line), fc.constantFrom(...listFormats), (lines, format) => {
      if (format === 'services') return
      const text = lines.join('\n')
      const { domains, urls: addresses, rejected, rejectedExamples, lines: read } = parseList(text, format)
      assert.equal(read, text === '' ? 0 : text.replace(/\n$/, '').split('\n').length)
      for (const domain of domains) assert.match(domain, /[.:]/)
      for (const { path } of addresses) assert.notEqual(path, '/')
      assert.equal(rejectedExamples.length, Math.min(5, rejected))
    }),
  )
})
