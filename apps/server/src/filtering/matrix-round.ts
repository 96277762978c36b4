import {
  type Action,
  type CategoryLists,
  filterTechnologies,
  isSchoolDayOf,
  isWindowOpen,
  type RuleSet,
  type Side,
  sides,
  type Technology,
} from '@gatehouse/engine'
import { addCalendarDays, londonDate, londonInstant } from '@gatehouse/engine/calendar'
import { canariesOfRow } from './filter-expectations.ts'
import { type Outcome, overall, type ProbeResult, type TestResult } from './filter-proof.ts'
import type { FilterProber } from './filter-test.ts'
import type { GatewayAnswer, GatewayQuestion } from './gateway-process.ts'
import { groupsOfSide, levelOfCell } from './matrix-table.ts'

/*
 * The technology matrix held against the running filter. What should be comes from the table alone; what is comes from the
 * filter: now, by a real request through it, and at other times by asking the running gateway what it would decide then, by
 * the rules that it really holds. A gateway goes by its own clock, so no request can be made "at 12:30" before it is.
 */

export interface MatrixCheck {
  readonly technology: Technology
  readonly side: Side
  /** `proxy`: a request through the filter. `gateway`: the running gateway asked what it would decide. */
  readonly how: 'proxy' | 'gateway'
  /** ISO 8601. */
  readonly at: string
  readonly group: string
  readonly host: string
  readonly expected: Action
  readonly seen: Action | 'no answer'
  /** What decided, as the gateway names it. */
  readonly rule?: string
  readonly result: TestResult
}

/** In a lesson, and at lunch by the shipped bells: the two times at which the policy's own table is easiest to read. */
export const askedTimes = ['10:15', '12:30'] as const

/** The next school day from `at`, its own included; a plain weekday where the next fortnight has none. */
export function nextSchoolDay(times: RuleSet['times'], at: Date): string {
  const today = londonDate(at)
  for (let n = 0; n < 90; n++) {
    const day = addCalendarDays(today, n)
    if (times && isSchoolDayOf(times, day)) return day
  }
  return today
}

/** Sites of a row to ask about: our own canaries, and real services that the school has decided nothing else about. */
export function hostsOfRow(technology: Technology, rules: RuleSet, lists: CategoryLists, most = 3): string[] {
  const own = new Set(rules.hostRules.map(({ host }) => host))
  const isOwn = (host: string): boolean => [...own].some(each => host === each || host.endsWith(`.${each}`))
  const services = (rules.matrix?.services ?? [])
    .filter(service => service.technology === technology)
    .flatMap(({ hosts }) => hosts.slice(0, 1))
    .filter(host => !isOwn(host))
    .filter(host => !lists.lookup(host).some(({ category }) => category === 'illegal' || category === 'must-allow'))
  return [...canariesOfRow(technology), ...services.slice(0, most)]
}

export async function matrixRound(options: {
  readonly schoolId: string
  readonly rules: RuleSet
  readonly lists: CategoryLists
  readonly now: Date
  readonly prober: FilterProber
  readonly ask: (question: GatewayQuestion) => Promise<GatewayAnswer | null>
}): Promise<{ result: TestResult; checks: MatrixCheck[] }> {
  const { schoolId, rules, lists, now, prober, ask } = options
  const day = nextSchoolDay(rules.times, now)
  const checks: MatrixCheck[] = []
  const controls: ProbeResult[] = []
  for (const side of sides) {
    for (const group of groupsOfSide(side)) {
      controls.push(await prober.control(group))
      const cells = filterTechnologies.flatMap(technology => {
        const cell = rules.matrix?.cells.find(each => each.technology === technology && each.side === side)
        return cell ? [{ cell, technology, hosts: hostsOfRow(technology, rules, lists) }] : []
      })
      // With an age in the service's own terms, a pupil of no known age gets it at no time (D14): the table says "may", and the law of the service wins.
      const expectedAt = (cell: (typeof cells)[number]['cell'], host: string, at: Date): Action =>
        side === 'pupils' && isAgeLimited(rules, host) ? 'block' : levelOfCell(rules, cell, at)
      for (const { cell, technology, hosts } of cells) {
        const host = hosts[0]
        if (host === undefined) continue
        const expected = expectedAt(cell, host, now)
        const seen = seenAs(await prober.probe(group, host, '/', false))
        const isEdge = isNearEdge(rules, cell.window, now)
        checks.push({
          technology,
          side,
          how: 'proxy',
          at: now.toISOString(),
          group,
          host,
          expected,
          seen,
          result: seen === expected ? 'passed' : isEdge && seen !== 'no answer' ? 'inconclusive' : 'failed',
        })
      }
      for (const time of askedTimes) {
        const at = londonInstant(day, time)
        const wanted = cells.flatMap(({ cell, technology, hosts }) =>
          hosts.map(host => ({ technology, host, expected: expectedAt(cell, host, at) })),
        )
        const answer = await ask({
          school: schoolId,
          who: { group },
          at: at.toISOString(),
          urls: wanted.map(({ host }) => `http://${host}/`),
          kind: 'page',
        })
        for (const [index, { technology, host, expected }] of wanted.entries()) {
          const said = answer?.verdicts[index]
          const seen = said ? said.verdict : 'no answer'
          checks.push({
            technology,
            side,
            how: 'gateway',
            at: at.toISOString(),
            group,
            host,
            expected,
            seen,
            ...(said ? { rule: said.rule } : {}),
            result: seen === expected ? 'passed' : 'failed',
          })
        }
      }
    }
  }
  const failed = checks.some(({ result }) => result === 'failed')
  const isProved = overall(
    checks.map(({ result }) => ({ result }) as ProbeResult),
    controls,
  )
  return { result: failed ? 'failed' : isProved, checks }
}

const isAgeLimited = (rules: RuleSet, host: string): boolean =>
  (rules.matrix?.services ?? []).some(
    ({ hosts, minimumAge, ageIsForAccountsOnly }) =>
      minimumAge > 0 && !ageIsForAccountsOnly && hosts.some(each => host === each || host.endsWith(`.${each}`)),
  )

/** Within a minute of the window opening or closing, the two clocks may not agree yet. */
const isNearEdge = (rules: RuleSet, window: string | undefined, now: Date): boolean => {
  const { times } = rules
  if (!times || window === undefined) return false
  const open = (ms: number): boolean => isWindowOpen(times, window, new Date(now.getTime() + ms))
  return open(-60_000) !== open(60_000)
}

const seenAs = (outcome: Outcome): MatrixCheck['seen'] =>
  outcome === 'blocked'
    ? 'block'
    : outcome === 'warned'
      ? 'warn'
      : outcome === 'let-through' || outcome === 'reached'
        ? 'allow'
        : 'no answer'
