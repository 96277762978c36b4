/**
 * Addresses inside an address: 'https://translate.goog…', 'web.archive.org/web/2020/https://…', '?url=https%3A%2F%2F…'. All of it is
 * attacker-controlled. Looks into the path, each parameter and the fragment, undoes up to three layers of percent-encoding and
 * one of base64 ('aHR0c…' is 'http…'), and is linear in the length of the address.
 */
import type { Address } from './address.ts'
import { normaliseHost } from './address.ts'
import { hostWriters } from './carriers.ts'
import { isIpAddress } from './ip-address.ts'
import { listedSuffix } from './public-suffix.ts'

type Readable = Extract<Address, { ok: true }>

/** More than so many in one address are no honest address's; see `decide` for what becomes of the rest. */
export const mostInside = 8

/**
 * Quick and wide: false only where there can be nothing inside. Nearly every address ends here: it must hold a colon, an
 * escape that could hide one, base64 of 'http', or a dot in a parameter.
 */
export const mayHoldAddress = ({ path, rest }: Readable): boolean =>
  (path.length > 5 && mayHide(path)) || (rest.length > 4 && (rest.includes('.') || mayHide(rest)))

const mayHide = (text: string): boolean =>
  (text.includes(':') || text.includes('%') || text.includes('aHR0c')) && holdsScheme.test(text)
const holdsScheme = /ttps?(?::|%)|%2[ef5]|%3a|aHR0c/i

/** Names of parameters that lead somewhere, where the value is a bare host; with a scheme in front any name will do. */
const leadingName =
  /^(?:|url|uri|u|link|href|target|dest|destination|redirect|redirect_?ur[li]|redir|rurl|goto|go|to|out|site|website|domain|host|page_?url|src|address|next|continue|return|return_?(?:url|to)|r|ru|uddg|imgurl|imgrefurl|doc|web|view|proxy|fetch|file_?url|image_?url|img_?url)$/i

/** Names of parameters that say where somebody came from, and not where the page leads. */
const originName = /^(?:ref|referr?er|http_referer|origin|utm_\w{1,20}|dr|co)$/i

export interface Inside {
  /** As it would be typed. */
  readonly text: string
  /** Said to be where somebody came from. */
  readonly isOrigin: boolean
}

/**
 * The addresses inside this one, as they would be typed; at most {@link mostInside}. Each is only the outermost of its part:
 * what lies inside it is found by asking again.
 */
export function addressesInside({ host, path, rest }: Readable, isCarrier: boolean): readonly Inside[] {
  const found = new Map<string, Inside>()
  const add = (text: string | null, isOrigin = false): void => {
    if (text === null || found.size >= mostInside || found.get(text)?.isOrigin === false) return
    found.set(text, { text, isOrigin })
  }
  for (const writer of hostWriters) if (host.endsWith(`.${writer}`)) add(writtenHost(host, writer, path + rest))
  const inPath = schemed(path)
  add(inPath === null ? null : inPath + rest)
  if (isCarrier && inPath === null) add(hostInPath(path, rest))
  for (const { name, value, isEscaped } of partsOf(rest)) {
    const text = value.replaceAll('+', ' ').trim()
    const bare = isCarrier || leadingName.test(name)
    add((isEscaped ? schemed(text) : null) ?? (bare ? bareHost(text) : null), originName.test(name))
    if (found.size >= mostInside) break
  }
  return [...found.values()]
}

interface Part {
  readonly name: string
  readonly value: string
  /** Holds what could begin or hide a scheme. */
  readonly isEscaped: boolean
}

/** The parameters of a query or fragment that could hold an address: those with a dot, a colon, an escape or base64 of 'http'. */
function partsOf(rest: string): readonly Part[] {
  const parts: Part[] = []
  let start = 1
  let equals = -1
  let isDotted = false
  let isEscaped = false
  for (let at = 1; at <= rest.length; at += 1) {
    const code = at === rest.length ? 38 : rest.charCodeAt(at)
    // ? # & ; end a part.
    if (code === 38 || code === 63 || code === 35 || code === 59) {
      const from = equals < 0 ? start : equals + 1
      const mayHold = isEscaped || isDotted || (at - from > 8 && rest.slice(from, at).includes('aHR0c'))
      if (mayHold && at - from >= 4)
        parts.push({
          name: equals < 0 ? '' : rest.slice(start, equals),
          value: rest.slice(from, at),
          isEscaped: isEscaped || !isDotted || rest.slice(from, at).includes('aHR0c'),
        })
      start = at + 1
      equals = -1
      isDotted = false
      isEscaped = false
    } else if (code === 61 && equals < 0) equals = at
    else if (code === 46) isDotted = true
    else if (code === 37 || code === 58) isEscaped = true
  }
  return parts
}

const scheme = /https?:[\\/]{1,3}(?=[^\\/])/i

/** From the first 'http:/' on, whatever layers it is under. */
function schemed(text: string): string | null {
  let layer = text
  for (let depth = 0; depth <= 3; depth += 1) {
    const at = layer.search(scheme)
    if (at >= 0) return layer.slice(at)
    const base64 = /aHR0c[\w+/=-]{4,}/.exec(layer)
    if (base64) {
      const decoded = fromBase64(base64[0])
      if (scheme.test(decoded)) return decoded.slice(decoded.search(scheme))
    }
    if (!layer.includes('%')) return null
    layer = unescaped(layer)
  }
  return null
}

/** 'evil.example/x' where that can be a site: under a suffix of the Public Suffix List, or an IP address. */
function bareHost(value: string): string | null {
  let layer = value
  for (let depth = 0; depth < 3 && layer.includes('%'); depth += 1) layer = unescaped(layer)
  // Google's cache: 'cache:AbC123:evil.example/x'.
  const text = layer.replace(/^cache:(?:[\w-]{6,20}:)?/i, '').replace(/^[\\/]+/, '')
  const named = /^([^\s/\\?#:@]+\.[^\s/\\?#:@]+)(?::\d+)?(?:[/\\?#]|$)/.exec(text)
  const host = named ? normaliseHost(named[1] ?? '') : null
  return host !== null && isSite(host) ? `http://${text}` : null
}

const isSite = (host: string): boolean => {
  if (isIpAddress(host)) return true
  const suffix = listedSuffix(host)
  return suffix !== null && suffix !== host
}

/** 'archive.example/newest/evil.example/x': from the first segment that is a site. */
function hostInPath(path: string, rest: string): string | null {
  const segments = path.split('/')
  for (const [index, segment] of segments.entries()) {
    if (!segment.includes('.') && !segment.includes('%')) continue
    const found = bareHost(segment)
    if (found !== null) return [found, ...segments.slice(index + 1)].join('/') + rest
  }
  return null
}

/** 'news--site-co-uk.translate.goog' is 'news-site.co.uk'. */
function writtenHost(host: string, writer: string, tail: string): string | null {
  const label = host.slice(0, -writer.length - 1)
  const inner = label
    .slice(label.lastIndexOf('.') + 1)
    .split('--')
    .map(piece => piece.replaceAll('-', '.'))
    .join('-')
  // Some writers leave the hyphens of 'xn--…' single.
  return normaliseHost(inner) === null ? null : `https://${inner.replace(/(^|\.)xn-(?!-)/g, '$1xn--')}${tail}`
}

/** One layer; what is no escape stays. ASCII only, as no more is needed to find an address. */
const unescaped = (text: string): string =>
  text.replace(/%([0-7][0-9a-f])/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** Either alphabet of RFC 4648; stops at the first other character. */
function fromBase64(text: string): string {
  let bits = 0
  let held = 0
  let decoded = ''
  for (const character of text.replaceAll('-', '+').replaceAll('_', '/')) {
    const value = alphabet.indexOf(character)
    if (value < 0) break
    bits = ((bits << 6) | value) & 0xffff
    held += 6
    if (held >= 8) {
      held -= 8
      decoded += String.fromCharCode((bits >> held) & 0xff)
    }
  }
  return decoded
}
