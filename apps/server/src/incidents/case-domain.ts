import type { DeadlineReads, DeadlineWrites } from '../duties/deadline-store.ts'
import type { PeopleReads, PeopleWrites } from '../people/people-store.ts'
import type { Change, Read, ReadContext, WriteContext } from '../platform/change.ts'
import { clamdScanner } from '../platform/clamd.ts'
import type { Clock } from '../platform/clock.ts'
import type { SchoolJob } from '../platform/jobs.ts'
import type { LedgerReads } from '../platform/ledger-reads.ts'
import type { MessageWrites } from '../platform/messages.ts'
import type { Page } from '../platform/page.ts'
import type { RequestReads, RequestWrites } from '../platform/requests.ts'
import { breachPages } from './breach-pages.ts'
import { createBreachService } from './breach-service.ts'
import { breachReads, breachWrites } from './breach-store.ts'
import { caseFactReads } from './case-facts-store.ts'
import { caseListPages } from './case-list-pages.ts'
import { alertPages, casePages } from './case-pages.ts'
import { casePartPages } from './case-part-pages.ts'
import { createCasePartService } from './case-parts-service.ts'
import { casePartReads, casePartWrites } from './case-parts-store.ts'
import { casePublicPages } from './case-public-pages.ts'
import { createCaseService } from './case-service.ts'
import { caseReads, caseWrites } from './case-store.ts'
import { createClosureNoticeService } from './closure-notice-service.ts'
import { closureNoticeReads, closureNoticeWrites } from './closure-notice-store.ts'
import { evidenceFiles } from './evidence-files.ts'
import { evidencePages } from './evidence-pages.ts'
import { createEvidenceService } from './evidence-service.ts'
import { evidenceReads, evidenceWrites } from './evidence-store.ts'
import { illegalPages } from './illegal-pages.ts'
import { createIllegalService } from './illegal-service.ts'
import { illegalReads, illegalWrites } from './illegal-store.ts'
import { sanctionPages } from './sanction-pages.ts'
import { createSanctionService } from './sanction-service.ts'
import type { ReportReads } from './report-store.ts'
import { sanctionReads, sanctionWrites } from './sanction-store.ts'
import { searchPages } from './search-pages.ts'
import { createSearchService } from './search-service.ts'
import { searchReads, searchWrites } from './search-store.ts'

/* The case half of the domain `incidents`, joined: what `compose.ts` takes from it. */

export const caseDomainReads = (context: ReadContext) => ({
  cases: caseReads(context),
  caseParts: casePartReads(context),
  illegal: illegalReads(context),
  breaches: breachReads(context),
  evidence: evidenceReads(context),
  sanctions: sanctionReads(context),
  searches: searchReads(context),
  closureNotices: closureNoticeReads(context),
  caseFacts: caseFactReads(context),
})
export type CaseDomainReads = ReturnType<typeof caseDomainReads>

export const caseDomainWrites = (context: WriteContext) => ({
  cases: caseWrites(context),
  caseParts: casePartWrites(context),
  illegal: illegalWrites(context),
  breaches: breachWrites(context),
  evidence: evidenceWrites(context),
  sanctions: sanctionWrites(context),
  searches: searchWrites(context),
  closureNotices: closureNoticeWrites(context),
})
export type CaseDomainWrites = ReturnType<typeof caseDomainWrites>

export type CaseReadsNeeded = CaseDomainReads & {
  people: PeopleReads
  deadlines: DeadlineReads
  ledger: LedgerReads
  requests: RequestReads
  reports: ReportReads
}
type WritesNeeded = CaseDomainWrites & {
  people: PeopleWrites
  deadlines: DeadlineWrites
  messages: MessageWrites
  requests: RequestWrites
}

interface Parts {
  readonly change: Change<WritesNeeded>
  readonly read: Read<CaseReadsNeeded>
  readonly clock: Clock
  readonly dataFolder: string
  /** clamd's socket, or undefined when there is no scanner. */
  readonly clamd: string | undefined
}

export type CaseServices = ReturnType<typeof createCaseServices>
export function createCaseServices({ change, read, dataFolder, clamd }: Parts) {
  return {
    cases: createCaseService(change),
    caseParts: createCasePartService(change),
    illegal: createIllegalService(change),
    breaches: createBreachService(change),
    evidence: createEvidenceService(change, read, evidenceFiles(dataFolder), clamd ? clamdScanner(clamd) : null),
    sanctions: createSanctionService(change, read),
    searches: createSearchService(change, read),
    closureNotices: createClosureNoticeService(change),
  }
}

export const caseDomainPages = (services: CaseServices): Page<CaseReadsNeeded>[] => [
  ...caseListPages(),
  ...casePages(services.cases, services.caseParts),
  ...alertPages(services.caseParts),
  ...casePartPages(services.cases, services.caseParts),
  ...illegalPages(services.illegal),
  ...evidencePages(services.evidence),
  ...sanctionPages(services.sanctions),
  ...breachPages(services.breaches),
  ...searchPages(services.searches),
  ...casePublicPages(services.closureNotices, services.caseParts),
]

export const caseJobs = (services: CaseServices, clock: Clock): SchoolJob[] => [
  {
    name: 'incidents.end-sanctions',
    everySeconds: 60,
    run: async schoolId => void (await services.sanctions.endSanctions(schoolId, clock())),
  },
]
