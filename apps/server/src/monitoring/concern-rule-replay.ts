import { canaries, missedCanaries } from '@gatehouse/engine/concern/canaries'
import type { Detector, TextKind } from '@gatehouse/engine/concern/types'
import { textKinds } from '@gatehouse/engine/concern/types'
import type { HeldFlag } from './concern-rule-store.ts'

/*
 * What a change of the rules would have done to the flags of the last days whose words are still held: each is asked again,
 * once by the rules as they are and once with the change. Pure.
 */

/** So many days of flags, up to now. */
export const replayedDays = 30
/** At most so many of them, the newest: each is opened and read twice. */
export const mostReplayed = 1000

export interface RuleReplay {
  /** Flags that were asked again, and how many there are of these days. */
  readonly flags: number
  readonly all: number
  /** Would not have been flags, by what people said of them. */
  readonly leftOut: { readonly all: number; readonly none: number; readonly real: number; readonly open: number }
  /** Would also have been named by the new phrase. */
  readonly named: number
  /** What each device's daily check (A-5-19) would then no longer find: ids of its canaries. */
  readonly missed: readonly string[]
}

/** One set of rules, ready to be asked. */
export interface AskedRules {
  readonly detector: Detector
  /** Whether a rule that a flag names speaks no more: switched off, or words that the school looks for no longer. */
  readonly isOff: (rule: string) => boolean
}

export function replayRules(
  held: readonly HeldFlag[],
  all: number,
  before: AskedRules,
  after: AskedRules,
  /** The phrase that the change adds, by its rule's id. */
  added: string | null,
): RuleReplay {
  const leftOut = { all: 0, none: 0, real: 0, open: 0 }
  let named = 0
  for (const flag of held) {
    if (added !== null && answerTo(flag, after).rules.includes(added)) named++
    if (!stands(flag, before) || stands(flag, after)) continue
    leftOut.all++
    if (flag.state === 'not-a-concern') leftOut.none++
    else if (flag.state === 'real') leftOut.real++
    else leftOut.open++
  }
  const missedBefore = missedBy(before)
  const missed = missedBy(after).filter(id => !missedBefore.includes(id))
  return { flags: held.length, all, leftOut, named, missed }
}

/** As a device tries itself. */
const missedBy = ({ detector }: AskedRules): string[] =>
  missedCanaries(
    canaries.map(({ id, kind, text }) => {
      const { flag, categories } = detector.detect({ text, kind, age: 'primary' })
      return { id, concerns: flag ? categories.map(({ name }) => name) : [] }
    }),
  )

/** Words read again; whose they were is not kept with the flag, so a secondary pupil's age is taken. */
const answerTo = ({ kind, text }: HeldFlag, { detector }: AskedRules) =>
  detector.detect({
    text,
    kind: textKinds.find((each): each is TextKind => each === kind) ?? 'typed',
    age: 'secondary',
  })

/**
 * Whether a flag would be one by these rules: a rule of the web log that made it is on, or its words are flagged. Where only
 * an excerpt is held that says nothing by itself, the rules that it named decide.
 */
function stands(flag: HeldFlag, rules: AskedRules): boolean {
  const on = flag.rules.filter(rule => !rules.isOff(rule))
  if (on.some(rule => rule.startsWith('web-log.'))) return true
  if (flag.source === 'activity' && flag.kind !== 'search') return on.length > 0
  return answerTo(flag, rules).flag || (on.length > 0 && on.length === flag.rules.length)
}
