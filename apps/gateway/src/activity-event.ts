/** One line of the activity log: what was decided for whom. Never a query string, and of what a person typed only a search that was stopped or flags. */
import { normaliseUrl } from '@gatehouse/engine/filter/address'
import { newId } from './identifiers.ts'
import type { Decision } from './judge.ts'
import type { KnownBy, Visitor } from './visitor.ts'

/**
 * `page`: a plain HTTP request. `websocket`: a WebSocket asked for over plain HTTP. `connect`: a tunnel asked for. `cut`:
 * an open tunnel, download or WebSocket that a later decision ended, or a tunnel whose first bytes said something else
 * than its request. `continue`: the person chose to go on past a warning.
 */
export type ActivityKind = 'page' | 'websocket' | 'connect' | 'cut' | 'continue'

export interface ActivityEvent {
  readonly v: 1
  /** Version 7 UUID; also the decision id on the block page. */
  readonly id: string
  /** ISO 8601 in UTC. */
  readonly at: string
  readonly school: string
  /** Null where only the network is known. */
  readonly personId: string | null
  /** How they are known. */
  readonly by: KnownBy
  /** IP address of the device. */
  readonly address: string
  /** Id of the school's network that the device is in, if it is in one. */
  readonly place?: string
  readonly groups: readonly string[]
  readonly kind: ActivityKind
  readonly method: string
  readonly host: string
  readonly port: number
  /** Without the query, at most 1,000 characters; '' where none is seen. */
  readonly path: string
  readonly category: string
  readonly verdict: 'allow' | 'warn' | 'block'
  readonly rule: string
  /** True when `verdict` is `warn` and the person had chosen to go on. */
  readonly continued: boolean
  /** Host of the page that asked for this, without its path; only where the verdict is not `allow`. */
  readonly referrerHost?: string
  /** What was searched for, at most 200 characters; only where a rule for search terms warned or blocked. */
  readonly term?: string
  /** What was searched for, as far; only where the school's rules for concerns flag it, and an assessment covers the person. */
  readonly heard?: string
}

export interface Visit {
  readonly kind: ActivityKind
  readonly method: string
  readonly host: string
  readonly port: number
  readonly path: string
  /** As it came. */
  readonly referrer?: string | undefined
  /** What was searched for; kept only if a rule for search terms stopped it. */
  readonly searched?: string | undefined
  /** A search that flags: see `heard-searches.ts`. */
  readonly heard?: string | undefined
}

/** Of what somebody searched for, in characters. */
export const longestSearched = 200

/** One line, and its id for the block page. Written by hand: JSON.stringify of the whole took half of what filtering costs. */
export function activityLine(
  visitor: Visitor,
  { kind, method, host, port, path, referrer, searched, heard }: Visit,
  decision: Decision,
  now: number,
): { readonly id: string; readonly line: string } {
  const id = newId(now)
  const isStopped = decision.verdict !== 'allow'
  const referrerHost = isStopped && referrer !== undefined ? hostOf(referrer) : ''
  const term = isStopped && decision.rule.startsWith('search:') ? searched : undefined
  const line =
    `{"v":1,"id":"${id}","at":"${instantOf(now)}",${whoOf(visitor)},"kind":"${kind}","method":${text(method, 32)}` +
    `,"host":${text(host, 253)},"port":${port},"path":${text(path, 1000)},"category":"${decision.category}"` +
    `,"verdict":"${decision.verdict}","rule":${text(decision.rule, 200)},"continued":${decision.continued}` +
    (referrerHost === '' ? '' : `,"referrerHost":${text(referrerHost, 253)}`) +
    `${typed('term', term)}${typed('heard', heard)}}\n`
  return { id, line }
}

/** As JSON. Nearly everything is plain ASCII with nothing to escape. */
function text(value: string, most: number): string {
  const short = value.length > most ? value.slice(0, most) : value
  return /[^ !#-[\]-~]/.test(short) ? JSON.stringify(oneLine(short)) : `"${short}"`
}

/** A field of what somebody typed; none where there are no words. */
function typed(field: 'term' | 'heard', words: string | undefined): string {
  if (words === undefined || words === '') return ''
  return `,"${field}":${JSON.stringify(oneLine(words).slice(0, longestSearched).toWellFormed())}`
}

/** What is the same in every line of a visitor, who browses a hundred pages as one. */
const known = new WeakMap<Visitor, string>()
function whoOf(visitor: Visitor): string {
  const found = known.get(visitor)
  if (found !== undefined) return found
  const { school, person, by, address, place, groups } = visitor
  const fields = JSON.stringify({
    school: school.id,
    personId: person?.id ?? null,
    by,
    address,
    ...(place === undefined ? {} : { place }),
    groups,
  })
  const made = fields.slice(1, -1)
  known.set(visitor, made)
  return made
}

let lastSecond = { second: Number.NaN, text: '' }
/** ISO 8601 in UTC; all but its milliseconds is the same for a second. */
function instantOf(ms: number): string {
  const second = Math.floor(ms / 1000)
  if (lastSecond.second !== second) lastSecond = { second, text: new Date(second * 1000).toISOString().slice(0, -4) }
  return `${lastSecond.text}${String(ms - second * 1000).padStart(3, '0')}Z`
}

/** JSON escapes what would end a line; whoever prints the field later may not. */
const oneLine = (text: string): string =>
  /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(text)
    ? text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, '\ufffd')
    : text

const hostOf = (referrer: string): string => {
  const address = normaliseUrl(referrer)
  return address.ok ? address.host : ''
}
