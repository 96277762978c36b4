import { createDetector, type DetectorParts } from './detector.ts'
import type { SchoolRules } from './school-rules.ts'
import type { Detector } from './types.ts'

/** Detectors that are kept built: schools without changes share one. About 10 MB each. */
const mostKept = 8

/** The detector with a school's changes in it, built when it is first asked for; sets of changes that say the same share one. */
export function createSchoolDetectors(
  files: () => Pick<DetectorParts, 'lexicon' | 'model'>,
): (changes: Pick<SchoolRules, 'off' | 'added'>) => Detector {
  const kept = new Map<string, Detector>()
  return ({ off, added }) => {
    const key = JSON.stringify([[...off].sort(), added])
    const known = kept.get(key) ?? createDetector({ ...files(), off, added })
    // Last used, last forgotten.
    kept.delete(key)
    kept.set(key, known)
    const [oldest] = kept.keys()
    if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest)
    return known
  }
}
