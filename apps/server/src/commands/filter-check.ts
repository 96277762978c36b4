import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import {
  askedWith,
  type CategoryLists,
  compileLists,
  decide,
  explain,
  isSchoolDayOf,
  openLists,
  type RuleSet,
  shippedRules,
} from '@gatehouse/engine'
import { addCalendarDays, londonDate, londonInstant } from '@gatehouse/engine/calendar'
import { readConfig } from '../config.ts'
import { filterPeople } from '../filtering/filter-people.ts'
import { openListsFolder, shippedEntries, shippedSources } from '../filtering/lists-folder.ts'
import { systemClock } from '../platform/clock.ts'
import { chosenSchool, type Command, type Streams, UsageError, withInstallation } from './command.ts'

/** Who asks the filter, where and when, by what rules. */
interface Question {
  readonly rules: RuleSet
  readonly who: {
    readonly groups: readonly string[]
    readonly at: Date
    readonly place?: string
    readonly personId?: string
    readonly classes: readonly string[]
    readonly year?: string
    readonly turns13On?: string
  }
}

interface Asked {
  readonly group?: string | undefined
  readonly user?: string | undefined
  readonly at?: string | undefined
  readonly school?: string | undefined
  readonly class?: readonly string[] | undefined
  readonly place?: string | undefined
}

export const filterCheckCommand: Command = {
  name: 'filter check',
  usage: 'filter check --group G [--user U] [--class C] [--place P] [--at TIME] [--trace] URL…',
  does: 'says what would happen for each address (or each line of standard input); HH:MM is a time of a school day',
  run: async (words, streams) => {
    const { values, positionals } = parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        group: { type: 'string' },
        user: { type: 'string' },
        at: { type: 'string' },
        school: { type: 'string' },
        class: { type: 'string', multiple: true },
        place: { type: 'string' },
        json: { type: 'boolean' },
        trace: { type: 'boolean' },
      },
    })
    if (values.group === undefined && values.user === undefined)
      throw new UsageError('say for whom with --group G or --user U')
    const { rules, who } = await questionOf(values, streams)
    const lists = listsOf(streams)
    const answer = (url: string): void => {
      const request = { ...who, url, kind: 'page' } as const
      const { verdict, category, reason, rule } = decide(rules, lists, request)
      streams.out(JSON.stringify({ url, verdict, category, reason, rule }))
      // Beside the answers, which stay one JSON line an address.
      if (values.trace) for (const line of explain(rules, lists, request).readers.technician) streams.say(line)
    }
    if (positionals.length > 0) positionals.forEach(answer)
    else
      for await (const line of createInterface({ input: streams.input, crlfDelay: Number.POSITIVE_INFINITY }))
        if (line.trim() !== '') answer(line.trim())
    return 0
  },
}

async function questionOf(asked: Asked, streams: Streams): Promise<Question> {
  const { dataFolder, databaseUrl } = readConfig(streams.environment)
  const hasDatabase =
    databaseUrl !== undefined ||
    existsSync(join(dataFolder, 'postgres')) ||
    existsSync(join(dataFolder, 'postgres.location'))
  if (!hasDatabase) {
    if (asked.school !== undefined)
      throw new UsageError(`there is no school “${asked.school}” here; there are none yet`)
    if (asked.user !== undefined)
      throw new UsageError(`there is no user “${asked.user}” here, because there is no school yet`)
    return withNoSchool(asked)
  }
  return withInstallation(streams, async ({ app }) => {
    if (asked.school === undefined && asked.user === undefined && (await app.schools()).length === 0)
      return withNoSchool(asked)
    const schoolId = await chosenSchool(app, asked.school)
    return app.read(schoolId, async ({ filtering, people }) => {
      const { rules, places } = await filtering.filter()
      const at = instantOf(asked.at, rules)
      const known = ['school', ...places.map(({ id }) => id)]
      if (asked.place !== undefined && !known.includes(asked.place))
        throw new UsageError(`there is no place “${asked.place}”; there are: ${known.join(', ')}`)
      const classIds = (await people.groups('class')).map(({ id }) => id)
      for (const each of asked.class ?? [])
        if (!classIds.includes(each))
          throw new UsageError(`there is no class “${each}”; there are: ${classIds.join(', ') || 'none'}`)
      const where = asked.place === undefined ? {} : { place: asked.place }
      const classes = asked.class ?? []
      const { user } = asked
      if (user === undefined) return { rules, who: { groups: groupsOf(rules, asked.group, []), at, ...where, classes } }
      const account = await people.accountByUsername(user)
      if (!account) throw new UsageError(`there is no user “${user}” at ${schoolId}`)
      const own = await people.filterGroupsOf(account.personId, at)
      const attributes = (await filterPeople(people, at, [account.personId])).get(account.personId)
      return {
        rules,
        who: {
          groups: groupsOf(rules, asked.group, own),
          at,
          ...where,
          personId: account.personId,
          ...askedWith(attributes),
          classes: [...new Set([...(attributes?.classes ?? []), ...classes])],
        },
      }
    })
  })
}

/** The shipped profiles, matrix and times; any class or place may be named, and no rule is for it. */
function withNoSchool({ group, at, class: classes = [], place }: Asked): Question {
  const rules = shippedRules()
  return {
    rules,
    who: {
      groups: groupsOf(rules, group, []),
      at: instantOf(at, rules),
      classes,
      ...(place === undefined ? {} : { place }),
    },
  }
}

/** The person's own groups, and the one that was named: the strictest of them counts. */
function groupsOf(rules: RuleSet, named: string | undefined, own: readonly string[]): readonly string[] {
  if (named !== undefined && !rules.groups.some(({ id }) => id === named))
    throw new UsageError(`there is no group “${named}”; there are: ${rules.groups.map(({ id }) => id).join(', ')}`)
  return [...new Set([...own, ...(named === undefined ? [] : [named])])]
}

/**
 * ISO 8601; London's time where no offset is given. 'HH:MM' alone is that time of a school day: today if it is one, else the
 * next, so that the table of the technology matrix can be asked on a Sunday. Now if nothing is given.
 */
function instantOf(text: string | undefined, rules: RuleSet): Date {
  if (text === undefined) return systemClock()
  if (/^\d{2}:\d{2}$/.test(text)) {
    const instant = londonOrNaN(schoolDayFrom(londonDate(systemClock()), rules), text)
    if (!Number.isNaN(instant.getTime())) return instant
  }
  const match = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/.exec(text)
  const instant = !match
    ? new Date(Number.NaN)
    : match[3]
      ? new Date(text)
      : londonOrNaN(match[1] ?? '', match[2] ?? '00:00')
  if (Number.isNaN(instant.getTime()))
    throw new UsageError(`--at must be a time such as 2026-11-24T10:15, 2026-11-24T10:15Z or 10:15, not “${text}”`)
  return instant
}

/** The date itself where the school's year says nothing of the next twelve months. */
function schoolDayFrom(today: string, { times }: RuleSet): string {
  if (!times) return today
  for (let days = 0; days < 366; days += 1) {
    const date = addCalendarDays(today, days)
    if (isSchoolDayOf(times, date)) return date
  }
  return today
}

function londonOrNaN(date: string, time: string): Date {
  try {
    return londonInstant(date, time)
  } catch {
    return new Date(Number.NaN)
  }
}

/** The lists in force, or the shipped ones where none were compiled yet; nothing is written. */
function listsOf({ environment }: Streams): CategoryLists {
  const folder = openListsFolder(readConfig(environment).dataFolder)
  return folder.active() ? folder.open().lists : openLists(compileLists(shippedEntries(), shippedSources))
}
