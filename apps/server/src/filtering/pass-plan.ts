import type { Option } from '../platform/form.ts'
import type { Request } from '../platform/page.ts'
import type { FilterReads } from './filter-store.ts'
import type { LessonPlan } from './pass.ts'

/** What was typed as a plan: the bell's times where one is chosen, else the times themselves. */
export async function planOf(
  read: Request<{ filtering: Pick<FilterReads, 'rules'> }>['read'],
  values: {
    readonly firstDay: string
    readonly lastDay: string
    readonly weekdays: readonly string[]
    readonly bell: string | null
    readonly from: string | null
    readonly to: string | null
  },
): Promise<{ readonly plan: LessonPlan } | { readonly problem: Readonly<Record<string, string>> }> {
  const bell =
    values.bell === null
      ? undefined
      : await read(async ({ filtering }) => (await filtering.rules()).times?.bells.find(({ id }) => id === values.bell))
  const from = bell?.from ?? values.from
  const to = bell?.to ?? values.to
  if (from === null || to === null)
    return {
      problem: {
        ...(from === null ? { from: 'Enter when the lesson begins' } : {}),
        ...(to === null ? { to: 'Enter when the lesson ends' } : {}),
      },
    }
  const { firstDay, lastDay, weekdays } = values
  return { plan: { firstDay, lastDay, weekdays: weekdays.map(Number), from, to } }
}

export const bells = async (filtering: Pick<FilterReads, 'rules'>): Promise<Option[]> =>
  ((await filtering.rules()).times?.bells ?? []).map(({ id, name, from, to }) => ({
    value: id,
    text: `${name}, ${from} to ${to}`,
  }))
