import type { LedgerEntry } from '@gatehouse/ledger/entry'
import type { ClassReads } from '../people/class-store.ts'
import { may } from '../platform/actor.ts'
import { blankForm, type FormView } from '../platform/form.ts'
import { formatList, formatNumber, plural } from '../platform/format.ts'
import { get, type Page, post, type Reply, type Request, redirect, view } from '../platform/page.ts'
import { Refusal } from '../platform/refusal.ts'
import { categoryName, signForm } from './change-forms.ts'
import { type ChangePageReads, listed } from './change-page.ts'
import { type createFilterLogReview, filterLog, firstLookDays } from './filter-log-review.ts'
import type { PassReads, PassRecord } from './pass-store.ts'
import { whatFor, whenWords } from './pass-words.ts'

export type LogPageReads = ChangePageReads & { readonly passes: PassReads; readonly classes: ClassReads }

/** The log that governors read, in plain words, and sign. */
export function logPages(logReview: ReturnType<typeof createFilterLogReview>): Page<LogPageReads>[] {
  return [
    get('/internet/log', { access: 'filter.changes' }, request => logPage(request, blankForm(signForm))),
    post('/internet/log', { access: 'filter.review-log', form: signForm }, async request => {
      const { actor, form } = request
      if (!form.ok) return logPage(request, form.view, 400)
      const { from, to, digest, note } = form.values
      const range = { from: new Date(from), to: new Date(to) }
      if (Number.isNaN(range.from.getTime()) || Number.isNaN(range.to.getTime()))
        throw new Refusal('invalid', 'Open the page again before you sign.')
      await logReview.sign(actor, range, digest, note)
      return redirect('/internet/log', 'Signed. It stands in the ledger.')
    }),
  ]
}

/** Everything since the last signature; at the first, of about a term. */
async function logPage({ actor, read, now }: Request<LogPageReads>, form: FormView, status = 200): Promise<Reply> {
  return read(async ({ filtering, people, ledger, passes, classes }) => {
    const reviews = await filtering.reviews(10)
    const from = reviews[0]?.to_at ?? new Date(now.getTime() - firstLookDays * 86_400_000)
    const { changes, entries, digest } = await filterLog({ filtering, ledger }, { from, to: now })
    const known = new Map<string, PassRecord>()
    for (const pass of await passes.passes({ touchedFrom: from, limit: 1_000 })) known.set(pass.id, pass)
    const classNames = await classes.classNames([...known.values()].flatMap(({ classId }) => classId ?? []))
    const names = await people.names([
      ...changes.flatMap(change => [change.proposedBy, ...(change.decidedBy ? [change.decidedBy] : [])]),
      ...reviews.map(({ reviewed_by }) => reviewed_by),
      ...entries.flatMap(({ actor: by }) => (by.startsWith('person:') ? [by.slice(7)] : [])),
    ])
    const nameOf = (id: string): string => names.get(id) ?? 'somebody no longer here'
    const values: Readonly<Record<string, string>> = { from: from.toISOString(), to: now.toISOString(), digest }
    const fields = Object.fromEntries(
      Object.entries(form.fields).map(([name, field]) => [
        name,
        values[name] === undefined ? field : { ...field, value: values[name] },
      ]),
    )
    return view(
      'filtering/log',
      {
        title: 'The log of filtering changes',
        backHref: '/internet/changes',
        from,
        rows: changes.map(change => ({
          ...listed(change, nameOf(change.proposedBy)),
          decidedBy: change.decidedBy ? nameOf(change.decidedBy) : '',
        })),
        others: entries.map(entry => {
          const pass = entry.type.startsWith('pass.')
            ? known.get(entry.subject?.slice('pass:'.length) ?? '')
            : undefined
          return {
            text: entryWords(entry, pass, classNames),
            at: new Date(entry.at),
            by: entry.actor.startsWith('person:') ? nameOf(entry.actor.slice(7)) : 'Gatehouse',
            href: pass ? `/internet/passes/${pass.id}` : undefined,
          }
        }),
        reviews: reviews.map(review => ({
          at: review.at,
          by: nameOf(review.reviewed_by),
          changes: review.changes,
          note: review.note,
        })),
        maySign: may(actor, 'filter.review-log'),
        form: { ...form, fields },
      },
      status,
    )
  })
}

/** What one entry says, for somebody who has never seen a filter. */
function entryWords(
  { type, subject, detail }: LedgerEntry,
  pass: PassRecord | undefined,
  classNames: ReadonlyMap<string, string>,
): string {
  const whose = pass?.classId ? (classNames.get(pass.classId) ?? 'a class') : 'one person'
  const what = pass?.content ? `${whatFor(pass.content)} for ${whose}, ${whenWords(pass.content)}` : 'something'
  switch (type) {
    case 'pass.granted':
      return pass?.kind === 'lesson' && detail.alone === true
        ? `Nothing but the sites of a lesson was left open: ${what}`
        : `${detail.alone === true ? 'A teacher opened alone' : 'Opened for a lesson'}: ${what}`
    case 'pass.refused':
      return `Not opened: ${what}`
    case 'pass.ended':
      return `Shut before its time: ${what}`
    case 'pass.illegal-asked':
      return `Somebody asked to open ${subject?.slice('site:'.length) ?? 'a site'}, which is listed as illegal content. Nothing was opened`
    case 'pass.limits-set': {
      const categories = Array.isArray(detail.categories)
        ? detail.categories.map(each => categoryName(String(each)))
        : []
      return categories.length === 0 || detail.minutes === 0 || detail.perWeek === 0
        ? 'The headteacher let teachers open nothing alone'
        : `The headteacher let teachers open alone: ${formatList(categories)}, for ${String(detail.minutes)} minutes, ${String(detail.perWeek)} times a week`
    }
    case 'filter-lists.activated':
      return `New lists of sites came into force: ${formatNumber(Number(detail.domains))} sites`
    case 'filter-drift.found':
      return 'The filter was found to be changed by nobody who may'
    case 'contest.answered':
      return `${plural(Number(detail.people), 'person was', 'people were')} answered about ${subject?.slice('site:'.length) ?? 'a site'}`
    default:
      return type
  }
}
