import { choice, optionalLongText, optionalText } from '../platform/fields.ts'
import { blankForm, type Field, type FormView, form, withErrors } from '../platform/form.ts'
import { isId } from '../platform/identifiers.ts'
import { statusNames } from '../incidents/case.ts'
import type { CaseReads } from '../incidents/case-store.ts'
import { kindName } from '../incidents/data/concern-categories.ts'
import type { PeopleReads } from '../people/people-store.ts'
import { type Actor, may, personOf } from '../platform/actor.ts'
import { plural } from '../platform/format.ts'
import { get, type Page, post, redirect, view } from '../platform/page.ts'
import { Refusal } from '../platform/refusal.ts'
import {
  audiencesOf,
  concernNames,
  maySeeThread,
  lookingTime,
  lookingWords,
  rank,
  type Severity,
  severityNames,
  type WhyNot,
  whyNotNames,
} from './flag.ts'
import type { Flag, FlagReads, FlagThread } from './flag-store.ts'
import { type FlagService, whyNotOptions } from './flag-service.ts'
import type { Paged } from './paged-store.ts'

export interface FlagPageReads {
  readonly flags: FlagReads
  readonly people: PeopleReads
  readonly cases: Pick<CaseReads, 'ofPerson'>
}

/** As many as are shown at once; a queue longer than that is a fault in the rules, and the page says so. */
const shown = 100

/** How a severity’s tag looks. */
const severityTag = { 5: 'bad', 4: 'bad', 3: 'soon', 2: 'quiet', 1: 'quiet' } as const
const kinds: Readonly<Record<string, string>> = {
  typed: 'typed into a page',
  search: 'searched for',
  message: 'written in a message',
  prompt: 'asked of an AI',
  answer: 'answered by an AI',
  title: 'a page’s title',
  read: 'read on a page',
}

const realForm = form({
  note: optionalLongText({
    label: 'What do you want to add?',
    hint: 'It becomes the first words of the case. The flag itself is added by itself.',
    max: 4000,
  }),
})
const nothingForm = form({
  why: choice<WhyNot>('Select why it is no concern', whyNotOptions, { label: 'Why is it no concern?', as: 'radios' }),
  note: optionalText({ label: 'Anything to remember about it?', max: 500 }),
})
const whyTogether = choice<WhyNot>('Select why they are no concern', whyNotOptions, {
  label: 'Why are they no concern?',
  as: 'radios',
})
/** The flags on the page change between its being shown and being sent, so what is sent is read by its shape. */
const someIds: Field<readonly string[]> = {
  kind: 'checkboxes',
  label: 'Which?',
  options: [],
  parse: sent =>
    sent.length > 0 && sent.length <= shown && sent.every(isId)
      ? { value: sent }
      : { error: 'Select the flags that you looked at' },
}
const togetherForm = form({ ids: someIds, why: whyTogether })
interface MinorRow {
  readonly id: string
  readonly who: string
  readonly concern: string
  readonly severity: { readonly text: string }
  readonly count: number
  readonly isNew: boolean
}
const togetherView = (rows: readonly MinorRow[]): FormView =>
  blankForm(
    form({
      ids: {
        ...someIds,
        options: rows.map(row => ({
          value: row.id,
          text: `${row.who}: ${row.concern}`,
          hint: `${row.severity.text}, ${plural(row.count, 'flag')}${row.isNew ? ', not opened by anybody yet' : ''}`,
        })),
      },
      why: whyTogether,
    }),
  )
const watchForm = form({})

/** The queue of flags, one flag with its words, and what is decided about it. */
export function flagPages(service: FlagService): Page<FlagPageReads>[] {
  const queue = async (actor: Actor, read: <T>(work: (reads: FlagPageReads) => Promise<T>) => Promise<T>) => {
    const person = personOf(actor)
    return read(async ({ flags, people }) => {
      const found = await flags.waiting(audiencesOf(actor), shown, person.personId)
      const counts = await flags.countWaiting(audiencesOf(actor))
      const names = await people.names(found.flatMap(({ personId }) => (personId ? [personId] : [])))
      const row = (thread: FlagThread) => ({
        id: thread.id,
        href: `/flags/${thread.id}`,
        who: thread.personId ? (names.get(thread.personId) ?? 'somebody no longer here') : 'nobody known',
        concern: concernNames[thread.concern],
        severity: severityShown(thread.severity),
        count: thread.count,
        days: thread.days,
        openedAt: thread.openedAt,
        lastAt: thread.lastAt,
        isNew: thread.seenAt === null,
      })
      const hours = (thread: FlagThread) => (flags.now.getTime() - thread.openedAt.getTime()) / 3_600_000
      const waiting = found
        .filter(({ state }) => state === 'waiting')
        .sort((one, other) => rank(other.severity, hours(other)) - rank(one.severity, hours(one)))
      const { flags: total } = lookingTime(counts)
      return {
        total,
        says: lookingWords(counts),
        rows: waiting.map(row),
        watched: found.filter(({ state }) => state === 'watch').map(row),
        minor: waiting.filter(({ severity }) => severity <= 3).map(row),
      }
    })
  }

  const one = async (actor: Actor, id: string, read: <T>(work: (reads: FlagPageReads) => Promise<T>) => Promise<T>) =>
    read(async ({ flags, people, cases }) => {
      const thread = await flags.thread(id)
      const pages = await flags.pages(id)
      if (
        !maySeeThread(
          actor,
          thread,
          pages.map(({ personId }) => personId),
        )
      )
        throw new Refusal('not-found', 'There is no such flag at this school.')
      // Only what is for these eyes anyway: a page opens one flag, and not what went before it.
      const history = await flags.history(thread, audiencesOf(actor))
      const known = thread.personId === null ? [] : await cases.ofPerson(actor, thread.personId)
      const names = await people.names([
        ...(thread.personId ? [thread.personId] : []),
        ...(thread.decidedBy ? [thread.decidedBy] : []),
        ...inPages(pages),
      ])
      const groups = thread.personId
        ? (await people.groupsOf(thread.personId)).filter(({ kind }) => kind !== 'filter').map(({ name }) => name)
        : []
      const nameOf = (personId: string): string => names.get(personId) ?? 'somebody no longer here'
      return {
        thread,
        who: thread.personId ? nameOf(thread.personId) : 'Nobody was known',
        groups,
        flags: (await flags.flagsOf(thread)).map(flagRow),
        note: await flags.note(thread),
        decidedBy: thread.decidedBy ? nameOf(thread.decidedBy) : null,
        pages: pages.map(page => pagedRow(page, nameOf)),
        isOwn: audiencesOf(actor).includes(thread.audience),
        cases: known
          .filter(({ id: caseId }) => caseId !== thread.caseId)
          .map(found => ({
            at: found.openedAt,
            kind: kindName(found.kind),
            state: statusNames[found.status],
            href: `/cases/${found.id}`,
          })),
        history: history.map(past => ({
          at: past.openedAt,
          concern: concernNames[past.concern],
          state: stateWords(past),
          href: `/flags/${past.id}`,
        })),
      }
    })

  const shownFlag = (
    found: Awaited<ReturnType<typeof one>>,
    forms: { real: FormView; nothing: FormView },
    status = 200,
  ) => {
    const { thread } = found
    return view(
      'monitoring/flag',
      {
        title: `${concernNames[thread.concern]}: ${found.who}`,
        marking: 'Sensitive',
        backHref: '/flags',
        id: thread.id,
        ...found,
        concern: concernNames[thread.concern],
        severity: severityShown(thread.severity),
        state: stateWords(thread),
        isOpen: thread.state === 'waiting' || thread.state === 'watch',
        isWatched: thread.state === 'watch',
        caseHref: thread.caseId ? `/cases/${thread.caseId}` : null,
        // The summary of errors heads the page, whichever form they are in.
        form: [forms.real, forms.nothing].find(({ errors }) => errors.length > 0) ?? null,
        realForm: forms.real,
        nothingForm: forms.nothing,
      },
      status,
    )
  }
  const together = async (
    actor: Actor,
    read: <T>(work: (reads: FlagPageReads) => Promise<T>) => Promise<T>,
    errors: Readonly<Record<string, string>>,
  ) => {
    const { minor } = await queue(actor, read)
    return view(
      'monitoring/flags-together',
      {
        title: 'Close several that are no concern',
        marking: 'Sensitive',
        backHref: '/flags',
        form: withErrors(togetherView(minor), errors),
        isEmpty: minor.length === 0,
      },
      Object.keys(errors).length > 0 ? 400 : 200,
    )
  }
  const blank = () => ({ real: blankForm(realForm), nothing: blankForm(nothingForm) })

  return [
    get('/flags', { access: 'flag.view' }, async ({ actor, read }) =>
      view('monitoring/flags', {
        title: 'Flags',
        marking: 'Sensitive',
        ...(await queue(actor, read)),
        mayWeek: may(actor, 'monitoring.week'),
        mayPaging: may(actor, 'paging.view'),
        mayRules: may(actor, 'concern-rule.view'),
      }),
    ),
    get('/flags/together', { access: 'flag.decide' }, async ({ actor, read }) => together(actor, read, {})),
    post('/flags/together', { access: 'flag.decide', form: togetherForm }, async ({ actor, form: sent, read }) => {
      if (!sent.ok)
        return together(
          actor,
          read,
          Object.fromEntries(
            Object.entries(sent.view.fields).flatMap(([name, field]) => (field.error ? [[name, field.error]] : [])),
          ),
        )
      const closed = await service.notAConcern(actor, sent.values.ids, sent.values.why, '')
      return redirect('/flags', `${closed} closed as no concern. What was seen is erased in 30 days.`)
    }),
    get('/flags/:id', { access: 'flag.view' }, async ({ actor, params, read }) => {
      // First, so that the page says of its own reader that they opened it.
      await service.see(actor, params.id ?? '')
      return shownFlag(await one(actor, params.id ?? '', read), blank())
    }),
    post('/flags/:id/real', { access: 'flag.decide', form: realForm }, async ({ actor, params, form: sent, read }) => {
      if (!sent.ok) return shownFlag(await one(actor, params.id ?? '', read), { ...blank(), real: sent.view }, 400)
      const caseId = await service.real(actor, params.id ?? '', sent.values.note ?? '')
      return redirect(`/cases/${caseId}`, 'A case is open, with the flag in it. Its clock runs.')
    }),
    post(
      '/flags/:id/nothing',
      { access: 'flag.decide', form: nothingForm },
      async ({ actor, params, form: sent, read }) => {
        if (!sent.ok) return shownFlag(await one(actor, params.id ?? '', read), { ...blank(), nothing: sent.view }, 400)
        await service.notAConcern(actor, [params.id ?? ''], sent.values.why, sent.values.note ?? '')
        return redirect('/flags', 'Closed as no concern. What was seen is erased in 30 days.')
      },
    ),
    post('/flags/:id/watch', { access: 'flag.decide', form: watchForm }, async ({ actor, params }) => {
      await service.watch(actor, params.id ?? '')
      return redirect('/flags', 'You keep an eye on it. It comes back with the next flag.')
    }),
  ]
}

const stateWords = (thread: FlagThread): string =>
  thread.state === 'waiting'
    ? 'Waiting for a decision'
    : thread.state === 'watch'
      ? 'Being watched'
      : thread.state === 'real'
        ? 'Real: a case was opened'
        : `No concern${thread.whyNot ? `: ${whyNotNames[thread.whyNot as WhyNot].toLowerCase()}` : ''}`

function flagRow(flag: Flag) {
  return {
    at: flag.at,
    kind: kinds[flag.kind] ?? flag.kind,
    host: flag.host,
    severity: severityShown(flag.severity),
    concerns: sharesOf(flag.concerns),
    why: flag.content?.why ?? 'What was seen has been erased.',
    pieces: flag.content ? piecesOf(flag.content.text, flag.content.spans) : [],
    page: flag.content?.page ?? '',
    title: flag.content?.title ?? '',
    detector: flag.detector,
    rules: flag.rules,
  }
}

/** A severity as a tag. */
export const severityShown = (severity: Severity) => ({ text: severityNames[severity], kind: severityTag[severity] })

/** Everybody who stands in these pages. */
export const inPages = (pages: readonly Paged[]): string[] =>
  pages.flatMap(({ personId, acknowledgedBy }) => (acknowledgedBy ? [personId, acknowledgedBy] : [personId]))
/** A page as `paged` shows it: who opened it is named where it was not the one who was paged. */
export const pagedRow = (
  { personId, at, acknowledgedAt, acknowledgedBy }: Paged,
  nameOf: (personId: string) => string,
) => ({
  who: nameOf(personId),
  at,
  acknowledgedAt,
  by: acknowledgedBy && acknowledgedBy !== personId ? nameOf(acknowledgedBy) : null,
})

/** Concerns as a person reads them: “Drugs, alcohol and vaping 80 in 100”. */
export const sharesOf = (concerns: Flag['concerns']): readonly { readonly name: string; readonly share: number }[] =>
  concerns.map(({ name, score }) => ({ name: concernNames[name], share: Math.round(score * 100) }))

/** The words cut at the ends of their spans; spans may overlap and are shown as one. */
export function piecesOf(
  text: string,
  spans: readonly (readonly [number, number, string])[],
): { text: string; marked: boolean }[] {
  const pieces: { text: string; marked: boolean }[] = []
  let at = 0
  for (const [from, to] of [...spans].sort((one, other) => one[0] - other[0] || one[1] - other[1])) {
    const start = Math.max(at, Math.min(from, text.length))
    const end = Math.min(to, text.length)
    if (end <= start) continue
    if (start > at) pieces.push({ text: text.slice(at, start), marked: false })
    const last = pieces.at(-1)
    if (last?.marked && start === at) last.text += text.slice(start, end)
    else pieces.push({ text: text.slice(start, end), marked: true })
    at = end
  }
  if (at < text.length) pieces.push({ text: text.slice(at), marked: false })
  return pieces
}
