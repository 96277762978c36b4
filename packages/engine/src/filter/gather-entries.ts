import { normaliseHost, normaliseUrl } from './address.ts'
import { dot, finishHigh, finishLow, lowerCase, slash, startHigh, startLow, stepHigh, stepLow } from './fingerprint.ts'
import { isIpAddress } from './ip-address.ts'
import { type Category, categories } from './types.ts'

export interface ListEntry {
  readonly domain: string
  /** This page of the domain and what lies beneath it, instead of the whole domain. Starts with '/', and is more than that. */
  readonly path?: string
  readonly category: Category
  /** Id of a source. */
  readonly source: string
}

const categoryIndex = new Map(categories.map((category, index) => [category, index]))

/** An item that names no category: the node is on the way to a listed host, or to a listed page. */
export const aboveHost = 0xfffe
export const abovePage = 0xffff
/** Bit of a gathered kind: the node is a page. */
const pageItem = 1

export interface Gathered {
  readonly count: number
  readonly high: Uint32Array
  readonly low: Uint32Array
  /** category << 8 | source, or one of the two above. */
  readonly item: Uint16Array
  /** 1 for a page, 0 for a host. */
  readonly kind: Uint8Array
}

/** Takes entries one by one: a node for each, and one for every name above it. */
export function createGatherer(sourceIndex: ReadonlyMap<string, number>, seed: number) {
  let room = 1024
  let high = new Uint32Array(room)
  let low = new Uint32Array(room)
  let item = new Uint16Array(room)
  let kind = new Uint8Array(room)
  let count = 0
  const note = (h: number, l: number, value: number, isPage: number) => {
    if (count === room) {
      room *= 2
      high = grown(high, new Uint32Array(room))
      low = grown(low, new Uint32Array(room))
      item = grown(item, new Uint16Array(room))
      kind = grown(kind, new Uint8Array(room))
    }
    const finished = finishHigh(h, l)
    high[count] = finished
    low[count] = finishLow(finished, l)
    item[count] = value
    kind[count] = isPage
    count += 1
  }
  const add = ({ domain, path, category, source }: ListEntry) => {
    const value = itemOf(category, source, sourceIndex)
    const host = normaliseHost(domain)
    if (host === null || !/[.:]/.test(host)) throw new RangeError(`${JSON.stringify(domain)} is not a domain to list`)
    let h = startHigh(seed)
    let l = startLow(seed)
    let labels = isIpAddress(host) ? Number.NaN : 1
    for (let at = host.length - 1; at >= 0; at -= 1) {
      const code = host.charCodeAt(at)
      if (code === dot) {
        if (labels >= 2) note(h, l, aboveHost, 0)
        labels += 1
      }
      h = stepHigh(h, code)
      l = stepLow(l, code)
    }
    if (path === undefined) {
      note(h, l, value, 0)
      return
    }
    const page = listedPath(host, path)
    if (page === null) throw new RangeError(`${JSON.stringify(path)} is not a page to list`)
    note(h, l, abovePage, 0)
    for (let at = 0; at < page.length; at += 1) {
      const code = lowerCase(page.charCodeAt(at))
      if (code === slash && at > 0) note(h, l, abovePage, pageItem)
      h = stepHigh(h, code)
      l = stepLow(l, code)
    }
    note(h, l, value, pageItem)
  }
  return { add, gathered: (): Gathered => ({ count, high, low, item, kind }) }
}

function itemOf(category: Category, source: string, sourceIndex: ReadonlyMap<string, number>): number {
  const categoryAt = categoryIndex.get(category)
  if (categoryAt === undefined || category === 'unlisted')
    throw new RangeError(`No list can have the category ${JSON.stringify(category)}`)
  const sourceAt = sourceIndex.get(source)
  if (sourceAt === undefined) throw new RangeError(`There is no list source ${JSON.stringify(source)}`)
  return (categoryAt << 8) | sourceAt
}

/** Normalised, without a slash at the end: '/a/' and '/a' are one page. Null if it would be the whole site. */
function listedPath(host: string, path: string): string | null {
  if (!path.startsWith('/')) return null
  const address = normaliseUrl(`http://${host.includes(':') ? `[${host}]` : host}${path}`)
  const page = address.ok ? address.path.replace(/\/$/, '') : ''
  return page === '' ? null : page
}

function grown<T extends Uint32Array | Uint16Array | Uint8Array>(from: T, to: T): T {
  to.set(from)
  return to
}
