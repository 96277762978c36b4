import type { App } from '../../apps/server/src/compose.ts'
import { forgeryToken } from '../../apps/server/src/platform/sessions.ts'
import type { Role } from '../../apps/server/src/permissions.ts'
import { type Figure, figure, percentile } from './measure.ts'

const rounds = 60

/** Server time, p50 and p95, of what people open most, over HTTP on loopback with a warm server. The goal is a p95 under 50 ms. */
export async function benchPages(
  app: App,
  url: string,
  schoolId: string,
  marks: { caseId: string; pupilId: string; day: string },
): Promise<Figure[]> {
  const figures: Figure[] = []
  const cookieOf = async (role: Role): Promise<string> => {
    const [holder] = await app.read(schoolId, ({ people }) => people.holders(role))
    const [account] = holder ? await app.read(schoolId, ({ people }) => people.accountsOf(holder.personId)) : []
    if (!account) throw new Error(`nobody holds ${role} in the bench school`)
    return app.services.signIn.signInToSample(schoolId, account)
  }
  const measure = async (name: string, role: Role, path: string, body?: () => URLSearchParams): Promise<void> => {
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
    figures.push(
      figure(`${name}, p50`, percentile(samples, 0.5), 'ms'),
      figure(`${name}, p95`, p95, 'ms', '< 50', p95 < 50),
    )
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
  await measure(
    'one person’s day in the web log',
    'dsl',
    `/activity?person=${marks.pupilId}&day=${marks.day}&reason=bench`,
  )
  return figures
}
