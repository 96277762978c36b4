/**
 * The controls whose `<domain>-controls.test.ts` drives them to `met` by the real act and away from it again: one id a
 * line, sorted. Only these carry their clauses; `proven-controls.test.ts` compares this list with the tests themselves.
 */
export const provenControls: readonly string[] = [
  'duties.assurance-checks',
  'duties.contact',
  'duties.dsl-deputy-head',
  'duties.governing-body',
  'duties.governor-meeting',
  'duties.headteacher',
  'duties.link-governor',
  'duties.meeting-papers',
  'duties.network-manager',
  'duties.officer-service',
  'duties.oversight-review',
  'duties.responsible-people',
  'duties.review-calendar',
  'duties.scorecard',
  'duties.security-group',
  'policies.data-protection-policy',
  'policies.early-review',
  'policies.governor-approval',
  'policies.governor-signature',
  'policies.headteacher-leads',
  'policies.headteacher-signature',
  'policies.linked-documents',
  'policies.public-page',
  'policies.version-header',
  'policies.yearly-review-a',
  'policies.yearly-review-b',
]
