import { createDetector, type DetectorParts, lexiconFileNames } from '@gatehouse/engine/concern/index'
import { detectorName, type SchoolRules, unchangedRules } from '@gatehouse/engine/concern/school-rules'
import { searchOf } from '@gatehouse/engine/filter/search-engines'
import type { AgeBand, ConcernText, Detector, TextKind } from '@gatehouse/engine/concern/types'
import { isClosedHost } from './private-places.ts'
import type { WaitingFlag } from './queue.ts'

/*
 * Decides on the device what is worth a person's look, and cuts out the little of it that goes to the server. Text that is not
 * flagged is forgotten when this returns.
 */

let data: Promise<Pick<DetectorParts, 'lexicon' | 'model'>> | undefined
let ready: { readonly rules: string; readonly detector: Promise<Detector> } | undefined

/** The lexicon and weights that were built into the extension. */
function builtIn(): Promise<Pick<DetectorParts, 'lexicon' | 'model'>> {
  data ??= (async () => {
    const part = (name: string) => fetch(chrome.runtime.getURL(`concerns/${name}`))
    const files = await Promise.all(
      lexiconFileNames.map(async name => [name, await (await part(name)).text()] as const),
    )
    const model = new Uint8Array(await (await part('model.bin')).arrayBuffer())
    return { lexicon: Object.fromEntries(files), model }
  })()
  return data
}

/** The detector as the school has it. Only the last one asked for is kept: rules change seldom, and it is large. */
export function detector(rules: SchoolRules = unchangedRules): Promise<Detector> {
  const key = JSON.stringify(rules)
  if (ready?.rules !== key) {
    const detector = builtIn().then(parts => {
      const made = createDetector({ ...parts, off: rules.off, added: rules.added })
      return { version: detectorName(made, rules), detect: made.detect }
    })
    ready = { rules: key, detector }
  }
  return ready.detector
}

export interface Seen {
  readonly text: string
  readonly kind: TextKind
  /** The page's address, with its query. */
  readonly url: string
  readonly title: string
}

/** A flag for what was seen, or null. `context`: characters before and after what was found that go with it. */
export async function flagFor(
  seen: Seen,
  age: AgeBand,
  context: number,
  rules: SchoolRules = unchangedRules,
): Promise<WaitingFlag | null> {
  const url = URL.parse(seen.url)
  if (!url || isClosedHost(url.hostname)) return null
  const known = await detector(rules)
  const asked: ConcernText = { text: seen.text, kind: seen.kind, age }
  const result = known.detect(asked)
  if (!result.flag) return null
  const [from, to] = excerpt(seen.text, result.spans, context)
  const inside = result.spans
    .filter(([start, end]) => start >= from && end <= to)
    .map(([start, end, name]) => [start - from, end - from, name] as const)
  return {
    id: crypto.randomUUID(),
    at: new Date().toISOString(),
    kind: seen.kind,
    severity: result.severity,
    categories: result.categories,
    spans: inside.slice(0, mostSpans),
    rules: result.rules.slice(0, 50),
    detector: known.version,
    text: seen.text.slice(from, to),
    why: result.why.slice(0, 1000),
    host: url.hostname,
    page: `${url.hostname}${url.pathname}`.slice(0, 1000),
    title: seen.title.slice(0, 300),
  }
}

/** As the server takes them. */
const longest = 1900
const mostSpans = 200

/** The stretch around the spans, never cutting a character in two; the start of the text where no span says where. */
export function excerpt(
  text: string,
  spans: readonly (readonly [number, number, string])[],
  context: number,
): [number, number] {
  const first = Math.min(...spans.map(([from]) => from), text.length)
  const last = Math.max(...spans.map(([, to]) => to), 0)
  let from = spans.length === 0 ? 0 : Math.max(0, first - context)
  let to = spans.length === 0 ? Math.min(text.length, 2 * context) : Math.min(text.length, last + context)
  if (to - from > longest) to = from + longest
  if (from > 0 && isLowSurrogate(text.charCodeAt(from))) from += 1
  if (to < text.length && isLowSurrogate(text.charCodeAt(to))) to -= 1
  return [from, to]
}
const isLowSurrogate = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff

/** What an address searches for, as something that was seen; null for every other address. */
export function searchSeen(url: string): Seen | null {
  const found = searchOf(url)
  return found && found.query.trim() !== '' ? { text: found.query, kind: 'search', url, title: '' } : null
}
