import type { ReadContext, WriteContext } from '../platform/change.ts'
import { Refusal } from '../platform/refusal.ts'

export interface School {
  readonly id: string
  readonly name: string
  readonly sample: boolean
  readonly nation: string
  readonly kind: string
  /** Minutes without a request after which a session ends. */
  readonly idleMinutes: number
  readonly createdAt: Date
  readonly settings: Readonly<Record<string, unknown>>
}

export type SchoolReads = ReturnType<typeof schoolReads>
export const schoolReads = ({ db, schoolId }: ReadContext) => ({
  own: async (): Promise<School> => {
    const row = await db.selectFrom('school').selectAll().where('id', '=', schoolId).executeTakeFirst()
    if (!row) throw new Refusal('not-found', 'There is no such school here.')
    return {
      id: row.id,
      name: row.name,
      sample: row.sample,
      nation: row.nation,
      kind: row.kind,
      idleMinutes: row.idle_minutes,
      createdAt: row.created_at,
      settings: row.settings,
    }
  },
})

export type SchoolWrites = ReturnType<typeof schoolWrites>
export const schoolWrites = (context: WriteContext) => ({
  ...schoolReads({ ...context, db: context.tx }),
  /** Makes the school of this change. Whether it is a sample is decided here and can never be altered. */
  add: (school: { name: string; sample: boolean; idleMinutes: number; nation?: string; kind?: string }) =>
    context.tx
      .insertInto('school')
      .values({
        id: context.schoolId,
        name: school.name,
        sample: school.sample,
        idle_minutes: school.idleMinutes,
        nation: school.nation ?? 'england',
        kind: school.kind ?? 'maintained-primary',
        created_at: context.now,
      })
      .execute(),
  set: (values: { name?: string; nation?: string; kind?: string; idleMinutes?: number }) =>
    context.tx
      .updateTable('school')
      .set({
        ...(values.name === undefined ? {} : { name: values.name }),
        ...(values.nation === undefined ? {} : { nation: values.nation }),
        ...(values.kind === undefined ? {} : { kind: values.kind }),
        ...(values.idleMinutes === undefined ? {} : { idle_minutes: values.idleMinutes }),
      })
      .where('id', '=', context.schoolId)
      .execute(),
  /** Merges into the settings; a null takes one away. */
  setSettings: async (settings: Readonly<Record<string, unknown>>) => {
    const row = await context.tx
      .selectFrom('school')
      .select('settings')
      .where('id', '=', context.schoolId)
      .forUpdate()
      .executeTakeFirstOrThrow()
    const merged = Object.fromEntries(
      Object.entries({ ...row.settings, ...settings }).filter(([, value]) => value !== null),
    )
    await context.tx
      .updateTable('school')
      .set({ settings: JSON.stringify(merged) as unknown as Record<string, unknown> })
      .where('id', '=', context.schoolId)
      .execute()
  },
})

/** An id from a school's name: its letters and digits with hyphens, 40 at most; with a number where it is taken. */
export function schoolIdFrom(name: string, taken: readonly string[]): string {
  const base =
    name
      .normalize('NFKD')
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 34)
      .replace(/-+$/, '') || 'school'
  let id = base
  for (let n = 2; taken.includes(id); n++) id = `${base}-${n}`
  return id
}
