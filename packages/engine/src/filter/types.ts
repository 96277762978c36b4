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
  /** True where everybody in it is under 13: no permission opens an age-limited service to them. */
  readonly isUnder13?: boolean
  /** Which half of the technology matrix is asked for them; none where neither applies, as for guests. */
  readonly side?: Side
}

export const sides = ['staff', 'pupils'] as const
export type Side = (typeof sides)[number]

/** Whom a rule is for: everybody that any of the lists names. */
export interface Who {
  readonly groups?: readonly string[]
  readonly classes?: readonly string[]
  readonly years?: readonly string[]
  readonly people?: readonly string[]
}

/** 'HH:MM' in London; `to` is exclusive, and not later than `from` means past midnight. */
export interface TimeSpan {
  readonly from: string
  readonly to: string
}

/** Times of the week under a name, such as "lunch" or "evenings in term". */
export interface TimeWindow {
  readonly id: string
  readonly name: string
  /** School days are Monday to Friday within a term and outside its closures; numbers are ISO weekdays, 1 is Monday. */
  readonly days: 'every-day' | 'school-days' | readonly number[]
  /** A bell's id stands for its times, so that the window moves with the timetable. */
  readonly spans: readonly (TimeSpan | { readonly bell: string })[]
  /** Open all day long, midnight to midnight, on the days that `days` leaves out. */
  readonly isOpenOnOtherDays?: boolean
}

/**
 * The school's clock: bells, terms and closures (both ends inclusive, 'YYYY-MM-DD'), and the windows made of them. With
 * no terms at all every Monday to Friday is a school day.
 */
export interface SchoolTimes {
  readonly bells: readonly (TimeSpan & { readonly id: string; readonly name: string })[]
  readonly terms: readonly { readonly from: string; readonly to: string }[]
  readonly closures: readonly { readonly from: string; readonly to: string }[]
  readonly windows: readonly TimeWindow[]
}

/**
 * What some people get otherwise than their group: by person, class, year or group, at some places, in some window.
 * A person's outranks a class's, a class's a year's, a year's a group's; among equals the strictest holds.
 */
export interface Adjustment {
  readonly id: string
  readonly who: Who
  /** Everywhere if absent. */
  readonly places?: readonly string[]
  /** Id of a window; at all times if absent. */
  readonly window?: string
  readonly categories: Readonly<Partial<Record<Category, Action>>>
  readonly unlisted?: Action
}

/** The rows of the technology matrix (Policy A, section 9). Only some are for the filter to carry out. */
export const technologies = [
  'phones-in-school',
  'phones-in-lessons',
  'phones-in-social-time',
  'cameras',
  'tablets',
  'personal-mail',
  'school-mail-personal',
  'messaging',
  'social-media',
  'blogs',
] as const
export type Technology = (typeof technologies)[number]

export type CellLevel = 'allowed' | 'certain-times' | 'selected-people' | 'with-permission' | 'not-allowed'

export interface TechnologyCell {
  readonly technology: Technology
  readonly side: Side
  readonly level: CellLevel
  /** For `certain-times`: id of a window. */
  readonly window?: string
  /** For `selected-people`: person ids. */
  readonly people?: readonly string[]
}

/** A service as the domains that it lives on. */
export interface Service {
  readonly id: string
  readonly name: string
  /** The row of the matrix that it belongs to, if any. */
  readonly technology?: Technology
  readonly hosts: readonly string[]
  /** In years, as the service itself sets it; 0 for none. */
  readonly minimumAge: number
  /** Anybody may look at it: the age is for having an account, and keeps nobody under 13 from what is open to them. */
  readonly ageIsForAccountsOnly?: boolean
}

export interface TechnologyMatrix {
  readonly cells: readonly TechnologyCell[]
  readonly services: readonly Service[]
}

/**
 * A temporary opening for some people, never for an address or for the school. It ends by its own end, whatever runs or
 * does not run at that minute.
 */
export interface Pass {
  readonly id: string
  /** Never empty, and never by group: classes or people. */
  readonly who: Pick<Who, 'classes' | 'people'>
  readonly sites: readonly { readonly host: string; readonly path?: string }[]
  /** A permission for a row of the matrix rather than for sites. */
  readonly technology?: Technology
  /** ISO 8601 with offset; `from` inclusive, `until` exclusive. */
  readonly from: string
  readonly until: string
  /** Within `from` … `until` only in this window, such as one lesson of each Tuesday. */
  readonly window?: string
  /** For the length of it nothing else is open to these people, must-allow apart. */
  readonly isOnly?: boolean
}

/** A school's own rule for what is typed into search engines. */
export interface SearchRule {
  readonly id: string
  /** Compared as whole words, case and accents apart. */
  readonly phrase: string
  readonly action: 'allow' | 'warn' | 'block'
  readonly category: Category
  readonly groups: readonly string[] | 'all'
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
  /** Only where a page of one of these hosts embeds it, as the referrer says. For openings alone. */
  readonly embeddedIn?: readonly string[]
}

export interface RuleSet {
  readonly version: number
  readonly groups: readonly GroupRules[]
  readonly hostRules: readonly HostRule[]
  readonly passes?: readonly Pass[]
  readonly adjustments?: readonly Adjustment[]
  readonly matrix?: TechnologyMatrix
  readonly searchRules?: readonly SearchRule[]
  readonly times?: SchoolTimes
  /** The slot for the lists of illegal material (IWF, CTIRU), which only members and licensees may hold. */
  readonly illegal: { readonly source: 'empty' | 'loaded'; readonly hosts: readonly string[] }
}

export interface FilterRequest {
  /** As it came: attacker-controlled. For `connect`, 'host:port'. */
  readonly url: string
  /** Ids of the groups of the person, or of the place where nobody is known. */
  readonly groups: readonly string[]
  readonly at: Date
  /** `connect` and `dns` see a host and no path. */
  readonly kind: 'page' | 'connect' | 'dns'
  /** The person's id, classes (ids) and year ('4', 'R'), where a person is known. */
  readonly personId?: string
  readonly classes?: readonly string[]
  readonly year?: string
  /** 'YYYY-MM-DD'. A pupil for whom it is not known counts as under 13. */
  readonly turns13On?: string
  /** Id of the network or place; 'school' if absent. */
  readonly place?: string
  /** As it came. */
  readonly referrer?: string
}

export interface Verdict {
  readonly verdict: Action
  /** `none` for a host in no category that counts, and where no list was asked. */
  readonly category: Category | 'none'
  /**
   * What decided: `malformed-address`, `illegal`, `no-group`, `must-allow`, `pass:<id>`, `lesson-only:<pass id>`,
   * `host:<rule id>`, `age:<service id>`, `technology:<row>`, `search:<rule or category>`, `file:<kind>`,
   * `adjustment:<id>:<category or unlisted>`, `group:<group id>:<category or unlisted>`.
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
  /** How many sources could have said so: those that list hosts (or pages, where it is the page that they name) at all. */
  readonly among: number
}

export interface ListCount {
  readonly category: Category
  readonly source: string
  readonly domains: number
  /** Single pages of sites; absent if none. */
  readonly pages?: number
}

/** The compiled category lists, ready to be asked. */
export interface CategoryLists {
  /**
   * Every category of a normalised host, from itself and each parent domain, in the order of `categories`. An IP
   * address has no parents. Empty if no list names it.
   */
  lookup(host: string): readonly Listing[]
  /**
   * The same, as a number: 0 if no list names the host, otherwise the id of what is said of it. Ids are small and given in
   * order, so that a table of verdicts may be kept by id; they mean nothing to other lists, and may grow as hosts are asked.
   */
  lookupSet(host: string): number
  /**
   * What the lists say of a page: of its host, and of this path or one above it on that host or a parent domain. Case of the
   * path does not matter. Both normalised.
   */
  lookupPath(host: string, path: string): readonly Listing[]
  lookupPathSet(host: string, path: string): number
  /** What an id of `lookupSet` or `lookupPathSet` stands for; the same array each time. Empty for 0 and for no id. */
  listingsOf(set: number): readonly Listing[]
  /** How many domains each source has in each category, in the order of `categories` and source ids. */
  counts(): readonly ListCount[]
  /** How many sources list hosts in a category, or pages if none lists hosts. */
  sourcesOf(category: Category): number
  readonly sources: readonly ListSource[]
  /** Distinct domains. */
  readonly domains: number
  /** Distinct pages. */
  readonly pages: number
  /** Checksum of the file, 16 hex digits. Names a version; proves nothing against an attacker. */
  readonly checksum: string
}
