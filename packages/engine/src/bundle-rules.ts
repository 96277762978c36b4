/** The rules of one school, as they come in a bundle: every part after `illegal` may be absent. */
import {
  clockTime,
  day,
  distinct,
  fault,
  flag,
  instant,
  list,
  matching,
  oneOf,
  optional,
  type Place,
  record,
  textOf,
  texts,
  whole,
  within,
} from './bundle-reader.ts'
import {
  type Action,
  type Adjustment,
  actions,
  type Category,
  type GroupRules,
  type HostRule,
  type Pass,
  type RuleSet,
  type SchoolTimes,
  type SearchRule,
  type Service,
  sides,
  type TechnologyCell,
  type TechnologyMatrix,
  type TimeSpan,
  type TimeWindow,
  technologies,
  type Who,
} from './filter/types.ts'

const categoryPattern = /^[a-z0-9][a-z0-9-]{0,39}$/

/** Drops what it does not know; what it knows and cannot read is a fault that refuses the whole bundle. */
export function readRules(value: unknown, place: Place): RuleSet | undefined {
  const fields = record(value, place)
  if (!fields) return undefined
  const groups = list(fields.groups, within(place, 'groups'), readGroup)
  distinct(groups, group => group.id, 'group id', within(place, 'groups'))
  const illegal = record(fields.illegal, within(place, 'illegal'))
  const source = oneOf(illegal?.source, ['empty', 'loaded'], within(place, 'illegal.source'))
  return {
    version: whole(fields.version, 0, Number.MAX_SAFE_INTEGER, within(place, 'version')),
    groups,
    hostRules: list(fields.hostRules, within(place, 'hostRules'), readHostRule),
    illegal: { source: source ?? 'empty', hosts: texts(illegal?.hosts, 253, within(place, 'illegal.hosts')) },
    ...optional('passes', fields.passes, place, listOf(readPass)),
    ...optional('adjustments', fields.adjustments, place, listOf(readAdjustment)),
    ...optional('matrix', fields.matrix, place, readMatrix),
    ...optional('searchRules', fields.searchRules, place, listOf(readSearchRule)),
    ...optional('times', fields.times, place, readTimes),
  }
}

const listOf =
  <T>(read: (item: unknown, place: Place) => T | undefined) =>
  (value: unknown, place: Place): T[] =>
    list(value, place, read)

function readCategories(value: unknown, place: Place): Readonly<Partial<Record<Category, Action>>> {
  const categories: Record<string, Action> = {}
  for (const [category, action] of Object.entries(record(value, place) ?? {})) {
    const at = within(place, category.slice(0, 40))
    if (!categoryPattern.test(category)) fault(at, 'named in lower-case letters, digits and hyphens')
    const known = oneOf(action, actions, at)
    if (known) categories[category] = known
  }
  return categories
}

function readGroup(value: unknown, place: Place): GroupRules | undefined {
  const fields = record(value, place)
  if (!fields) return undefined
  const categories = readCategories(fields.categories, within(place, 'categories'))
  const audience = oneOf(fields.audience, ['young-child', 'child', 'adult'], within(place, 'audience'))
  const unlisted = oneOf(fields.unlisted, actions, within(place, 'unlisted'))
  return {
    id: textOf(fields.id, 100, within(place, 'id')),
    name: textOf(fields.name, 300, within(place, 'name')),
    // What could not be read is a fault and refuses the whole bundle; these values are never used.
    audience: audience ?? 'young-child',
    unlisted: unlisted ?? 'block',
    // A category that this engine has never heard of is kept: it decides nothing here.
    categories,
    sourcesNeeded: whole(fields.sourcesNeeded, 1, 100, within(place, 'sourcesNeeded')),
    ...optional('isUnder13', fields.isUnder13, place, flag),
    ...optional('side', fields.side, place, (item, at) => oneOf(item, sides, at) ?? 'pupils'),
  }
}

function readHostRule(value: unknown, place: Place): HostRule | undefined {
  const fields = record(value, place)
  if (!fields) return undefined
  const action = oneOf(fields.action, ['allow', 'block'], within(place, 'action'))
  const rule = {
    id: textOf(fields.id, 200, within(place, 'id')),
    action: action ?? 'block',
    host: textOf(fields.host, 253, within(place, 'host')),
    groups: fields.groups === 'all' ? ('all' as const) : texts(fields.groups, 100, within(place, 'groups')),
    reason: textOf(fields.reason, 2000, within(place, 'reason')),
  }
  return {
    ...rule,
    ...(fields.path === undefined ? {} : { path: textOf(fields.path, 2000, within(place, 'path')) }),
    ...(fields.until === undefined ? {} : { until: instant(fields.until, within(place, 'until')) }),
    ...optional('embeddedIn', fields.embeddedIn, place, (item, at) => texts(item, 253, at)),
  }
}

const names = (value: unknown, place: Place): string[] => texts(value, 100, place)

function readWho(value: unknown, place: Place): Who {
  const fields = record(value, place) ?? {}
  return {
    ...optional('groups', fields.groups, place, names),
    ...optional('classes', fields.classes, place, names),
    ...optional('years', fields.years, place, names),
    ...optional('people', fields.people, place, names),
  }
}

const readId = (value: unknown, place: Place): string => textOf(value, 200, place)
const readPath = (value: unknown, place: Place): string => textOf(value, 2000, place)
const readTechnology = (value: unknown, place: Place) => oneOf(value, technologies, place) ?? 'phones-in-school'

function readPass(value: unknown, place: Place): Pass | undefined {
  const fields = record(value, place)
  if (!fields) return undefined
  const { classes = [], people = [] } = readWho(fields.who, within(place, 'who'))
  if (classes.length + people.length === 0) fault(within(place, 'who'), 'at least one class or person')
  return {
    id: readId(fields.id, within(place, 'id')),
    who: { classes, people },
    sites: list(fields.sites, within(place, 'sites'), (item, at) => {
      const site = record(item, at)
      if (!site) return undefined
      return { host: textOf(site.host, 253, within(at, 'host')), ...optional('path', site.path, at, readPath) }
    }),
    ...optional('technology', fields.technology, place, readTechnology),
    from: instant(fields.from, within(place, 'from')),
    until: instant(fields.until, within(place, 'until')),
    ...optional('window', fields.window, place, readId),
    ...optional('isOnly', fields.isOnly, place, flag),
  }
}

function readAdjustment(value: unknown, place: Place): Adjustment | undefined {
  const fields = record(value, place)
  if (!fields) return undefined
  return {
    id: readId(fields.id, within(place, 'id')),
    who: readWho(fields.who, within(place, 'who')),
    ...optional('places', fields.places, place, names),
    ...optional('window', fields.window, place, readId),
    categories: readCategories(fields.categories, within(place, 'categories')),
    ...optional('unlisted', fields.unlisted, place, (item, at) => oneOf(item, actions, at) ?? 'block'),
  }
}

const levels = ['allowed', 'certain-times', 'selected-people', 'with-permission', 'not-allowed'] as const

function readMatrix(value: unknown, place: Place): TechnologyMatrix {
  const fields = record(value, place) ?? {}
  const cells = list(fields.cells, within(place, 'cells'), readCell)
  distinct(cells, cell => `${cell.technology} ${cell.side}`, 'cell', within(place, 'cells'))
  return { cells, services: list(fields.services, within(place, 'services'), readService) }
}

function readCell(value: unknown, place: Place): TechnologyCell | undefined {
  const fields = record(value, place)
  if (!fields) return undefined
  return {
    technology: readTechnology(fields.technology, within(place, 'technology')),
    side: oneOf(fields.side, sides, within(place, 'side')) ?? 'pupils',
    level: oneOf(fields.level, levels, within(place, 'level')) ?? 'not-allowed',
    ...optional('window', fields.window, place, readId),
    ...optional('people', fields.people, place, names),
  }
}

function readService(value: unknown, place: Place): Service | undefined {
  const fields = record(value, place)
  if (!fields) return undefined
  return {
    id: readId(fields.id, within(place, 'id')),
    name: textOf(fields.name, 300, within(place, 'name')),
    ...optional('technology', fields.technology, place, readTechnology),
    hosts: texts(fields.hosts, 253, within(place, 'hosts')),
    minimumAge: whole(fields.minimumAge, 0, 120, within(place, 'minimumAge')),
    ...optional('ageIsForAccountsOnly', fields.ageIsForAccountsOnly, place, flag),
  }
}

function readSearchRule(value: unknown, place: Place): SearchRule | undefined {
  const fields = record(value, place)
  if (!fields) return undefined
  const category = matching(fields.category, categoryPattern, 'the name of a category', within(place, 'category'))
  return {
    id: readId(fields.id, within(place, 'id')),
    phrase: textOf(fields.phrase, 200, within(place, 'phrase')),
    action: oneOf(fields.action, actions, within(place, 'action')) ?? 'block',
    // A category that this engine has never heard of is only a name here.
    category: category as Category,
    groups: fields.groups === 'all' ? ('all' as const) : names(fields.groups, within(place, 'groups')),
  }
}

function readTimes(value: unknown, place: Place): SchoolTimes {
  const fields = record(value, place) ?? {}
  const bells = list(fields.bells, within(place, 'bells'), (item, at) => {
    const bell = record(item, at)
    if (!bell) return undefined
    return {
      id: readId(bell.id, within(at, 'id')),
      name: textOf(bell.name, 300, within(at, 'name')),
      ...readSpan(bell, at),
    }
  })
  distinct(bells, bell => bell.id, 'bell id', within(place, 'bells'))
  const windows = list(fields.windows, within(place, 'windows'), readWindow)
  distinct(windows, window => window.id, 'window id', within(place, 'windows'))
  return {
    bells,
    terms: list(fields.terms, within(place, 'terms'), readDays),
    closures: list(fields.closures, within(place, 'closures'), readDays),
    windows,
  }
}

const readSpan = (fields: Record<string, unknown>, place: Place): TimeSpan => ({
  from: clockTime(fields.from, within(place, 'from')),
  to: clockTime(fields.to, within(place, 'to')),
})

function readDays(value: unknown, place: Place): { from: string; to: string } | undefined {
  const fields = record(value, place)
  if (!fields) return undefined
  const range = { from: day(fields.from, within(place, 'from')), to: day(fields.to, within(place, 'to')) }
  if (range.to < range.from) fault(within(place, 'to'), 'no earlier than from')
  return range
}

function readWindow(value: unknown, place: Place): TimeWindow | undefined {
  const fields = record(value, place)
  if (!fields) return undefined
  const days = Array.isArray(fields.days)
    ? list(fields.days, within(place, 'days'), (item, at) => whole(item, 1, 7, at))
    : (oneOf(fields.days, ['every-day', 'school-days'], within(place, 'days')) ?? 'school-days')
  return {
    id: readId(fields.id, within(place, 'id')),
    name: textOf(fields.name, 300, within(place, 'name')),
    days,
    ...optional('isOpenOnOtherDays', fields.isOpenOnOtherDays, place, flag),
    spans: list(fields.spans, within(place, 'spans'), (item, at) => {
      const span = record(item, at)
      if (!span) return undefined
      return span.bell === undefined ? readSpan(span, at) : { bell: readId(span.bell, within(at, 'bell')) }
    }),
  }
}
