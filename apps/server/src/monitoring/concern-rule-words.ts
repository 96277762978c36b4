import { formatNumber, formatShare, plural } from '../platform/format.ts'
import type { PhraseTrial } from './concern-detectors.ts'
import type { ConcernRule, RuleFigures } from './concern-rule.ts'
import { replayedDays, type RuleReplay } from './concern-rule-replay.ts'
import type { RuleChange } from './concern-rule-store.ts'
import { canaryThemes } from './detector-controls.ts'
import { concernNames } from './flag.ts'

/** “It would have left out 12 flags: 11 judged no concern, 1 real.” */
export function replaySentence({ flags, leftOut, named }: RuleReplay): string {
  if (flags === 0) return `No flag of the last ${replayedDays} days is held whose words it could be tried on.`
  const parts = [
    ...(leftOut.none > 0 ? [`${formatNumber(leftOut.none)} of them judged not a concern`] : []),
    ...(leftOut.real > 0 ? [`${formatNumber(leftOut.real)} judged real`] : []),
    ...(leftOut.open > 0 ? [`${formatNumber(leftOut.open)} not decided yet`] : []),
  ]
  if (leftOut.all > 0) return `It would have left out ${plural(leftOut.all, 'flag')}: ${parts.join(', ')}.`
  return named > 0
    ? `It would have been named in ${plural(named, 'flag')} that ${named === 1 ? 'was' : 'were'} made anyway, and would have left out none.`
    : 'Not one of these flags would have come out otherwise.'
}
export const replayBasis = ({ flags, all }: RuleReplay): string =>
  `${plural(flags, 'flag')} of the last ${replayedDays} days whose words are still held${flags < all ? `, the newest of ${formatNumber(all)}` : ''}, read once by the rules as they are and once with this change. What was not flagged is kept nowhere, so nobody can say what else it would find.`

export const replayModel = (replay: RuleReplay) => ({
  says: replaySentence(replay),
  basis: replayBasis(replay),
  real: replay.leftOut.real,
  missed: replay.missed.map(id => canaryThemes[id] ?? id),
})
export const trialSentence = ({ wordsTried, linesTried }: PhraseTrial): string =>
  `It stands in none of ${formatNumber(wordsTried)} everyday words and none of ${formatNumber(linesTried)} harmless lines of school life.`

/** How one change stands, in a word. */
export const standingWords: Readonly<Record<RuleChange['state'], readonly [text: string, kind: string]>> = {
  waiting: ['Waiting for a decision', 'soon'],
  'in-force': ['In force', 'good'],
  refused: ['Refused', 'quiet'],
  withdrawn: ['Withdrawn', 'quiet'],
  ended: ['Taken back', 'quiet'],
}

/** How an entry about a change is told. */
export const ruleEntryWords: Readonly<Record<string, string>> = {
  'concern-rule.proposed': 'Proposed',
  'concern-rule.approved': 'Approved',
  'concern-rule.refused': 'Refused',
  'concern-rule.withdrawn': 'Withdrawn by the proposer',
  'concern-rule.taken-back': 'Taken back',
  'concern-rule.reviewed': 'Looked at again, and kept',
}

/** “2 of 14 real (14 %)”, or that nobody has decided about one. */
export const precisionWords = ({ decided, real }: Pick<RuleFigures, 'decided' | 'real'>): string =>
  decided === 0 ? 'None decided yet' : `${real} of ${decided} (${formatShare(real, decided)})`

/** Whether a rule has to do with what somebody looks for; everything has to do with nothing. */
export const matches = (rule: ConcernRule, asked: string): boolean =>
  asked
    .toLowerCase()
    .split(/\s+/)
    .every(word =>
      `${rule.id} ${rule.finds} ${rule.pattern} ${concernNames[rule.concern]}`.toLowerCase().includes(word),
    )
