import type { PeopleReads } from '../people/people-store.ts'
import { roleNames } from '../permissions.ts'
import type { Read } from '../platform/change.ts'
import type { Keys } from '../platform/keys.ts'
import type { LedgerReads } from '../platform/ledger-reads.ts'
import { get, type Page, view } from '../platform/page.ts'
import { Refusal } from '../platform/refusal.ts'
import { sampleProxyPassword } from './school-service.ts'

/**
 * The proxy passwords of a few sample people, so that anybody can ask the filter as a child or a member of staff. The page
 * exists on the conditions of the cards, and on no others.
 * @param hasCards whether the sample's cards exist for this school now.
 */
export const samplePages = (parts: {
  readonly read: Read<{ people: PeopleReads; ledger: LedgerReads }>
  readonly hasCards: (schoolId: string) => Promise<boolean>
  readonly keys: Pick<Keys, 'secret'>
  readonly proxyPort: number
}): Page<unknown>[] => [
  get('/sample/proxy', { access: 'public' }, async ({ local, schoolId }) => {
    if (!local || !(await parts.hasCards(schoolId)))
      throw new Refusal('not-found', 'There is no such page. Check the address, or start again from the first page.')
    const people = await parts.read(schoolId, async reads => {
      const found: { username: string; name: string; roles: string; group: string; password: string }[] = []
      for (const user of await reads.people.proxyUsers()) {
        // Whoever made themselves a new one has one that nobody else knows.
        const renewed = await reads.ledger.latest(['proxy-password.issued'], `person:${user.person_id}`)
        if (renewed || user.suspended_at) continue
        found.push({
          username: user.username,
          name: (await reads.people.get(user.person_id)).name,
          roles: (await reads.people.rolesOf(user.person_id)).map(role => roleNames[role]).join(', '),
          group: (user.groups ?? []).join(', '),
          password: sampleProxyPassword(parts.keys, schoolId, user.username),
        })
      }
      return found.sort((one, other) => (one.group + one.username < other.group + other.username ? -1 : 1))
    })
    const pupil = people.find(({ group }) => group === 'juniors') ?? people[0]
    const adult = people.find(({ group }) => group === 'staff') ?? people[0]
    const line = (who: typeof pupil, url: string): string =>
      who ? `curl -x http://${who.username}:${who.password}@127.0.0.1:${parts.proxyPort} ${url}` : ''
    return view('school/sample-proxy', {
      title: 'Ask the filter as somebody',
      people,
      proxyPort: parts.proxyPort,
      lines: [
        {
          what: 'A child in the juniors asks for a gambling site, and gets the block page',
          text: line(pupil, 'http://gambling.canary.gatehouse.invalid/'),
        },
        {
          what: 'The same child asks for a games site; a member of staff is only warned',
          text: line(pupil, 'http://games.canary.gatehouse.invalid/'),
        },
        { what: 'The member of staff', text: line(adult, 'http://games.canary.gatehouse.invalid/') },
        {
          what: 'With no name, nobody gets anything: 407',
          text: `curl -i -x http://127.0.0.1:${parts.proxyPort} http://example.org/`,
        },
      ],
    })
  }),
]
