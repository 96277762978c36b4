import type { ClassReads } from '../people/class-store.ts'
import type { PeopleReads } from '../people/people-store.ts'
import { type PersonActor, personOf } from '../platform/actor.ts'
import { choice, hidden } from '../platform/fields.ts'
import { blankForm, type FormView, form } from '../platform/form.ts'
import { get, type Page, post, redirect, type Reply, type Request, view } from '../platform/page.ts'
import { Refusal } from '../platform/refusal.ts'
import type { ActivityReads } from './activity-store.ts'
import { watchMinutes, watchOutcomeNames, watchOutcomes, type WatchRange, whyNotWatched } from './class-watch.ts'
import { type ClassSight, type ClassWatchService, classSight } from './class-watch-service.ts'
import type { ClassWatchReads } from './class-watch-store.ts'
import { siteShown } from './review-pages.ts'
import { seenClasses } from './seen-classes.ts'

export interface ClassWatchPageReads {
  readonly activity: ActivityReads
  readonly classWatches: ClassWatchReads
  readonly classes: ClassReads
  readonly people: PeopleReads
}

const marking = 'Official – sensitive: personal'
/** Seconds after which the page looks again by itself; the gateway sends what it has about as often. */
const againSeconds = 20
const reopen = 'Open the class again, and sign from there'
const signForm = form({
  from: hidden(reopen, 30),
  to: hidden(reopen, 30),
  digest: hidden(reopen, 64),
  outcome: choice(
    'Select what came of it',
    watchOutcomes.map(value => ({ value, text: watchOutcomeNames[value] })),
    { label: 'What came of it?', hint: 'Whatever is about one child belongs in a report, not here.' },
  ),
})
const addressOf = (classId: string, rest = ''): string => `/activity/classes/${encodeURIComponent(classId)}${rest}`
const instant = (typed: unknown): Date => new Date(typeof typed === 'string' ? typed : Number.NaN)

/** What a class reaches while its lesson runs, and the teacher's signature at the end of it. Nobody is named. */
export function classWatchPages(
  service: ClassWatchService,
  nameOfCategory: (category: string) => string,
): Page<ClassWatchPageReads>[] {
  const classAt = async (reads: ClassWatchPageReads, person: PersonActor, id: string | undefined) => {
    const found = (await seenClasses(reads, person)).find(each => each.id === id)
    if (!found) throw new Refusal('not-found', 'There is no such class among yours.')
    return found
  }
  const teaches = async (reads: ClassWatchPageReads, person: PersonActor, classId: string): Promise<boolean> =>
    (await reads.classes.taughtBy(person.personId)).some(({ id }) => id === classId)
  const shown = ({ pupils, isTooFew, counts, stopped, sites }: ClassSight) => ({
    pupils,
    isTooFew,
    counts,
    stopped: stopped.map(row => siteShown(row, nameOfCategory)),
    sites: sites.map(row => siteShown(row, nameOfCategory)),
  })

  const signPage = (
    { actor, params, read, now }: Pick<Request<ClassWatchPageReads>, 'actor' | 'params' | 'read' | 'now'>,
    range: WatchRange,
    sent: FormView | null = null,
  ): Promise<Reply> =>
    read(async reads => {
      const person = personOf(actor)
      const found = await classAt(reads, person, params['id'])
      if (!(await teaches(reads, person, found.id)))
        throw new Refusal('forbidden', 'A lesson is signed for by somebody who teaches the class.')
      const why = whyNotWatched(range, now)
      if (why) throw new Refusal('invalid', why)
      const sight = await classSight(reads, found.id, range)
      if (sight.isTooFew)
        throw new Refusal('invalid', 'There are so few pupils in this class that its sites are not shown.')
      const known = { from: range.from.toISOString(), to: range.to.toISOString(), digest: sight.digest }
      return view(
        'activity/class-sign-off',
        {
          title: `Sign for the lesson of ${found.name}`,
          marking,
          backHref: addressOf(found.id, '/now'),
          range,
          action: addressOf(found.id, '/sign-off'),
          form: sent ?? blankForm(signForm, known),
          ...shown(sight),
        },
        sent ? 400 : 200,
      )
    })

  return [
    get('/activity/classes/:id/now', { access: 'activity.class' }, async ({ actor, params, query, read, now }) => {
      const person = personOf(actor)
      const minutes = watchMinutes.find(each => String(each) === query.get('minutes')) ?? watchMinutes[0]
      const isStill = query.get('still') === '1'
      const range = { from: new Date(now.getTime() - minutes * 60_000), to: now }
      return read(async reads => {
        const found = await classAt(reads, person, params.id)
        const isTeacher = await teaches(reads, person, found.id)
        const last = await reads.classWatches.lastOf(found.id)
        const sight = await classSight(reads, found.id, range)
        const address = (with_: Record<string, string>) =>
          `${addressOf(found.id, '/now')}?${new URLSearchParams(with_)}`
        return view('activity/class-now', {
          title: `${found.name} now`,
          marking,
          backHref: addressOf(found.id),
          range,
          choices: [...watchMinutes]
            .sort((one, other) => one - other)
            .map(each => ({
              minutes: each,
              current: each === minutes,
              href: address({ minutes: String(each), ...(isStill ? { still: '1' } : {}) }),
            })),
          againSeconds: isStill ? null : againSeconds,
          againHref: address({ minutes: String(minutes) }),
          stillHref: address({ minutes: String(minutes), still: '1' }),
          signHref:
            isTeacher && !sight.isTooFew
              ? `${addressOf(found.id, '/sign-off')}?${new URLSearchParams({ from: range.from.toISOString(), to: range.to.toISOString() })}`
              : null,
          last: last ? { at: last.signedAt, outcome: watchOutcomeNames[last.outcome] } : null,
          ...shown(sight),
        })
      })
    }),
    get('/activity/classes/:id/sign-off', { access: 'activity.class' }, request =>
      signPage(request, { from: instant(request.query.get('from')), to: instant(request.query.get('to')) }),
    ),
    post('/activity/classes/:id/sign-off', { access: 'activity.class', form: signForm }, async request => {
      const { actor, params, form: sent } = request
      if (!sent.ok) {
        const { from, to } = sent.view.fields
        return signPage(request, { from: instant(from?.value), to: instant(to?.value) }, sent.view)
      }
      const { from, to, digest, outcome } = sent.values
      await service.sign(actor, params['id'] ?? '', { from: instant(from), to: instant(to), digest, outcome })
      return redirect(addressOf(params['id'] ?? '', '/now'), 'Signed. It counts for two weeks.')
    }),
  ]
}
