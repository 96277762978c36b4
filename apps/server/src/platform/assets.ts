import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { extname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

export interface AssetFile {
  readonly body: Buffer
  /** The same bytes gzipped, for text only. */
  readonly gzip?: Buffer
  readonly type: string
  /** Strong and quoted, ready for the header. */
  readonly etag: string
  /** True when the path holds a digest of the content, so that it may be cached for ever. */
  readonly immutable: boolean
}

export interface Assets {
  readonly css: Buffer
  readonly cssPath: string
  readonly jsPath: string
  /** Every file to serve, by its path from the root of the site. */
  readonly files: ReadonlyMap<string, AssetFile>
}

const assetsFolder = fileURLToPath(new URL('../../assets/', import.meta.url))
const packageOf = createRequire(import.meta.url)

const types: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.webmanifest': 'application/manifest+json',
}

const digest = (...inputs: (string | Buffer)[]): string => {
  const hash = createHash('sha256')
  for (const input of inputs) hash.update(input).update('\0')
  return hash.digest('hex').slice(0, 16)
}

function file(path: string, body: Buffer, immutable: boolean): AssetFile {
  const type = types[extname(path)]
  if (!type) throw new Error(`No content type is known for the asset ${path}`)
  const common = { body, type, etag: `"${digest(body)}"`, immutable }
  return /^(text|application)\/|svg/.test(type) ? { ...common, gzip: gzipSync(body, { level: 9 }) } : common
}

/** Found by its folder: some packages keep their package.json out of their exports. */
export const packageFolder = (name: string): string => {
  const folder = packageOf.resolve
    .paths(name)
    ?.map(path => join(path, name))
    .find(path => existsSync(join(path, 'package.json')))
  if (!folder) throw new Error(`The package ${name} is not installed; run: npm ci`)
  return folder
}

async function packageVersion(name: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(packageFolder(name), 'package.json'), 'utf8')) as {
    version: string
  }
  return `${name}@${version}`
}

/** The folder that holds `node_modules/<name>`: hoisted packages and nested ones alike. */
const loadPath = (name: string): string =>
  packageFolder(name).slice(0, packageFolder(name).lastIndexOf(join('node_modules', name)))

/** The compiled style sheet: from `cacheFolder` when nothing that it is made from has changed, else compiled and kept there. */
async function styleSheet(cacheFolder: string): Promise<Buffer> {
  const sources = (await readdir(assetsFolder, { recursive: true })).filter(name => name.endsWith('.scss')).sort()
  const inputs = await Promise.all(
    sources.map(async name => `${name}\n${await readFile(join(assetsFolder, name), 'utf8')}`),
  )
  const versions = await Promise.all(['govuk-frontend', '@ministryofjustice/frontend', 'sass'].map(packageVersion))
  const cached = join(cacheFolder, `gatehouse-${digest(...versions, ...inputs)}.css`)
  const kept = await readFile(cached).catch(() => null)
  // A file cut short by a full disk is not the style sheet: a whole one ends with this comment.
  if (kept?.subarray(-endMark.length).toString() === endMark) return kept

  const sass = await import('sass')
  const { css } = await sass.compileAsync(join(assetsFolder, 'gatehouse.scss'), {
    style: 'compressed',
    quietDeps: true,
    logger: sass.Logger.silent,
    loadPaths: [...new Set(['govuk-frontend', '@ministryofjustice/frontend'].map(loadPath))],
  })
  const body = Buffer.from(css + endMark)
  await mkdir(cacheFolder, { recursive: true })
  const partial = `${cached}.${process.pid}`
  await writeFile(partial, body)
  await rename(partial, cached)
  return body
}

const endMark = '/* end of gatehouse */'

/**
 * Everything that a browser fetches besides pages. Compiling takes seconds, so the result is kept in `cacheFolder` under
 * a digest of the sources and the versions of the packages; a warm start reads it and does not load the compiler.
 *
 * The crests, fonts and icons of the government design systems are never served: only the images that the style sheet
 * refers to.
 */
export async function buildAssets(cacheFolder: string): Promise<Assets> {
  const files = new Map<string, AssetFile>()
  const add = (path: string, body: Buffer, immutable = false): string => {
    files.set(path, file(path, body, immutable))
    return path
  }
  const addDigested = (stem: string, extension: string, body: Buffer): string =>
    add(`/assets/${stem}-${digest(body)}${extension}`, body, true)

  const govuk = join(packageFolder('govuk-frontend'), 'dist/govuk')
  const moj = join(packageFolder('@ministryofjustice/frontend'), 'moj')

  const css = await styleSheet(cacheFolder)
  const cssPath = addDigested('gatehouse', '.css', css)
  // The crest is the government's: its rule in the style sheet matches nothing of ours and finds no file.
  for (const [, image = ''] of css.toString().matchAll(/url\(["']?\/assets\/images\/([\w.-]+)/g))
    if (!image.includes('crest')) add(`/assets/images/${image}`, await readFile(join(moj, 'assets/images', image)))
  for (const [, font = '', folder = ''] of css
    .toString()
    .matchAll(/url\(["']?\/assets\/fonts\/(([a-z0-9-]+)-latin[\w-]*\.woff2)/g))
    add(
      `/assets/fonts/${font}`,
      await readFile(join(packageFolder(`@fontsource-variable/${folder}`), 'files', font)),
      true,
    )

  const scripts = {
    'govuk-frontend.min.js': await readFile(join(govuk, 'govuk-frontend.min.js'), 'utf8'),
    'moj-frontend.min.js': await readFile(join(moj, 'moj-frontend.min.js'), 'utf8'),
  }
  let start = await readFile(join(assetsFolder, 'gatehouse.js'), 'utf8')
  for (const [name, source] of Object.entries(scripts)) {
    // No source maps are served, so their mention goes, lest every browser with its tools open asks for them.
    const body = Buffer.from(source.replace(/\/\/# sourceMappingURL=\S+\s*$/, ''))
    const path = addDigested(name.replace('.js', ''), '.js', body)
    start = start.replaceAll(`'./${name}'`, `'${relative('/assets', path).replace(/^/, './')}'`)
  }
  const jsPath = addDigested('gatehouse', '.js', Buffer.from(start))

  for (const name of ['favicon.svg', 'mark.svg', 'icon-180.png', 'icon-512.png', 'manifest.webmanifest'])
    add(`/assets/${name}`, await readFile(join(assetsFolder, name)))
  return { css, cssPath, jsPath, files }
}
