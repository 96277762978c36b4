import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { policySchool, review } from '../testing/policy-school.ts'
import { fetchPublicPage, readPublicPage } from './public-page.ts'

const school = await policySchool()
const liveDigest = async (policy: 'A' | 'B'): Promise<string | null | undefined> =>
  school.app.read(school.schoolId, async ({ policies }) => (await policies.live(policy))?.digest)

test('a stranger finds both policies word for word as approved, before and after a new version', async () => {
  for (const policy of ['A', 'B'] as const) {
    const page = await fetchPublicPage(school.url, school.schoolId, policy)
    assert.equal(page?.digest, await liveDigest(policy))
    assert.deepEqual(page?.header, ['Reference', 'Version', 'Last reviewed', 'Next review'])
  }
  await review(school, 'A', 'published', { 'A-1-01': 'Oversee <how> the "policy" & its promises are kept' })
  const page = await fetchPublicPage(school.url, school.schoolId, 'A')
  assert.equal(page?.clauses, 263)
  assert.equal(page?.digest, await liveDigest('A'))
})

test('one changed word, one clause taken out, or another review date on the page gives another digest', async () => {
  const stranger = await school.browser()
  const { html } = await stranger.get('/policy/A')
  const digest = await liveDigest('A')
  assert.equal(readPublicPage(html)?.digest, digest)
  assert.notEqual(
    readPublicPage(html.replace('Re-examine the policy once a year', 'Re-examine the policy once'))?.digest,
    digest,
  )
  assert.notEqual(
    readPublicPage(html.replace(/<p class="gh-clause__text" data-policy-clause="A-1-03">[^<]*<\/p>/, ''))?.digest,
    digest,
  )
  assert.notEqual(readPublicPage(html.replace('24 November 2027', '24 November 2028'))?.digest, digest)
})

test('a server that is away or shows something else has no policy on it', async () => {
  const server = createServer((_, response) => response.end('<h1>Another site</h1>'))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  assert.equal(await fetchPublicPage(`http://127.0.0.1:${port}`, 'oak-hill', 'A'), null)
  server.close()
  server.closeAllConnections()
  assert.equal(await fetchPublicPage(`http://127.0.0.1:${port}`, 'oak-hill', 'A'), null)
})

test('the public page says nothing about how the clauses stand, and the text can be had as a file with that very digest', async () => {
  const stranger = await school.browser()
  const page = await stranger.get('/policy/A')
  assert.doesNotMatch(page.html, /gh-seal|Overdue|Nobody carries|gh-filters/)
  assert.match(page.text, new RegExp(`${await liveDigest('A')}`))
  const text = await fetch(`${school.url}/policy/A/text`)
  assert.equal(
    createHash('sha256')
      .update(Buffer.from(await text.arrayBuffer()))
      .digest('hex'),
    await liveDigest('A'),
  )
})
