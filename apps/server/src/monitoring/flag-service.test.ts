import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { addCalendarDays } from '@gatehouse/engine/calendar'
import { mondayOf } from './week.ts'
import { testSchool } from '../testing/test-school.ts'
import { lookingWords } from './flag.ts'
import { digestOf, flagOf, monitored, take, withGroup } from './flag-world.ts'

const school = await testSchool()
const { app, schoolId } = school
const lead = await school.person('Dora Safe', 'dsl')
const deputy = await school.person('Dan Next', 'deputy-dsl')
const head = await school.person('Hedda Main', 'headteacher')
const chair = await school.person('Cher Board', 'chair')
const dpo = await school.person('Dev Data', 'dpo')
const pupil = await school.person('Pia Small', 'pupil')
const other = await school.person('Otto Other', 'pupil')
const teacher = await school.person('Tess Teach', 'teacher')
await withGroup(school, 'juniors', [pupil, other])
await withGroup(school, 'staff', [teacher, head, lead])
const { flags, scopes } = app.services

const thread = (id: string) => app.read(schoolId, reads => reads.flags.thread(id))
const pages = (id: string) => app.read(schoolId, reads => reads.flags.pages(id))
const stored = async (...asked: Parameters<typeof take>): Promise<string> => {
  const taken = await take(...asked)
  assert.equal(taken.outcome, 'stored')
  return taken.outcome === 'stored' ? taken.threadId : assert.fail()
}

describe('without the papers', () => {
  test('a flag of somebody whom no assessment covers leaves nothing but a count', async () => {
    assert.deepEqual(await take(school, pupil, ['juniors'], flagOf('selfharm', 5, { text: 'a secret of a child' })), {
      outcome: 'no-scope',
    })
    assert.equal((await app.read(schoolId, reads => reads.flags.countWaiting(['safeguarding']))).size, 0)
    const entry = await app.read(schoolId, ({ ledger }) => ledger.latest(['flag.refused']))
    assert.deepEqual(entry?.detail, { source: 'extension', why: 'no-scope' })
  })
  test('nobody can approve before the data protection officer has advised, nor their own proposal', async () => {
    const id = await scopes.propose(lead, {
      groups: ['juniors'],
      reviewOn: '2027-06-01',
      assessment: { what: 'a', why: 'b', risks: 'c', measures: 'd', asked: 'e' },
    })
    const digest = await digestOf(school, id)
    await assert.rejects(scopes.decide(head, id, 'approved', 'Now', digest), /has not advised/)
    await scopes.advise(dpo, id, 'Yes')
    await assert.rejects(scopes.decide(lead, id, 'approved', 'Mine', digest), /permission/)
    await scopes.decide(head, id, 'approved', 'Needed', digest)
    assert.deepEqual(await take(school, pupil, ['juniors'], flagOf('selfharm', 5)), { outcome: 'no-scope' })
    await scopes.end(lead, id, 'Only a test')
    await assert.rejects(scopes.noticed(lead, id, 'Told'), /moved on/)
  })
})

describe('with the papers', () => {
  test('they are in force from the notice on, for the groups that they name and no other', async () => {
    await monitored(school, ['juniors'], { lead, dpo, head })
    await stored(school, other, ['juniors'], flagOf('profanity', 1))
    assert.equal((await take(school, teacher, ['staff'], flagOf('selfharm', 5))).outcome, 'no-scope')
    assert.equal((await take(school, pupil, ['juniors', 'staff'], flagOf('selfharm', 5))).outcome, 'no-scope')
  })
  test('the same flag sent twice is one', async () => {
    const flag = flagOf('gambling', 2)
    await stored(school, pupil, ['juniors'], flag)
    assert.deepEqual(await take(school, pupil, ['juniors'], flag), { outcome: 'known' })
  })
  test('flags of one child about one concern are one thread, and a pattern over days weighs more', async () => {
    const first = await stored(school, pupil, ['juniors'], flagOf('eating', 3))
    assert.equal(
      await stored(school, pupil, ['juniors'], flagOf('selfharm', 3)),
      first,
      'a finer concern joins its parent',
    )
    assert.equal((await thread(first)).severity, 3)
    school.pass(24)
    await stored(school, pupil, ['juniors'], flagOf('selfharm', 2))
    school.pass(24)
    await stored(school, pupil, ['juniors'], flagOf('selfharm', 2))
    const grown = await thread(first)
    assert.deepEqual([grown.count, grown.days, grown.severity], [4, 3, 4])
    assert.notEqual(await stored(school, other, ['juniors'], flagOf('selfharm', 2)), first)
  })

  test('the gravest pages the lead at once, then the deputy, then the headteacher, until somebody has it', async () => {
    const id = await stored(school, other, ['juniors'], flagOf('grooming', 5))
    const paged = async () => (await pages(id)).map(({ personId }) => personId)
    assert.deepEqual(await paged(), [lead.personId])
    await flags.climb(schoolId)
    assert.deepEqual(await paged(), [lead.personId], 'nobody is hurried')
    school.pass(11 / 60)
    await flags.climb(schoolId)
    await flags.climb(schoolId)
    assert.deepEqual(await paged(), [lead.personId, deputy.personId])
    school.pass(21 / 60)
    await flags.climb(schoolId)
    assert.deepEqual(await paged(), [lead.personId, deputy.personId, head.personId])
    const messages = await app.read(schoolId, reads => reads.messages.of(head.personId))
    assert.ok(messages.some(({ kind, link }) => kind === 'flag.page' && link === `/flags/${id}`))
    // The page opened it to the headteacher, whose eyes it is not for otherwise.
    const page = await (await school.browser(head)).get(`/flags/${id}`)
    assert.equal(page.status, 200)
    assert.ok((await pages(id)).at(-1)?.acknowledgedAt)
    school.pass(2)
    await flags.climb(schoolId)
    assert.equal((await pages(id)).length, 3)
  })

  test('a verdict of “real” opens a case with the flag in it, and meets the clock', async () => {
    const id = await stored(school, pupil, ['juniors'], flagOf('violence', 4, { text: 'the words that matter' }))
    const caseId = await flags.real(lead, id, 'She is not safe')
    const found = await thread(id)
    assert.deepEqual([found.state, found.caseId, found.decidedBy], ['real', caseId, lead.personId])
    const page = await (await school.browser(lead)).get(`/cases/${caseId}`)
    assert.equal(page.status, 200)
    const [deadline] = await app.read(schoolId, ({ deadlines }) => deadlines.about(`flag:${id}`))
    assert.equal(deadline?.state, 'met')
    await assert.rejects(flags.notAConcern(lead, [id], 'joke', ''), /decided about this already/)
    assert.notEqual(await stored(school, pupil, ['juniors'], flagOf('violence', 2)), id, 'a new one is looked at anew')
  })
  test('watched, it comes back with the next flag', async () => {
    const id = await stored(school, other, ['juniors'], flagOf('hate', 2))
    await flags.watch(lead, id)
    assert.equal((await thread(id)).state, 'watch')
    await stored(school, other, ['juniors'], flagOf('misogyny', 2))
    assert.equal((await thread(id)).state, 'waiting')
  })
  test('no concern is forgotten after 30 days, and its words cannot be read any more', async () => {
    const flag = flagOf('drugs', 2, { text: 'a song about it' })
    const id = await stored(school, pupil, ['juniors'], flag)
    const known = () => app.read(schoolId, reads => reads.flags.known([flag.senderId]))
    assert.deepEqual(await known(), [flag.senderId])
    await flags.notAConcern(lead, [id], 'quotation', 'A song')
    school.pass(29 * 24)
    assert.equal(await flags.forget(schoolId, school.now()), 0)
    school.pass(2 * 24)
    assert.ok((await flags.forget(schoolId, school.now())) >= 1)
    const gone = await thread(id)
    assert.ok(gone.erasedAt)
    assert.equal(gone.personId, null)
    assert.equal((await app.read(schoolId, reads => reads.flags.flagsOf(gone)))[0]?.content, null)
    assert.equal(await app.read(schoolId, reads => reads.flags.note(gone)), null)
    assert.deepEqual(await known(), [], 'the sender’s id of it went too')
  })
  test('several can be closed together, but nothing urgent, and fifty in a minute are told to the headteacher', async () => {
    const ids: string[] = []
    for (let index = 0; index < 50; index += 1) {
      const child = index % 2 === 0 ? pupil : other
      ids.push(await stored(school, child, ['juniors'], flagOf('personal', 1, { sender: `device:${index}` })))
      await flags.notAConcern(lead, [ids.at(-1) ?? ''], 'name', '')
    }
    const entry = await app.read(schoolId, ({ ledger }) => ledger.latest(['flag.bulk-verdicts']))
    assert.equal(entry?.subject, `person:${lead.personId}`)
    const urgent = await stored(school, pupil, ['juniors'], flagOf('weapons', 4))
    const mild = await stored(school, pupil, ['juniors'], flagOf('crime', 1))
    await assert.rejects(flags.notAConcern(lead, [mild, urgent], 'other', ''), /decided one by one/)
    assert.equal((await thread(mild)).state, 'waiting', 'nothing is done by half')
  })
  test('five hundred flags a minute from one device are cut off, but never the gravest', async () => {
    let taken = 0
    for (let index = 0; index < 70; index += 1)
      if (
        (await take(school, other, ['juniors'], flagOf('profanity', 1, { sender: 'device:mad' }))).outcome === 'stored'
      )
        taken += 1
    assert.equal(taken, 60)
    await stored(school, other, ['juniors'], flagOf('selfharm', 5, { sender: 'device:mad' }))
  })
})

describe('who sees what', () => {
  test('a flag about staff is the headteacher’s alone, one about the headteacher the chair’s, and never one’s own', async () => {
    await monitored(school, ['staff'], { lead, dpo, head })
    const about = await stored(school, teacher, ['staff'], flagOf('hate', 3))
    const aboutLead = await stored(school, lead, ['staff'], flagOf('hate', 3))
    const aboutHead = await stored(school, head, ['staff'], flagOf('hate', 3))
    const status = async (who: typeof lead, id: string) =>
      (await (await school.browser(who)).get(`/flags/${id}`)).status
    assert.deepEqual(
      [await status(lead, about), await status(head, about), await status(chair, about)],
      [404, 200, 404],
    )
    assert.deepEqual([await status(lead, aboutLead), await status(head, aboutLead)], [404, 200])
    assert.deepEqual([await status(head, aboutHead), await status(chair, aboutHead)], [404, 200])
    await assert.rejects(flags.real(head, aboutHead, ''), /no such flag/)
    const queue = await (await school.browser(lead)).get('/flags')
    assert.ok(!queue.text.includes('Tess Teach') && !queue.text.includes('Hedda Main'))
    assert.equal((await (await school.browser(teacher)).get('/flags')).status, 403)
  })
  test('the queue says how many and about how long, in words a tired lead can use', async () => {
    assert.equal(lookingWords(new Map([[1, 14]])), '14 flags, about 15 minutes')
    assert.equal(lookingWords(new Map([[5, 1]])), '1 flag, about 10 minutes')
    assert.match(
      lookingWords(
        new Map([
          [4, 1],
          [1, 2000],
        ]),
      ),
      /^More than 2,000 flags/,
    )
    const queue = await (await school.browser(lead)).get('/flags')
    assert.match(queue.text, /\d+ flags, about \d+ minutes/)
    const today = await (await school.browser(lead)).get('/')
    assert.match(today.text, /Look at \d+ flags, about \d+ minutes/)
  })
  test('the first page says of the one line about many flags that one of them cannot wait', async () => {
    const id = await stored(school, pupil, ['juniors'], flagOf('extremism', 5, { sender: 'device:grave' }))
    const browser = await school.browser(lead)
    assert.match((await browser.get('/')).text, /Look at \d+ flags, about \d+ minutes\s+\d of them at once\./)
    const opened = await browser.get(`/flags/${id}`)
    assert.match(opened.text, /At once/)
    assert.match(opened.text, /Dora Safe [^.]*, opened it/, 'whoever opens it is shown as having it')
    await flags.notAConcern(lead, [id], 'lesson', '')
  })
  test('several are closed by a list that says of each how soon, how many, and whether anybody opened it', async () => {
    const id = await stored(school, pupil, ['juniors'], flagOf('gambling', 2, { sender: 'device:minor' }))
    const browser = await school.browser(lead)
    assert.match((await browser.get('/flags/together')).text, /Gambling\s+This week, 1 flag, not opened by anybody yet/)
    await browser.get(`/flags/${id}`)
    assert.match((await browser.get('/flags/together')).text, /Gambling\s+This week, 1 flag(?!,)/)
    await flags.notAConcern(lead, [id], 'lesson', '')
  })
})

describe('the week’s report', () => {
  test('does not count a flag about staff, which even as a figure would tell colleagues of it', async () => {
    const browser = await school.browser(lead)
    const thisWeek = async () => (await browser.get(`/flags/week?week=${mondayOf(school.now())}`)).text
    await take(school, teacher, ['juniors'], flagOf('drugs', 2, { sender: 'device:of-staff' }))
    assert.doesNotMatch(await thisWeek(), /Drugs, alcohol and vaping/)
    const own = await stored(school, pupil, ['juniors'], flagOf('drugs', 2, { sender: 'device:of-pupil' }))
    assert.match(await thisWeek(), /Drugs, alcohol and vaping( \D+)? 1 (\D+ )?0 (\D+ )?0 (\D+ )?nobody has looked/)
    await browser.get(`/flags/${own}`)
    assert.match(await thisWeek(), /Drugs, alcohol and vaping( \D+)? 1 (\D+ )?0 (\D+ )?0 (\D+ )?under a minute/)
  })
  test('names nobody, and is signed by somebody who read these very figures', async () => {
    school.pass(7 * 24)
    const browser = await school.browser(lead)
    const page = await browser.get('/flags/week')
    assert.equal(page.status, 200)
    for (const name of ['Pia', 'Otto', 'Tess']) assert.ok(!page.text.includes(name), name)
    const value = (name: string): string =>
      new RegExp(`name="${name}" value="([^"]*)"`).exec(page.html)?.[1] ?? assert.fail(name)
    const [week, digest] = [value('week'), value('digest')]
    const wrong = await browser.post('/flags/week', { week, digest: 'f'.repeat(64), note: 'Read' })
    assert.equal(wrong.status, 409)
    // No day that exists, no Monday, and a week that has not begun: the page shows the last whole week, and none of them is signed.
    for (const other of ['2026-02-31', '2026-00-00', addCalendarDays(week, 2), addCalendarDays(week, 14)]) {
      const shown = await browser.get(`/flags/week?week=${other}`)
      assert.equal(shown.status, 200, other)
      assert.ok(shown.html.includes(`name="week" value="${week}"`), other)
      assert.equal((await browser.post('/flags/week', { week: other, digest, note: 'Read' })).status, 400, other)
    }
    const early = await browser.post('/flags/week', { week: addCalendarDays(week, 7), digest, note: 'Read' })
    assert.equal(early.status, 409)
    assert.match(early.text, /The week is not over/)
    const signed = await browser.post('/flags/week', { week, digest, note: 'Nothing to change' })
    assert.equal(signed.location, `/flags/week?week=${week}`)
    assert.match((await browser.get('/flags/week')).text, /Signed/)
  })
})
