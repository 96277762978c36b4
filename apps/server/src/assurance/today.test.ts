import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemActor } from '../platform/actor.ts'
import { changed } from '../platform/change.ts'
import { testSchool } from '../testing/test-school.ts'
import { inOrder } from './today.ts'

const school = await testSchool()
const { app, schoolId } = school
const work = systemActor(schoolId, 'test')
const head = await school.person('Ada Okoye', 'headteacher')
const dsl = await school.person('Ben Hart', 'dsl')

const startDeadline = (kind: string, keptFrom: readonly string[] = []) =>
  app.change(work, async ({ deadlines }) => {
    const subject = `case:${kind}`
    await deadlines.start({
      kind,
      subject,
      title: `Settle the ${kind}`,
      link: `/cases/${kind}`,
      ownerRole: 'dsl',
      rule: { basis: 'clock-hours', hours: 5 },
      keptFrom,
    })
    return changed(undefined, { type: 'test.started', subject })
  })

test('the person who answers for a deadline sees it with the time left, and others do not', async () => {
  await startDeadline('worry')
  const seen = await (await school.browser(dsl)).get('/')
  assert.equal(seen.status, 200)
  assert.match(seen.text, /Settle the worry 5 hours left/)
  assert.doesNotMatch((await (await school.browser(head)).get('/')).text, /Settle the worry/)
})

test('somebody whom a deadline is kept from never sees it, whatever their role', async () => {
  await startDeadline('secret', [dsl.personId])
  assert.doesNotMatch((await (await school.browser(dsl)).get('/')).text, /secret/)
})

test('what is loud comes first, then what has least time left, then what waits longest, and one thing is one line', () => {
  const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 9, minute))
  const ordered = inOrder([
    { text: 'later', href: '/a', due: at(9) },
    { text: 'new and unlimited', href: '/b', due: null, since: at(2) },
    { text: 'old and unlimited', href: '/c', due: null, since: at(1) },
    { text: 'sooner', href: '/d', due: at(3) },
    { text: 'the same as sooner', href: '/d', due: null },
    { text: 'loud', href: '/e', due: null, loud: true },
  ])
  assert.deepEqual(
    ordered.map(({ text }) => text),
    ['loud', 'sooner', 'later', 'old and unlimited', 'new and unlimited'],
  )
})

test('a child finds where to tell somebody, whom to talk to and the rules, and nothing of the machine', async () => {
  const child = await school.browser(await school.person('Cy Dale', 'pupil'))
  const page = await child.get('/')
  assert.match(page.text, /Something worried me/)
  assert.match(page.text, /0800 1111/)
  assert.doesNotMatch(page.text, /Working|Ledger|checkpoint/)
})

test('with nothing to do the page says so in one friendly line', async () => {
  const governor = await school.browser(await school.person('Dee Reed', 'governor'))
  assert.match((await governor.get('/')).text, /Nothing needs you/)
})
