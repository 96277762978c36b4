import { addCalendarDays, londonDate } from '@gatehouse/engine/calendar'
import type { DeadlineReads } from '../duties/deadline-store.ts'
import type { PeopleReads } from '../people/people-store.ts'
import { type Actor, hasRole, may, personOf, type PersonActor } from '../platform/actor.ts'
import { blankForm, type FormView, withErrors } from '../platform/form.ts'
import { isId } from '../platform/identifiers.ts'
import { get, type Page, post, type Reply, type Request, redirect, view } from '../platform/page.ts'
import { Refusal } from '../platform/refusal.ts'
import type { RequestReads } from '../platform/requests.ts'
import {
  extentNames,
  type LookAuthority,
  lookStanding,
  purposeNames,
  refusedWords,
  targetNames,
  usualDays,
  whyNotDecideLook,
  whyNotScope,
} from './look.ts'
import { decideForm, entryForm, lookForm, nothingForm, urgentEntryForm, urgentLookForm } from './look-forms.ts'
import type { LookService } from './look-service.ts'
import type { LookReads } from './look-store.ts'

export interface LookPageReads {
  readonly looks: LookReads
  readonly people: PeopleReads
  readonly requests: RequestReads
  readonly deadlines: DeadlineReads
}
/** Who asked for one entry of the web log; null where nobody was known. @throws {Refusal} `not-found`. */
export type PersonOfEntry = (
  schoolId: string,
  entry: { readonly id: string; readonly at: Date },
) => Promise<string | null>

const marking = 'Official – sensitive: personal'

export function lookPages(service: LookService, personOfEntry: PersonOfEntry): Page<LookPageReads>[] {
  const show = async (
    { actor, params, read, now }: Pick<Request<LookPageReads>, 'actor' | 'params' | 'read' | 'now'>,
    decide: FormView | null,
  ): Promise<Reply> => {
    const person = personOf(actor)
    return read(async ({ looks, people, requests, deadlines }) => {
      const look = await looks.get(params.id ?? '')
      mustSee(person, look)
      const names = await people.names([look.personId, look.askedBy, ...(look.decidedBy ? [look.decidedBy] : [])])
      const nameOf = (id: string | null): string =>
        id === null ? 'nobody' : (names.get(id) ?? 'somebody no longer here')
      const isAsker = look.askedBy === person.personId
      const request = await requests.get(look.requestId)
      const whyNot = may(actor, 'look.authorise')
        ? whyNotDecideLook(look, person, (await people.whoActsAs(look.decider))?.personId ?? null)
        : 'Only the headteacher decides this, or the chair of governors.'
      const accesses = await looks.accessesOf(look.id, 50)
      const isOpen =
        isAsker &&
        look.endsAt > now &&
        (look.state === 'approved' ||
          (look.state === 'waiting' && look.authorityDue !== null && now < look.authorityDue))
      const due = (await deadlines.about(`look:${look.id}`)).find(({ state }) => state === 'open' || state === 'missed')
      return view(
        'monitoring/look',
        {
          title: 'Leave to look at one person’s log',
          marking,
          backHref: '/looks',
          look,
          standing: lookStanding(look, now),
          who: namesPerson(person, look) ? nameOf(look.personId) : null,
          askedBy: nameOf(look.askedBy),
          decidedBy: look.decidedBy ? nameOf(look.decidedBy) : null,
          decidedWhy: request.decisionReason,
          decider: look.decider === 'chair' ? 'the chair of governors' : 'the headteacher',
          target: targetNames[look.target],
          purpose: purposeNames[look.purpose],
          what: extentNames[look.what],
          reason: await looks.reason(look.id),
          days: daysAsked(request.payload),
          logHref: isOpen && look.target === 'log' ? `/looks/${look.id}/log` : null,
          mayDecide: whyNot === null,
          whyNot: look.state === 'waiting' && !isAsker ? whyNot : null,
          mayWithdraw: isAsker && look.state === 'waiting',
          mayEnd: look.state === 'approved' && look.endsAt > now && (isAsker || may(actor, 'look.authorise')),
          due: due ?? null,
          decide: decide ?? blankForm(decideForm, { digest: request.digest }),
          ...(decide ? { form: decide } : {}),
          accesses: accesses.map(access => ({
            at: access.at,
            title: access.outcome === 'opened' ? 'Looked' : 'Tried to look, and was refused',
            by: nameOf(access.byId),
            text:
              access.outcome === 'opened'
                ? `${access.fromDay ?? ''}${access.beforeAuthority ? ', before leave was given' : ''}`
                : access.why
                  ? refusedWords[access.why]
                  : '',
            kind: access.outcome === 'opened' ? 'quiet' : 'problem',
          })),
        },
        decide ? 400 : 200,
      )
    })
  }

  return [
    get('/looks', { access: 'look.view' }, async ({ actor, read, now }) => {
      const person = personOf(actor)
      return read(async ({ looks, people }) => {
        const own = await looks.list({ askedBy: person.personId })
        const waiting = may(actor, 'look.authorise')
          ? (await looks.list({ waiting: true })).filter(
              look => look.personId !== person.personId && look.askedBy !== person.personId,
            )
          : []
        const names = await people.names([...own, ...waiting].flatMap(look => [look.personId, look.askedBy]))
        const row = (look: LookAuthority) => ({
          href: `/looks/${look.id}`,
          askedAt: look.askedAt,
          who: namesPerson(person, look) ? (names.get(look.personId) ?? 'Somebody no longer here') : 'Not known yet',
          askedBy: names.get(look.askedBy) ?? 'Somebody no longer here',
          purpose: purposeNames[look.purpose],
          standing: lookStanding(look, now),
          endsAt: look.state === 'approved' ? look.endsAt : null,
        })
        return view('monitoring/looks', {
          title: 'Looking at one person’s log',
          marking,
          own: own.map(row),
          waiting: waiting.map(row),
          mayAsk: may(actor, 'look.ask'),
          mayReview: may(actor, 'look.review'),
          mayInspect: may(actor, 'device.inspect'),
          logHref: may(actor, 'activity.view') ? '/activity' : null,
        })
      })
    }),

    get('/looks/new', { access: 'look.ask' }, async ({ actor, query, now }) => {
      const entry = query.get('entry')
      const at = query.get('at')
      const seen = entry && at ? instantOf(at) : now
      const day = dateBoxes(londonDate(seen))
      const known = { from: day, to: day, days: String(usualDays) }
      return entry && at
        ? askPage(actor, blankForm(isLead(actor) ? urgentEntryForm : entryForm, { entry, at, ...known }), 'entry')
        : askPage(actor, blankForm(isLead(actor) ? urgentLookForm : lookForm, known), 'person')
    }),
    post('/looks/new', { access: 'look.ask', form: urgentLookForm }, async ({ actor, form: sent, read }) => {
      if (!sent.ok) return askPage(actor, sent.view, 'person', 400)
      const wrong = whyNotScope(sent.values.from, sent.values.to)
      if (wrong) return askPage(actor, withErrors(sent.view, { to: wrong }), 'person', 400)
      const account = await read(({ people }) => people.accountByUsername(sent.values.username))
      if (!account)
        return askPage(actor, withErrors(sent.view, { username: 'Nobody here has that username' }), 'person', 400)
      return asked(actor, { ...sent.values, personId: account.personId, isByEntry: false })
    }),
    post('/looks/new-entry', { access: 'look.ask', form: urgentEntryForm }, async ({ actor, schoolId, form: sent }) => {
      if (!sent.ok) return askPage(actor, sent.view, 'entry', 400)
      const wrong = whyNotScope(sent.values.from, sent.values.to)
      if (wrong) return askPage(actor, withErrors(sent.view, { to: wrong }), 'entry', 400)
      const { entry, at } = sent.values
      const personId = await personOfEntry(schoolId, { id: isId(entry) ? entry : missing(), at: instantOf(at) })
      if (personId === null) throw new Refusal('not-found', 'Nobody was known when this was asked for.')
      return asked(actor, { ...sent.values, personId, isByEntry: true })
    }),
    get('/looks/:id', { access: 'look.view' }, request => show(request, null)),
    post('/looks/:id/decide', { access: 'look.authorise', form: decideForm }, async request => {
      const { actor, params, form: sent } = request
      if (!sent.ok) return show(request, sent.view)
      const { verdict, reason, digest } = sent.values
      await service.decide(actor, params.id ?? '', verdict, reason, digest)
      return redirect(`/looks/${params.id}`, verdict === 'approved' ? 'Leave is given.' : 'Leave is refused.')
    }),
    post('/looks/:id/withdraw', { access: 'look.ask', form: nothingForm }, async ({ actor, params }) => {
      await service.withdraw(actor, params.id ?? '')
      return redirect(`/looks/${params.id}`, 'It is withdrawn.')
    }),
    post('/looks/:id/end', { access: 'look.view', form: nothingForm }, async ({ actor, params }) => {
      await service.end(actor, params.id ?? '')
      return redirect(`/looks/${params.id}`, 'It is closed.')
    }),
  ]

  async function asked(
    actor: Actor,
    values: {
      readonly personId: string
      readonly isByEntry: boolean
      readonly purpose: LookAuthority['purpose']
      readonly from: string
      readonly to: string
      readonly what: LookAuthority['what']
      readonly days: string
      readonly reason: string
      readonly urgent: boolean
    },
  ): Promise<Reply> {
    const id = await service.ask(actor, {
      target: 'log',
      personId: values.personId,
      isByEntry: values.isByEntry,
      purpose: values.purpose,
      fromDay: values.from,
      toDay: values.to,
      what: values.what,
      reason: values.reason,
      days: Number(values.days),
      urgent: values.urgent,
    })
    return redirect(
      `/looks/${id}`,
      values.urgent ? 'You may look now. Leave must follow.' : 'It is asked for. You will get a message.',
    )
  }
}

const isLead = (actor: Actor): boolean => hasRole(actor, 'dsl', 'deputy-dsl')

/** The asker, and those who may decide; never whom it is about, who is not told that it exists. */
function mustSee(person: PersonActor, look: LookAuthority): void {
  const sees = look.personId !== person.personId && (look.askedBy === person.personId || may(person, 'look.authorise'))
  if (!sees) throw new Refusal('not-found', 'There is no such leave to look.')
}
/** Who was behind an entry is told to whoever decides, and to the asker once there is leave, or at once where it is urgent. */
const namesPerson = (person: PersonActor, look: LookAuthority): boolean =>
  !look.isByEntry || look.askedBy !== person.personId || look.state === 'approved' || look.urgent

const askPage = (actor: Actor, form: FormView, by: 'person' | 'entry', status = 200): Reply =>
  view(
    'monitoring/ask',
    {
      title: by === 'entry' ? 'Ask who was behind an entry of the log' : 'Ask to look at one person’s log',
      marking,
      backHref: '/looks',
      form,
      by,
      isLead: isLead(actor),
    },
    status,
  )

/** For how many school days it was asked, as the decider is shown. */
const daysAsked = (payload: unknown): number | null =>
  typeof payload === 'object' && payload !== null && 'days' in payload && typeof payload.days === 'number'
    ? payload.days
    : null

/** A day as the three boxes of a date field are filled. */
const dateBoxes = (day: string): string[] => day.split('-').reverse()

const missing = (): never => {
  throw new Refusal('not-found', 'There is no such entry in the web log.')
}
const instantOf = (text: string): Date => {
  const at = new Date(text)
  return Number.isNaN(at.getTime()) ? missing() : at
}

/** The day of a leave to begin with: the last of those it covers that is not in the future. */
export const firstShownDay = (look: Pick<LookAuthority, 'fromDay' | 'toDay'>, now: Date): string => {
  const today = londonDate(now)
  return look.toDay <= today ? look.toDay : look.fromDay > today ? look.fromDay : today
}
/** The days of a leave, for choosing one. */
export const daysOfLook = ({ fromDay, toDay }: Pick<LookAuthority, 'fromDay' | 'toDay'>): string[] => {
  const days: string[] = []
  for (let day = fromDay; day <= toDay; day = addCalendarDays(day, 1)) days.push(day)
  return days
}
