/*
 * What each point in the traffic can see and do, for docs/filtering-coverage.md and for the page that shows a school which of
 * its rules its own points can carry out. Each `yes` and `no` is what a test of ours drives through the real program.
 */

export const abilities = [
  'host',
  'path',
  'search-term',
  'content-type',
  'person',
  'device-or-network',
  'warn',
  'block-page',
  'safe-search',
  'cut',
] as const
export type Ability = (typeof abilities)[number]

export const abilityNames: Readonly<Record<Ability, string>> = {
  host: 'Sees the host',
  path: 'Sees the path',
  'search-term': 'Sees what is searched for',
  'content-type': 'Sees the type of what comes back',
  person: 'Knows the person',
  'device-or-network': 'Knows the device or the network',
  warn: 'Can warn, and let somebody go on',
  'block-page': 'Can show our page',
  'safe-search': 'Can force safe search',
  cut: 'Can cut what is open when a rule changes',
}

/** `plain`: only where the page comes over http, which is nearly nowhere today. */
export type Can = 'yes' | 'plain' | 'no'

export const pointIds = ['embedded-proxy', 'squid-explicit', 'squid-peek', 'squid-bump', 'dns', 'extension'] as const
export type PointId = (typeof pointIds)[number]

export interface EnforcementPoint {
  readonly id: PointId
  readonly name: string
  readonly can: Readonly<Record<Ability, Can>>
  /** What a technician must know of it, a sentence each. */
  readonly limits: readonly string[]
}

export const enforcementPoints: readonly EnforcementPoint[] = [
  {
    id: 'embedded-proxy',
    name: 'The proxy that comes with Gatehouse',
    can: {
      host: 'yes',
      path: 'plain',
      'search-term': 'plain',
      'content-type': 'plain',
      person: 'yes',
      'device-or-network': 'yes',
      warn: 'yes',
      'block-page': 'plain',
      'safe-search': 'plain',
      cut: 'yes',
    },
    limits: [
      'It never reads https: of a tunnel it sees the host that was asked for and the name in the TLS hello.',
      'Where a tunnel is closed the browser shows its own error; the reason is on the Gatehouse site.',
      'A warning about an https site is a block until the person goes on, on the Gatehouse site, for ten minutes.',
    ],
  },
  {
    id: 'squid-explicit',
    name: 'Squid, told to browsers',
    can: {
      host: 'yes',
      path: 'plain',
      'search-term': 'plain',
      'content-type': 'no',
      person: 'yes',
      'device-or-network': 'yes',
      warn: 'yes',
      'block-page': 'plain',
      'safe-search': 'no',
      cut: 'no',
    },
    limits: [
      'Of https it sees the host that the browser asks for; a browser that lies about it is not found out (peek finds it).',
      'A verdict is remembered for up to five seconds.',
      'A tunnel that is open stays open when a rule changes, for an hour at most.',
      'The types of what comes back are not asked about.',
    ],
  },
  {
    id: 'squid-peek',
    name: 'Squid, reading the TLS hello',
    can: {
      host: 'yes',
      path: 'plain',
      'search-term': 'plain',
      'content-type': 'no',
      person: 'yes',
      'device-or-network': 'yes',
      warn: 'yes',
      'block-page': 'plain',
      'safe-search': 'no',
      cut: 'no',
    },
    limits: [
      'A tunnel that asks for one host and greets another is ended.',
      'A hello whose name is encrypted cannot be read: have the resolver take the keys for that out of its answers.',
      'What is closed is refused with a certificate of Squid’s own, which browsers do not trust: they show an error, not our page.',
      'A tunnel that is open stays open when a rule changes, for an hour at most.',
    ],
  },
  {
    id: 'squid-bump',
    name: 'Squid, reading https',
    can: {
      host: 'yes',
      path: 'yes',
      'search-term': 'yes',
      'content-type': 'no',
      person: 'yes',
      'device-or-network': 'yes',
      warn: 'yes',
      'block-page': 'yes',
      'safe-search': 'no',
      cut: 'no',
    },
    limits: [
      'The school’s own authority must be in the store of every browser; programs that keep a store of their own fail.',
      'Hosts of never-bump.txt (health and counselling, and what the school adds, such as banks) are only seen as hosts.',
      'YouTube is asked for its restricted mode; the safe search of search engines is forced by DNS.',
      'Each page of an open connection is asked about again; what is spliced stays open, for an hour at most.',
    ],
  },
  {
    id: 'dns',
    name: 'DNS: Unbound, BIND or Knot',
    can: {
      host: 'yes',
      path: 'no',
      'search-term': 'no',
      'content-type': 'no',
      person: 'no',
      'device-or-network': 'yes',
      warn: 'no',
      'block-page': 'no',
      'safe-search': 'yes',
      cut: 'no',
    },
    limits: [
      'It knows networks and no people: a pass for a class, a pause for a person and a person’s age change nothing in it.',
      'A warning is a block, and what is blocked does not exist: no page can be shown.',
      'Rules for a path, for search words, for look-alike names and for addresses without a name are not in a zone.',
      'What a browser has looked up it may use until it forgets, a minute at most; what is connected stays connected.',
      'A zone is right until the time that stands at its head: it is written again when a lesson, a break or a rule begins or ends.',
      'Encrypted DNS goes round it: the names of such services are in the lists, the canary is answered, and the firewall must close the rest.',
    ],
  },
  {
    id: 'extension',
    name: 'The browser extension',
    can: {
      host: 'yes',
      path: 'yes',
      'search-term': 'yes',
      'content-type': 'no',
      person: 'yes',
      'device-or-network': 'yes',
      warn: 'yes',
      'block-page': 'yes',
      'safe-search': 'no',
      cut: 'no',
    },
    limits: [
      'Only browsers that the school manages have it, and only what happens in them is seen.',
      'It works off site as well, from the last signed rules that it fetched.',
    ],
  },
]

export const enforcementPoint = (id: PointId): EnforcementPoint | undefined =>
  enforcementPoints.find(point => point.id === id)

/** The table of docs/filtering-coverage.md. */
export function coverageTable(): string {
  const word: Readonly<Record<Can, string>> = { yes: 'yes', plain: 'http only', no: 'no' }
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [
    row(['', ...enforcementPoints.map(({ name }) => name)]),
    row(['---', ...enforcementPoints.map(() => '---')]),
    ...abilities.map(ability =>
      row([abilityNames[ability], ...enforcementPoints.map(({ can }) => word[can[ability]])]),
    ),
  ].join('\n')
}

/** The points of this school: the proxy that comes with Gatehouse, and those that the operator names. Unknown names are left out. */
export const pointsInUse = (named: readonly string[]): readonly EnforcementPoint[] =>
  enforcementPoints.filter(({ id }) => id === 'embedded-proxy' || named.includes(id))

/** The best that any of the points can do. */
export function bestOf(points: readonly EnforcementPoint[], ability: Ability): Can {
  const all = points.map(({ can }) => can[ability])
  return all.includes('yes') ? 'yes' : all.includes('plain') ? 'plain' : 'no'
}

/** What stands beside a rule that the points cannot carry out, or null. */
export function notEnforced(points: readonly EnforcementPoint[], needs: Ability): string | null {
  const best = bestOf(points, needs)
  if (best === 'yes') return null
  const what = needs === 'search-term' ? 'what is searched for' : 'pages within a site'
  return best === 'plain'
    ? `Not enforced here over https: nothing in this school sees ${what} there.`
    : `Not enforced here: nothing in this school sees ${what}.`
}
