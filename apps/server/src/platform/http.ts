import { randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import cookie from '@fastify/cookie'
import multipart from '@fastify/multipart'
import rateLimit from '@fastify/rate-limit'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { Actor, Once, PersonActor, PublicActor } from './actor.ts'
import { may } from './actor.ts'
import type { Assets } from './assets.ts'
import type { Change, Read } from './change.ts'
import type { Clock } from './clock.ts'
import { type Connections, faultWords, isDatabaseGone, isUnstorable } from './database.ts'
import { type FormView, parseForm, storedText, type Submission } from './form.ts'
import { isSchoolId } from './identifiers.ts'
import type { CookieChange, MachineRoute, MayUpload, Page, Reply } from './page.ts'
import { Refusal, type RefusalCode } from './refusal.ts'
import { findSession, forgeryToken, isForgeryToken, schoolOfToken, type SignedIn } from './sessions.ts'
import { noFiles, readSubmission } from './submission.ts'

/*
 * The request's way, on one screen: `serve` below. Only this file knows the web framework. A fastify reply is thenable and
 * resolves to nothing once sent, so a step that may answer is never awaited and tested: it is returned.
 */

export interface SchoolSummary {
  readonly id: string
  readonly name: string
  readonly sample: boolean
}
export interface NavigationItem {
  readonly href: string
  readonly text: string
}

export interface HttpParts<R> {
  readonly pages: readonly Page<R>[]
  readonly machineRoutes: readonly MachineRoute[]
  readonly connections: Connections
  readonly read: Read<R>
  readonly change: Change<unknown>
  readonly clock: Clock
  readonly assets: Assets
  /** Signs the form tokens. */
  readonly secret: Buffer
  readonly baseUrl: string
  /** The address that the server listens on. */
  readonly host: string
  /** Pages that work although no school exists yet, or the password must first be changed. */
  readonly openPaths: { readonly beforeSchool: readonly string[]; readonly beforePassword: readonly string[] }
  render(template: string, model: object): string
  /** The sign-in form, for the page that stands in for one whose session ended. */
  signInForm(next: string): FormView
  schools(): Promise<readonly SchoolSummary[]>
  navigation(actor: Actor): readonly NavigationItem[]
  log(line: string): void
}

const noSuchPage = 'There is no such page. Check the address, or start again from the first page.'
const statusOf: Record<RefusalCode, number> = {
  'not-found': 404,
  forbidden: 403,
  conflict: 409,
  invalid: 400,
  'already-done': 409,
  'too-many': 429,
  unavailable: 503,
}

/** Everything about one request that the steps hand on. */
interface Visit {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly nonce: string
  readonly signedIn: SignedIn | null
  /** What the browser is known by for form tokens: the session's cookie, or an anonymous one. */
  readonly browserToken: string
  readonly school: SchoolSummary | null
  readonly actor: Actor
}

export function createHttp<R>(parts: HttpParts<R>): FastifyInstance {
  const secure = parts.baseUrl.startsWith('https:')
  const cookieNames = {
    session: secure ? '__Host-gatehouse' : 'gatehouse',
    browser: secure ? '__Host-gatehouse-browser' : 'gatehouse-browser',
    flash: 'gatehouse-flash',
  }
  const cookieOptions = { path: '/', httpOnly: true, sameSite: 'lax', secure } as const
  const server = fastify({
    logger: false,
    bodyLimit: 1_000_000,
    routerOptions: { maxParamLength: 200 },
    genReqId: () => randomBytes(8).toString('hex'),
    requestTimeout: 60_000,
  })

  /** Where each spent form of the last while led, so that a second click lands where the first did. Bounded; lost at a restart. */
  const wentTo = new Map<string, string>()
  const remember = (token: string | undefined, to: string): void => {
    if (!token) return
    wentTo.set(token, to)
    if (wentTo.size > 5_000) for (const oldest of wentTo.keys()) if (wentTo.size > 4_000) wentTo.delete(oldest)
  }

  server.register(cookie)
  server.register(multipart, { throwFileSizeLimit: true, limits: { files: 5, parts: 100, fieldSize: 400_000 } })
  server.register(rateLimit, { global: false, keyGenerator: request => request.ip, skipOnError: true })
  server.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'buffer' }, (_, body, done) =>
    done(null, body),
  )
  // A machine's body is bytes to its own route, which reads it as strictly as it needs to.
  server.removeContentTypeParser('application/json')
  server.addContentTypeParser(
    ['application/json', 'application/x-ndjson', 'application/octet-stream'],
    { parseAs: 'buffer' },
    (_, body, done) => done(null, body),
  )

  server.addHook('onRequest', async (request, reply) => {
    if (!isOwnHost(request.headers.host, parts.baseUrl)) {
      return reply.code(421).type('text/plain').send('This address is not one under which this Gatehouse is reached.')
    }
    reply.headers({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'permissions-policy': 'camera=(), microphone=(), geolocation=()',
      ...(secure ? { 'strict-transport-security': 'max-age=31536000' } : {}),
    })
  })

  for (const [path, asset] of parts.assets.files) {
    server.get(path, async (request, reply) => {
      reply
        .header('etag', asset.etag)
        .header('cache-control', asset.immutable ? 'public, max-age=31536000, immutable' : 'public, max-age=300')
        .type(asset.type)
      if (request.headers['if-none-match'] === asset.etag) return reply.code(304).send()
      if (asset.gzip && /\bgzip\b/.test(request.headers['accept-encoding'] ?? ''))
        return reply.header('content-encoding', 'gzip').header('vary', 'accept-encoding').send(asset.gzip)
      return reply.send(asset.body)
    })
  }

  for (const route of parts.machineRoutes) {
    server.route({
      method: route.method,
      url: route.path,
      bodyLimit: route.maxBytes,
      handler: async (request, reply) => {
        const headers = Object.fromEntries(
          Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]),
        )
        try {
          const answer = await route.handle({
            headers,
            body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
            params: request.params as Record<string, string>,
          })
          if (answer.kind !== 'data') throw new Error(`${route.path} must answer with data`)
          return reply
            .code(answer.status)
            .headers(answer.headers ?? {})
            .type(answer.type)
            .send(answer.body)
        } catch (error) {
          if (error instanceof Refusal) return reply.code(statusOf[error.code]).type('text/plain').send(error.sentence)
          parts.log(`request ${request.id} ${route.method} ${route.path}: ${describe(error)}`)
          return reply
            .code(isDatabaseGone(error) ? 503 : 500)
            .type('text/plain')
            .send('Gatehouse could not do this now.')
        }
      },
    })
  }

  for (const page of parts.pages) {
    // The public's posts are few and slow for a person; addresses are counted in memory for a minute and kept nowhere.
    const limit =
      page.method === 'POST' && page.access === 'public'
        ? { rateLimit: { max: page.postsAMinute ?? 30, timeWindow: 60_000 } }
        : {}
    server.route({
      method: page.method,
      url: page.path,
      config: limit,
      bodyLimit: page.method === 'POST' ? (page.uploadBytes ?? 1_000_000) + 500_000 : 1_000_000,
      handler: (request, reply) => serve(page, request, reply),
    })
  }

  server.setNotFoundHandler(async (request, reply) => {
    const visit = await meet(request, reply)
    return problem(visit, new Refusal('not-found', noSuchPage))
  })
  server.setErrorHandler(async (error, request, reply) => {
    const visit = await meet(request, reply).catch(() => null)
    if (!visit)
      return reply.code(500).type('text/plain').send(`Sorry, there is a problem. Its number is ${request.id}.`)
    return fault(visit, error, null)
  })
  return server

  async function serve(page: Page<R>, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    let visit: Visit
    try {
      visit = await meet(request, reply)
    } catch (error) {
      return fault(
        stranger(request, reply),
        error,
        page.method === 'POST' ? await submissionOf(page, request, null).catch(() => null) : null,
      )
    }
    let submission: Submission | null = null
    try {
      // No record has such an id, and no store could even be asked for it.
      if (Object.values(request.params as Record<string, string>).some(part => part.includes('\0')))
        throw new Refusal('not-found', noSuchPage)
      if (!visit.school && !parts.openPaths.beforeSchool.includes(page.path)) {
        const schools = await parts.schools()
        if (schools.length === 0) return reply.redirect('/welcome', 303)
        return choose(visit, schools)
      }
      if (page.method === 'POST') {
        submission = await submissionOf(page, request, visit.actor)
        const found = forgery(visit, submission)
        if (found === 'cross-site')
          return problem(
            visit,
            new Refusal('forbidden', 'This form was sent from another website, so nothing was done.'),
          )
        if (found === 'stale') return refuse(visit, page, submission)
      }
      if (page.access !== 'public' && !may(visit.actor, page.access)) return refuse(visit, page, submission)
      if (visit.signedIn?.mustChangePassword && !parts.openPaths.beforePassword.includes(page.path))
        return reply.redirect('/account/password', 303)
      const answer = await run(page, visit, submission)
      return send(visit, answer, submission)
    } catch (error) {
      return fault(visit, error, submission, page)
    }
  }

  async function run(page: Page<R>, visit: Visit, submission: Submission | null): Promise<Reply> {
    const { request, actor: met } = visit
    const once: Once | undefined = submission ? onceOf(submission) : undefined
    const actor: Actor = once ? { ...met, once } : met
    const params = request.params as Record<string, string>
    const base = {
      actor,
      schoolId: actor.schoolId,
      params,
      query: new URLSearchParams(
        [...new URLSearchParams(request.url.split('?')[1] ?? '')].map(([name, value]): [string, string] => [
          name,
          storedText(value),
        ]),
      ),
      now: parts.clock(),
      requestId: request.id,
      local:
        isLoopback(request.ip) &&
        isLoopback(parts.host) &&
        isLoopbackName(request.headers.host) &&
        !isPassedOn(request.headers),
      lastSeen: visit.signedIn?.lastSeen ?? null,
      read: <T>(work: (reads: R) => Promise<T>) => parts.read(actor.schoolId, work),
    }
    try {
      if (page.method === 'POST') {
        const sent = submission ?? { values: new Map(), files: new Map() }
        return await page.handle({
          ...base,
          form: parseForm(page.form, sent),
          submission: sent,
          sessionToken: visit.signedIn ? visit.browserToken : '',
        })
      }
      const answer = await page.handle(base)
      if (page.recorded) await record(actor, page.recorded, params.id)
      return answer
    } catch (error) {
      if (page.recorded && error instanceof Refusal && (error.code === 'not-found' || error.code === 'forbidden')) {
        await record(actor, `${page.recorded}.refused`, params.id, error.code)
      }
      throw error
    }
  }

  /** Opening a sensitive record is an entry too; so is being refused one. */
  async function record(actor: Actor, type: string, id: string | undefined, code?: string): Promise<void> {
    const kind = type.split('.')[0] ?? 'page'
    const subject = id === undefined ? undefined : `${kind}:${id.slice(0, 100)}`
    const { once: _, ...acting } = actor
    await parts.change(acting, async () => ({
      result: undefined,
      events: [
        { type, ...(subject === undefined ? {} : { subject }), ...(code === undefined ? {} : { detail: { code } }) },
      ],
    }))
  }

  /** Who is this, at which school? */
  async function meet(request: FastifyRequest, reply: FastifyReply): Promise<Visit> {
    const nonce = randomBytes(16).toString('base64')
    const sessionToken = request.cookies[cookieNames.session] ?? ''
    const signedIn = sessionToken ? await findSession(parts.connections, sessionToken, parts.clock()) : null
    let browserToken = signedIn ? sessionToken : (request.cookies[cookieNames.browser] ?? '')
    if (!signedIn && !/^[\w-]{32}$/.test(browserToken)) {
      browserToken = randomBytes(24).toString('base64url')
      reply.setCookie(cookieNames.browser, browserToken, cookieOptions)
    }
    const schools = await parts.schools()
    const asked = new URLSearchParams(request.url.split('?')[1] ?? '').get('school') ?? ''
    // A session that ended still says at which school it was: not who is asking, only where they will want to sign in.
    const wanted = [signedIn?.schoolId, isSchoolId(asked) ? asked : undefined, schoolOfToken(sessionToken)]
    const school =
      wanted.map(id => schools.find(each => each.id === id)).find(found => found !== undefined) ??
      (schools.length === 1 ? (schools[0] ?? null) : null)
    const actor: PersonActor | PublicActor = signedIn
      ? {
          kind: 'person',
          schoolId: signedIn.schoolId,
          personId: signedIn.personId,
          name: signedIn.name,
          roles: signedIn.roles,
        }
      : { kind: 'public', schoolId: school?.id ?? '' }
    return { request, reply, nonce, signedIn, browserToken, school, actor }
  }

  /** A visit of which nothing can be found out, because the database is away. */
  function stranger(request: FastifyRequest, reply: FastifyReply): Visit {
    return {
      request,
      reply,
      nonce: randomBytes(16).toString('base64'),
      signedIn: null,
      browserToken: '',
      school: null,
      actor: { kind: 'public', schoolId: '' },
    }
  }

  /** @param asker null while nobody can be known; files are then taken only by pages that take them from anybody. */
  async function submissionOf(page: Page<R>, request: FastifyRequest, asker: Actor | null): Promise<Submission> {
    if (!request.isMultipart()) return noFiles(Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0))
    const uploadBytes = page.method === 'POST' ? page.uploadBytes : undefined
    // Refused before any of it is read: the paths that must never hold a file have no way to receive one.
    if (uploadBytes === undefined) throw new Refusal('invalid', 'No file can be sent here, and none was kept.')
    if (page.method === 'POST' && page.mayUpload) await mustTakeFiles(page.access, page.mayUpload, request, asker)
    try {
      return await readSubmission(request.parts({ limits: { fileSize: uploadBytes } }), uploadBytes)
    } catch (error) {
      if (error instanceof Refusal || isTooLarge(error) || isBadRequest(error)) throw error
      // Only the reader of the body throws here: cut off on the way, or no multipart body at all.
      throw new Refusal('invalid', 'The file did not arrive whole, and nothing was kept. Send it again.', {
        cause: error,
      })
    }
  }

  /** Refuses a body with files while it is still on the wire, where the page says that this asker may not send one. */
  async function mustTakeFiles(
    access: Page<R>['access'],
    mayUpload: MayUpload<R>,
    request: FastifyRequest,
    asker: Actor | null,
  ): Promise<void> {
    const refusal = new Refusal('forbidden', 'No file can be sent here, and none of it was read or kept.')
    if (!asker || (access !== 'public' && !may(asker, access))) throw refusal
    const allowed = await mayUpload({
      actor: asker,
      schoolId: asker.schoolId,
      params: request.params as Record<string, string>,
      read: work => parts.read(asker.schoolId, work),
    })
    if (!allowed) throw refusal
  }

  /** `stale`: the session ended, or the page was open in another window, while the form was filled in. */
  function forgery(visit: Visit, submission: Submission): 'none' | 'cross-site' | 'stale' {
    const site = visit.request.headers['sec-fetch-site']
    if (site !== undefined && site !== 'same-origin' && site !== 'none') return 'cross-site'
    return isForgeryToken(parts.secret, visit.browserToken, submission.values.get('_csrf')?.[0] ?? '')
      ? 'none'
      : 'stale'
  }

  async function refuse(visit: Visit, page: Page<R>, submission: Submission | null): Promise<FastifyReply> {
    const path = visit.request.url
    if (!visit.signedIn && page.access !== 'public') {
      if (page.method === 'GET') return visit.reply.redirect(`/sign-in?next=${encodeURIComponent(path)}`, 303)
      return showPage(
        visit,
        'people/sign-in',
        {
          title: 'Sign in to go on',
          form: parts.signInForm(path),
          resume: resumable(path, submission),
          signedOut: true,
        },
        401,
      )
    }
    if (page.access === 'public' || may(visit.actor, page.access)) {
      return showPage(
        visit,
        'resume',
        {
          title: 'Check and send again',
          resume: resumable(path, submission),
          why: 'This page had been open for a long time, or was open in another window, so nothing has been sent yet.',
        },
        409,
      )
    }
    await record(visit.actor, 'access.refused', undefined, page.access).catch(() => undefined)
    return problem(
      visit,
      new Refusal(
        'forbidden',
        'Your role does not include this page. If you need it, ask the headteacher, who decides who may do what.',
      ),
    )
  }

  async function fault(
    visit: Visit,
    error: unknown,
    submission: Submission | null,
    page?: Page<R>,
  ): Promise<FastifyReply> {
    if (error instanceof Refusal) {
      if (error.code === 'already-done' && page?.method === 'POST') {
        const token = submission?.values.get('_once')?.[0] ?? ''
        const to = wentTo.get(token)
        if (to) return visit.reply.redirect(to, 303)
      }
      // Who may not do it at all needs no copy of it; everybody else can go on from what they typed.
      const kept = submission && error.code !== 'forbidden' && error.code !== 'already-done'
      return problem(visit, error, kept ? resumable(visit.request.url, submission) : null)
    }
    if (isUnstorable(error)) {
      parts.log(
        `request ${visit.request.id} ${visit.request.method} ${visit.request.routeOptions.url ?? ''}: ${describe(error)}`,
      )
      return problem(
        visit,
        new Refusal(
          'invalid',
          'Something in this form or address is not of a kind that can be stored. Nothing was done.',
        ),
        submission && resumable(visit.request.url, submission),
      )
    }
    if (isTooLarge(error))
      return problem(
        visit,
        new Refusal(
          'invalid',
          'What you sent is larger than this page can take. Nothing was kept; send a smaller file or a shorter text.',
        ),
      )
    if (isBadRequest(error))
      return problem(
        visit,
        new Refusal(
          error.statusCode === 429 ? 'too-many' : 'invalid',
          error.statusCode === 429
            ? 'Too many attempts came from here in a short time. Wait a minute, then try again.'
            : 'Your browser sent something this page cannot read. Go back and try again.',
        ),
      )
    parts.log(
      `request ${visit.request.id} ${visit.request.method} ${visit.request.routeOptions.url ?? ''}: ${describe(error)}`,
    )
    const gone = isDatabaseGone(error)
    const resume = submission && submission.values.size > 0 ? resumable(visit.request.url, submission) : null
    if (gone && resume)
      return showPage(
        visit,
        'resume',
        {
          title: 'Not sent yet',
          resume,
          why: 'Gatehouse cannot reach its database at the moment. What you typed is below; nothing is lost. Wait a moment, then send it again.',
        },
        503,
      )
    return showPage(
      visit,
      'error',
      {
        title: 'Sorry, there is a problem',
        code: gone ? 'unavailable' : 'fault',
        sentence: gone
          ? 'Gatehouse cannot reach its database at the moment. Try again in a minute.'
          : 'Something went wrong on our side. Nothing was half done.',
        requestId: visit.request.id,
        resume,
      },
      gone ? 503 : 500,
    )
  }

  function problem(visit: Visit, refusal: Refusal, resume: ReturnType<typeof resumable> | null = null): FastifyReply {
    const titles: Record<RefusalCode, string> = {
      'not-found': 'Page not found',
      forbidden: 'You cannot open this',
      conflict: 'That could not be done',
      invalid: 'That could not be read',
      'already-done': 'Already done',
      'too-many': 'Too many attempts',
      unavailable: 'Not available at the moment',
    }
    return showPage(
      visit,
      'error',
      {
        title: titles[refusal.code],
        code: refusal.code,
        sentence: refusal.sentence,
        requestId: visit.request.id,
        resume,
      },
      statusOf[refusal.code],
    )
  }

  /** The same address at one of the schools; what else it asked for goes along. */
  function choose(visit: Visit, schools: readonly SchoolSummary[]): FastifyReply {
    const [path, asked = ''] = visit.request.url.split('?')
    const href = (id: string): string => {
      const query = new URLSearchParams(asked)
      query.set('school', id)
      return `${path}?${query}`
    }
    return showPage(
      visit,
      'choose-school',
      { title: 'Which school?', schools: schools.map(({ id, name }) => ({ name, href: href(id) })) },
      200,
    )
  }

  async function send(visit: Visit, answer: Reply, submission: Submission | null): Promise<FastifyReply> {
    const { reply } = visit
    if (answer.kind === 'view') {
      const session = answer.cookies?.find(({ name }) => name === 'session')?.value
      for (const change of answer.cookies ?? []) setCookie(reply, change)
      // The form on this page must carry the token of the session that begins with it.
      return showPage(
        session ? { ...visit, browserToken: session } : visit,
        answer.template,
        answer.model,
        answer.status,
      )
    }
    if (answer.kind === 'redirect') {
      for (const change of answer.cookies ?? []) setCookie(reply, change)
      if (answer.flash) reply.setCookie(cookieNames.flash, answer.flash, { ...cookieOptions, maxAge: 60 })
      remember(submission?.values.get('_once')?.[0], answer.to)
      return reply.header('cache-control', 'no-store').redirect(answer.to, 303)
    }
    reply
      .header('cache-control', 'no-store')
      .header('content-security-policy', "default-src 'none'; frame-ancestors 'none'")
    if (answer.kind === 'file')
      return reply
        .header('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(answer.name)}`)
        .type(answer.type)
        .send(answer.body)
    return reply
      .code(answer.status)
      .headers(answer.headers ?? {})
      .type(answer.type)
      .send(answer.body)
  }

  function setCookie(reply: FastifyReply, { name, value }: CookieChange): void {
    const known = name === 'session' ? cookieNames.session : name
    if (value === null) reply.clearCookie(known, cookieOptions)
    else reply.setCookie(known, value, cookieOptions)
  }

  function showPage(
    visit: Visit,
    template: string,
    model: Readonly<Record<string, unknown>>,
    status: number,
  ): FastifyReply {
    const { request, reply, nonce, signedIn, school, browserToken, actor } = visit
    const flash = request.cookies[cookieNames.flash]
    if (flash) reply.clearCookie(cookieNames.flash, cookieOptions)
    const path = request.url.split('?')[0] ?? '/'
    const html = parts.render(template, {
      ...model,
      page: {
        title: model.title,
        marking: model.marking,
        backHref: model.backHref,
        nav: signedIn
          ? parts.navigation(actor).map(item => ({
              ...item,
              current: item.href === path || (item.href !== '/' && path.startsWith(`${item.href}/`)),
            }))
          : [],
        school: school && { name: school.name, sample: school.sample, id: school.id },
        person: signedIn && { name: signedIn.name, roles: signedIn.roles, id: signedIn.personId },
        flash: flash ? { kind: 'success', text: flash } : undefined,
        nonce,
        csrf: forgeryToken(parts.secret, browserToken),
        once: randomBytes(16).toString('hex'),
        path,
        url: request.url,
        now: parts.clock(),
      },
    })
    return reply
      .code(status)
      .header('cache-control', 'no-store')
      .header(
        'content-security-policy',
        `default-src 'none'; style-src 'self'; script-src 'self' 'nonce-${nonce}'; img-src 'self'; font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
      )
      .type('text/html; charset=utf-8')
      .send(html)
  }
}

function onceOf(submission: Submission): Once | undefined {
  const token = submission.values.get('_once')?.[0] ?? ''
  return /^[0-9a-f]{32}$/.test(token) ? { token, spent: false } : undefined
}

/** What a person typed, to be shown and sent again: every field but the tokens, secrets and files. */
function resumable(
  path: string,
  submission: Submission | null,
): { action: string; fields: { name: string; value: string }[] } {
  const kept = [...(submission?.values ?? [])].filter(
    ([name]) => !name.startsWith('_') && !/password|secret|identity/i.test(name),
  )
  return {
    action: path,
    fields: kept.flatMap(([name, values]) => values.map(value => ({ name, value: value.slice(0, 100_000) }))),
  }
}

/** The names under which this server may be addressed: its base URL and loopback. Anything else may be DNS rebinding. */
export const isOwnHost = (host: string | undefined, baseUrl: string): boolean =>
  host !== undefined && (isLoopbackName(host) || host.toLowerCase() === new URL(baseUrl).host)

/** Another server stands in between: whoever asked it may be anywhere, though it asks from this machine. */
const isPassedOn = (headers: Readonly<Record<string, unknown>>): boolean =>
  ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip'].some(name => headers[name] !== undefined)

/** `Host` is one of the three names that only this machine answers to. */
export const isLoopbackName = (host: string | undefined): boolean =>
  /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i.test(host ?? '')

const isLoopback = (address: string): boolean =>
  /^127\.\d+\.\d+\.\d+$/.test(address) || address === '::1' || /^::ffff:127\./.test(address) || address === 'localhost'

/** An error for the log: its message and place; never parameters, which may be a child's words. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown fault'
  const cause = error.cause instanceof Error ? ` (because: ${faultWords(error.cause)})` : ''
  return `${error.name}: ${faultWords(error)}${cause} ${
    error.stack
      ?.split('\n')
      .slice(1, 6)
      .map(line => line.trim())
      .join(' < ') ?? ''
  }`
}

const isTooLarge = (error: unknown): boolean =>
  error instanceof Error && 'statusCode' in error && error.statusCode === 413
const isBadRequest = (error: unknown): error is Error & { statusCode: number } =>
  error instanceof Error &&
  'statusCode' in error &&
  typeof error.statusCode === 'number' &&
  error.statusCode >= 400 &&
  error.statusCode < 500

/** Starts listening and gives the port (0 in the configuration means any free one). */
export async function listen(server: FastifyInstance, host: string, port: number): Promise<number> {
  await server.listen({ host, port })
  return (server.server.address() as AddressInfo).port
}
