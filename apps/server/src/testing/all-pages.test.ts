import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { AxeBuilder } from '@axe-core/playwright'
import { HtmlValidate } from 'html-validate'
import { type Browser, chromium } from 'playwright-core'
import { ensureChromium } from '../../../../scripts/ensure-chromium.mjs'
import { crawl, type ReachedPage } from './every-page.ts'
import { type TestBrowser, testSchool } from './test-school.ts'

/*
 * Every page that somebody can reach by following links in the sample school, as each role: its HTML is valid, it has one
 * heading and a title, and in a real browser axe finds nothing at WCAG 2.2 AA, the console stays silent, and nothing runs
 * over the edge at 320 px.
 */

const school = await testSchool({ noSchool: true, sample: true, time: new Date().toISOString() })
await school.app.services.school.createSample('Hollybank Primary School')
const roles = [
  'headteacher',
  'dsl',
  'teacher',
  'pupil',
  'network-manager',
  'senior-leader',
  'dpo',
  'office',
  'link-governor',
  'chair',
  'parent',
] as const

const visitors = new Map<string, TestBrowser>([['nobody', await school.browser()]])
for (const role of roles) {
  const browser = await school.browser()
  await browser.post('/sample/sign-in', { card: role })
  visitors.set(role, browser)
}
/** One page of each kind, with somebody who reaches it. */
const kinds = new Map<string, { readonly page: ReachedPage; readonly visitor: string }>()
const validator = new HtmlValidate({
  root: true,
  extends: ['html-validate:standard'],
  rules: { 'no-inline-style': 'error', 'no-implicit-button-type': 'off' },
})

for (const [visitor, browser] of visitors) {
  test(`every page that ${visitor === 'nobody' ? 'somebody who is not signed in' : visitor} can reach is there and is valid`, async () => {
    const problems: string[] = []
    for (const page of await crawl(browser, visitor === 'nobody' ? '/sign-in' : '/')) {
      if (!kinds.has(page.kind)) kinds.set(page.kind, { page, visitor })
      const { answer } = page
      if (answer.status !== 200) problems.push(`${page.path} answers ${answer.status}: ${answer.h1}`)
      if ((answer.html.match(/<h1/g) ?? []).length !== 1) problems.push(`${page.path} has not one h1`)
      if (!/ – Gatehouse$/.test(answer.title)) problems.push(`${page.path} has the title “${answer.title}”`)
      const report = await validator.validateString(answer.html)
      for (const result of report.results)
        for (const message of result.messages)
          problems.push(`${page.path} ${message.line}:${message.column} ${message.ruleId}: ${message.message}`)
    }
    assert.deepEqual(problems, [], school.logged.slice(-3).join('\n'))
  })
}

const found = ensureChromium(line => console.log(line))
assert.ok('path' in found, 'sentence' in found ? found.sentence : '')
const chrome: Browser = await chromium.launch({
  executablePath: found.path,
  args: [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
})
after(() => chrome.close())

test('in a real browser every kind of page is accessible, silent and fits a telephone', async () => {
  const problems: string[] = []
  assert.ok(kinds.size > 3)
  for (const [visitor, { cookies }] of visitors) {
    const mine = [...kinds].filter(([, kind]) => kind.visitor === visitor && kind.page.answer.status === 200)
    if (mine.length === 0) continue
    const context = await chrome.newContext({ viewport: { width: 1280, height: 900 } })
    await context.addCookies([...cookies].map(([name, value]) => ({ name, value, url: school.url })))
    const tab = await context.newPage()
    let at = ''
    tab.on('console', message => {
      if (message.type() === 'error' || message.type() === 'warning') problems.push(`${at} console: ${message.text()}`)
    })
    tab.on('pageerror', error => problems.push(`${at} script: ${error.message}`))
    for (const [kind, { page }] of mine) {
      at = kind
      await tab.setViewportSize({ width: 1280, height: 900 })
      await tab.goto(school.url + page.path)
      const { violations } = await new AxeBuilder({ page: tab })
        .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
        .analyze()
      for (const violation of violations)
        problems.push(
          `${kind} axe ${violation.id}: ${violation.nodes[0]?.html.slice(0, 200)} (${violation.nodes.length})`,
        )
      await tab.setViewportSize({ width: 320, height: 800 })
      const over = await tab.evaluate<number>(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      )
      if (over > 0) problems.push(`${kind} is ${over} px too wide at 320 px`)
    }
    await context.close()
  }
  assert.deepEqual(problems, [])
})
