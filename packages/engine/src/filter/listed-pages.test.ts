import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { domains, entries, entry, listsOf, page } from './lists.fixture.ts'
import { categories } from './types.ts'

const paths = fc
  .array(fc.constantFrom('a', 'b', 'A', 'ab', 'a b'), { minLength: 1, maxLength: 3 })
  .map(segments => `/${segments.join('/')}`)
const pages = fc.array(
  fc
    .tuple(domains, paths, fc.constantFrom('games' as const, 'hate' as const), fc.constantFrom('toulouse', 'anna'))
    .map(parts => page(...parts)),
  { maxLength: 30 },
)

test('the compiled file answers for a page what a plain look through hosts and pages answers', () => {
  fc.assert(
    fc.property(entries, pages, fc.array(fc.tuple(domains, paths)), (hosts, listed, others) => {
      const lists = listsOf([...hosts, ...listed])
      const asked = [...others, ...listed.map(each => [`x.${each.domain}`, `${each.path}/y`] as const)]
      for (const [host, path] of asked) {
        const covering = [...hosts, ...listed].filter(each => {
          const isHost = host === each.domain || host.endsWith(`.${each.domain}`)
          const [wanted, known] = [path.toLowerCase(), (each.path ?? '').toLowerCase()]
          return isHost && (wanted === known || wanted.startsWith(`${known}/`))
        })
        const expected = categories.flatMap(category => {
          const named = new Set(covering.filter(each => each.category === category).map(each => each.source))
          return named.size > 0 ? [{ category, sources: [...named].sort() }] : []
        })
        assert.deepEqual(
          lists.lookupPath(host, path).map(({ category, sources: by }) => ({ category, sources: by })),
          expected,
        )
      }
    }),
  )
})

test('a listed page is found with what lies beneath it, on its host and those beneath, and nothing else of the host is', () => {
  const lists = listsOf([
    page('site.example', '/users/anna/', 'games'),
    page('site.example', '/users/anna/films', 'video'),
    page('site.example', '/Users/Bad%20One', 'hate', 'anna'),
    page('192.0.2.7', '/login', 'phishing'),
    page('2001:db8::7', '/login', 'phishing'),
    entry('site.example', 'forums', 'anna'),
    entry('deep.site.example', 'chat'),
  ])
  for (const [host, path, found] of [
    ['site.example', '/', ['forums']],
    ['site.example', '/users', ['forums']],
    ['site.example', '/users/anna', ['games', 'forums']],
    ['site.example', '/users/anna/', ['games', 'forums']],
    ['www.site.example', '/users/ANNA/pictures/1.jpg', ['games', 'forums']],
    ['site.example', '/users/anna/films/2', ['games', 'video', 'forums']],
    ['site.example', '/users/annabel', ['forums']],
    ['site.example', '/users/bad%20one', ['forums', 'hate']],
    ['deep.site.example', '/users/anna/films', ['games', 'chat', 'video', 'forums']],
    ['other.example', '/users/anna', []],
    ['example', '/users/anna', []],
    ['192.0.2.7', '/login', ['phishing']],
    ['192.0.2.7', '/', []],
    ['1.192.0.2.7', '/login', []],
    ['2001:db8::7', '/login/x', ['phishing']],
    ['site.example', '', ['forums']],
  ] as const) {
    const listings = lists.lookupPath(host, path)
    assert.deepEqual(
      listings.map(listing => listing.category),
      found,
      host + path,
    )
    assert.equal(lists.listingsOf(lists.lookupPathSet(host, path)), listings)
  }
  assert.equal(lists.lookup('192.0.2.7').length, 0)
  assert.deepEqual([lists.domains, lists.pages], [2, 5])
  assert.deepEqual(lists.counts(), [
    { category: 'games', source: 'toulouse', domains: 0, pages: 1 },
    { category: 'chat', source: 'toulouse', domains: 1 },
    { category: 'video', source: 'toulouse', domains: 0, pages: 1 },
    { category: 'forums', source: 'anna', domains: 1 },
    { category: 'hate', source: 'anna', domains: 0, pages: 1 },
    { category: 'phishing', source: 'toulouse', domains: 0, pages: 2 },
  ])
})

test('how many could have named a page is counted among those who list pages', () => {
  const lists = listsOf([
    entry('a.example', 'drugs', 'anna'),
    entry('b.example', 'drugs', 'toulouse'),
    page('c.example', '/shop', 'drugs', 'toulouse'),
    page('a.example', '/shop', 'drugs', 'toulouse'),
  ])
  assert.deepEqual(lists.lookup('a.example')[0]?.among, 2)
  assert.deepEqual(lists.lookupPath('c.example', '/shop/1')[0]?.among, 1)
  const [both] = lists.lookupPath('a.example', '/shop')
  assert.deepEqual(both, { category: 'drugs', sources: ['anna', 'toulouse'], isCurated: false, among: 1 })
})
