import { londonDate } from '@gatehouse/engine/calendar'
import type { PeopleReads } from '../people/people-store.ts'
import { type Role, roleNames } from '../permissions.ts'
import { type Actor, may } from '../platform/actor.ts'
import { blankForm, type FormView, type Values, withErrors } from '../platform/form.ts'
import { formatList } from '../platform/format.ts'
import { type FormRequest, get, type Page, post, redirect, type Reply, type Request, view } from '../platform/page.ts'
import { Refusal } from '../platform/refusal.ts'
import type { CalendarReads } from './calendar-store.ts'
import type { DeadlineReads } from './deadline-store.ts'
import { counts, mayRecord, type ReviewWords, whyNotSign } from './review.ts'
import type { FiguresOf } from './review-figures.ts'
import { reviewForm, signForm } from './review-forms.ts'
import { type ReviewKind, reviewKind, reviewKinds } from './review-kinds.ts'
import { type NewReview, type ReviewService, reviewDeadline } from './review-service.ts'
import type { ReviewReads } from './review-store.ts'
import { countsUntil, wholeTerms } from './school-terms.ts'

interface PageReads {
  readonly reviews: ReviewReads
  readonly deadlines: DeadlineReads
  readonly calendar: CalendarReads
  readonly people: PeopleReads
}
type Filled = Values<ReturnType<typeof reviewForm>>

const kindOf = (id: string | undefined): ReviewKind => {
  const kind = reviewKinds.find(each => each.id === id)
  if (!kind) throw new Refusal('not-found', 'There is no such kind of record.')
  return kind
}
const itemText = (kind: ReviewKind, item: string): string => kind.items?.find(({ value }) => value === item)?.text ?? ''
const partsOf = (day: string): string[] => [
  String(Number(day.slice(8, 10))),
  String(Number(day.slice(5, 7))),
  day.slice(0, 4),
]
const textsOf = (kind: ReviewKind, filled: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(
    kind.fields.flatMap(({ name }) =>
      typeof filled[`words_${name}`] === 'string' && filled[`words_${name}`]
        ? [[name, String(filled[`words_${name}`])]]
        : [],
    ),
  )
const newReview = (kind: ReviewKind, filled: Filled): NewReview => ({
  item: filled.item ?? '',
  heldOn: filled.held_on,
  posts: filled.posts,
  topics: filled.topics,
  fields: textsOf(kind, filled),
  result: filled.result,
})

export const reviewPages = (service: ReviewService, figuresOf: FiguresOf): Page<PageReads>[] => {
  const write = async (
    kind: ReviewKind,
    form: FormView,
    actor: Actor,
    day: string,
    rest: { action: string; button: string; title: string; backHref: string },
    status = 200,
  ): Promise<Reply> =>
    view(
      'duties/review-write',
      {
        ...rest,
        kind,
        form,
        names: [
          'item',
          'held_on',
          'posts',
          'topics',
          'result',
          ...kind.fields.map(({ name }) => `words_${name}`),
        ].filter(name => shows(form, name)),
        may: mayRecord(actor, kind),
        signing: signingWords(kind),
        figures: kind.hasFigures ? await figuresOf(actor.schoolId, day) : null,
      },
      status,
    )
  const shows = (form: FormView, name: string): boolean => {
    const field = form.fields[name]
    return field !== undefined && field.label !== ''
  }
  const trying = async (
    filled: FormView,
    again: (form: FormView) => Promise<Reply>,
    work: () => Promise<Reply>,
  ): Promise<Reply> => {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== 'invalid') throw error
      return again(
        withErrors(filled, {
          [/must have been there|Nobody held/.test(error.sentence) ? 'posts' : 'held_on']: error.sentence,
        }),
      )
    }
  }
  const recordRest = (kind: ReviewKind) => ({
    action: `/reviews/record/${kind.id}`,
    button: 'Record it',
    title: kind.title,
    backHref: '/reviews',
  })
  const changeRest = (kind: ReviewKind, id: string) => ({
    action: `/reviews/${id}/change/${kind.id}`,
    button: 'Save as a new version',
    title: `Change: ${kind.title}`,
    backHref: `/reviews/${id}`,
  })

  const show = async ({
    actor,
    params,
    read,
  }: Pick<Request<PageReads>, 'actor' | 'params' | 'read'>): Promise<Reply> => {
    const id = params['id'] ?? ''
    const model = await read(async ({ reviews, people }) => {
      const review = await reviews.get(id)
      const versions = await reviews.versions(id)
      const words = await reviews.words(id, review.version)
      const names = await people.names([
        review.madeBy,
        ...versions.flatMap(each => [...each.people, each.writtenBy, each.signedBy ?? '']).filter(Boolean),
      ])
      return { review, versions, words, names }
    })
    const { review, versions, words, names } = model
    const kind = reviewKind(review.kind)
    const [newest] = versions
    if (!newest) throw new Error('a record without a version')
    const name = (person: string | null): string =>
      person === null ? '' : (names.get(person) ?? 'Somebody who is no longer in the register')
    return view('duties/review', {
      title: review.item ? `${kind.title}: ${itemText(kind, review.item)}` : kind.title,
      backHref: '/reviews',
      review,
      kind,
      counts: counts(kind, review),
      newest,
      posts: newest.posts.map(role => roleNames[role]),
      people: newest.people.map(name),
      topics: words.topics.map(topic => kind.topics.find(({ value }) => value === topic)?.text ?? topic),
      result: words.result,
      figures: words.fields['figures'] ?? null,
      words: kind.fields.flatMap(({ name: field, label }) =>
        words.fields[field] ? [{ label, text: words.fields[field] }] : [],
      ),
      versions: versions.map(each => ({ ...each, writtenBy: name(each.writtenBy), signedBy: name(each.signedBy) })),
      whyNotSign: kind.signing === 'none' || counts(kind, review) ? null : whyNotSign(actor, kind, review, newest),
      maySign: may(actor, 'reviews.sign') && whyNotSign(actor, kind, review, newest) === null,
      mayChange: may(actor, 'reviews.record') && mayRecord(actor, kind) && kind.signing !== 'none',
      signing: signingWords(kind),
      signForm: blankForm(signForm, { digest: newest.digest }),
      marking: 'Internal: for those who lead and oversee the school',
    })
  }

  const record = (kind: ReviewKind) =>
    post(
      recordRest(kind).action,
      { access: 'reviews.record', form: reviewForm(kind) },
      async (request: FormRequest<PageReads, ReturnType<typeof reviewForm>>) => {
        const { actor, form: filled, now } = request
        const day = filled.ok ? filled.values.held_on : londonDate(now)
        const again = (form: FormView) => write(kind, form, actor, day, recordRest(kind), 400)
        if (!filled.ok) return again(filled.view)
        return trying(filled.view, again, async () => {
          const id = await service.record(actor, kind.id, newReview(kind, filled.values))
          return redirect(
            `/reviews/${id}`,
            kind.signing === 'none' ? 'It is recorded.' : 'It is recorded, and waits for a signature.',
          )
        })
      },
    )
  const change = (kind: ReviewKind) =>
    post(
      `/reviews/:id/change/${kind.id}`,
      { access: 'reviews.record', form: reviewForm(kind) },
      async (request: FormRequest<PageReads, ReturnType<typeof reviewForm>>) => {
        const { actor, form: filled, params, query, read } = request
        const id = params['id'] ?? ''
        const seen = Number(query.get('seen') ?? '0')
        const rest = {
          ...changeRest(kind, id),
          action: `${changeRest(kind, id).action}?seen=${Number.isInteger(seen) ? seen : 0}`,
        }
        const again = async (form: FormView) => {
          // Its day is not changed, whatever was typed.
          const { heldOn } = await read(({ reviews }) => reviews.get(id))
          return write(kind, form, actor, heldOn, rest, 400)
        }
        if (!filled.ok) return again(filled.view)
        return trying(filled.view, again, async () => {
          await service.rewrite(actor, id, seen, newReview(kind, filled.values))
          return redirect(`/reviews/${id}`, 'The new version is saved. It must be signed before it counts.')
        })
      },
    )

  return [
    get('/reviews', { access: 'reviews.view' }, async ({ actor, now, read }) => {
      const model = await read(async ({ reviews, deadlines, calendar, people }) => {
        const all = await reviews.list(
          reviewKinds.map(({ id }) => id),
          300,
        )
        const terms = wholeTerms(await calendar.halfTerms())
        const open = (await deadlines.open(2_000)).filter(({ kind }) => kind.startsWith('review.'))
        return { all, terms, open, names: await people.names(all.slice(0, 50).map(({ madeBy }) => madeBy)) }
      })
      const today = londonDate(now)
      return view('duties/reviews', {
        title: 'Reviews and meetings',
        backHref: '/duties',
        noTerms: !model.terms.some(({ to }) => to > today),
        kinds: reviewKinds.map(kind => {
          const own = model.all.filter(each => each.kind === kind.id)
          const last = own.find(each => counts(kind, each))
          const due = model.open.filter(each => each.kind === reviewDeadline(kind.id))
          const checked = kind.items?.map(item => ({
            ...item,
            last: own.find(each => each.item === item.value)?.heldOn ?? null,
          }))
          return {
            ...kind,
            owner: roleNames[kind.ownerRole],
            last: last
              ? { heldOn: last.heldOn, href: `/reviews/${last.id}`, until: countsUntil(model.terms, last.heldOn) }
              : null,
            due,
            unsigned: kind.signing === 'none' ? 0 : own.filter(each => !counts(kind, each)).length,
            checked: checked ?? null,
            mayRecord: may(actor, 'reviews.record') && mayRecord(actor, kind),
          }
        }),
        records: model.all.slice(0, 50).map(each => {
          const kind = reviewKind(each.kind)
          return {
            href: `/reviews/${each.id}`,
            title: each.item ? `${kind.title}: ${itemText(kind, each.item)}` : kind.title,
            heldOn: each.heldOn,
            by: model.names.get(each.madeBy) ?? '',
            state: counts(kind, each) ? (kind.signing === 'none' ? 'recorded' : 'signed') : 'waiting',
          }
        }),
        more: model.all.length > 50,
      })
    }),
    get('/reviews/record/:kind', { access: 'reviews.record' }, async ({ actor, params, now }) => {
      const kind = kindOf(params['kind'])
      if (!mayRecord(actor, kind))
        throw new Refusal(
          'forbidden',
          `This is recorded by: ${formatList(
            kind.recordedBy.map((role: Role) => roleNames[role]),
            'or',
          )}.`,
        )
      return write(
        kind,
        blankForm(reviewForm(kind), { held_on: partsOf(londonDate(now)) }),
        actor,
        londonDate(now),
        recordRest(kind),
      )
    }),
    ...reviewKinds.map(record),
    get('/reviews/:id', { access: 'reviews.view' }, request => show(request)),
    get('/reviews/:id/change', { access: 'reviews.record' }, async ({ actor, params, read }) => {
      const id = params['id'] ?? ''
      const { review, version, words } = await read(async ({ reviews }) => {
        const found = await reviews.get(id)
        return {
          review: found,
          version: await reviews.version(id, found.version),
          words: await reviews.words(id, found.version),
        }
      })
      const kind = reviewKind(review.kind)
      if (kind.signing === 'none')
        throw new Refusal('conflict', 'This kind of record is not changed. Record what is new as a new one.')
      const rest = changeRest(kind, id)
      return write(
        kind,
        blankForm(reviewForm(kind), known(review.heldOn, version.posts, words)),
        actor,
        review.heldOn,
        {
          ...rest,
          action: `${rest.action}?seen=${review.version}`,
        },
      )
    }),
    ...reviewKinds.map(change),
    post('/reviews/:id/sign', { access: 'reviews.sign', form: signForm }, async request => {
      if (!request.form.ok) throw new Refusal('invalid', 'Open the record again, read it, and sign then.')
      const id = request.params['id'] ?? ''
      await service.sign(request.actor, id, request.form.values.digest)
      return redirect(`/reviews/${id}`, 'Signed. It counts from now.')
    }),
  ]
}

const known = (heldOn: string, posts: readonly Role[], words: ReviewWords) => ({
  held_on: partsOf(heldOn),
  posts,
  topics: words.topics,
  ...Object.fromEntries(Object.entries(words.fields).map(([name, text]) => [`words_${name}`, text])),
})

const signingWords = (kind: ReviewKind): string =>
  kind.signing === 'none'
    ? 'It counts as soon as it is recorded, and is not changed afterwards.'
    : `It counts once it is signed by ${
        kind.signing === 'other'
          ? 'somebody who was there and did not write it'
          : formatList(
              kind.signedBy.map(role => roleNames[role].toLowerCase()),
              'or',
            )
      }. A change afterwards clears the signature.`
