import type { TodaySources } from '../assurance/today.ts'
import { may } from '../platform/actor.ts'
import { whyNotDecide } from '../platform/requests.ts'
import { ruleAddress } from './concern-rule-service.ts'
import type { ConcernRuleReads } from './concern-rule-store.ts'

/** On the first page of those who may decide: changes of the rules for concerns that wait for them. */
export const concernRuleSources: TodaySources<{ readonly concernRules: ConcernRuleReads }> = {
  needs: [
    async ({ concernRules }, actor) => {
      if (!may(actor, 'concern-rule.approve')) return []
      const waiting = await concernRules.changes({ states: ['waiting'] })
      return waiting
        .filter(({ proposedBy }) => whyNotDecide(actor, { state: 'waiting', proposedBy }) === null)
        .map(({ id, proposedAt }) => ({
          text: 'Decide about a change of what is looked for',
          href: ruleAddress(id),
          due: null,
          since: proposedAt,
        }))
    },
  ],
}
