/** From a visitor and an address to what happens: the engine's verdict, and what only a gateway can know. */
import type { CategoryLists, FilterRequest, RuleSet, Verdict } from '@gatehouse/engine/filter/types'
import { decideResponse } from '@gatehouse/engine/filter/decide'
import { fileKindOfResponse } from '@gatehouse/engine/filter/file-types'
import type { BundleHolder } from './bundle-holder.ts'
import type { ContinuePasses, ContinueSubject } from './continue-passes.ts'
import type { Visitor } from './visitor.ts'

export type Decide = (rules: RuleSet, lists: CategoryLists, request: FilterRequest) => Verdict

export interface Decision {
  readonly verdict: 'allow' | 'warn' | 'block'
  readonly category: string
  /** The engine's rule, or one of `gateway:…`. */
  readonly rule: string
  /** A sentence for this reader. */
  readonly reason: string
  /** Normalised, '' when the address makes no sense. */
  readonly host: string
  /** Warned about, and the person chose to go on. */
  readonly continued: boolean
}

/** What somebody asks for. */
export interface Asked {
  /** For `connect`, `host:port`. */
  readonly url: string
  readonly kind: 'page' | 'connect'
  /** As it came. */
  readonly referrer?: string | undefined
}

export interface Judge {
  /** Decides as the rules stand at `at`, which is this minute unless somebody asks about another. */
  decide(visitor: Visitor, asked: Asked, at?: number): Decision
  /** Decides again once the site has said what it sends; undefined where that changes nothing. */
  decideAnswer(visitor: Visitor, asked: Asked, answer: AnswerHead): Decision | undefined
}

/** What a site says of what it sends, as it came. */
export interface AnswerHead {
  readonly contentType?: string | null
  readonly disposition?: string | null
}

export const createJudge = (
  holder: Pick<BundleHolder, 'current' | 'isStale'>,
  passes: Pick<ContinuePasses, 'isOpen'>,
  decide: Decide,
  now: () => number,
): Judge => {
  // Sites send a few dozen types in some spellings; those that were found to be no file need no second look.
  const noFiles = new Set<string>()
  const isFile = (answer: AnswerHead): boolean => {
    const { contentType, disposition } = answer
    const isSimple = typeof contentType === 'string' && contentType.length <= 100 && !disposition
    if (isSimple && noFiles.has(contentType)) return false
    if (fileKindOfResponse(answer) !== null) return true
    if (isSimple && noFiles.size < 200) noFiles.add(contentType)
    return false
  }
  return {
    decide(visitor, { url, kind, referrer }, at = now()) {
      const { school, person } = visitor
      const rules = holder.current()
      const closed = (rule: string, reason: string, host: string): Decision => ({
        verdict: 'block',
        category: 'none',
        rule,
        reason,
        host,
        continued: false,
      })
      if (!rules) return closed('gateway:no-rules', 'The internet is closed because the rules are missing.', '')
      const request: FilterRequest = { ...visitor.asked, url, kind, at: new Date(at) }
      const verdict = decide(school.rules, rules.lists, referrer === undefined ? request : { ...request, referrer })
      if (person?.suspended) {
        return closed('gateway:suspended', 'Your internet use is paused. Please ask a member of staff.', verdict.host)
      }
      if (visitor.isChild && verdict.verdict !== 'block' && holder.isStale()) {
        const reason = 'The internet is closed for now because its rules are too old. Please tell a member of staff.'
        return closed('gateway:stale-bundle', reason, verdict.host)
      }
      const continued =
        verdict.verdict === 'warn' && passes.isOpen(passSubject(visitor, verdict.host, verdict.category))
      return { ...verdict, continued }
    },
    decideAnswer(visitor, { url, kind, referrer }, answer) {
      const rules = holder.current()
      // Most answers are no file that any rule is about, and keep the verdict that their request had.
      if (!rules || !isFile(answer)) return undefined
      const request: FilterRequest = { ...visitor.asked, url, kind, at: new Date(now()) }
      const { school } = visitor
      const verdict = decideResponse(
        school.rules,
        rules.lists,
        referrer === undefined ? request : { ...request, referrer },
        answer,
      )
      return {
        ...verdict,
        continued: verdict.verdict === 'warn' && passes.isOpen(passSubject(visitor, verdict.host, verdict.category)),
      }
    },
  }
}

/** For whom, and for what, a warning is gone past: the person, or where nobody is known the one device. */
export const passSubject = (visitor: Visitor, host: string, category: string): ContinueSubject => ({
  schoolId: visitor.school.id,
  personId: visitor.key,
  host,
  category,
})
