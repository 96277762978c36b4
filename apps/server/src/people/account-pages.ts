import { roleNames } from '../permissions.ts'
import { personOf } from '../platform/actor.ts'
import { form } from '../platform/form.ts'
import { get, type Page, post, redirect, view } from '../platform/page.ts'
import { Refusal } from '../platform/refusal.ts'
import { secretShown, type PeoplePageReads } from './people-pages.ts'
import type { PeopleService } from './people-service.ts'

/** A person’s own page: who the school thinks they are, their password, their sessions, their password for the filter. */
export const accountPages = (service: PeopleService): Page<PeoplePageReads>[] => [
  get('/account', { access: 'account.own' }, async ({ actor, read }) => {
    const me = personOf(actor)
    const { person, accounts, groups, sessions } = await read(async ({ people, register }) => ({
      person: await people.get(me.personId),
      accounts: await people.accountsOf(me.personId),
      groups: await people.groupsOf(me.personId),
      sessions: await register.sessions(me.personId),
    }))
    return view('people/account', {
      title: 'You and your account',
      details: [
        { key: 'Name', text: person.name },
        { key: 'Roles', text: me.roles.map(role => roleNames[role]).join(', ') || 'None at the moment' },
        { key: 'Groups', text: groups.map(({ name }) => name).join(', ') || 'None' },
        ...(person.email ? [{ key: 'Email', text: person.email }] : []),
        ...accounts.map(({ username }) => ({ key: 'Username', text: username })),
      ],
      sessions: sessions.map(({ startedAt, seenAt }) => ({ startedAt, seenAt })),
      hasPassword: accounts.some(({ passwordHash }) => passwordHash !== null),
      accounts: accounts.map(({ id, username, hasProxyPassword }) => ({ id, username, hasProxyPassword })),
    })
  }),
  post('/account/sessions', { access: 'account.own', form: form({}) }, async ({ actor, sessionToken }) => {
    const ended = await service.endOtherSessions(personOf(actor), sessionToken)
    return redirect(
      '/account',
      ended === 0 ? 'You were not signed in anywhere else.' : 'You are signed out everywhere else.',
    )
  }),
  post('/account/proxy', { access: 'account.own', form: form({}) }, async ({ actor, read }) => {
    const me = personOf(actor)
    const [account] = await read(({ people }) => people.accountsOf(me.personId))
    if (!account) throw new Refusal('conflict', 'You have no account of your own to use the internet with.')
    return secretShown(await service.issueProxyPassword(actor, account.id), 'proxy', '/account')
  }),
]
