import assert from 'node:assert/strict'
import { test } from 'node:test'
import { publicSources } from './public-lists.ts'
import { importFile, knownFile } from './sources.ts'

test('each known file has its category, format and source; harmless lists and copies are not blocks of their own', () => {
  for (const [path, what] of [
    ['ut1/gambling.domains.gz', 'ut1 plain gambling'],
    ['blacklists/gambling/domains', 'ut1 plain gambling'],
    ['some/folder/ut1/agressif.domains', 'ut1 plain hate'],
    ['ut1/phishing.urls.gz', 'ut1 urls phishing'],
    ['ut1/child.domains.gz', 'ut1 unused'],
    ['ut1/bank.domains.gz', 'ut1 unused'],
    ['ut1/press.domains.gz', 'ut1 unused'],
    ['ut1/liste_bu.domains.gz', 'ut1 unused'],
    ['ut1/liste_blanche.domains.gz', 'ut1 unused'],
    ['ut1/exceptions_liste_bu.domains.gz', 'ut1 unused'],
    ['ut1/examen_pix.domains.gz', 'ut1 unused'],
    ['ut1/sexual_education.domains.gz', 'ut1 unused'],
    ['ut1/update.domains.gz', 'ut1 unused'],
    ['ut1/cleaning.domains.gz', 'ut1 unused'],
    ['ut1/jobsearch.domains.gz', 'ut1 unused'],
    ['ut1/never-heard-of.domains.gz', 'unmapped'],
    ['ut1/constructor.domains.gz', 'unmapped'],
    ['shadowwhisperer/adult.gz', 'shadowwhisperer plain pornography'],
    ['RAW/Tunnels', 'shadowwhisperer plain proxy'],
    ['sinfonietta/snuff-hosts.gz', 'sinfonietta hosts violence'],
    ['4skin/HOSTS.txt.gz', '4skin hosts pornography'],
    ['blocklistproject/drugs.txt.gz', 'blocklistproject plain drugs'],
    ['alt-version/drugs-nl.txt', 'blocklistproject plain drugs'],
    ['blocklistproject/redirect.txt.gz', 'ut1 plain proxy'],
    ['x4bnet/vpn-ipv4.txt.gz', 'x4bnet unused'],
    ['publicsuffix/public_suffix_list.dat.gz', 'publicsuffix unused'],
    ['shalla/BL/porn/domains', 'unmapped'],
    ['', 'unmapped'],
  ] as const) {
    const file = knownFile(path)
    const found =
      file === undefined
        ? 'unmapped'
        : file.use === 'none'
          ? `${file.source} unused`
          : `${file.source} ${file.format} ${file.lists.map(list => list.category)}`
    assert.equal(found, what, path)
    if (file) assert.ok(publicSources.some(source => source.id === file.source))
  }
})

test('a file is read into entries with its category and source, and what was left out is counted', () => {
  const used = importFile('ut1/games.domains.gz', 'play.example\ncom\n')
  assert.deepEqual(used, {
    status: 'used',
    path: 'ut1/games.domains.gz',
    source: 'ut1',
    format: 'plain',
    entries: [{ domain: 'play.example', category: 'games', source: 'ut1' }],
    rejected: 1,
    rejectedExamples: ['com'],
  })
  const pages = importFile('ut1/phishing.urls.gz', 'site.example/login\nwhole.example/\nforum.example/?topic=9\n')
  assert.deepEqual(pages.status === 'used' && [pages.entries, pages.rejectedExamples], [
    [
      { domain: 'whole.example', category: 'phishing', source: 'ut1' },
      { domain: 'site.example', path: '/login', category: 'phishing', source: 'ut1' },
    ],
    ['forum.example/?topic=9'],
  ])
  assert.equal(importFile('ut1/child.domains.gz', 'kids.example\n').status, 'unused')
  assert.deepEqual(importFile('mystery.txt', 'a.example\n'), { status: 'unmapped', path: 'mystery.txt' })
})

test('a services file gives its lists to their categories, and those that it no longer has are left out', () => {
  const text = JSON.stringify({ tiktok: 'clips.example', 'category-doh': 'full:dns.example', amazon: 'shop.example' })
  const used = importFile('v2fly/services.json.gz', text)
  assert.deepEqual(used.status === 'used' && used.entries, [
    { domain: 'clips.example', category: 'social', source: 'v2fly' },
    { domain: 'dns.example', category: 'doh', source: 'v2fly' },
  ])
  const bypass = importFile('nextdns/nextdns-bypass.json.gz', JSON.stringify({ vpn: 'v.example', linux: 'l.example' }))
  assert.deepEqual(bypass.status === 'used' && bypass.entries, [
    { domain: 'v.example', category: 'vpn', source: 'nextdns' },
  ])
})
