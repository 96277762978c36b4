/**
 * `gatehouse filter zone`: what a group may not look up, for a resolver. Written to standard output.
 * Exit status 1 when the names of the lists in force are not all known here: a zone without them would open what is closed.
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { nextBoundary } from '@gatehouse/engine/filter/windows'
import { safeSearchHosts } from '@gatehouse/engine/filter/safe-search'
import type { CategoryLists } from '@gatehouse/engine/filter/types'
import type { BundleSchool } from '@gatehouse/engine/bundle'
import { createAnnouncer } from '../announcer.ts'
import { openHelperRules } from '../squid/helper-rules.ts'
import { type HelperSettings, readHelperSettings } from '../squid/helper-settings.ts'
import { listedNames } from './listed-names.ts'
import { type Zone, zoneFor } from './zone-entries.ts'
import { localZoneText, rpzText, type TaggedZone } from './zone-text.ts'

export const zoneUsage = 'gatehouse filter zone --group G… [--format rpz|local-zone] [--tags] [--school ID] [--at TIME]'

/** What is wrong with what was typed, or with what there is to work from. */
export class ZoneFault extends Error {
  readonly status: 1 | 2
  constructor(status: 1 | 2, sentence: string) {
    super(sentence)
    this.status = status
  }
}

export async function main(words: readonly string[]): Promise<void> {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: {
        group: { type: 'string', multiple: true, default: [] },
        format: { type: 'string', default: 'rpz' },
        tags: { type: 'boolean', default: false },
        school: { type: 'string' },
        bundle: { type: 'string' },
        'key-file': { type: 'string' },
        at: { type: 'string' },
      },
    })
    const [first, second] = values.group
    if (first === undefined) throw new ZoneFault(2, `say for whom with --group. Usage: ${zoneUsage}`)
    if (values.format !== 'rpz' && values.format !== 'local-zone')
      throw new ZoneFault(2, `--format must be rpz or local-zone, not “${values.format}”`)
    if (second !== undefined && (values.format === 'rpz' || !values.tags))
      throw new ZoneFault(2, 'several groups go into one file only with --format local-zone --tags')
    const at = values.at === undefined ? new Date() : new Date(values.at)
    if (Number.isNaN(at.getTime())) throw new ZoneFault(2, `--at must be a time such as 2026-11-24T10:15Z`)
    const settings = zoneSettings(values)
    const source = await zoneSource(settings)
    const write = lineWriter()
    if (values.format === 'rpz') {
      const zone = await source.zone(first, at)
      const until = nextBoundary(source.school.rules, at) ?? null
      for (const line of rpzText(zone, { group: first, at, until }, safeSearchHosts())) write(line)
    } else {
      const tagged: TaggedZone[] = []
      for (const group of values.group)
        tagged.push({ tag: group, zone: await source.zone(group, at), networks: networksOf(source.school, group) })
      for (const { tag, networks } of values.tags ? tagged : [])
        if (networks.length === 0)
          throw new ZoneFault(1, `no network of the school is for the group ${tag}, so its tag would reach nobody`)
      for (const line of localZoneText(tagged, safeSearchHosts())) write(line)
    }
    write.end()
  } catch (error) {
    console.error(`gatehouse filter zone: ${error instanceof Error ? error.message : String(error)}`)
    process.exitCode = error instanceof ZoneFault ? error.status : 2
  }
}

/** The words that zone and helper share. */
export function zoneSettings(values: Readonly<Record<string, unknown>>): HelperSettings {
  const shared = (['school', 'bundle', 'key-file'] as const).flatMap(name => {
    const value = values[name]
    return typeof value === 'string' ? [`--${name}`, value] : []
  })
  const settings = readHelperSettings(shared, process.env)
  if (!settings.ok) throw new ZoneFault(2, settings.errors.join('; '))
  return settings.value
}

export const networksOf = ({ places }: BundleSchool, group: string): readonly string[] =>
  places.filter(place => place.group === group).flatMap(({ subnets }) => subnets)

export interface ZoneSource {
  readonly school: BundleSchool
  /** @throws {ZoneFault} for a group that the school does not have */
  zone(group: string, at: Date, place?: string): Promise<Zone>
}

/** @throws {ZoneFault} without rules, without the names of the lists, and where the school cannot be told */
export async function zoneSource(settings: HelperSettings): Promise<ZoneSource> {
  const said: string[] = []
  const rules = await openHelperRules(
    settings,
    createAnnouncer(line => said.push(line), Date.now),
  )
  const current = rules.holder.current()
  if (!current) throw new ZoneFault(1, `there are no rules to make a zone of: ${said.join('; ')}`)
  const { lists, payload } = current
  const schools = payload.schools.filter(({ id }) => settings.school === undefined || id === settings.school)
  const ids = payload.schools.map(({ id }) => id).join(', ')
  const [school, second] = schools
  if (!school) throw new ZoneFault(2, `there is no school “${settings.school}” here; there are: ${ids}`)
  if (second) throw new ZoneFault(2, `there are several schools, so say which with --school: ${ids}`)
  const names = await allNames(settings, payload.listsSha256, lists)
  return {
    school,
    async zone(group, at, place) {
      if (!school.rules.groups.some(({ id }) => id === group)) {
        const groups = school.rules.groups.map(({ id }) => id).join(', ')
        throw new ZoneFault(2, `there is no group “${group}”; there are: ${groups}`)
      }
      return zoneFor({ rules: school.rules, lists, names, group, at, place })
    },
  }
}

/** Refuses rather than leave out: each name that is missing here would be open in the zone. */
async function allNames(
  { dataFolder, shippedLists }: HelperSettings,
  sha256: string,
  lists: CategoryLists,
): Promise<string[]> {
  const names = new Set<string>()
  const folder = join(dataFolder, 'lists')
  for await (const name of listedNames(folder, sha256, shippedLists)) names.add(name)
  if (names.size < lists.domains)
    throw new ZoneFault(
      1,
      `the lists in force hold ${lists.domains} names and ${names.size} are known here, so a zone would leave some out: compile the lists again`,
    )
  return [...names]
}

function lineWriter() {
  let text = ''
  const write = (line: string): void => {
    text += `${line}\n`
    if (text.length < 1024 * 1024) return
    process.stdout.write(text)
    text = ''
  }
  return Object.assign(write, { end: (): void => void process.stdout.write(text) })
}
