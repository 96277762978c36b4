import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decide, decideResponse } from './decide.ts'
import { entry, listsOf, pass, request, school, siteRule } from './school.fixture.ts'
import { actions, type FilterRequest, type RuleSet } from './types.ts'

const lists = listsOf(
  entry('porn.example', 'pornography'),
  entry('vile.example', 'illegal'),
  entry('help.example', 'must-allow'),
  entry('known-helpline.co.uk', 'must-allow'),
  entry('tube.example', 'video'),
  entry('google.com', 'search'),
  entry('bing.com', 'search'),
  entry('porn.co.uk', 'pornography'),
  entry('arcade.com', 'games'),
)
const said = (url: string, change: Partial<FilterRequest> = {}, rules: RuleSet = school()): string => {
  const { verdict, category, rule } = decide(rules, lists, request(url, change))
  return `${verdict} ${category} ${rule}`
}
const staff: Partial<FilterRequest> = { groups: ['staff'], personId: 'tom', classes: [] }
const infant: Partial<FilterRequest> = { groups: ['infants'] }

test('a page behind a translator, cache, archive or redirector gets what it would get itself', () => {
  const inside = 'block pornography inside:group:seniors:pornography'
  for (const url of [
    'https://porn-co-uk.translate.goog/x?_x_tr_sl=fr',
    'https://translate.google.com/translate?sl=fr&u=https://porn.example/x',
    'https://translate.google.co.uk/translate?u=porn.co.uk',
    'https://www.google.com/url?q=https%3A%2F%2Fporn.example%2F&sa=U',
    'https://webcache.googleusercontent.com/search?q=cache:AbC123_xyz:porn.co.uk/x+words',
    'https://web.archive.org/web/2020/http://porn.example/',
    'https://web.archive.org/web/2020/porn.co.uk/',
    'https://archive.ph/newest/https://porn.example/',
    'https://l.facebook.com/l.php?u=https%3A%2F%2Fporn.example',
    'https://duckduckgo.com/l/?uddg=https%3A%2F%2Fporn.example%2F',
    'https://www.google.com/amp/s/porn.co.uk/x',
    'https://porn-co-uk.cdn.ampproject.org/c/s/porn.co.uk/x',
    'https://r.jina.ai/https://porn.example/',
    'https://12ft.io/porn.co.uk',
    'https://images.weserv.nl/?url=porn.co.uk/x.jpg',
    'https://href.li/?https://porn.example/',
    'https://anything.example/open?target=https://porn.example/',
    'https://anything.example/open?x=HTTPS:%2F%2Fporn.example',
    'https://anything.example/open?x=https%253A%252F%252Fporn.example%252F',
    'https://anything.example/open?x=https%25253A%25252F%25252Fporn.example',
    'https://anything.example/open?x=aHR0cHM6Ly9wb3JuLmV4YW1wbGUvcGljdHVyZXM=',
    'https://anything.example/go?url=porn.co.uk',
    'https://anything.example/#https://porn.example/',
    'https://anything.example/frame/https:/porn.example/x',
    'https://anything.example/?a=https://story.example/&b=https://porn.example/',
    'https://web.archive.org/web/1/https://l.facebook.com/l.php?u=https%3A%2F%2Fporn.example',
  ])
    assert.equal(said(url), inside, url)
})

test('a page that merely mentions another is not that page', () => {
  for (const url of [
    'https://anything.example/story?page=index.html',
    'https://anything.example/story?file=report.pdf&v=1.2.3',
    'https://anything.example/story?share=https://story.example/',
    'https://anything.example/?q=porn.co.uk',
    'https://anything.example/?next=https://www.anything.example/porn.example',
    'https://anything.example/http',
    'https://anything.example/story?ref=https://porn.example/',
    'https://anything.example/story?utm_source=https%3A%2F%2Fporn.example%2F',
    'https://anything.example/https:',
  ])
    assert.equal(said(url), 'allow none group:seniors:unlisted', url)
})

test('where unknown sites are closed, a link to one is no visit, but a translator of one is', () => {
  const rules = school({ hostRules: ['anything.example', 'translate.goog'].map(host => siteRule(host, 'allow', host)) })
  assert.equal(
    said('https://anything.example/?share=https://story.example/', infant, rules),
    'allow none host:anything.example',
  )
  assert.equal(
    said('https://story-co-uk.translate.goog/', infant, rules),
    'block unlisted inside:group:infants:unlisted',
  )
  assert.equal(
    said('story-co-uk.translate.goog:443', { ...infant, kind: 'connect' }, rules),
    'block unlisted inside:group:infants:unlisted',
  )
})

test('inside a page that must be allowed only what is illegal counts', () => {
  assert.equal(said('https://help.example/?from=https://porn.example/'), 'allow must-allow must-allow')
  assert.equal(said('https://help.example/?from=https%3A%2F%2Fvile.example%2F'), 'block illegal illegal')
  assert.equal(said('https://anything.example/?ref=https://vile.example/'), 'block illegal illegal')
})

test('an address inside an address counts against a pass and against the school’s own opening as well', () => {
  const rules = school({
    hostRules: [siteRule('open', 'allow', 'translate.google.com')],
    passes: [pass('p', { sites: [{ host: 'web.archive.org' }] })],
  })
  assert.equal(
    said('https://translate.google.com/?u=https://porn.example/', {}, rules),
    'block pornography inside:group:seniors:pornography',
  )
  assert.equal(
    said('https://web.archive.org/web/1/https://porn.example/', {}, rules),
    'block pornography inside:group:seniors:pornography',
  )
  assert.equal(said('https://web.archive.org/web/1/https://story.example/', {}, rules), 'allow none pass:p')
})

test('an address that hides others without end is closed, and soon', () => {
  const deep = 'https://web.archive.org/web/1/'.repeat(1000)
  assert.equal(said(`${deep}https://story.example/`), 'block none inside:malformed-address')
  const wide = Array.from({ length: 2000 }, (_, index) => `u${index}=https://story${index}.example/`).join('&')
  assert.equal(said(`https://12ft.io/?${wide}`), 'block none inside:malformed-address')
  assert.equal(said(`https://anything.example/?${wide}`), 'allow none group:seniors:unlisted')
})

test('a search for words that no page can answer safely is stopped, and staff are warned', () => {
  for (const [words, pupil, adult] of [
    ['how+to+kill+myself', 'block selfharm search:selfharm', 'warn selfharm search:selfharm'],
    ['PRO%20ANA%20tips', 'allow search group:seniors:search', 'allow search group:staff:search'],
    ['how%20to%20make%20a%20pipe%20bomb', 'block weapons search:weapons', 'warn weapons search:weapons'],
    ['Free+Porn', 'block pornography search:pornography', 'warn pornography search:pornography'],
    ['p%C3%B4rn', 'block pornography search:pornography', 'warn pornography search:pornography'],
    ['coral+reefs', 'allow search group:seniors:search', 'allow search group:staff:search'],
  ] as const) {
    assert.equal(said(`https://www.google.com/search?q=${words}`), pupil, words)
    assert.equal(said(`https://www.bing.com/search?q=${words}`, staff), adult, words)
  }
})

test('words that only look like others, and words that seek help, are never stopped', () => {
  for (const words of [
    'Sussex',
    'Essex',
    'Middlesex+county',
    'Scunthorpe',
    'Penistone',
    'breast+cancer',
    'breastfeeding',
    'sex+education',
    'sexual+health+clinic',
    'help+with+self+harm',
    'my+friend+wants+to+kill+herself+help',
    'suicide+prevention',
    'To+Kill+a+Mockingbird+quotes',
    'Romeo+and+Juliet+suicide',
    'recover+from+anorexia',
    'Egyptian+goddess+Isis',
    'dangers+of+drugs',
    'how+to+make+a+bath+bomb',
    'atomic+bomb+Hiroshima',
    'Moby+Dick',
    'Cockermouth',
    'Arsenal+score',
    'analysis+of+data',
    'assassination+of+JFK',
    'Dickens',
    'cockatoo',
    'Titanic',
    'classical+music',
    'holocaust+memorial+day',
    'effects+of+pornography+on+teenagers',
    'magna+carta',
    'canal+boats',
    'grape+harvest',
    'therapist+near+me',
    'XXX+roman+numerals',
    'how+to+get+high+marks+in+GCSE+maths',
    'dumb+ways+to+die+song',
    'how+to+die+hair+pink',
    'buy+weed+killer',
    'Anne+Boleyn+execution+video',
    'medieval+torture',
    'women+deserve+the+vote+suffragettes',
    'never+talk+to+strangers+lesson',
    'how+to+purge+a+radiator',
    'lean+mince+recipe',
    'legal+highs+PSHE',
    'how+to+make+a+gun+in+Minecraft',
  ]) {
    const answer = said(`https://www.google.com/search?q=${words}`)
    assert.equal(answer, 'allow search group:seniors:search', words)
  }
})

test('the school’s own search rules come first: the longest phrase, for its groups, open or shut', () => {
  const rules = school({
    searchRules: [
      { id: 'essay', phrase: 'pipe bomb history', action: 'allow', category: 'weapons', groups: 'all' },
      { id: 'local', phrase: 'the old mill', action: 'warn', category: 'drugs', groups: ['seniors'] },
      { id: 'local-shut', phrase: 'Old Mill party!', action: 'block', category: 'drugs', groups: 'all' },
    ],
  })
  for (const [words, who, answer] of [
    ['pipe+bomb+history+1800', {}, 'allow search group:seniors:search'],
    ['pipe+bomb', {}, 'block weapons search:weapons'],
    ['the+old+mill', {}, 'warn drugs search:local'],
    ['the+old+mill', { groups: ['juniors'] }, 'allow search group:juniors:search'],
    ['the+old+mill+party', {}, 'block drugs search:local-shut'],
    ['the+older+mill', {}, 'allow search group:seniors:search'],
  ] as const) {
    assert.equal(said(`https://www.google.com/search?q=${words}`, who, rules), answer, words)
  }
  assert.equal(said('https://help.example/search?q=pipe+bomb'), 'allow must-allow must-allow')
})

test('programs and archives get what the group gets of downloads, unless the school opened the site', () => {
  const rules = school({
    hostRules: [siteRule('open', 'allow', 'code.example')],
    passes: [pass('p', { sites: [{ host: 'tool.example' }] })],
  })
  for (const [url, who, answer] of [
    ['https://anything.example/setup.exe', {}, 'block downloads file:program'],
    ['https://anything.example/Setup.EXE?x=1', {}, 'block downloads file:program'],
    ['https://anything.example/a/game.apk', {}, 'block downloads file:program'],
    ['https://anything.example/songs.zip', {}, 'block downloads file:archive'],
    ['https://anything.example/setup.exe', staff, 'warn downloads file:program'],
    ['https://anything.example/songs.zip', staff, 'allow none group:staff:unlisted'],
    ['https://anything.example/setup.exe/about', {}, 'allow none group:seniors:unlisted'],
    ['https://anything.example/example.com', {}, 'allow none group:seniors:unlisted'],
    ['https://code.example/setup.exe', {}, 'allow none host:open'],
    ['https://tool.example/setup.exe', {}, 'allow none pass:p'],
    ['https://help.example/form.zip', {}, 'allow must-allow must-allow'],
    ['https://porn.example/x.zip', {}, 'block pornography group:seniors:pornography'],
  ] as const) {
    assert.equal(said(url, who, rules), answer, url)
  }
})

test('what comes back as a program or an archive is stopped whatever its address was called', () => {
  const rules = school({ hostRules: [siteRule('open', 'allow', 'code.example')] })
  for (const [url, headers, answer] of [
    ['https://anything.example/get?id=7', { contentType: 'application/x-msdownload' }, 'block downloads file:program'],
    ['https://anything.example/get', { contentType: 'Application/ZIP; x=y' }, 'block downloads file:archive'],
    [
      'https://anything.example/get',
      { contentType: 'text/html', disposition: 'attachment; filename="setup.exe"' },
      'block downloads file:program',
    ],
    [
      'https://anything.example/get',
      { disposition: "attachment; filename*=UTF-8''set%2Eexe" },
      'block downloads file:program',
    ],
    [
      'https://anything.example/get',
      { contentType: 'application/zip', disposition: 'attachment; filename=a.msi' },
      'block downloads file:program',
    ],
    ['https://anything.example/get', { contentType: 'text/html' }, 'allow none group:seniors:unlisted'],
    ['https://anything.example/get', { contentType: 'application/octet-stream' }, 'allow none group:seniors:unlisted'],
    ['https://code.example/get', { contentType: 'application/zip' }, 'allow none host:open'],
    ['https://porn.example/get', { contentType: 'image/png' }, 'block pornography group:seniors:pornography'],
    ['', { contentType: 'application/zip' }, 'block none malformed-address'],
  ] as const) {
    const { verdict, category, rule } = decideResponse(rules, lists, request(url), headers)
    assert.equal(`${verdict} ${category} ${rule}`, answer, `${url} ${JSON.stringify(headers)}`)
  }
})

test('a name that imitates another is closed to pupils, staff are warned, and the school may open it', () => {
  const rules = school({ hostRules: [siteRule('ours', 'allow', 'g00gle.com')] })
  assert.equal(said('https://www.paypa1.com/'), 'block phishing lookalike:paypal.com')
  assert.equal(said('paypa1.com:443', { ...staff, kind: 'connect' }), 'warn phishing lookalike:paypal.com')
  assert.equal(said('https://known-he1pline.co.uk/'), 'block phishing lookalike:known-helpline.co.uk')
  assert.equal(said('https://раураl.com/'), 'block phishing lookalike:paypal.com')
  assert.equal(said('https://пример.рф/'), 'allow none group:seniors:unlisted')
  assert.equal(said('https://g00gle.com/', {}, rules), 'allow none host:ours')
})

const awkwardParts = fc.constantFrom(
  'https://',
  'http:/',
  'HTTP%3A%2F%2F',
  '%25',
  '%3a',
  '%2F',
  '?',
  '&',
  '=',
  '#',
  ';',
  'u=',
  'url=',
  'q=',
  'cache:',
  'aHR0cDovL3g=',
  'aHR0c',
  'porn.example',
  'vile.example',
  'porn-co-uk.translate.goog',
  'web.archive.org/web/',
  'www.google.com/search',
  'xn--80ak6aa92e.com',
  '.',
  '/',
  '\\',
  '@',
  ':',
  '[',
  ']',
  '::1',
  '%',
  '+',
  'ü',
  '\ud800',
  '\0',
  '\t',
  'a.exe',
  'data:',
  'blob:',
  'javascript:',
  '1.2.3.4',
  'xn--',
)
const awkward = fc.oneof(
  fc.array(awkwardParts, { maxLength: 60 }).map(parts => `https://${parts.join('')}`),
  fc.array(awkwardParts, { maxLength: 60 }).map(parts => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 400 }),
)

test('whatever is asked, there is an answer with one sentence, and what is illegal is never open', () => {
  const rules = school({ passes: [pass('p', { sites: [{ host: 'porn.example' }] })] })
  fc.assert(
    fc.property(
      awkward,
      fc.constantFrom<FilterRequest['kind']>('page', 'connect', 'dns'),
      awkward,
      (url, kind, referrer) => {
        const answer = decide(rules, lists, request(url, { kind, referrer }))
        assert.ok(actions.includes(answer.verdict))
        assert.match(answer.reason, /^[A-Z][^.!?]*\.$/)
        if (/(?:^|\.)vile\.example$/.test(answer.host)) assert.equal(answer.rule, 'illegal')
        const { verdict } = decideResponse(rules, lists, request(url, { kind }), {
          contentType: url,
          disposition: referrer,
        })
        assert.ok(actions.includes(verdict))
      },
    ),
    { numRuns: 3000 },
  )
})

test('what the headers of an answer say can only make a verdict stricter', () => {
  const rules = school({ hostRules: [siteRule('open', 'allow', 'code.example')] })
  const headers = fc.record({
    contentType: fc.constantFrom('text/html', 'application/zip', 'application/x-msdownload', 'x', null),
    disposition: fc.constantFrom('attachment; filename=a.exe', 'inline', 'attachment; filename="a.7z', null),
  })
  const url = fc.constantFrom(
    'https://code.example/a',
    'https://tube.example/b',
    'https://porn.example/',
    'https://new.example/c.zip',
  )
  fc.assert(
    fc.property(url, headers, fc.constantFrom('seniors', 'staff', 'guests'), (asked, came, group) => {
      const before = decide(rules, lists, request(asked, { groups: [group] }))
      const after = decideResponse(rules, lists, request(asked, { groups: [group] }), came)
      assert.ok(actions.indexOf(after.verdict) >= actions.indexOf(before.verdict))
      if (before.rule.startsWith('host:')) assert.deepEqual(after, before)
    }),
  )
})
