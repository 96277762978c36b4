import { closeSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

/*
 * The names of compiled lists, which hold fingerprints and no text: `<sha256>.names.gz` beside them, one name a line, repeats
 * and all. A DNS zone is made of names.
 */

export interface NamesFile {
  add(name: string): void
  /** Keeps the names as those of these lists, and no others' but those of `keep`. */
  finish(sha256: string, keep?: readonly string[]): void
}

/** Characters at a time, so that a list of millions is never held as a whole. */
const partLength = 4 * 1024 * 1024

export function namesFileIn(folder: string): NamesFile {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  // One draft, so that a compilation that was refused leaves no second one.
  const draft = join(folder, '.names')
  const file = openSync(draft, 'w', 0o600)
  let part = ''
  const flush = (): void => {
    // gzip members one after the other are one gzip file (RFC 1952 §2.2).
    writeSync(file, gzipSync(part, { level: 1 }))
    part = ''
  }
  return {
    add(name) {
      part += `${name}\n`
      if (part.length > partLength) flush()
    },
    finish(sha256, keep = []) {
      flush()
      closeSync(file)
      renameSync(draft, join(folder, `${sha256}.names.gz`))
      for (const name of readdirSync(folder)) {
        const digest = /^([0-9a-f]{64})\.names\.gz$/.exec(name)?.[1]
        if (digest !== undefined && digest !== sha256 && !keep.includes(digest))
          rmSync(join(folder, name), { force: true })
      }
    },
  }
}
