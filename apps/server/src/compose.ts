import type { FastifyInstance } from 'fastify'
import { sql } from 'kysely'
import { assuranceControls } from './assurance/assurance-controls.ts'
import { createErasure } from './assurance/erasure.ts'
import { erasureWrites } from './assurance/erasure-store.ts'
import { governorsPages } from './assurance/governors-pages.ts'
import { houseSources } from './assurance/house-sources.ts'
import { ledgerPages } from './assurance/ledger-pages.ts'
import { createLedgerService } from './assurance/ledger-service.ts'
import { assuranceReads } from './assurance/ledger-store.ts'
import type { TodaySources } from './assurance/today.ts'
import { packReads, packWrites } from './assurance/pack-store.ts'
import { createPackService } from './assurance/pack-service.ts'
import { todayPages } from './assurance/today-page.ts'
import { activityControls } from './activity/activity-controls.ts'
import { classWatchControls } from './activity/class-watch-controls.ts'
import { createTermFigures } from './activity/term-figures.ts'
import { attemptControls } from './activity/attempt-controls.ts'
import { attemptPages } from './activity/attempt-pages.ts'
import { createAttemptService } from './activity/attempt-service.ts'
import { attemptReads, attemptWrites } from './activity/attempt-store.ts'
import { attemptSources } from './activity/attempt-today.ts'
import { lookLogPages } from './activity/look-log-pages.ts'
import { activityDomainReads, activityDomainWrites, joinActivity } from './activity/activity-domain.ts'
import type { Config } from './config.ts'
import { createConcernDetectors } from './monitoring/concern-detectors.ts'
import { createWordsReader } from './monitoring/words-reader.ts'
import { concernRuleSources } from './monitoring/concern-rule-today.ts'
import { concernRuleDomainReads, concernRuleDomainWrites, joinConcernRules } from './monitoring/concern-rules-domain.ts'
import { createDeviceRules } from './monitoring/device-rules.ts'
import { extensionFolder } from './monitoring/extension-files.ts'
import { flagControls } from './monitoring/flag-controls.ts'
import { flagDomainReads, flagDomainWrites, joinFlags } from './monitoring/flags-domain.ts'
import { createFlagsFromLog } from './monitoring/flags-from-log.ts'
import { flagSources } from './monitoring/flag-today.ts'
import { pagingSources } from './monitoring/paging-today.ts'
import { pagingMails } from './monitoring/paging-channel.ts'
import { dutiesToday } from './duties/duties-today.ts'
import { dutiesReads, dutiesWrites, dutyControls, joinDuties } from './duties/duties.ts'
import { argon2Hasher, type PasswordHasher } from './people/passwords.ts'
import { briefingControls } from './incidents/briefing-controls.ts'
import { briefingReads, briefingWrites } from './incidents/briefing-store.ts'
import { briefingSources } from './incidents/briefing-today.ts'
import { caseHandOver } from './incidents/case-hand-over.ts'
import {
  caseDomainPages,
  caseDomainReads,
  caseDomainWrites,
  caseJobs,
  createCaseServices,
} from './incidents/case-domain.ts'
import { helpReads, helpWrites } from './incidents/help-store.ts'
import { caseControls } from './incidents/case-controls.ts'
import { joinReporting } from './incidents/report-domain.ts'
import { reportControls } from './incidents/report-controls.ts'
import { reportSources } from './incidents/report-today.ts'
import { reportReads, reportWrites } from './incidents/report-store.ts'
import { personOfBundleId } from './filtering/bundle-publisher.ts'
import { categoryName } from './filtering/change-forms.ts'
import { filteringControls } from './filtering/filtering-controls.ts'
import { filteringSources } from './filtering/filtering-today.ts'
import { filterReads, filterWrites } from './filtering/filter-store.ts'
import { createFiltering } from './filtering/filtering-domain.ts'
import { matrixControls } from './filtering/matrix-controls.ts'
import { contestDomainReads, contestDomainWrites, joinContests } from './filtering/contest-domain.ts'
import { contestSources } from './filtering/contest-today.ts'
import { needsGateway } from './filtering/needs-gateway.ts'
import { lessonControls } from './filtering/lesson-controls.ts'
import { joinLessons, lessonDomainReads, lessonDomainWrites } from './filtering/lesson-domain.ts'
import { lessonSources } from './filtering/lesson-today.ts'
import { passControls } from './filtering/pass-controls.ts'
import { joinPasses, passDomainReads, passDomainWrites } from './filtering/pass-domain.ts'
import { passSources } from './filtering/pass-today.ts'
import { isProber } from './filtering/probers.ts'
import { peopleControls } from './people/people-controls.ts'
import { joinPeople, peopleDomainReads, peopleDomainWrites } from './people/people-domain.ts'
import { detectorControls } from './monitoring/detector-controls.ts'
import { misuseControls } from './monitoring/misuse-controls.ts'
import { pupilUseControls } from './monitoring/pupil-use-controls.ts'
import { useNoticeControls } from './monitoring/use-notice-controls.ts'
import { useNoticeSources } from './monitoring/use-notice-today.ts'
import { lookControls } from './monitoring/look-controls.ts'
import { lookSources } from './monitoring/look-today.ts'
import { joinMonitoring, monitoringReads, monitoringWrites } from './monitoring/monitoring-domain.ts'
import { signInForm, signInPages } from './people/sign-in-pages.ts'
import { createSignInService } from './people/sign-in-service.ts'
import { type Actor, may } from './platform/actor.ts'
import type { Assets } from './platform/assets.ts'
import {
  type Change,
  createChange,
  createRead,
  type Read,
  type ReadContext,
  type WriteContext,
} from './platform/change.ts'
import { ensureRecipient } from './platform/backup/recipient.ts'
import { checkpointJob, checkpointReads, checkpointWrites } from './platform/checkpoints.ts'
import type { Clock } from './platform/clock.ts'
import type { Connections } from './platform/database.ts'
import { openErasedRecords } from './platform/erased-records.ts'
import { blankForm } from './platform/form.ts'
import { createHttp, type NavigationItem, type SchoolSummary } from './platform/http.ts'
import type { Keys } from './platform/keys.ts'
import { createJobRuns, type SchoolJob } from './platform/jobs.ts'
import type { LedgerHeads } from './platform/ledger-heads.ts'
import { ledgerReads } from './platform/ledger-reads.ts'
import { createMailer } from './platform/mail.ts'
import { messageReads, messageWrites } from './platform/messages.ts'
import { outboxJob } from './platform/outbox.ts'
import type { MachineRoute, Page } from './platform/page.ts'
import { requestReads, requestWrites } from './platform/requests.ts'
import { aboutPages } from './school/about-pages.ts'
import { sampleDoor } from './school/sample-cards.ts'
import { samplePages } from './school/sample-pages.ts'
import { createSampleProgress, type Report as SampleReport } from './school/sample-progress.ts'
import { makeSampleSchool, type SampleMade } from './school/sample-term.ts'
import { welcomePages } from './school/welcome-pages.ts'
import { createSchoolService, type SchoolServiceParts } from './school/school-service.ts'
import { schoolReads, schoolWrites } from './school/school-store.ts'
import { createViews } from './platform/views.ts'
import { adoptPacks } from './policies/adopt-packs.ts'
import type { Control } from './policies/control.ts'
import { joinPolicies, publicOrigin } from './policies/policies.ts'
import { policyControls } from './policies/policy-controls.ts'
import { policyReads, policyWrites } from './policies/policy-store.ts'
import { policyToday } from './policies/policy-today.ts'

/*
 * The one place where things are built and joined. A new domain adds its reads and writes to the two functions below, its
 * service, its pages, its controls and its navigation: a line each.
 */

export const buildReads = (context: ReadContext) => ({
  ledger: ledgerReads(context),
  assurance: assuranceReads(context),
  packs: packReads(context),
  requests: requestReads(context),
  messages: messageReads(context),
  school: schoolReads(context),
  ...peopleDomainReads(context),
  ...dutiesReads(context),
  checkpoints: checkpointReads(context),
  ...caseDomainReads(context),
  reports: reportReads(context),
  help: helpReads(context),
  briefings: briefingReads(context),
  policies: policyReads(context),
  filtering: filterReads(context),
  ...passDomainReads(context),
  ...lessonDomainReads(context),
  ...contestDomainReads(context),
  ...activityDomainReads(context),
  attempts: attemptReads(context),
  ...flagDomainReads(context),
  ...concernRuleDomainReads(context),
  ...monitoringReads(context),
})
export type Reads = ReturnType<typeof buildReads>

export const buildWrites = (context: WriteContext) => ({
  erasure: erasureWrites(context),
  packs: packWrites(context),
  requests: requestWrites(context),
  messages: messageWrites(context),
  school: schoolWrites(context),
  ...peopleDomainWrites(context),
  ...dutiesWrites(context),
  checkpoints: checkpointWrites(context),
  ...caseDomainWrites(context),
  reports: reportWrites(context),
  help: helpWrites(context),
  briefings: briefingWrites(context),
  policies: policyWrites(context),
  filtering: filterWrites(context),
  ...passDomainWrites(context),
  ...lessonDomainWrites(context),
  ...contestDomainWrites(context),
  ...activityDomainWrites(context),
  attempts: attemptWrites(context),
  ...flagDomainWrites(context),
  ...concernRuleDomainWrites(context),
  ...monitoringWrites(context),
})
export type Writes = ReturnType<typeof buildWrites>

export interface Parts {
  readonly config: Config
  readonly keys: Keys
  readonly connections: Connections
  readonly heads: LedgerHeads
  readonly assets: Assets
  readonly clock: Clock
  readonly log: (line: string) => void
  readonly hasher?: PasswordHasher
  /** Sees schools that are still being made, which nobody else does: only for the making. */
  readonly unfinished?: boolean
}

export type App = ReturnType<typeof compose>

export function compose(parts: Parts) {
  const { config, keys, connections, heads, clock, assets, log } = parts
  const base = { connections, clock, fieldKey: keys.field }
  const read: Read<Reads> = createRead(base, buildReads)
  const erased = openErasedRecords(keys.folder)
  const change: Change<Writes> = createChange({ ...base, heads, erased }, buildWrites)
  const hasher = parts.hasher ?? argon2Hasher()

  /** What carries the clauses out, a line a domain; `clauses` joins them to the policies. */
  const controls: readonly Control<Reads>[] = [
    ...caseControls,
    ...reportControls,
    ...briefingControls,
    ...dutyControls,
    ...policyControls,
    // None of these is met by measurement while the filter does not run.
    ...[...filteringControls, ...matrixControls, ...passControls].map(control => needsGateway<Reads>(control)),
    ...lessonControls,
    ...activityControls.map(control => (control.kind === 'record' ? needsGateway<Reads>(control) : control)),
    ...classWatchControls,
    ...lookControls,
    ...useNoticeControls,
    ...attemptControls,
    ...flagControls,
    ...detectorControls,
    ...misuseControls,
    ...pupilUseControls,
    ...assuranceControls,
    ...peopleControls,
  ]

  const duties = joinDuties<Reads, Writes>({
    change,
    read,
    clock,
    mailConfigured: config.smtpUrl !== undefined,
    handOvers: [caseHandOver],
    figuresOf: createTermFigures(read, categoryName),
  })
  const policies = joinPolicies<Reads, Writes>({
    change,
    read,
    controls,
    clock,
    log,
    origin: () => publicOrigin(config.baseUrl, server.server.address()),
  })

  const people = joinPeople<Writes>({ change, read, hasher, clock, release: duties.services.duties.release })
  const signIn = createSignInService(change, read, hasher, clock)
  const allSchools = async (): Promise<readonly SchoolSummary[]> =>
    connections.db.selectFrom('school').select(['id', 'name', 'sample']).orderBy('name').execute()
  /** A sample school that is still being made is nobody's to see or to work on yet. */
  const schools = async (): Promise<readonly SchoolSummary[]> =>
    parts.unfinished
      ? allSchools()
      : connections.db
          .selectFrom('school')
          .select(['id', 'name', 'sample'])
          .where(sql<boolean>`not settings ? 'making'`)
          .orderBy('name')
          .execute()

  /** What each domain does when a school is made. */
  const settleIn: SchoolServiceParts<Writes>['settleIn'] = [adoptPacks]
  const school = createSchoolService<Writes>({ change, schools: allSchools, hasher, keys, clock, settleIn })
  const makeSample = (name: string, report: SampleReport): Promise<SampleMade> =>
    makeSampleSchool({
      composeAt: at => compose({ ...parts, clock: at, unfinished: true }),
      now: clock(),
      name,
      report,
      log,
    })
  const sample = createSampleProgress(report => makeSample('Hollybank Primary School', report), log)
  const detectors = createConcernDetectors()
  const ruling = joinConcernRules<Reads, Writes>({ change, read, detectors })
  const concernRules = ruling.services.concernRules.rules
  const reporting = joinReporting({
    change,
    read,
    keys,
    clock,
    readWords: createWordsReader({ rules: concernRules, detectors, log }),
    helpPage: async (schoolId, audience) => {
      const { statusCode, body } = await server.inject({
        url: `/help?who=${audience}&school=${schoolId}`,
        headers: { host: 'localhost' },
      })
      return { status: statusCode, html: body }
    },
  })
  const attempts = createAttemptService(change, reporting.services.reports, categoryName)
  const activityDomain = joinActivity<Reads, Writes>({
    change,
    read,
    schools,
    clock,
    dataFolder: config.dataFolder,
    isProber,
    personOfId: personOfBundleId,
    nameOfCategory: categoryName,
    rulesOf: id => read(id, ({ filtering: filter }) => filter.rules()),
    onTaken: (id, rows, searched) => flagsFromLog(id, rows, searched),
  })
  const { activity } = activityDomain.services
  const monitoring = joinMonitoring<Reads, Writes>({
    change,
    read,
    clock,
    personOfEntry: (schoolId, { at, id }) =>
      read(schoolId, async ({ activity: log }) => (await log.get(at, id)).personId),
  })
  const pausedPeople = async (id: string): Promise<ReadonlySet<string>> =>
    new Set(await read(id, ({ sanctions }) => sanctions.withoutInternet()))
  const watchedOf = async (id: string) => {
    const watched = await read(id, ({ scopes }) => scopes.coveredGroups())
    return watched.length === 0 ? null : { watched: [...watched].sort(), concerns: await concernRules(id) }
  }
  const filtering = createFiltering({
    config,
    keys,
    read,
    change,
    schools,
    activity,
    clock,
    log,
    afterTurn: gateway => passes.proof(gateway),
    pausedPeople,
    watchedOf,
  })
  const passes = joinPasses<Writes>({
    change,
    read,
    schools,
    clock,
    lists: filtering.lists,
    confirms: signIn.confirms,
  })
  const lessons = joinLessons<Writes>({
    change,
    read,
    clock,
    passes: passes.services.passes,
    lists: filtering.lists,
    resolver: config.resolver,
  })
  const contests = joinContests<Writes>({
    change,
    read,
    lists: filtering.lists,
    reports: reporting.services.reports,
    filterChanges: filtering.changes,
  })
  const flagging = joinFlags({
    change,
    read,
    schools,
    clock,
    extension: extensionFolder(config.dataFolder),
    keys,
    baseUrl: config.baseUrl,
    mailConfigured: config.smtpUrl !== undefined,
    pagingAllow: config.pagingAllow,
    rules: createDeviceRules({
      read,
      bundle: filtering.bundle,
      lists: filtering.lists,
      key: keys.bundle,
      pausedPeople,
      concernRules,
      clock,
    }),
  })
  const flagsFromLog = createFlagsFromLog({ flags: flagging.services.flags, read, rules: concernRules, detectors })
  const caseWork = createCaseServices({ change, read, clock, dataFolder: config.dataFolder, clamd: config.clamd })
  const ledger = createLedgerService({ read, change, heads, keys, clock, log })
  const packs = createPackService({ change, read, clauses: policies.services.clauses, clock })
  const services = {
    ledger,
    packs,
    erasure: createErasure(change, erased),
    ...caseWork,
    ...reporting.services,
    ...duties.services,
    ...policies.services,
    signIn,
    people: people.service,
    school,
    makeSample,
    ...activityDomain.services,
    attempts,
    ...monitoring.services,
    filterChanges: filtering.changes,
    ...flagging.services,
    ...ruling.services,
    ...passes.services,
    ...lessons.services,
    ...contests.services,
  }

  /** What the first page is made of, a line a domain. */
  const jobRuns = createJobRuns()
  const today: readonly TodaySources<Reads>[] = [
    reportSources,
    houseSources,
    filteringSources,
    passSources,
    lessonSources,
    contestSources,
    dutiesToday(jobRuns, config.smtpUrl !== undefined),
    policyToday,
    briefingSources,
    attemptSources,
    flagSources,
    concernRuleSources,
    pagingSources,
    lookSources,
    useNoticeSources,
  ]

  const door = sampleDoor(read, schools)
  const pages: readonly Page<Reads>[] = [
    ...todayPages({ sources: today, log }),
    ...ledgerPages(ledger, config.smtpUrl !== undefined),
    ...governorsPages(packs),
    ...aboutPages,
    ...welcomePages({ service: school, sample, schools, makeBackupIdentity: () => ensureRecipient(config.keysFolder) }),
    ...signInPages(signIn, door),
    ...samplePages({
      read,
      keys,
      proxyPort: config.proxyPort,
      hasCards: async id => (await door.cards(id)).length > 0,
    }),
    ...duties.pages,
    ...people.pages,
    ...reporting.pages,
    ...policies.pages,
    ...caseDomainPages(caseWork),
    ...filtering.pages,
    ...passes.pages,
    ...lessons.pages,
    ...contests.pages,
    ...activityDomain.pages,
    ...lookLogPages(monitoring.services.looks, activityDomain.services.activityArchive, categoryName),
    ...monitoring.pages,
    ...attemptPages(attempts, categoryName),
    ...flagging.pages,
    ...ruling.pages,
  ]
  const machineRoutes: readonly MachineRoute[] = [...filtering.machineRoutes, ...flagging.machineRoutes]
  /** What the worker does for each school by itself. */
  const mailer = config.smtpUrl ? createMailer(config.smtpUrl, config.mailFrom) : null
  const jobs: readonly SchoolJob[] = [
    outboxJob({ read, change, mailer, baseUrl: config.baseUrl, loud: pagingMails }),
    checkpointJob({ read, change, keys, mailer, clock }),
    ...duties.jobs,
    ...people.jobs,
    ...policies.jobs,
    ...caseJobs(caseWork, clock),
    ...reporting.jobs,
    ...monitoring.jobs,
    ...flagging.jobs,
    ...filtering.jobs,
    ...passes.jobs,
    ...lessons.jobs,
    ...activityDomain.jobs,
  ]

  const views = createViews({ assets })
  const server: FastifyInstance = createHttp<Reads>({
    pages,
    machineRoutes,
    connections,
    read,
    change,
    clock,
    assets,
    secret: keys.secret('form tokens'),
    baseUrl: config.baseUrl,
    host: config.host,
    openPaths: {
      beforeSchool: ['/welcome', '/welcome/sample', '/welcome/school'],
      beforePassword: ['/account/password', '/sign-out'],
    },
    render: (template, model) => views.render(template, model),
    signInForm: next => blankForm(signInForm, { next }),
    schools,
    navigation,
    log,
  })
  server.addHook('onClose', async () => activityDomain.close())
  return {
    config,
    keys,
    connections,
    heads,
    clock,
    log,
    read,
    change,
    services,
    filtering,
    schools,
    pages,
    machineRoutes,
    controls,
    mailer,
    jobs,
    jobRuns,
    hasher,
    server,
  }
}

/** What stands in the menu for this person: few words, by what they may open. */
const menu = [
  { href: '/', text: 'Today', needs: 'home.view' },
  { href: '/cases', text: 'Cases', needs: 'case.view' },
  { href: '/deadlines', text: 'Deadlines', needs: 'deadlines.view' },
  { href: '/reports', text: 'Reports', needs: 'report.view' },
  { href: '/flags', text: 'Flags', needs: 'flag.view' },
  { href: '/duties', text: 'Duties', needs: 'duties.view' },
  { href: '/briefings', text: 'Briefings', needs: 'briefing.oversee' },
  { href: '/people', text: 'People', needs: 'people.view' },
  { href: '/internet', text: 'Internet', needs: 'filter.view' },
  { href: '/activity', text: 'Web log', needs: 'activity.view' },
  { href: '/policy', text: 'Policy', needs: 'policy.read' },
  { href: '/governors', text: 'Governors', needs: 'pack.view' },
  { href: '/ledger', text: 'Ledger', needs: 'ledger.view' },
] as const
const navigation = (actor: Actor): NavigationItem[] =>
  menu.filter(({ needs }) => may(actor, needs)).map(({ href, text }) => ({ href, text }))
