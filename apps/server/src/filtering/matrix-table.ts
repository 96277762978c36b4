import {
  type Action,
  type CellLevel,
  filterTechnologies,
  isWindowOpen,
  type RuleSet,
  type Side,
  shippedGroups,
  type Technology,
} from '@gatehouse/engine'

/*
 * The technology matrix (Policy A, section 9) as the policy prints it: which clause each cell is, who carries it out, and
 * where two clauses say different things. What a cell lets somebody do is worked out here from the table alone, so that the
 * engine and the gateway can be held against it.
 */

/** Clause ids of each row: staff, pupils. */
export const cellClauses: Readonly<Record<Technology, Readonly<Record<Side, string>>>> = {
  'phones-in-school': { staff: 'A-9-02', pupils: 'A-9-03' },
  'phones-in-lessons': { staff: 'A-9-04', pupils: 'A-9-05' },
  'phones-in-social-time': { staff: 'A-9-06', pupils: 'A-9-07' },
  cameras: { staff: 'A-9-08', pupils: 'A-9-09' },
  tablets: { staff: 'A-9-10', pupils: 'A-9-11' },
  'personal-mail': { staff: 'A-9-12', pupils: 'A-9-13' },
  'school-mail-personal': { staff: 'A-9-14', pupils: 'A-9-15' },
  messaging: { staff: 'A-9-16', pupils: 'A-9-17' },
  'social-media': { staff: 'A-9-18', pupils: 'A-9-19' },
  blogs: { staff: 'A-9-20', pupils: 'A-9-21' },
}

export const isFiltered = (technology: Technology): boolean => filterTechnologies.some(each => each === technology)

/** Who carries out what the filter cannot see. */
export const carriedOutBy: Readonly<Partial<Record<Technology, string>>> = {
  'phones-in-school': 'No phone asks the filter whether it may come to school.',
  'phones-in-lessons': 'The filter sees a phone only when it uses the school’s network.',
  'phones-in-social-time': 'The filter sees a phone only when it uses the school’s network.',
  cameras: 'A picture that is taken passes no filter. Each image’s source is checked where images are kept.',
  tablets: 'On the school’s network their traffic is filtered like any other.',
  'school-mail-personal': 'The mail system helps: no web address tells a personal message from any other.',
}

export interface CellConflict {
  readonly clauses: readonly string[]
  readonly about: string
  /** Which safe reading holds until the school decides. */
  readonly held: string
}
/** Cells that say something else than another clause, each with the reading that the filter holds to. */
export const cellConflicts: Readonly<Partial<Record<`${Technology} ${Side}`, CellConflict>>> = {
  'phones-in-school pupils': {
    clauses: ['A-9-03', 'A-9-05', 'A-9-07', 'B-mobile-03', 'B-mobile-04'],
    about:
      'Policy A lets pupils bring a phone with permission; Policy B has some brought by agreement and left in the office. English guidance since January 2026 is a school day without phones.',
    held: 'No access all school day; handed in or stored, with a register of exceptions.',
  },
  'cameras staff': {
    clauses: ['A-9-08', 'A-7-07', 'B-aua-13'],
    about: 'The table lets selected staff take photos on phones or cameras; section 7 rules out personal equipment.',
    held: 'School devices only: the cell names who may use a school camera.',
  },
  'personal-mail staff': {
    clauses: ['A-9-12', 'A-9-24', 'B-email-07'],
    about: 'The table lets staff use personal email at times; the same section asks for school email alone in school.',
    held: 'Private webmail may be read in the permitted times and at no other; school business through it stays forbidden.',
  },
  'school-mail-personal staff': {
    clauses: ['A-9-14', 'B-email-12', 'B-aua-03'],
    about:
      'Policy A lets selected staff send personal messages by school email; Policy B asks for professional or reasonable use.',
    held: 'Policy B: carried out by the mail system and by people.',
  },
  'school-mail-personal pupils': {
    clauses: ['A-9-15', 'B-email-12', 'B-aua-03'],
    about: 'Policy A lets pupils with permission; Policy B only under direct supervision and for learning.',
    held: 'Policy B: pupil mail opens only in a supervised window.',
  },
  'messaging pupils': {
    clauses: ['A-9-17'],
    about: 'Pupils may with permission, and most services set 13 as the lowest age.',
    held: 'Closed to everybody under 13, whatever the permission; for older pupils a pass for a class and a time.',
  },
  'social-media pupils': {
    clauses: ['A-9-19'],
    about: 'Pupils may with permission, and most services set 13 as the lowest age.',
    held: 'Closed to everybody under 13, whatever the permission; for older pupils a pass for a class and a time.',
  },
  'blogs pupils': {
    clauses: ['A-9-21'],
    about: 'Pupils may with permission, and many services set 13 as the lowest age.',
    held: 'Closed to everybody under 13 where the service sets an age; for older pupils a pass, and class accounts run by staff.',
  },
}

/** What a cell gives somebody with no name, no permission and no pass, at an instant. */
export function levelOfCell(
  rules: RuleSet,
  { level, window }: { readonly level: CellLevel; readonly window?: string | null },
  at: Date,
): Action {
  if (level === 'allowed') return 'allow'
  if (level !== 'certain-times') return 'block'
  return rules.times && window && isWindowOpen(rules.times, window, at) ? 'allow' : 'block'
}

/** The groups that a half of the matrix speaks of. */
export const groupsOfSide = (side: Side): string[] =>
  shippedGroups.filter(group => group.side === side).map(({ id }) => id)
