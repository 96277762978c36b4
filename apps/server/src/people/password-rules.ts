import { shortestPassword } from './passwords.ts'

/** Words that stand in most guessed passwords; our own short list, compared after leet spelling is undone. */
const guessed = [
  'password',
  'letmein',
  'welcome',
  'qwerty',
  'iloveyou',
  'football',
  'liverpool',
  'arsenal',
  'chelsea',
  'dragon',
  'monkey',
  'sunshine',
  'princess',
  'superman',
  'pokemon',
  'minecraft',
  'school',
  'teacher',
  'headteacher',
  'admin',
  'gatehouse',
  'changeme',
  'secret',
  'summer',
  'winter',
  'autumn',
  'spring',
  'christmas',
  'january',
  'february',
  'september',
  'october',
  'november',
  'december',
  'monday',
  'friday',
  'abc',
  'test',
]

const plain = (text: string): string =>
  text
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[@4]/g, 'a')
    .replace(/[3€]/g, 'e')
    .replace(/[1!|]/g, 'i')
    .replace(/0/g, 'o')
    .replace(/[5$]/g, 's')
    .replace(/7/g, 't')
    .replace(/[^a-z]/g, '')

/**
 * What is wrong with a new password, in words for the error, or null. Length first (NCSC); no character classes; refused are
 * the person's or the school's own words, and guessed words, when little else is left. Clauses A-5-08, B-passwords-09.
 * @param known the username, names and the school's name.
 */
export function passwordProblem(password: string, known: readonly string[]): string | null {
  const length = [...password].length
  if (length < shortestPassword) return `Password must be ${shortestPassword} characters or more`
  if (length > 256) return 'Password must be 256 characters or fewer'
  if (new Set(password).size < 5) return 'Password must not be the same few characters over and over'
  if (isRun(password)) return 'Password must not be a run of keys or numbers in order'
  let rest = plain(password)
  const words = known.flatMap(each => each.split(/[\s.@_-]+/).map(plain)).filter(word => word.length >= 3)
  for (const word of [...words, ...guessed].sort((a, b) => b.length - a.length)) rest = rest.replaceAll(word, '')
  if (rest.length < 6 && rest.length < plain(password).length)
    return 'Password must not be made of names, the school’s name or words that everybody tries; three random words make a good one'
  return null
}

const rows = [
  '01234567890123456789',
  'abcdefghijklmnopqrstuvwxyz',
  'qwertyuiopasdfghjklzxcvbnm',
  'qazwsxedcrfvtgbyhnujmikolp',
]

/** Whether most of the text runs along the alphabet, the numbers or the keyboard, either way. */
function isRun(password: string): boolean {
  const text = password.toLowerCase()
  let steps = 0
  for (let at = 0; at + 2 <= text.length; at++) {
    const pair = text.slice(at, at + 2)
    const back = `${pair[1]}${pair[0]}`
    if (pair[0] === pair[1] || rows.some(row => row.includes(pair) || row.includes(back))) steps += 1
  }
  return steps >= (text.length - 1) * 0.75
}
