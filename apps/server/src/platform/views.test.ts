import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { AxeBuilder } from '@axe-core/playwright'
import { HtmlValidate } from 'html-validate'
import nunjucks from 'nunjucks'
import { chromium } from 'playwright-core'
import { ensureChromium } from '../../../../scripts/ensure-chromium.mjs'
import { gallery, galleryForm, galleryPage } from '../views/gallery-model.ts'
import { buildAssets } from './assets.ts'
import { createViews, templateNames } from './views.ts'

/* The components in every state: valid, accessible, whole at 320 px, under the very policy that the server sends. */

const cache = await mkdtemp(join(tmpdir(), 'gatehouse-assets-'))
after(() => rm(cache, { recursive: true, force: true }))
const assets = await buildAssets(cache)
const views = createViews({ assets })
const render = (more: object = {}): string =>
  views.render('gallery', { title: 'Gallery', page: galleryPage, g: gallery, form: galleryForm, ...more })

const policy = `default-src 'none'; style-src 'self'; script-src 'self' 'nonce-${galleryPage.nonce}'; img-src 'self'; font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`
const server = createServer((request, response) => {
  const path = request.url ?? '/'
  const asset = assets.files.get(path)
  if (asset) return void response.writeHead(200, { 'content-type': asset.type }).end(asset.body)
  if (path !== '/' && path !== '/child') return void response.writeHead(404).end()
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy })
  response.end(render({ child: path === '/child' }))
})
await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
const found = ensureChromium(line => console.log(line))
assert.ok('path' in found, 'sentence' in found ? found.sentence : '')
const browser = await chromium.launch({
  executablePath: found.path,
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
})
after(async () => {
  await browser.close()
  server.close()
})

test('every component in every state is valid HTML with no style of its own', async () => {
  const config = JSON.parse(await readFile(new URL('../../../../.htmlvalidate.json', import.meta.url), 'utf8'))
  const report = await new HtmlValidate(config).validateString(render())
  assert.deepEqual(
    report.results.flatMap(({ messages }) =>
      messages.map(({ line, ruleId, message }) => `${line} ${ruleId} ${message}`),
    ),
    [],
  )
})

test('every template of every domain is written so that it compiles', async () => {
  const names = templateNames()
  assert.ok(names.length > 20)
  for (const name of names) {
    const source = await readFile(new URL(`../${name}`, import.meta.url), 'utf8')
    assert.doesNotThrow(() => new nunjucks.Template(source, new nunjucks.Environment(null), name, true), name)
  }
})

test('what a stranger typed is shown as words, never as a part of the page', () => {
  const html = render({ g: { ...gallery, rtl: '<script>alert(1)</script><img src=x onerror=alert(1)>' } })
  assert.ok(html.includes('&lt;script&gt;alert(1)&lt;/script&gt;&lt;img'))
  assert.equal(html.match(/<script/g)?.length, 2)
})

test('the errors of a form head the page and its title', () => {
  assert.match(render(), /<title>Error: Gallery – /)
  assert.ok(render().indexOf('There is a problem') < render().indexOf('<h1'))
  assert.match(render({ form: { ...galleryForm, errors: [] } }), /<title>Gallery – /)
})

test('a misspelt option of a component is refused by name', () => {
  const table = { ...gallery.table, colums: [] }
  assert.throws(() => render({ g: { ...gallery, table } }), /table: there is no option "colums"/)
})

test('a second start compiles nothing and serves the same bytes', async () => {
  const again = await buildAssets(cache)
  assert.equal(again.cssPath, assets.cssPath)
  assert.ok(again.css.equals(assets.css))
})

test('nothing of the government’s identity is served', () => {
  const css = assets.css.toString()
  assert.doesNotMatch(css, /GDS Transport|crest|crown/)
  assert.doesNotMatch([...assets.files.keys()].join(), /crest|crown|govuk-icon|apple-touch/)
  for (const [, path = ''] of css.matchAll(/url\(["']?(\/[^"')]+)/g)) assert.ok(assets.files.has(path), path)
})

test('in a browser nothing is refused by the content policy, axe finds nothing, and nothing is too wide for 320 px', async () => {
  const problems: string[] = []
  for (const [path, width] of [
    ['/', 1280],
    ['/', 320],
    ['/child', 320],
  ] as const) {
    const context = await browser.newContext({ viewport: { width, height: 900 } })
    const tab = await context.newPage()
    tab.on('console', message => {
      if (message.type() === 'error' || message.type() === 'warning')
        problems.push(`${path} ${width} ${message.text()}`)
    })
    tab.on('pageerror', error => problems.push(`${path} ${width} ${error.message}`))
    await tab.goto(url + path)
    const { violations } = await new AxeBuilder({ page: tab })
      .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
      .analyze()
    for (const { id, nodes } of violations)
      problems.push(
        `${path} ${width} ${id}: ${nodes.map(node => node.html.slice(0, 160)).slice(0, 3)} (${nodes.length})`,
      )
    const over = await tab.evaluate<number>(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    )
    if (over > 0) problems.push(`${path} is ${over} px too wide at ${width}`)
    const shots = process.env.SCREENSHOTS
    if (shots)
      await tab.screenshot({ path: join(shots, `gallery${path === '/' ? '' : '-child'}-${width}.png`), fullPage: true })
    await context.close()
  }
  assert.deepEqual(problems, [])
})

test('without a script the menu is open and every action is a link or a form', async () => {
  const context = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 320, height: 800 } })
  const tab = await context.newPage()
  await tab.goto(url)
  assert.ok(await tab.getByRole('link', { name: 'Internet' }).isVisible())
  assert.ok(!(await tab.getByRole('button', { name: 'Menu' }).isVisible()))
  assert.equal(await tab.locator('button[type="button"]:visible').count(), 0)
  await context.close()
})

test('the keyboard reaches the skip link first, then the menu, and the menu opens', async () => {
  const tab = await browser.newPage({ viewport: { width: 320, height: 800 } })
  await tab.goto(url)
  const link = tab.getByRole('link', { name: 'Internet' })
  assert.ok(!(await link.isVisible()))
  // The error summary takes the focus when a page has errors; the first tab stop is found from the top.
  await tab.evaluate('document.activeElement.blur()')
  await tab.getByRole('button', { name: 'Menu' }).press('Enter')
  assert.ok(await link.isVisible())
  await tab.close()
})
