import { isWindowOpen, type Side, sides, type Technology, technologies } from '@gatehouse/engine'
import { may } from '../platform/actor.ts'
import { formatDay, formatTime, plural } from '../platform/format.ts'
import { get, type Page, view } from '../platform/page.ts'
import type { ChangePageReads } from './change-page.ts'
import { levelNames, sideNames, technologyNames } from './technology-names.ts'
import { groupName } from './filter-change.ts'
import type { MatrixRound } from './filter-history-store.ts'
import { carriedOutBy, cellClauses, cellConflicts, isFiltered } from './matrix-table.ts'

const levelKinds = {
  allowed: 'calm',
  'certain-times': 'soon',
  'selected-people': 'soon',
  'with-permission': 'soon',
  'not-allowed': 'quiet',
} as const
const seenWords = { allow: 'open', warn: 'a warning', block: 'blocked', 'no answer': 'no answer' } as const

/** The technology table as the policy prints it (Policy A, section 9): it is the rules, so what stands here is what happens. */
export function technologyPages(): Page<ChangePageReads>[] {
  return [
    get('/internet/technology', { access: 'filter.view' }, async ({ read, actor, now }) => {
      const { rules, round, names } = await read(async ({ filtering, people }) => {
        const rules = await filtering.rules()
        const selected = (rules.matrix?.cells ?? []).flatMap(cell => (cell.side === 'staff' ? (cell.people ?? []) : []))
        return {
          rules,
          round: await filtering.matrixRound(),
          names: await people.names(may(actor, 'people.view') ? selected : []),
        }
      })
      const { times, matrix } = rules
      const windowName = (id: string | undefined): string =>
        times?.windows.find(window => window.id === id)?.name ?? id ?? ''
      const cellModel = (technology: Technology, side: Side) => {
        const cell = matrix?.cells.find(each => each.technology === technology && each.side === side)
        const people = cell?.people ?? []
        const named = people.flatMap(id => names.get(id) ?? [])
        return {
          side: sideNames[side],
          level: cell ? levelNames[cell.level] : 'Not decided',
          kind: cell ? levelKinds[cell.level] : 'quiet',
          note:
            cell?.level === 'certain-times'
              ? `${windowName(cell.window)}${isFiltered(technology) && times && cell.window ? (isWindowOpen(times, cell.window, now) ? ' (open now)' : ' (closed now)') : ''}`
              : cell?.level === 'selected-people'
                ? people.length === 0
                  ? 'Nobody is selected'
                  : named.length === people.length
                    ? named.join(', ')
                    : plural(people.length, 'person', 'people')
                : '',
          clause: cellClauses[technology][side],
          href: `/internet/technology/${technology}/${side}`,
          what: `${technologyNames[technology]}, ${side}`,
        }
      }
      return view('filtering/technology', {
        title: 'Who may use what, and when',
        backHref: '/internet',
        mayPropose: may(actor, 'filter.propose'),
        rows: technologies.map(technology => ({
          name: technologyNames[technology],
          cells: sides.map(side => cellModel(technology, side)),
          filtered: isFiltered(technology),
          carried: carriedOutBy[technology] ?? 'The filter carries it out, and is asked every hour whether it does.',
          services: (matrix?.services ?? [])
            .filter(service => service.technology === technology)
            .map(({ id, name, minimumAge }) => ({ id, name, age: minimumAge })),
          addHref: `/internet/services/new?row=${technology}`,
        })),
        conflicts: technologies.flatMap(technology =>
          sides.flatMap(side => {
            const conflict = cellConflicts[`${technology} ${side}`]
            return conflict
              ? [{ cell: `${technologyNames[technology]}, ${side}`, ...conflict, clauses: conflict.clauses.join(', ') }]
              : []
          }),
        ),
        asked: round && askedModel(round, now),
      })
    }),
  ]
}

/** What the running filter said, a cell a row: now, in a lesson and at lunch. */
function askedModel(round: MatrixRound, now: Date) {
  const times = [...new Set(round.checks.filter(({ how }) => how === 'gateway').map(({ at }) => at))].sort()
  const rows = technologies.filter(isFiltered).flatMap(technology =>
    sides.flatMap(side => {
      const checks = round.checks.filter(check => check.technology === technology && check.side === side)
      if (checks.length === 0) return []
      const said = (
        wanted: (check: (typeof checks)[number]) => boolean,
      ): { text: string; kind: 'good' | 'bad' | 'soon' } => {
        const found = checks.filter(wanted)
        const wrong = found.filter(({ result }) => result === 'failed')
        const seen = [...new Set(found.map(check => seenWords[check.seen]))].join(' and ')
        return wrong.length > 0
          ? {
              text: `${seen}: ${wrong
                .map(check => `${groupName(check.group)}, ${check.host}`)
                .slice(0, 2)
                .join('; ')} should be ${seenWords[wrong[0]?.expected ?? 'block']}`,
              kind: 'bad',
            }
          : { text: seen || 'not asked', kind: found.length > 0 ? 'good' : 'soon' }
      }
      return [
        {
          cell: `${technologyNames[technology]}, ${side}`,
          now: said(({ how }) => how === 'proxy'),
          times: times.map(time => said(({ how, at }) => how === 'gateway' && at === time)),
        },
      ]
    }),
  )
  return {
    at: round.at,
    result: round.result,
    times: times.map(time => ({ time: formatTime(time) })),
    day: formatDay(times[0] ?? round.at, now),
    rows,
    checks: round.checks.length,
    failed: round.checks.filter(({ result }) => result === 'failed').length,
  }
}
