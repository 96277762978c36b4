/** The gateway's side of what it says to the server: fetches bundles and lists, sends the log. Follows no redirects. */

export interface ServerClient {
  /** The signed bundle if it differs from the one with this entity tag. */
  bundle(etag: string | undefined): Promise<BundleReply>
  /** Compiled lists by their digest; undefined when the server does not have them. */
  lists(sha256: string): Promise<Uint8Array | undefined>
  /** What turns the lists `before` into `after`, both named by their digest; undefined when the server gives none. */
  listsDelta(before: string, after: string): Promise<Uint8Array | undefined>
  /** `accepted`: on record, may be deleted here. `refused`: will never be taken. `later`: try again. */
  activity(segmentId: string, ndjson: Uint8Array): Promise<'accepted' | 'refused' | 'later'>
}

export type BundleReply =
  | { readonly kind: 'new'; readonly text: string; readonly etag: string | undefined }
  | { readonly kind: 'same' }
  /** `why` is for the operator. */
  | { readonly kind: 'unavailable'; readonly why: string }

const timeoutMs = 10_000
const listsTimeoutMs = 120_000
const maxBundleBytes = 64 * 1024 * 1024
const maxListsBytes = 512 * 1024 * 1024

export function createServerClient(server: URL, bearer: string, stop: AbortSignal): ServerClient {
  const base = server.href.replace(/\/$/, '')
  const send = (path: string, init: RequestInit, limitMs: number): Promise<Response> =>
    fetch(`${base}${path}`, {
      ...init,
      headers: { ...init.headers, authorization: `Bearer ${bearer}` },
      redirect: 'manual',
      signal: AbortSignal.any([stop, AbortSignal.timeout(limitMs)]),
    })
  const fetched = async (path: string): Promise<Buffer | undefined> => {
    try {
      const reply = await send(path, {}, listsTimeoutMs)
      if (reply.status === 200) return await bodyOf(reply, maxListsBytes)
      await reply.body?.cancel()
      return undefined
    } catch {
      return undefined
    }
  }
  return {
    async bundle(etag) {
      try {
        const reply = await send('/gateway/bundle', { headers: etag ? { 'if-none-match': etag } : {} }, timeoutMs)
        if (reply.status === 304) {
          await reply.body?.cancel()
          return { kind: 'same' }
        }
        if (reply.status !== 200) {
          await reply.body?.cancel()
          return { kind: 'unavailable', why: `it answered ${reply.status}` }
        }
        const bytes = await bodyOf(reply, maxBundleBytes)
        if (!bytes) return { kind: 'unavailable', why: 'its bundle is too large' }
        return { kind: 'new', text: bytes.toString('utf8'), etag: reply.headers.get('etag') ?? undefined }
      } catch (error) {
        return { kind: 'unavailable', why: faultName(error) }
      }
    },
    lists: digest => fetched(`/gateway/lists/${digest}`),
    listsDelta: (before, after) => fetched(`/gateway/lists/${after}/since/${before}`),
    async activity(segmentId, ndjson) {
      try {
        const headers = { 'content-type': 'application/x-ndjson', 'x-segment': segmentId }
        const reply = await send('/gateway/activity', { method: 'POST', body: Buffer.from(ndjson), headers }, timeoutMs)
        await reply.body?.cancel()
        if (reply.ok) return 'accepted'
        // What is wrong with the segment itself; anything else (signed out, not found, busy, broken) may pass.
        return [400, 413, 415, 422].includes(reply.status) ? 'refused' : 'later'
      } catch {
        return 'later'
      }
    },
  }
}

async function bodyOf(reply: Response, maxBytes: number): Promise<Buffer | undefined> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of reply.body ?? []) {
    size += part.length
    if (size > maxBytes) return undefined
    parts.push(part)
  }
  return Buffer.concat(parts)
}

/** fetch says "fetch failed" and hides the reason in its cause. */
function faultName(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  if (cause instanceof Error) return 'code' in cause && cause.code ? String(cause.code) : cause.name
  return 'unknown fault'
}
