/**
 * Verdicts without traffic: what this process would decide by the rules that it really holds, for the server's own
 * watching. Nothing is visited and nothing logged. JSON
 * `{ school, who: { group } | { personId }, place?, at?, urls, kind? }` in, `{ serial, verdicts }` out.
 */
import type { BundleSchool } from '@gatehouse/engine/bundle'
import type { BundleHolder } from './bundle-holder.ts'
import type { Judge } from './judge.ts'
import { type Visitor, visitorOf, visitorOfGroup } from './visitor.ts'

export interface CheckedVerdict {
  readonly url: string
  readonly verdict: 'allow' | 'warn' | 'block'
  readonly category: string
  readonly rule: string
}

export type CheckAnswer =
  | { readonly ok: true; readonly serial: number; readonly verdicts: readonly CheckedVerdict[] }
  /** `status` of the HTTP answer; `why` is one of our own words. */
  | { readonly ok: false; readonly status: 400 | 404 | 503; readonly why: string }

export const maxCheckedUrls = 2000

interface Question {
  readonly school: string
  readonly who: { readonly group: string } | { readonly personId: string }
  readonly place: string | undefined
  readonly at: number | undefined
  readonly urls: readonly string[]
  readonly kind: 'page' | 'connect'
}

/** @param text body of the request; the bearer may send it, and it is parsed as if anybody did */
export function answerCheck(text: string, holder: BundleHolder, judge: Judge): CheckAnswer {
  const question = readQuestion(text)
  if (!question) return { ok: false, status: 400, why: 'question' }
  const rules = holder.current()
  if (!rules) return { ok: false, status: 503, why: 'no-rules' }
  const school = rules.payload.schools.find(({ id }) => id === question.school)
  const visitor = school && visitorFor(school, question, holder)
  if (!visitor) return { ok: false, status: 404, why: 'nobody' }
  const { kind, at } = question
  return {
    ok: true,
    serial: rules.payload.serial,
    verdicts: question.urls.map(url => {
      const { verdict, category, rule } = judge.decide(visitor, { url, kind }, at)
      return { url, verdict, category, rule }
    }),
  }
}

/** A group that the school does not have is asked about all the same: the judge's answer to that is part of the check. */
function visitorFor(school: BundleSchool, { who, place }: Question, holder: BundleHolder): Visitor | undefined {
  const network = place === undefined ? undefined : { id: place, name: place, subnets: [], group: null }
  if ('group' in who) return visitorOfGroup(school, who.group, '', network)
  const member = holder.people().byId(school.id, who.personId)
  return member && visitorOf(member, 'password', '', network)
}

function readQuestion(text: string): Question | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  const fields = record(value)
  const who = record(fields.who)
  const { school, place, at, urls, kind = 'page' } = fields
  const instant = at === undefined ? undefined : typeof at === 'string' ? Date.parse(at) : Number.NaN
  if (typeof school !== 'string' || (kind !== 'page' && kind !== 'connect') || Number.isNaN(instant)) return undefined
  if (place !== undefined && typeof place !== 'string') return undefined
  if (!Array.isArray(urls) || urls.length > maxCheckedUrls) return undefined
  if (!urls.every((url): url is string => typeof url === 'string')) return undefined
  const asked = { school, place, at: instant, urls, kind } as const
  if (typeof who.group === 'string') return { ...asked, who: { group: who.group } }
  return typeof who.personId === 'string' ? { ...asked, who: { personId: who.personId } } : undefined
}

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
