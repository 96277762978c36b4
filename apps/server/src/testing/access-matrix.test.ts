import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { granteesOf, permissions, type Role, roles } from '../permissions.ts'
import type { Page } from '../platform/page.ts'
import { type TestBrowser, testSchool } from './test-school.ts'

/*
 * The whole table, cell by cell: every page and action × every role, nobody signed in, and somebody of another school. What is
 * asked is only whether the door opens: a page that then finds no such record says 404, which is an open door.
 */

const school = await testSchool()
const pages: readonly Page<never>[] = school.app.pages as readonly Page<never>[]
const name = (page: Page<never>) => `${page.method} ${page.path}`
const nobody = '00000000-0000-7000-8000-000000000000'
/** The page's address for a record that does not exist. */
const addressOf = (page: Page<never>) => page.path.replace(/:(\w+)/g, nobody)
const visit = (browser: TestBrowser, page: Page<never>) =>
  page.method === 'GET' ? browser.get(addressOf(page)) : browser.post(addressOf(page), {})

const browsers = new Map<Role, TestBrowser>()
for (const role of roles) browsers.set(role, await school.browser(await school.person(`Somebody ${role}`, role)))

test('every page names a permission of the table, and no address is served twice', () => {
  for (const page of pages) assert.ok(page.access === 'public' || permissions.includes(page.access), name(page))
  assert.equal(new Set(pages.map(name)).size, pages.length)
})

test('every permission is asked for somewhere, and is held by somebody', () => {
  const folder = join(import.meta.dirname, '..')
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(path => path.endsWith('.ts') && !path.endsWith('.test.ts') && path !== 'permissions.ts')
    .map(path => readFileSync(join(folder, path), 'utf8'))
    .join('\n')
  for (const permission of permissions) {
    assert.ok(sources.includes(`'${permission}'`), `${permission} is never asked for`)
    assert.ok(granteesOf(permission).length > 0, `${permission} is held by nobody`)
  }
})

for (const role of roles) {
  test(`each page opens to ${role} exactly where the table says so`, async () => {
    const browser = browsers.get(role)
    assert.ok(browser)
    let cells = 0
    for (const page of pages) {
      if (page.path === '/sign-out') continue
      const answer = await visit(browser, page)
      const allowed = page.access === 'public' || granteesOf(page.access).includes(role)
      assert.notEqual(answer.status, 500, name(page))
      if (allowed)
        assert.ok(
          answer.status !== 403 || !answer.text.includes('Your role does not include this page'),
          `${name(page)} is shut to ${role}, and the table opens it`,
        )
      else
        assert.ok(
          answer.status === 403 && answer.text.includes('Your role does not include this page'),
          `${name(page)} answers ${answer.status} to ${role}, and the table shuts it`,
        )
      cells += 1
    }
    assert.equal(cells, pages.filter(page => page.path !== '/sign-out').length)
  })
}

test('to nobody signed in each page is either public or leads to signing in', async () => {
  const browser = await school.browser()
  for (const page of pages) {
    const answer = await visit(browser, page)
    if (page.access === 'public' || granteesOf(page.access).includes('public')) {
      assert.notEqual(answer.status, 401, name(page))
      assert.notEqual(answer.location?.startsWith('/sign-in?next='), true, name(page))
    } else if (page.method === 'GET') assert.match(answer.location ?? '', /^\/sign-in\?next=/, name(page))
    else assert.equal(answer.status, 401, name(page))
  }
})

test('a form without its token is never acted on, by whomever it is sent', async () => {
  const head = browsers.get('headteacher')
  assert.ok(head)
  const before = await school.app.read(school.schoolId, ({ ledger }) => ledger.head())
  for (const page of pages) {
    if (page.method !== 'POST') continue
    const answer = await head.post(addressOf(page), { _csrf: 'forged' })
    assert.ok([400, 403, 404, 409].includes(answer.status), `${name(page)} answers ${answer.status}`)
  }
  const types = (await school.app.read(school.schoolId, ({ ledger }) => ledger.list({ limit: 500 })))
    .filter(entry => entry.seq > (before?.seq ?? 0))
    .map(entry => entry.type)
  assert.deepEqual(
    [...new Set(types)].filter(type => type !== 'access.refused'),
    [],
  )
})

test('a session of one school opens nothing of another', async () => {
  await school.addSchool('elm-park')
  const head = browsers.get('headteacher')
  assert.ok(head)
  const token = head.cookies.get('gatehouse') ?? ''
  const stranger = await school.browser()
  stranger.cookies.set('gatehouse', token.replace(school.schoolId, 'elm-park'))
  assert.match((await stranger.get('/account/password')).location ?? '', /^\/sign-in/)
  assert.match((await stranger.get('/account/password?school=elm-park')).location ?? '', /^\/sign-in/)
})
