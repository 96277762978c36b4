/** What the helper is told at its start: the command line, and where the data folder is. */
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { Read } from '../settings.ts'

export interface HelperPaths {
  readonly dataFolder: string
  readonly bundleFile: string
  /** True where the command line names the bundle: then there is no going without. */
  readonly isBundleNamed: boolean
  /** JSON with `bundlePublicKey` and, to honour warnings gone past, `token` or `continueKey`. */
  readonly keyFile: string
  /** True where a database of somewhere else is set. */
  readonly hasDatabase: boolean
  /** Folder of the lists that ship with the product. */
  readonly shippedLists: string
}

export interface HelperSettings extends HelperPaths {
  /** For everybody without a known person. */
  readonly group: string | undefined
  readonly school: string | undefined
}

export const helperUsage = 'gatehouse filter helper [--group G] [--school ID] [--bundle FILE] [--key-file FILE]'

export function readHelperSettings(
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Read<HelperSettings> {
  let given: Record<string, string | undefined>
  try {
    given = parseArgs({
      args: [...words],
      options: {
        group: { type: 'string' },
        school: { type: 'string' },
        bundle: { type: 'string' },
        'key-file': { type: 'string' },
        data: { type: 'string' },
      },
    }).values
  } catch (error) {
    return { ok: false, errors: [error instanceof Error ? error.message : String(error)] }
  }
  const dataFolder = resolve(given.data ?? environment.GATEHOUSE_DATA?.trim() ?? './data')
  const keysFolder = resolve(environment.GATEHOUSE_KEYS?.trim() || join(dataFolder, 'keys'))
  const named = given.bundle
  return {
    ok: true,
    value: {
      dataFolder,
      bundleFile: named === undefined ? join(dataFolder, 'gateway', 'bundle.json') : resolve(named),
      isBundleNamed: named !== undefined,
      keyFile: resolve(given['key-file'] ?? join(keysFolder, 'gateway.json')),
      hasDatabase: (environment.DATABASE_URL?.trim() ?? '') !== '',
      shippedLists: join(import.meta.dirname, '../../../../packages/engine/data'),
      group: given.group,
      school: given.school,
    },
  }
}
