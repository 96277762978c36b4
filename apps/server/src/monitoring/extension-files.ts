import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { MachineRoute } from '../platform/page.ts'

/** Where the extension was built to: `npm run build:extension` puts it there. */
export const extensionFolder = (dataFolder: string): string => join(dataFolder, 'extension')

const types = { 'updates.xml': 'text/xml', 'gatehouse.crx': 'application/x-chrome-extension' } as const

/**
 * The packed extension and its update manifest, for browsers whose policy names this server. Open to everybody, as there is
 * nothing secret in either: the device's key comes by policy. Nothing else of the folder (the signing key) is ever read.
 */
export const extensionRoutes = (folder: string): readonly MachineRoute[] =>
  (['updates.xml', 'gatehouse.crx'] as const).map(name => ({
    method: 'GET',
    path: `/extension/${name}`,
    access: 'device.speak',
    maxBytes: 1,
    handle: async () => {
      const path = join(folder, name)
      return existsSync(path)
        ? {
            kind: 'data',
            status: 200,
            body: readFileSync(path),
            type: types[name],
            headers: { 'cache-control': 'no-cache' },
          }
        : { kind: 'data', status: 404, body: 'The extension has not been built on this server.', type: 'text/plain' }
    },
  }))
