/** One line of the bench's table. */
export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** What it is held against, in words; empty where there is no goal. */
  readonly goal: string
  readonly ok: boolean | null
}

export const figure = (
  name: string,
  value: number,
  unit: string,
  goal: string | null = null,
  ok: boolean | null = null,
): Figure => ({
  name,
  value,
  unit,
  goal: goal ?? '',
  ok,
})

/** The value below which `share` of the sorted samples lie. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

export function printTable(title: string, figures: readonly Figure[]): void {
  console.log(`\n${title}`)
  const width = Math.max(...figures.map(({ name }) => name.length))
  for (const { name, value, unit, goal, ok } of figures) {
    const shown = value >= 100 ? Math.round(value).toLocaleString('en-GB') : value.toFixed(2)
    console.log(
      `  ${name.padEnd(width)}  ${shown.padStart(12)} ${unit.padEnd(10)} ${goal}${ok === null ? '' : ok ? '  ✓' : '  ✗'}`,
    )
  }
}
