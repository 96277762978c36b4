import { londonInstant } from '@gatehouse/engine/calendar'
import { csvCell } from '../platform/csv.ts'
import { may } from '../platform/actor.ts'
import { optionalChoice } from '../platform/fields.ts'
import { blankForm, form } from '../platform/form.ts'
import { formatDate, timeAgo } from '../platform/format.ts'
import type { LedgerReads } from '../platform/ledger-reads.ts'
import { download, get, type Page, view } from '../platform/page.ts'
import { Refusal } from '../platform/refusal.ts'
import type { RequestReads } from '../platform/requests.ts'
import type { PeopleReads } from '../people/people-store.ts'
import { roleNames } from '../permissions.ts'
import { setAsideKind } from './clause-decisions.ts'
import { type ClauseReport, type ClauseService, totalsOf } from './clause-service.ts'
import { maySetAside } from './clause-status.ts'
import { intervalWords, sealOf, statusWords } from './clause-words.ts'
import { clauseStatuses } from './control.ts'
import {
  type ClauseActor,
  clauseActors,
  type PackClause,
  type PolicyPack,
  policyNotes,
  policyPacks,
} from './packs/packs.ts'
import type { PolicyReads } from './policy-store.ts'
import {
  headerOf,
  issuedText,
  type PolicyVersion,
  printedDay,
  type Signature,
  type VersionClause,
} from './policy-version.ts'

export interface PolicyPageReads {
  readonly policies: PolicyReads
  readonly people: PeopleReads
  readonly ledger: LedgerReads
  readonly requests: RequestReads
}

const actorNames: Readonly<Record<ClauseActor, string>> = {
  school: 'The school',
  headteacher: roleNames.headteacher,
  governor: 'Governors',
  staff: 'Staff',
  pupil: 'Pupils',
  parent: 'Parents and carers',
  system: 'The software',
  technician: roleNames.technician,
  'network-manager': roleNames['network-manager'],
  dsl: roleNames.dsl,
  dpo: roleNames.dpo,
  guest: 'Guests',
  'community-user': 'Community users',
}
const typeNames = { duty: 'Duty', ban: 'Ban', permission: 'Permission', power: 'Power' } as const

/** The policy that an address names. @throws {Refusal} `not-found` for any other. */
export function policyNamed(id: string | undefined): PolicyPack {
  const pack = policyPacks().find(each => each.id === id)
  if (!pack) throw new Refusal('not-found', 'There is no such policy here.')
  return pack
}
const packClause = (id: string): PackClause | undefined =>
  policyPacks()
    .flatMap(pack => pack.clauses)
    .find(clause => clause.id === id)

/** “3. The headteacher” to `the-headteacher`, for the contents list. */
const anchorOf = (section: string): string =>
  `section-${section
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')}`

const statusOptions = [
  ...clauseStatuses.map(value => ({ value: value as string, text: statusWords[value] })),
  { value: 'nobody', text: 'Nobody carries this yet' },
]
const filterForm = (pack: PolicyPack) =>
  form({
    status: optionalChoice(statusOptions, { label: 'Status', as: 'select' }),
    section: optionalChoice(
      pack.sections.map(section => ({ value: anchorOf(section), text: section })),
      { label: 'Section', as: 'select' },
    ),
    who: optionalChoice(
      clauseActors
        .filter(actor => pack.clauses.some(clause => clause.actor === actor))
        .map(value => ({ value, text: actorNames[value] })),
      { label: 'Who it speaks to', as: 'select' },
    ),
  })

const showsStatus = (report: ClauseReport, wanted: string): boolean =>
  wanted === 'nobody'
    ? report.controlId === null
    : wanted === 'not-started'
      ? report.status === 'not-started' && report.controlId !== null
      : report.status === wanted

/** What the head of a document says, for people and for whoever compares. */
const headOf = (version: PolicyVersion) => ({
  title: version.title,
  header: headerOf(version),
  digest: version.digest,
  number: version.number,
  reason: version.reason,
  publishedAt: version.publishedAt,
})

/** Each status with its share of a policy, worst first and nothing that is none. */
const progressOf = (reports: readonly ClauseReport[], policy: string) => {
  const { byStatus, withoutControl, carried, all } = totalsOf(reports)
  const kinds = [
    { key: 'met', text: statusWords.met, count: byStatus.met, look: 'good' },
    { key: 'due', text: statusWords.due, count: byStatus.due, look: 'soon' },
    { key: 'overdue', text: statusWords.overdue, count: byStatus.overdue, look: 'bad' },
    { key: 'failing', text: statusWords.failing, count: byStatus.failing, look: 'bad' },
    {
      key: 'not-started',
      text: statusWords['not-started'],
      count: byStatus['not-started'] - withoutControl,
      look: 'quiet',
    },
    { key: 'nobody', text: 'Nobody carries this yet', count: withoutControl, look: 'quiet' },
    { key: 'not-applicable', text: statusWords['not-applicable'], count: byStatus['not-applicable'], look: 'quiet' },
  ]
  return {
    all,
    carried,
    kinds: kinds
      .filter(({ count }) => count > 0)
      .map(kind => ({ ...kind, href: `/policy/${policy}?status=${kind.key}` })),
  }
}

const liveOf = async (
  { policies }: { policies: PolicyReads },
  pack: PolicyPack,
): Promise<{ version: PolicyVersion; clauses: VersionClause[]; signatures: Signature[] }> => {
  const version = await policies.live(pack.id)
  if (!version) throw new Refusal('not-found', 'The school has not adopted this policy yet.')
  return { version, clauses: await policies.clauses(version.id), signatures: await policies.signatures(version.id) }
}

export const policyPages = (clauses: ClauseService): Page<PolicyPageReads>[] => [
  get('/policy', { access: 'policy.read' }, async ({ actor, read, schoolId, now }) => {
    const inside = may(actor, 'policy.status')
    const versions = await read(({ policies }) => Promise.all(policyPacks().map(pack => policies.live(pack.id))))
    const all = inside ? await clauses.recent(schoolId) : null
    return view('policies/index', {
      title: 'The policies',
      inside,
      workedOut: all?.at,
      policies: versions.flatMap(version =>
        version
          ? [
              {
                id: version.policy,
                ...headOf(version),
                overdue: version.nextReview !== null && version.nextReview < now.toISOString().slice(0, 10),
                progress:
                  all &&
                  progressOf(
                    all.clauses.filter(each => each.policy === version.policy),
                    version.policy,
                  ),
              },
            ]
          : [],
      ),
    })
  }),

  get('/policy/:pack', { access: 'policy.read' }, async ({ actor, params, query, read, schoolId, now }) => {
    const pack = policyNamed(params['pack'])
    const { version, clauses: words, signatures } = await read(reads => liveOf(reads, pack))
    const inside = may(actor, 'policy.status')
    const all = inside ? await clauses.recent(schoolId) : null
    const wanted = inside
      ? { status: query.get('status') ?? '', section: query.get('section') ?? '', who: query.get('who') ?? '' }
      : { status: '', section: '', who: '' }
    const shown = words.filter(({ id, section }) => {
      const report = all?.byId.get(id)
      return (
        (!wanted.status || (report && showsStatus(report, wanted.status))) &&
        (!wanted.section || anchorOf(section) === wanted.section) &&
        (!wanted.who || packClause(id)?.actor === wanted.who)
      )
    })
    const sections = [...new Set(shown.map(({ section }) => section))].map(section => ({
      title: section,
      anchor: anchorOf(section),
      clauses: shown
        .filter(clause => clause.section === section)
        .map(({ id, words: text }) => {
          const report = all?.byId.get(id)
          return {
            id,
            text,
            href: `/policy/${pack.id}/${id}`,
            seal: report && sealOf(report, now),
            vacant: report?.vacant,
          }
        }),
    }))
    return view('policies/document', {
      title: version.title,
      backHref: '/policy',
      pack: pack.id,
      inside,
      head: headOf(version),
      approved: version.meetingOn && { on: version.meetingOn, minute: version.minuteReference },
      signatures: signatures.map(({ jobTitle, signedAt }) => ({ jobTitle, signedAt })),
      sections,
      count: shown.length,
      whole: shown.length === words.length,
      progress:
        all &&
        progressOf(
          all.clauses.filter(each => each.policy === pack.id),
          pack.id,
        ),
      workedOut: all?.at,
      filters: inside ? Object.values(blankForm(filterForm(pack), wanted).fields) : null,
      ...(inside ? { marking: 'Internal' } : {}),
    })
  }),

  /** The very bytes that were hashed and signed. */
  get('/policy/:pack/text', { access: 'policy.read' }, async ({ params, read }) => {
    const pack = policyNamed(params['pack'])
    const { version, clauses: words } = await read(reads => liveOf(reads, pack))
    return { kind: 'data', status: 200, body: issuedText(version, words), type: 'text/plain; charset=utf-8' }
  }),

  get('/policy/:pack/clauses.csv', { access: 'policy.status' }, async ({ params, schoolId }) => {
    const pack = policyNamed(params['pack'])
    const { clauses: all, at } = await clauses.of(schoolId)
    const rows = all
      .filter(each => each.policy === pack.id)
      .map(({ clause, status, evidence, at: when, due, why, controlId }) => [
        clause.id,
        clause.section,
        clause.type,
        actorNames[clause.actor],
        controlId ?? '',
        status,
        evidence,
        when?.toISOString() ?? '',
        due?.toISOString() ?? '',
        why,
      ])
    const lines = [
      [`Internal. Policy ${pack.id}, worked out ${at.toISOString()}`],
      ['clause', 'section', 'type', 'who', 'control', 'status', 'evidence', 'at', 'due', 'why'],
      ...rows,
    ]
    return download(
      `${lines.map(line => line.map(csvCell).join(',')).join('\r\n')}\r\n`,
      'text/csv; charset=utf-8',
      `policy-${pack.id}-clauses.csv`,
    )
  }),

  get('/policy/:pack/:clause', { access: 'policy.status' }, async ({ actor, params, read, schoolId, now }) => {
    const pack = policyNamed(params['pack'])
    const clause = pack.clauses.find(({ id }) => id === params['clause'])
    if (!clause) throw new Refusal('not-found', 'There is no such clause in this policy.')
    const { byId, at } = await clauses.of(schoolId)
    const report = byId.get(clause.id)
    if (!report) throw new Refusal('not-found', 'There is no such clause in this policy.')
    const { words, moves, aside, requests, names } = await read(async ({ policies, requests: asked, people }) => {
      const { clauses: all } = await liveOf({ policies }, pack)
      const about = (await asked.about(`clause:${clause.id}`)).filter(({ kind }) => kind === setAsideKind)
      return {
        words: all.find(({ id }) => id === clause.id),
        moves: await policies.moves(clause.id, 20),
        aside: (await policies.setAside(now)).get(clause.id) ?? null,
        requests: about,
        names: await people.names(
          about.flatMap(({ proposedBy, decidedBy }) => (decidedBy ? [proposedBy, decidedBy] : [proposedBy])),
        ),
      }
    })
    return view('policies/clause', {
      title: `Clause ${clause.id}`,
      pack: pack.id,
      clause,
      words: words?.words ?? clause.text,
      reworded: words !== undefined && words.words !== clause.text,
      // The printed policies name a month and no day.
      since:
        words?.since &&
        (words.since <= londonInstant(pack.adopted, '00:00')
          ? printedDay(pack.adopted, pack.datePrecision)
          : formatDate(words.since)),
      actorName: actorNames[clause.actor],
      typeName: typeNames[clause.type],
      interval: intervalWords(clause),
      report: { ...report, seal: sealOf(report, now) },
      controls: report.findings.map(({ controlId, title, state }) => ({
        controlId,
        title,
        why: state.why,
        seal: sealOf({ ...state, controlId }, now),
        proven: report.carried,
      })),
      proofs: report.proofs
        .toSorted((a, b) => b.at.getTime() - a.at.getTime())
        .map(proof => ({ ...proof, ago: timeAgo(proof.at, now) })),
      moves: moves.map(move => ({
        ...move,
        seal: sealOf({ ...move, due: null }, now),
        word: statusWords[move.status],
      })),
      notes: policyNotes().notes.filter(note => note.clauses.includes(clause.id)),
      same: clause.sameAs.map(id => ({ id, href: `/policy/${id.slice(0, 1)}/${id}` })),
      aside,
      requests: requests.map(request => ({
        ...request,
        by: names.get(request.proposedBy) ?? 'Somebody',
        decider: request.decidedBy ? names.get(request.decidedBy) : null,
      })),
      maySetAside:
        may(actor, 'clause.set-aside') &&
        maySetAside(clause.id) &&
        aside === null &&
        !requests.some(({ state }) => state === 'waiting'),
      neverSetAside: !maySetAside(clause.id),
      mayRestore: may(actor, 'clause.set-aside') && aside !== null,
      mayDecide: may(actor, 'clause.decide-set-aside'),
      workedOut: at,
      backHref: `/policy/${pack.id}#${clause.id}`,
      marking: 'Internal',
    })
  }),
]
