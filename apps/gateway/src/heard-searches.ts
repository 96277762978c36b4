/**
 * Searches over plain HTTP, read for concerns. Only of people whom an approved assessment covers, by the school's own rules, and
 * in memory: what flags nothing is gone with the request, and is neither written nor sent. Nearly every search engine is reached
 * by HTTPS, of which nothing of this is seen.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BundleSchool } from '@gatehouse/engine/bundle'
import { ageOfAudiences } from '@gatehouse/engine/concern/age'
import { isCovered } from '@gatehouse/engine/concern/covered'
import { type DetectorParts, lexiconFileNames } from '@gatehouse/engine/concern/index'
import { createSchoolDetectors } from '@gatehouse/engine/concern/school-detectors'
import { unchangedRules } from '@gatehouse/engine/concern/school-rules'
import type { Detector } from '@gatehouse/engine/concern/types'
import type { Announcer } from './announcer.ts'
import { longestSearched } from './activity-event.ts'
import type { Searches } from './searches.ts'
import type { Visitor } from './visitor.ts'

export interface HeardSearches {
  /** The words of a search that flags; undefined for nearly everything. */
  flagged(visitor: Visitor, url: URL, host: string): string | undefined
}

type ConcernFiles = Pick<DetectorParts, 'lexicon' | 'model'>

/** The lexicon and the trained weights that ship with the product. */
function shippedFiles(): ConcernFiles {
  const folder = join(import.meta.dirname, '../../../packages/engine/data/concerns')
  return {
    lexicon: Object.fromEntries(lexiconFileNames.map(name => [name, readFileSync(join(folder, name), 'utf8')])),
    model: readFileSync(join(folder, 'model.bin')),
  }
}

export function createHeardSearches(
  queryOf: Searches['queryOf'],
  announcer: Announcer,
  files: () => ConcernFiles = shippedFiles,
): HeardSearches {
  // Built at the first search that asks for it, in about a sixth of a second: most gateways never see one.
  const detectorFor = createSchoolDetectors(files)
  const detectorOf = ({ concerns = unchangedRules }: BundleSchool): Detector | undefined => {
    try {
      return detectorFor(concerns)
    } catch (error) {
      const name = error instanceof Error ? error.name : 'unknown fault'
      announcer.sayState('searches', `SEARCHES ARE NOT READ FOR CONCERNS: the detector cannot be built (${name})`)
      return undefined
    }
  }

  return {
    flagged(visitor, url, host) {
      const { school, person, groups } = visitor
      const { watched } = school
      // The cheapest first: this is asked of every page.
      if (watched === undefined || person === null || url.search === '') return undefined
      if (!isCovered(groups, watched)) return undefined
      const words = queryOf(url.href, host)?.trim().slice(0, longestSearched)
      if (words === undefined || words === '') return undefined
      const audiences = groups.map(id => school.rules.groups.find(group => group.id === id)?.audience)
      const found = detectorOf(school)?.detect({ text: words, kind: 'search', age: ageOfAudiences(audiences) })
      return found?.flag ? words : undefined
    },
  }
}
