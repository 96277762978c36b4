/**
 * The names behind the compiled lists, which hold fingerprints and no text: kept beside them by `lists compile`, or, for the
 * lists that ship with the product, in the product itself.
 */
import { createReadStream, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'
import { categories } from '@gatehouse/engine/filter/types'

/** Beside `<sha256>.lists`: one name a line, gzip, repeats and all. */
export const namesFile = (listsFolder: string, listsSha256: string): string =>
  join(listsFolder, `${listsSha256}.names.gz`)

export async function* listedNames(listsFolder: string, listsSha256: string, shipped: string): AsyncGenerator<string> {
  const file = namesFile(listsFolder, listsSha256)
  if (existsSync(file)) {
    yield* createInterface({ input: createReadStream(file).pipe(createGunzip()), crlfDelay: Number.POSITIVE_INFINITY })
    return
  }
  yield* shippedNames(shipped)
}

function* shippedNames(folder: string): Generator<string> {
  const files = [
    ...categories.map(category => join(folder, 'starter', `${category}.txt`)),
    join(folder, 'must-allow.tsv'),
  ]
  for (const file of files.filter(each => existsSync(each)))
    for (const line of readFileSync(file, 'utf8').split('\n')) {
      const name = line.trim().split('\t')[0] ?? ''
      if (name !== '' && !name.startsWith('#')) yield name
    }
}
