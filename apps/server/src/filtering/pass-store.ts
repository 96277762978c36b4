import type { Pass as EnginePass } from '@gatehouse/engine'
import { type Selectable, sql } from 'kysely'
import type { ReadContext, WriteContext } from '../platform/change.ts'
import { newId } from '../platform/identifiers.ts'
import { Refusal } from '../platform/refusal.ts'
import { storedPayload } from '../platform/requests.ts'
import { contentOf } from './change-content.ts'
import {
  enginePasses,
  type PassContent,
  passContentOf,
  type PassLimits,
  type PassSite,
  type PassState,
} from './pass.ts'
import type { PassTables } from './pass-tables.ts'

export interface PassRecord {
  readonly id: string
  readonly requestId: string
  readonly digest: string
  readonly kind: PassContent['kind']
  /** null where what is stored is not what was asked for: somebody has altered it. */
  readonly content: PassContent | null
  readonly reason: string
  readonly state: PassState
  readonly alone: boolean
  readonly classId: string | null
  readonly askedBy: string
  readonly askedAt: Date
  readonly fromAt: Date
  readonly untilAt: Date
  readonly copiedFrom: string | null
  readonly grantedAt: Date | null
  readonly decidedBy: string | null
  readonly decidedAt: Date | null
  readonly decisionReason: string | null
  readonly endedAt: Date | null
  readonly endedHow: 'time' | 'early' | 'left' | null
  readonly shutAt: Date | null
  readonly shutResult: 'shut' | 'open' | 'unknown' | null
}

export interface PassFilter {
  readonly states?: readonly PassState[]
  readonly askedBy?: string
  /** Asked for, decided about or ended since. */
  readonly touchedFrom?: Date
  readonly limit?: number
}

export type PassReads = ReturnType<typeof passReads>
export function passReads({ db, schoolId, now }: ReadContext) {
  const rows = () =>
    db
      .selectFrom('pass as p')
      .innerJoin('request as r', join =>
        join.onRef('r.school_id', '=', 'p.school_id').onRef('r.id', '=', 'p.request_id'),
      )
      .selectAll('p')
      .select([
        'r.payload',
        'r.digest as request_digest',
        'r.reason',
        'r.decided_by',
        'r.decided_at',
        'r.decision_reason',
      ])
      .where('p.school_id', '=', schoolId)
  /** The ledger says that this very digest was granted: a row that somebody wrote by hand opens nothing. */
  const isInLedger = sql<boolean>`exists (
    select from ledger_entry e where e.school_id = p.school_id and e.subject = 'pass:' || p.id
    and e.type = 'pass.granted' and e.detail like '%"digest":"' || p.digest || '"%')`
  const granted = async (): Promise<PassRecord[]> =>
    (await rows().where('p.state', '=', 'granted').orderBy('p.id').execute()).map(recordOf)

  /** Sites that the school blocked after a pass for them was granted: the later decision stands, and of two at once the block. */
  const laterBlocks = async (): Promise<{ at: Date; host: string; path: string | null }[]> =>
    (
      await db
        .selectFrom('filter_change as c')
        .innerJoin('request as r', join =>
          join.onRef('r.school_id', '=', 'c.school_id').onRef('r.id', '=', 'c.request_id'),
        )
        .select(['c.in_force_at', 'r.payload'])
        .where('c.school_id', '=', schoolId)
        .where('c.state', '=', 'in-force')
        .where('r.payload', 'like', '%"kind":"host"%')
        .execute()
    ).flatMap(({ in_force_at: at, payload }) => {
      const content = contentOf(storedPayload(payload)?.payload)
      return at && content?.kind === 'host' && content.action === 'block'
        ? [{ at, host: content.host, path: content.path ?? null }]
        : []
    })
  /** Sites of lessons that changed since a teacher looked at them: shut until somebody looks again. */
  const unlookedSites = async (): Promise<{ passId: string; host: string }[]> =>
    (
      await db
        .selectFrom('lesson_site as s')
        .innerJoin('lesson as l', join =>
          join.onRef('l.school_id', '=', 's.school_id').onRef('l.id', '=', 's.lesson_id'),
        )
        .select(['l.pass_id', 's.host'])
        .where('s.school_id', '=', schoolId)
        .where('l.pass_id', 'is not', null)
        .where(eb => eb.or([eb('s.removed_at', 'is not', null), eb(sql<number>`cardinality(s.differences)`, '>', 0)]))
        .execute()
    ).map(row => ({ passId: row.pass_id ?? '', host: row.host }))

  return {
    pass: async (id: string): Promise<PassRecord> => {
      const row = await rows().where('p.id', '=', id).executeTakeFirst()
      if (!row) throw new Refusal('not-found', 'There is no such pass at this school.')
      return recordOf(row)
    },
    /** Newest first. */
    passes: async (filter: PassFilter = {}): Promise<PassRecord[]> =>
      (
        await rows()
          .$if(filter.states !== undefined, query => query.where('p.state', 'in', filter.states ?? []))
          .$if(filter.askedBy !== undefined, query => query.where('p.asked_by', '=', filter.askedBy ?? ''))
          .$if(filter.touchedFrom !== undefined, query =>
            query.where(
              sql<Date>`greatest(p.asked_at, p.granted_at, p.ended_at, r.decided_at)`,
              '>=',
              filter.touchedFrom ?? now,
            ),
          )
          .orderBy('p.asked_at', 'desc')
          .orderBy('p.id', 'desc')
          .limit(filter.limit ?? 100)
          .execute()
      ).map(recordOf),
    waiting: async (): Promise<PassRecord[]> =>
      (await rows().where('p.state', '=', 'waiting').orderBy('p.from_at').execute()).map(recordOf),
    granted,
    /**
     * For the rules in force. Changes by acts that are in the ledger and never by the clock: each holds its own end, which the
     * engine looks at, and stays here until `end` takes it away. In the order of their ids.
     */
    inForce: async (): Promise<EnginePass[]> => {
      const founded = (await rows().where('p.state', '=', 'granted').where(isInLedger).orderBy('p.id').execute()).map(
        recordOf,
      )
      if (founded.length === 0) return []
      const blocks = await laterBlocks()
      const unlooked = await unlookedSites()
      return founded.flatMap(({ id, content, grantedAt }) => {
        if (!content || !grantedAt) return []
        const isShut = (site: PassSite): boolean =>
          blocks.some(block => block.at >= grantedAt && covers(block, site)) ||
          unlooked.some(each => each.passId === id && each.host === site.host)
        return enginePasses(
          id,
          content,
          content.sites.filter(site => !isShut(site)),
        )
      })
    },
    /** Stands as granted, and the ledger knows nothing of it, or what it opens is not what was decided. */
    unfoundedPasses: async (): Promise<PassRecord[]> => {
      const founded = new Set(
        (await rows().where('p.state', '=', 'granted').where(isInLedger).execute()).map(({ id }) => id),
      )
      return (await granted()).filter(pass => !founded.has(pass.id) || pass.content === null)
    },
    /** Over by the clock, and not written down as ended. */
    lapsed: async (): Promise<PassRecord[]> =>
      (await rows().where('p.state', '=', 'granted').where('p.until_at', '<=', now).execute()).map(recordOf),
    /** Over, and not seen shut from the user's side; those that nobody could be asked about are left out. Oldest first. */
    unseenShut: async (since: Date, limit = 20): Promise<PassRecord[]> =>
      (
        await rows()
          .where('p.state', 'in', ['granted', 'ended'])
          .where('p.kind', '!=', 'technology')
          .where(sql<boolean>`coalesce(p.ended_at, p.until_at) <= ${now}`)
          .where(sql<boolean>`coalesce(p.ended_at, p.until_at) >= ${since}`)
          .where(eb => eb.or([eb('p.shut_result', 'is', null), eb('p.shut_result', '=', 'open')]))
          .orderBy('p.until_at')
          .limit(limit)
          .execute()
      ).map(recordOf),
    /** Opened alone by somebody since an instant. */
    aloneSince: async (personId: string, since: Date): Promise<number> =>
      (
        await db
          .selectFrom('pass')
          .select(({ fn }) => fn.countAll<number>().as('n'))
          .where('school_id', '=', schoolId)
          .where('asked_by', '=', personId)
          .where('kind', '=', 'sites')
          .where('alone', '=', true)
          .where('granted_at', '>=', since)
          .executeTakeFirstOrThrow()
      ).n,
    /** What the headteacher last said about opening alone; null while nothing was said. */
    limits: async (): Promise<PassLimits | null> => {
      const row = await db
        .selectFrom('pass_limits')
        .selectAll()
        .where('school_id', '=', schoolId)
        .orderBy('set_at', 'desc')
        .orderBy('id', 'desc')
        .limit(1)
        .executeTakeFirst()
      return row
        ? {
            categories: row.categories,
            minutes: row.minutes,
            perWeek: row.per_week,
            reason: row.reason,
            setBy: row.set_by,
            setAt: row.set_at,
          }
        : null
    },
  }
}

export type PassWrites = ReturnType<typeof passWrites>
export function passWrites(context: WriteContext) {
  const { tx, schoolId, now } = context
  const set = (id: string, values: Partial<Selectable<PassTables['pass']>>) =>
    tx.updateTable('pass').set(values).where('school_id', '=', schoolId).where('id', '=', id).execute()
  return {
    ...passReads({ ...context, db: tx }),
    instant: (): Date => now,
    addPass: async (pass: {
      requestId: string
      digest: string
      content: PassContent
      askedBy: string
      fromAt: Date
      untilAt: Date
      copiedFrom: string | null
    }): Promise<string> => {
      const id = newId(now.getTime())
      await tx
        .insertInto('pass')
        .values({
          school_id: schoolId,
          id,
          request_id: pass.requestId,
          digest: pass.digest,
          kind: pass.content.kind,
          state: 'waiting',
          alone: false,
          class_id: pass.content.classId,
          asked_by: pass.askedBy,
          asked_at: now,
          from_at: pass.fromAt,
          until_at: pass.untilAt,
          copied_from: pass.copiedFrom,
          granted_at: null,
          ended_at: null,
          ended_how: null,
          shut_at: null,
          shut_result: null,
        })
        .execute()
      return id
    },
    /** Holds the row until the transaction ends. */
    lockPass: async (id: string): Promise<void> => {
      await tx
        .selectFrom('pass')
        .select('id')
        .where('school_id', '=', schoolId)
        .where('id', '=', id)
        .forUpdate()
        .execute()
    },
    grant: (id: string, alone: boolean) => set(id, { state: 'granted', granted_at: now, alone }),
    closePass: (id: string, state: 'refused' | 'withdrawn') => set(id, { state }),
    endPass: (id: string, how: 'time' | 'early' | 'left', at: Date = now) =>
      set(id, { state: 'ended', ended_at: at, ended_how: how }),
    seenShut: (id: string, result: 'shut' | 'open' | 'unknown') => set(id, { shut_at: now, shut_result: result }),
    setLimits: async (limits: Pick<PassLimits, 'categories' | 'minutes' | 'perWeek' | 'reason' | 'setBy'>) => {
      const id = newId(now.getTime())
      await tx
        .insertInto('pass_limits')
        .values({
          school_id: schoolId,
          id,
          categories: [...limits.categories],
          minutes: limits.minutes,
          per_week: limits.perWeek,
          reason: limits.reason,
          set_by: limits.setBy,
          set_at: now,
        })
        .execute()
      return id
    },
  }
}

/** Whether a block takes away what a pass for `site` would open: the site itself, or what it lies beneath. */
const covers = (block: { host: string; path: string | null }, site: PassSite): boolean =>
  (site.host === block.host || site.host.endsWith(`.${block.host}`) || block.host.endsWith(`.${site.host}`)) &&
  (block.path === null || site.path === null || site.path.startsWith(block.path) || block.path.startsWith(site.path))

interface PassRow extends Selectable<PassTables['pass']> {
  payload: string
  request_digest: string
  reason: string
  decided_by: string | null
  decided_at: Date | null
  decision_reason: string | null
}
function recordOf(row: PassRow): PassRecord {
  const stored = storedPayload(row.payload)
  // Content whose digest is not the one that was decided on is nobody's decision.
  const isWhole = stored?.digest === row.digest && row.request_digest === row.digest
  return {
    id: row.id,
    requestId: row.request_id,
    digest: row.digest,
    kind: row.kind,
    content: isWhole ? passContentOf(stored.payload) : null,
    reason: row.reason,
    state: row.state,
    alone: row.alone,
    classId: row.class_id,
    askedBy: row.asked_by,
    askedAt: row.asked_at,
    fromAt: row.from_at,
    untilAt: row.until_at,
    copiedFrom: row.copied_from,
    grantedAt: row.granted_at,
    decidedBy: row.decided_by,
    decidedAt: row.decided_at,
    decisionReason: row.decision_reason,
    endedAt: row.ended_at,
    endedHow: row.ended_how,
    shutAt: row.shut_at,
    shutResult: row.shut_result,
  }
}
