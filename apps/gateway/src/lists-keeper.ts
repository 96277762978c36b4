/**
 * Where the compiled lists come from, by their digest: the bundle's own folder, what was kept before, the difference from
 * those in force, or the whole file from the server. Wrong ones are passed over; the digest that the signed bundle names is
 * what makes them right, however they came.
 */
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { applyDelta } from '@gatehouse/engine/filter/lists-delta'
import { sha256 } from './bundle-file.ts'
import type { ServerClient } from './server-client.ts'

export interface ListsKeeper {
  /** The bytes with this digest, or undefined if they cannot be had. */
  fetch(listsFile: string, digest: string): Promise<Uint8Array | undefined>
}

export interface ListsKeeperOptions {
  readonly bundleFolder: string
  /** Folder in which what was fetched is kept for the next start. */
  readonly keepIn: string
  readonly client: Pick<ServerClient, 'lists' | 'listsDelta'>
}

const keptName = /^lists-[0-9a-f]{64}\.bin$/

export function createListsKeeper({ bundleFolder, keepIn, client }: ListsKeeperOptions): ListsKeeper {
  /** Where the lists lie that were given out last, from which the next may be made. */
  let last: { readonly digest: string; readonly file: string } | undefined

  const right = (bytes: Uint8Array | undefined, digest: string): Uint8Array | undefined =>
    bytes && sha256(bytes) === digest ? bytes : undefined

  const byDelta = async (digest: string): Promise<Uint8Array | undefined> => {
    if (!last) return undefined
    const before = right(await readFile(last.file).catch(() => undefined), last.digest)
    const delta = before && (await client.listsDelta(last.digest, digest))
    if (!before || !delta) return undefined
    try {
      return right(applyDelta(before, delta), digest)
    } catch {
      return undefined
    }
  }

  /** Keeps the new ones and those before them; older ones are of no more use. */
  const keep = async (bytes: Uint8Array, digest: string): Promise<void> => {
    const file = join(keepIn, `lists-${digest}.bin`)
    const needed = new Set([file, last?.file])
    await writeWhole(file, bytes)
    for (const name of await readdir(keepIn)) {
      const other = join(keepIn, name)
      if (keptName.test(name) && !needed.has(other)) await rm(other, { force: true })
    }
    last = { digest, file }
  }

  return {
    async fetch(listsFile, digest) {
      for (const file of [join(bundleFolder, listsFile), join(keepIn, `lists-${digest}.bin`)]) {
        const bytes = right(await readFile(file).catch(() => undefined), digest)
        if (!bytes) continue
        last = { digest, file }
        return bytes
      }
      const bytes = (await byDelta(digest)) ?? (await client.lists(digest))
      // What cannot be kept can be filtered by all the same.
      if (right(bytes, digest) && bytes) await keep(bytes, digest).catch(() => undefined)
      return bytes
    },
  }
}

/** Never leaves half a file where a whole one was. */
export async function writeWhole(file: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  await writeFile(`${file}.new`, content, { mode: 0o600 })
  await rename(`${file}.new`, file)
}
