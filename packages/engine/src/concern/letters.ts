/*
 * What each UTF-16 code unit counts as when words are read. One table look-up a unit does the work of lower-casing, of
 * stripping accents and of undoing look-alike letters (full width, Cyrillic, Greek, circled …), so that text is never
 * rewritten and an offset never moves.
 *
 *     1–26  a–z        27–36 0–9       37 space or other gap      38 end of a sentence   39 covers a letter (* # %)
 *     40    not there (zero width, combining mark, apostrophe)    41 separator within a line (- _ , / …)
 *     42    quotation mark    43 letter of another script         44 high surrogate      45 low surrogate
 *     46 @  47 $  48 !  49 £ and other signs read as letters      50 .
 */

export const kinds = {
  space: 37,
  end: 38,
  mask: 39,
  nothing: 40,
  separator: 41,
  quote: 42,
  foreign: 43,
  high: 44,
  low: 45,
  at: 46,
  dollar: 47,
  bang: 48,
  sign: 49,
  dot: 50,
} as const

/** Letters of other scripts, phonetic letters and signs that pass for Latin ones: "letter: its look-alikes". */
const lookAlikes: readonly string[] = [
  'a:аαɑᴀΑАᎪ∂ạ',
  'b:ЬвВΒʙᏴƄɓƀ',
  'c:сϲСϹⅽᴄᏟƈ',
  'd:ԁⅾᴅᎠɗđɖ',
  'e:еєэЕΕεɛᴇᎬ℮ëѐё',
  'f:ƒϝғſꜰ',
  'g:ɡցɢԍᏀɠ',
  'h:һнНΗʜᎻհћђ',
  'i:іιІΙⅰıɪӏїίιΪ',
  'j:јЈϳᴊᎫʝ',
  'k:кКκΚᴋᏦќҟ',
  'l:ⅼʟᏞłƖǀ',
  'm:мМΜⅿᴍᎷɱ',
  'n:ոпΝɴղηήŋɲ',
  'o:оοОΟօσᴏଠөøӨ',
  'p:рΡРρᴘᏢþ',
  'q:ԛգϙɋ',
  'r:гᴦʀɾᎡяɼ',
  's:ѕЅꜱᏚʂ§',
  't:тТΤτᴛᎢŧƭ',
  'u:υսᴜцμʊ',
  'v:ѵνᴠⅴѴ',
  'w:ѡωԝᴡшɯщ',
  'x:хχХΧⅹ×ж',
  'y:уγУΥʏүýў',
  'z:ᴢΖᏃƶʐ',
]

const fill = (table: Uint8Array, from: number, to: number, kind: number): void => {
  table.fill(kind, from, to + 1)
}

function buildTable(): Uint8Array {
  const table = new Uint8Array(65536).fill(kinds.foreign)
  fill(table, 0, 0x20, kinds.space)
  fill(table, 0x7f, 0xa0, kinds.space)
  for (const char of ',;:_-/\\|~=<>()[]{}^&·•–—―…+') table[char.charCodeAt(0)] = kinds.separator
  for (const char of '.') table[char.charCodeAt(0)] = kinds.dot
  for (const char of '?\n\r\u2028\u2029。！？') table[char.charCodeAt(0)] = kinds.end
  for (const char of '*#%') table[char.charCodeAt(0)] = kinds.mask
  for (const char of '"“”„«»') table[char.charCodeAt(0)] = kinds.quote
  for (const char of "'’‘`´ʼ\u00ad\u034f\u061c") table[char.charCodeAt(0)] = kinds.nothing
  fill(table, 0x2000, 0x200a, kinds.space)
  fill(table, 0x200b, 0x200f, kinds.nothing)
  fill(table, 0x2010, 0x2015, kinds.separator)
  fill(table, 0x2016, 0x2017, kinds.separator)
  fill(table, 0x202a, 0x202e, kinds.nothing)
  table[0x2022] = kinds.separator
  table[0x2026] = kinds.separator
  table[0x2027] = kinds.separator
  table[0x202f] = kinds.space
  table[0x205f] = kinds.space
  table[0x3000] = kinds.space
  fill(table, 0x2060, 0x206f, kinds.nothing)
  table[0xfeff] = kinds.nothing
  fill(table, 0x0300, 0x036f, kinds.nothing)
  fill(table, 0x0483, 0x0489, kinds.nothing)
  fill(table, 0x1ab0, 0x1aff, kinds.nothing)
  fill(table, 0x1dc0, 0x1dff, kinds.nothing)
  fill(table, 0x20d0, 0x20ff, kinds.nothing)
  fill(table, 0xfe00, 0xfe0f, kinds.nothing)
  fill(table, 0xfe20, 0xfe2f, kinds.nothing)
  // Boxes and bars that cover letters.
  fill(table, 0x2580, 0x25a1, kinds.mask)
  fill(table, 0x2600, 0x27bf, kinds.space)
  fill(table, 0x2190, 0x23ff, kinds.space)
  table[0x2217] = kinds.mask
  table[0x2731] = kinds.mask
  fill(table, 0xd800, 0xdbff, kinds.high)
  fill(table, 0xdc00, 0xdfff, kinds.low)
  table[0x40] = kinds.at
  table[0x24] = kinds.dollar
  table[0x21] = kinds.bang
  table[0xa1] = kinds.bang
  for (const char of '£€¥¢') table[char.charCodeAt(0)] = kinds.sign
  for (let digit = 0; digit < 10; digit++) {
    table[0x30 + digit] = 27 + digit
    table[0xff10 + digit] = 27 + digit
  }
  for (let letter = 1; letter <= 26; letter++) {
    table[0x40 + letter] = letter
    table[0x60 + letter] = letter
    table[0xff20 + letter] = letter
    table[0xff40 + letter] = letter
    table[0x24b5 + letter] = letter
    table[0x24cf + letter] = letter
    table[0x249b + letter] = letter
  }
  // Accented and letter-like characters: Unicode's own compatibility decomposition, which its stability policy fixes.
  const ranges: readonly (readonly [number, number])[] = [
    [0xc0, 0x24f],
    [0x1e00, 0x1eff],
    [0x2070, 0x209c],
    [0x2100, 0x214f],
    [0x2c60, 0x2c7f],
  ]
  for (const [from, to] of ranges)
    for (let code = from; code <= to; code++) {
      const base = String.fromCharCode(code).normalize('NFKD').toLowerCase().charCodeAt(0)
      if (base >= 0x61 && base <= 0x7a) table[code] = base - 0x60
      else if (base >= 0x30 && base <= 0x39) table[code] = base - 0x30 + 27
    }
  for (const line of lookAlikes) {
    const letter = line.charCodeAt(0) - 0x60
    for (const char of line.slice(2)) if (char.length === 1) table[char.charCodeAt(0)] = letter
  }
  return table
}

/** Code unit → what it counts as; see the top of the file. */
export const kindOf: Uint8Array = buildTable()

/** What a digit or sign may stand for inside a word, best reading first: class → letter (0 = none). */
export const leetFirst: Uint8Array = new Uint8Array(64)
export const leetSecond: Uint8Array = new Uint8Array(64)
for (const [sign, first, second] of [
  [27, 'o', ''],
  [28, 'i', 'l'],
  [29, 'z', ''],
  [30, 'e', ''],
  [31, 'a', ''],
  [32, 's', ''],
  [33, 'g', 'b'],
  [34, 't', ''],
  [35, 'b', ''],
  [36, 'g', ''],
  [kinds.at, 'a', ''],
  [kinds.dollar, 's', ''],
  [kinds.bang, 'i', 'l'],
  [kinds.sign, 'e', 'l'],
] as const) {
  leetFirst[sign] = first.charCodeAt(0) - 0x60
  leetSecond[sign] = second === '' ? first.charCodeAt(0) - 0x60 : second.charCodeAt(0) - 0x60
}

/** Mathematical and enclosed letters beyond the first plane, and flags' letters: the letter or digit class, 0 if none. */
export function letterOfPair(point: number): number {
  if (point >= 0x1d400 && point <= 0x1d6a3) return ((point - 0x1d400) % 26) + 1
  if (point >= 0x1d7ce && point <= 0x1d7ff) return ((point - 0x1d7ce) % 10) + 27
  if (point >= 0x1f130 && point <= 0x1f149) return point - 0x1f130 + 1
  if (point >= 0x1f150 && point <= 0x1f169) return point - 0x1f150 + 1
  if (point >= 0x1f170 && point <= 0x1f189) return point - 0x1f170 + 1
  if (point >= 0x1f1e6 && point <= 0x1f1ff) return point - 0x1f1e6 + 1
  return 0
}
