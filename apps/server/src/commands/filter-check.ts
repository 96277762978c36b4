import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { type CategoryLists, compileLists, decide, openLists, type RuleSet, shippedRules } from '@gatehouse/engine'
import { londonInstant } from '@gatehouse/engine/calendar'
import { readConfig } from '../config.ts'
import { openListsFolder, shippedEntries, shippedSources } from '../filtering/lists-folder.ts'
import { systemClock } from '../platform/clock.ts'
import { chosenSchool, type Command, type Streams, UsageError, withInstallation } from './command.ts'

/** What is asked of the filter, whoever asks. */
interface Question {
  readonly rules: RuleSet
  readonly groups: readonly string[]
  readonly at: Date
}

export const filterCheckCommand: Command = {
  name: 'filter check',
  usage: 'filter check --group G [--user U] [--at TIME] URL…',
  does: 'says what would happen for each address (or each line of standard input)',
  run: async (words, streams) => {
    const { values, positionals } = parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        group: { type: 'string' },
        user: { type: 'string' },
        at: { type: 'string' },
        school: { type: 'string' },
        class: { type: 'string' },
        place: { type: 'string' },
        json: { type: 'boolean' },
      },
    })
    if (values.group === undefined && values.user === undefined)
      throw new UsageError('say for whom with --group G or --user U')
    for (const name of ['class', 'place'] as const)
      if (values[name] !== undefined)
        streams.say(`gatehouse filter check: no rule depends on a ${name} yet, so --${name} changes nothing`)
    const question = await questionOf(values, streams)
    const lists = listsOf(streams)
    const answer = (url: string): void => {
      const { verdict, category, reason, rule } = decide(question.rules, lists, {
        url,
        groups: question.groups,
        at: question.at,
        kind: 'page',
      })
      streams.out(JSON.stringify({ url, verdict, category, reason, rule }))
    }
    if (positionals.length > 0) positionals.forEach(answer)
    else
      for await (const line of createInterface({ input: streams.input, crlfDelay: Number.POSITIVE_INFINITY }))
        if (line.trim() !== '') answer(line.trim())
    return 0
  },
}

async function questionOf(
  values: {
    group?: string | undefined
    user?: string | undefined
    at?: string | undefined
    school?: string | undefined
  },
  streams: Streams,
): Promise<Question> {
  const at = values.at === undefined ? systemClock() : instantOf(values.at)
  const { dataFolder, databaseUrl } = readConfig(streams.environment)
  const hasDatabase =
    databaseUrl !== undefined ||
    existsSync(join(dataFolder, 'postgres')) ||
    existsSync(join(dataFolder, 'postgres.location'))
  if (!hasDatabase) {
    if (values.school !== undefined)
      throw new UsageError(`there is no school “${values.school}” here; there are none yet`)
    if (values.user !== undefined)
      throw new UsageError(`there is no user “${values.user}” here, because there is no school yet`)
    return { rules: shippedRules(), groups: groupsOf(shippedRules(), values.group, []), at }
  }
  return withInstallation(streams, async ({ app }) => {
    if (values.school === undefined && values.user === undefined && (await app.schools()).length === 0)
      return { rules: shippedRules(), groups: groupsOf(shippedRules(), values.group, []), at }
    const schoolId = await chosenSchool(app, values.school)
    return app.read(schoolId, async ({ filtering, people }) => {
      const rules = await filtering.rules()
      const { user } = values
      if (user === undefined) return { rules, groups: groupsOf(rules, values.group, []), at }
      const account = await people.accountByUsername(user)
      if (!account) throw new UsageError(`there is no user “${user}” at ${schoolId}`)
      const own = (await people.groupsOf(account.personId, at))
        .filter(({ kind }) => kind === 'filter')
        .map(({ id }) => id)
      return { rules, groups: groupsOf(rules, values.group, own), at }
    })
  })
}

/** The person's own groups, and the one that was named: the strictest of them counts. */
function groupsOf(rules: RuleSet, named: string | undefined, own: readonly string[]): readonly string[] {
  if (named !== undefined && !rules.groups.some(({ id }) => id === named))
    throw new UsageError(`there is no group “${named}”; there are: ${rules.groups.map(({ id }) => id).join(', ')}`)
  return [...new Set([...own, ...(named === undefined ? [] : [named])])]
}

/** ISO 8601; London's time where no offset is given. */
function instantOf(text: string): Date {
  const match = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/.exec(text)
  const instant = !match
    ? new Date(Number.NaN)
    : match[3]
      ? new Date(text)
      : londonOrNaN(match[1] ?? '', match[2] ?? '00:00')
  if (Number.isNaN(instant.getTime()))
    throw new UsageError(`--at must be a time such as 2026-11-24T10:15 or 2026-11-24T10:15Z, not “${text}”`)
  return instant
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
