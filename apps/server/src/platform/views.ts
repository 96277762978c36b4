import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import nunjucks from 'nunjucks'
import { roleNames } from '../permissions.ts'
import { type Assets, packageFolder } from './assets.ts'
import {
  formatDate,
  formatDateTime,
  formatDay,
  formatDue,
  formatList,
  formatNumber,
  formatShare,
  formatSize,
  formatTime,
  type Instant,
  isLate,
  isoTime,
  mojDate,
  plural,
  type SealModel,
  sealText,
  timeAgo,
  timeLeft,
} from './format.ts'

/*
 * Templates: `'people/sign-in'` is src/people/views/sign-in.njk; a bare name such as `'error'` is in src/views. Every template
 * gets `page` (see showPage in http.ts) and its own finished model, and decides only how that looks.
 */

const sources = join(import.meta.dirname, '..')

export interface Views {
  render(name: string, model: object): string
}

/** Looks up `<domain>/<name>.njk` in that domain's own views folder. */
const DomainLoader = nunjucks.Loader.extend({
  getSource(name: string) {
    const [, domain, rest] = /^([a-z]+)\/([\w/-]+)\.njk$/.exec(name) ?? []
    const path = domain && rest ? join(sources, domain, 'views', `${rest}.njk`) : null
    // nunjucks asks the next loader where this one gives null; its types do not say so.
    if (!path || !existsSync(path)) return null as never
    return new nunjucks.FileSystemLoader(dirname(path)).getSource(`${rest?.split('/').at(-1)}.njk`)
  },
})

const roleName = (role: string): string => (role in roleNames ? roleNames[role as keyof typeof roleNames] : role)

/** Asked at the top of a macro, so that a misspelt option is found by the first test that renders the page. */
function known(macro: string, options: object | undefined, allowed: readonly string[]): string {
  const unknown = Object.keys(options ?? {}).find(name => !allowed.includes(name) && name !== '__keywords')
  if (unknown) throw new Error(`${macro}: there is no option "${unknown}"; there are ${allowed.join(', ')}`)
  return ''
}

/** Asked by a macro for what it cannot do without. */
function must(given: unknown, sentence: string): string {
  if (given === undefined || given === null || given === '') throw new Error(sentence)
  return ''
}

export function createViews({ assets }: { assets: Assets }): Views {
  const files = new nunjucks.FileSystemLoader(
    [
      join(sources, 'views'),
      join(packageFolder('govuk-frontend'), 'dist'),
      packageFolder('@ministryofjustice/frontend'),
    ],
    { noCache: false },
  )
  const environment = new nunjucks.Environment(
    // The types want every loader to be of one of their own three kinds; any with getSource is one.
    [new DomainLoader() as nunjucks.FileSystemLoader, files],
    {
      autoescape: true,
      throwOnUndefined: false,
      trimBlocks: true,
      lstripBlocks: true,
    },
  )
  const filters: Record<string, (...values: never[]) => unknown> = {
    date: (value: Instant) => formatDate(value),
    day: (value: Instant, now: Instant) => formatDay(value, now),
    time: (value: Instant) => formatTime(value),
    dateTime: (value: Instant, now: Instant) => formatDateTime(value, now),
    due: (value: Instant, now: Instant) => formatDue(value, now),
    iso: (value: Instant) => isoTime(value),
    timeLeft: (due: Instant, now: Instant) => timeLeft(due, now),
    timeAgo: (value: Instant, now: Instant) => timeAgo(value, now),
    late: (due: Instant, now: Instant) => isLate(due, now),
    number: (value: number) => formatNumber(value),
    share: (part: number, whole: number) => formatShare(part, whole),
    size: (bytes: number) => formatSize(bytes),
    plural: (count: number, one: string, many?: string) => plural(count, one, many),
    listed: (items: string[]) => formatList(items),
    seal: (model: SealModel, now: Instant) => sealText(model, now),
    mojDate: (value: Instant, type?: string) => mojDate(value, type),
    roleName,
    /** Everybody who works at the school is staff: it is said only of those who are nothing else. */
    roleNames: (roles: string[]) =>
      formatList(roles.filter(role => role !== 'staff' || roles.length === 1).map(roleName)),
    capitalise: (text: string) => text.charAt(0).toUpperCase() + text.slice(1),
    /** The largest of one property, for the scale of a chart. */
    most: (rows: Record<string, number>[], key: string) => Math.max(0, ...rows.map(row => row[key] ?? 0)),
  }
  for (const [name, filter] of Object.entries(filters))
    environment.addFilter(name, filter as (...values: unknown[]) => unknown)
  environment.addGlobal('known', known)
  environment.addGlobal('must', must)
  environment.addGlobal('assets', { css: assets.cssPath, js: assets.jsPath })
  return { render: (name, model) => environment.render(`${name}.njk`, model) }
}

/** Every template there is, for the test that compiles them all. */
export const templateNames = (): string[] =>
  readdirSync(sources, { recursive: true, encoding: 'utf8' })
    .filter(path => path.endsWith('.njk'))
    .sort()
