import { isCalendarDate } from '@gatehouse/engine/calendar'
import type { LedgerEntry } from '@gatehouse/ledger/entry'
import type { CaseReads } from '../incidents/case-store.ts'
import type { ReportReads } from '../incidents/report-store.ts'
import type { PeopleReads } from '../people/people-store.ts'
import { type Role, roleNames } from '../permissions.ts'
import { type Actor, may, personOf } from '../platform/actor.ts'
import type { CheckpointReads } from '../platform/checkpoints.ts'
import { text } from '../platform/fields.ts'
import { blankForm, form, withErrors } from '../platform/form.ts'
import type { LedgerReads } from '../platform/ledger-reads.ts'
import { download, get, type Page, post, redirect, view } from '../platform/page.ts'
import { Refusal } from '../platform/refusal.ts'
import type { FlagReads } from '../monitoring/flag-store.ts'
import { protectionsOf } from './ledger-protections.ts'
import type { LedgerService } from './ledger-service.ts'
import type { AssuranceReads } from './ledger-store.ts'
import { isClosed, sentenceOf, subjectOf } from './ledger-words.ts'

export interface LedgerPageReads {
  readonly assurance: AssuranceReads
  readonly ledger: LedgerReads
  readonly people: PeopleReads
  readonly cases: Pick<CaseReads, 'get' | 'keptFrom'>
  readonly reports: Pick<ReportReads, 'get' | 'keptFrom'>
  readonly checkpoints: CheckpointReads
  readonly flags: Pick<FlagReads, 'mayOpen'>
}

const entriesAPage = 50
/** More than this is for the command line, which writes as it reads. */
const mostExported = 20_000
/** The parts of the list that a filter offers: the first word of the type. */
const kindOf = (type: string): string => type.split('.')[0] ?? type

const verifyForm = form({})
const exportForm = form({
  from: text('Enter the number of the first entry', { label: 'First entry', max: 12 }),
  to: text('Enter the number of the last entry', { label: 'Last entry', max: 12 }),
})

export function ledgerPages(service: LedgerService, mailIsSet: boolean): Page<LedgerPageReads>[] {
  const overview = async (reads: LedgerPageReads, schoolId: string, now: Date) => {
    const head = await reads.ledger.head()
    const checkpoints = (await reads.ledger.checkpoints())
      .slice(0, 10)
      .map(({ size, at }) => ({ size, at, href: `/ledger/checkpoints/${size}` }))
    const lastCheck = await reads.ledger.latest(['ledger.verified', 'ledger.found-altered'])
    return {
      title: 'The ledger',
      head,
      checkpoints,
      checkpointCount: await reads.assurance.countCheckpoints(),
      lastCheck: lastCheck && {
        at: lastCheck.at,
        ok: lastCheck.type === 'ledger.verified',
        says: sentencesIn(lastCheck),
        seq: lastCheck.seq,
      },
      protections: await protectionsOf(reads, { now, headsText: service.headsText(schoolId), mailIsSet }),
      vkey: service.key(schoolId),
      run: service.lastRun(schoolId),
    }
  }

  return [
    get('/ledger', { access: 'ledger.view' }, async ({ actor, schoolId, now, read }) =>
      view('assurance/ledger', {
        ...(await read(reads => overview(reads, schoolId, now))),
        ...may_(actor),
        exportForm: blankForm(exportForm, {}),
      }),
    ),
    post('/ledger/verify', { access: 'ledger.verify', form: verifyForm }, async ({ actor }) => {
      const run = await service.verify(actor)
      if (!run || run.broke)
        throw new Refusal(
          'unavailable',
          'The check could not be finished, so nothing is known either way. Try again; if it happens again, tell the network manager.',
        )
      return redirect('/ledger/check')
    }),
    get('/ledger/check', { access: 'ledger.verify' }, async ({ actor, schoolId, read }) => {
      const run = service.lastRun(schoolId)
      const last = await read(({ ledger }) => ledger.latest(['ledger.verified', 'ledger.found-altered']))
      const running = run !== null && run.verdict === null && !run.broke
      return view('assurance/ledger-check', {
        title: running ? 'Verifying the ledger' : 'What the check found',
        backHref: may(actor, 'ledger.view') ? '/ledger' : '/',
        running,
        broke: run?.broke ?? false,
        run,
        last: last && { at: last.at, ok: last.type === 'ledger.verified', says: sentencesIn(last), seq: last.seq },
      })
    }),
    get('/ledger/entries', { access: 'ledger.view' }, async ({ actor, now, query, read }) => {
      const kind = /^[a-z-]{1,40}$/.test(query.get('kind') ?? '') ? (query.get('kind') ?? '') : ''
      const on = isCalendarDate(query.get('on') ?? '') ? (query.get('on') ?? '') : ''
      const before = wholeNumber(query.get('before'))
      const model = await read(async reads => {
        const types = await reads.assurance.types()
        const kinds = [...new Set(types.map(kindOf))].sort()
        const chosen = kind === '' ? undefined : types.filter(type => kindOf(type) === kind)
        const found =
          chosen?.length === 0
            ? []
            : await reads.ledger.list({
                ...(chosen ? { types: chosen } : {}),
                ...(on ? { to: new Date(new Date(`${on}T00:00:00Z`).getTime() + 86_400_000) } : {}),
                ...(before === null ? {} : { before }),
                limit: entriesAPage + 1,
              })
        const shown = found.slice(0, entriesAPage)
        // Under a filter, what this reader may not know of is left out: its place in the list would tell its kind.
        const rows = (await shownTo(reads, actor, shown)).filter(row => !row.closed || kind === '')
        return { kinds, rows, older: found.length > entriesAPage ? shown.at(-1)?.seq : undefined }
      })
      const address = (older: number) =>
        `/ledger/entries?${new URLSearchParams({ ...(kind ? { kind } : {}), ...(on ? { on } : {}), before: String(older) })}`
      return view('assurance/ledger-entries', {
        title: 'What was recorded',
        backHref: '/ledger',
        rows: model.rows,
        kinds: model.kinds.map(each => ({ value: each, text: kindWords(each), chosen: each === kind })),
        on,
        filtered: kind !== '' || on !== '' || before !== null,
        olderHref: model.older === undefined ? null : address(model.older),
        now,
      })
    }),
    get('/ledger/checkpoints/:id', { access: 'ledger.view' }, async ({ params, schoolId, read }) =>
      view('assurance/checkpoint', {
        title: 'A checkpoint',
        backHref: '/ledger',
        checkpoint: await checkpointOf(read, params.id),
        vkey: service.key(schoolId),
        printing: false,
      }),
    ),
    get(
      '/ledger/checkpoints/:id/print',
      { access: 'ledger.view', recorded: 'checkpoint.printed' },
      async ({ params, schoolId, read }) =>
        view('assurance/checkpoint', {
          title: 'A checkpoint to print and keep',
          backHref: '/ledger',
          checkpoint: await checkpointOf(read, params.id),
          vkey: service.key(schoolId),
          printing: true,
        }),
    ),
    get(
      '/ledger/checkpoints/:id/file',
      { access: 'ledger.view', recorded: 'checkpoint.downloaded' },
      async ({ params, schoolId, read }) => {
        const { note, size } = await checkpointOf(read, params.id)
        return download(note, 'text/plain; charset=utf-8', `${schoolId}-checkpoint-${size}.txt`)
      },
    ),
    post(
      '/ledger/export',
      { access: 'ledger.export', form: exportForm },
      async ({ actor, form: sent, schoolId, now, read }) => {
        const again = async (
          problems: Record<string, string>,
          fields = sent.ok ? blankForm(exportForm, sent.values) : sent.view,
        ) =>
          view(
            'assurance/ledger',
            {
              ...(await read(reads => overview(reads, schoolId, now))),
              ...may_(actor),
              form: withErrors(fields, problems),
              exportForm: withErrors(fields, problems),
            },
            400,
          )
        if (!sent.ok) return again({})
        const from = wholeNumber(sent.values.from)
        const to = wholeNumber(sent.values.to)
        const last = (await read(({ ledger }) => ledger.head()))?.seq ?? 0
        if (from === null || from < 1 || from > last)
          return again({ from: `First entry must be a number from 1 to ${last}` })
        if (to === null || to < from || to > last)
          return again({ to: `Last entry must be a number from ${from} to ${last}` })
        if (to - from >= mostExported)
          return again({
            to: `One page exports ${mostExported.toLocaleString('en-GB')} entries at most; for more, use “gatehouse ledger export” on the server`,
          })
        // An entry must leave whole to be verified, so a stretch with one about the asker does not leave by their hand.
        const { personId } = personOf(actor)
        const aboutAsker = await read(async reads => {
          const kept = [...(await reads.cases.keptFrom(personId)), ...(await reads.reports.keptFrom(personId))]
          if (kept.length === 0) return false
          const entries = await reads.assurance.stretch(from, to)
          return entries.some(({ subject, detail }) => {
            const said = JSON.stringify([subject, detail])
            return kept.some(id => said.includes(id))
          })
        })
        if (aboutAsker)
          return again({
            from: 'This stretch cannot be exported by you. Choose another, or ask for it to be exported on the server with “gatehouse ledger export”',
          })
        const lines: string[] = []
        for await (const line of await service.export(actor, from, to)) lines.push(line)
        return download(lines.join(''), 'application/x-ndjson', `${schoolId}-ledger-${from}-${to}.ndjson`)
      },
    ),
  ]
}

const may_ = (actor: Actor) => ({
  mayVerify: may(actor, 'ledger.verify'),
  mayExport: may(actor, 'ledger.export'),
  mayAddress: may(actor, 'settings.checkpoint-mail'),
})
const wholeNumber = (typed: string | null): number | null =>
  typed !== null && /^[1-9]\d{0,11}$/.test(typed.replaceAll(',', '').trim())
    ? Number(typed.replaceAll(',', '').trim())
    : null

async function checkpointOf(
  read: <T>(work: (reads: LedgerPageReads) => Promise<T>) => Promise<T>,
  id: string | undefined,
) {
  const size = wholeNumber(id ?? null)
  const checkpoint = size === null ? undefined : await read(({ assurance }) => assurance.checkpoint(size))
  if (!checkpoint) throw new Refusal('not-found', 'There is no such checkpoint of this school’s ledger.')
  return checkpoint
}

const sentencesIn = ({ detail }: LedgerEntry): string[] => (Array.isArray(detail.says) ? detail.says.map(String) : [])
const kindWords = (kind: string): string => kind.charAt(0).toUpperCase() + kind.slice(1).replaceAll('-', ' ')

export interface EntryRow {
  readonly seq: number
  readonly at: string
  /** This reader may know that it is there, and no more. */
  readonly closed: boolean
  readonly sentence: string
  /** The role in which somebody did it, or the software; never a name. */
  readonly by: string
  readonly facts: readonly { readonly key: string; readonly value: string }[]
  readonly href: string | null
  readonly hash: string
}

interface OpenReads {
  readonly cases: Pick<CaseReads, 'get'>
  readonly reports: Pick<ReportReads, 'get'>
  readonly flags: Pick<FlagReads, 'mayOpen'>
}
/** What this reader may know of each entry: one of a case, report or flag that they may not open stays closed. */
export async function shownTo(
  reads: Pick<LedgerPageReads, 'people'> & OpenReads,
  actor: Actor,
  entries: readonly LedgerEntry[],
): Promise<EntryRow[]> {
  const doers = new Map<string, string>()
  const mayOpen = new Map<string, boolean>()
  const rows: EntryRow[] = []
  for (const entry of entries) {
    const closed = isClosed(entry) && !(await isOpenTo(reads, actor, entry, mayOpen))
    const base = { seq: entry.seq, at: entry.at, closed, hash: entry.hash }
    if (closed)
      rows.push({
        ...base,
        sentence: 'Something about a case, a report or a flag that you may not open',
        by: '',
        facts: [],
        href: null,
      })
    else
      rows.push({
        ...base,
        sentence: sentenceOf(entry.type),
        by: await doerOf(reads.people, entry.actor, doers),
        facts: Object.entries(entry.detail).map(([key, value]) => ({
          key,
          value: typeof value === 'string' ? value : JSON.stringify(value),
        })),
        href: hrefOf(entry),
      })
  }
  return rows
}

async function isOpenTo(
  reads: OpenReads,
  actor: Actor,
  entry: LedgerEntry,
  known: Map<string, boolean>,
): Promise<boolean> {
  const [kind, id] = subjectOf(entry) ?? ['', '']
  const before = known.get(`${kind}:${id}`)
  if (before !== undefined) return before
  const found =
    kind === 'case'
      ? reads.cases.get(actor, id)
      : kind === 'report'
        ? reads.reports.get(actor, id)
        : kind === 'flag'
          ? reads.flags.mayOpen(actor, id)
          : null
  const open =
    found === null
      ? false
      : await found.then(
          answer => answer !== false,
          error => (error instanceof Refusal ? false : Promise.reject(error)),
        )
  known.set(`${kind}:${id}`, open)
  return open
}

async function doerOf(people: PeopleReads, reference: string, known: Map<string, string>): Promise<string> {
  const before = known.get(reference)
  if (before !== undefined) return before
  const words = reference.startsWith('system:')
    ? `the software (${reference.slice(7)})`
    : reference === 'public'
      ? 'somebody not signed in'
      : await people
          .rolesOf(reference.replace('person:', ''))
          .then(roles =>
            roles.length === 0 ? 'somebody who has left' : roles.map((role: Role) => roleNames[role]).join(', '),
          )
  known.set(reference, words)
  return words
}

function hrefOf(entry: LedgerEntry): string | null {
  const [kind, id] = subjectOf(entry) ?? ['', '']
  return kind === 'case' ? `/cases/${id}` : kind === 'report' ? `/reports/${id}` : null
}
