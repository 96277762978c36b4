/** From a person and an address to what happens: the engine's verdict, and what only a gateway can know. */
import type { CategoryLists, FilterRequest, RuleSet, Verdict } from '@gatehouse/engine/filter/types'
import type { BundleHolder } from './bundle-holder.ts'
import type { ContinuePasses } from './continue-passes.ts'
import type { Member } from './people-directory.ts'

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

export interface Judge {
  /**
   * Decides as the rules stand this minute.
   * @param url for `connect`, `host:port`.
   */
  decide(member: Member, url: string, kind: 'page' | 'connect'): Decision
}

export const createJudge = (
  holder: BundleHolder,
  passes: ContinuePasses,
  decide: Decide,
  now: () => number,
): Judge => ({
  decide({ school, person, isChild }, url, kind) {
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
    const verdict = decide(school.rules, rules.lists, { url, groups: person.groups, at: new Date(now()), kind })
    if (person.suspended) {
      return closed('gateway:suspended', 'Your internet use is paused. Please ask a member of staff.', verdict.host)
    }
    if (isChild && verdict.verdict !== 'block' && holder.isStale()) {
      const reason = 'The internet is closed for now because its rules are too old. Please tell a member of staff.'
      return closed('gateway:stale-bundle', reason, verdict.host)
    }
    const continued =
      verdict.verdict === 'warn' &&
      passes.isOpen({ schoolId: school.id, personId: person.id, host: verdict.host, category: verdict.category })
    return { ...verdict, continued }
  },
})
