/**
 * Hosts that are written to be taken for another: 'раураl.com' in Cyrillic, 'g00gle.com', 'rnicrosoft.com', and labels that mix
 * scripts as no language does. A name of its own in another script, such as 'пример.рф' or 'bücher.example', is none:
 * only what looks like a name that people know is, or like one of the must-allow list.
 *
 * The letters are those of Unicode's confusables (UTS 39) for which a Latin lower-case letter or digit stands, as far as
 * registries let them be registered: Cyrillic, Greek, Armenian and Latin ones. Scripts may be mixed as UTS 39's "highly
 * restrictive" level has it, with Chinese, Japanese and Korean beside Latin.
 */
import { registrableDomain } from './public-suffix.ts'
import { decodePunycode } from './punycode.ts'

/** Names that are imitated to steal passwords, beyond the services of the matrix. */
const wellKnown =
  'google.com google.co.uk youtube.com microsoft.com microsoftonline.com office.com office365.com live.com outlook.com apple.com icloud.com amazon.com amazon.co.uk ebay.com ebay.co.uk paypal.com roblox.com minecraft.net fortnite.com epicgames.com steampowered.com steamcommunity.com discord.com netflix.com spotify.com wikipedia.org bbc.co.uk bbc.com hsbc.co.uk barclays.co.uk lloydsbank.co.uk lloydsbank.com natwest.com santander.co.uk nationwide.co.uk halifax.co.uk monzo.com starlingbank.com royalmail.com dhl.com hermes.com evri.com dropbox.com adobe.com canva.com github.com cloudflare.com twitter.com facebook.com instagram.com whatsapp.com snapchat.com tiktok.com linkedin.com telegram.org reddit.com twitch.tv arbor.sc sims.co.uk parentpay.com parentmail.co.uk schoolcomms.com classcharts.com satchelone.com showmyhomework.co.uk seneca.com senecalearning.com timestables.com ttrockstars.com mymaths.co.uk hegartymaths.com sparxmaths.com tassomai.com kahoot.com kahoot.it quizlet.com khanacademy.org duolingo.com scratch.mit.edu tesco.com argos.co.uk sainsburys.co.uk asda.com coinbase.com binance.com'.split(
    ' ',
  )

export const wellKnownDomains: ReadonlySet<string> = new Set(wellKnown)

/** Each string's letters look like the key. */
const confusables: Readonly<Record<string, string>> = {
  a: 'аɑαạàáâãäåāăą',
  b: 'ЬƅЪ',
  c: 'сϲҫćĉċč',
  d: 'ԁɗďđ',
  e: 'еєҽéèêëēĕėęě',
  f: 'ғſẝ',
  g: 'ɡցĝğġģ',
  h: 'һհĥħ',
  i: 'іιıɩìíîïīĭį',
  j: 'јϳĵ',
  k: 'κкķĸ',
  l: 'ӏⅼłĺļľŀ',
  m: 'мⅿ',
  n: 'ոпηńņňŋ',
  o: 'оοօσөòóôõöøōŏőơ',
  p: 'рρ',
  q: 'ԛգ',
  r: 'гŕŗřɼ',
  s: 'ѕśŝşšș',
  t: 'тτţťŧț',
  u: 'υսцùúûüūŭůűų',
  v: 'ѵνʋ',
  w: 'ԝѡɯŵ',
  x: 'хχ',
  y: 'уүγÿýŷ',
  z: 'ʐźżž',
  '3': 'зӡ',
  '6': 'б',
}
const latinOf = new Map<string, string>(
  Object.entries(confusables).flatMap(([latin, letters]) => Array.from(letters, letter => [letter, latin] as const)),
)

/**
 * False only for hosts that cannot imitate another: nearly all. Looks at the labels that may be registered: two, or three
 * before a country's two letters.
 */
export function mayImitate(host: string): boolean {
  const { length } = host
  let before = 0
  let dots = 0
  let labels = 2
  for (let at = length - 1; at >= 0; at -= 1) {
    const code = host.charCodeAt(at)
    if (code === 46) {
      if (startsPunycode(host, at + 1)) return true
      dots += 1
      if (dots === 1 && length - at <= 3) labels = 3
      if (dots >= labels) return false
    }
    // 0 and 1, 'rn' and 'vv', read from the right.
    if (code === 48 || code === 49 || (code === 114 && before === 110) || (code === 118 && before === 118)) return true
    before = code
  }
  return startsPunycode(host, 0)
}

const startsPunycode = (host: string, at: number): boolean =>
  host.charCodeAt(at) === 120 && host.charCodeAt(at + 1) === 110 && host.startsWith('xn--', at)

/**
 * What a host imitates: a domain, or 'mixed-script' for a label that no language writes so; null for an honest name.
 * @param isKnown is asked about domains, and quickly whether a host lies at or beneath a known one.
 */
export function imitatedBy(host: string, isKnown: (domain: string) => boolean): string | null {
  if (host.includes('xn--')) return imitatedInOtherLetters(host, isKnown)
  if (!readings(host).some(isKnown)) return null
  const domain = registrableDomain(host)
  if (domain === null || isKnown(domain)) return null
  return readings(domain).find(isKnown) ?? null
}

/** What an ASCII name may be read as where 0, 1, rn and vv are taken for letters; never itself. */
function readings(name: string): string[] {
  let letters = name.includes('0') ? name.replaceAll('0', 'o') : name
  if (letters.includes('vv')) letters = letters.replaceAll('vv', 'w')
  const read = letters.includes('rn') ? [letters, letters.replaceAll('rn', 'm')] : [letters]
  if (letters.includes('1')) return read.flatMap(each => [each.replaceAll('1', 'l'), each.replaceAll('1', 'i')])
  return letters === name ? read.slice(1) : read
}

function imitatedInOtherLetters(host: string, isKnown: (domain: string) => boolean): string | null {
  const domain = registrableDomain(host) ?? host
  const labels = host.split('.').map(label => (label.startsWith('xn--') ? decodePunycode(label.slice(4)) : label))
  const owned = labels.slice(-domain.split('.').length)
  if (!isKnown(domain) && owned.every(label => label !== null)) {
    const seen = owned.map(skeleton).join('.')
    const known = [seen, ...(/^[\0-\x7f]*$/.test(seen) ? readings(seen) : [])].find(isKnown)
    if (known !== undefined) return known
  }
  return owned.some(label => label !== null && mixesScripts(label)) ? 'mixed-script' : null
}

const skeleton = (label: string): string => Array.from(label, letter => latinOf.get(letter) ?? letter).join('')

/** Latin with Cyrillic, Greek or Armenian, or these with each other: in one label, letters alone counted. */
function mixesScripts(label: string): boolean {
  const scripts = [/\p{Script=Latin}/u, /\p{Script=Cyrillic}/u, /\p{Script=Greek}/u, /\p{Script=Armenian}/u]
  return scripts.filter(script => script.test(label)).length > 1
}
