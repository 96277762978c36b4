import type { HoldReads } from '../activity/activity-hold-store.ts'
import { seenClasses } from '../activity/seen-classes.ts'
import type { ClassReads } from '../people/class-store.ts'
import type { PeopleReads } from '../people/people-store.ts'
import { ownPath } from '../people/sign-in-pages.ts'
import { hasRole, may, personOf } from '../platform/actor.ts'
import { hidden, optionalHidden } from '../platform/fields.ts'
import { blankForm, form } from '../platform/form.ts'
import { plural } from '../platform/format.ts'
import { get, type Page, post, redirect, view } from '../platform/page.ts'
import { Refusal } from '../platform/refusal.ts'
import type { ScopeReads } from './scope-store.ts'
import { countsUntil, noticeWords } from './use-notice.ts'
import type { UseNoticeService } from './use-notice-service.ts'
import type { UseNoticeReads } from './use-notice-store.ts'

export interface UseNoticePageReads {
  readonly useNotices: UseNoticeReads
  readonly activityHolds: HoldReads
  readonly scopes: ScopeReads
  readonly classes: ClassReads
  readonly people: PeopleReads
}

const readForm = form({ next: optionalHidden(500) })
const toldForm = form({ class: hidden('Open the page again, and choose the class', 100) })

async function wordsOf({ activityHolds, scopes, people }: UseNoticePageReads): Promise<readonly string[]> {
  const covered = new Set(await scopes.coveredGroups())
  const groups = await people.groups('filter')
  return noticeWords({
    months: await activityHolds.months(),
    monitored: groups.filter(({ id }) => covered.has(id)).map(({ name }) => name),
  })
}

/** What the school sees of people's use: for everybody to read, for teachers to read out, and who has been told. */
export const useNoticePages = (service: UseNoticeService): Page<UseNoticePageReads>[] => [
  get('/what-we-see', { access: 'public' }, async ({ actor, query, read }) =>
    read(async reads => {
      const toldAt = actor.kind === 'person' ? await reads.useNotices.told(actor.personId) : null
      return view('monitoring/use-notice', {
        title: 'What the school sees of your internet use',
        child: actor.kind === 'person' && hasRole(actor, 'pupil'),
        words: await wordsOf(reads),
        signedIn: actor.kind === 'person',
        toldAt,
        until: toldAt ? countsUntil(toldAt) : null,
        form: blankForm(readForm, { next: ownPath(query.get('next')) }),
        toldHref: may(actor, 'activity.class') ? '/what-we-see/told' : null,
      })
    }),
  ),
  post('/what-we-see', { access: 'account.own', form: readForm }, async ({ actor, form: sent }) => {
    await service.read(actor)
    return redirect(ownPath(sent.ok ? sent.values.next : null), 'Thank you. It is on record that you read it.')
  }),
  get('/what-we-see/told', { access: 'activity.class' }, async ({ actor, read }) =>
    read(async reads => {
      const person = personOf(actor)
      const classes = []
      for (const { id, name } of await seenClasses(reads, person)) {
        const pupils = (await reads.classes.pupilsOf(id)).map(each => each.id)
        classes.push({ id, name, pupils: pupils.length, told: (await reads.useNotices.toldAmong(pupils)).size })
      }
      return view('monitoring/use-notice-told', {
        title: 'Who was told what the school sees',
        backHref: '/what-we-see',
        words: await wordsOf(reads),
        classes,
        groups: may(person, 'monitoring.figures') ? await reads.useNotices.byGroup() : [],
      })
    }),
  ),
  post('/what-we-see/told', { access: 'activity.class', form: toldForm }, async ({ actor, form: sent }) => {
    if (!sent.ok) throw new Refusal('invalid', 'Open the page again, and choose the class.')
    const pupils = await service.tell(actor, sent.values.class)
    return redirect('/what-we-see/told', `It is on record that ${plural(pupils, 'pupil')} were told.`)
  }),
]
