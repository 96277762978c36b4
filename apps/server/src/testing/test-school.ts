import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { type App, compose } from '../compose.ts'
import { readConfig } from '../config.ts'
import { argon2Hasher } from '../people/passwords.ts'
import type { Role } from '../permissions.ts'
import { type PersonActor, systemActor } from '../platform/actor.ts'
import { buildAssets } from '../platform/assets.ts'
import { changed } from '../platform/change.ts'
import { applicationUrl, connect } from '../platform/database.ts'
import { listen } from '../platform/http.ts'
import { openKeys } from '../platform/keys.ts'
import { openLedgerHeads } from '../platform/ledger-heads.ts'
import { forgeryToken } from '../platform/sessions.ts'
import type { Control, ControlState } from '../policies/control.ts'
import { type TestDatabase, testDatabase } from './test-database.ts'

/** A school running for one test file: the real app, a real database, a clock that the test sets. */
export interface TestSchool {
  readonly app: App
  readonly schoolId: string
  readonly database: TestDatabase
  readonly dataFolder: string
  readonly url: string
  /** Lines that the server logged. */
  readonly logged: string[]
  now(): Date
  setTime(time: string | Date): void
  /** Moves the clock on by hours. */
  pass(hours: number): void
  /** Adds a person who holds these roles from now on, and signs nobody in. */
  person(name: string, ...roles: readonly Role[]): Promise<PersonActor>
  /** A browser of this person, signed in; or of nobody. */
  browser(person?: PersonActor): Promise<TestBrowser>
  /** Adds another school to the same installation. */
  addSchool(id: string): Promise<void>
  /** What the control of this name, one of these, finds out about itself now. */
  stateOf(controls: readonly Control[], id: string): Promise<ControlState>
}

export interface TestAnswer {
  readonly status: number
  readonly html: string
  readonly headers: Headers
  readonly location: string | null
  readonly title: string
  readonly h1: string
  /** The texts of the error summary's links, in page order. */
  readonly errors: readonly string[]
  /** The page's words, without tags. */
  readonly text: string
}
export interface TestBrowser {
  get(path: string): Promise<TestAnswer>
  /** Posts a form as the page would: with its tokens, unless `fields` sets them. */
  post(path: string, fields: Readonly<Record<string, string | readonly string[]>>): Promise<TestAnswer>
  postFile(
    path: string,
    fields: Readonly<Record<string, string>>,
    file: { field: string; name: string; content: Buffer; type?: string },
  ): Promise<TestAnswer>
  cookies: Map<string, string>
  /** The name under which it addresses the server; `127.0.0.1` unless set. */
  host: string | null
}

/** A Tuesday in the autumn term, in lesson time. */
export const testTime = '2026-11-24T10:15:00.000Z'

export async function testSchool(
  options: {
    sample?: boolean
    time?: string
    environment?: Record<string, string>
    noSchool?: boolean
    /** A migrated database of the test's own, in place of a clone in the shared cluster. */
    database?: TestDatabase
  } = {},
): Promise<TestSchool> {
  const database = options.database ?? (await testDatabase())
  const dataFolder = mkdtempSync(join(tmpdir(), 'gatehouse-school-'))
  let time = new Date(options.time ?? testTime)
  const clock = () => new Date(time)
  const keys = openKeys(join(dataFolder, 'keys'))
  const connections = connect(await applicationUrl(database.ownerUrl, database.keysFolder), { max: 8 })
  const logged: string[] = []
  const heads = openLedgerHeads(dataFolder, line => logged.push(line))
  const assets = await buildAssets(join(tmpdir(), `gatehouse-test-${process.getuid?.() ?? 'user'}`, 'assets'))
  const config = readConfig({ GATEHOUSE_DATA: dataFolder, PORT: '0', PROXY_PORT: '0', ...options.environment })
  const app = compose({
    config,
    keys,
    connections,
    heads,
    assets,
    clock,
    log: line => logged.push(line),
    hasher: argon2Hasher({ memoryCost: 1024, timeCost: 1 }),
  })
  const addSchool = async (id: string, sample = false): Promise<void> => {
    await connections.inSchool(id, tx =>
      tx
        .insertInto('school')
        .values({ id, name: `School ${id}`, sample, created_at: clock(), idle_minutes: 30 })
        .execute(),
    )
  }
  const schoolId = 'oak-hill'
  if (!options.noSchool) await addSchool(schoolId, options.sample ?? false)
  const port = await listen(app.server, '127.0.0.1', 0)
  const url = `http://127.0.0.1:${port}`

  after(async () => {
    await app.server.close()
    await connections.close()
    heads.close()
    await database.drop()
    rmSync(dataFolder, { recursive: true, force: true })
  })

  const person = async (name: string, ...roles: readonly Role[]): Promise<PersonActor> => {
    const [givenName = name, familyName = 'Example'] = name.split(' ')
    const personId = await app.change(systemActor(schoolId, 'test'), async ({ people }) => {
      const id = await people.addPerson({ givenName, familyName, joinedOn: '2020-09-01' })
      await people.addAccount(id, `${givenName}.${familyName}.${randomBytes(2).toString('hex')}`, {})
      for (const role of roles) await people.appoint(id, role)
      return changed(id, { type: 'person.added', subject: `person:${id}` })
    })
    return { kind: 'person', schoolId, personId, name: `${givenName} ${familyName}`, roles }
  }

  const browser = async (who?: PersonActor): Promise<TestBrowser> => {
    const cookies = new Map<string, string>()
    if (who) {
      const accounts = await app.read(schoolId, ({ people }) => people.accountsOf(who.personId))
      const account = accounts[0]
      if (!account) throw new Error(`${who.name} has no account`)
      cookies.set('gatehouse', await app.services.signIn.signInToSample(schoolId, account))
    }
    const client: TestBrowser = {
      cookies,
      host: null,
      get: path => send(path, {}),
      post: async (path, fields) => {
        const body = new URLSearchParams()
        for (const [name, value] of Object.entries({ ...(await tokens()), ...fields }))
          for (const each of [value].flat()) body.append(name, each)
        return send(path, { method: 'POST', body })
      },
      postFile: async (path, fields, { field, name, content, type }) => {
        const body = new FormData()
        for (const [key, value] of Object.entries({ ...(await tokens()), ...fields })) body.append(key, value)
        body.append(field, new Blob([new Uint8Array(content)], { type: type ?? 'application/octet-stream' }), name)
        return send(path, { method: 'POST', body })
      },
    }
    const send = async (path: string, init: RequestInit): Promise<TestAnswer> => {
      const headers = new Headers(init.headers)
      headers.set('cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '))
      const response =
        client.host === null
          ? await fetch(url + path, { ...init, headers, redirect: 'manual' })
          : await fetchUnder(client.host, url + path, init, headers)
      for (const line of response.headers.getSetCookie()) {
        const [pair = ''] = line.split(';')
        const name = pair.slice(0, pair.indexOf('='))
        const value = decodeURIComponent(pair.slice(pair.indexOf('=') + 1))
        if (value === '') cookies.delete(name)
        else cookies.set(name, value)
      }
      const html = await response.text()
      return {
        status: response.status,
        html,
        headers: response.headers,
        location: response.headers.get('location'),
        ...partsOf(html),
      }
    }
    const tokens = async (): Promise<Record<string, string>> => {
      if (!cookies.has('gatehouse') && !cookies.has('gatehouse-browser')) await send('/sign-in', {})
      const browserToken = cookies.get('gatehouse') ?? cookies.get('gatehouse-browser') ?? ''
      return { _csrf: forgeryToken(keys.secret('form tokens'), browserToken), _once: randomBytes(16).toString('hex') }
    }
    return client
  }
  return {
    app,
    schoolId,
    database,
    dataFolder,
    url,
    logged,
    now: clock,
    setTime: to => {
      time = new Date(to)
    },
    pass: hours => {
      time = new Date(time.getTime() + hours * 3_600_000)
    },
    person,
    browser,
    addSchool: id => addSchool(id),
    stateOf: async (controls, id) => {
      const control = controls.find(each => each.id === id)
      if (!control) throw new Error(`there is no control ${id}`)
      return app.read(schoolId, reads => control.evaluate(reads, { now: clock(), schoolId }))
    },
  }
}

/** A request whose Host header is another name; `fetch` would not send one. */
async function fetchUnder(host: string, url: string, init: RequestInit, headers: Headers): Promise<Response> {
  const made = new Request(url, { ...init, headers })
  const body = Buffer.from(await made.arrayBuffer())
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      { method: made.method, headers: { ...Object.fromEntries(made.headers), host, 'content-length': body.length } },
      answer => {
        const chunks: Buffer[] = []
        answer.on('data', chunk => chunks.push(chunk))
        answer.on('end', () => {
          const received = new Headers()
          for (const [name, value] of Object.entries(answer.headers))
            for (const each of [value ?? []].flat()) received.append(name, each)
          resolve(new Response(Buffer.concat(chunks), { status: answer.statusCode ?? 500, headers: received }))
        })
      },
    )
    sent.on('error', reject)
    sent.end(body)
  })
}

const unescapeHtml = (html: string): string =>
  html.replace(
    /&(amp|lt|gt|quot|#39|#x27);/g,
    (_, name: string) => ({ amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", '#x27': "'" })[name] ?? '',
  )
const wordsOf = (html: string): string =>
  unescapeHtml(
    html
      .replace(/<(script|style)[\s\S]*?<\/\1>/g, ' ')
      .replace(/<[^>]+>/g, ' ')
      .replace(/\s+/g, ' '),
  ).trim()

function partsOf(html: string): Pick<TestAnswer, 'title' | 'h1' | 'errors' | 'text'> {
  const inside = (pattern: RegExp): string => wordsOf(pattern.exec(html)?.[1] ?? '')
  const summary = /<div class="govuk-error-summary"[\s\S]*?<\/ul>/.exec(html)?.[0] ?? ''
  return {
    title: inside(/<title[^>]*>([\s\S]*?)<\/title>/),
    h1: inside(/<h1[^>]*>([\s\S]*?)<\/h1>/),
    errors: [...summary.matchAll(/<a [^>]*>([\s\S]*?)<\/a>/g)].map(match => wordsOf(match[1] ?? '')),
    text: wordsOf(/<body[\s\S]*<\/body>/.exec(html)?.[0] ?? html),
  }
}
