import { may } from '../platform/actor.ts'
import { blankForm, type FormView, withErrors } from '../platform/form.ts'
import { get, type Page, post, redirect, view } from '../platform/page.ts'
import { Refusal } from '../platform/refusal.ts'
import type { PeoplePageReads } from './people-pages.ts'
import { classForm } from './people-forms.ts'
import type { PeopleService } from './people-service.ts'

const kindNames = { class: 'Classes', filter: 'What people get on the internet', year: 'Years' } as const

/** Groups and classes; who is in them is changed on each person’s page. */
export function groupPages(service: PeopleService): Page<PeoplePageReads>[] {
  const list = async (
    request: Pick<Parameters<Extract<Page<PeoplePageReads>, { method: 'GET' }>['handle']>[0], 'actor' | 'read'>,
    wrong?: FormView,
  ) => {
    const groups = await request.read(({ register }) => register.groupSizes())
    return view(
      'people/groups',
      {
        title: 'Groups and classes',
        backHref: '/people',
        form: wrong,
        kinds: (['class', 'filter', 'year'] as const).flatMap(kind => {
          const some = groups.filter(group => group.kind === kind)
          return some.length === 0 ? [] : [{ name: kindNames[kind], groups: some }]
        }),
        classForm: may(request.actor, 'people.manage') ? (wrong ?? blankForm(classForm)) : null,
      },
      wrong ? 400 : 200,
    )
  }
  return [
    get('/groups', { access: 'people.view' }, async request => list(request)),
    post('/groups', { access: 'people.manage', form: classForm }, async request => {
      const { form: sent, actor } = request
      if (!sent.ok) return list(request, sent.view)
      const id = `class-${sent.values.name
        .normalize('NFKD')
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, '-')
        .replace(/^-+|-+$/g, '')
        .slice(0, 40)}`
      try {
        await service.addClass(actor, id, sent.values.name)
        return redirect('/groups', 'The class is made.')
      } catch (error) {
        if (!(error instanceof Refusal) || error.code !== 'invalid') throw error
        return list(request, withErrors(sent.view, { name: error.sentence }))
      }
    }),
    get('/groups/:id', { access: 'people.view' }, async ({ params, read }) => {
      const id = params['id'] ?? ''
      const { group, members } = await read(async ({ people, register }) => ({
        group: (await people.groups()).find(each => each.id === id),
        members: await register.membersWithPart(id.replaceAll('\0', '')),
      }))
      if (!group) throw new Refusal('not-found', 'There is no such group at this school.')
      return view('people/group', {
        title: group.name,
        backHref: '/groups',
        members: members.map(each => ({
          name: `${each.family_name}, ${each.given_name}`,
          href: `/people/${each.id}`,
          part: each.part === 'teacher' ? 'Teaches it' : '',
        })),
      })
    }),
  ]
}
