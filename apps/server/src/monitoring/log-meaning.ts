import type { Category } from '@gatehouse/engine'
import type { Concern } from '@gatehouse/engine/concern/types'
import type { Severity } from './flag.ts'

/** What a stopped page or search of a category may mean, and how grave it is. What is not here means nothing. */
export const meant: Readonly<Partial<Record<Category, readonly [concern: Concern, severity: Severity]>>> = {
  selfharm: ['selfharm', 3],
  eating: ['eating', 3],
  extremism: ['extremism', 3],
  hate: ['hate', 2],
  misogyny: ['misogyny', 2],
  violence: ['violence', 2],
  weapons: ['weapons', 2],
  drugs: ['drugs', 2],
  pornography: ['sexual', 2],
  gambling: ['gambling', 1],
  vpn: ['circumvention', 1],
  proxy: ['circumvention', 1],
  tor: ['circumvention', 1],
  doh: ['circumvention', 1],
}

/** The id of the rule by which a stopped request of this category is flagged. */
export const logRuleOf = (category: string): string => `web-log.${category}`
