import type { DeadlineReads } from '../duties/deadline-store.ts'
import type { PeopleReads } from '../people/people-store.ts'
import { hasRole, may, personOf } from '../platform/actor.ts'
import { choice, hidden } from '../platform/fields.ts'
import { blankForm, form, type FormView, parseForm, withErrors } from '../platform/form.ts'
import type { LedgerReads } from '../platform/ledger-reads.ts'
import { get, type Page, post, type Reply, type Request, redirect, view } from '../platform/page.ts'
import { briefingDigest, holds, receiptHoldsDays } from './briefing.ts'
import { ownState, readersOf } from './briefing-readers.ts'
import { briefingFor, type BriefingService } from './briefing-service.ts'
import type { BriefingReads } from './briefing-store.ts'
import { type Briefing, briefings } from './briefing-texts.ts'

interface Reads {
  readonly briefings: BriefingReads
  readonly people: PeopleReads
  readonly deadlines: DeadlineReads
  readonly ledger: LedgerReads
}

const stateWords = {
  current: ['Answered', 'good'],
  renew: ['Answered, ends soon', 'soon'],
  waiting: ['Not yet', 'soon'],
  late: ['Late', 'bad'],
} as const

/** The questions as a form, in the order of the text. */
const formOf = ({ questions }: Briefing) =>
  form({
    digest: hidden('Open the briefing again', 100),
    ...Object.fromEntries(
      questions.map(({ id, ask, options }) => [
        id,
        choice(
          'Select an answer',
          options.map(option => ({ value: option.id, text: option.text })),
          { label: ask },
        ),
      ]),
    ),
  })

export function briefingPages(service: BriefingService): Page<Reads>[] {
  const shown = async (
    { actor, params, read, now }: Pick<Request<Reads>, 'actor' | 'params' | 'read' | 'now'>,
    filled?: FormView,
  ): Promise<Reply> => {
    const { briefing, person } = briefingFor(actor, params.id ?? '')
    const state = await read(reads => ownState(reads, briefing, person.personId, now))
    const digest = briefingDigest(briefing)
    return view(
      'incidents/briefing',
      {
        title: briefing.title,
        backHref: '/briefings',
        briefing,
        state,
        asked: hasRole(person, ...briefing.roles),
        // Whoever has a whole year before them has nothing to answer.
        form: filled ?? blankForm(formOf(briefing), { digest }),
        questions: briefing.questions.map(({ id }) => id),
        mayAnswer: state.state !== 'current',
        days: receiptHoldsDays,
      },
      filled ? 400 : 200,
    )
  }

  return [
    get('/briefings', { access: 'briefing.take' }, async ({ actor, read, now }) => {
      const person = personOf(actor)
      return read(async reads => {
        const own = []
        const others = []
        for (const briefing of briefings()) {
          if (hasRole(person, ...briefing.roles, ...briefing.also)) {
            const state = await ownState(reads, briefing, person.personId, now)
            const [text, tone] =
              state.state === 'waiting' && !hasRole(person, ...briefing.roles)
                ? (['If you wish', 'quiet'] as const)
                : stateWords[state.state]
            own.push({ briefing, state, text, tone })
          }
          if (may(actor, 'briefing.oversee')) others.push(await overseen(reads, briefing, now))
        }
        return view('incidents/briefings', { title: 'Briefings', own, others })
      })
    }),
    get('/briefings/:id', { access: 'briefing.take' }, async request => shown(request)),
    post('/briefings/:id/answer', { access: 'briefing.take', form: form({}) }, async request => {
      const { actor, params, submission } = request
      const { briefing } = briefingFor(actor, params.id ?? '')
      const filled = parseForm(formOf(briefing), submission)
      if (!filled.ok) return shown(request, filled.view)
      const { digest, ...answers } = filled.values
      const wrong = await service.answer(actor, briefing.id, digest, answers)
      return Object.keys(wrong).length > 0
        ? shown(request, withErrors(filled.view, wrong))
        : redirect(`/briefings/${briefing.id}`, 'All right. It is recorded that you know this, for a year.')
    }),
    post('/briefings/:id/give', { access: 'briefing.oversee', form: form({}) }, async ({ actor, params }) => {
      await service.give(actor, params.id ?? '')
      return redirect('/briefings', 'Given out. Everybody who must answer has ten school days, and a message says so.')
    }),
    post('/briefings/:id/chase', { access: 'briefing.oversee', form: form({}) }, async ({ actor, params }) => {
      const count = await service.chase(actor, params.id ?? '')
      return redirect('/briefings', `${count === 1 ? 'One person was' : `${count} people were`} reminded.`)
    }),
  ]
}

/** What whoever sees to a briefing reads of it: who has not answered, by name, the late ones first. */
async function overseen(reads: Reads, briefing: Briefing, now: Date) {
  const { all, givenAt, changed } = await readersOf(reads, briefing, now)
  const names = await reads.people.names(all.map(({ personId }) => personId))
  const chased = await reads.ledger.latest(['briefing.chased'], `briefing:${briefing.id}`)
  const missing = all.filter(each => !holds(each))
  return {
    briefing,
    givenAt,
    changed,
    total: all.length,
    missing: missing.length,
    late: missing.filter(({ state }) => state === 'late').length,
    chasedAt: chased && givenAt && new Date(chased.at) > givenAt ? new Date(chased.at) : null,
    rows: all
      .filter(({ state }) => state !== 'current')
      .map(({ personId, state, due, passedAt }) => ({
        name: names.get(personId) ?? 'Somebody',
        text: stateWords[state][0],
        tone: stateWords[state][1],
        due,
        ended: state === 'late' && passedAt !== null,
        holds: state === 'renew',
      })),
  }
}
