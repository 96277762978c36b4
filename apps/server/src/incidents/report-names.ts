import type { Role } from '../permissions.ts'

/*
 * Duty-holders named in what somebody wrote. Wrong in the strict direction: a word that only looks like a name keeps the
 * report from somebody who could have read it, and another duty-holder has it; the other mistake would show a child's report
 * to the person it is about. Names written in another script than the register's are not found; the question "who is it
 * about" is there for that.
 */

export interface Holder {
  readonly personId: string
  readonly givenName: string
  readonly familyName: string
  readonly roles: readonly Role[]
}

const titles = new Set([
  'mr',
  'mrs',
  'ms',
  'miss',
  'mx',
  'dr',
  'sir',
  'madam',
  'prof',
  'professor',
  'rev',
  'reverend',
  'mister',
  'missus',
  'teacher',
  'coach',
  'auntie',
  'uncle',
])

/** How people write a duty instead of a name. Words, matched whole and in order. */
const dutyWords: Partial<Record<Role, readonly string[]>> = {
  headteacher: [
    'headteacher',
    'head teacher',
    'headmaster',
    'head master',
    'headmistress',
    'head mistress',
    'the head',
    'our head',
    'head of school',
    'head of the school',
    'principal',
  ],
  dsl: [
    'dsl',
    'safeguarding lead',
    'safeguarding officer',
    'designated safeguarding',
    'child protection officer',
    'designated lead',
  ],
  'deputy-dsl': ['deputy dsl', 'deputy safeguarding lead'],
  dpo: ['dpo', 'data protection officer', 'data officer'],
  'network-manager': [
    'network manager',
    'it manager',
    'ict manager',
    'the it person',
    'the computer man',
    'the it man',
  ],
  chair: ['chair of governors', 'chair of the governors', 'chair of the governing body'],
  deputy: ['deputy head', 'deputy headteacher', 'deputy head teacher'],
}

/** Letters and digits only, without accents, as words with how each was written. */
const wordsOf = (text: string): { plain: string; capital: boolean }[] =>
  [...text.normalize('NFKC').matchAll(/[\p{L}\p{N}\p{M}]+/gu)].map(([word]) => ({
    plain: plainOf(word),
    capital: /^\p{Lu}/u.test(word),
  }))
const plainOf = (word: string): string => word.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
/** A name of two parts, such as O'Brien or Smith-Jones, as people write it: split, and run together. */
const formsOf = (name: string): string[][] => {
  const split = wordsOf(name).map(({ plain }) => plain)
  return split.length > 1 ? [split, [split.join('')]] : [split]
}

/**
 * Ids of the holders that `text` names: by given and family name, title and either name, the duty itself, or a family name
 * of four letters or more with its capital. In `namesField`, where only names are asked for, either name alone is enough.
 */
export function holdersNamed(text: string, holders: readonly Holder[], namesField = ''): string[] {
  const told = wordsOf(text)
  const given = wordsOf(namesField)
  return [
    ...new Set(
      holders
        .filter(holder => isNamed(told, holder, false) || isNamed(given, holder, true))
        .map(({ personId }) => personId),
    ),
  ]
}

function isNamed(
  words: readonly { plain: string; capital: boolean }[],
  { givenName, familyName, roles }: Holder,
  namesOnly: boolean,
): boolean {
  const at = (phrase: readonly string[], from: number): boolean =>
    phrase.length > 0 &&
    phrase.every(
      (part, n) =>
        words[from + n]?.plain === part || (n === phrase.length - 1 && isPossessive(words[from + n]?.plain, part)),
    )
  const family = formsOf(familyName)
  const given = formsOf(givenName)
  const long = familyName.length >= 4
  for (let n = 0; n < words.length; n++) {
    const before = words[n - 1]?.plain ?? ''
    const beforeThat = words[n - 2]?.plain ?? ''
    for (const name of family) {
      if (!at(name, n)) continue
      if (namesOnly || (long && words[n]?.capital)) return true
      if (titles.has(before) || (before.length === 1 && titles.has(beforeThat))) return true
      if (given.some(first => first.every((part, i) => words[n - first.length + i]?.plain === part))) return true
    }
    for (const name of given) if (at(name, n) && (namesOnly || titles.has(before))) return true
    // family name first, as registers and many languages write it
    for (const name of family) if (at(name, n) && given.some(first => at(first, n + name.length))) return true
    for (const role of roles)
      for (const phrase of dutyWords[role] ?? []) if (at(phrase.split(' '), n) && !isDeputyOf(role, before)) return true
  }
  return false
}
/** "Whitfields", as in "Mrs Whitfields lesson". */
const isPossessive = (word: string | undefined, name: string): boolean => word === `${name}s`
/** "deputy head teacher" is not the headteacher, nor "deputy DSL" the DSL. */
const isDeputyOf = (role: Role, before: string): boolean =>
  (role === 'headteacher' || role === 'dsl') && (before === 'deputy' || before === 'assistant')
