/**
 * The full decision as a gateway asks it: shipped groups, matrix and bells, and of every other part of the rules enough that
 * none is skipped. Blocked here means in a category that counts for a group for which every category is shut, so that the
 * answer is comparable with a plain set of names.
 */
import { categories, decide, openLists, type RuleSet, shippedRules } from '../../packages/engine/src/filter/index.ts'
import type { Action, Category, FilterRequest, Pass } from '../../packages/engine/src/filter/types.ts'

export function decideContender(compiled: Uint8Array): {
  ask: (host: string) => string
  host: (host: string) => boolean
  url: (url: string) => boolean
  note: string
} {
  const lists = openLists(compiled)
  const rules = everyPart()
  const at = new Date('2026-11-24T10:15:00Z')
  type Kind = 'page' | 'connect'
  // Four people in turn, as they come through one gateway; a request is made for each, as a gateway makes it.
  const people: readonly ((url: string, kind: Kind) => FilterRequest)[] = [
    (url, kind) => pupil(url, kind, 'p1', juniors, ['5B'], '5', '2029-03-01', 'school'),
    (url, kind) => pupil(url, kind, 'p2', secondary, ['9C', '9C-science'], '9', '2025-03-01', 'school'),
    (url, kind) => ({ url, at, kind, personId: 'p3', groups: staff, place: 'school' }),
    (url, kind) => pupil(url, kind, 'p4', allShut, ['8A'], '8', '2026-03-01', 'library'),
  ]
  const pupil = (
    url: string,
    kind: Kind,
    personId: string,
    groups: readonly string[],
    classes: readonly string[],
    year: string,
    turns13On: string,
    place: string,
  ): FilterRequest => ({ url, at, kind, personId, groups, classes, year, turns13On, place })
  let turn = 0
  const ask = (url: string, kind: Kind): boolean => {
    turn = (turn + 1) & 3
    const request = people[turn]?.(url, kind)
    return request !== undefined && decide(rules, lists, request).verdict === 'block'
  }
  return {
    ask: host => `${host}:443`,
    host: text => ask(text, 'connect'),
    url: url => ask(url, 'page'),
    note: `${rules.groups.length} groups, ${rules.hostRules.length} host rules, ${rules.passes?.length} passes, ${rules.adjustments?.length} adjustments`,
  }
}

const [juniors, secondary, staff, allShut] = [['juniors'], ['secondary'], ['staff'], ['all-shut']]

function everyPart(): RuleSet {
  const shut = Object.fromEntries(categories.map(category => [category, 'block' as Action])) as Record<Category, Action>
  const shipped = shippedRules()
  const hostRules = Array.from({ length: 300 }, (_, index) => ({
    id: `rule-${index}`,
    action: index % 2 === 0 ? ('block' as const) : ('allow' as const),
    host: `rule-${index}.example`,
    ...(index % 10 === 0 && { path: '/shut' }),
    ...(index % 10 === 1 && { embeddedIn: ['lesson.example'] }),
    ...(index % 10 === 3 && { until: '2027-01-01T00:00:00Z' }),
    groups: index % 3 === 0 ? (['juniors'] as const) : ('all' as const),
    reason: 'bench',
  }))
  const passes: Pass[] = Array.from({ length: 40 }, (_, index) => ({
    id: `pass-${index}`,
    who: { classes: [`${index % 13}A`, index % 5 === 0 ? '9C' : '7B'] },
    sites: [{ host: `pass-${index}.example` }, { host: `also-${index}.example`, path: '/unit' }],
    from: '2026-11-24T09:00:00Z',
    until: '2026-11-24T15:00:00Z',
  }))
  return {
    ...shipped,
    groups: [
      ...shipped.groups,
      {
        id: 'all-shut',
        name: 'All shut',
        audience: 'child',
        categories: shut,
        unlisted: 'allow',
        sourcesNeeded: 1,
        side: 'pupils',
      },
    ],
    hostRules,
    passes,
    adjustments: [
      { id: 'year-9', who: { years: ['9'] }, categories: { games: 'warn' } },
      { id: 'library', who: { groups: ['secondary'] }, places: ['library'], categories: { social: 'block' } },
      { id: 'class', who: { classes: ['5B'] }, categories: { video: 'allow' } },
    ],
    searchRules: [
      { id: 's1', phrase: 'how to make a bomb', action: 'block', category: 'weapons', groups: 'all' },
      { id: 's2', phrase: 'sex education', action: 'allow', category: 'must-allow', groups: 'all' },
    ],
    illegal: { source: 'loaded', hosts: Array.from({ length: 5000 }, (_, index) => `illegal-${index}.example`) },
  }
}
