/** Every role a person can hold. The words are the glossary's. */
export const roles = [
  'headteacher',
  'deputy',
  'dsl',
  'deputy-dsl',
  'dpo',
  'senior-leader',
  'network-manager',
  'technician',
  'teacher',
  'staff',
  'office',
  'governor',
  'link-governor',
  'chair',
  'pupil',
  'parent',
  'community',
  'guest',
  'supplier',
] as const
export type Role = (typeof roles)[number]

/** Who is not a person: nobody signed in, and the software itself. They stand in the same table. */
export type Grantee = Role | 'public' | 'system'

export const roleNames: Record<Role, string> = {
  headteacher: 'Headteacher',
  deputy: 'Deputy headteacher',
  dsl: 'Safeguarding lead (DSL)',
  'deputy-dsl': 'Deputy safeguarding lead',
  dpo: 'Data protection officer',
  'senior-leader': 'Senior leader for filtering and monitoring',
  'network-manager': 'Network manager',
  technician: 'Technician',
  teacher: 'Teacher',
  staff: 'Staff',
  office: 'School office',
  governor: 'Governor',
  'link-governor': 'Link governor for online safety',
  chair: 'Chair of governors',
  pupil: 'Pupil',
  parent: 'Parent or carer',
  community: 'Community user',
  guest: 'Guest',
  supplier: 'Supplier',
}

const leaders = ['headteacher', 'deputy', 'senior-leader'] as const
const safeguarding = ['dsl', 'deputy-dsl'] as const
const technical = ['network-manager', 'technician'] as const
const board = ['governor', 'link-governor', 'chair'] as const
const allStaff = [...leaders, ...safeguarding, ...technical, 'teacher', 'staff', 'office'] as const
const everyone = roles
const caseWorkers = [
  'headteacher',
  'deputy',
  'senior-leader',
  ...safeguarding,
  'dpo',
  'network-manager',
  'chair',
] as const

/**
 * The one table: which roles hold which permission. What is not here, nobody may do.
 * Record rules (nobody sees a report about themselves, the proposer never approves) stand with the record's state.
 */
const table = {
  // the house
  'home.view': everyone,
  'account.own': everyone,
  'ledger.view': ['headteacher', 'dpo', ...board],
  'ledger.verify': ['headteacher', 'dpo', 'network-manager', ...board],
  'ledger.export': ['dpo', 'chair', 'link-governor'],
  'gateway.use': ['system'],
  // assurance: the term in figures, frozen packs, questions and answers
  'pack.view': ['headteacher', 'deputy', 'dpo', ...board],
  'pack.issue': ['headteacher', 'deputy', 'dpo'],
  'pack.sign': board,
  'pack.ask': board,
  'pack.answer': ['headteacher', 'deputy', 'dpo'],
  'pack.judge': ['headteacher', 'deputy', ...board],
  'pack.report-onward': ['chair', 'link-governor'],
  // reports (the front door itself is open to everybody; who receives which one is the report's own, and never those it is about)
  'report.staff': [...allStaff, 'dpo', ...board],
  'report.view': [...caseWorkers, 'technician', 'link-governor'],
  'report.acknowledge': [...caseWorkers, 'technician', 'link-governor'],
  'report.answer': [...caseWorkers, 'technician', 'link-governor'],
  'report.practise': ['headteacher', 'deputy', ...safeguarding, 'teacher'],
  'junk.view': ['headteacher', 'deputy', 'dpo', ...technical],
  'junk.look': ['headteacher', 'deputy', 'network-manager'],
  'help.check': ['headteacher', 'deputy', ...safeguarding, 'office'],
  'guidance.publish': ['headteacher', 'deputy'],
  'guidance.read': [...allStaff, 'dpo'],
  'briefing.take': [...allStaff, 'dpo', ...board],
  'briefing.oversee': ['headteacher', 'deputy', 'chair'],
  // cases (who sees which one is the case's own audience, and never those it is about)
  'case.view': caseWorkers,
  'case.work': caseWorkers,
  'case.decide': ['headteacher', 'deputy', ...safeguarding, 'dpo', 'chair'],
  'case.approve': ['headteacher', 'deputy', 'senior-leader', ...safeguarding, 'dpo', 'chair'],
  'case.sanction': ['headteacher', 'deputy', 'chair'],
  'case.suspend': ['headteacher', 'deputy', 'chair'],
  'case.agree-parents': safeguarding,
  'alert.acknowledge': caseWorkers,
  'evidence.add': caseWorkers,
  'evidence.open': caseWorkers,
  'evidence.erase': ['headteacher', 'dsl', 'dpo', 'chair'],
  'breach.view': ['headteacher', 'deputy', 'dpo', 'chair'],
  'breach.work': ['headteacher', 'deputy', 'dpo', 'chair'],
  'search.view': ['headteacher', 'deputy', ...safeguarding, 'chair'],
  'search.record': ['headteacher', 'deputy', 'senior-leader', ...safeguarding, 'teacher', 'staff'],
  'search.authorise': ['headteacher'],
  'lesson.work': [...caseWorkers, 'technician'],
  'notice.view': [...everyone, 'public'],
  'notice.publish': ['headteacher', 'deputy'],
  'stop.view': [...everyone, 'public'],
  // policies (anybody reads the document; how each clause stands is for those who work here or oversee it)
  'policy.read': [...everyone, 'public'],
  'policy.status': [...allStaff, 'dpo', ...board],
  'policy.edit': ['headteacher', 'deputy', 'senior-leader', 'dsl', 'dpo', 'network-manager'],
  'policy.lead': ['headteacher', 'deputy'],
  'policy.comment': [...allStaff, 'dpo', ...board],
  'policy.approve': board,
  'policy.sign': ['headteacher', ...board],
  'policy.publish': ['headteacher', 'deputy', 'office'],
  'policy.call-review': [...leaders, ...safeguarding, 'dpo', 'network-manager', ...board],
  'policy.documents': ['headteacher', 'deputy', 'office', 'dpo'],
  'clause.set-aside': ['headteacher'],
  'clause.decide-set-aside': ['chair', 'link-governor'],
  // people (who is here, what they are, how they get in)
  'people.view': ['headteacher', 'deputy', 'senior-leader', ...safeguarding, ...technical, 'office'],
  'people.manage': ['headteacher', 'deputy', 'office'],
  // who approves policies and who runs the machines is not the office's to choose
  'people.empower': ['headteacher', 'chair', 'system'],
  'accounts.manage': ['headteacher', 'deputy', ...technical, 'office', 'chair'],
  'accounts.reconcile': ['headteacher', 'deputy', 'network-manager', 'office'],
  'access.suspend': ['headteacher', 'deputy', 'dsl', 'network-manager', 'chair'],
  // duties (who answers for what, by when, and the school's year)
  'duties.view': [...allStaff, 'dpo', ...board],
  'duties.manage': ['headteacher', 'chair', 'office'],
  'duties.confirm': ['headteacher', 'chair'],
  'deadlines.view': [...allStaff, 'dpo', ...board],
  'deadlines.view-all': ['headteacher', 'deputy', 'dpo', 'link-governor', 'chair'],
  'messages.own': everyone,
  'reviews.view': [...leaders, ...safeguarding, 'dpo', 'network-manager', 'office', ...board],
  'reviews.record': ['headteacher', 'deputy', 'office', 'network-manager', 'dpo', 'link-governor', 'chair'],
  'reviews.sign': ['headteacher', 'deputy', 'dsl', 'senior-leader', 'network-manager', 'dpo', 'link-governor', 'chair'],
  'settings.checkpoint-mail': ['headteacher', 'dpo', 'chair'],
  'calendar.view': everyone,
  'calendar.edit': ['headteacher', 'deputy', 'office'],
  // the web filter
  'filter.view': [...allStaff, 'dpo', ...board],
  'filter.changes': [...leaders, ...safeguarding, ...technical, 'dpo', ...board],
  'filter.propose': [...leaders, ...safeguarding, ...technical],
  'filter.block-at-once': [...leaders, ...safeguarding, ...technical],
  // whatever opens something: the safeguarding lead, a deputy named for it, or a senior leader
  'filter.approve-opening': ['dsl', 'deputy-dsl', 'senior-leader', 'headteacher'],
  'filter.approve-closing': ['dsl', 'deputy-dsl', 'senior-leader', 'headteacher', 'network-manager'],
  'filter.review-log': board,
  'filter.ask': [...everyone, 'public'],
  // past a warning, for oneself
  'filter.continue': everyone,
  // passes: a teacher asks for a class of their own (the record says which), somebody else decides
  'pass.view': [...allStaff, 'dpo', ...board],
  'pass.ask': allStaff,
  'pass.oversee': [...leaders, ...safeguarding, ...technical, 'dpo', ...board],
  'pass.decide': ['dsl', 'deputy-dsl', 'senior-leader', 'headteacher'],
  'pass.end': [...leaders, ...safeguarding, ...technical],
  'pass.limit': ['headteacher'],
  // sites for a lesson: kept by the teacher of the class, seen by the class and by those who work here
  'lesson-sites.view': everyone,
  'lesson-sites.keep': allStaff,
  // what people say about a site: who answers (a teacher, their own pupils), and where everybody finds the answer
  'contest.answer': [...leaders, ...safeguarding, ...technical, 'teacher'],
  'contest.own': everyone,
  'site.report': [...everyone, 'public'],
  // the web log, without names
  'activity.view': ['dsl', 'deputy-dsl', ...technical, 'headteacher'],
  // how long it is kept, by two people; what is held longer; one person's part erased
  'activity.keep': ['headteacher', 'senior-leader', 'dpo'],
  'activity.hold': ['headteacher', 'dsl', 'dpo', 'chair'],
  'activity.erase': ['headteacher', 'dpo'],
  // the websites of one's own class, without names
  'activity.class': ['teacher', ...safeguarding, 'headteacher'],
  // one named person's part of it, or their device or mail: asked for by some, given by others, reviewed by two
  'look.view': ['headteacher', 'deputy', ...safeguarding, 'dpo', ...technical, 'chair'],
  'look.ask': ['headteacher', 'deputy', ...safeguarding, 'dpo', ...technical],
  'look.authorise': ['headteacher', 'deputy', 'chair'],
  'look.review': ['headteacher', 'chair'],
  'device.inspect': ['headteacher', 'dpo', ...technical],
  // attempts at misuse in it, without names: whoever finds one reports it
  'attempt.view': ['dsl', 'deputy-dsl', ...technical, 'headteacher'],
  'attempt.settle': ['dsl', 'deputy-dsl', ...technical, 'headteacher'],
  // flags (whose eyes each is for is the flag's own: about staff for the head, about the head for the chair)
  'flag.view': ['dsl', 'deputy-dsl', 'headteacher', 'chair'],
  'flag.decide': ['dsl', 'deputy-dsl', 'headteacher', 'chair'],
  // paging by other ways than mail: who sets them up and proves them, and who gives a number of their own
  'paging.view': ['headteacher', 'deputy', 'senior-leader', ...safeguarding, ...technical, 'dpo', 'chair'],
  'paging.manage': ['headteacher', 'senior-leader', 'network-manager'],
  'paging.number': ['headteacher', 'senior-leader', ...safeguarding, 'network-manager', 'chair'],
  // how much of a flag's surroundings leaves a device, and who is paged after whom
  'monitoring.settings': ['headteacher', 'senior-leader', 'dsl'],
  // the rules by which something is flagged: the lead and deputies propose, a second of them or the headteacher decides
  'concern-rule.view': [...safeguarding, 'headteacher'],
  'concern-rule.propose': safeguarding,
  'concern-rule.approve': [...safeguarding, 'headteacher'],
  'device.manage': technical,
  'device.speak': ['system'],
  'monitoring.figures': ['dsl', 'deputy-dsl', ...leaders, 'dpo', 'network-manager', ...board],
  // the week’s report, with small numbers in it: governors have the term’s, without
  'monitoring.week': ['dsl', 'deputy-dsl', ...leaders, 'dpo', 'network-manager'],
  'monitoring.sign-week': ['dsl', 'headteacher', 'senior-leader'],
  // no group is monitored without these three: proposed, advised on, approved
  'monitoring.propose-scope': ['dsl', 'senior-leader', 'network-manager'],
  'monitoring.advise': ['dpo'],
  'monitoring.approve-scope': ['headteacher'],
  'monitoring.notice': ['dsl', 'headteacher', 'senior-leader'],
} as const satisfies Record<string, readonly Grantee[]>

export type Permission = keyof typeof table
export const permissions = Object.keys(table) as Permission[]

/** The grantees of one permission, as printed by `gatehouse access`. */
export const granteesOf = (permission: Permission): readonly Grantee[] => table[permission]

/** Whether anybody holding one of `grantees` has `permission`. */
export const grants = (grantees: readonly Grantee[], permission: Permission): boolean =>
  grantees.some(grantee => (table[permission] as readonly Grantee[]).includes(grantee))

export { allStaff, board, leaders, safeguarding, technical }
