/**
 * The public lists that we know: which file holds what, in which format, under which licence. An operator switches
 * them on; nothing of them ships with the project. A file that is not here is reported and not used, and neither is a
 * known file that is no block list: several of UT1's folders are lists of harmless or allowed sites.
 */
import type { ListEntry } from './compile-lists.ts'
import { type ListFormat, type ParsedList, parseList } from './formats.ts'
import type { Category, ListSource } from './types.ts'

export interface PublicSource extends Omit<ListSource, 'date' | 'isCurated'> {
  /** Where the publisher offers it. */
  readonly address: string
}

export const publicSources: readonly PublicSource[] = [
  {
    id: 'ut1',
    name: 'Université Toulouse Capitole blacklists',
    licence: 'CC BY-SA 4.0',
    address: 'https://github.com/olbat/ut1-blacklists',
  },
  {
    id: 'shadowwhisperer',
    name: 'ShadowWhisperer BlockLists',
    licence: 'Unlicense',
    address: 'https://github.com/ShadowWhisperer/BlockLists',
  },
  {
    id: 'sinfonietta',
    name: 'Sinfonietta hostfiles',
    licence: 'MIT',
    address: 'https://github.com/Sinfonietta/hostfiles',
  },
  {
    id: '4skin',
    name: '4skinSkywalker Anti-Porn HOSTS File',
    licence: 'MIT',
    address: 'https://github.com/4skinSkywalker/Anti-Porn-HOSTS-File',
  },
  {
    id: 'blocklistproject',
    name: 'The Block List Project',
    licence: 'Unlicense',
    address: 'https://github.com/blocklistproject/Lists',
  },
  {
    id: 'v2fly',
    name: 'v2fly domain-list-community',
    licence: 'MIT',
    address: 'https://github.com/v2fly/domain-list-community',
  },
  { id: 'nextdns', name: 'NextDNS services and bypass methods', licence: 'MIT', address: 'https://github.com/nextdns' },
  { id: 'x4bnet', name: 'X4BNet VPN address ranges', licence: 'MIT', address: 'https://github.com/X4BNet/lists_vpn' },
  {
    id: 'disposable',
    name: 'Disposable email domains',
    licence: 'CC0',
    address: 'https://github.com/disposable-email-domains/disposable-email-domains',
  },
  { id: 'publicsuffix', name: 'Public Suffix List', licence: 'MPL-2.0', address: 'https://publicsuffix.org' },
]

/** What a file is to us. */
export type KnownFile =
  | {
      readonly use: 'category'
      readonly source: string
      readonly format: ListFormat
      /** `key` names a list within a `services` file. */
      readonly lists: readonly { readonly category: Category; readonly key?: string }[]
    }
  | { readonly use: 'none'; readonly source: string; readonly why: string }

const harmless = 'a list of harmless or useful sites, not of sites to block'
const noCategory = 'none of our categories means the same'
const mixed = 'mixes unrelated kinds of sites, well-known ones among them'

/** UT1's folders, French names and the English ones that link to them. Domains in NAME/domains, addresses in NAME/urls. */
const ut1: Readonly<Record<string, Category | { readonly why: string }>> = {
  adult: 'pornography',
  porn: 'pornography',
  agressif: 'hate',
  aggressive: 'hate',
  violence: 'hate',
  ai: 'ai-chat',
  arjel: 'gambling',
  associations_religieuses: { why: noCategory },
  astrology: { why: noCategory },
  'audio-video': 'video',
  bank: { why: harmless },
  bitcoin: 'crypto',
  blog: 'forums',
  celebrity: { why: noCategory },
  chat: 'chat',
  child: { why: harmless },
  cleaning: { why: harmless },
  cooking: { why: harmless },
  cryptojacking: 'malware',
  dangerous_material: 'weapons',
  dating: 'dating',
  ddos: 'hacking',
  dialer: 'malware',
  doh: 'doh',
  download: 'downloads',
  drogue: 'drugs',
  drugs: 'drugs',
  'dynamic-dns': 'dynamic-dns',
  educational_games: { why: harmless },
  examen_pix: { why: harmless },
  exceptions_liste_bu: { why: harmless },
  fakenews: { why: noCategory },
  filehosting: 'filesharing',
  financial: { why: noCategory },
  forums: 'forums',
  gambling: 'gambling',
  games: 'games',
  hacking: 'hacking',
  jobsearch: { why: harmless },
  lingerie: 'adult',
  liste_blanche: { why: harmless },
  liste_bu: { why: harmless },
  malware: 'malware',
  manga: { why: noCategory },
  marketingware: 'ads',
  mixed_adult: 'adult',
  'mobile-phone': { why: noCategory },
  phishing: 'phishing',
  press: { why: harmless },
  publicite: 'ads',
  ads: 'ads',
  radio: { why: noCategory },
  reaffected: { why: mixed },
  redirector: 'proxy',
  proxy: 'proxy',
  'remote-control': 'remote-control',
  'residential-proxies': 'proxy',
  sect: { why: noCategory },
  sexual_education: { why: harmless },
  shopping: { why: noCategory },
  shortener: 'shortener',
  social_networks: 'social',
  sports: { why: noCategory },
  stalkerware: 'malware',
  strict_redirector: 'proxy',
  strong_redirector: 'proxy',
  translation: 'translation',
  tricheur: { why: noCategory },
  tricheur_pix: { why: noCategory },
  update: { why: harmless },
  vpn: 'vpn',
  warez: 'piracy',
  webhosting: { why: mixed },
  webmail: 'webmail',
}

const shadowWhisperer: Readonly<Record<string, Category | { readonly why: string }>> = {
  adult: 'pornography',
  ai: 'ai-chat',
  chat: 'chat',
  cryptocurrency: 'crypto',
  dating: 'dating',
  dynamic: 'dynamic-dns',
  free: { why: mixed },
  gambling: 'gambling',
  junk: { why: mixed },
  malware: 'malware',
  remote: 'remote-control',
  risk: { why: mixed },
  scam: 'fraud',
  shock: 'violence',
  tunnels: 'proxy',
  urlshortener: 'shortener',
}

const sinfonietta: Readonly<Record<string, Category>> = {
  gambling: 'gambling',
  pornography: 'pornography',
  snuff: 'violence',
  social: 'social',
}

const blockListProject: Readonly<Record<string, Category | { readonly why: string }>> = {
  abuse: 'fraud',
  crypto: 'malware',
  drugs: 'drugs',
  facebook: 'social',
  fraud: 'fraud',
  gambling: 'gambling',
  malware: 'malware',
  phishing: 'phishing',
  piracy: 'piracy',
  porn: 'pornography',
  ransomware: 'malware',
  redirect: 'proxy',
  scam: 'fraud',
  tiktok: 'social',
  torrent: 'piracy',
  twitter: 'social',
  vaping: 'alcohol-tobacco',
  whatsapp: 'chat',
  youtube: { why: 'names of video servers that change daily, not the site' },
}

/**
 * The lists of v2fly that mean one of our categories. Left out on purpose: category-anticensorship, which takes in
 * eff.org and citizenlab.ca, and category-communication, which takes in ordinary mail.
 */
const v2flyLists: Readonly<Partial<Record<Category, readonly string[]>>> = {
  pornography: [
    'category-porn',
    'pornhub',
    'xvideos',
    'xnxx',
    'xhamster',
    'youporn',
    'spankbang',
    'brazzers',
    'ehentai',
  ],
  gambling: ['category-betting-ru', 'betboom', 'fonbet', 'ligastavok'],
  games: [
    ...['steam', 'epicgames', 'roblox', 'riot', 'blizzard', 'rockstar', 'ubisoft', 'supercell', 'garena', 'wargaming'],
    ...['humblebundle', 'curseforge', 'itchio', 'gog', 'escapefromtarkov', 'pubg', 'hoyoverse', 'osu', 'vrchat'],
  ],
  social: [
    ...[
      'facebook',
      'instagram',
      'twitter',
      'tiktok',
      'snap',
      'pinterest',
      'tumblr',
      'threads',
      'bluesky',
      'vk',
      'likee',
    ],
    ...['clubhouse', 'misskey', 'category-social-media-ir', 'xiaohongshu', 'wink'],
  ],
  chat: [
    'discord',
    'telegram',
    'whatsapp',
    'messenger',
    'signal',
    'viber',
    'line',
    'kakao',
    'matrix',
    'teamspeak',
    'chatango',
  ],
  forums: ['reddit', '4chan', '2ch', '5ch', 'quora', 'lihkg', 'soyjakparty', 'category-forums-ru'],
  video: [
    'youtube',
    'twitch',
    'dailymotion',
    'vimeo',
    'netflix',
    'hulu',
    'disney',
    'primevideo',
    'rumble',
    'kick',
    'bilibili',
    'tubi',
  ],
  webmail: ['protonmail', 'tutanota', 'mailcom', 'temp-mail'],
  filesharing: ['mega', 'dropbox', 'terabox', 'pikpak', 'wenshushu', 'cowtransfer'],
  piracy: [
    ...[
      '1337x',
      'piratebay',
      'rarbg',
      'rutracker',
      'nyaa',
      'libgen',
      'z-library',
      'annas-archive',
      'sci-hub',
      'hdrezka',
    ],
    ...['category-pt', 'category-public-tracker'],
  ],
  downloads: ['category-android-app-download', 'aptoide'],
  vpn: ['category-vpnservices', 'nordvpn', 'vpngate', 'softether', 'icloudprivaterelay'],
  proxy: ['lantern', 'v2ray', 'ceno', 'epicbrowser'],
  tor: ['tor', 'torproject'],
  doh: ['category-doh'],
  'dynamic-dns': ['category-ddns'],
  'remote-control': ['category-remote-control'],
  'ai-chat': ['openai', 'anthropic', 'google-gemini', 'deepseek', 'perplexity', 'poe', 'xai', 'groq', 'category-ai-ru'],
  shortener: ['category-urlshortner', 'cuttly', 'isgd', 'rebrandly'],
  crypto: ['category-cryptocurrency'],
  ads: ['category-ads'],
}

const nextDnsLists: Readonly<Partial<Record<Category, readonly string[]>>> = {
  dating: ['services/tinder'],
  games: ['services/blizzard', 'services/fortnite', 'services/leagueoflegends', 'services/roblox', 'services/steam'],
  social: [
    ...[
      'services/9gag',
      'services/bereal',
      'services/facebook',
      'services/instagram',
      'services/mastodon',
      'services/pinterest',
    ],
    ...['services/snapchat', 'services/tiktok', 'services/tumblr', 'services/twitter', 'services/vk'],
  ],
  chat: ['services/discord', 'services/messenger', 'services/signal', 'services/telegram', 'services/whatsapp'],
  forums: ['services/reddit'],
  video: [
    ...['services/dailymotion', 'services/disneyplus', 'services/hbomax', 'services/hulu', 'services/netflix'],
    ...['services/primevideo', 'services/twitch', 'services/vimeo', 'services/youtube'],
  ],
  'ai-chat': ['services/chatgpt'],
  vpn: ['vpn', 'apple-private-relay'],
  proxy: ['proxies'],
  tor: ['tor'],
  doh: ['encrypted-dns'],
}

const listsOf = (byCategory: Readonly<Partial<Record<Category, readonly string[]>>>) =>
  Object.entries(byCategory).flatMap(([category, keys]) =>
    // Object.entries forgets that the keys of a record of categories are categories.
    keys.map(key => ({ category: category as Category, key })),
  )

function known(
  source: string,
  format: ListFormat,
  what: Category | { readonly why: string } | undefined,
): KnownFile | undefined {
  if (what === undefined) return undefined
  if (typeof what === 'object') return { use: 'none', source, why: what.why }
  return { use: 'category', source, format, lists: [{ category: what }] }
}

/** `path` with '/', relative to the folder of lists or as the publisher has it; '.gz' at the end is ignored. */
const rules: readonly (readonly [RegExp, (name: string) => KnownFile | undefined])[] = [
  [/(?:^|\/)(?:ut1|blacklists)\/([\w-]+)[./]domains$/, name => known('ut1', 'plain', ut1[name])],
  [/(?:^|\/)(?:ut1|blacklists)\/([\w-]+)[./]urls$/, name => known('ut1', 'urls', ut1[name])],
  [
    /(?:^|\/)(?:shadowwhisperer|RAW)\/(\w+)$/,
    name => known('shadowwhisperer', 'plain', shadowWhisperer[name.toLowerCase()]),
  ],
  [/(?:^|\/)sinfonietta\/(\w+)-hosts$/, name => known('sinfonietta', 'hosts', sinfonietta[name])],
  [/(?:^|\/)4skin\/(HOSTS)\.txt$/, () => known('4skin', 'hosts', 'pornography')],
  [
    /(?:^|\/)(?:blocklistproject|alt-version)\/(\w+?)(?:-nl)?\.txt$/,
    name =>
      // 108,563 of the 108,685 names in this file are UT1's redirector list: a copy does not agree with its original.
      known(name === 'redirect' ? 'ut1' : 'blocklistproject', 'plain', blockListProject[name]),
  ],
  [
    /(?:^|\/)v2fly\/(services)\.json$/,
    () => ({ use: 'category', source: 'v2fly', format: 'services', lists: listsOf(v2flyLists) }),
  ],
  [
    /(?:^|\/)nextdns\/nextdns-(services|bypass)\.json$/,
    name => ({
      use: 'category',
      source: 'nextdns',
      format: 'services',
      lists: listsOf(nextDnsLists).filter(({ key }) => key.startsWith('services/') === (name === 'services')),
    }),
  ],
  [
    /(?:^|\/)x4bnet\/(.+)\.txt$/,
    () => ({ use: 'none', source: 'x4bnet', why: 'address ranges, which the compiled lists do not hold' }),
  ],
  [
    /(?:^|\/)disposable\/(.+)$/,
    () => ({ use: 'none', source: 'disposable', why: 'domains of mail addresses, not of sites' }),
  ],
  [
    /(?:^|\/)publicsuffix\/(.+)$/,
    () => ({ use: 'none', source: 'publicsuffix', why: 'where names are registered, not a list of sites' }),
  ],
]

/** What the file at `path` is, or undefined if no source that we know has such a file. */
export function knownFile(path: string): KnownFile | undefined {
  const name = path.replaceAll('\\', '/').replace(/\.gz$/, '')
  for (const [pattern, file] of rules) {
    const match = pattern.exec(name)
    if (match) return file(match[1] ?? '')
  }
  return undefined
}

export type ListImport =
  | { readonly status: 'unmapped'; readonly path: string }
  | { readonly status: 'unused'; readonly path: string; readonly source: string; readonly why: string }
  | {
      readonly status: 'used'
      readonly path: string
      readonly source: string
      readonly format: ListFormat
      readonly entries: readonly ListEntry[]
      /** Entries for a path within a site, which the compiled lists do not hold. */
      readonly urls: number
      readonly rejected: number
      readonly rejectedExamples: readonly string[]
    }

/**
 * Reads one file of a known source. Lists that a `services` file no longer has are left out.
 * @throws {SyntaxError} if a `services` file is not what it should be.
 */
export function importFile(path: string, text: string): ListImport {
  const file = knownFile(path)
  if (!file) return { status: 'unmapped', path }
  const { source } = file
  if (file.use === 'none') return { status: 'unused', path, source, why: file.why }
  const entries: ListEntry[] = []
  const rejectedExamples: string[] = []
  let urls = 0
  let rejected = 0
  for (const { category, key } of file.lists) {
    const parsed = parseIfThere(text, file.format, key)
    if (!parsed) continue
    for (const domain of parsed.domains) entries.push({ domain, category, source })
    urls += parsed.urls.length
    rejected += parsed.rejected
    rejectedExamples.push(...parsed.rejectedExamples)
  }
  const examples = rejectedExamples.slice(0, 5)
  return { status: 'used', path, source, format: file.format, entries, urls, rejected, rejectedExamples: examples }
}

function parseIfThere(text: string, format: ListFormat, key: string | undefined): ParsedList | undefined {
  try {
    return parseList(text, format, key)
  } catch (fault) {
    if (fault instanceof RangeError) return undefined
    throw fault
  }
}
