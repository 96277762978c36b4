import { canonicalJson, type JsonObject } from '@gatehouse/ledger/canonical'
import { type EntryContent, entryParts } from '@gatehouse/ledger/entry'
import { type Kysely, sql, type Transaction } from 'kysely'
import type { Database } from '../database.ts'
import { type Actor, actorReference } from './actor.ts'
import type { Clock } from './clock.ts'
import type { Connections } from './database.ts'
import type { ErasedRecords } from './erased-records.ts'
import type { LedgerHeads } from './ledger-heads.ts'
import { Refusal } from './refusal.ts'
import { type SealReads, type SealWrites, sealReads, sealWrites } from './sealing.ts'

/**
 * One thing that happened, as the ledger keeps it. `detail` holds field names, states, counts and digests, never a child's
 * words; old types must always parse, so types are only added. `subject` is `<kind>:<id>`, such as `case:0190…`.
 */
export interface LedgerEvent {
  readonly type: string
  readonly subject?: string
  readonly detail?: JsonObject
}

export interface Changed<R> {
  readonly result: R
  readonly events: readonly [LedgerEvent, ...LedgerEvent[]]
}
export const changed = <R>(result: R, ...events: readonly [LedgerEvent, ...LedgerEvent[]]): Changed<R> => ({
  result,
  events,
})

/** What a domain's writes are built from: one transaction, of one school, at one instant, by one actor. */
export interface WriteContext {
  readonly tx: Transaction<Database>
  readonly schoolId: string
  readonly now: Date
  readonly actor: Actor
  readonly seal: SealWrites
}
/** What a domain's reads are built from. */
export interface ReadContext {
  readonly db: Kysely<Database>
  readonly schoolId: string
  readonly now: Date
  readonly seal: SealReads
}

/**
 * Runs `work` in one transaction and chains the events it returns to the ledger before it commits.
 * Nothing else hands out `W`: no row changes without an entry that says who changed it, and why.
 */
export type Change<W> = <R>(actor: Actor, work: (writes: W) => Promise<Changed<R>>) => Promise<R>
/** Runs `work` against one school's rows as they stand. */
export type Read<R> = <T>(schoolId: string, work: (reads: R) => Promise<T>) => Promise<T>

interface Parts {
  readonly connections: Connections
  readonly clock: Clock
  readonly fieldKey: Buffer
}

export const createRead =
  <R>({ connections, clock, fieldKey }: Parts, build: (context: ReadContext) => R): Read<R> =>
  (schoolId, work) =>
    connections.inSchool(schoolId, db =>
      work(build({ db, schoolId, now: clock(), seal: sealReads(db, schoolId, fieldKey) })),
    )

export const createChange =
  <W>(
    { connections, clock, fieldKey, heads, erased }: Parts & { heads: LedgerHeads; erased?: ErasedRecords },
    build: (context: WriteContext) => W,
  ): Change<W> =>
  async (actor, work) => {
    const now = clock()
    const { schoolId } = actor
    const destroyed: string[] = []
    const done = await connections.inSchool(schoolId, async tx => {
      await spend(tx, actor, now)
      const context = { tx, schoolId, now, actor, seal: sealWrites(tx, schoolId, fieldKey, now, destroyed) }
      const { result, events } = await work(build(context))
      // The last statement: the lock on the chain is held only from here to the commit.
      const head = await append(
        tx,
        schoolId,
        events.map(event => contentOf(event, actor, now)),
      )
      return { result, head }
    })
    if (actor.once) actor.once.spent = true
    heads.append(schoolId, done.head)
    try {
      erased?.add(destroyed.map(keyId => ({ schoolId, keyId })))
    } catch (cause) {
      throw new Refusal(
        'unavailable',
        'It is erased here, but the list that keeps an older backup from bringing it back could not be written. Tell the network manager before anything is restored.',
        { cause },
      )
    }
    return done.result
  }

/** A form is spent once: the second post of it finds the token taken and changes nothing. */
async function spend(tx: Transaction<Database>, actor: Actor, now: Date): Promise<void> {
  if (!actor.once || actor.once.spent) return
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('spent_form')
    .values({ school_id: actor.schoolId, token: actor.once.token, at: now })
    .onConflict(conflict => conflict.doNothing())
    .executeTakeFirst()
  if (!numInsertedOrUpdatedRows)
    throw new Refusal(
      'already-done',
      'You sent this form already, and it was done the first time. Nothing was done twice.',
    )
}

const contentOf = (event: LedgerEvent, actor: Actor, now: Date): EntryContent => ({
  school: actor.schoolId,
  at: now.toISOString(),
  actor: actorReference(actor),
  type: event.type,
  subject: event.subject ?? null,
  detail: event.detail ?? {},
})

async function append(
  tx: Transaction<Database>,
  school: string,
  contents: readonly EntryContent[],
): Promise<{ seq: number; hash: string }> {
  const parts = contents.map(entryParts)
  const details = contents.map(content => canonicalJson(content.detail))
  const { rows } = await sql<{ seq: number; hash: string }>`select seq, hash from ledger_append(
    ${school}, ${contents.map(c => c.at)}::timestamptz[], ${contents.map(c => c.actor)}::text[], ${contents.map(c => c.type)}::text[],
    ${contents.map(c => c.subject)}::text[], ${details}::text[],
    ${parts.map(p => p.before)}::text[], ${parts[0]?.middle ?? ''}, ${parts.map(p => p.after)}::text[])`.execute(tx)
  const head = rows[0]
  if (!head) throw new Error('ledger_append gave no head')
  return head
}
