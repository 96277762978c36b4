import { smallest } from '../assurance/suppression.ts'
import { termsAt } from '../assurance/figures.ts'
import type { DeadlineReads } from '../duties/deadline-store.ts'
import type { PeopleReads } from '../people/people-store.ts'
import { get, type Page, view } from '../platform/page.ts'
import type { FlagReads } from './flag-store.ts'
import { coveredNames, type ScopeReads } from './scope-store.ts'
import { type ConcernFigures, termFigures } from './term-figures.ts'

interface Reads {
  readonly flags: FlagReads
  readonly scopes: ScopeReads
  readonly people: Pick<PeopleReads, 'groups'>
  readonly deadlines: Pick<DeadlineReads, 'terms'>
}

const bar = (label: string, value: number) => ({ label, value, suppressed: false })
const hasPrecision = (row: ConcernFigures): row is ConcernFigures & { precision: number } => row.precision !== null
const hasMinutes = (row: ConcernFigures): row is ConcernFigures & { minutes: number } => row.minutes !== null

/** Monitoring in the term, for governors: whether the software is right, and how soon somebody looks. No names, no small numbers. */
export const governorPages: Page<Reads>[] = [
  get('/governors/monitoring', { access: 'pack.view' }, async ({ now, read }) => {
    const { term, covered, figures } = await read(async reads => {
      const { term } = await termsAt(reads, now)
      const to = new Date(Math.min(term.to.getTime(), now.getTime() + 1))
      return {
        term,
        covered: await coveredNames(reads),
        figures: termFigures(await reads.flags.figures(term.from, to)),
      }
    })
    return view('monitoring/governors', {
      title: 'Monitoring in the term',
      marking: 'Official – for governors',
      backHref: '/governors',
      term,
      covered,
      smallest,
      ...figures,
      precisionBars: figures.concerns.filter(hasPrecision).map(row => bar(row.concern, row.precision)),
      minuteBars: figures.concerns.filter(hasMinutes).map(row => bar(row.concern, row.minutes)),
      isPartHidden: figures.concerns.some(row => !hasPrecision(row) || !hasMinutes(row)),
    })
  }),
]
