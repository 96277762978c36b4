import { londonDate } from '@gatehouse/engine/calendar'
import type { DeadlineReads } from '../duties/deadline-store.ts'
import type { ClassReads } from '../people/class-store.ts'
import type { PeopleReads } from '../people/people-store.ts'
import { type Actor, may, type PersonActor, personOf } from '../platform/actor.ts'
import { withdrawForm } from '../platform/decision-forms.ts'
import { blankForm, type FormView, type Option, withErrors } from '../platform/form.ts'
import { isId } from '../platform/identifiers.ts'
import type { LedgerReads } from '../platform/ledger-reads.ts'
import { get, type Page, post, type Reply, type Request, redirect, view } from '../platform/page.ts'
import { Refusal } from '../platform/refusal.ts'
import { siteOf } from './filter-change.ts'
import { categoryName } from './change-forms.ts'
import type { FilterReads } from './filter-store.ts'
import { decidePassForm, endPassForm, limitsForm, passForm, permissionForm, withOptions } from './pass-forms.ts'
import { idOf, showPass } from './pass-page.ts'
import { bells, planOf } from './pass-plan.ts'
import { addressOf, type Asked, type PassService, weekOf } from './pass-service.ts'
import type { PassReads, PassRecord } from './pass-store.ts'
import { openNow, passStanding, whatFor, whenWords } from './pass-words.ts'

export interface PassPageReads {
  readonly passes: PassReads
  readonly classes: ClassReads
  readonly filtering: FilterReads
  readonly people: PeopleReads
  readonly ledger: LedgerReads
  readonly deadlines: DeadlineReads
  readonly activity: OwnTraffic
}
/** What one person’s own blocked requests say about the parts of a page. */
export interface OwnTraffic {
  readonly blockedFrom?: (question: {
    personId: string
    referrerHost: string
    from: Date
    to: Date
  }) => Promise<readonly { readonly host: string; readonly category: string; readonly count: number }[]>
}

/** For so long back a teacher's own traffic is looked at for the parts of a page, in days. */
const partsDays = 14

/** Passes: a teacher asks on one screen, sees what is open and for how long, and somebody else decides. */
export function passPages(parts: {
  readonly service: PassService
  /** Whether this is the person's own password; null where they have none, as on a card of the sample school. */
  readonly confirms: (actor: PersonActor, password: string | null) => Promise<boolean | null>
}): Page<PassPageReads>[] {
  const { service, confirms } = parts
  return [
    get('/internet/passes', { access: 'pass.view' }, async ({ actor, read, now, query }) => {
      const person = personOf(actor)
      const oversees = may(actor, 'pass.oversee')
      return read(async ({ passes, classes, people }) => {
        const mine = await passes.passes({ askedBy: person.personId, limit: 50 })
        const all = oversees ? await passes.passes({ limit: 200 }) : []
        const waiting = oversees ? await passes.waiting() : []
        const shown =
          query.get('show') === 'all' ? all : all.filter(pass => openNow(pass, now) || pass.state === 'granted')
        const names = await people.names([...waiting, ...all].map(({ askedBy }) => askedBy))
        const classNames = await classes.classNames([...mine, ...all, ...waiting].flatMap(pass => pass.classId ?? []))
        const row = (pass: PassRecord) => rowOf(pass, now, classNames, names)
        return view('filtering/passes', {
          title: 'Passes',
          backHref: may(actor, 'filter.view') ? '/internet' : '/',
          mine: mine.map(row),
          waiting: waiting.map(row),
          shown: shown.map(row),
          showsAll: query.get('show') === 'all',
          oversees,
          mayAsk: may(actor, 'pass.ask') && (await classes.taughtBy(person.personId)).length > 0,
          mayAnswer: may(actor, 'contest.answer'),
          maySeeLimits: may(actor, 'pass.oversee') || may(actor, 'pass.limit'),
        })
      })
    }),

    get('/internet/passes/new', { access: 'pass.ask' }, async request => {
      const { query, now, read, actor } = request
      const copied = await copyOf(read, actor, query.get('copy'))
      const host = (query.get('host') ?? '').slice(0, 500)
      const today = londonDate(now).split('-').reverse()
      const sites = copied?.content?.sites.map(({ asked }) => asked).join('\n') ?? host
      return newPage(
        request,
        blankForm(passForm, {
          sites,
          how: 'ask',
          weekdays: ['1', '2', '3', '4', '5'],
          ...(copied?.content
            ? { copy: copied.id, topic: copied.content.topic, class: copied.content.classId ?? '' }
            : { firstDay: today, lastDay: today }),
        }),
      )
    }),
    post('/internet/passes/new', { access: 'pass.ask', form: passForm }, async request => {
      const { actor, form } = request
      if (!form.ok) return newPage(request, form.view, 400)
      const { values } = form
      const plan = await planOf(request.read, values)
      if ('problem' in plan) return newPage(request, withErrors(form.view, plan.problem), 400)
      if (values.how === 'alone' && (await confirms(personOf(actor), values.password)) === false)
        return newPage(request, withErrors(form.view, { password: 'Enter your own password to open it yourself' }), 400)
      try {
        return answer(
          await service.ask(actor, {
            sites: values.sites.split('\n'),
            parts: values.parts,
            scope: values.scope,
            topic: values.topic,
            classId: values.class,
            plan: plan.plan,
            reason: values.reason,
            alone: values.how === 'alone',
            copiedFrom: values.copy !== null && isId(values.copy) ? values.copy : null,
          }),
        )
      } catch (error) {
        return newPage(request, fieldRefusal(form.view, error), 400)
      }
    }),

    get('/internet/passes/permission', { access: 'pass.ask' }, async request => {
      const today = londonDate(request.now).split('-').reverse()
      return permissionPage(
        request,
        blankForm(permissionForm, {
          firstDay: today,
          lastDay: today,
          weekdays: ['1', '2', '3', '4', '5'],
          class: request.query.get('class')?.slice(0, 100) ?? '',
          person: 'everybody',
        }),
      )
    }),
    post('/internet/passes/permission', { access: 'pass.ask', form: permissionForm }, async request => {
      const { actor, form } = request
      if (!form.ok) return permissionPage(request, form.view, 400)
      const { values } = form
      const plan = await planOf(request.read, values)
      if ('problem' in plan) return permissionPage(request, withErrors(form.view, plan.problem), 400)
      try {
        return answer(
          await service.askPermission(actor, {
            technology: values.technology,
            classId: values.class,
            personId: isId(values.person) ? values.person : null,
            topic: values.topic,
            plan: plan.plan,
            reason: values.reason,
          }),
        )
      } catch (error) {
        return permissionPage(request, fieldRefusal(form.view, error, 'technology'), 400)
      }
    }),

    get('/internet/passes/limits', { access: 'pass.view' }, request => limitsPage(request)),
    post('/internet/passes/limits', { access: 'pass.limit', form: limitsForm }, async request => {
      const { actor, form } = request
      if (!form.ok) return limitsPage(request, form.view)
      await service.setLimits(actor, form.values)
      return redirect('/internet/passes/limits', 'It is set. The safeguarding lead is told.')
    }),

    get('/internet/passes/:id', { access: 'pass.view' }, request => showPass(request, service)),
    post('/internet/passes/:id/decide', { access: 'pass.decide', form: decidePassForm }, async request => {
      const { actor, params, form } = request
      if (!form.ok) return showPass(request, service, form.view)
      const id = idOf(params.id)
      await service.decide(actor, id, form.values.verdict, form.values.reason, form.values.digest)
      return redirect(addressOf(id), form.values.verdict === 'approved' ? 'Done. It shuts by itself.' : 'Refused.')
    }),
    post(
      '/internet/passes/:id/withdraw',
      { access: 'pass.ask', form: withdrawForm },
      async ({ actor, params, form }) => {
        if (!form.ok) throw new Refusal('invalid', 'Open the page again before you withdraw it.')
        const id = idOf(params.id)
        await service.withdraw(actor, id, form.values.digest)
        return redirect(addressOf(id), 'Withdrawn.')
      },
    ),
    post('/internet/passes/:id/end', { access: 'pass.view', form: endPassForm }, async ({ actor, params }) => {
      const id = idOf(params.id)
      await service.endEarly(actor, id)
      return redirect(addressOf(id), 'It is ended, and shut within a few seconds.')
    }),
  ]
}

type Asking = Pick<Request<PassPageReads>, 'actor' | 'read' | 'now'>

async function newPage({ actor, read, now }: Asking, form: FormView, status = 200): Promise<Reply> {
  const { personId } = personOf(actor)
  const typed = String(form.fields.sites?.value ?? '')
  return read(async ({ classes, passes, filtering, activity }) => {
    const taught = await classes.taughtBy(personId)
    const limits = await passes.limits()
    const left = limits ? limits.perWeek - (await passes.aloneSince(personId, weekOf(now))) : 0
    const mayAlone = limits !== null && limits.minutes > 0 && limits.categories.length > 0 && limits.perWeek > 0
    const parts = await partsFor(activity, personId, typed, now)
    const filled = withOptions(form, {
      class: taught.map(({ id, name }) => ({ value: id, text: name })),
      parts,
      bell: await bells(filtering),
    })
    const [only] = taught
    const classField = filled.fields.class
    const chosen =
      taught.length === 1 && only && classField && classField.value === ''
        ? { ...filled, fields: { ...filled.fields, class: { ...classField, value: only.id } } }
        : filled
    return view(
      'filtering/new-pass',
      {
        title: 'Ask for a pass',
        backHref: '/internet/passes',
        form: chosen,
        teaches: taught.length > 0,
        hasBells: (chosen.fields.bell?.options?.length ?? 0) > 0,
        pointsOut: (status === 400 && chosen.fields.sites?.error !== undefined) || form.fields.scope?.value !== '',
        alone:
          mayAlone && limits
            ? { minutes: limits.minutes, left: Math.max(0, left), categories: limits.categories.map(categoryName) }
            : null,
        hasParts: parts.length > 0,
        copied: (form.fields.copy?.value ?? '') !== '',
      },
      status,
    )
  })
}

async function permissionPage({ actor, read }: Asking, form: FormView, status = 200): Promise<Reply> {
  const { personId } = personOf(actor)
  return read(async ({ classes, filtering }) => {
    const taught = await classes.taughtBy(personId)
    const wanted = String(form.fields.class?.value ?? '')
    const chosen = taught.find(({ id }) => id === wanted) ?? (taught.length === 1 ? taught[0] : undefined)
    const pupils = chosen ? await classes.pupilsOf(chosen.id) : []
    const cells = (await filtering.rules()).matrix?.cells ?? []
    const asks = cells.filter(({ side, level }) => side === 'pupils' && level === 'with-permission')
    const filled = withOptions(form, {
      class: taught.map(({ id, name }) => ({ value: id, text: name })),
      technology: (form.fields.technology?.options ?? []).filter(({ value }) =>
        asks.some(({ technology }) => technology === value),
      ),
      person: [
        { value: 'everybody', text: 'Everybody in it' },
        ...pupils.map(({ id, name }) => ({ value: id, text: name })),
      ],
      bell: await bells(filtering),
    })
    return view(
      'filtering/new-permission',
      {
        title: 'Ask for a permission',
        backHref: '/internet/passes',
        form: filled,
        classes: taught.map(({ id, name }) => ({
          name,
          href: `/internet/passes/permission?class=${encodeURIComponent(id)}`,
          isChosen: id === chosen?.id,
        })),
        asks: asks.length > 0,
        hasBells: (filled.fields.bell?.options?.length ?? 0) > 0,
      },
      status,
    )
  })
}

async function limitsPage({ actor, read }: Asking, form?: FormView): Promise<Reply> {
  return read(async ({ passes, people }) => {
    const limits = await passes.limits()
    const names = await people.names(limits ? [limits.setBy] : [])
    const known = limits
      ? { categories: limits.categories, minutes: String(limits.minutes), perWeek: String(limits.perWeek), reason: '' }
      : {}
    return view(
      'filtering/pass-limits',
      {
        title: 'What teachers may open alone',
        backHref: '/internet/passes',
        limits: limits && {
          ...limits,
          names: limits.categories.map(categoryName),
          by: names.get(limits.setBy) ?? 'somebody no longer here',
          isOff: limits.minutes === 0 || limits.perWeek === 0 || limits.categories.length === 0,
        },
        maySet: may(actor, 'pass.limit'),
        form: form ?? blankForm(limitsForm, known),
      },
      form ? 400 : 200,
    )
  })
}

/** Hosts that were blocked when this teacher opened one of the sites typed so far. */
async function partsFor(activity: OwnTraffic, personId: string, typed: string, now: Date): Promise<Option[]> {
  if (!activity.blockedFrom) return []
  const found = new Map<string, Option>()
  const from = new Date(now.getTime() - partsDays * 86_400_000)
  for (const line of typed
    .split('\n')
    .map(each => each.trim())
    .filter(Boolean)
    .slice(0, 5)) {
    const referrerHost = hostOf(line)
    if (referrerHost === null) continue
    for (const { host, category, count } of await activity.blockedFrom({ personId, referrerHost, from, to: now }))
      if (host !== referrerHost && found.size < 20)
        found.set(host, {
          value: host,
          text: host,
          hint: `${categoryName(category)}; blocked ${count === 1 ? 'once' : `${count} times`} for ${referrerHost}`,
        })
  }
  return [...found.values()]
}
function hostOf(line: string): string | null {
  try {
    return siteOf(line).host
  } catch {
    return null
  }
}

/** A pass of their own that this person asks for again. */
async function copyOf(read: Asking['read'], actor: Actor, id: string | null): Promise<PassRecord | null> {
  if (id === null || !isId(id)) return null
  const pass = await read(({ passes }) => passes.pass(id))
  if (pass.askedBy !== personOf(actor).personId) throw new Refusal('not-found', 'There is no such pass at this school.')
  return pass
}

const answer = (asked: Asked): Reply =>
  asked.kind === 'illegal'
    ? redirect(
        '/internet/passes',
        'Nothing was asked for: one of these is listed as illegal content, which nobody opens. The safeguarding lead is told.',
      )
    : redirect(
        addressOf(asked.id),
        asked.kind === 'open'
          ? 'It is open for its lesson. The safeguarding lead is told.'
          : 'Asked. The safeguarding lead decides within two school days.',
      )

/** A refusal beside the field that it is about. */
function fieldRefusal(form: FormView, error: unknown, otherwise = 'sites'): FormView {
  if (!(error instanceof Refusal) || error.code !== 'invalid') throw error
  const { sentence } = error
  const about: readonly (readonly [RegExp, string])[] = [
    [/class/i, 'class'],
    [/^(The last day|A pass is for at most \d+ (weeks|lessons))/, 'lastDay'],
    [/lesson must end/, 'to'],
    [/no lesson in these days|too far ahead/, 'firstDay'],
    [/reason/, 'reason'],
    [/alone|Alone|this week/, 'how'],
  ]
  const field = about.find(([words, name]) => words.test(sentence) && form.fields[name])?.[1] ?? otherwise
  return withErrors(form, { [field]: sentence })
}

const rowOf = (
  pass: PassRecord,
  now: Date,
  classNames: ReadonlyMap<string, string>,
  names: ReadonlyMap<string, string>,
) => ({
  href: addressOf(pass.id),
  text: pass.content ? whatFor(pass.content) : 'Altered behind our backs',
  who: pass.classId === null ? 'One person' : (classNames.get(pass.classId) ?? 'a class that is gone'),
  when: pass.content ? whenWords(pass.content) : '',
  by: names.get(pass.askedBy) ?? 'somebody no longer here',
  askedAt: pass.askedAt,
  standing: passStanding(pass, now),
  /** When what is open now shuts. */
  shutsAt: openNow(pass, now)
    ? new Date(
        pass.content?.lessons.find(({ from, until }) => new Date(from) <= now && now < new Date(until))?.until ??
          pass.untilAt,
      )
    : null,
  alone: pass.alone && pass.kind === 'sites',
})
