import { addCalendarDays, type CalendarDate, londonDate } from '@gatehouse/engine/calendar'
import { systemActor } from '../platform/actor.ts'
import { type Change, changed, type Read } from '../platform/change.ts'
import type { Clock } from '../platform/clock.ts'
import { rangeOfDay, recentDays } from './activity-day.ts'
import type { ActivityDay, ActivityDayReads, ActivityDayWrites } from './activity-day-store.ts'
import type { ActivityRow } from './activity-line.ts'
import type { ActivityFilter, ActivityPlace, ActivityReads, ActivityWrites, StoredActivity } from './activity-store.ts'
import { readSealed, sealedPath, tidySealed, writeSealed } from './sealed-days.ts'
import type { Condition, ParquetDays } from './sealed-parquet.ts'

export interface ArchiveReads {
  readonly activity: ActivityReads
  readonly activityDays: ActivityDayReads
}
export interface ArchiveWrites {
  readonly activity: ActivityWrites
  readonly activityDays: ActivityDayWrites
}

export type ActivityArchive = ReturnType<typeof createActivityArchive>

/** The whole of the log: recent days as rows, closed ones as sealed files, and the figures of every day. */
export function createActivityArchive(parts: {
  readonly change: Change<ArchiveWrites>
  readonly read: Read<ArchiveReads>
  readonly clock: Clock
  readonly dataFolder: string
  readonly parquet: ParquetDays
}) {
  const { change, read, clock, dataFolder, parquet } = parts

  const plainOf = async (
    schoolId: string,
    day: ActivityDay,
    { openFile }: Pick<ActivityDayReads, 'openFile'>,
  ): Promise<Buffer | null> => {
    if (!day.file) return null
    const { keyId, sha256 } = day.file
    return openFile(keyId, await readSealed(sealedPath(dataFolder, schoolId, day.day, keyId), sha256))
  }
  /** The plain files of the sealed days of a filter, oldest first. */
  const plainFiles = async (schoolId: string, filter: ActivityFilter, days: ActivityDayReads): Promise<Buffer[]> => {
    const found: Buffer[] = []
    const last = londonDate(new Date(filter.to.getTime() - 1))
    for (const day of await days.between(londonDate(filter.from), last)) {
      const bytes = await plainOf(schoolId, day, days)
      if (bytes) found.push(bytes)
    }
    return found
  }
  /**
   * Entries newest first, over rows and sealed days, and the counts of all that the filter finds; `after` is where the page
   * before ended. For a day, or some days of one person or place: a year of everything is for the figures.
   */
  const page = async (
    schoolId: string,
    filter: ActivityFilter,
    limit: number,
    after?: ActivityPlace,
  ): Promise<{ entries: StoredActivity[]; counts: { allow: number; warn: number; block: number } }> => {
    const { entries, counts, sealed } = await read(schoolId, async ({ activity, activityDays }) => ({
      entries: limit > 0 ? await activity.list(filter, limit, after) : [],
      counts: await activity.counts(filter),
      sealed: await plainFiles(schoolId, filter, activityDays),
    }))
    if (sealed.length === 0) return { entries, counts }
    const all = conditionOf(filter)
    for (const bytes of sealed) {
      const found = await parquet.page(bytes, {
        all,
        page: conditionOf(filter, after),
        limit,
        isFew: filter.personId !== undefined,
      })
      entries.push(...found.rows)
      for (const { verdict, count } of found.counts)
        if (verdict === 'allow' || verdict === 'warn' || verdict === 'block') counts[verdict] += count
    }
    entries.sort((one, other) => other.at.getTime() - one.at.getTime() || (one.id < other.id ? 1 : -1))
    return { entries: entries.slice(0, limit), counts }
  }

  /** Takes a sealed day back into the database, as rows: for late lines, holds and erasure. The old file's key is destroyed. */
  const unseal = async (
    { activity, activityDays }: ArchiveWrites,
    schoolId: string,
    day: ActivityDay,
    keep: (row: ActivityRow) => boolean = () => true,
  ): Promise<void> => {
    const bytes = await plainOf(schoolId, day, activityDays)
    if (!bytes || !day.file) return
    for await (const batch of parquet.all(bytes)) await activity.add(batch.filter(keep))
    await activityDays.eraseFile(day.file.keyId)
    await activityDays.forget(day.day, false)
  }

  return {
    unseal,
    /** How many rows of a sealed day are of nobody among these people. */
    countOthers: async (
      days: Pick<ActivityDayReads, 'openFile'>,
      schoolId: string,
      day: ActivityDay,
      people: readonly string[],
    ): Promise<number> => {
      const bytes = await plainOf(schoolId, day, days)
      if (!bytes) return 0
      return parquet.count(bytes, {
        sql: `(person_id is null or person_id not in (${people.map(() => '?::uuid').join(', ')}))`,
        values: people,
      })
    },
    page,
    list: async (schoolId: string, filter: ActivityFilter, limit: number, after?: ActivityPlace) =>
      (await page(schoolId, filter, limit, after)).entries,
    counts: async (schoolId: string, filter: ActivityFilter) => (await page(schoolId, filter, 0)).counts,

    /** Makes the figures of closed days whose rows have changed since. @returns how many days. */
    count: async (schoolId: string): Promise<number> => {
      const today = londonDate(clock())
      const days = (await read(schoolId, ({ activityDays }) => activityDays.uncounted())).filter(
        ({ day, file }) => day < today && file === null,
      )
      for (const { day } of days)
        await change(systemActor(schoolId, 'worker'), async ({ activityDays }) => {
          await activityDays.lock(day)
          const requests = await activityDays.count(day)
          return changed(undefined, { type: 'activity.counted', subject: `activity:${day}`, detail: { requests } })
        })
      return days.length
    },

    /** Seals each day that is no longer recent and has rows in the database: figures, file, digest in the ledger. @returns how many. */
    seal: async (schoolId: string): Promise<number> => {
      const before = addCalendarDays(londonDate(clock()), -recentDays)
      const days = await read(schoolId, async ({ activity, activityDays }) => {
        const open: CalendarDate[] = []
        // Mostly there is nothing to seal: one question says so, where a year's days would be four hundred.
        if (!(await activity.hasRows({ from: new Date(0), to: rangeOfDay(before).from }))) return open
        for (const { day } of await activityDays.between('2015-01-01', addCalendarDays(before, -1)))
          if (await activity.hasRows(rangeOfDay(day))) open.push(day)
        return open
      })
      for (const day of days) await sealDay(schoolId, day)
      return days.length
    },

    /** Removes files to which no day points any more. */
    tidy: async (schoolId: string): Promise<number> => {
      const kept = await read(schoolId, async ({ activityDays }) =>
        (await activityDays.between('2015-01-01', '2999-12-31')).flatMap(({ day, file }) =>
          file ? [sealedPath(dataFolder, schoolId, day, file.keyId)] : [],
        ),
      )
      return tidySealed(dataFolder, schoolId, new Set(kept), clock().getTime())
    },

    /** Reads every sealed day's file and compares it with its digest. @returns the days whose file is gone or altered. */
    broken: async (schoolId: string, limit = 400): Promise<CalendarDate[]> => {
      const days = await read(schoolId, ({ activityDays }) => activityDays.between('2015-01-01', '2999-12-31'))
      const bad: CalendarDate[] = []
      for (const { day, file } of days.slice(-limit))
        if (file)
          await readSealed(sealedPath(dataFolder, schoolId, day, file.keyId), file.sha256).catch(() => bad.push(day))
      return bad
    },
  }

  function sealDay(schoolId: string, day: CalendarDate): Promise<void> {
    return change(systemActor(schoolId, 'worker'), async writes => {
      const { activity, activityDays } = writes
      const known = await activityDays.lock(day)
      const again = known?.file !== null && known !== null
      if (known && again) await unseal(writes, schoolId, known)
      const requests = await activityDays.count(day)
      const range = rangeOfDay(day)
      const { bytes, rows } = await parquet.write(activity.stream(range))
      if (rows !== requests) throw new Error(`The day ${day} has ${requests} rows, and ${rows} were written`)
      const { keyId, sealed } = await activityDays.sealFile(bytes)
      const sha256 = await writeSealed(sealedPath(dataFolder, schoolId, day, keyId), sealed)
      await activity.remove(range)
      await activity.dropEmptyDays(range.to)
      await activityDays.sealed(day, { keyId, sha256, bytes: sealed.length, rows })
      return changed(undefined, {
        type: 'activity.sealed',
        subject: `activity:${day}`,
        detail: { rows, bytes: sealed.length, sha256, key: keyId, again },
      })
    })
  }
}

/** The same filter for a sealed file. */
function conditionOf(filter: ActivityFilter, after?: ActivityPlace): Condition {
  const parts: string[] = ['at_ms >= ?', 'at_ms < ?']
  const values: (bigint | string)[] = [BigInt(filter.from.getTime()), BigInt(filter.to.getTime())]
  const add = (sql: string, ...given: string[]): void => {
    parts.push(sql)
    values.push(...given)
  }
  if (filter.verdict !== undefined) add('verdict = ?', filter.verdict)
  if (filter.isNotAllowed) add("verdict <> 'allow'")
  if (filter.category !== undefined) add('category = ?', filter.category)
  if (filter.group !== undefined) add("list_contains(string_split(groups, ','), ?)", filter.group)
  if (filter.host !== undefined) add('(host = ? or ends_with(host, ?))', filter.host, `.${filter.host}`)
  if (filter.personId !== undefined) add('person_id = ?::uuid', filter.personId)
  if (filter.personIds !== undefined)
    add(
      filter.personIds.length === 0 ? 'false' : `person_id in (${filter.personIds.map(() => '?::uuid').join(', ')})`,
      ...filter.personIds,
    )
  if (after) {
    parts.push('(at_ms < ? or (at_ms = ? and id < ?::uuid))')
    values.push(BigInt(after.at.getTime()), BigInt(after.at.getTime()), after.id)
  }
  return { sql: parts.join(' and '), values }
}
