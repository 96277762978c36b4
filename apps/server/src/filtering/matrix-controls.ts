import type { Side, Technology } from '@gatehouse/engine'
import { type Control, type ControlState, failing, met, notStarted, type Proof } from '../policies/control.ts'
import { levelNames, sideNames, technologyNames } from './technology-names.ts'
import type { FilterReads } from './filter-store.ts'
import { freshMs } from './filter-watch-store.ts'
import type { FilteringControlReads } from './filtering-controls.ts'
import { groupName } from './filter-change.ts'
import { cellClauses } from './matrix-table.ts'

/** A cell of the technology table that the filter carries out: met while the running filter says what the table says. */
const cellControl = (id: string, technology: Technology, side: Side): Control<FilteringControlReads> => ({
  id,
  title: `${technologyNames[technology]}, ${sideNames[side].toLowerCase()}: the filter does what the technology table says`,
  kind: 'enforce',
  clauses: [cellClauses[technology][side]],
  evaluate: ({ filtering }, { now }) => evaluateCell(filtering, now, technology, side),
})

async function evaluateCell(
  filtering: FilterReads,
  now: Date,
  technology: Technology,
  side: Side,
): Promise<ControlState> {
  const round = await filtering.matrixRound()
  if (!round)
    return notStarted(
      'Nobody has held the running filter against the technology table yet. Start Gatehouse with “serve”, and it is asked within a minute.',
    )
  const page = { href: '/internet/technology#asked', at: round.at }
  const proofs: Proof[] = [{ text: 'What the running filter said about the technology table', ...page }]
  if (now.getTime() - round.at.getTime() > freshMs)
    return failing(
      'unknown',
      round.at,
      'The filter has not been held against the technology table for more than two hours.',
      proofs,
    )
  const [beat] = await filtering.heartbeats(1)
  if (beat && beat.at > round.at && beat.controls.some(({ outcome }) => outcome !== 'reached'))
    return failing('measured', beat.at, 'The filter does not answer, so nobody knows what it would do.', [
      { text: 'The last round of requests through the filter', href: '/internet', at: beat.at },
    ])
  const checks = round.checks.filter(check => check.technology === technology && check.side === side)
  const wrong = checks.find(({ result }) => result === 'failed')
  if (wrong)
    return failing(
      'measured',
      round.at,
      `${groupName(wrong.group)} and ${wrong.host}: the table says ${wrong.expected}, and the filter said ${wrong.seen}.`,
      proofs,
    )
  const through = checks.filter(({ how, result }) => how === 'proxy' && result === 'passed').length
  const asked = checks.filter(({ how, result }) => how === 'gateway' && result === 'passed').length
  if (through === 0 || asked === 0 || round.serial === 0)
    return failing('unknown', round.at, 'The filter was asked, and its answers do not show what it does.', proofs)
  const { matrix } = await filtering.rules()
  const cell = matrix?.cells.find(each => each.technology === technology && each.side === side)
  return met(
    'measured',
    round.at,
    new Date(round.at.getTime() + freshMs),
    `The table says “${cell ? levelNames[cell.level].toLowerCase() : 'not decided'}”; ${through} requests through the filter and ${asked} questions about a lesson and about lunch all agreed.`,
    proofs,
  )
}

export const matrixControls: readonly Control<FilteringControlReads>[] = [
  cellControl('filtering.staff-webmail', 'personal-mail', 'staff'),
  cellControl('filtering.staff-messaging', 'messaging', 'staff'),
  cellControl('filtering.pupil-messaging', 'messaging', 'pupils'),
  cellControl('filtering.staff-social-media', 'social-media', 'staff'),
  cellControl('filtering.pupil-social-media', 'social-media', 'pupils'),
  cellControl('filtering.staff-blogs', 'blogs', 'staff'),
  cellControl('filtering.pupil-blogs', 'blogs', 'pupils'),
]
