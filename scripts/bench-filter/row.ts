/** One line of what `npm run bench:filter` reports. */
export interface BenchRow {
  /** What is measured, in the words of the goal. */
  readonly bar: string
  /** With its unit. */
  readonly measured: string
  /** In words; '' where there is none. */
  readonly goal: string
  /** Null where there is no goal, or nothing could be measured. */
  readonly met: boolean | null
  readonly note?: string
}

/** What each section file exports. */
export interface Section {
  readonly run: () => Promise<readonly BenchRow[]>
}

export function printRows(title: string, rows: readonly BenchRow[]): void {
  console.log(`\n${title}`)
  const [wide, measured] = [widest(rows.map(row => row.bar)), widest(rows.map(row => row.measured))]
  for (const { bar, measured: value, goal, met, note } of rows) {
    const mark = met === null ? ' ' : met ? '✓' : '✗'
    console.log(`  ${bar.padEnd(wide)}  ${value.padStart(measured)}  ${mark} ${goal}${note ? `  (${note})` : ''}`)
  }
}
const widest = (texts: readonly string[]): number => Math.max(0, ...texts.map(text => text.length))

/** The middle of the values: what noise on a shared machine moves least. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other)
  return sorted[sorted.length >> 1] ?? Number.NaN
}

export const times = (ratio: number): string => `${ratio.toFixed(ratio < 10 ? 2 : 1)} ×`
export const perSecond = (nanoseconds: number): string => `${(1000 / nanoseconds).toFixed(2)} M/s`
