/* What hangs on a case, as words for forms and pages. Pure. */

/** Outside bodies a case may be referred to, or deliberately not. */
export const agencies = [
  'police',
  'lado',
  'social-care',
  'iwf',
  'ceop',
  'ico',
  'channel',
  'local-authority',
  'other',
] as const
export type Agency = (typeof agencies)[number]
export const agencyNames: Record<Agency, string> = {
  police: 'Police',
  lado: 'Local authority designated officer (LADO)',
  'social-care': 'Children’s social care',
  iwf: 'Internet Watch Foundation (IWF)',
  ceop: 'CEOP (National Crime Agency)',
  ico: 'Information Commissioner (ICO)',
  channel: 'Channel (Prevent)',
  'local-authority': 'Local authority, other',
  other: 'Somebody else',
}

/** Published policies that a case may be handled under. */
export const casePolicies = [
  'online-safety',
  'behaviour',
  'anti-bullying',
  'safeguarding',
  'mobile-devices',
  'staff-conduct',
  'data-protection',
  'complaints',
] as const
export type CasePolicy = (typeof casePolicies)[number]
export const casePolicyNames: Record<CasePolicy, string> = {
  'online-safety': 'Online safety',
  behaviour: 'Behaviour',
  'anti-bullying': 'Anti-bullying',
  safeguarding: 'Safeguarding and child protection',
  'mobile-devices': 'Mobile devices',
  'staff-conduct': 'Staff conduct and discipline',
  'data-protection': 'Data protection',
  complaints: 'Complaints',
}

/** The ordinary procedures that may carry a matter on. */
export const procedures = [
  'behaviour',
  'school-disciplinary',
  'local-authority-disciplinary',
  'probation',
  'gross-misconduct',
  'legal-action',
] as const
export type Procedure = (typeof procedures)[number]
export const procedureNames: Record<Procedure, string> = {
  behaviour: 'The behaviour policy (pupils)',
  'school-disciplinary': 'The school’s disciplinary procedure',
  'local-authority-disciplinary': 'The local authority’s disciplinary procedure',
  probation: 'The probation procedure',
  'gross-misconduct': 'Disciplinary procedure, as possible gross misconduct',
  'legal-action': 'Legal action',
}

/** How much was done, from least to most: what proportion is judged by. */
export const responses = ['no-action', 'advice', 'support', 'sanction', 'referral'] as const
export type ResponseLevel = (typeof responses)[number]
export const responseNames: Record<ResponseLevel, string> = {
  'no-action': 'Nothing more was needed',
  advice: 'Advice or a conversation',
  support: 'Support for those involved',
  sanction: 'A sanction under a published rule',
  referral: 'Handed to an outside body',
}

/** Why somebody opens the sealed words of a case. The code stands in the ledger, the words beside it do not. */
export const openingReasons = ['working', 'deciding', 'second-person', 'handover', 'outside-request', 'review'] as const
export type OpeningReason = (typeof openingReasons)[number]
export const openingReasonNames: Record<OpeningReason, string> = {
  working: 'I am working on this case',
  deciding: 'I have to decide something in it',
  'second-person': 'I am the second person for a decision',
  handover: 'I am taking it over or standing in',
  'outside-request': 'An outside body asked',
  review: 'I am reviewing how it was handled',
}
/** How long words stay open to the person who opened them, in minutes. */
export const openingMinutes = 30

export const lessonAreas = ['security', 'filtering', 'teaching', 'policy', 'training', 'support'] as const
export const lessonAreaNames: Record<(typeof lessonAreas)[number], string> = {
  security: 'IT security',
  filtering: 'Filtering and monitoring',
  teaching: 'What pupils are taught',
  policy: 'A policy or rule',
  training: 'Staff training',
  support: 'Support for people',
}

/** Options of a form from a list of words. */
export const optionsOf = <V extends string>(
  values: readonly V[],
  names: Record<V, string>,
): { value: V; text: string }[] => values.map(value => ({ value, text: names[value] }))
