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

/** What in a name may be taken for something else. */
const sign = { zero: 1, one: 2, rn: 4, vv: 8, punycode: 16 } as const

/**
 * 0 for hosts that cannot imitate another: nearly all. Looks at the labels that may be registered: two, or three before a
 * country's two letters.
 */
export function signsOfImitation(host: string): number {
  const { length } = host
  let before = 0
  let dots = 0
  let labels = 2
  let signs = 0
  for (let at = length - 1; at >= 0; at -= 1) {
    const code = host.charCodeAt(at)
    if (code === 46) {
      if (startsPunycode(host, at + 1)) return sign.punycode
      dots += 1
      if (dots === 1 && length - at <= 3) labels = 3
      if (dots >= labels) return signs
    } else if (code === 48) signs |= sign.zero
    else if (code === 49) signs |= sign.one
    // Read from the right.
    else if (code === 114 && before === 110) signs |= sign.rn
    else if (code === 118 && before === 118) signs |= sign.vv
    before = code
  }
  return startsPunycode(host, 0) ? sign.punycode : signs
}

const startsPunycode = (host: string, at: number): boolean =>
  host.charCodeAt(at) === 120 && host.charCodeAt(at + 1) === 110 && host.startsWith('xn--', at)

/** False only where {@link imitatedBy} finds nothing. */
export const mayImitate = (host: string): boolean => signsOfImitation(host) !== 0

/**
 * What a host imitates: a domain, or 'mixed-script' for a label that no language writes so; null for an honest name.
 * @param isKnown is asked about domains, and quickly whether a host lies at or beneath a known one.
 */
export function imitatedBy(
  host: string,
  isKnown: (domain: string) => boolean,
  signs = signsOfImitation(host),
): string | null {
  if ((signs & sign.punycode) !== 0) return imitatedInOtherLetters(host, isKnown)
  if (signs === 0 || readAs(host, signs, isKnown) === null) return null
  const domain = registrableDomain(host)
  if (domain === null || isKnown(domain)) return null
  const known = readAs(domain, signs, isKnown)
  // 'rne.example' is as good a name as 'me.example': in three letters there is nothing to recognise.
  return known !== null && known.indexOf('.') >= 4 ? known : null
}

/** The first known name that an ASCII name may be read as, where 0, 1, rn and vv are taken for letters; never itself. */
function readAs(name: string, signs: number, isKnown: (domain: string) => boolean): string | null {
  let letters = (signs & sign.zero) !== 0 ? name.replaceAll('0', 'o') : name
  if ((signs & sign.vv) !== 0) letters = letters.replaceAll('vv', 'w')
  for (let reading = 0; reading < 4; reading += 1) {
    // Of each pair the first reading is without the change, where there is nothing to change the second is the same.
    if ((reading & 1) !== 0 && (signs & sign.rn) === 0) continue
    if ((reading & 2) !== 0 && (signs & sign.one) === 0) continue
    let read = (reading & 1) !== 0 ? letters.replaceAll('rn', 'm') : letters
    if ((signs & sign.one) !== 0) read = read.replaceAll('1', (reading & 2) !== 0 ? 'i' : 'l')
    if (read !== name && isKnown(read)) return read
  }
  return null
}

function imitatedInOtherLetters(host: string, isKnown: (domain: string) => boolean): string | null {
  const domain = registrableDomain(host) ?? host
  const labels = host.split('.').map(label => (label.startsWith('xn--') ? decodePunycode(label.slice(4)) : label))
  const owned = labels.slice(-domain.split('.').length)
  if (!isKnown(domain) && owned.every(label => label !== null)) {
    const seen = owned.map(skeleton).join('.')
    const known = isKnown(seen) ? seen : readAs(seen, signsOfImitation(seen), isKnown)
    if (known !== null) return known
  }
  return owned.some(label => label !== null && mixesScripts(label)) ? 'mixed-script' : null
}

const skeleton = (label: string): string => Array.from(label, letter => latinOf.get(letter) ?? letter).join('')

/** Latin with Cyrillic, Greek or Armenian, or these with each other: in one label, letters alone counted. */
function mixesScripts(label: string): boolean {
  const scripts = [/\p{Script=Latin}/u, /\p{Script=Cyrillic}/u, /\p{Script=Greek}/u, /\p{Script=Armenian}/u]
  return scripts.filter(script => script.test(label)).length > 1
}
