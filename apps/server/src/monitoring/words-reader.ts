import { detectorName, type SchoolRules } from '@gatehouse/engine/concern/school-rules'
import type { ReadWords } from '../incidents/report-reading.ts'
import type { ConcernDetectors } from './concern-detectors.ts'

/**
 * Reads what somebody wrote to the school, by the same detector and the school's own rules. It runs before the report is
 * stored, in memory; whatever goes wrong here must not cost a report, and the page says then that nobody read it.
 */
export const createWordsReader =
  (parts: {
    readonly rules: (schoolId: string) => Promise<SchoolRules>
    readonly detectors: Pick<ConcernDetectors, 'detectorFor'>
    readonly log: (line: string) => void
  }): ReadWords =>
  async (schoolId, texts) => {
    try {
      const rules = await parts.rules(schoolId)
      const detector = parts.detectors.detectorFor(rules)
      return texts.map(({ of, ...text }) => {
        const { flag, severity, categories, spans, why, rules: spoke } = detector.detect(text)
        return {
          of,
          severity: flag ? severity : 0,
          concerns: flag ? categories : [],
          spans: flag ? spans : [],
          why,
          rules: spoke,
          detector: detectorName(detector, rules),
        }
      })
    } catch (error) {
      // Only the fault's name: its message might hold words.
      parts.log(`THE DETECTOR COULD NOT READ A REPORT: ${error instanceof Error ? error.name : 'unknown fault'}`)
      return null
    }
  }
