import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isId, isSchoolId } from '../platform/identifiers.ts'
import { Refusal } from '../platform/refusal.ts'

/*
 * Sealed evidence on disk, at `<data>/evidence/<school>/<id>`. A file is there whole or not at all: it is written under
 * another name, forced to disk, and then renamed.
 */

export type EvidenceFiles = ReturnType<typeof evidenceFiles>
export function evidenceFiles(dataFolder: string) {
  const folderOf = (schoolId: string): string => {
    if (!isSchoolId(schoolId)) throw new Error('not a school id')
    return join(dataFolder, 'evidence', schoolId)
  }
  const pathOf = (schoolId: string, id: string): string => {
    if (!isId(id)) throw new Error('not an evidence id')
    return join(folderOf(schoolId), id)
  }
  return {
    /** @throws {Refusal} `unavailable` when the disk is full or may not be written to; nothing stays behind. */
    write: async (schoolId: string, id: string, sealed: Buffer): Promise<void> => {
      const folder = folderOf(schoolId)
      const temporary = join(folder, `.${id}.${randomBytes(4).toString('hex')}`)
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 })
        const file = await open(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600)
        try {
          await file.writeFile(sealed)
          await file.sync()
        } finally {
          await file.close()
        }
        await rename(temporary, pathOf(schoolId, id))
        const directory = await open(folder, constants.O_RDONLY)
        await directory.sync().finally(() => directory.close())
      } catch (error) {
        await rm(temporary, { force: true }).catch(() => undefined)
        if (isDisk(error))
          throw new Refusal(
            'unavailable',
            'The server has no room left for files, so nothing was kept. Tell the network manager, and keep the file safe meanwhile.',
            { cause: error },
          )
        throw error
      }
    },
    read: (schoolId: string, id: string): Promise<Buffer> => readFile(pathOf(schoolId, id)),
    remove: (schoolId: string, id: string): Promise<void> => rm(pathOf(schoolId, id), { force: true }),
  }
}

const isDisk = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  /^(ENOSPC|EDQUOT|EROFS|EACCES|EPERM|EIO|ENOTDIR|EEXIST|EFBIG)$/.test(String(error.code))
