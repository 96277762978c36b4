/**
 * Runs one of our TypeScript programs without Node's type stripper in its memory: `node lean.mjs PROGRAM [WORDS…]`, or
 * `import { runLean }`.
 *
 * Node 24 strips types with a WebAssembly program that stays loaded and costs some 35 MB and 80 ms a process, which is
 * more than everything that the Squid helper does itself. So each source is stripped once, by a short-lived second
 * process, and kept under the digest of its text: a changed file has another name, and nothing stale can be run. Kept in
 * node_modules/.cache, which belongs to whoever installed the product; where that cannot be written, in a private
 * folder that lives as long as the process.
 */
import { createHash, randomBytes } from 'node:crypto'
import { accessSync, constants, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { registerHooks, stripTypeScriptTypes } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const self = fileURLToPath(import.meta.url)
const kept = path.resolve(path.dirname(self), '../../../node_modules/.cache/gatehouse-stripped')

/** @param {string} source */
const nameOf = source =>
  `${createHash('sha256').update(process.version).update('\0').update(source).digest('hex').slice(0, 40)}.js`

/** @param {string} folder @param {(url: string, source: string) => string} otherwise */
function hook(folder, otherwise) {
  registerHooks({
    load(url, context, next) {
      if (!url.startsWith('file:') || !url.endsWith('.ts')) return next(url, context)
      const source = readFileSync(fileURLToPath(url), 'utf8')
      let stripped
      try {
        stripped = readFileSync(path.join(folder, nameOf(source)), 'utf8')
      } catch {
        stripped = otherwise(url, source)
      }
      return { format: 'module', source: stripped, shortCircuit: true }
    },
  })
}

/** @param {string} folder @param {string} source */
function strip(folder, source) {
  const stripped = stripTypeScriptTypes(source)
  const file = path.join(folder, nameOf(source))
  const draft = `${file}.${randomBytes(4).toString('hex')}`
  writeFileSync(draft, stripped, { mode: 0o644 })
  renameSync(draft, file)
  return stripped
}

/** @returns {string | null} a folder that this process may write to, or null */
function writable() {
  try {
    mkdirSync(kept, { recursive: true })
    accessSync(kept, constants.W_OK)
    return kept
  } catch {
    return null
  }
}

/**
 * @param {string} program path of a .ts file
 * @returns {Promise<any>} what it exports
 */
export async function runLean(program) {
  let folder = kept
  /** @type {string | null} */
  let own = null
  hook(kept, (url, source) => {
    // The first file that is missing has all of them made, in a process that takes the stripper with it when it ends.
    if (folder === kept) {
      own = writable() ? null : mkdtempSync(path.join(tmpdir(), 'gatehouse-stripped-'))
      folder = own ?? `${kept}/`
      // Loaded only here: it brings half of Node's network code along.
      const { spawnSync } = process.getBuiltinModule('node:child_process')
      spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', self, '--strip', folder, program], {
        stdio: 'ignore',
        timeout: 30_000,
      })
    }
    try {
      return readFileSync(path.join(folder, nameOf(source)), 'utf8')
    } catch {
      return stripTypeScriptTypes(source)
    }
  })
  try {
    return await import(pathToFileURL(program).href)
  } finally {
    if (own !== null) rmSync(own, { recursive: true, force: true })
  }
}

if (process.argv[1] === self) {
  if (process.argv[2] === '--strip') {
    const [folder = '', program = ''] = process.argv.slice(3)
    hook(folder, (_, source) => strip(folder, source))
    await import(pathToFileURL(program).href)
  } else {
    const program = path.resolve(process.argv[2] ?? '')
    process.argv.splice(1, 2, program)
    const { main } = await runLean(program)
    await main?.(process.argv.slice(2))
  }
}
