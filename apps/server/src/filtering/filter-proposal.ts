import { type Category, isOpenToAnybody } from '@gatehouse/engine'
import { canonicalJson } from '@gatehouse/ledger/canonical'
import { Refusal } from '../platform/refusal.ts'
import {
  type CellState,
  type ChangeContent,
  contentOf,
  type ListSize,
  type PlaceState,
  type RuleContent,
  type ServiceState,
  settableCategories,
  tidy,
  type WindowState,
} from './change-content.ts'
import { groupIds, siteOf } from './filter-change.ts'
import type { OwnerRole } from './filter-change-clocks.ts'
import { actionFor } from './filter-openings.ts'
import type { SchoolFilter } from './filter-rules.ts'

/** What somebody proposes, before it is held against the filter as it stands. */
interface Common {
  readonly reason: string
  /** The duty that answers for the change, and the day on which it is looked at again. */
  readonly owner: OwnerRole
  readonly reviewOn: string
  readonly caseId?: string | null
}
type Of<K extends RuleContent['kind']> = Extract<RuleContent, { kind: K }>
/** As the content, without what is found out here. */
type Asked<K extends RuleContent['kind']> = Omit<Of<K>, 'before' | 'owner' | 'reviewOn' | 'caseId'> & Common

export interface SiteProposal extends Common {
  readonly kind: 'host'
  /** As typed: a host, or an address with a path. */
  readonly site: string
  readonly action: 'allow' | 'block'
  readonly groups: readonly string[]
  /** As typed. Only where a page of one of these shows it; for openings alone. */
  readonly embeddedIn?: readonly string[]
}
export type Proposal =
  | SiteProposal
  | Asked<'category'>
  | Asked<'agreement'>
  | Asked<'cell'>
  | Asked<'adjustment'>
  | Asked<'window'>
  | Asked<'bells'>
  | Asked<'service'>
  | Asked<'place'>
  | Asked<'devices'>
  | Asked<'search'>
  | Asked<'list-rule'>
  | (Omit<Of<'lists'>, 'owner' | 'reviewOn' | 'caseId'> & Common)

/**
 * The content of a proposal, with what it would take the place of.
 * @throws {Refusal} `invalid` where it is about something that is not there, or that nobody may change.
 */
export function contentFor(proposal: Proposal, filter: SchoolFilter): RuleContent {
  const { reason: _, ...asked } = proposal
  const tended = { owner: proposal.owner, reviewOn: proposal.reviewOn, caseId: proposal.caseId ?? null }
  mustKnowGroups(proposal)
  const content = { ...filled(asked, filter), ...tended }
  const parsed = contentOf(content)
  if (parsed === null) throw new Refusal('invalid', 'That is not something that can be changed.')
  // `filled` gives only contents that lie on the pile.
  return tidy(parsed) as RuleContent
}

function mustKnowGroups(proposal: Proposal): void {
  const named = 'groups' in proposal ? proposal.groups : proposal.kind === 'adjustment' ? proposal.who.groups : []
  const unknown = named.find(group => !groupIds.includes(group))
  if (unknown !== undefined) throw new Refusal('invalid', `There is no group “${unknown}”.`)
  if ('groups' in proposal && named.length === 0) throw new Refusal('invalid', 'Select at least one group.')
}

function filled(asked: Omit<Proposal, 'reason'>, filter: SchoolFilter): object {
  // The cast gives back the union that `Omit` flattened.
  const proposal = asked as Proposal
  switch (proposal.kind) {
    case 'host': {
      const { site, action, groups, embeddedIn } = proposal
      if (embeddedIn && action !== 'allow')
        throw new Refusal('invalid', 'Only an opening can be limited to the pages that show the site.')
      const { host, path } = siteOf(site)
      // The engine gives such a rule no effect, so that it opens nothing by mistake.
      if (action === 'allow' && isOpenToAnybody(host))
        throw new Refusal(
          'invalid',
          `Anybody can put a site beneath ${host}, so it is not opened as a whole. Enter the one that is needed.`,
        )
      return {
        kind: 'host',
        host,
        path,
        action,
        groups,
        embeddedIn: embeddedIn && embeddedIn.length > 0 ? embeddedIn.map(each => siteOf(each).host) : null,
      }
    }
    case 'category':
      mustBeSettable(proposal.category)
      return { ...proposal, before: replaced(proposal, filter) }
    case 'cell':
      mustBeWhole(proposal)
      return { ...proposal, before: replaced(proposal, filter) }
    case 'adjustment':
      for (const category of Object.keys(proposal.categories)) mustBeSettable(category as Category)
      if (Object.keys(proposal.categories).length === 0 && proposal.unlisted === null)
        throw new Refusal('invalid', 'Say for at least one category what they get instead.')
      return proposal
    case 'search':
      mustBeSettable(proposal.category)
      return { ...proposal, phrase: proposal.phrase.trim().toLowerCase() }
    case 'lists':
      return proposal
    default:
      return { ...proposal, before: replaced(proposal, filter) }
  }
}

function mustBeSettable(category: Category): void {
  if (settableCategories.includes(category)) return
  throw new Refusal(
    'invalid',
    category === 'illegal'
      ? 'Nobody can switch off the block on illegal content.'
      : 'What must never be blocked is the same for every school.',
  )
}

function mustBeWhole({ level, window, people }: Asked<'cell'>): void {
  if (level === 'certain-times' && window === null)
    throw new Refusal('invalid', 'Choose the times at which it is allowed.')
  if (level !== 'certain-times' && window !== null)
    throw new Refusal('invalid', 'Times go with “At certain times” alone.')
  if (level === 'selected-people' && people.length === 0)
    throw new Refusal('invalid', 'Choose the people for whom it is allowed.')
  if (level !== 'selected-people' && people.length > 0)
    throw new Refusal('invalid', 'People go with “For selected people” alone.')
}

type Replacing = Exclude<Proposal | RuleContent, { kind: 'host' | 'adjustment' | 'search' | 'lists' }>

/** What stands now where a content would be laid, in the shape of its `before`. */
function replaced(content: Replacing, { rules, places, devices, listsNeedTwo }: SchoolFilter): unknown {
  switch (content.kind) {
    case 'category':
    case 'agreement':
      return Object.fromEntries(
        rules.groups
          .filter(group => content.groups.includes(group.id))
          .map(group => [
            group.id,
            content.kind === 'agreement' ? group.sourcesNeeded : actionFor(group, content.category),
          ]),
      )
    case 'cell': {
      const found = rules.matrix?.cells.find(
        ({ technology, side }) => technology === content.technology && side === content.side,
      )
      return found
        ? ({ level: found.level, window: found.window ?? null, people: found.people ?? [] } satisfies CellState)
        : null
    }
    case 'window': {
      const found = rules.times?.windows.find(({ id }) => id === content.id)
      if (!found) return null
      const { id: _, ...window } = found
      return { isOpenOnOtherDays: false, ...window } satisfies WindowState
    }
    case 'bells':
      return rules.times?.bells ?? []
    case 'service': {
      const found = rules.matrix?.services.find(({ id }) => id === content.id)
      if (!found) return null
      const { id: _, ...service } = found
      return { technology: null, ageIsForAccountsOnly: false, ...service } satisfies ServiceState
    }
    case 'place': {
      const found = places.find(({ id }) => id === content.id)
      if (!found) return null
      const { id: _, ...place } = found
      return place satisfies PlaceState
    }
    case 'devices':
      return content.devices.map(({ address }) => ({
        address,
        personId: devices.find(device => device.address === address)?.personId ?? null,
      }))
    case 'list-rule':
      return listsNeedTwo
  }
}

/** Whether what a content was proposed against has moved since, so that its approver saw something else. */
export function hasMoved(content: ChangeContent, filter: SchoolFilter): boolean {
  if (!('before' in content) || content.kind === 'lists') return false
  return plain(content.before) !== plain(replaced(content, filter))
}
const plain = (value: unknown): string => canonicalJson(JSON.parse(JSON.stringify(value ?? null)))

/** What differs between two sets of lists, a category of a source a line, the greatest difference first. */
export function sizesBetween(
  before: readonly { category: string; source: string; domains: number }[],
  after: readonly { category: string; source: string; domains: number }[],
): ListSize[] {
  const key = ({ category, source }: { category: string; source: string }): string => `${category}\n${source}`
  const [was, is] = [
    new Map(before.map(each => [key(each), each.domains])),
    new Map(after.map(each => [key(each), each.domains])),
  ]
  return [...new Set([...was.keys(), ...is.keys()])]
    .map(name => {
      const [category = '', source = ''] = name.split('\n')
      return { category, source, before: was.get(name) ?? 0, after: is.get(name) ?? 0 }
    })
    .filter(size => size.before !== size.after)
    .sort((one, other) => Math.abs(other.after - other.before) - Math.abs(one.after - one.before))
}
