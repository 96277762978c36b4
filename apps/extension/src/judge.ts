import { askedWith } from '@gatehouse/engine/filter/asker'
import { decide } from '@gatehouse/engine/filter/decide'
import type { Verdict } from '@gatehouse/engine/filter/types'
import type { Rules } from './rules.ts'

/** The rule that stands in a verdict while a device has no rules yet. */
export const noRules = 'extension:no-rules'

/** The verdict for one request of this browser; null where it is none of the filter's business. */
export function judge(
  rules: Rules | null,
  server: string,
  request: { readonly url: string; readonly referrer?: string },
  place: string,
  now: number,
): Verdict | null {
  const url = URL.parse(request.url)
  if (!url || !/^(?:https?|wss?):$/.test(url.protocol)) return null
  // The school's own Gatehouse is where help and the reason are.
  if (url.origin === server) return null
  const closed = (rule: string, reason: string): Verdict => ({
    verdict: 'block',
    category: 'none',
    rule,
    reason,
    host: url.hostname,
  })
  if (!rules) return closed(noRules, 'The internet opens in a moment, when the school’s rules have been read.')
  const { person } = rules
  if (!person) return closed('no-group', 'The filter does not know who you are. Please ask a member of staff.')
  if (person.suspended)
    return closed('extension:suspended', 'Your internet use is paused. Please ask a member of staff.')
  const isChild = !person.groups.every(group => rules.rules.groups.find(({ id }) => id === group)?.audience === 'adult')
  if (isChild && now - rules.issuedAt > rules.maxAgeMs)
    return closed(
      'extension:stale',
      'The internet is closed for now because its rules are too old. Please tell a member of staff.',
    )
  return decide(rules.rules, rules.lists, {
    url: request.url,
    groups: person.groups,
    at: new Date(now),
    kind: 'page',
    personId: person.id,
    ...askedWith(person),
    ...(place === '' ? {} : { place }),
    ...(request.referrer === undefined ? {} : { referrer: request.referrer }),
  })
}

/** Categories for which somebody in distress may be looking: help instead of a wall. */
export const helpInstead: ReadonlySet<string> = new Set(['selfharm', 'eating', 'violence'])
