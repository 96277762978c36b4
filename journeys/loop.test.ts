import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { BrowserContext, Page } from 'playwright-core'
import { openKeys } from '../apps/server/src/platform/keys.ts'
import { sampleProxyPassword } from '../apps/server/src/school/school-service.ts'
import { approve, proposeToBlock, proposeToTakeBack, seenFromTheirSide } from './filter-change.ts'
import { arrive, follow, runningSchool, walkInAs as walkIn } from './running-school.ts'

/*
 * Once round the loop, as the README walks it: a real request meets the rule, a concern is reported, it becomes a case, the
 * case changes the filter by two people, the change is proved from the pupil's side, the clauses move, the governor sees it.
 */

const school = await runningSchool()
after(() => school.stop())
const { url } = school

/** Walks in by one of the sample's cards. */
async function walkInAs(role: string): Promise<{ context: BrowserContext; page: Page }> {
  const page = await walkIn(school, role)
  return { context: page.context(), page }
}
const said = () => school.said().slice(-2000)
const site = 'nasty-pictures.example'
let caseUrl = ''
let changeUrl = ''

test('a first visitor chooses the sample school and sees it being made', async () => {
  const context = await school.visitor()
  const page = await context.newPage()
  await page.goto(url)
  await arrive(page, 'Welcome to Gatehouse')
  await follow(page, page.getByRole('button', { name: 'Make the sample school' }))
  await arrive(page, /Making the sample school|Walk in/)
  await page.waitForURL(`${url}/sign-in`, { timeout: 120_000 })
  await arrive(page, 'Walk in as somebody')
  await context.close()
})

/** The year-4 pupil who has a proxy password, through the filter. */
async function pupilBehindTheFilter(): Promise<Page> {
  const keys = openKeys(join(school.dataFolder, 'keys'))
  const schoolId = 'hollybank-primary-school'
  const username = await pupilUsername()
  const context = await school.visitor({ username, password: sampleProxyPassword(keys, schoolId, username) })
  return context.newPage()
}
async function pupilUsername(): Promise<string> {
  const { samplePeople } = await import('../apps/server/src/school/sample-people.ts')
  return samplePeople(2026).find(person => person.key === 'pupil-4-0')?.username ?? ''
}

test('a pupil’s request for a games site meets the rule and is stopped with a page that a child understands', async () => {
  // The gateway learns of a new school with its next look at the bundle, a few seconds later; until then it knows nobody.
  const deadline = Date.now() + 20_000
  let page = await pupilBehindTheFilter()
  let answer = await page.goto('http://www.kizi.com/')
  while (answer?.status() === 407 && Date.now() < deadline) {
    await page.context().close()
    page = await pupilBehindTheFilter()
    answer = await page.goto('http://www.kizi.com/')
  }
  assert.equal(answer?.status(), 403, said())
  assert.match(answer?.headers()['proxy-status'] ?? '', /http_request_denied.*block:games/)
  await page.getByRole('link', { name: /worried/i }).click()
  await page.waitForURL(/\/report/)
  await arrive(page, 'Who are you?')
  await page.context().close()
})

test('the pupil reports what worried them in under a minute, without signing in', async () => {
  const context = await school.visitor()
  const page = await context.newPage()
  await page.goto(`${url}/report?who=child`)
  const next = () => follow(page, page.getByRole('button', { name: /^(Next|Send)/ }).first())
  for (let question = 0; question < 12 && !/Thank you/.test(await page.locator('h1').first().innerText()); question++) {
    await arrive(page, /.+/)
    for (const [name, value] of [
      ['danger', 'no'],
      ['topic', 'content'],
      ['kind', 'inappropriate-content'],
      ['when', 'today'],
      ['place', 'school'],
      ['about', 'nobody'],
      ['reply', 'yes'],
    ] as const) {
      const radio = page.locator(`main input[type=radio][name="${name}"][value="${value}"]`)
      if (await radio.count()) await radio.check()
      else if (await page.locator(`main input[type=radio][name="${name}"]`).count())
        await page.locator(`main input[type=radio][name="${name}"]`).first().check()
    }
    const words = page.locator('main textarea')
    if (await words.count()) await words.first().fill(`I saw nasty pictures on ${site} in the library. 😟`)
    await next()
  }
  await arrive(page, /Thank you/)
  const text = await page.locator('main').innerText()
  assert.match(text, /Childline/)
  assert.match(text, /999/)
  await context.close()
})

test('the safeguarding lead, and not the data protection officer, sees it with its clock, takes it and opens its case', async () => {
  const dpo = await walkInAs('dpo')
  await dpo.page.goto(`${url}/reports`)
  assert.doesNotMatch(await dpo.page.locator('main').innerText(), /nasty pictures/)
  await dpo.context.close()

  const { page, context } = await walkInAs('dsl')
  await arrive(page, /.+/)
  await page.goto(`${url}/reports`)
  // The list says what is waiting and how long, never what was written: open one after the other.
  const links = await page
    .locator('main a[href^="/reports/"]')
    .evaluateAll(all => all.map(each => each.getAttribute('href') ?? ''))
  for (const link of links.filter(href => /[0-9a-f-]{36}$/.test(href))) {
    await page.goto(url + link)
    if ((await page.locator('main').innerText()).includes(`nasty pictures on ${site}`)) break
  }
  assert.match(await page.locator('main').innerText(), new RegExp(`nasty pictures on ${site}`))
  assert.match(await page.locator('main').innerText(), /left|late/)
  await follow(page, page.getByRole('button', { name: 'Take this report' }))
  await page
    .getByRole('link', { name: /Open case/ })
    .or(page.getByRole('button', { name: /Open case/ }))
    .first()
    .click()
  await page.waitForURL(/\/cases\/[0-9a-f-]{36}/)
  caseUrl = page.url()
  await arrive(page, /.+/)
  await context.close()
})

test('from the case one person proposes to block the site, and cannot approve it', async () => {
  const { page, context } = await walkInAs('dsl')
  await page.goto(caseUrl)
  await page
    .getByRole('link', { name: /change to the filter|Block a site/i })
    .first()
    .click()
  await page.waitForURL(/\/internet\/changes\/new/)
  await proposeToBlock(page, site, 'A pupil came upon frightening pictures here.')
  changeUrl = page.url()
  await context.close()
})

test('another person approves it, and it is proved from the pupil’s side with a control that shows no outage', async () => {
  const { page, context } = await walkInAs('network-manager')
  await page.goto(changeUrl)
  await approve(page, 'It should be shut for juniors.')
  await seenFromTheirSide(page, changeUrl, said)
  const behind = await pupilBehindTheFilter()
  const answer = await behind.goto(`http://${site}/`)
  assert.equal(answer?.status(), 403)
  await behind.context().close()
  await page.goto(caseUrl).catch(() => undefined)
  await context.close()
})

test('taking it back opens something, so it needs a second person who may open, and then the site is no longer blocked', async () => {
  const first = await walkInAs('network-manager')
  const rollBackUrl = await proposeToTakeBack(first.page, changeUrl, 'The site has removed the pictures.')
  await first.context.close()
  const { page, context } = await walkInAs('dsl')
  await page.goto(rollBackUrl)
  await approve(page, 'Checked: it is gone.')
  const deadline = Date.now() + 30_000
  for (;;) {
    const behind = await pupilBehindTheFilter()
    // No such site exists, so once it is open the answer is that it cannot be found: the gateway says which of the two it was.
    const answer = await behind.goto(`http://${site}/`)
    const status = answer?.headers()['proxy-status'] ?? ''
    await behind.context().close()
    if (/dns_error|dns_timeout/.test(status)) break
    assert.ok(Date.now() < deadline, `still ${status}`)
    await page.waitForTimeout(1_000)
  }
  await context.close()
})

test('the clauses have moved by what happened, and the illegal slot is loud about being empty', async () => {
  const { status, output } = await school.verb('clauses', 'status', '--json')
  assert.equal(status, 0, output)
  const clauses: { id: string; control: string | null; status: string; evidence: string; at: string | null }[] =
    JSON.parse(output)
  assert.equal(clauses.length, 423)
  const of = (id: string) => clauses.find(clause => clause.id === id)
  assert.equal(of('A-3.4-07')?.status, 'met')
  assert.equal(of('A-3.4-07')?.evidence, 'measured')
  assert.equal(of('A-5-20')?.status, 'met')
  assert.equal(of('A-5-18')?.status, 'failing')
  assert.equal(of('A-11-01')?.status, 'failing')
  for (const clause of clauses) {
    if (clause.status === 'met')
      assert.ok(clause.at && (clause.evidence === 'measured' || clause.evidence === 'attested'), clause.id)
    if (clause.control === null) assert.notEqual(clause.status, 'met', clause.id)
  }
})

test('the governor sees the term’s figures, asks the ledger to prove itself, and it does', async () => {
  const { page, context } = await walkInAs('link-governor')
  await page.goto(`${url}/governors`)
  await arrive(page, /.+/)
  await page.goto(`${url}/ledger`)
  await page
    .getByRole('button', { name: /verify|check/i })
    .first()
    .click()
  await page.waitForURL(/\/ledger/)
  const deadline = Date.now() + 60_000
  while (!/whole|nothing was altered|verifies|unbroken|sound/i.test(await page.locator('main').innerText())) {
    assert.ok(Date.now() < deadline, await page.locator('main').innerText())
    await page.waitForTimeout(500)
    await page.reload()
  }
  await context.close()
  const { status, output } = await school.verb('ledger', 'verify')
  assert.equal(status, 0, output)
})

test('after the power fails the filter goes on, and the school comes back with everything that was acknowledged', async () => {
  await school.kill()
  const behind = await pupilBehindTheFilter()
  const answer = await behind.goto('http://www.kizi.com/')
  assert.equal(answer?.status(), 403, 'the gateway filters from its last signed bundle')
  await behind.context().close()
  await school.start()
  const { status, output } = await school.verb('ledger', 'verify')
  assert.equal(status, 0, output)
  const { page, context } = await walkInAs('dsl')
  await page.goto(caseUrl)
  await arrive(page, /.+/)
  await context.close()
})
