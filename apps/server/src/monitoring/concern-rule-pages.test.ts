import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { newId } from '../platform/identifiers.ts'
import { testSchool } from '../testing/test-school.ts'
import { flagOf, monitored, take, withGroup } from './flag-world.ts'

const school = await testSchool()
const { app, schoolId } = school
const lead = await school.person('Dora Safe', 'dsl')
const deputy = await school.person('Dan Next', 'deputy-dsl')
const head = await school.person('Hedda Main', 'headteacher')
const chair = await school.person('Cher Board', 'chair')
const dpo = await school.person('Dev Data', 'dpo')
const teacher = await school.person('Tess Teach', 'teacher')
const pupils = await Promise.all(['Ann', 'Ben', 'Cy', 'Di'].map(name => school.person(`${name} Small`, 'pupil')))
await withGroup(school, 'juniors', pupils)
await monitored(school, ['juniors'], { lead, dpo, head })
const { flags } = app.services
const browser = await school.browser(lead)
const second = await school.browser(head)

/** Eleven verdicts, each about a thread of its own: a rule that cries wolf, and one of the core that does too. */
const cryWolf = async (concern: 'gambling' | 'selfharm', rule: string) => {
  for (let n = 0; n < 11; n++) {
    const pupil = pupils[n % pupils.length] ?? assert.fail()
    const taken = await take(
      school,
      pupil,
      ['juniors'],
      // Words that no lexicon flags: what they were flagged by is said by the rules that the flag names.
      flagOf(concern, 2, { rules: [rule], text: 'nothing to see here' }),
    )
    assert.equal(taken.outcome, 'stored')
    if (taken.outcome === 'stored') await flags.notAConcern(lead, [taken.threadId], 'joke', '')
  }
}
await cryWolf('gambling', 'gambling.002')
await cryWolf('selfharm', 'selfharm.001')
await take(school, pupils[0] ?? assert.fail(), ['juniors'], flagOf('drugs', 2, { rules: ['made.up'] }))

const tended = { reason: 'It is football talk', owner: 'dsl', reviewOn: ['27', '3', '2027'] }
const idIn = (location: string | null) => /changes\/([0-9a-f-]{36})/.exec(location ?? '')?.[1] ?? assert.fail()
const digestIn = (html: string) => /name="digest"[^>]*value="([0-9a-f]{64})"/.exec(html)?.[1] ?? ''
/** What the second form carries, as a browser would send it. */
const carried = (html: string, names: readonly string[]) =>
  Object.fromEntries(
    names.map(name => [
      name,
      (new RegExp(`name="${name}" value="([^"]*)"`).exec(html)?.[1] ?? '').replaceAll('&#39;', "'"),
    ]),
  )

test('only the lead, deputies and the headteacher see the rules', async () => {
  for (const person of [teacher, chair, dpo]) {
    const page = await (await school.browser(person)).get('/monitoring/rules')
    assert.equal(page.status, 403, person.name)
  }
  assert.equal((await second.get('/monitoring/rules')).status, 200)
  assert.doesNotMatch((await second.get('/monitoring/rules')).html, /Begin to switch it off|rules\/phrase/)
})

test('each rule stands with its own share of real ones; the noisy are proposed, and the core never', async () => {
  const page = await browser.get('/monitoring/rules')
  assert.equal(page.h1, 'Rules')
  const [, noisy = '', rest = ''] = /Proposed for retirement([\s\S]*?)<\/section>([\s\S]*)/.exec(page.html) ?? []
  assert.match(noisy, /gambling\.002[\s\S]*0 of 11 \(0%\)[\s\S]*off\?rule=gambling\.002/)
  assert.doesNotMatch(noisy, /selfharm/)
  assert.match(rest, /selfharm\.001[\s\S]*0 of 11 \(0%\)[\s\S]*?Core, stays on/)
  assert.match(page.text, /1 flag names a rule that is not among these/)
  assert.doesNotMatch(page.html, /made\.up/)
  assert.match(
    page.html,
    /<details class="govuk-details"><summary[^>]*>\s*<span[^>]*>\d+ rules that have flagged nothing/,
  )
})

test('rules are found by their words, their concern or their id, without any script', async () => {
  assert.match((await browser.get('/monitoring/rules?q=ladbrokes')).html, /gambling\.003/, 'by a word of its pattern')
  const words = await browser.get('/monitoring/rules?q=weapons%20knife')
  assert.match(words.html, /weapons\.\d/)
  assert.doesNotMatch(words.html, /gambling\.\d/)
  assert.match((await browser.get('/monitoring/rules?q=selfharm.001')).html, /Core, stays on/)
  const about = await browser.get('/monitoring/rules?about=gambling')
  assert.match(about.html, /gambling\.003/)
  assert.doesNotMatch(about.html, /weapons\.\d/)
  assert.equal((await browser.get('/monitoring/rules?about=nonsense')).status, 200)
  const none = await browser.get(`/monitoring/rules?q=${encodeURIComponent('<script>alert(1)</script>')}`)
  assert.equal(none.status, 200)
  assert.doesNotMatch(none.html, /<script>alert/)
})

test('a noisy rule goes off by two people, who both see what it would have left out', async () => {
  const form = await browser.get('/monitoring/rules/off?rule=gambling.002')
  assert.match(form.text, /0 of 11/)
  const empty = await browser.post('/monitoring/rules/off', { ...tended, rule: 'gambling.002', reason: '' })
  assert.equal(empty.status, 400)
  assert.deepEqual(empty.errors, ['Enter why this is needed'])
  const late = await browser.post('/monitoring/rules/off', {
    ...tended,
    rule: 'gambling.002',
    reviewOn: ['27', '3', '2035'],
  })
  assert.match(late.errors.join(), /within the next year/)
  const preview = await browser.post('/monitoring/rules/off', { ...tended, rule: 'gambling.002' })
  assert.equal(preview.status, 200, school.logged.at(-1))
  assert.match(preview.text, /It would have left out 11 flags: 11 of them judged not a concern\./)
  assert.equal((await app.read(schoolId, reads => reads.concernRules.changes())).length, 0, 'nothing is sent yet')
  const fields = carried(preview.html, ['rule', 'reason', 'owner', 'reviewOn'])
  assert.deepEqual(fields, { rule: 'gambling.002', reason: tended.reason, owner: 'dsl', reviewOn: '2027-03-27' })
  const sent = await browser.post('/monitoring/rules/off/send', fields)
  const id = idIn(sent.location)
  const again = await browser.post('/monitoring/rules/off/send', fields)
  assert.equal(again.status, 409, 'a second click proposes nothing')
  const own = await browser.get(`/monitoring/rules/changes/${id}`)
  assert.match(own.text, /You proposed this, so somebody else must decide it/)
  assert.match((await second.get('/')).text, /Decide about a change of what is looked for/)
  const page = await second.get(`/monitoring/rules/changes/${id}`)
  assert.match(page.text, /It would have left out 11 flags/)
  const blank = await second.post(`/monitoring/rules/changes/${id}/decide`, { digest: digestIn(page.html) })
  assert.deepEqual([blank.status, blank.errors.length], [400, 2])
  const decided = await second.post(`/monitoring/rules/changes/${id}/decide`, {
    verdict: 'approved',
    reason: 'Agreed',
    digest: digestIn(page.html),
  })
  assert.equal(decided.status, 303)
  const rules = await browser.get('/monitoring/rules')
  assert.doesNotMatch(rules.html, /Proposed for retirement/)
  assert.match(rules.text, /Switch off the rule gambling\.002/)
  const back = await browser.post(`/monitoring/rules/changes/${id}/back`, { reason: 'We miss it' })
  assert.match((await browser.get(back.location ?? '')).text, /Switch the rule gambling\.002 on again/)
})

test('a phrase of ordinary words comes back with what it would have flagged; a good one is shown and sent', async () => {
  const fields = { ...tended, concern: 'drugs', severity: '3', where: 'everywhere' }
  for (const [words, says] of [
    ['homework', /would flag ordinary words: .*harmless lines? of school life/],
    ['sn|ow', /not “\|”/],
    ['x'.repeat(61), /60 characters/],
    ['', /Enter the words/],
  ] as const) {
    const refused = await browser.post('/monitoring/rules/phrase', { ...fields, phrase: words })
    assert.equal(refused.status, 400, words)
    assert.match(refused.errors.join(), says)
  }
  const wrong = await browser.post('/monitoring/rules/phrase', { ...fields, severity: '5', phrase: 'zorbo drops' })
  assert.match(wrong.errors.join(), /how soon/)
  const preview = await browser.post('/monitoring/rules/phrase', { ...fields, phrase: 'Zorbo Drops' })
  assert.match(preview.text, /none of 9,\d+ everyday words and none of [\d,]+ harmless lines/)
  const sent = await browser.post(
    '/monitoring/rules/phrase/send',
    carried(preview.html, ['phrase', 'concern', 'severity', 'where', 'reason', 'owner', 'reviewOn']),
  )
  assert.match((await browser.get(sent.location ?? '')).h1, /Look for “zorbo drops”/)
})

test('a forged rule, a rule of the core and another school’s change lead nowhere', async () => {
  assert.equal((await browser.get('/monitoring/rules/off?rule=gambling.999')).status, 404)
  assert.equal((await browser.get('/monitoring/rules/off')).status, 404)
  assert.equal((await browser.get('/monitoring/rules/off?rule=selfharm.001')).status, 403)
  const carriedOn = { rule: 'selfharm.001', reason: 'x', owner: 'dsl', reviewOn: '2027-03-27' }
  assert.equal((await browser.post('/monitoring/rules/off/send', carriedOn)).status, 403)
  for (const id of [newId(), 'x']) {
    assert.equal((await browser.get(`/monitoring/rules/changes/${id}`)).status, 404)
    const decided = await second.post(`/monitoring/rules/changes/${id}/decide`, {
      verdict: 'approved',
      reason: 'x',
      digest: 'x',
    })
    assert.equal(decided.status, 404)
  }
})

test('a change that somebody altered in the database is offered to nobody to decide, and to who proposed it to withdraw', async t => {
  const client = new pg.Client({ connectionString: school.database.ownerUrl })
  await client.connect()
  t.after(() => client.end())
  const fields = { rule: 'gambling.005', reason: 'Noisy', owner: 'dsl', reviewOn: '2027-03-27' }
  const id = idIn((await browser.post('/monitoring/rules/off/send', fields)).location)
  const { requestId } = await app.read(schoolId, reads => reads.concernRules.change(id))
  await client.query("update request set payload = replace(payload, 'gambling.005', 'selfharm.001') where id = $1", [
    requestId,
  ])
  const page = await second.get(`/monitoring/rules/changes/${id}`)
  assert.match(page.text, /somebody has altered it/)
  assert.doesNotMatch(page.html, /selfharm\.001|\/decide"|\/withdraw"/)
  const own = await browser.get(`/monitoring/rules/changes/${id}`)
  assert.match(own.html, /\/withdraw"/)
  const withdrawn = await browser.post(`/monitoring/rules/changes/${id}/withdraw`, { digest: digestIn(own.html) })
  assert.equal(withdrawn.status, 303)
  assert.equal((await browser.post('/monitoring/rules/off/send', fields)).status, 303, 'it can be proposed again')
})

test('switching off what the policy names is said to both', async () => {
  const { replay } = await app.services.concernRules.look(deputy, {
    kind: 'off',
    rule: 'profanity.001',
    owner: 'dsl',
    reviewOn: '2027-03-27',
  })
  const { replay: harmless } = await app.services.concernRules.look(deputy, {
    kind: 'off',
    rule: 'web-log.vpn',
    owner: 'dsl',
    reviewOn: '2027-03-27',
  })
  assert.deepEqual(harmless.missed, [])
  assert.ok(replay.missed.every(id => id === 'language'))
})
