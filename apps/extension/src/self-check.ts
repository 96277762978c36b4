import { canaries, type CanaryResult } from '@gatehouse/engine/concern/canaries'
import { type SchoolRules, unchangedRules } from '@gatehouse/engine/concern/school-rules'
import { detector, flagFor } from './watcher.ts'

/*
 * Whether this device would really flag: once a day its detector is tried, on the very way that words of a page take, with
 * texts that are built in. Nothing of a user is in it, and no flag comes of it; the server says whether what was found is right.
 */

export interface SelfCheck {
  readonly detector: string
  readonly results: readonly CanaryResult[]
}

/** An address that can never be anybody's page (RFC 6761, 6.4). */
const nowhere = 'https://self-check.invalid/'

/** By the rules as the school has them: what it has switched off is not found here either. */
export async function selfCheck(rules: SchoolRules = unchangedRules): Promise<SelfCheck> {
  const results: CanaryResult[] = []
  for (const { id, kind, text } of canaries) {
    const flag = await flagFor({ text, kind, url: nowhere, title: '' }, 'primary', 0, rules)
    results.push({ id, concerns: flag?.categories.map(({ name }) => name) ?? [] })
  }
  return { detector: (await detector(rules)).version, results }
}

/** When it was tried last, and with which extension. */
export interface LastCheck {
  readonly at: number
  readonly version: string
}
/** Less than a day, so that a device that is used at the same hour each day is tried on each. */
const checkedMs = 20 * 3_600_000

export const needsCheck = (last: LastCheck | undefined, version: string, now: number): boolean =>
  !last || last.version !== version || Math.abs(now - last.at) >= checkedMs
