import { createHash, randomBytes } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

/*
 * Where the sealed days lie: `<data>/activity/<school>/<day>.<key>.sealed`, each encrypted with a record key of its own
 * (`platform/sealing.ts`). A file is never changed; one that takes another's place has another key and so another name.
 */

const folderOf = (dataFolder: string, schoolId: string): string => join(dataFolder, 'activity', schoolId)
/** The tail of the key's id is random; its head is the time. */
export const sealedPath = (dataFolder: string, schoolId: string, day: string, keyId: string): string =>
  join(folderOf(dataFolder, schoolId), `${day}.${keyId.slice(-12)}.sealed`)
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

/** Writes a sealed day, whole and on disk before it returns. @returns its digest. */
export async function writeSealed(path: string, sealed: Buffer): Promise<string> {
  await mkdir(join(path, '..'), { recursive: true, mode: 0o700 })
  const draft = join(path, '..', `.${randomBytes(6).toString('hex')}`)
  const file = await open(draft, 'wx', 0o600)
  try {
    await file.writeFile(sealed)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(draft, path)
  return sha256(sealed)
}

/** @throws {Error} that names the day when the file is gone or is not the one whose digest the ledger has. */
export async function readSealed(path: string, digest: string): Promise<Buffer> {
  const bytes = await readFile(path).catch(cause => {
    throw new Error(`The sealed day ${path} cannot be read; restore it from a backup`, { cause })
  })
  if (sha256(bytes) !== digest)
    throw new Error(`The sealed day ${path} is not what was sealed; restore it from a backup`)
  return bytes
}

/** A file that another took the place of stays this long, for a backup that began before. */
const superseded = 24 * 3_600_000

/** Removes what no day points to any more, at once where the day is gone (`everything`), else after a day. */
export async function tidySealed(
  dataFolder: string,
  schoolId: string,
  kept: ReadonlySet<string>,
  nowMs: number,
): Promise<number> {
  const folder = folderOf(dataFolder, schoolId)
  let removed = 0
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name)
    if (kept.has(path)) continue
    const found = await stat(path).catch(() => null)
    if (!found || nowMs - found.mtimeMs < superseded) continue
    await rm(path, { force: true })
    removed += 1
  }
  return removed
}
