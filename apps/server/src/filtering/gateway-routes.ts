import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { MachineRoute, Reply } from '../platform/page.ts'
import { Refusal } from '../platform/refusal.ts'
import type { BundleFile } from './bundle-publisher.ts'
import type { GatewayKeys } from './gateway-keys.ts'
import type { ListsFolder } from './lists-folder.ts'

/** Takes a segment of the activity log; see activity/activity-service.ts. */
export type TakeSegment = (segment: { readonly id: string; readonly bytes: Buffer }) => Promise<void>

const largestSegment = 8 * 1024 * 1024

/** What a gateway asks of the server. Each shows the shared secret; nothing here knows a session. */
export function gatewayRoutes(parts: {
  keys: GatewayKeys
  bundle: BundleFile
  lists: ListsFolder
  takeSegment: TakeSegment
}): readonly MachineRoute[] {
  const { keys, bundle, lists, takeSegment } = parts
  const route = (
    method: 'GET' | 'POST',
    path: string,
    handle: MachineRoute['handle'],
    maxBytes = 1_000,
  ): MachineRoute => ({
    method,
    path,
    access: 'gateway.use',
    maxBytes,
    handle: request =>
      keys.isBearer(request.headers.authorization)
        ? handle(request)
        : Promise.resolve(plain(401, 'Only a gateway of this Gatehouse may ask for this.')),
  })
  return [
    route('GET', '/gateway/bundle', async ({ headers }) => {
      const found = bundle.current()
      // A bundle that is not ours is never handed out: the gateway goes on with the one it has.
      if (!found.ok) throw new Refusal('unavailable', 'There is no good bundle at the moment.')
      const { text, etag } = found.bundle
      if (headers['if-none-match'] === etag)
        return { kind: 'data', status: 304, body: '', type: 'application/json', headers: { etag } }
      return { kind: 'data', status: 200, body: text, type: 'application/json', headers: { etag } }
    }),
    route('GET', '/gateway/lists/:sha', async ({ params }) => {
      const digest = params.sha ?? ''
      if (!/^[0-9a-f]{64}$/.test(digest) || !existsSync(lists.path(digest)))
        return plain(404, 'There are no such lists.')
      return { kind: 'data', status: 200, body: readFileSync(lists.path(digest)), type: 'application/octet-stream' }
    }),
    // What turns lists that the gateway has into these, made when they were put in force. The gateway compares the SHA-256 of what comes out with the signed bundle's.
    route('GET', '/gateway/lists/:sha/since/:before', async ({ params }) => {
      const delta = lists.deltaPath(params.before ?? '', params.sha ?? '')
      if (delta === null) return plain(404, 'There is no such change: ask for the whole.')
      return { kind: 'data', status: 200, body: readFileSync(delta), type: 'application/octet-stream' }
    }),
    route(
      'POST',
      '/gateway/activity',
      async ({ headers, body }) => {
        const id = headers['x-segment'] ?? ''
        if (!/^[\w-]{1,100}$/.test(id)) return plain(400, 'A segment has an id of letters, digits and hyphens.')
        const bytes =
          headers['content-encoding'] === 'gzip' ? gunzipSync(body, { maxOutputLength: largestSegment }) : body
        await takeSegment({ id, bytes })
        return plain(204, '')
      },
      largestSegment,
    ),
  ]
}

const plain = (status: number, body: string): Reply => ({
  kind: 'data',
  status,
  body,
  type: 'text/plain; charset=utf-8',
})
