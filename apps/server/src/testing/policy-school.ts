import { adoptPacks } from '../policies/adopt-packs.ts'
import { systemActor, type PersonActor } from '../platform/actor.ts'
import { changed } from '../platform/change.ts'
import { type TestSchool, testSchool } from './test-school.ts'

/** A school with both policies adopted as on paper, a headteacher, a chair and three more governors. */
export interface PolicySchool extends TestSchool {
  readonly head: PersonActor
  readonly chair: PersonActor
  readonly governors: readonly PersonActor[]
}

export async function policySchool(): Promise<PolicySchool> {
  const school = await testSchool()
  await school.app.change(systemActor(school.schoolId, 'set-up'), async writes => {
    await writes.deadlines.addTerm('Autumn', '2026-09-01', '2026-12-19')
    await writes.deadlines.addTerm('Spring', '2027-01-04', '2027-04-01')
    const [first, ...rest] = await adoptPacks(writes)
    if (!first) throw new Error('no policy was adopted')
    return changed(undefined, first, ...rest)
  })
  const head = await school.person('Hetty Head', 'headteacher')
  const chair = await school.person('Chandra Chair', 'chair', 'governor')
  const governors = [
    chair,
    await school.person('Gwen First', 'governor'),
    await school.person('Gus Second', 'governor'),
    await school.person('Gail Third', 'governor'),
  ]
  return { ...school, head, chair, governors }
}

const today = (school: TestSchool): string[] => {
  const [year = '', month = '', day = ''] = school.now().toISOString().slice(0, 10).split('-')
  return [day, month, year]
}

const mustRedirect = (
  answer: { status: number; location: string | null; h1: string; text: string },
  what: string,
): string => {
  if (answer.status !== 303 || !answer.location)
    throw new Error(`${what}: ${answer.status} ${answer.h1}: ${answer.text.slice(0, 600)}`)
  return answer.location
}

/** The hidden digest of a form, as its page sends it. */
export const digestOn = (html: string): string => /name="digest" value="([0-9a-f]{64})"/.exec(html)?.[1] ?? ''

/** How far to take a review through its pages; each step is done as its own person would. */
export const reviewSteps = [
  'opened',
  'consulted',
  'proposed',
  'approved',
  'signed by the headteacher',
  'signed by a governor',
  'published',
] as const

/** Takes a whole review of a policy through its pages. @returns the path of the new version. */
export async function review(
  school: PolicySchool,
  policy: 'A' | 'B',
  upTo: (typeof reviewSteps)[number] = 'published',
  words: Readonly<Record<string, string>> = {},
): Promise<string> {
  const head = await school.browser(school.head)
  const chair = await school.browser(school.chair)
  const reached = (step: (typeof reviewSteps)[number]): boolean =>
    reviewSteps.indexOf(upTo) >= reviewSteps.indexOf(step)
  const path = mustRedirect(await head.post(`/policy/${policy}/versions/new`, { reason: 'yearly' }), 'opening')
  for (const [id, text] of Object.entries(words))
    mustRedirect(await head.post(`${path}/clause/${id}`, { words: text }), 'rewording')
  mustRedirect(
    await head.post(`${path}/describe`, {
      title: `Policy ${policy}`,
      reference: `OH-${policy}`,
      findings: 'Every clause was read against its evidence.',
    }),
    'describing',
  )
  if (!reached('consulted')) return path
  mustRedirect(await head.post(`${path}/consult`, { until: today(school) }), 'consulting')
  mustRedirect(await chair.post(`${path}/comment`, { words: 'Clause A-3.1-01 is clear.' }), 'commenting')
  mustRedirect(await head.post(`${path}/end-consultation`, {}), 'closing')
  if (!reached('proposed')) return path
  mustRedirect(await head.post(`${path}/propose`, { reason: 'The yearly review.' }), 'proposing')
  if (!reached('approved')) return path
  const asked = await chair.get(`${path}/approve`)
  mustRedirect(
    await chair.post(`${path}/approve`, {
      meeting: today(school),
      minute: 'FGB 2026-11 item 7',
      present: school.governors.slice(0, 3).map(({ personId }) => personId),
      digest: digestOn(asked.html),
    }),
    'approving',
  )
  for (const [step, browser, part] of [
    ['signed by the headteacher', head, 'headteacher'],
    ['signed by a governor', chair, 'governor'],
  ] as const) {
    if (!reached(step)) return path
    const page = await browser.get(`${path}/sign-${part}`)
    mustRedirect(
      await browser.post(`${path}/sign-${part}`, {
        name: 'As written',
        job_title: part,
        digest: digestOn(page.html),
        read: 'yes',
      }),
      'signing',
    )
  }
  if (!reached('published')) return path
  mustRedirect(await head.post(`${path}/publish`, {}), 'publishing')
  return path
}
