import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import type { Account } from '../people/person.ts'
import { granteesOf, type Role, roles } from '../permissions.ts'
import type { FieldView, Form } from '../platform/form.ts'
import type { Page } from '../platform/page.ts'
import { forgeryToken } from '../platform/sessions.ts'
import { crawl, kindOf } from './every-page.ts'
import { type TestBrowser, testSchool } from './test-school.ts'

/*
 * Whatever is sent to whichever page, the answer is one a person can use: never a fault, never a trace of the program, nothing
 * handed back as markup, and what was typed still there when the page asks again. The school is the sample with its term, so
 * that forms lead to real cases, reports and changes; the addresses are those that its pages really offer.
 */

const school = await testSchool({ noSchool: true, time: new Date().toISOString() })
const { app } = school
const { schoolId } = await app.services.makeSample('Hollybank Primary School', () => undefined)
const posts = (app.pages as readonly Page<never>[]).filter(page => page.method === 'POST')
const gets = (app.pages as readonly Page<never>[]).filter(page => page.method === 'GET')

/** Somebody of each role, signed in anew whenever an earlier form ended the session. */
const accounts = new Map<Role, Account>()
for (const role of roles) {
  const held = await app.read(schoolId, ({ people }) => people.holders(role))
  for (const { personId } of held) {
    const [account] = await app.read(schoolId, ({ people }) => people.accountsOf(personId))
    if (account && !accounts.has(role)) accounts.set(role, account)
  }
}
const browsers = new Map<Role | 'nobody', TestBrowser>()
async function browserOf(role: Role | 'nobody'): Promise<TestBrowser> {
  const before = browsers.get(role)
  if (before && (role === 'nobody' || before.cookies.has('gatehouse'))) return before
  const fresh = await school.browser()
  const account = role === 'nobody' ? undefined : accounts.get(role)
  if (account) fresh.cookies.set('gatehouse', await app.services.signIn.signInToSample(schoolId, account))
  browsers.set(role, fresh)
  return fresh
}

/** Where each page's form stands in the sample school, and who is offered it. */
interface Place {
  readonly role: Role | 'nobody'
  readonly path: string
}
/** The page that answers a post to this address; a part written out goes before one that is filled in. */
const pageAt = (path: string): Page<never> | undefined =>
  posts.find(page => page.path === path) ?? posts.find(page => patternOf(page.path).test(path))
const patternOf = (path: string): RegExp => new RegExp(`^${path.replace(/:\w+/g, '[^/]+')}$`)
const places = new Map<string, Place>()
/** An address of each kind that somebody reached, for forms that no page offers at this moment. */
const reachedPaths: { readonly role: Role | 'nobody'; readonly path: string }[] = []
const visitors: readonly (Role | 'nobody')[] = [
  'headteacher',
  'dsl',
  'dpo',
  'network-manager',
  'senior-leader',
  'chair',
  'link-governor',
  'office',
  'teacher',
  'pupil',
  'nobody',
]
const watchers: readonly (Role | 'nobody')[] = ['headteacher', 'dsl', 'dpo', 'network-manager', 'chair', 'nobody']
for (const role of visitors) {
  for (const { path, answer } of await crawl(await browserOf(role), role === 'nobody' ? '/sign-in' : '/', 400)) {
    reachedPaths.push({ role, path: path.split('?')[0] ?? path })
    for (const [, tag = ''] of answer.html.matchAll(/<form\s([^>]*)>/g)) {
      const action = (/action="([^"]*)"/.exec(tag)?.[1] ?? path).replaceAll('&amp;', '&').split('?')[0] ?? path
      const page = pageAt(action)
      if (!page || places.has(page.path) || !/method="post"/i.test(tag)) continue
      places.set(page.path, { role, path: action })
    }
  }
}
const nobody = '00000000-0000-7000-8000-000000000000'
function placeOf(page: Page<never>): Place {
  const found = places.get(page.path)
  if (found) return found
  const allowed = (role: Role | 'nobody'): boolean =>
    page.access === 'public' || (role !== 'nobody' && granteesOf(page.access).includes(role))
  // The longest part of the address that somebody who may post here has reached, with its real ids.
  const parts = page.path.split('/')
  for (let length = parts.length; length > 1; length--) {
    const start = patternOf(parts.slice(0, length).join('/'))
    const reached = reachedPaths.find(({ role, path }) => allowed(role) && start.test(path))
    if (reached)
      return {
        role: reached.role,
        path: [reached.path, ...parts.slice(length)].join('/').replace(/:\w+/g, nobody),
      }
  }
  const role = visitors.find(allowed) ?? roles.find(allowed) ?? 'nobody'
  return { role, path: page.path.replace(/:\w+/g, nobody) }
}

/** A plausible answer to a question, so that one bad one is not hidden behind another. */
function plausible(field: Pick<FieldView, 'kind' | 'options'>): readonly string[] {
  switch (field.kind) {
    case 'radios':
    case 'select':
    case 'checkboxes':
      return [field.options?.find(({ value }) => value !== '')?.value ?? 'yes']
    case 'date':
      return ['12', '11', '2026']
    case 'datetime':
      return ['12', '11', '2026', '10:30']
    case 'file':
      return []
    default:
      return ['Some words']
  }
}
const isTyped = (kind: FieldView['kind']): boolean =>
  kind === 'text' || kind === 'textarea' || kind === 'hidden' || kind === 'email'
/** The questions of the public form, which has a form of its own for each step. */
const loose = ['who', 'danger', 'topic', 'kind', 'words', 'when', 'happened', 'place', 'about', 'names', 'step']
const fieldsOf = (page: Page<never> & { readonly form: Form }): [string, Pick<FieldView, 'kind' | 'options'>][] => {
  const own = Object.entries(page.form.fields)
  return own.length === 0 && page.path.startsWith('/report') ? loose.map(name => [name, { kind: 'text' }]) : own
}

const marker = 'gh7q'
const markup = `${marker}</textarea><script>alert("${marker}")</script><img src=x onerror=alert(1)>" autofocus onfocus="${marker}`
/** Values as they stand in the body, percent-encoded: bytes that are not UTF-8 have no other way in. */
const nasties: Readonly<Record<string, string>> = {
  nothing: '',
  'two hundred thousand letters': 'x'.repeat(200_000),
  'NUL bytes': `${marker}%00before%00after`,
  'right-to-left marks': encodeURIComponent(`${marker} \u202Eמשהו קרה אתמול\u202C \u200F`),
  emoji: encodeURIComponent(`${marker} 👩🏽‍🚒👨‍👩‍👧‍👦 ${'😀'.repeat(150)}`),
  'half an emoji': `${marker}%ED%A0%BD`,
  'bytes that are not UTF-8': `${marker}%FF%FE%C0%AF%80`,
  'control characters': `${marker}%01%08%0B%1B%5B31m%7F`,
  'line ends, as for a header': `${marker}%0D%0ASet-Cookie: a=b%0D%0A%0D%0A`,
  markup: encodeURIComponent(markup),
  'a template': encodeURIComponent(`${marker}{{7*7}}{% include "/etc/passwd" %}{{ page.csrf }}`),
  'quotes of a query': encodeURIComponent(`${marker}'; drop table school; --`),
  'a prototype': '__proto__',
  'a huge number': '9'.repeat(40),
  'a negative number': '-1',
  'an id of nobody': nobody,
  'an id that is none': '..%2F..%2Fetc%2Fpasswd',
  'a spreadsheet formula': encodeURIComponent(`=HYPERLINK("http://evil.example","${marker}")`),
}
const acceptable = new Set([200, 303, 400, 401, 403, 404, 409, 413, 414, 422, 429])

interface Sent {
  readonly status: number
  readonly html: string
  readonly location: string | null
}
/** Posts bytes as they are, with the page's own tokens. */
async function send(place: Place, body: string | Buffer | FormData, type?: string): Promise<Sent> {
  const browser = await browserOf(place.role)
  const response = await fetch(school.url + place.path, {
    method: 'POST',
    redirect: 'manual',
    headers: {
      cookie: [...browser.cookies].map(pair => pair.join('=')).join('; '),
      ...(body instanceof FormData ? {} : { 'content-type': type ?? 'application/x-www-form-urlencoded' }),
    },
    body: Buffer.isBuffer(body) ? new Uint8Array(body) : body,
  })
  const location = response.headers.get('location')
  // Whoever was signed out by it (or whose password it changed) signs in anew for the next.
  if (response.status === 401 || location?.startsWith('/sign-in') || response.headers.getSetCookie().length > 0)
    browsers.delete(place.role)
  return { status: response.status, html: await response.text(), location }
}
async function tokensOf(role: Role | 'nobody'): Promise<Record<string, string>> {
  const browser = await browserOf(role)
  if (browser.cookies.size === 0) await browser.get('/sign-in')
  const known = browser.cookies.get('gatehouse') ?? browser.cookies.get('gatehouse-browser') ?? ''
  return { _csrf: forgeryToken(app.keys.secret('form tokens'), known), _once: randomBytes(16).toString('hex') }
}
const bodyOf = (pairs: readonly (readonly [string, string])[]): string =>
  pairs.map(([name, value]) => `${encodeURIComponent(name)}=${value}`).join('&')

/** What is wrong with an answer, whoever gets it. */
function faultsIn({ status, html, location }: Sent): string[] {
  const found: string[] = []
  if (!acceptable.has(status)) found.push(`answers ${status}`)
  if (
    /\.ts:\d+|node_modules|node:internal|TypeError|SyntaxError|RangeError|error: .*(relation|syntax|column)/.test(html)
  )
    found.push('shows the inside of the program')
  if (
    html.includes(`<script>alert("${marker}`) ||
    html.includes('<img src=x') ||
    html.includes(`" autofocus onfocus="${marker}`)
  )
    found.push('hands markup back as markup')
  if (html.includes(`${marker}49`)) found.push('worked out a template that was typed')
  if (location !== null && !/^\/(?![/\\])/.test(location)) found.push(`leads to ${location}`)
  return found
}
/** Forms that end sessions, people or roles come last, so that the others still meet what they work on. */
const lastOnes = /^\/(people|duties|account|sign-out|groups|welcome|sample)/
const inOrder = [...posts].sort((a, b) => Number(lastOnes.test(a.path)) - Number(lastOnes.test(b.path)))

test('no form is tripped by what is typed into it, and what was typed is still there', {
  timeout: 300_000,
}, async () => {
  const problems: string[] = []
  const statuses = new Map<number, number>()
  let sent = 0
  for (const page of inOrder) {
    if (page.method !== 'POST') continue
    const place = placeOf(page)
    const fields = fieldsOf(page)
    const typed = fields.filter(([, { kind }]) => isTyped(kind))
    for (const [what, value] of Object.entries(nasties)) {
      // Once with only the written words bad, once (for some) with every answer bad.
      const everywhere = ['markup', 'a prototype', 'NUL bytes', 'a huge number', 'bytes that are not UTF-8'].includes(
        what,
      )
      for (const all of everywhere ? [false, true] : [false]) {
        if (!all && typed.length === 0) continue
        const tokens = Object.entries(await tokensOf(place.role))
        const pairs = fields.flatMap(([name, field]): (readonly [string, string])[] =>
          all || isTyped(field.kind)
            ? [[name, value]]
            : plausible(field).map(answer => [name, encodeURIComponent(answer)] as const),
        )
        const answer = await send(place, bodyOf([...tokens, ...pairs]))
        sent += 1
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
        const faults = faultsIn(answer)
        // A box that the page offers again: a list to choose from, or a form that is closed by now, holds no words.
        const asksAgain = typed.some(
          ([name, { kind }]) =>
            kind !== 'hidden' &&
            new RegExp(`<(textarea|input(?![^>]*type="(hidden|radio|checkbox)"))[^>]*name="${name}"`).test(answer.html),
        )
        if (answer.status === 400 && asksAgain && value.startsWith(marker) && !answer.html.includes(marker))
          faults.push('asks again and has lost what was typed')
        if (faults.length > 0)
          problems.push(`${page.path} as ${place.role}, ${what}${all ? ' everywhere' : ''}: ${faults.join(', ')}`)
      }
    }
  }
  assert.deepEqual(problems, [], school.logged.slice(-5).join('\n'))
  assert.ok(sent > posts.length * 10, `${sent} forms sent`)
  const reached = [200, 303, 400, 409].reduce((sum, status) => sum + (statuses.get(status) ?? 0), 0)
  assert.ok(reached / sent > 0.75, `most must get past the door: ${JSON.stringify([...statuses])}`)
})

test('a form with a thousand and one boxes, with one box a hundred times, or that is no form at all gets a plain no', async () => {
  const problems: string[] = []
  for (const page of inOrder) {
    if (page.method !== 'POST') continue
    const place = placeOf(page)
    const fresh = async () => Object.entries(await tokensOf(place.role))
    const note = (what: string, answer: Sent, ...wanted: number[]) => {
      const faults = faultsIn(answer)
      if (wanted.length > 0 && !wanted.includes(answer.status)) faults.push(`answers ${answer.status}`)
      if (faults.length > 0) problems.push(`${page.path}, ${what}: ${faults.join(', ')}`)
    }
    const many = Array.from({ length: 1001 }, (_, n) => [`box${n}`, 'x'] as const)
    note('1,001 boxes', await send(place, bodyOf([...(await fresh()), ...many])), 400, 401, 403, 429)
    const repeated = fieldsOf(page).flatMap(([name]) => Array.from({ length: 20 }, () => [name, 'x'] as const))
    note('each box twenty times', await send(place, bodyOf([...(await fresh()), ...repeated])))
    const odd = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '', 'a[b]', '%00'].map(
      name => [name, 'x'] as const,
    )
    note('boxes with names of the language', await send(place, bodyOf([...(await fresh()), ...odd])))
    note('JSON', await send(place, '{"reason":{"$gt":""}}', 'application/json'), 400, 401, 403, 404, 409, 429)
    note(
      'an XML document',
      await send(place, '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', 'text/xml'),
      400,
      401,
      403,
      404,
      409,
      429,
    )
    note(
      'a multipart body without its boundary',
      await send(place, 'nothing', 'multipart/form-data'),
      400,
      401,
      403,
      404,
      409,
      429,
    )
    note(
      'a cut multipart body',
      await send(place, '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nx', 'multipart/form-data; boundary=b'),
      400,
      401,
      403,
      404,
      409,
      429,
    )
  }
  assert.deepEqual(problems, [], school.logged.slice(-5).join('\n'))
})

test('a body past the limit of its page is refused with a sentence', async () => {
  const place = placeOf(posts.find(({ path }) => path === '/report/staff') ?? assert.fail('no such page'))
  const answer = await send(place, `words=${'x'.repeat(2_000_000)}`)
  assert.ok([400, 413].includes(answer.status), String(answer.status))
  assert.match(answer.html, /larger than this page can take/)
})

const filesUnder = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(name => !name.startsWith('ledger-heads'))
    .sort()

test('a file sent to a page that takes none is refused, and nothing of it reaches the disk', async () => {
  const before = filesUnder(school.dataFolder)
  const problems: string[] = []
  for (const page of inOrder) {
    if (page.method !== 'POST' || page.uploadBytes !== undefined) continue
    const place = placeOf(page)
    const body = new FormData()
    for (const [name, value] of Object.entries(await tokensOf(place.role))) body.append(name, value)
    body.append('evidence', new Blob(['not wanted'], { type: 'image/png' }), 'picture.png')
    const answer = await send(place, body)
    const faults = faultsIn(answer)
    if (![400, 401, 403, 404, 429].includes(answer.status)) faults.push(`answers ${answer.status}`)
    if (faults.length > 0) problems.push(`${page.path}: ${faults.join(', ')}`)
  }
  assert.deepEqual(problems, [])
  assert.deepEqual(filesUnder(school.dataFolder), before)
})

const files: readonly {
  readonly what: string
  readonly name: string
  readonly type: string
  readonly content: Buffer
}[] = [
  {
    what: 'a program that says it is a picture',
    name: 'picture.png',
    type: 'image/png',
    content: Buffer.from('MZ\x90\0not a picture'),
  },
  {
    what: 'a page that says it is a picture',
    name: 'a.jpg',
    type: 'image/jpeg',
    content: Buffer.from(`<html>${markup}</html>`),
  },
  { what: 'an empty file', name: 'empty.txt', type: 'text/plain', content: Buffer.alloc(0) },
  {
    what: 'a name that climbs',
    name: '../../../../etc/cron.d/evil',
    type: 'text/plain',
    content: Buffer.from('climbs'),
  },
  {
    what: 'a name with markup',
    name: `"><script>alert("${marker}")</script>.txt`,
    type: 'text/plain',
    content: Buffer.from('m'),
  },
  {
    what: 'a name with line ends',
    name: 'a\r\nSet-Cookie: a=b.txt',
    type: 'text/plain',
    content: Buffer.from('lines'),
  },
  {
    what: 'a very long name',
    name: `${'😀'.repeat(600)}.zip`,
    type: 'application/zip',
    content: Buffer.from('PK\x03\x04 42.zip'),
  },
  { what: 'a type that is no type', name: 'a.txt', type: 'x/<script>', content: Buffer.from('typed') },
  {
    what: 'letters that end in the middle',
    name: 'words.eml',
    type: 'message/rfc822',
    content: Buffer.from([0xff, 0xfe, 0x00, 0xc3]),
  },
]

test('a page that takes files takes no lie, no emptiness and no excess from them', { timeout: 300_000 }, async () => {
  const problems: string[] = []
  for (const page of inOrder) {
    if (page.method !== 'POST' || page.uploadBytes === undefined) continue
    const place = placeOf(page)
    const tooLarge = {
      what: 'a file past the limit',
      name: 'large.bin',
      type: 'text/plain',
      content: Buffer.alloc(page.uploadBytes + 1),
    }
    for (const file of [...files, tooLarge]) {
      for (const box of ['evidence', 'eml']) {
        const body = new FormData()
        for (const [name, value] of Object.entries(await tokensOf(place.role))) body.append(name, value)
        for (const [name, value] of [
          ['topic', 'message'],
          ['words', `${marker} words`],
          ['reply', 'no'],
        ] as const)
          body.append(name, value)
        body.append(box, new Blob([new Uint8Array(file.content)], { type: file.type }), file.name)
        const answer = await send(place, body)
        const faults = faultsIn(answer)
        if (file === tooLarge && ![400, 403, 413, 429].includes(answer.status)) faults.push(`answers ${answer.status}`)
        if (faults.length > 0) problems.push(`${page.path}, ${file.what}: ${faults.join(', ')}`)
      }
    }
  }
  assert.deepEqual(problems, [], school.logged.slice(-5).join('\n'))
  // Names are the sender's; on the disk each file has an id.
  for (const path of filesUnder(school.dataFolder).filter(name => name.startsWith('evidence/')))
    assert.match(path, /^evidence\/[a-z0-9-]+(\/[0-9a-f-]{36})?$/)
})

test('no address of the product is tripped by what stands in it', { timeout: 300_000 }, async () => {
  const ids = [
    '-1',
    '1e99',
    '%00',
    '%FF%ED%A0%80',
    '..%2F..%2Fetc%2Fpasswd',
    '__proto__',
    "'%3B--",
    'a'.repeat(190),
    nobody.toUpperCase(),
  ]
  const queries = [
    'page',
    'since',
    'state',
    'status',
    'category',
    'seriousness',
    'sort',
    'whose',
    'who',
    'school',
    'next',
    'from',
    'to',
    'type',
    'subject',
    'url',
    'address',
    'q',
    'name',
    'role',
    'group',
    'day',
    'user',
    'at',
    'kind',
    'topic',
    'practice',
  ]
  const values = ['-1', '99999999999999999999', '__proto__', '%00%FF', encodeURIComponent(markup), '2026-02-31']
  const problems: string[] = []
  for (const page of gets) {
    const { role } = placeOf(page)
    const ask = async (path: string) => {
      const browser = await browserOf(role)
      const answer = await browser.get(path)
      const faults = faultsIn({ ...answer, location: answer.location })
      if (faults.length > 0) problems.push(`${path.slice(0, 120)} as ${role}: ${faults.join(', ')}`)
    }
    if (page.path.includes(':')) for (const id of ids) await ask(page.path.replace(/:\w+/g, id))
    const real = reachedPaths.find(reached => patternOf(page.path).test(reached.path))?.path
    if (page.path.includes(':') && !real) continue
    for (const value of values) await ask(`${real ?? page.path}?${queries.map(name => `${name}=${value}`).join('&')}`)
    await ask(`${real ?? page.path}?${queries.flatMap(name => [`${name}=a`, `${name}=b`, `${name}[]=c`]).join('&')}`)
  }
  assert.deepEqual(problems, [], school.logged.slice(-5).join('\n'))
})

test('whatever was stored on the way is shown as words on every page, and downloaded as words in every file', {
  timeout: 300_000,
}, async () => {
  const problems: string[] = []
  for (const role of watchers) {
    for (const { path, answer } of await crawl(await browserOf(role), role === 'nobody' ? '/sign-in' : '/', 400)) {
      const faults = faultsIn({ ...answer, location: null })
      if (faults.length > 0) problems.push(`${kindOf(path)} as ${role}: ${faults.join(', ')}`)
    }
  }
  for (const page of gets.filter(({ path }) => path.endsWith('.csv'))) {
    for (const role of visitors) {
      if (role === 'nobody' || page.access === 'public' || !granteesOf(page.access).includes(role)) continue
      const real = reachedPaths.find(reached =>
        patternOf(page.path.replace(/\/[^/]+\.csv$/, '')).test(reached.path),
      )?.path
      const answer = await (await browserOf(role)).get(
        page.path.includes(':') ? `${real}/${page.path.split('/').at(-1)}` : page.path,
      )
      assert.equal(answer.status, 200, page.path)
      for (const line of answer.html.replace(/^\uFEFF/, '').split('\r\n'))
        if (/(^|,)"?[=+\-@\t\r]/.test(line)) problems.push(`${page.path}: a formula in ${line.slice(0, 100)}`)
    }
  }
  assert.deepEqual(problems, [])
})

test('after all of it the ledger is whole and no request ended in a fault', async () => {
  assert.deepEqual(
    school.logged.filter(line => line.startsWith('request ')),
    [],
  )
  const verdict = await app.services.ledger.check(schoolId)
  assert.ok(verdict.ok, verdict.problem?.sentence)
})
