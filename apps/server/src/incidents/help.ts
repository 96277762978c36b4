import { createHash } from 'node:crypto'
import { canonicalJson } from '@gatehouse/ledger/canonical'
import { type HelpAudience, type HelpKind, type HelpLine, helpFor, helpKinds, helpLines } from './data/help-lines.ts'

/* The help page: which lines are shown, and how old the last look at each one is. Pure. */

/** A person compares each line with the organisation's own page once a term: numbers move. */
export const lineCheckDays = 120
/** The software looks at the page from outside, signed out; a look older than this counts no longer (trap T10: weekly). */
export const pageCheckDays = 7

/** Shown whatever anybody marks: the emergency number and Childline. */
const always: ReadonlySet<string> = new Set(['emergency-child', 'emergency-adult', 'childline', 'childline-adult'])

export interface LineCheck {
  readonly digest: string
  readonly right: boolean
  readonly at: Date
  readonly byId: string
}
/** `wrong` lines are not shown; `changed` and `unchecked` ones are, and wait for a person. */
export type LineState = 'checked' | 'old' | 'changed' | 'unchecked' | 'wrong'

/** Of what a reader sees of a line: a check of other words is no check of these. */
export const lineDigest = ({ name, phone, sms, web, says }: HelpLine): string =>
  createHash('sha256').update(canonicalJson({ name, phone, sms, web, says })).digest('hex')

export function lineState(line: HelpLine, check: LineCheck | undefined, now: Date): LineState {
  if (!check) return 'unchecked'
  if (check.digest !== lineDigest(line)) return 'changed'
  if (!check.right) return 'wrong'
  return now.getTime() - check.at.getTime() > lineCheckDays * 86_400_000 ? 'old' : 'checked'
}

export type Checks = ReadonlyMap<string, LineCheck>
const isShown = (line: HelpLine, checks: Checks, now: Date): boolean =>
  always.has(line.id) || lineState(line, checks.get(line.id), now) !== 'wrong'

/** Where somebody finds help: 999 first, then Childline, then what fits. A line that a person found wrong is left out. */
export const helpShown = (audience: HelpAudience, kinds: readonly HelpKind[], checks: Checks, now: Date): HelpLine[] =>
  helpFor(audience, kinds).filter(line => isShown(line, checks, now))
export const linesShown = (checks: Checks, now: Date): HelpLine[] =>
  helpLines().filter(line => isShown(line, checks, now))

/**
 * What is wrong with the page as somebody who is not signed in got it: the emergency number and Childline are there and in
 * front, every kind of harm has its lines, and the police-run button (CEOP) stands under sexual abuse alone.
 */
export function faultsOfHelpPage(page: { status: number; html: string }, audience: HelpAudience): string[] {
  if (page.status !== 200) return [`answered ${page.status}`]
  const text = page.html.replace(/<[^>]+>/g, ' ')
  const faults = [
    text.includes('999') ? null : 'no 999',
    text.includes('0800 1111') ? null : 'no Childline',
    text.indexOf('999') < text.indexOf('0800 1111') || audience === 'adult' ? null : 'Childline before 999',
  ]
  for (const kind of helpKinds) {
    const section = new RegExp(`id="help-${kind}"[\\s\\S]*?(?=id="help-|</main>)`).exec(page.html)?.[0] ?? ''
    const said = section.replace(/<[^>]+>/g, ' ')
    if (said.trim() === '') faults.push(`nothing for ${kind}`)
    if (said.includes('CEOP') && kind !== 'sexual') faults.push(`CEOP under ${kind}`)
  }
  return faults.filter(each => each !== null)
}
