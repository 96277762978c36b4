import type { Role } from '../permissions.ts'
import { reachOf } from './case-people.ts'
import { type SanctionResponse, sanctionRule, type SanctionRule } from './data/sanction-rules.ts'

/* When a sanction may be recorded at all. Pure. A machine never decides one: the service takes a signed-in person. */

export const responseWords: Record<SanctionResponse, string> = {
  advice: 'Advice',
  repair: 'Putting it right',
  restriction: 'Internet access taken away for a while',
  'suspension-of-access': 'Signing in taken away for a while',
  'behaviour-policy': 'The behaviour policy’s own sanctions',
  'disciplinary-referral': 'Referral to the disciplinary procedure',
}
/** What takes something away, and so has an end, and what it takes away. */
export const takesAway = (response: SanctionResponse): 'internet' | 'sign-in' | null =>
  response === 'restriction' ? 'internet' : response === 'suspension-of-access' ? 'sign-in' : null

/** The longest restriction that one decision gives; more needs a review and a new decision. */
export const longestSchoolDays = 45

export interface SanctionPlan {
  readonly ruleId: string
  readonly response: SanctionResponse
  readonly schoolDays: number | null
  readonly alternatives: string | null
  readonly ladoAsked: boolean | null
}
interface Against {
  readonly roles: readonly Role[]
  readonly offSite: boolean
  readonly hasSchoolLink: boolean
  /** Named in the case as somebody who may have done it. */
  readonly isSubject: boolean
}

/** Why this sanction cannot be recorded, by field; none when it can. */
export function whyNotSanction(plan: SanctionPlan, against: Against): Record<string, string> {
  const rule: SanctionRule | undefined = sanctionRule(plan.ruleId)
  const reach = reachOf(against.roles)
  const problems: Record<string, string> = {}
  if (!against.isSubject) problems['person'] = 'Name this person in the case first, as somebody who may have done it'
  if (!rule) problems['rule'] = 'Select the published rule that was broken. There is no sanction without one'
  else if (rule.appliesTo !== 'anyone' && rule.appliesTo !== reach)
    problems['rule'] = `This rule reaches ${audienceWords[rule.appliesTo]}, and this person is ${personWords[reach]}`
  else if (!rule.responses.includes(plan.response))
    problems['response'] =
      `This rule does not provide for it. It provides for: ${rule.responses.map(each => responseWords[each].toLowerCase()).join('; ')}`
  else if (against.offSite && !reachesOffSite(rule))
    problems['rule'] = 'It happened off site, and this rule does not reach that far'
  if (against.offSite && !against.hasSchoolLink) problems['rule'] ??= 'Record first how it is linked to the school'
  if (takesAway(plan.response)) {
    if (plan.schoolDays === null)
      problems['schoolDays'] = 'Enter for how many school days. Nothing is taken away without an end'
  } else if (plan.schoolDays !== null) problems['schoolDays'] = 'Leave this empty: nothing is taken away'
  if (reach === 'staff' && plan.response === 'suspension-of-access') {
    if (!plan.alternatives) problems['alternatives'] = 'Enter what else was considered. Suspension is not automatic'
    if (plan.ladoAsked === null)
      problems['ladoAsked'] = 'Select whether the local authority designated officer (LADO) was asked'
  }
  return problems
}

/** A rule about what happens outside school: those under clauses A-2-03 and A-2-04. */
const reachesOffSite = (rule: SanctionRule): boolean =>
  rule.clauses.some(clause => clause === 'A-2-03' || clause === 'A-2-04')
const audienceWords: Record<SanctionRule['appliesTo'], string> = {
  pupil: 'pupils',
  staff: 'staff',
  parent: 'parents',
  community: 'community users',
  anyone: 'everybody',
}
const personWords: Record<ReturnType<typeof reachOf>, string> = {
  pupil: 'a pupil',
  staff: 'a member of staff',
  parent: 'a parent',
  community: 'neither pupil, staff nor parent',
}
