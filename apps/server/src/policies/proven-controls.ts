/**
 * The controls whose `<domain>-controls.test.ts` drives them to `met` by the real act and away from it again: one id a
 * line, sorted. Only these carry their clauses; `proven-controls.test.ts` compares this list with the tests themselves.
 */
export const provenControls: readonly string[] = [
  // ids follow, one a line
]
