import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ListEntry } from './compile-lists.ts'
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

const read = (path: string, text: string) => {
  const entries: ListEntry[] = []
  return { found: importFile(path, text, entry => void entries.push(entry)), entries }
}

test('a file is read into entries with its category and source, and what was left out is counted', () => {
  const { found, entries } = read('ut1/games.domains.gz', 'play.example\ncom\n')
  assert.deepEqual(entries, [{ domain: 'play.example', category: 'games', source: 'ut1' }])
  assert.deepEqual(found, {
    status: 'used',
    path: 'ut1/games.domains.gz',
    source: 'ut1',
    format: 'plain',
    entries: 1,
    rejected: 1,
    rejectedExamples: ['com'],
  })
  assert.equal(read('ut1/child.domains.gz', 'kids.example\n').found.status, 'unused')
  assert.deepEqual(read('mystery.txt', 'a.example\n').found, { status: 'unmapped', path: 'mystery.txt' })
})

test('single pages are entries as well, but not those that only a query tells from others', () => {
  const { found, entries } = read(
    'ut1/phishing.urls.gz',
    'site.example/login\nwhole.example/\nforum.example/?topic=9\n',
  )
  assert.deepEqual(entries, [
    { domain: 'site.example', path: '/login', category: 'phishing', source: 'ut1' },
    { domain: 'whole.example', category: 'phishing', source: 'ut1' },
  ])
  assert.deepEqual(found.status === 'used' && found.rejectedExamples, ['forum.example/?topic=9'])
})

test('a services file gives its lists to their categories, and those that it no longer has are left out', () => {
  const text = JSON.stringify({ tiktok: 'clips.example', 'category-doh': 'full:dns.example', amazon: 'shop.example' })
  assert.deepEqual(read('v2fly/services.json.gz', text).entries, [
    { domain: 'clips.example', category: 'social', source: 'v2fly' },
    { domain: 'dns.example', category: 'doh', source: 'v2fly' },
  ])
  const bypass = JSON.stringify({ vpn: 'v.example', linux: 'l.example' })
  assert.deepEqual(read('nextdns/nextdns-bypass.json.gz', bypass).entries, [
    { domain: 'v.example', category: 'vpn', source: 'nextdns' },
  ])
})
