import type { Change, Read, ReadContext, WriteContext } from '../platform/change.ts'
import type { Page } from '../platform/page.ts'
import type { ConcernDetectors } from './concern-detectors.ts'
import { type ConcernRulePageReads, concernRulePages } from './concern-rule-pages.ts'
import { type ConcernRuleServiceWrites, createConcernRuleService } from './concern-rule-service.ts'
import { concernRuleReads, concernRuleWrites } from './concern-rule-store.ts'

/* The school's say about the rules for concerns, joined. */

export const concernRuleDomainReads = (context: ReadContext) => ({ concernRules: concernRuleReads(context) })
export const concernRuleDomainWrites = (context: WriteContext) => ({ concernRules: concernRuleWrites(context) })

export function joinConcernRules<R extends ConcernRulePageReads, W extends ConcernRuleServiceWrites>(parts: {
  change: Change<W>
  read: Read<R>
  detectors: ConcernDetectors
}) {
  const concernRules = createConcernRuleService(parts)
  const pages: readonly Page<R>[] = concernRulePages(concernRules, parts.detectors)
  return { services: { concernRules }, pages }
}
