import type { Selectable } from 'kysely'
import type { ReadContext, WriteContext } from '../platform/change.ts'
import type { ActivityTables } from './activity-tables.ts'

export interface Segment {
  readonly id: string
  readonly receivedAt: Date
  readonly source: 'gateway' | 'import'
  readonly lines: number
  readonly stored: number
  readonly rejected: number
  readonly probes: number
  readonly lastProbeAt: Date | null
  readonly lastAt: Date | null
}

/** What gateways sent and files held, a segment at a time: whether anything comes in, and whether it adds up. */
export function segmentReads({ db, schoolId }: ReadContext) {
  const segments = () => db.selectFrom('activity_segment').selectAll().where('school_id', '=', schoolId)
  return {
    /** The newest segments, and the newest that held a line of the filter's own probes. */
    latestSegment: async (): Promise<Segment | null> => {
      const row = await segments().orderBy('received_at', 'desc').limit(1).executeTakeFirst()
      return row ? segmentOf(row) : null
    },
    latestProbe: async (): Promise<Segment | null> => {
      const row = await segments().where('probes', '>', 0).orderBy('last_probe_at', 'desc').limit(1).executeTakeFirst()
      return row ? segmentOf(row) : null
    },
    /** What a source sent since `from`. */
    totals: async (
      from: Date,
      source?: 'gateway' | 'import',
    ): Promise<{ segments: number; lines: number; stored: number; rejected: number; probes: number }> => {
      const row = await db
        .selectFrom('activity_segment')
        .select(({ fn }) => [
          fn.countAll<number>().as('segments'),
          fn.sum<number>('lines').as('lines'),
          fn.sum<number>('stored').as('stored'),
          fn.sum<number>('rejected').as('rejected'),
          fn.sum<number>('probes').as('probes'),
        ])
        .where('school_id', '=', schoolId)
        .where('received_at', '>=', from)
        .$if(source !== undefined, query => query.where('source', '=', source ?? 'gateway'))
        .executeTakeFirst()
      return {
        segments: row?.segments ?? 0,
        lines: Number(row?.lines ?? 0),
        stored: Number(row?.stored ?? 0),
        rejected: Number(row?.rejected ?? 0),
        probes: Number(row?.probes ?? 0),
      }
    },
  }
}

export const segmentWrites = ({ tx, schoolId, now }: WriteContext) => ({
  /** @returns false when this segment was taken before; nothing is counted twice. */
  beginSegment: async (segment: {
    id: string
    source: 'gateway' | 'import'
    firstAt: Date | null
    lastAt: Date | null
    lines: number
    stored: number
    rejected: number
    probes: number
    lastProbeAt: Date | null
    digest: string
    format: string | null
  }): Promise<boolean> => {
    const { numInsertedOrUpdatedRows } = await tx
      .insertInto('activity_segment')
      .values({
        school_id: schoolId,
        id: segment.id,
        received_at: now,
        source: segment.source,
        first_at: segment.firstAt,
        last_at: segment.lastAt,
        lines: segment.lines,
        stored: segment.stored,
        rejected: segment.rejected,
        probes: segment.probes,
        last_probe_at: segment.lastProbeAt,
        digest: segment.digest,
        format: segment.format,
      })
      .onConflict(conflict => conflict.doNothing())
      .executeTakeFirst()
    return Number(numInsertedOrUpdatedRows) > 0
  },
})

const segmentOf = (row: Selectable<ActivityTables['activity_segment']>): Segment => ({
  id: row.id,
  receivedAt: row.received_at,
  source: row.source,
  lines: row.lines,
  stored: row.stored,
  rejected: row.rejected,
  probes: row.probes,
  lastProbeAt: row.last_probe_at,
  lastAt: row.last_at,
})
