import type { Permission } from '../permissions.ts'
import type { Actor } from './actor.ts'
import type { Form, FormResult, Submission } from './form.ts'

/** What a page's function gets. `R` is the narrow reads that the page asked for. */
export interface Request<R> {
  readonly actor: Actor
  readonly schoolId: string
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly now: Date
  /** In logs and on the page of a fault; says nothing about the person. */
  readonly requestId: string
  /** Each call is one transaction against the actor's own school. */
  read<T>(work: (reads: R) => Promise<T>): Promise<T>
  /** From this very machine: a loopback address, to a server that listens on loopback only, under a loopback name, passed on by nobody. */
  readonly local: boolean
  /** When this person was last here before this session's present visit; null at the first. */
  readonly lastSeen: Date | null
}
export interface FormRequest<R, F extends Form> extends Request<R> {
  readonly form: FormResult<F>
  readonly submission: Submission
  /** The session's cookie, for signing out. */
  readonly sessionToken: string
}

export type Reply =
  | {
      readonly kind: 'view'
      readonly template: string
      readonly model: Readonly<Record<string, unknown>>
      readonly status: number
      readonly cookies?: readonly CookieChange[]
    }
  | {
      readonly kind: 'redirect'
      readonly to: string
      readonly flash?: string
      readonly cookies?: readonly CookieChange[]
    }
  | { readonly kind: 'file'; readonly body: string | Buffer; readonly type: string; readonly name: string }
  | {
      readonly kind: 'data'
      readonly status: number
      readonly body: string | Buffer
      readonly type: string
      readonly headers?: Readonly<Record<string, string>>
    }

export interface CookieChange {
  readonly name: string
  /** null removes it. */
  readonly value: string | null
}

/** `model.title` is the page's title and is required: every page has one. */
export const view = (
  template: string,
  model: { readonly title: string } & Readonly<Record<string, unknown>>,
  status = 200,
): Reply => ({ kind: 'view', template, model, status })
/** After a POST. `flash` is one sentence shown on the next page; it holds no personal data. */
export const redirect = (to: string, flash?: string, cookies?: readonly CookieChange[]): Reply => ({
  kind: 'redirect',
  to,
  ...(flash === undefined ? {} : { flash }),
  ...(cookies === undefined ? {} : { cookies }),
})
export const download = (body: string | Buffer, type: string, name: string): Reply => ({
  kind: 'file',
  body,
  type,
  name,
})

interface PageBase {
  readonly path: string
  /** There is no default: an open page says `'public'`. */
  readonly access: Permission | 'public'
  /**
   * The type of the ledger entry that opening this page leaves (`case.viewed`); the entry's subject is the type's first
   * word and the `:id` of the path.
   */
  readonly recorded?: string
  /** Signed-out people may use it although it names a permission that the public holds; set by the table alone. */
  readonly cache?: 'never' | 'revalidate'
}
export interface GetPage<R> extends PageBase {
  readonly method: 'GET'
  readonly handle: (request: Request<R>) => Promise<Reply>
}
/** What is known before the body is read: who asks, and for what. */
export type MayUpload<R> = (request: {
  readonly actor: Actor
  readonly schoolId: string
  readonly params: Readonly<Record<string, string>>
  read<T>(work: (reads: R) => Promise<T>): Promise<T>
}) => Promise<boolean>
export interface PostPage<R> extends PageBase {
  readonly method: 'POST'
  readonly form: Form
  /** Accepts multipart with files; all other posts are refused if they carry one, before a byte is kept. */
  readonly uploadBytes?: number
  /**
   * Asked before a byte of a body with files is read; false, or a refusal of its own, and none of it ever is. The body of
   * a post that carries no file is read as always.
   */
  readonly mayUpload?: MayUpload<R>
  /** Of an open page: posts a minute from one address, 30 unless told. A whole school may be one address. */
  readonly postsAMinute?: number
  readonly handle: (request: FormRequest<R, Form>) => Promise<Reply>
}
export type Page<R> = GetPage<R> | PostPage<R>

export const get = <R>(path: string, options: Omit<PageBase, 'path'>, handle: GetPage<R>['handle']): Page<R> => ({
  method: 'GET',
  path,
  ...options,
  handle,
})

export const post = <R, F extends Form>(
  path: string,
  options: Omit<PageBase, 'path'> & {
    readonly form: F
    readonly uploadBytes?: number
    readonly mayUpload?: MayUpload<R>
    readonly postsAMinute?: number
  },
  handle: (request: FormRequest<R, F>) => Promise<Reply>,
): Page<R> => ({
  method: 'POST',
  path,
  ...options,
  // The cast forgets F, which the http layer restores by parsing with this very form.
  handle: handle as unknown as PostPage<R>['handle'],
})

/** A route for machines (the gateway): its own credentials, bodies as bytes, no session, no form token. */
export interface MachineRoute {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly access: Permission
  readonly maxBytes: number
  handle(request: {
    readonly headers: Readonly<Record<string, string | undefined>>
    readonly body: Buffer
    readonly params: Readonly<Record<string, string>>
  }): Promise<Reply>
}
