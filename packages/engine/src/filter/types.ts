/** Category names, stable in every output. The graver come first: where two ask for the same action, the first is named. */
export const categories = [
  'illegal',
  'pornography',
  'adult',
  'dating',
  'gambling',
  'games',
  'social',
  'chat',
  'video',
  'forums',
  'webmail',
  'filesharing',
  'piracy',
  'downloads',
  'drugs',
  'alcohol-tobacco',
  'weapons',
  'violence',
  'hate',
  'extremism',
  'selfharm',
  'eating',
  'misogyny',
  'fraud',
  'phishing',
  'malware',
  'hacking',
  'vpn',
  'proxy',
  'doh',
  'tor',
  'remote-control',
  'ai-chat',
  'shortener',
  'dynamic-dns',
  'translation',
  'crypto',
  'ads',
  'search',
  'must-allow',
  'unlisted',
] as const
export type Category = (typeof categories)[number]

/** From open to shut; `strictest` compares by this order. */
export const actions = ['allow', 'warn', 'block'] as const
export type Action = (typeof actions)[number]

/** Who reads the sentence. */
export type Audience = 'young-child' | 'child' | 'adult'

/** What a group may reach. */
export interface GroupRules {
  readonly id: string
  readonly name: string
  readonly audience: Audience
  /** A category that is not here gets the action of `unlisted`. `illegal` and `must-allow` are not the group's to set. */
  readonly categories: Readonly<Partial<Record<Category, Action>>>
  /** For hosts in no category that counts. */
  readonly unlisted: Action
  /** How many sources must name a host in a category before it counts, 1 or more; see `decide` for what needs only one. */
  readonly sourcesNeeded: number
}

/** A school's own decision about one site. */
export interface HostRule {
  readonly id: string
  readonly action: 'allow' | 'block'
  /** Covers subdomains. */
  readonly host: string
  /** Starts with '/'; covers this path and what lies beneath it. Never seen in a `connect` request. */
  readonly path?: string
  readonly groups: readonly string[] | 'all'
  /** For the record of changes; never shown to the reader of a verdict. */
  readonly reason: string
  /** ISO 8601 instant with offset, exclusive: at this instant the rule has ended. */
  readonly until?: string
}

export interface RuleSet {
  readonly version: number
  readonly groups: readonly GroupRules[]
  readonly hostRules: readonly HostRule[]
  /** The slot for the lists of illegal material (IWF, CTIRU), which only members and licensees may hold. */
  readonly illegal: { readonly source: 'empty' | 'loaded'; readonly hosts: readonly string[] }
}

export interface FilterRequest {
  /** As it came: attacker-controlled. For `connect`, 'host:port'. */
  readonly url: string
  /** Ids of the groups of the person, or of the place where nobody is known. */
  readonly groups: readonly string[]
  readonly at: Date
  /** `connect` sees a host and no path. */
  readonly kind: 'page' | 'connect'
}

export interface Verdict {
  readonly verdict: Action
  /** `none` for a host in no category that counts, and where no list was asked. */
  readonly category: Category | 'none'
  /**
   * What decided: `illegal`, `must-allow`, `host:<rule id>`, `group:<group id>:<category or unlisted>`, `no-group`,
   * `malformed-address`.
   */
  readonly rule: string
  /** One sentence for this reader. */
  readonly reason: string
  /** Normalised; '' if the address is malformed. */
  readonly host: string
}

/** Who published a list. Files of one publisher, and copies of them, are one source: they do not agree with themselves. */
export interface ListSource {
  readonly id: string
  readonly name: string
  readonly licence: string
  /** 'YYYY-MM-DD', or '' if not known. */
  readonly date: string
  /** Written or checked by people of the project or the school: its word is enough, whatever a group needs. */
  readonly isCurated: boolean
}

/** One category of a host, and who named it so. */
export interface Listing {
  readonly category: Category
  /** Source ids, sorted. */
  readonly sources: readonly string[]
  /** True if one of the sources is curated. */
  readonly isCurated: boolean
}

export interface ListCount {
  readonly category: Category
  readonly source: string
  readonly domains: number
}

/** The compiled category lists, ready to be asked. */
export interface CategoryLists {
  /**
   * Every category of a normalised host, from itself and each parent domain, in the order of `categories`. An IP
   * address has no parents. Empty if no list names it.
   */
  lookup(host: string): readonly Listing[]
  /** How many domains each source has in each category, in the order of `categories` and source ids. */
  counts(): readonly ListCount[]
  /** How many sources have anything at all in a category. */
  sourcesOf(category: Category): number
  readonly sources: readonly ListSource[]
  /** Distinct domains. */
  readonly domains: number
  /** Checksum of the file, 16 hex digits. Names a version; proves nothing against an attacker. */
  readonly checksum: string
}
