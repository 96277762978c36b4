import { type RawBuilder, type Selectable, sql } from 'kysely'
import { answerPages, type Paged, pagesOf } from '../monitoring/paged-store.ts'
import type { Role } from '../permissions.ts'
import { type Actor, may } from '../platform/actor.ts'
import type { ReadContext, WriteContext } from '../platform/change.ts'
import { isId, newId } from '../platform/identifiers.ts'
import { Refusal } from '../platform/refusal.ts'
import { type Guidance, guidances, type NewReport, type Report, type When } from './report.ts'
import { type FoundSeverity, mayNotWait, type Reading, severityOf, worstOf } from './report-reading.ts'
import { digestOf, type MessageHeaders, readHeaders, readableText } from './report-message.ts'
import { type About, categoryOf, type Recipient } from './report-routing.ts'
import type { ReportTables } from './report-tables.ts'
import { type Bucket, filled, fullBucket } from './thread-throttle.ts'

export const noSuchReport = 'There is no such report at this school that you may open.'
export const reportsAPage = 50

/** A report as this actor may see it. `content` false: the facts, never the words. */
export interface SeenReport extends Report {
  readonly content: boolean
}
type SealedReading = Omit<Reading, 'of' | 'severity'>
export interface ThreadEntry {
  readonly id: string
  readonly fromReporter: boolean
  readonly authorId: string | null
  readonly at: Date
  readonly words: string
}
export interface ReportMessage {
  readonly form: 'pasted' | 'file'
  readonly sha256: string
  readonly size: number
  readonly headers: MessageHeaders
  readonly text: string
  readonly cut: boolean
}

/**
 * The scope of every question about reports: a role of the actor receives it, the actor answered for one when it came, or was
 * paged about it; and the actor is not somebody it is about. Part of the SQL on `report`; nothing is filtered afterwards.
 */
export function reportVisibleTo(actor: Actor): RawBuilder<boolean> {
  if (actor.kind !== 'person' || !may(actor, 'report.view')) return sql<boolean>`false`
  return sql<boolean>`(exists (${mine(actor.personId, actor.roles)}) and not exists (select from report_excluded where report_excluded.school_id = report.school_id and report_excluded.report_id = report.id and report_excluded.person_id = ${actor.personId}))`
}
const mine = (personId: string, roles: readonly Role[], onlyContent = false): RawBuilder<unknown> =>
  sql`select from report_recipient r where r.school_id = report.school_id and r.report_id = report.id and (r.person_id = ${personId} or r.role = any(${roles as string[]}))${onlyContent ? sql` and r.content` : sql``} union all select from report_page p where p.school_id = report.school_id and p.report_id = report.id and p.person_id = ${personId}`

export type ReportReads = ReturnType<typeof reportReads>
export function reportReads({ db, schoolId, seal }: ReadContext) {
  const scoped = (actor: Actor) =>
    db
      .selectFrom('report')
      .selectAll('report')
      .select(
        sql<boolean>`${actor.kind === 'person' ? sql`exists (${mine(actor.personId, actor.roles, true)})` : sql`false`}`.as(
          'content',
        ),
      )
      .where('report.school_id', '=', schoolId)
      .where(reportVisibleTo(actor))
  const recipientsOf = async (id: string): Promise<Recipient[]> =>
    (
      await db
        .selectFrom('report_recipient')
        .selectAll()
        .where('school_id', '=', schoolId)
        .where('report_id', '=', id)
        .orderBy('role')
        .execute()
    ).map(row => ({ role: row.role, content: row.content, personId: row.person_id }))
  return {
    /** @throws {Refusal} `not-found`: the same words for what does not exist, another school's, and what is about the actor. */
    get: async (actor: Actor, id: string): Promise<SeenReport> => {
      const row = isId(id) ? await scoped(actor).where('id', '=', id).executeTakeFirst() : undefined
      if (!row) throw new Refusal('not-found', noSuchReport)
      return { ...reportOf(row), content: row.content }
    },
    /** Not acknowledged yet, oldest first; junk mail stands in its digest. */
    waiting: async (actor: Actor, limit = 200): Promise<SeenReport[]> =>
      (
        await scoped(actor)
          .where('acknowledged_at', 'is', null)
          .where('digest_on', 'is', null)
          .orderBy('received_at')
          .limit(limit)
          .execute()
      ).map(row => ({ ...reportOf(row), content: row.content })),
    /** Acknowledged, newest first. */
    taken: async (actor: Actor, page = 1, size = reportsAPage): Promise<SeenReport[]> =>
      (
        await scoped(actor)
          .where('acknowledged_at', 'is not', null)
          .where('digest_on', 'is', null)
          .orderBy('received_at', 'desc')
          .orderBy('id', 'desc')
          .limit(size)
          .offset((page - 1) * size)
          .execute()
      ).map(row => ({ ...reportOf(row), content: row.content })),
    /** What a member of staff reported, without any words: when it was made, and when somebody took it. */
    madeBy: async (personId: string, limit = 50): Promise<Report[]> =>
      (
        await db
          .selectFrom('report')
          .selectAll()
          .where('school_id', '=', schoolId)
          .where('made_by', '=', personId)
          .orderBy('received_at', 'desc')
          .limit(limit)
          .execute()
      ).map(reportOf),
    /** The sealed words; the caller has the right to them (`content`), and opening the page is recorded. */
    words: async (report: Report): Promise<{ words: string; names: string | null }> => {
      const row = await db
        .selectFrom('report')
        .select(['words', 'names'])
        .where('school_id', '=', schoolId)
        .where('id', '=', report.id)
        .executeTakeFirstOrThrow()
      return {
        words: await seal.open(report.keyId, row.words),
        names: row.names ? await seal.open(report.keyId, row.names) : null,
      }
    },
    message: async (report: Report): Promise<ReportMessage | null> => {
      const row = await db
        .selectFrom('report_message')
        .selectAll()
        .where('school_id', '=', schoolId)
        .where('report_id', '=', report.id)
        .executeTakeFirst()
      if (!row) return null
      const content = await seal.openBytes(report.keyId, row.content)
      return {
        form: row.form,
        sha256: row.sha256,
        size: row.size,
        headers: JSON.parse(await seal.open(report.keyId, row.headers)),
        ...readableText(content),
      }
    },
    /** The bytes exactly as they came. */
    messageBytes: async (report: Report): Promise<Buffer | null> => {
      const row = await db
        .selectFrom('report_message')
        .select('content')
        .where('school_id', '=', schoolId)
        .where('report_id', '=', report.id)
        .executeTakeFirst()
      return row ? seal.openBytes(report.keyId, row.content) : null
    },
    recipients: recipientsOf,
    /** What the detector made of it, the latest last; the caller has the right to its words. */
    readings: async (report: Report): Promise<Reading[]> => {
      const rows = await db
        .selectFrom('report_reading')
        .selectAll()
        .where('school_id', '=', schoolId)
        .where('report_id', '=', report.id)
        .orderBy('at')
        .orderBy('text_of', 'desc')
        .execute()
      return Promise.all(
        rows.map(async row => ({
          of: row.text_of,
          // Only `addReadings` writes these, from their types.
          severity: row.severity as FoundSeverity,
          ...(JSON.parse(await seal.open(report.keyId, row.content)) as SealedReading),
        })),
      )
    },
    /** Those that may not wait and that nobody has opened since, the longest waiting first: they are paged about. */
    unseenUrgent: async (limit = 200): Promise<Report[]> =>
      (
        await db
          .selectFrom('report')
          .selectAll()
          .where('school_id', '=', schoolId)
          .where('urgent_at', 'is not', null)
          .where(eb => eb.or([eb('seen_at', 'is', null), eb('seen_at', '<', eb.ref('urgent_at'))]))
          .orderBy('urgent_at')
          .limit(limit)
          .execute()
      ).map(reportOf),
    pages: (id: string): Promise<readonly Paged[]> => pagesOf({ db, schoolId }, { kind: 'report', id }),
    /** How many rounds of pages about reports began since an instant; later steps of one count no more. */
    roundsBegunSince: async (since: Date): Promise<number> =>
      Number(
        (
          await db
            .selectFrom('report_page as p')
            .select(({ fn }) => fn.countAll<number>().as('count'))
            .where('p.school_id', '=', schoolId)
            .where('p.at', '>', since)
            .where(
              sql<boolean>`not exists (
                select from report_page e where e.school_id = p.school_id and e.report_id = p.report_id and e.round = p.round and e.rung < p.rung)`,
            )
            .executeTakeFirstOrThrow()
        ).count,
      ),
    /** The reports that this person must not know of: each is about them, or might be. */
    keptFrom: async (personId: string): Promise<string[]> =>
      (
        await db
          .selectFrom('report_excluded')
          .select('report_id')
          .where('school_id', '=', schoolId)
          .where('person_id', '=', personId)
          .execute()
      ).map(row => row.report_id),
    excluded: async (id: string): Promise<{ personId: string; why: 'chosen' | 'named' }[]> =>
      (
        await db
          .selectFrom('report_excluded')
          .select(['person_id', 'why'])
          .where('school_id', '=', schoolId)
          .where('report_id', '=', id)
          .execute()
      ).map(row => ({ personId: row.person_id, why: row.why })),
    thread: async (report: Report): Promise<ThreadEntry[]> => {
      const rows = await db
        .selectFrom('report_thread')
        .selectAll()
        .where('school_id', '=', schoolId)
        .where('report_id', '=', report.id)
        .orderBy('at')
        .orderBy('id')
        .execute()
      return Promise.all(
        rows.map(async row => ({
          id: row.id,
          fromReporter: row.from_reporter,
          authorId: row.author_id,
          at: row.at,
          words: await seal.open(report.keyId, row.words),
        })),
      )
    },
    /** By the HMAC of the three words, while the code lives. */
    byCode: async (hmac: Buffer, notBefore: Date): Promise<Report | null> => {
      const row = await db
        .selectFrom('report')
        .selectAll()
        .where('school_id', '=', schoolId)
        .where('code_hmac', '=', hmac)
        .where('received_at', '>=', notBefore)
        .executeTakeFirst()
      return row ? reportOf(row) : null
    },
    /** By the HMAC of the form that was sent, with the HMAC of its code. */
    byForm: async (hmac: Buffer): Promise<{ report: Report; codeHmac: Buffer | null } | null> => {
      const row = await db
        .selectFrom('report')
        .selectAll()
        .where('school_id', '=', schoolId)
        .where('form_hmac', '=', hmac)
        .executeTakeFirst()
      return row ? { report: reportOf(row), codeHmac: row.code_hmac } : null
    },
    codeIsTaken: async (hmac: Buffer): Promise<boolean> =>
      (await db
        .selectFrom('report')
        .select('id')
        .where('school_id', '=', schoolId)
        .where('code_hmac', '=', hmac)
        .executeTakeFirst()) !== undefined,
    /** Days with junk mail, newest first. */
    digests: async (
      limit = 30,
    ): Promise<{ on: string; count: number; lookedAt: Date | null; lookedBy: string | null }[]> =>
      (
        await db
          .selectFrom('junk_digest as d')
          .select(['d.on_date', 'd.looked_at', 'd.looked_by'])
          .select(eb =>
            eb
              .selectFrom('report as r')
              .select(({ fn }) => fn.countAll<number>().as('n'))
              .whereRef('r.school_id', '=', 'd.school_id')
              .whereRef('r.digest_on', '=', 'd.on_date')
              .as('count'),
          )
          .where('d.school_id', '=', schoolId)
          .orderBy('d.on_date', 'desc')
          .limit(limit)
          .execute()
      ).map(row => ({ on: row.on_date, count: row.count ?? 0, lookedAt: row.looked_at, lookedBy: row.looked_by })),
    /** What one day's digest holds, for those who see the words of it. */
    digestItems: async (actor: Actor, on: string, limit = 500): Promise<SeenReport[]> =>
      (await scoped(actor).where('digest_on', '=', on).orderBy('received_at').limit(limit).execute()).map(row => ({
        ...reportOf(row),
        content: row.content,
      })),
    headersOf: async (reports: readonly Report[]): Promise<ReadonlyMap<string, MessageHeaders>> => {
      if (reports.length === 0) return new Map()
      const rows = await db
        .selectFrom('report_message')
        .select(['report_id', 'headers'])
        .where('school_id', '=', schoolId)
        .where(
          'report_id',
          'in',
          reports.map(({ id }) => id),
        )
        .execute()
      return new Map(
        await Promise.all(
          rows.map(async (row): Promise<[string, MessageHeaders]> => {
            const keyId = reports.find(({ id }) => id === row.report_id)?.keyId ?? ''
            return [row.report_id, JSON.parse(await seal.open(keyId, row.headers))]
          }),
        ),
      )
    },
    sameCampaign: async (campaign: Buffer, on: string): Promise<number> =>
      (
        await db
          .selectFrom('report')
          .select(({ fn }) => fn.countAll<number>().as('n'))
          .where('school_id', '=', schoolId)
          .where('digest_on', '=', on)
          .where('campaign', '=', campaign)
          .executeTakeFirstOrThrow()
      ).n,
    /** For controls: the facts of reports of some kinds since a time, newest first, with who received each. */
    facts: async (where: {
      kinds: readonly string[]
      since: Date
      staffOnly?: boolean
      limit?: number
    }): Promise<(Report & { recipients: readonly Recipient[]; hasMessage: boolean })[]> => {
      const rows = await db
        .selectFrom('report')
        .selectAll()
        .select(eb =>
          eb
            .exists(
              eb
                .selectFrom('report_message as m')
                .select('m.report_id')
                .whereRef('m.school_id', '=', 'report.school_id')
                .whereRef('m.report_id', '=', 'report.id'),
            )
            .as('has_message'),
        )
        .where('school_id', '=', schoolId)
        .where('kind', 'in', where.kinds)
        .where('received_at', '>=', where.since)
        .$if(where.staffOnly === true, query => query.where('who', '=', 'staff'))
        .orderBy('received_at', 'desc')
        .limit(where.limit ?? 50)
        .execute()
      const found = []
      for (const row of rows)
        found.push({ ...reportOf(row), recipients: await recipientsOf(row.id), hasMessage: Boolean(row.has_message) })
      return found
    },
    /** The newest practice of a kind, or of a class. */
    lastDrill: async (
      kind: 'nightly' | 'class',
      groupId?: string,
    ): Promise<{ at: Date; probes: readonly string[]; failed: readonly string[]; byId: string | null } | null> => {
      const row = await db
        .selectFrom('report_drill')
        .selectAll()
        .where('school_id', '=', schoolId)
        .where('kind', '=', kind)
        .$if(groupId !== undefined, query => query.where('group_id', '=', groupId ?? ''))
        .orderBy('at', 'desc')
        .limit(1)
        .executeTakeFirst()
      return row ? { at: row.at, probes: row.probes, failed: row.failed, byId: row.by_id } : null
    },
    /** When each class last made a practice report that arrived. */
    classDrills: async (): Promise<ReadonlyMap<string, Date>> => {
      const rows = await db
        .selectFrom('report_drill')
        .select(({ fn }) => ['group_id', fn.max<Date>('at').as('at')])
        .where('school_id', '=', schoolId)
        .where('kind', '=', 'class')
        .where(sql<boolean>`cardinality(failed) = 0`)
        .groupBy('group_id')
        .execute()
      return new Map(rows.map(row => [row.group_id ?? '', row.at]))
    },
  }
}

export type ReportWrites = ReturnType<typeof reportWrites>
export function reportWrites(context: WriteContext) {
  const { tx, schoolId, now, seal } = context
  const reads = reportReads({ ...context, db: tx })
  const set = (id: string, values: Partial<Selectable<ReportTables['report']>>) =>
    tx.updateTable('report').set(values).where('school_id', '=', schoolId).where('id', '=', id).execute()
  const hold = async (id: string): Promise<Report> =>
    reportOf(
      await tx
        .selectFrom('report')
        .selectAll()
        .where('school_id', '=', schoolId)
        .where('id', '=', id)
        .forUpdate()
        .executeTakeFirstOrThrow(),
    )
  const addReadings = async (
    reportId: string,
    keyId: string,
    readings: readonly Reading[],
    threadId: string | null,
  ): Promise<void> => {
    for (const { of, severity, ...sealed } of readings)
      await tx
        .insertInto('report_reading')
        .values({
          school_id: schoolId,
          id: newId(now.getTime()),
          report_id: reportId,
          text_of: of,
          thread_id: threadId,
          at: now,
          severity,
          content: await seal.seal(keyId, JSON.stringify(sealed satisfies SealedReading)),
        })
        .execute()
  }
  return {
    ...reads,
    /** The instant of this change. */
    now,
    add: async (
      report: NewReport,
      facts: {
        serious: boolean
        madeLate: boolean | null
        outsideAdvice: boolean
        guidance: readonly Guidance[]
        digestOn: string | null
        campaign: Buffer | null
        codeHmac: Buffer | null
        formHmac: Buffer | null
        recipients: readonly Recipient[]
        excluded: readonly { readonly personId: string; readonly why: 'chosen' | 'named' }[]
        /** What was found in its texts; null where nothing was read. */
        readings: readonly Reading[] | null
        isUrgent: boolean
      },
    ): Promise<string> => {
      const id = newId(now.getTime())
      const keyId = await seal.newKey()
      await tx
        .insertInto('report')
        .values({
          school_id: schoolId,
          id,
          kind: report.kind.id,
          category: categoryOf(report.kind),
          seriousness: facts.serious ? 'serious' : 'low',
          who: report.who,
          made_by: report.madeBy,
          about: report.about,
          danger_now: report.danger,
          key_id: keyId,
          words: await seal.seal(keyId, report.words),
          names: report.names === null ? null : await seal.seal(keyId, report.names),
          happened_at: report.happenedAt,
          happened_when: report.happenedWhen,
          place: report.place,
          received_at: now,
          acknowledged_at: null,
          acknowledged_by: null,
          made_late: facts.madeLate,
          outside_advice: facts.outsideAdvice,
          guidance: [...facts.guidance],
          clicked: report.clicked,
          case_id: null,
          digest_on: facts.digestOn,
          campaign: facts.campaign,
          code_hmac: facts.codeHmac,
          form_hmac: facts.formHmac,
          severity: severityOf(facts.readings),
          urgent_at: facts.isUrgent ? now : null,
          seen_at: null,
          seen_by: null,
        })
        .execute()
      await addReadings(id, keyId, facts.readings ?? [], null)
      if (facts.recipients.length > 0)
        await tx
          .insertInto('report_recipient')
          .values(
            facts.recipients.map(({ role, content, personId }) => ({
              school_id: schoolId,
              report_id: id,
              role,
              content,
              person_id: personId,
            })),
          )
          .execute()
      if (facts.excluded.length > 0)
        await tx
          .insertInto('report_excluded')
          .values(
            facts.excluded.map(({ personId, why }) => ({
              school_id: schoolId,
              report_id: id,
              person_id: personId,
              why,
            })),
          )
          .execute()
      if (report.message) {
        const { content, form } = report.message
        await tx
          .insertInto('report_message')
          .values({
            school_id: schoolId,
            report_id: id,
            form,
            content: await seal.seal(keyId, content),
            sha256: digestOf(content),
            size: content.length,
            headers: await seal.seal(keyId, JSON.stringify(readHeaders(content))),
          })
          .execute()
      }
      return id
    },
    setCase: (id: string, caseId: string) => set(id, { case_id: caseId }),
    /** Holds the row until the transaction ends, so that of two people acknowledging at once one is told of the other. */
    lock: async (actor: Actor, id: string): Promise<SeenReport> => {
      const { content } = await reads.get(actor, id)
      return { ...(await hold(id)), content }
    },
    /** Holds it as `lock` does, whoever asks. Only for the software’s own work. */
    hold,
    acknowledge: (id: string, personId: string) => set(id, { acknowledged_at: now, acknowledged_by: personId }),
    /** Somebody who receives its words has it open: every page about it that is open is answered. @returns whether there was one. */
    seen: async (id: string, personId: string): Promise<boolean> => {
      await set(id, { seen_at: now, seen_by: personId })
      return answerPages(context, { kind: 'report', id }, personId)
    },
    /** What was found in something that its reporter wrote later. It raises the report, and never lowers it. */
    readLater: async (report: Report, threadId: string, readings: readonly Reading[]): Promise<void> => {
      await addReadings(report.id, report.keyId, readings, threadId)
      const worst = worstOf(readings)
      await set(report.id, {
        severity: Math.max(report.severity ?? 0, worst),
        ...(mayNotWait(worst) ? { urgent_at: now } : {}),
      })
    },
    addToThread: async (report: Report, authorId: string | null, words: string): Promise<string> => {
      const id = newId(now.getTime())
      await tx
        .insertInto('report_thread')
        .values({
          school_id: schoolId,
          id,
          report_id: report.id,
          from_reporter: authorId === null,
          author_id: authorId,
          at: now,
          words: await seal.seal(report.keyId, words),
        })
        .execute()
      return id
    },
    /** The bucket of guesses, held until the transaction ends: guesses are one after the other. */
    lockBucket: async (): Promise<Bucket> => {
      const full = fullBucket(now)
      await tx
        .insertInto('report_guess')
        .values({ school_id: schoolId, tokens: full.tokens, told_at: null, at: full.at })
        .onConflict(conflict => conflict.doNothing())
        .execute()
      const row = await tx
        .selectFrom('report_guess')
        .selectAll()
        .where('school_id', '=', schoolId)
        .forUpdate()
        .executeTakeFirstOrThrow()
      return filled({ tokens: row.tokens, at: row.at }, now)
    },
    /** Whether nobody was told in the last hour that guesses ran out; says that they are told now. */
    tellOfGuessing: async (): Promise<boolean> => {
      const { numUpdatedRows } = await tx
        .updateTable('report_guess')
        .set({ told_at: now })
        .where('school_id', '=', schoolId)
        .where(eb => eb.or([eb('told_at', 'is', null), eb('told_at', '<', new Date(now.getTime() - 3_600_000))]))
        .executeTakeFirst()
      return Number(numUpdatedRows) > 0
    },
    setBucket: (bucket: Bucket) =>
      tx
        .updateTable('report_guess')
        .set({ tokens: bucket.tokens, at: bucket.at })
        .where('school_id', '=', schoolId)
        .execute(),
    /** @returns whether this is the first junk of the day. */
    openDigest: async (on: string): Promise<boolean> => {
      const { numInsertedOrUpdatedRows } = await tx
        .insertInto('junk_digest')
        .values({ school_id: schoolId, on_date: on, looked_at: null, looked_by: null })
        .onConflict(conflict => conflict.doNothing())
        .executeTakeFirst()
      return Number(numInsertedOrUpdatedRows) > 0
    },
    /** Marks a day's junk as looked at, and its reports as acknowledged. @returns how many; null when somebody did it before. */
    lookAtDigest: async (on: string, personId: string): Promise<number | null> => {
      const row = await tx
        .selectFrom('junk_digest')
        .selectAll()
        .where('school_id', '=', schoolId)
        .where('on_date', '=', on)
        .forUpdate()
        .executeTakeFirst()
      if (!row) throw new Refusal('not-found', 'No junk mail was reported on that day.')
      const { numUpdatedRows } = await tx
        .updateTable('report')
        .set({ acknowledged_at: now, acknowledged_by: personId })
        .where('school_id', '=', schoolId)
        .where('digest_on', '=', on)
        .where('acknowledged_at', 'is', null)
        .executeTakeFirst()
      if (row.looked_at !== null && Number(numUpdatedRows) === 0) return null
      await tx
        .updateTable('junk_digest')
        .set({ looked_at: now, looked_by: personId })
        .where('school_id', '=', schoolId)
        .where('on_date', '=', on)
        .execute()
      return Number(numUpdatedRows)
    },
    addDrill: async (drill: {
      kind: 'nightly' | 'class'
      groupId: string | null
      byId: string | null
      probes: readonly string[]
      failed: readonly string[]
    }): Promise<string> => {
      const id = newId(now.getTime())
      await tx
        .insertInto('report_drill')
        .values({
          school_id: schoolId,
          id,
          kind: drill.kind,
          group_id: drill.groupId,
          by_id: drill.byId,
          at: now,
          probes: [...drill.probes],
          failed: [...drill.failed],
        })
        .execute()
      return id
    },
  }
}

const reportOf = (row: Selectable<ReportTables['report']>): Report => ({
  id: row.id,
  kind: row.kind,
  category: row.category,
  seriousness: row.seriousness,
  who: row.who,
  madeBy: row.made_by,
  // Only `add` writes these three, from the types.
  about: row.about as About,
  danger: row.danger_now,
  keyId: row.key_id,
  happenedAt: row.happened_at,
  happenedWhen: row.happened_when as When,
  place: row.place,
  receivedAt: row.received_at,
  acknowledgedAt: row.acknowledged_at,
  acknowledgedBy: row.acknowledged_by,
  madeLate: row.made_late,
  outsideAdvice: row.outside_advice,
  guidance: guidances.filter(each => row.guidance.includes(each)),
  clicked: row.clicked,
  caseId: row.case_id,
  digestOn: row.digest_on,
  hasCode: row.code_hmac !== null,
  // Only `add` and `readLater` write it.
  severity: row.severity as FoundSeverity | null,
  urgentAt: row.urgent_at,
  seenAt: row.seen_at,
})
