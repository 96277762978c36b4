import type { App } from '../../apps/server/src/compose.ts'
import { forgeryToken } from '../../apps/server/src/platform/sessions.ts'
import type { NewReport } from '../../apps/server/src/incidents/report.ts'
import { concernKind } from '../../apps/server/src/incidents/data/concern-categories.ts'
import type { PersonActor } from '../../apps/server/src/platform/actor.ts'
import type { Role } from '../../apps/server/src/permissions.ts'
import { type Figure, figure, percentile } from './measure.ts'

const rounds = 60

const kind = concernKind('cyberbullying')
if (!kind) throw new Error('the kind of concern that the bench reports is gone')
const report: NewReport = {
  kind,
  who: 'pupil',
  madeBy: null,
  about: 'child',
  danger: false,
  words: 'Somebody in my class keeps sending me horrible messages at night.',
  names: null,
  happenedWhen: 'today',
  happenedAt: null,
  place: 'elsewhere',
  wantsReply: true,
  clicked: false,
  message: null,
  formToken: null,
}

export type MeasurePage = (
  name: string,
  role: Role,
  path: string,
  body?: () => URLSearchParams,
) => Promise<readonly [Figure, Figure]>

/** Measures one page as one role, over HTTP on loopback with a warm server: p50 and p95, of which the goal is to be under 50 ms. */
export function pageMeasure(app: App, url: string, schoolId: string): MeasurePage {
  const cookieOf = async (role: Role): Promise<string> => {
    const [holder] = await app.read(schoolId, ({ people }) => people.holders(role))
    const [account] = holder ? await app.read(schoolId, ({ people }) => people.accountsOf(holder.personId)) : []
    if (!account) throw new Error(`nobody holds ${role} in the bench school`)
    return app.services.signIn.signInToSample(schoolId, account)
  }
  return async (name, role, path, body) => {
    const cookie = await cookieOf(role)
    const samples: number[] = []
    for (let n = 0; n < rounds + 5; n++) {
      const sent = body?.()
      sent?.set('_csrf', forgeryToken(app.keys.secret('form tokens'), cookie))
      const start = performance.now()
      const answer = await fetch(url + path, {
        headers: { cookie: `gatehouse=${cookie}` },
        redirect: 'manual',
        ...(sent ? { method: 'POST', body: sent } : {}),
      })
      await answer.arrayBuffer()
      if (answer.status >= 400) throw new Error(`${name}: ${path} answered ${answer.status}`)
      if (n >= 5) samples.push(performance.now() - start)
    }
    const p95 = percentile(samples, 0.95)
    return [figure(`${name}, p50`, percentile(samples, 0.5), 'ms'), figure(`${name}, p95`, p95, 'ms', '< 50', p95 < 50)]
  }
}

/** What people open most. */
export async function benchPages(
  app: App,
  url: string,
  schoolId: string,
  marks: { caseId: string; pupilId: string; day: string },
): Promise<Figure[]> {
  const figures: Figure[] = []
  const measureOne = pageMeasure(app, url, schoolId)
  const measure = async (...asked: Parameters<MeasurePage>): Promise<void> => {
    figures.push(...(await measureOne(...asked)))
  }
  for (const role of [
    'headteacher',
    'dsl',
    'dpo',
    'network-manager',
    'teacher',
    'link-governor',
    'office',
    'pupil',
    'parent',
  ] as const)
    await measure(`first page of the ${role}`, role, '/')
  await measure('cases, filtered', 'dsl', '/cases?category=conduct&seriousness=serious')
  await measure('cases, first page', 'dsl', '/cases')
  await measure('a case', 'dsl', `/cases/${marks.caseId}`)
  const [dsl] = await app.read(schoolId, ({ people }) => people.holders('dsl'))
  if (!dsl) throw new Error('nobody is the safeguarding lead of the bench school')
  const looker: PersonActor = { kind: 'person', schoolId, personId: dsl.personId, name: 'Bench', roles: ['dsl'] }
  const look = await app.services.looks.ask(looker, {
    target: 'log',
    personId: marks.pupilId,
    isByEntry: false,
    purpose: 'compliance',
    fromDay: marks.day,
    toDay: marks.day,
    what: 'everything',
    reason: 'Measuring how long it takes',
    days: 5,
    urgent: true,
  })
  await measure('one person’s day in the web log', 'dsl', `/looks/${look}/log?day=${marks.day}`)
  await measure('the web log, newest first', 'dsl', '/activity')
  await measure('the policy with its seals', 'headteacher', '/policy/A')
  await measure('the governors’ term', 'link-governor', '/governors')
  const receive: number[] = []
  for (let n = 0; n < rounds; n++) {
    const start = performance.now()
    await app.services.reports.receive({ kind: 'public', schoolId }, report)
    receive.push(performance.now() - start)
  }
  const p95 = percentile(receive, 0.95)
  figures.push(
    figure('a report submitted, p50', percentile(receive, 0.5), 'ms'),
    figure('a report submitted, p95', p95, 'ms', '< 50', p95 < 50),
  )
  return figures
}
