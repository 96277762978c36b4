import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { publicSuffixModule, servicesModule } from '../../../scripts/engine-data/modules.ts'

const data = new URL('../data/', import.meta.url)

/** Every category that a list can fill. `illegal` is absent: its slot is locked and takes no list of ours. */
const categories =
  'pornography adult dating gambling games social chat video forums webmail filesharing piracy downloads drugs alcohol-tobacco weapons violence hate extremism selfharm eating misogyny fraud phishing malware hacking vpn proxy doh tor remote-control ai-chat shortener dynamic-dns translation crypto ads search'.split(
    ' ',
  )

const kinds =
  'abuse-support bereavement disability drug-advice eating-disorder-support education emergency exam-board faith-and-belief government health helpline lgbt-support mental-health museum news news-for-children reference rights rse safeguarding science university'.split(
    ' ',
  )

/** Hosts both must-allow and in a category, each with a reason in `must-allow.tsv`: `<domain> is in <category>`. None today. */
const deliberateConflicts: readonly string[] = []

/** Suffixes under which anybody may register: listing one would block or open a whole country's sites. Those of the must-allow list are closed registries. */
const openSuffixes = new Set(
  'co.uk org.uk me.uk ltd.uk plc.uk net.uk ac.uk sch.uk com.au net.au org.au co.nz co.za com.br com.mx com.tr com.cn co.jp ne.jp or.jp co.kr co.in com.ng co.ke com.ua com.hk com.sg'.split(
    ' ',
  ),
)

const linesOf = (name: string): string[] => {
  const text = readFileSync(new URL(name, data), 'utf8')
  assert.ok(text.endsWith('\n') && !text.includes('\r'), `${name} has Unix line ends`)
  return text.split('\n').filter(line => line !== '' && !line.startsWith('#'))
}

/** RFC 1035 host name with at least two labels and an alphabetic last one: lower case ASCII, no dot at the end. */
const isDomain = (name: string): boolean =>
  name.length <= 253 && /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/.test(name)

const isDuplicateFree = (names: readonly string[]): boolean => new Set(names).size === names.length

/** The name and every parent of it, nearest first. */
const withParents = (name: string): string[] => {
  const labels = name.split('.')
  return labels.slice(0, -1).map((_, from) => labels.slice(from).join('.'))
}

const starter = new Map(categories.map(category => [category, linesOf(`starter/${category}.txt`)]))
const rows = (name: string): string[][] => linesOf(name).map(line => line.split('\t'))
const mustAllow = rows('must-allow.tsv').map(([domain = '', kind = '', reason = '', ...rest]) => ({
  domain,
  kind,
  reason,
  rest,
}))
const services = rows('services.tsv').map(
  ([id = '', name = '', domains = '', minimumAge = '', row = '', age = '', ...rest]) => ({
    id,
    name,
    domains: domains.split(','),
    minimumAge,
    row,
    age,
    rest,
  }),
)

test('the starter list has one file for every category and no other, and none for the locked illegal slot', () => {
  assert.deepEqual(readdirSync(new URL('starter/', data)).sort(), categories.map(category => `${category}.txt`).sort())
  assert.ok(!categories.includes('illegal'))
})

test('every line of a category names one host that can exist, sorted, once', () => {
  for (const [category, domains] of starter) {
    assert.deepEqual(
      domains.filter(domain => !isDomain(domain) || openSuffixes.has(domain)),
      [],
      category,
    )
    assert.ok(isDuplicateFree(domains), `${category} repeats a domain`)
    assert.deepEqual(domains, [...domains].sort(), `${category} is sorted`)
  }
})

test('every category has its own canary and no other uses it', () => {
  for (const [category, domains] of starter) {
    const canaries = domains.filter(domain => domain.endsWith('.canary.gatehouse.invalid'))
    assert.deepEqual(canaries, [`${category}.canary.gatehouse.invalid`])
  }
})

test('phishing and malware name nobody: only reserved names that resolve nowhere', () => {
  for (const category of ['phishing', 'malware']) {
    const domains = starter.get(category) ?? []
    assert.ok(domains.length >= 2)
    assert.deepEqual(
      domains.filter(domain => !domain.endsWith('.gatehouse.invalid')),
      [],
    )
  }
})

test('a school that starts offline gets thousands of well-known sites and hundreds that stay open', () => {
  const total = [...starter.values()].reduce((sum, domains) => sum + domains.length, 0)
  assert.ok(total >= 2_500, `${total} domains`)
  assert.ok(mustAllow.length >= 400, `${mustAllow.length} must-allow entries`)
  assert.ok(services.length >= 60, `${services.length} services`)
  assert.ok((starter.get('pornography') ?? []).length >= 100)
  for (const [category, host] of [
    ['pornography', 'pornhub.com'],
    ['social', 'tiktok.com'],
    ['chat', 'omegle.com'],
    ['games', 'roblox.com'],
    ['gambling', 'bet365.com'],
    ['vpn', 'nordvpn.com'],
    ['webmail', 'mail.google.com'],
    ['doh', 'cloudflare-dns.com'],
    ['selfharm', 'sanctioned-suicide.net'],
    ['eating', 'myproana.com'],
    ['misogyny', 'incels.is'],
    ['violence', 'watchpeopledie.tv'],
  ] as const)
    assert.ok(starter.get(category)?.includes(host), `${host} is in ${category}`)
})

test('every must-allow entry is one domain with a kind and a reason', () => {
  for (const { domain, kind, reason, rest } of mustAllow) {
    assert.ok(isDomain(domain) && !openSuffixes.has(domain), domain)
    assert.ok(kinds.includes(kind), `${domain}: ${kind}`)
    assert.ok(reason.length >= 3 && reason === reason.trim(), `${domain} has a reason`)
    assert.deepEqual(rest, [], domain)
  }
  assert.ok(isDuplicateFree(mustAllow.map(({ domain }) => domain)))
  assert.deepEqual(
    kinds.filter(kind => !mustAllow.some(entry => entry.kind === kind)),
    [],
    'every kind is used',
  )
})

test('a child in trouble reaches every helpline that a teacher would name', () => {
  const allowed = new Set(mustAllow.map(({ domain }) => domain))
  const needed =
    'childline.org.uk samaritans.org papyrus-uk.org youngminds.org.uk beateatingdisorders.org.uk brook.org.uk talktofrank.com stonewall.org.uk thetrevorproject.org ceop.police.uk iwf.org.uk nspcc.org.uk giveusashout.org nationaldahelpline.org.uk rapecrisis.org.uk revengepornhelpline.org.uk 111.nhs.uk www.gov.uk'
  for (const host of needed.split(' '))
    assert.ok(
      withParents(host).some(name => allowed.has(name)),
      host,
    )
})

test('nothing is both must-allow and in a category, unless the conflict is deliberate and named here', () => {
  const allowed = new Set(mustAllow.map(({ domain }) => domain))
  const conflicts: string[] = []
  for (const [category, domains] of starter) {
    const listed = new Set(domains)
    for (const domain of domains)
      if (withParents(domain).some(name => allowed.has(name))) conflicts.push(`${domain} is in ${category}`)
    for (const domain of allowed)
      if (!listed.has(domain) && withParents(domain).some(name => listed.has(name)))
        conflicts.push(`${domain} is in ${category}`)
  }
  assert.deepEqual(conflicts.sort(), [...deliberateConflicts].sort())
})

test('must-allow opens no archive, translator or proxy that would open everything else', () => {
  const allowed = new Set(mustAllow.map(({ domain }) => domain))
  for (const host of [
    'web.archive.org',
    'translate.google.com',
    'webcache.googleusercontent.com',
    'croxyproxy.com',
    '12ft.io',
    'archive.ph',
  ])
    assert.ok(!withParents(host).some(name => allowed.has(name)), host)
})

test('every service is a set of hosts with an age, and no host belongs to two services', () => {
  const hosts: string[] = []
  for (const { id, name, domains, minimumAge, row, age, rest } of services) {
    assert.match(id, /^[a-z0-9]+(?:-[a-z0-9]+)*$/)
    assert.ok(name !== '' && name === name.trim(), id)
    assert.match(minimumAge, /^(?:0|1[0-8])$/, id)
    assert.match(row, /^(?:-|personal-mail|messaging|social-media|blogs)$/, id)
    assert.match(age, /^(?:use|account)$/, id)
    assert.deepEqual(rest, [], id)
    for (const domain of domains) assert.ok(isDomain(domain), `${id}: ${domain}`)
    hosts.push(...domains)
  }
  assert.ok(isDuplicateFree(services.map(({ id }) => id)))
  assert.deepEqual(
    hosts.filter((host, index) => hosts.indexOf(host) !== index),
    [],
  )
})

test('each row of the matrix that the filter carries out has the services that a school would name', () => {
  const rowOf = new Map(services.map(({ id, row }) => [id, row]))
  for (const [row, ids] of [
    ['personal-mail', 'gmail outlook yahoo-mail icloud proton'],
    ['messaging', 'whatsapp signal telegram discord messenger wechat'],
    ['social-media', 'instagram tiktok snapchat facebook x reddit linkedin'],
    ['blogs', 'blogger wordpress medium substack'],
    ['-', 'youtube zoom google-meet minecraft spotify'],
  ] as const)
    for (const id of ids.split(' ')) assert.equal(rowOf.get(id), row, id)
  for (const row of ['personal-mail', 'messaging', 'social-media', 'blogs'])
    assert.ok(services.filter(each => each.row === row).length >= 15, row)
})

test('age-limited social media carries its age, so that no permission can give it to an under-13', () => {
  const ageOf = new Map(services.map(({ id, minimumAge }) => [id, Number(minimumAge)]))
  for (const id of ['instagram', 'tiktok', 'snapchat', 'facebook', 'x', 'reddit', 'discord', 'whatsapp', 'youtube'])
    assert.ok((ageOf.get(id) ?? 0) >= 13, id)
  for (const { id, row, minimumAge, age } of services)
    if (row === 'social-media' || row === 'messaging') {
      assert.ok(Number(minimumAge) >= 13, id)
      assert.equal(age, 'use', id)
    }
  for (const id of ['onlyfans', 'tinder', 'grindr', 'omegle-like']) assert.equal(ageOf.get(id), 18, id)
})

test('the page about the lists states the counts that the lists have', () => {
  const readme = readFileSync(new URL('README.md', data), 'utf8')
  for (const [category, domains] of starter)
    assert.ok(readme.includes(`| ${category} | ${domains.length} |`), `${category} has ${domains.length}`)
  assert.ok(readme.includes(`${mustAllow.length} domains that no category`))
  assert.ok(readme.includes(`${services.length} services as sets`))
})

test('the modules that the engine reads were made from the files that people edit', () => {
  const read = (name: string): string => readFileSync(new URL(name, data), 'utf8')
  for (const [file, made] of [
    ['services.generated.ts', servicesModule(read('services.tsv'))],
    ['public-suffix.generated.ts', publicSuffixModule(read('public-suffix.txt'))],
  ] as const)
    assert.equal(read(`../src/filter/${file}`), made, `run node scripts/generate-engine-data.ts: ${file}`)
})
