import { type Generated, type Selectable, sql } from 'kysely'
import type { ReadContext, WriteContext } from '../platform/change.ts'
import { isId, newId } from '../platform/identifiers.ts'
import { Refusal } from '../platform/refusal.ts'
import { addPage } from './paged-store.ts'
import {
  type ChannelKind,
  type ChannelSettings,
  leaseSeconds,
  mostAttempts,
  type PagedThing,
  type PagingKind,
  secondsUntilNext,
} from './paging-channel.ts'

/** Row types of `migrations/0019-paging.sql` and `0025-report-readings.sql`. */
export interface PagingTables {
  paging_channel: {
    school_id: string
    id: string
    kind: ChannelKind
    name: string
    host: string
    key_id: string
    settings: Buffer
    added_at: Date
    added_by: string
    reason: string
    proven_at: Date | null
    proven_by: string | null
    failing_since: Date | null
    ended_at: Date | null
    ended_by: string | null
    end_reason: string | null
  }
  paging_number: {
    school_id: string
    person_id: string
    key_id: string
    number: Buffer
    set_at: Date
    confirmed_at: Date | null
  }
  paging_message: {
    school_id: string
    id: string
    channel_id: string
    kind: PagingKind
    thread_id: string | null
    report_id: string | null
    rung: number
    person_id: string | null
    made_at: Date
    state: MessageState
    attempts: Generated<number>
    next_at: Date
    ended_at: Date | null
    wrong_codes: Generated<number>
  }
  paging_attempt: {
    school_id: string
    message_id: string
    number: number
    began_at: Date
    ended_at: Date | null
    ok: boolean | null
    outcome: string | null
  }
}

type MessageState = 'waiting' | 'sent' | 'given-up' | 'not-needed'
export interface Channel {
  readonly id: string
  readonly kind: ChannelKind
  readonly name: string
  readonly host: string
  readonly keyId: string
  readonly addedAt: Date
  readonly addedBy: string
  readonly reason: string
  readonly provenAt: Date | null
  readonly provenBy: string | null
  readonly failingSince: Date | null
  readonly endedAt: Date | null
  readonly endReason: string | null
}
export interface Attempt {
  readonly number: number
  readonly beganAt: Date
  readonly endedAt: Date | null
  readonly ok: boolean | null
  readonly outcome: string | null
}
export interface PagingMessage {
  readonly id: string
  readonly channelId: string
  readonly kind: PagingKind
  readonly rung: number
  readonly personId: string | null
  readonly madeAt: Date
  readonly state: MessageState
  readonly attempts: readonly Attempt[]
  readonly nextAt: Date
}
/** A message that this process has taken to send, and nobody else until its lease ends. */
export interface Taken {
  readonly id: string
  readonly channelId: string
  readonly kind: PagingKind
  /** null of a test. */
  readonly about: PagedThing | null
  /** Of what it is about, as it is now. */
  readonly severity: number
  readonly rung: number
  readonly attempt: number
  readonly settings: ChannelSettings
  /** Of an SMS, where one is known. */
  readonly number: string | null
}

const dayMs = 86_400_000
/** A page is of no use to anybody after this; its rows go. */
const keptDays = 365

export type PagingReads = ReturnType<typeof pagingReads>
export function pagingReads({ db, schoolId, now }: ReadContext) {
  const channels = () => db.selectFrom('paging_channel').selectAll().where('school_id', '=', schoolId)
  const messages = () => db.selectFrom('paging_message').selectAll().where('school_id', '=', schoolId)
  const withAttempts = async (
    rows: readonly Selectable<PagingTables['paging_message']>[],
  ): Promise<PagingMessage[]> => {
    const attempts =
      rows.length === 0
        ? []
        : await db
            .selectFrom('paging_attempt')
            .selectAll()
            .where('school_id', '=', schoolId)
            .where(
              'message_id',
              'in',
              rows.map(({ id }) => id),
            )
            .orderBy('number')
            .execute()
    return rows.map(row => ({
      id: row.id,
      channelId: row.channel_id,
      kind: row.kind,
      rung: row.rung,
      personId: row.person_id,
      madeAt: row.made_at,
      state: row.state,
      nextAt: row.next_at,
      attempts: attempts
        .filter(({ message_id }) => message_id === row.id)
        .map(({ number, began_at, ended_at, ok, outcome }) => ({
          number,
          beganAt: began_at,
          endedAt: ended_at,
          ok,
          outcome,
        })),
    }))
  }
  return {
    now,
    /** Those that were not ended, the newest last. */
    channels: async (): Promise<Channel[]> =>
      (await channels().where('ended_at', 'is', null).orderBy('added_at').orderBy('id').execute()).map(channelOf),
    channel: async (id: string): Promise<Channel> => {
      const row = isId(id) ? await channels().where('id', '=', id).executeTakeFirst() : undefined
      if (!row) throw new Refusal('not-found', 'There is no such way of paging at this school.')
      return channelOf(row)
    },
    /** Whether this person has given a number, and confirmed it. */
    numberOf: async (personId: string): Promise<{ setAt: Date; confirmedAt: Date | null } | null> => {
      const row = await db
        .selectFrom('paging_number')
        .select(['set_at', 'confirmed_at'])
        .where('school_id', '=', schoolId)
        .where('person_id', '=', personId)
        .executeTakeFirst()
      return row ? { setAt: row.set_at, confirmedAt: row.confirmed_at } : null
    },
    /** Everybody who has given a number. */
    withNumbers: async (): Promise<string[]> =>
      (await db.selectFrom('paging_number').select('person_id').where('school_id', '=', schoolId).execute()).map(
        row => row.person_id,
      ),
    /** What was sent and what came of it, newest first. */
    latest: async (limit: number, channelId?: string): Promise<PagingMessage[]> =>
      withAttempts(
        await messages()
          .$if(channelId !== undefined, query => query.where('channel_id', '=', channelId ?? ''))
          .orderBy('made_at', 'desc')
          .orderBy('id')
          .limit(limit)
          .execute(),
      ),
    /** How many wait to be sent now. */
    countDue: async (): Promise<number> =>
      Number(
        (
          await db
            .selectFrom('paging_message')
            .select(({ fn }) => fn.countAll<number>().as('count'))
            .where('school_id', '=', schoolId)
            .where('state', '=', 'waiting')
            .where('next_at', '<=', now)
            .executeTakeFirstOrThrow()
        ).count,
      ),
    /** How many are older than they are kept. */
    countOld: async (): Promise<number> =>
      Number(
        (
          await db
            .selectFrom('paging_message')
            .select(({ fn }) => fn.countAll<number>().as('count'))
            .where('school_id', '=', schoolId)
            .where('made_at', '<', new Date(now.getTime() - keptDays * dayMs))
            .executeTakeFirstOrThrow()
        ).count,
      ),
    /** Tests of the last hour, newest first: of a webhook, or of one person's number. */
    testsThisHour: async (
      of: { readonly channelId: string } | { readonly personId: string },
    ): Promise<{ id: string; channelId: string; madeAt: Date; wrongCodes: number }[]> =>
      (
        await messages()
          .where('kind', '=', 'test')
          .where(({ eb, and }) =>
            'personId' in of
              ? eb('person_id', '=', of.personId)
              : and([eb('channel_id', '=', of.channelId), eb('person_id', 'is', null)]),
          )
          .where('made_at', '>', new Date(now.getTime() - 3_600_000))
          .orderBy('made_at', 'desc')
          .limit(50)
          .execute()
      ).map(row => ({
        id: row.id,
        channelId: row.channel_id,
        madeAt: row.made_at,
        wrongCodes: row.wrong_codes,
      })),
  }
}
export type PagingWrites = ReturnType<typeof pagingWrites>
export function pagingWrites(context: WriteContext) {
  const { tx, schoolId, now, seal } = context
  const reads = pagingReads({ ...context, db: tx })
  const setChannel = (id: string, values: Partial<Omit<PagingTables['paging_channel'], 'school_id' | 'id'>>) =>
    tx.updateTable('paging_channel').set(values).where('school_id', '=', schoolId).where('id', '=', id).execute()
  const setMessage = (
    id: string,
    values: Partial<Omit<Selectable<PagingTables['paging_message']>, 'school_id' | 'id'>>,
  ) => tx.updateTable('paging_message').set(values).where('school_id', '=', schoolId).where('id', '=', id).execute()
  const settingsOf = async (row: { key_id: string; settings: Buffer }): Promise<ChannelSettings> =>
    // Only `addChannel` writes this column, from the type.
    JSON.parse(await seal.open(row.key_id, row.settings)) as ChannelSettings
  const add = async (message: {
    channelId: string
    kind: PagingKind
    about: PagedThing | null
    rung: number
    personId: string | null
  }): Promise<void> => {
    await tx
      .insertInto('paging_message')
      .values({
        school_id: schoolId,
        id: newId(now.getTime()),
        channel_id: message.channelId,
        kind: message.kind,
        thread_id: message.about?.kind === 'flag' ? message.about.id : null,
        report_id: message.about?.kind === 'report' ? message.about.id : null,
        rung: message.rung,
        person_id: message.personId,
        made_at: now,
        state: 'waiting',
        next_at: now,
        ended_at: null,
      })
      .execute()
  }
  return {
    ...reads,
    addChannel: async (channel: {
      name: string
      host: string
      reason: string
      by: string
      settings: ChannelSettings
    }): Promise<string> => {
      const id = newId(now.getTime())
      const keyId = await seal.newKey()
      await tx
        .insertInto('paging_channel')
        .values({
          school_id: schoolId,
          id,
          kind: channel.settings.kind,
          name: channel.name,
          host: channel.host,
          key_id: keyId,
          settings: await seal.seal(keyId, JSON.stringify(channel.settings)),
          added_at: now,
          added_by: channel.by,
          reason: channel.reason,
          proven_at: null,
          proven_by: null,
          failing_since: null,
          ended_at: null,
          ended_by: null,
          end_reason: null,
        })
        .execute()
      return id
    },
    /** Its address and token can never be read again, and what still waits for it is not sent. */
    endChannel: async (channel: Channel, by: string, reason: string): Promise<void> => {
      await seal.erase(channel.keyId)
      await setChannel(channel.id, { ended_at: now, ended_by: by, end_reason: reason, failing_since: null })
      await tx
        .updateTable('paging_message')
        .set({ state: 'not-needed', ended_at: now })
        .where('school_id', '=', schoolId)
        .where('channel_id', '=', channel.id)
        .where('state', '=', 'waiting')
        .execute()
    },
    prove: (id: string, by: string) => setChannel(id, { proven_at: now, proven_by: by }),
    setNumber: async (personId: string, number: string): Promise<void> => {
      await removeNumber(personId)
      const keyId = await seal.newKey()
      await tx
        .insertInto('paging_number')
        .values({
          school_id: schoolId,
          person_id: personId,
          key_id: keyId,
          number: await seal.seal(keyId, number),
          set_at: now,
          confirmed_at: null,
        })
        .execute()
    },
    removeNumber: (personId: string): Promise<boolean> => removeNumber(personId),
    confirmNumber: (personId: string) =>
      tx
        .updateTable('paging_number')
        .set({ confirmed_at: now })
        .where('school_id', '=', schoolId)
        .where('person_id', '=', personId)
        .execute(),
    addTest: (channelId: string, personId: string | null): Promise<void> =>
      add({ channelId, kind: 'test', about: null, rung: 0, personId }),
    /**
     * Writes down who is paged, and pages by every channel that is proven.
     * @param personId null where nobody answers for any step.
     * @returns how many messages.
     */
    page: async (about: PagedThing, round: number, rung: number, personId: string | null): Promise<number> => {
      if (personId !== null) await addPage(context, about, { round, rung, personId })
      const proven = (await reads.channels()).filter(({ provenAt }) => provenAt !== null)
      const number = personId === null ? null : await reads.numberOf(personId)
      const used = proven.filter(({ kind }) => kind === 'webhook' || number?.confirmedAt)
      for (const { id } of used) await add({ channelId: id, kind: 'page', about, rung, personId })
      return used.length
    },
    wrongCode: async (ids: readonly string[]): Promise<void> => {
      if (ids.length > 0)
        await tx
          .updateTable('paging_message')
          .set(({ eb, ref }) => ({ wrong_codes: eb(ref('wrong_codes'), '+', 1) }))
          .where('school_id', '=', schoolId)
          .where('id', 'in', ids)
          .execute()
    },
    /**
     * Takes what is due, and writes down that an attempt begins: another process leaves these alone, and one that is killed
     * now leaves them to be taken again. Pages about what somebody has by now are put aside.
     */
    take: async (limit: number): Promise<Taken[]> => {
      const due = await tx
        .selectFrom('paging_message')
        .selectAll()
        .where('school_id', '=', schoolId)
        .where('state', '=', 'waiting')
        .where('next_at', '<=', now)
        .orderBy('next_at')
        .limit(limit)
        .forUpdate()
        .skipLocked()
        .execute()
      const taken: Taken[] = []
      for (const row of due) {
        const about = aboutOf(row)
        const standing = about === null ? { answered: false, severity: 0 } : await standingOf(about, row.made_at)
        if (standing.answered) {
          await setMessage(row.id, { state: 'not-needed', ended_at: now })
          continue
        }
        const channel = await tx
          .selectFrom('paging_channel')
          .select(['key_id', 'settings'])
          .where('school_id', '=', schoolId)
          .where('id', '=', row.channel_id)
          .executeTakeFirstOrThrow()
        const number =
          row.person_id === null
            ? undefined
            : await tx
                .selectFrom('paging_number')
                .select(['key_id', 'number'])
                .where('school_id', '=', schoolId)
                .where('person_id', '=', row.person_id)
                .executeTakeFirst()
        const attempt = row.attempts + 1
        await setMessage(row.id, { attempts: attempt, next_at: new Date(now.getTime() + leaseSeconds * 1000) })
        await tx
          .insertInto('paging_attempt')
          .values({
            school_id: schoolId,
            message_id: row.id,
            number: attempt,
            began_at: now,
            ended_at: null,
            ok: null,
            outcome: null,
          })
          .execute()
        taken.push({
          id: row.id,
          channelId: row.channel_id,
          kind: row.kind,
          about,
          severity: standing.severity,
          rung: row.rung,
          attempt,
          settings: await settingsOf(channel),
          number: number ? await seal.open(number.key_id, number.number) : null,
        })
      }
      return taken
    },
    /** What came of an attempt. @returns whether the channel began to fail, or works again. */
    finish: async (
      { id, channelId, attempt }: Pick<Taken, 'id' | 'channelId' | 'attempt'>,
      { ok, outcome }: { readonly ok: boolean; readonly outcome: string },
    ): Promise<'began-to-fail' | 'works-again' | null> => {
      await tx
        .updateTable('paging_attempt')
        .set({ ended_at: now, ok, outcome })
        .where('school_id', '=', schoolId)
        .where('message_id', '=', id)
        .where('number', '=', attempt)
        .execute()
      const row = await tx
        .selectFrom('paging_message')
        .select(['state', 'attempts'])
        .where('school_id', '=', schoolId)
        .where('id', '=', id)
        .forUpdate()
        .executeTakeFirst()
      if (row?.state === 'waiting') {
        if (ok) await setMessage(id, { state: 'sent', ended_at: now })
        else if (attempt >= mostAttempts) await setMessage(id, { state: 'given-up', ended_at: now })
        // A later attempt that was begun meanwhile has its own lease.
        else if (row.attempts === attempt)
          await setMessage(id, { next_at: new Date(now.getTime() + secondsUntilNext(attempt) * 1000) })
      }
      const channel = await reads.channel(channelId)
      if (ok === (channel.failingSince === null) || channel.endedAt) return null
      await setChannel(channelId, { failing_since: ok ? null : now })
      return ok ? 'works-again' : 'began-to-fail'
    },
    /** Deletes what is older than a year. @returns how many messages. */
    forget: async (): Promise<number> =>
      Number(
        (
          await tx
            .deleteFrom('paging_message')
            .where('school_id', '=', schoolId)
            .where('made_at', '<', new Date(now.getTime() - keptDays * dayMs))
            .executeTakeFirst()
        ).numDeletedRows,
      ),
  }

  async function removeNumber(personId: string): Promise<boolean> {
    const row = await tx
      .deleteFrom('paging_number')
      .where('school_id', '=', schoolId)
      .where('person_id', '=', personId)
      .returning('key_id')
      .executeTakeFirst()
    if (row) await seal.erase(row.key_id)
    return row !== undefined
  }
  /** Whether somebody said since that they have it, or decided about it; and how grave it is. */
  async function standingOf({ kind, id }: PagedThing, since: Date): Promise<{ answered: boolean; severity: number }> {
    const { rows } = await (kind === 'flag'
      ? sql<{ answered: boolean; severity: number }>`
          select severity, state <> 'waiting' or exists (
                   select from flag_page p where p.school_id = t.school_id and p.thread_id = t.id and p.acknowledged_at >= ${since}) as answered
            from flag_thread t where t.school_id = ${schoolId} and t.id = ${id}`
      : sql<{ answered: boolean; severity: number }>`
          select case when danger_now then 5 else coalesce(severity, 0) end as severity, coalesce(seen_at >= ${since}, false) as answered
            from report where school_id = ${schoolId} and id = ${id}`
    ).execute(tx)
    return rows[0] ?? { answered: true, severity: 0 }
  }
}

const aboutOf = ({ thread_id, report_id }: Selectable<PagingTables['paging_message']>): PagedThing | null =>
  thread_id !== null ? { kind: 'flag', id: thread_id } : report_id !== null ? { kind: 'report', id: report_id } : null

const channelOf = (row: Selectable<PagingTables['paging_channel']>): Channel => ({
  id: row.id,
  kind: row.kind,
  name: row.name,
  host: row.host,
  keyId: row.key_id,
  addedAt: row.added_at,
  addedBy: row.added_by,
  reason: row.reason,
  provenAt: row.proven_at,
  provenBy: row.proven_by,
  failingSince: row.failing_since,
  endedAt: row.ended_at,
  endReason: row.end_reason,
})
