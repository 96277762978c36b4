import { roleNames, roles as allRoles, type Role } from '../permissions.ts'
import { type Actor, may } from '../platform/actor.ts'
import { blankForm, type Form, form, type FormResult, type FormView, withErrors } from '../platform/form.ts'
import { formatDay } from '../platform/format.ts'
import { isId } from '../platform/identifiers.ts'
import {
  download,
  type FormRequest,
  get,
  type Page,
  post,
  redirect,
  type Reply,
  type Request,
  view,
} from '../platform/page.ts'
import { Refusal } from '../platform/refusal.ts'
import { optionalChoice, optionalText } from '../platform/fields.ts'
import { csvCell } from '../platform/csv.ts'
import { isPlainRole, temporaryDays, usernameFrom, whyNotIssue, whyNotSuspend } from './account-rules.ts'
import {
  asSelect,
  endRoleForm,
  giveRoleForm,
  issueForm,
  joinGroupForm,
  leaveForm,
  leaveGroupForm,
  newPersonForm,
  proxyForm,
  reconcileForm,
  resetForm,
  suspendForm,
} from './people-forms.ts'
import { accountsDigest, type IssuedSecret, type PeopleService } from './people-service.ts'
import type { PeopleReads } from './people-store.ts'
import type { RegisterFilter, RegisterReads } from './register-store.ts'

export interface PeoplePageReads {
  readonly people: PeopleReads
  readonly register: RegisterReads
}
type Asked = Pick<Request<PeoplePageReads>, 'actor' | 'now' | 'params' | 'read'>

/** How many a page of the register shows. */
const onAPage = 50

const idOf = ({ params }: Pick<Asked, 'params'>): string => {
  const id = params['id'] ?? ''
  if (!isId(id)) throw new Refusal('not-found', 'There is no such person at this school.')
  return id
}

const filterOf = (query: URLSearchParams): RegisterFilter => {
  const role = allRoles.find(each => each === query.get('role'))
  const group = query.get('group')?.slice(0, 60)
  return {
    words: (query.get('q') ?? '').replaceAll('\0', '').slice(0, 100),
    ...(role ? { role } : {}),
    ...(group ? { group: group.replaceAll('\0', '') } : {}),
    left: query.get('left') === 'yes',
  }
}

/** Shown once, to whoever asked for it; this reply is the only place where it ever stands. */
export const secretShown = (issued: IssuedSecret, kind: 'temporary' | 'proxy', backHref: string): Reply =>
  view('people/secret', {
    title: kind === 'temporary' ? 'A temporary password' : 'A password for the internet filter',
    issued,
    kind,
    backHref,
    temporaryDays,
  })

const askedFor = form({
  q: optionalText({ label: 'Name or username', max: 100 }),
  role: optionalChoice(
    allRoles.map(role => ({ value: role, text: roleNames[role] })),
    { label: 'Role', as: 'select' },
  ),
  group: optionalText({ label: 'Group or class', max: 60 }),
})

export function peoplePages(service: PeopleService): Page<PeoplePageReads>[] {
  /** The page of one person, with the form that was wrong where there is one. */
  const personPage = async (request: Asked, wrong?: { name: string; view: FormView }, status = 200): Promise<Reply> => {
    const { actor, now } = request
    const id = idOf(request)
    const found = await request.read(async ({ people, register }) => {
      const person = await people.get(id)
      const [held, groups, accounts, all, notes, relatives, sessions] = [
        await people.appointmentsOf({ personId: id }),
        await people.groupsOf(id),
        await people.accountsOf(id),
        await people.groups(),
        may(actor, 'access.suspend') ? await register.accessNotes(id) : [],
        await register.relatives(id),
        await register.sessions(id),
      ]
      const names = await people.names([
        ...notes.map(({ byId }) => byId),
        ...relatives.flatMap(each => [each.adult_id, each.child_id]),
        ...held.flatMap(({ deputyId }) => (deputyId ? [deputyId] : [])),
      ])
      return { person, held, groups, accounts, all, notes, relatives, sessions, names }
    })
    const { person, held, groups, accounts, names } = found
    const current = held.filter(({ from, to }) => from <= now && (to === null || to > now))
    const roles = [...new Set(current.map(({ role }) => role))]
    const suspended = accounts.length > 0 && accounts.every(({ suspendedAt }) => suspendedAt !== null)
    const manages = may(actor, 'people.manage')
    const gone = person.leftOn !== null
    const mayIssue = may(actor, 'accounts.manage') && whyNotIssue(actor, id, roles) === null
    const shown = (name: string, definition: Form, known: Record<string, string> = {}): FormView =>
      wrong?.name === name ? wrong.view : blankForm(definition, known)
    return view(
      'people/person',
      {
        title: person.name,
        backHref: '/people',
        person,
        form: wrong?.view,
        wrong: wrong?.name ?? null,
        suspended,
        roles: current.map(each => ({
          role: each.role,
          name: roleNames[each.role],
          since: each.from,
          deputy: each.deputyId ? names.get(each.deputyId) : null,
          plain: isPlainRole(each.role),
        })),
        groups,
        relatives: found.relatives.map(each => ({
          name: names.get(each.adult_id === id ? each.child_id : each.adult_id) ?? 'Somebody',
          href: `/people/${each.adult_id === id ? each.child_id : each.adult_id}`,
          tie: each.adult_id === id ? 'Parent or carer of' : 'Child of',
          noContact: each.no_contact,
        })),
        accounts: accounts.map(account => ({
          ...account,
          locked: account.lockedUntil !== null && account.lockedUntil > now,
          resetForm: shown(`reset-${account.id}`, resetForm, { account: account.id }),
        })),
        sessions: found.sessions.length,
        notes: found.notes.map(note => ({ ...note, by: names.get(note.byId) ?? 'Somebody who is no longer here' })),
        may: {
          manage: manages && !gone,
          issue: mayIssue && !gone && !suspended,
          whyNotIssue: may(actor, 'accounts.manage') ? whyNotIssue(actor, id, roles) : null,
          suspend: may(actor, 'access.suspend') && accounts.length > 0 && whyNotSuspend(actor, id, roles) === null,
          leave: manages && (person.leftOn === null || person.leftOn >= formatIso(now)),
        },
        roleForm: shown('role', giveRoleForm),
        groupForm: asSelect(
          shown('group', joinGroupForm, { part: 'member' }),
          'group',
          found.all
            .filter(each => !groups.some(mine => mine.id === each.id))
            .map(each => ({ value: each.id, text: each.name })),
        ),
        issueForm: shown('issue', issueForm, { username: usernameFrom(person.givenName, person.familyName) }),
        suspendForm: shown('suspend', suspendForm),
        leaveForm: shown('leave', leaveForm),
      },
      status,
    )
  }

  /** A post about one person: back to the person’s page, with the form again where something was wrong. */
  const act = <F extends Form>(
    path: string,
    access: 'people.manage' | 'accounts.manage' | 'access.suspend',
    definition: F,
    name: string,
    done: (
      actor: Actor,
      id: string,
      values: Extract<FormResult<F>, { ok: true }>['values'],
      now: Date,
    ) => Promise<Reply>,
  ): Page<PeoplePageReads> =>
    post(`/people/:id/${path}`, { access, form: definition }, async (request: FormRequest<PeoplePageReads, F>) => {
      const { form: sent } = request
      const key = name === 'reset' ? `reset-${request.submission.values.get('account')?.[0] ?? ''}` : name
      const field = Object.keys(definition.fields).find(each => definition.fields[each]?.kind !== 'hidden') ?? ''
      if (!sent.ok) return personPage(request, { name: key, view: sent.view }, 400)
      try {
        return await done(request.actor, idOf(request), sent.values, request.now)
      } catch (error) {
        if (!(error instanceof Refusal) || error.code !== 'invalid') throw error
        return personPage(request, { name: key, view: withErrors(sent.view, { [field]: error.sentence }) }, 400)
      }
    })

  return [
    get('/people', { access: 'people.view' }, async ({ actor, query, read }) => {
      const filter = filterOf(query)
      const page = Math.max(1, Math.min(10_000, Number.parseInt(query.get('page') ?? '1', 10) || 1))
      const { rows, total, groups } = await read(async ({ register, people }) => ({
        rows: await register.list(filter, onAPage, (page - 1) * onAPage),
        total: await register.count(filter),
        groups: await people.groups(),
      }))
      const kept = new URLSearchParams([...query].filter(([name, value]) => name !== 'page' && value !== ''))
      const asked = blankForm(askedFor, { q: filter.words ?? '', role: filter.role ?? '', group: filter.group ?? '' })
      return view('people/register', {
        title: 'People',
        rows: rows.map(row => ({
          ...row,
          name: `${row.familyName}, ${row.givenName}`,
          href: `/people/${row.id}`,
          roleText: row.roles.map(role => roleNames[role]).join(', '),
        })),
        total,
        anyFilter: Boolean(filter.words || filter.role || filter.group || filter.left),
        filterFields: asSelect(
          asked,
          'group',
          groups.map(each => ({ value: each.id, text: each.name })),
        ).fields,
        pages: {
          current: page,
          last: Math.max(1, Math.ceil(total / onAPage)),
          href: `/people?${kept}${kept.size ? '&' : ''}page=`,
          total,
        },
        csvHref: `/people/register.csv?${kept}`,
        manages: may(actor, 'people.manage'),
        seesAccounts: may(actor, 'accounts.manage'),
      })
    }),
    get('/people/register.csv', { access: 'people.view' }, async ({ query, read }) => {
      const rows = await read(({ register }) => register.list(filterOf(query), 5_000))
      const lines = rows.map(row =>
        [
          row.familyName,
          row.givenName,
          row.roles.map(role => roleNames[role]).join('; '),
          row.groups.join('; '),
          row.usernames.join('; '),
          row.suspended ? 'suspended' : '',
        ]
          .map(csvCell)
          .join(','),
      )
      return download(
        `\uFEFF"PROTECT – personal data: keep it in school, and delete it when you are done"\r\n"Last name","First name","Roles","Groups","Usernames","Access"\r\n${lines.join('\r\n')}\r\n`,
        'text/csv; charset=utf-8',
        'people.csv',
      )
    }),
    get('/people/new', { access: 'people.manage' }, async ({ read }) =>
      view('people/new', {
        title: 'Add a person',
        backHref: '/people',
        form: await withFilterGroups(read, blankForm(newPersonForm)),
      }),
    ),
    post('/people', { access: 'people.manage', form: newPersonForm }, async ({ actor, form: sent, read }) => {
      const again = async (shown: FormView) =>
        view(
          'people/new',
          { title: 'Add a person', backHref: '/people', form: await withFilterGroups(read, shown) },
          400,
        )
      if (!sent.ok) return again(sent.view)
      const { given_name, family_name, email, roles, group } = sent.values
      try {
        const id = await service.add(actor, {
          givenName: given_name,
          familyName: family_name,
          email,
          dateOfBirth: null,
          roles,
          groups: [group],
        })
        return redirect(`/people/${id}`, 'The person is in the register. Give them an account if they need one.')
      } catch (error) {
        if (!(error instanceof Refusal) || error.code !== 'invalid') throw error
        return again(withErrors(sent.view, { group: error.sentence }))
      }
    }),
    get('/people/accounts', { access: 'accounts.manage' }, async request => accountsPage(request)),
    post('/people/accounts/reconcile', { access: 'accounts.reconcile', form: reconcileForm }, async request => {
      if (!request.form.ok) return accountsPage(request, request.form.view)
      await service.reconcile(request.actor, request.form.values.digest)
      return redirect('/people/accounts', 'The register of usernames is confirmed.')
    }),
    get('/people/:id', { access: 'people.view', recorded: 'person.viewed' }, async request => personPage(request)),
    act('roles', 'people.manage', giveRoleForm, 'role', async (actor, id, { role }) => {
      await service.giveRole(actor, id, role)
      return redirect(`/people/${id}`, 'The role is given.')
    }),
    act('roles/end', 'people.manage', endRoleForm, 'end-role', async (actor, id, { role }) => {
      await service.endRole(actor, id, role as Role)
      return redirect(`/people/${id}`, 'The role has ended.')
    }),
    act('groups', 'people.manage', joinGroupForm, 'group', async (actor, id, { group, part }) => {
      await service.joinGroup(actor, id, group, part)
      return redirect(`/people/${id}`, 'The group is added.')
    }),
    act('groups/leave', 'people.manage', leaveGroupForm, 'leave-group', async (actor, id, { group }) => {
      await service.leaveGroup(actor, id, group)
      return redirect(`/people/${id}`, 'The group is taken off.')
    }),
    act('account', 'accounts.manage', issueForm, 'issue', async (actor, id, { username }) =>
      secretShown(await service.issueAccount(actor, id, username), 'temporary', `/people/${id}`),
    ),
    act('reset', 'accounts.manage', resetForm, 'reset', async (actor, id, { account, why }) =>
      secretShown(await service.resetPassword(actor, accountId(account), why), 'temporary', `/people/${id}`),
    ),
    act('proxy', 'accounts.manage', proxyForm, 'proxy', async (actor, id, { account }) =>
      secretShown(await service.issueProxyPassword(actor, accountId(account)), 'proxy', `/people/${id}`),
    ),
    act('suspend', 'access.suspend', suspendForm, 'suspend', async (actor, id, { reason }) => {
      await service.setSuspended(actor, id, true, reason)
      return redirect(`/people/${id}`, 'Access is suspended everywhere. It ends at their next click.')
    }),
    act('restore', 'access.suspend', suspendForm, 'suspend', async (actor, id, { reason }) => {
      await service.setSuspended(actor, id, false, reason)
      return redirect(`/people/${id}`, 'Access is given back.')
    }),
    act('leave', 'people.manage', leaveForm, 'leave', async (actor, id, { last_day }, now) => {
      await service.leave(actor, id, last_day)
      return redirect(`/people/${id}`, `The last day is recorded: ${formatDay(last_day, now)}.`)
    }),
  ]

  async function accountsPage(request: Asked, wrong?: FormView): Promise<Reply> {
    const accounts = await request.read(({ register }) => register.accounts())
    const digest = accountsDigest(accounts)
    const last = 14 * 86_400_000
    return view(
      'people/accounts',
      {
        title: 'Usernames, and whose they are',
        backHref: '/people',
        form: wrong,
        accounts: accounts.map(account => ({
          ...account,
          href: `/people/${account.personId}`,
          roleText: account.roles.map(role => roleNames[role]).join(', '),
          old: account.temporarySince !== null && request.now.getTime() - account.temporarySince.getTime() > last,
        })),
        reconcile: may(request.actor, 'accounts.reconcile') ? (wrong ?? blankForm(reconcileForm, { digest })) : null,
      },
      wrong ? 400 : 200,
    )
  }
}

const accountId = (text: string): string => {
  if (!isId(text)) throw new Refusal('not-found', 'There is no such account at this school.')
  return text
}
const formatIso = (now: Date): string => now.toISOString().slice(0, 10)

const withFilterGroups = async (read: Request<PeoplePageReads>['read'], shown: FormView): Promise<FormView> =>
  asSelect(
    shown,
    'group',
    (await read(({ people }) => people.groups('filter'))).map(each => ({ value: each.id, text: each.name })),
  )
