import type { CaseControl } from './case-control-rules.ts'
import { safeguardingControls } from './case-controls-safeguarding.ts'
import { sanctionControls } from './case-controls-sanctions.ts'
import { workControls } from './case-controls-work.ts'

/** The controls of the case half of `incidents`. */
export const caseControls: readonly CaseControl[] = [...workControls, ...safeguardingControls, ...sanctionControls]
