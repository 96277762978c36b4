import { briefingScenes } from './sample-scenes-briefings.ts'
import { caseScenes } from './sample-scenes-cases.ts'
import { dutyScenes } from './sample-scenes-duties.ts'
import { filterScenes } from './sample-scenes-filter.ts'
import { governanceScenes } from './sample-scenes-governance.ts'
import { monitoringScenes } from './sample-scenes-monitoring.ts'
import { passScenes } from './sample-scenes-passes.ts'
import type { Scene, TermWindow } from './sample-world.ts'

/** What happens in the sample school in its term, in any order: the clock sorts it. */
export const sampleScenes = (window: TermWindow): readonly Scene[] => [
  ...filterScenes(window),
  ...passScenes(window),
  ...monitoringScenes(window),
  ...dutyScenes(window),
  ...briefingScenes(window),
  ...caseScenes(window),
  ...governanceScenes(window),
]
