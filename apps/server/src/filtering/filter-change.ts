import { normaliseHost, normaliseUrl, shippedGroups } from '@gatehouse/engine'
import { canonicalJson } from '@gatehouse/ledger/canonical'
import { type Actor, may } from '../platform/actor.ts'
import { Refusal } from '../platform/refusal.ts'
import { type ChangeContent, isRule } from './change-content.ts'
import { type ChangeInForce, checkHost, filterOf, type RuleSurroundings, type SchoolFilter } from './filter-rules.ts'
import { opensSomething } from './filter-openings.ts'

/*
 * What may be changed about a school's filter, and what a change does. The rules in force are what is shipped with the
 * changes in force laid on top, in the order in which they were approved; there is no other copy of them. Rolling a change
 * back takes it off the pile, so whatever it had covered is in force again.
 */

/** `in-force` with `emergency` and no approval yet: a block that could not wait. `ended`: taken back, or an emergency block lifted. */
export type ChangeState = 'waiting' | 'in-force' | 'refused' | 'withdrawn' | 'ended'

/**
 * Why this actor may not approve a change that opens something (or does not), or null. Opening asks for the safeguarding
 * lead, a deputy named for it, or a senior leader (A-3.4-07); closing may also be approved by the network manager. Whose
 * proposal it is is asked of the request: see `whyNotDecide`.
 */
export function whyNotApprove(actor: Actor, opens: boolean): string | null {
  if (may(actor, opens ? 'filter.approve-opening' : 'filter.approve-closing')) return null
  return opens
    ? 'This opens something, so the safeguarding lead, their deputy, the headteacher or the senior leader for filtering must decide it.'
    : 'The network manager, the safeguarding lead or a senior leader must decide this.'
}

/** The pile of changes once `content` is in force too. */
export function withChange(
  inForce: readonly ChangeInForce[],
  id: string,
  content: ChangeContent,
  /** Every change that a restoring one puts back in force. */
  reinstated: readonly ChangeInForce[] = [],
): readonly ChangeInForce[] {
  if (content.kind === 'rollback') return inForce.filter(change => change.id !== content.of)
  if (content.kind === 'restore')
    return [
      ...inForce.filter(change => !content.end.includes(change.id)),
      ...reinstated.filter(
        change => content.reinstate.includes(change.id) && inForce.every(({ id: there }) => there !== change.id),
      ),
    ]
  const version = Math.max(0, ...inForce.map(change => change.version)) + 1
  return [...inForce.filter(change => change.id !== id), { id, version, content }]
}

/** The filter before and after one change, and what that means. */
export interface ChangeEffect {
  readonly before: SchoolFilter
  readonly after: SchoolFilter
  readonly opens: boolean
  /** False where it would change nothing at all. */
  readonly isNew: boolean
}

/** @param surroundings as they are now: passes and terms bear on what a change opens. */
export function effectOf(
  inForce: readonly ChangeInForce[],
  id: string,
  content: ChangeContent,
  surroundings: RuleSurroundings = {},
  reinstated: readonly ChangeInForce[] = [],
): ChangeEffect {
  const before = filterOf(inForce, 0, surroundings)
  const after = filterOf(withChange(inForce, id === '' ? '~' : id, content, reinstated), 0, surroundings)
  // What new lists leave out is open: that is told from the lists themselves, and in doubt they open.
  const opens = content.kind === 'lists' || opensSomething(before, after)
  return { before, after, opens, isNew: content.kind === 'lists' || asDone(before) !== asDone(after) }
}

/** Ids of rules differ even where they do the same: what the filter does, without them. */
const asDone = ({ rules, places, devices, listsNeedTwo }: SchoolFilter): string => {
  const each = (groups: readonly string[] | 'all') => (groups === 'all' ? ['*'] : groups)
  return canonicalJson(
    JSON.parse(
      JSON.stringify([
        rules.groups,
        rules.hostRules
          .flatMap(rule =>
            each(rule.groups).map(
              group => `${group} ${rule.action} ${rule.host}${rule.path ?? ''} ${rule.embeddedIn?.join() ?? ''}`,
            ),
          )
          .sort(),
        (rules.searchRules ?? [])
          .flatMap(rule => each(rule.groups).map(group => `${group} ${rule.action} ${rule.category} ${rule.phrase}`))
          .sort(),
        (rules.adjustments ?? []).map(({ id: _, ...adjustment }) => JSON.stringify(adjustment)).sort(),
        rules.matrix,
        rules.times,
        places,
        devices,
        listsNeedTwo,
      ]),
    ),
  )
}

/** A site as somebody types it (`https://Example.com/games`, `example.com`) as host and path. @throws {Refusal} `invalid`. */
export function siteOf(typed: string): { host: string; path: string | null } {
  const text = typed.trim()
  const address = normaliseUrl(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`)
  const host = address.ok ? normaliseHost(address.host) : null
  if (!address.ok || host === null)
    throw new Refusal(
      'invalid',
      'That is not an address of a website. Enter one such as example.com or example.com/games.',
    )
  if (!host.includes('.') && !host.includes(':'))
    throw new Refusal(
      'invalid',
      'Enter a whole site, such as example.com: one word would close everything that ends in it.',
    )
  if (host === checkHost)
    throw new Refusal(
      'invalid',
      'This is the filter’s own check page, which must stay open so that an outage is never taken for a block.',
    )
  return { host, path: address.path === '/' || address.path === '' ? null : address.path }
}

export const groupName = (id: string): string => shippedGroups.find(group => group.id === id)?.name ?? id
export const groupIds: readonly string[] = shippedGroups.map(({ id }) => id)

/**
 * Whether a change may be taken back by itself. One that takes others back is undone by going back to a day before it, and
 * lists by newer lists.
 */
export const isReversible = (content: ChangeContent | null): boolean =>
  content !== null && isRule(content) && content.kind !== 'lists'
