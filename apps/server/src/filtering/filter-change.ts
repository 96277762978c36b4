import {
  type Action,
  actions,
  type Category,
  categories,
  type GroupRules,
  type HostRule,
  normaliseHost,
  normaliseUrl,
  type RuleSet,
  shippedGroups,
} from '@gatehouse/engine'
import { type Actor, may } from '../platform/actor.ts'
import { Refusal } from '../platform/refusal.ts'

/*
 * What may be changed about a school's filter, and what a change does. The rules in force are the shipped profiles with the
 * changes in force laid on top, in the order in which they were approved; there is no other copy of them. Rolling a change
 * back takes it off the pile, so whatever it had covered is in force again.
 */

/** `in-force` with `emergency` and no approval yet: a block that could not wait. `ended`: rolled back, or an emergency block lifted. */
export type ChangeState = 'waiting' | 'in-force' | 'refused' | 'withdrawn' | 'ended'

/** One site for some groups. A later change about the same site and group takes the place of an earlier one. */
export interface HostContent {
  readonly kind: 'host'
  /** Normalised; covers subdomains. */
  readonly host: string
  /** null for the whole site; else starts with “/”. */
  readonly path: string | null
  readonly action: 'allow' | 'block'
  readonly groups: readonly string[]
  /** The duty that answers for it, and when it is to be looked at again (`YYYY-MM-DD`). */
  readonly owner: string
  readonly reviewOn: string
  readonly caseId: string | null
}
/** What some groups get for one category; `unlisted` is what stands in no list. */
export interface CategoryContent {
  readonly kind: 'category'
  readonly category: Category
  readonly action: Action
  readonly groups: readonly string[]
  /** What each of the groups had when it was proposed: the approver sees both, and approval fails if it has moved since. */
  readonly before: Readonly<Record<string, Action>>
  readonly owner: string
  readonly reviewOn: string
  readonly caseId: string | null
}
/** Takes a change off again. */
export interface RollbackContent {
  readonly kind: 'rollback'
  readonly of: string
  readonly caseId: string | null
}
export type ChangeContent = HostContent | CategoryContent | RollbackContent

/** A change that is in force, as the rules are built from it. */
export interface ChangeInForce {
  readonly id: string
  readonly version: number
  readonly content: HostContent | CategoryContent
}

/** Our own check page must be reachable by everybody, or an outage could not be told from a block. It leads nowhere else. */
export const checkHost = 'check.gatehouse.invalid'
const checkRule: HostRule = {
  id: 'check-page',
  action: 'allow',
  host: checkHost,
  groups: 'all',
  reason: 'The filter’s own check page',
}

/** Categories that no group's rules can set: the illegal floor, which nobody opens, and what must never be blocked. */
export const settableCategories: readonly Category[] = categories.filter(
  name => name !== 'illegal' && name !== 'must-allow',
)

/**
 * The rules of a school. The slot for illegal lists is always there and no change reaches it: it is `empty` until a member's
 * licensed list is loaded, which this version cannot do. `version` counts decisions, so that two rule sets are never taken for one.
 */
export function rulesOf(changes: readonly ChangeInForce[], version: number): RuleSet {
  const inOrder = [...changes].sort((one, other) => one.version - other.version)
  const groups = shippedGroups.map(group => ({ ...group, categories: { ...group.categories } }))
  const sites = new Map<string, { change: string; content: HostContent }>()
  for (const { id, content } of inOrder) {
    for (const group of content.groups) {
      if (content.kind === 'host') {
        sites.set(`${content.host}\n${content.path ?? ''}\n${group}`, { change: id, content })
        continue
      }
      const index = groups.findIndex(each => each.id === group)
      const known = groups[index]
      if (!known) continue
      groups[index] =
        content.category === 'unlisted'
          ? { ...known, unlisted: content.action }
          : { ...known, categories: { ...known.categories, [content.category]: content.action } }
    }
  }
  const rules = new Map<string, { content: HostContent; groups: string[] }>()
  for (const [key, { change, content }] of sites) {
    const rule = rules.get(change) ?? { content, groups: [] }
    rule.groups.push(key.slice(key.lastIndexOf('\n') + 1))
    rules.set(change, rule)
  }
  return {
    version,
    groups,
    hostRules: [
      checkRule,
      ...[...rules]
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(
          ([id, { content, groups: held }]): HostRule => ({
            id,
            action: content.action,
            host: content.host,
            ...(content.path === null ? {} : { path: content.path }),
            groups: held.sort(),
            reason: `Change ${id}`,
          }),
        ),
    ],
    illegal: { source: 'empty', hosts: [] },
  }
}

/** What a group gets for a category under these rules. */
export const actionFor = (group: GroupRules, category: Category): Action =>
  category === 'unlisted' ? group.unlisted : (group.categories[category] ?? group.unlisted)

const strictness = (action: Action): number => actions.indexOf(action)

/**
 * Whether anything at all becomes more open from `before` to `after`, for anybody: an opening that was not there, a block that
 * is gone or covers fewer groups, a category or the unlisted rest with a milder action. When in doubt, yes.
 */
export function opensSomething(before: RuleSet, after: RuleSet): boolean {
  for (const group of after.groups) {
    const was = before.groups.find(({ id }) => id === group.id)
    if (!was) return true
    if (group.sourcesNeeded > was.sourcesNeeded) return true
    for (const category of settableCategories)
      if (strictness(actionFor(group, category)) < strictness(actionFor(was, category))) return true
  }
  const sites = (rules: RuleSet, action: HostRule['action']): Set<string> =>
    new Set(
      rules.hostRules
        .filter(rule => rule.action === action)
        .flatMap(rule =>
          (rule.groups === 'all' ? rules.groups.map(({ id }) => id) : rule.groups).map(
            group => `${group} ${rule.host} ${rule.path ?? '/'}`,
          ),
        ),
    )
  const allowedBefore = sites(before, 'allow')
  const blockedAfter = sites(after, 'block')
  return (
    [...sites(after, 'allow')].some(site => !allowedBefore.has(site)) ||
    [...sites(before, 'block')].some(site => !blockedAfter.has(site))
  )
}

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

/** The changes after this one too, or after a rollback without the one that it takes off. */
export function withChange(
  inForce: readonly ChangeInForce[],
  id: string,
  content: ChangeContent,
): readonly ChangeInForce[] {
  if (content.kind === 'rollback') return inForce.filter(change => change.id !== content.of)
  const version = Math.max(0, ...inForce.map(change => change.version)) + 1
  return [...inForce.filter(change => change.id !== id), { id, version, content }]
}

/** Whether a change would change anything: the same decision about the same site or category is none. */
export function changesAnything(inForce: readonly ChangeInForce[], content: ChangeContent): boolean {
  const before = rulesOf(inForce, 0)
  const after = rulesOf(withChange(inForce, '~', content), 0)
  // Ids of rules differ even where they do the same: compare what each group gets for each site.
  const plain = (rules: typeof before) =>
    JSON.stringify([
      rules.groups,
      rules.hostRules
        .flatMap(rule =>
          (rule.groups === 'all' ? ['*'] : rule.groups).map(
            group => `${group} ${rule.action} ${rule.host}${rule.path ?? ''}`,
          ),
        )
        .sort(),
    ])
  return plain(before) !== plain(after)
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

/** The content as one canonical value, with the groups in order, each once. */
export const tidy = <C extends HostContent | CategoryContent>(content: C): C => ({
  ...content,
  groups: [...new Set(content.groups)].sort(),
})

/** Content from the database, which an administrator could have altered: what is not of a known shape is no change at all. */
export function contentOf(value: unknown): ChangeContent | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  const { kind, host, path, action, groups, category, before, owner, reviewOn, caseId, of } = value as Record<
    string,
    unknown
  >
  const cased = caseId === null || typeof caseId === 'string'
  if (!cased) return null
  if (kind === 'rollback') return typeof of === 'string' ? { kind, of, caseId } : null
  const named = Array.isArray(groups) && groups.length > 0 && groups.every(group => typeof group === 'string')
  if (!named || typeof owner !== 'string' || typeof reviewOn !== 'string') return null
  if (kind === 'host') {
    if (
      typeof host !== 'string' ||
      normaliseHost(host) !== host ||
      !(path === null || (typeof path === 'string' && path.startsWith('/'))) ||
      (action !== 'allow' && action !== 'block')
    )
      return null
    return { kind, host, path, action, groups, owner, reviewOn, caseId }
  }
  const known = settableCategories.find(name => name === category)
  const wanted = actions.find(name => name === action)
  if (kind !== 'category' || !known || !wanted || typeof before !== 'object' || before === null) return null
  return {
    kind,
    category: known,
    action: wanted,
    groups,
    before: before as Record<string, Action>,
    owner,
    reviewOn,
    caseId,
  }
}

export const groupName = (id: string): string => shippedGroups.find(group => group.id === id)?.name ?? id
export const groupIds: readonly string[] = shippedGroups.map(({ id }) => id)

const verbs: Record<Action, string> = { allow: 'Open', warn: 'Warn about', block: 'Block' }

/** “Block example.com for Juniors and Infants”. Names a site and never a person. */
export function sentenceFor(content: ChangeContent, of?: ChangeContent | null): string {
  if (content.kind === 'rollback') return of ? `Take back: ${sentenceFor(of)}` : 'Take back an earlier change'
  const groups = content.groups.map(groupName)
  const who =
    groups.length === groupIds.length
      ? 'everybody'
      : groups.length === 1
        ? groups[0]
        : `${groups.slice(0, -1).join(', ')} and ${groups.at(-1)}`
  const what =
    content.kind === 'host'
      ? `${content.host}${content.path ?? ''}`
      : content.category === 'unlisted'
        ? 'sites in no list'
        : `the category “${content.category}”`
  return `${verbs[content.action]} ${what} for ${who}`
}
