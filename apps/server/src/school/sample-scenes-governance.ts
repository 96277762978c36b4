import { londonDate } from '@gatehouse/engine/calendar'
import { checkedItems } from '../duties/review-kinds.ts'
import type { NewReview } from '../duties/review-service.ts'
import { filterLog } from '../filtering/filter-log-review.ts'
import { guidanceDigest } from '../incidents/report-guidance.ts'
import { accountsDigest } from '../people/people-service.ts'
import type { Scene, TermWindow, World } from './sample-world.ts'

type ReviewWords = Partial<Omit<NewReview, 'heldOn'>> & Pick<NewReview, 'fields'>

/** Records a review of today, and has it signed where somebody is named who does. */
async function review(world: World, by: string, kind: string, words: ReviewWords, signer?: string): Promise<void> {
  const { app, schoolId, as, now } = world
  const id = await app.services.reviews.record(await as(by), kind, {
    item: '',
    posts: [],
    topics: [],
    result: null,
    heldOn: londonDate(now()),
    ...words,
  })
  if (signer === undefined) return
  const { digest } = await app.read(schoolId, ({ reviews }) => reviews.version(id, 1))
  await app.services.reviews.sign(await as(signer), id, digest)
}

/** What the headteacher and governors do in a term: meetings with minutes, checks, a pack with a question, a policy under review. */
export function governanceScenes(window: TermWindow): readonly Scene[] {
  const { on, before } = window
  let pack = { id: '', digest: '' }
  let question = ''
  let draft = { policy: 'A' as const, number: 0 }
  return [
    {
      at: on(0.1, '16:30'),
      play: world =>
        review(
          world,
          'head',
          'security-group',
          {
            posts: ['headteacher', 'dsl', 'network-manager', 'dpo', 'link-governor'],
            fields: {
              minutes:
                'The group looked at the filter’s first weeks, the report page on every tablet, and who stands in for whom.',
              actions: 'Network manager: a list of sites asked for, each half-term.',
            },
          },
          'deputy',
        ),
    },
    {
      at: on(0.25, '16:15'),
      play: world =>
        review(
          world,
          'head',
          'governor-meeting',
          {
            posts: ['headteacher', 'link-governor'],
            topics: ['issues', 'incidents', 'filter-changes'],
            fields: {
              minutes:
                'Went through the incident log and every filter change since September. Asked why videos were opened for juniors.',
              actions: '',
            },
          },
          'link-governor',
        ),
    },
    {
      at: on(0.33, '16:00'),
      play: world =>
        review(
          world,
          'head',
          'oversight-review',
          {
            posts: ['headteacher', 'network-manager', 'dpo'],
            fields: {
              findings:
                'Reports are answered within the day. One technical report waited over several days. The two policies are overdue for review.',
              actions: 'Headteacher: open the review of policy A before the end of the month.',
            },
          },
          'head',
        ),
    },
    ...[
      [0.12, 'technical', ['network-manager'], 'The new access points, and the list of ports that are open.'],
      [0.44, 'governors', ['link-governor'], 'What governors want to see in the pack.'],
      [0.75, 'technical', ['network-manager'], 'Backups: a restore was tried and worked.'],
    ].map(([share, topic, posts, note]) => ({
      at: on(share as number, '12:45'),
      play: (world: World) =>
        review(world, 'head', 'contact', {
          posts: posts as NewReview['posts'],
          topics: [topic as string],
          fields: { note: note as string },
        }),
    })),
    // All but two of the things to check; the term is not over.
    ...checkedItems.slice(0, -2).map((item, n) => ({
      at: on(0.3 + n * 0.04, '13:40'),
      play: (world: World) =>
        review(world, 'dpo', 'assurance-check', {
          item: item.value,
          result: n === 3 ? 'needs-action' : 'in-order',
          fields: {
            findings: n === 3 ? 'A deputy is named, but has not stood in yet.' : 'Looked at with the person; in order.',
            actions: n === 3 ? 'The deputy stands in for a day this term.' : '',
          },
        }),
    })),
    {
      at: on(0.38, '17:30'),
      play: async ({ app, as }) => {
        const issued = await app.services.packs.issue(await as('head'))
        pack = { id: issued.id, digest: issued.digest }
      },
    },
    {
      at: on(0.4, '19:10'),
      play: async ({ app, as, schoolId }) => {
        const governor = await as('link-governor')
        await app.services.packs.opened(governor, await app.read(schoolId, ({ packs }) => packs.get(pack.id)))
        await app.services.packs.ask(
          governor,
          pack.id,
          'Why did one technical report wait for so long, and what is different now?',
        )
      },
    },
    {
      at: on(0.4, '12:10', 1),
      play: async ({ app, as, schoolId }) => {
        const [asked] = await app.read(schoolId, ({ packs }) => packs.questions(pack.id))
        question = asked?.id ?? ''
        await app.services.packs.answer(
          await as('head'),
          pack.id,
          question,
          'It came in while the network manager was away. The technician takes such reports now.',
        )
      },
    },
    {
      at: on(0.46, '19:20'),
      play: async ({ app, as, schoolId }) => {
        const { digest } = await app.read(schoolId, reads =>
          filterLog(reads, { from: window.from, to: on(0.45, '23:00') }),
        )
        await app.filtering.logReview.sign(
          await as('link-governor'),
          { from: window.from, to: on(0.45, '23:00') },
          digest,
          'Read with the headteacher. Each opening had a reason and an end.',
        )
      },
    },
    {
      at: on(0.47, '18:45'),
      play: async ({ app, as }) => app.services.packs.sign(await as('chair'), pack.id, pack.digest),
    },
    {
      at: on(0.5, '18:30'),
      play: world =>
        review(
          world,
          'head',
          'governing-body',
          {
            posts: ['headteacher', 'chair', 'link-governor'],
            fields: { minutes: 'The pack was accepted. Governors want policy A reviewed before the spring.' },
          },
          'chair',
        ),
    },
    // The review of policy A: opened, reworded in one place, out for comments now. Policy B is still overdue, and says so.
    {
      at: on(0.62, '09:00'),
      play: async ({ app, as }) => {
        draft = { policy: 'A', number: await app.services.policies.openReview(await as('head'), 'A', 'yearly') }
      },
    },
    {
      at: on(0.66, '15:45'),
      play: async ({ app, as, schoolId }) => {
        const head = await as('head')
        const { title, reference } = await app.read(schoolId, async ({ policies }) => {
          const found = await policies.inPreparation('A')
          return { title: found?.title ?? 'Online safety policy', reference: found?.reference ?? '' }
        })
        await app.services.policies.describe(head, draft, {
          title,
          reference,
          findings:
            'Read clause by clause with the safeguarding lead. Most stand; talk with machines is new, and one wording was unclear.',
        })
      },
    },
    {
      at: on(0.7, '08:45'),
      play: async ({ app, as, now }) =>
        app.services.policies.consult(
          await as('head'),
          draft,
          londonDate(new Date(Math.max(now().getTime() + 21 * 86_400_000, window.until.getTime() + 7 * 86_400_000))),
        ),
    },
    {
      at: on(0.78, '19:30'),
      play: async ({ app, as }) =>
        app.services.policies.comment(
          await as('link-governor'),
          draft,
          'Say plainly who decides when something is opened in a hurry.',
          null,
        ),
    },
    // The front door and the accounts.
    {
      at: on(0.03, '10:00'),
      play: async ({ app, as }) => app.services.help.publishGuidance(await as('head')),
    },
    ...['deputy', 'deputy-dsl', 'senior-leader', 'network-manager', 'technician', 'office', 'teacher-5'].map(
      (key, n) => ({
        at: on(0.04 + n * 0.02, '15:35'),
        play: async ({ app, as }: World) => app.services.help.readGuidance(await as(key), guidanceDigest()),
      }),
    ),
    {
      at: on(0.2, '14:30'),
      play: async ({ app, as, schoolId }) =>
        app.services.people.reconcile(
          await as('office'),
          accountsDigest(await app.read(schoolId, ({ register }) => register.accounts())),
        ),
    },
    {
      at: on(0.55, '08:20'),
      play: async ({ app, as, id, schoolId }) => {
        const [account] = await app.read(schoolId, ({ people }) => people.accountsOf(id('staff-19')))
        if (!account) throw new Error('the sample’s staff have accounts')
        const { username, secret } = await app.services.people.resetPassword(
          await as('office'),
          account.id,
          'suspected',
        )
        await app.services.signIn.signIn(schoolId, username, secret)
        await app.services.signIn.changePassword(await as('staff-19'), secret, 'lantern-biscuit-harbour-toad')
      },
    },
    {
      at: before(9, '11:00'),
      play: async ({ app, as, id }) =>
        app.services.people.setSuspended(
          await as('head'),
          id('supplier'),
          true,
          'The contract has ended, and the replacement is not checked yet.',
        ),
    },
  ]
}
