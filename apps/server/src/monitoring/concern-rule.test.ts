import assert from 'node:assert/strict'
import { createHash, createPublicKey, randomUUID, verify } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { shippedRules } from '@gatehouse/engine'
import { deviceRulesFormat, parseBundlePayload, parseSignedBundle } from '@gatehouse/engine/bundle'
import fc from 'fast-check'
import pg from 'pg'
import { newId } from '../platform/identifiers.ts'
import { grants, roles } from '../permissions.ts'
import { testSchool } from '../testing/test-school.ts'
import { createConcernDetectors } from './concern-detectors.ts'
import {
  aboutOf,
  isNoisy,
  type OffContent,
  type PhraseContent,
  phraseRuleId,
  ruleContentOf,
  rulesWith,
} from './concern-rule.ts'
import { phraseFrom } from './concern-rule-service.ts'
import { flagOf, monitored, take, withGroup } from './flag-world.ts'

const school = await testSchool()
const { app, schoolId } = school
const lead = await school.person('Dora Safe', 'dsl')
const deputy = await school.person('Dan Next', 'deputy-dsl')
const head = await school.person('Hedda Main', 'headteacher')
const dpo = await school.person('Dev Data', 'dpo')
const pupil = await school.person('Pia Small', 'pupil')
const teacher = await school.person('Tess Teach', 'teacher')
await withGroup(school, 'juniors', [pupil])
await monitored(school, ['juniors'], { lead, dpo, head })
const { concernRules } = app.services
const detectors = createConcernDetectors()

const reviewOn = '2027-03-27'
const off = (rule: string): OffContent => ({ kind: 'off', rule, owner: 'dsl', reviewOn })
const phrase = (words: string, given: Partial<PhraseContent> = {}): PhraseContent => ({
  kind: 'phrase',
  concern: 'drugs',
  severity: 3,
  phrase: words,
  where: 'everywhere',
  owner: 'dsl',
  reviewOn,
  ...given,
})
const changeOf = (id: string) => app.read(schoolId, reads => reads.concernRules.change(id))
const decide = async (who: typeof lead, id: string, verdict: 'approved' | 'refused' = 'approved') =>
  concernRules.decide(who, id, verdict, 'Discussed', (await changeOf(id)).digest)
const inForce = async (content: OffContent | PhraseContent): Promise<string> => {
  const id = await concernRules.propose(lead, content, 'Needed')
  await decide(deputy, id)
  return id
}
const takenBack = async (id: string): Promise<void> => decide(head, await concernRules.takeBack(lead, id, 'Enough'))
const rulesNow = () => concernRules.rules(schoolId)

describe('What two people decide', () => {
  test('is in force from the second one’s word on, and gone when two took it back', async () => {
    const id = await concernRules.propose(lead, phrase('purple dragonfruit'), 'It is the name of a vape here')
    assert.deepEqual(await rulesNow(), { version: 0, off: [], added: [] })
    await decide(deputy, id)
    const added = { id: phraseRuleId(id), concern: 'drugs', severity: 3, phrase: 'purple dragonfruit' }
    assert.deepEqual(await rulesNow(), { version: 1, off: [], added: [added] })
    const back = await concernRules.takeBack(deputy, id, 'The word is gone')
    assert.deepEqual((await rulesNow()).added, [added], 'one person takes nothing back')
    await decide(head, back)
    assert.deepEqual(await rulesNow(), { version: 2, off: [], added: [] })
    assert.deepEqual([(await changeOf(id)).state, (await changeOf(id)).endedBy], ['ended', back])
  })
  test('has an owner and a day on which it is looked at again, until it is taken back', async () => {
    const id = await inForce(off('gambling.003'))
    const deadline = async () =>
      (await app.read(schoolId, ({ deadlines }) => deadlines.about(`concern-rule:${id}`))).find(
        ({ state }) => state === 'open',
      )
    assert.equal((await deadline())?.ownerRole, 'dsl')
    await concernRules.keep(lead, id, '2027-06-30')
    assert.match((await deadline())?.dueAt?.toISOString() ?? '', /^2027-06-30/)
    await takenBack(id)
    assert.equal(await deadline(), undefined)
    assert.equal((await rulesNow()).off.length, 0)
  })
  test('is nobody’s to decide who proposed it, nor anybody’s without the office', async () => {
    const id = await concernRules.propose(lead, off('gambling.003'), 'Noisy')
    await assert.rejects(decide(lead, id), /You proposed this/)
    await assert.rejects(decide(teacher, id), /permission/)
    await assert.rejects(concernRules.propose(head, off('gambling.005'), 'Noisy'), /permission/)
    await assert.rejects(concernRules.withdraw(deputy, id, (await changeOf(id)).digest), /Only the person who proposed/)
    await assert.rejects(concernRules.decide(deputy, id, 'approved', 'Yes', '0'.repeat(64)), /not what is waiting/)
    await concernRules.withdraw(lead, id, (await changeOf(id)).digest)
    await assert.rejects(decide(deputy, id), /already withdrawn/)
    assert.deepEqual((await rulesNow()).off, [])
  })
  test('of two who propose or decide the same at once, one wins and the other is told', async () => {
    const proposed = await Promise.allSettled([
      concernRules.propose(lead, off('gambling.003'), 'Noisy'),
      concernRules.propose(deputy, off('gambling.003'), 'Noisy'),
    ])
    const [won, ...more] = proposed.flatMap(each => (each.status === 'fulfilled' ? [each.value] : []))
    assert.ok(won !== undefined && more.length === 0)
    const lost = proposed.find(each => each.status === 'rejected')
    assert.match(String(lost?.reason), /waits for a decision/)
    const second = (await changeOf(won)).proposedBy === lead.personId ? deputy : lead
    const decided = await Promise.allSettled([decide(second, won), decide(head, won)])
    assert.deepEqual(decided.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
    assert.deepEqual((await rulesNow()).off, ['gambling.003'])
    await assert.rejects(concernRules.propose(lead, off('gambling.003'), 'Again'), /switched off already/)
    await takenBack(won)
    await assert.rejects(concernRules.takeBack(lead, won, 'Again'), /nothing to take back/)
  })
  test('stands in the ledger without the words that are looked for', async () => {
    const entries = await app.read(schoolId, ({ ledger }) => ledger.list({ limit: 200 }))
    const own = entries.filter(({ type }) => type.startsWith('concern-rule.'))
    assert.ok(own.some(({ type }) => type === 'concern-rule.approved'))
    assert.doesNotMatch(JSON.stringify(own), /dragonfruit/)
  })
  test('must be looked at again within a year', async () => {
    for (const day of ['2020-01-01', '2026-11-24', '2028-06-01'])
      await assert.rejects(
        concernRules.propose(lead, { ...off('gambling.003'), reviewOn: day }, 'x'),
        /within the next year/,
        day,
      )
  })
})

describe('The core', () => {
  test('can be switched off by no request, of whoever and with whatever id', async () => {
    const core = [...detectors.rules().values()].filter(({ isCore }) => isCore)
    assert.ok(core.length > 90)
    for (const concern of ['selfharm', 'grooming', 'extremism']) assert.ok(core.some(rule => rule.concern === concern))
    for (const { id } of core)
      await assert.rejects(concernRules.propose(lead, off(id), 'Noisy'), /cannot be switched off/)
    await assert.rejects(concernRules.propose(lead, off('model.selfharm'), 'Noisy'), /cannot be switched off/)
    await assert.rejects(concernRules.propose(lead, off('web-log.selfharm'), 'Noisy'), /cannot be switched off/)
  })
  test('stays on whatever stands in the store', () => {
    const all = [...detectors.rules().keys()]
    const changes = all.map((rule, at) => ({ id: String(at), content: off(rule) }))
    const made = rulesWith(changes, 1, detectors.isCore)
    assert.ok(made.off.length > 300 && made.off.every(rule => !detectors.isCore(rule)))
  })
  test('a row that somebody wrote by hand, or altered, switches nothing off', async t => {
    const client = new pg.Client({ connectionString: school.database.ownerUrl })
    await client.connect()
    t.after(() => client.end())
    const waiting = await concernRules.propose(lead, off('gambling.005'), 'Noisy')
    await client.query(
      "update concern_rule_change set state = 'in-force', version = 99, in_force_at = now() where id = $1",
      [waiting],
    )
    assert.deepEqual((await rulesNow()).off, [], 'nobody approved it')
    await client.query(
      "update concern_rule_change set state = 'waiting', version = null, in_force_at = null where id = $1",
      [waiting],
    )
    await client.query("update request set payload = replace(payload, 'gambling.005', 'selfharm.001') where id = $1", [
      (await changeOf(waiting)).requestId,
    ])
    await assert.rejects(decide(deputy, waiting), /not what was proposed/)
    await assert.rejects(concernRules.propose(lead, off('gambling.005'), 'Noisy'), /waits for a decision/)
    for (const payload of ['{"kind":"\\ud800"}', 'no JSON']) {
      const { requestId } = await changeOf(waiting)
      await client.query('update request set payload = $1 where id = $2', [payload, requestId])
      for (const verdict of ['approved', 'refused'] as const)
        await assert.rejects(decide(deputy, waiting, verdict), /not what was proposed/)
    }
    await concernRules.withdraw(lead, waiting, (await changeOf(waiting)).digest)
    const again = await concernRules.propose(lead, off('gambling.005'), 'Noisy')
    await decide(deputy, again, 'refused')
  })
})

describe('A forged or foolish request', () => {
  test('about a rule that is not there is refused', async () => {
    for (const rule of [
      'gambling.999',
      '',
      '<die>',
      phraseRuleId(randomUUID()),
      'toString',
      '__proto__',
      'x'.repeat(80),
    ])
      await assert.rejects(concernRules.propose(lead, off(rule), 'x'), /no such rule/, rule)
  })
  test('about another school’s change finds none', async () => {
    await school.addSchool('elm')
    const here = await concernRules.propose(lead, phrase('only oak hill says'), 'x')
    await assert.rejects(
      app.read('elm', reads => reads.concernRules.change(here)),
      /no such change/,
    )
    assert.deepEqual(await concernRules.rules('elm'), { version: 0, off: [], added: [] })
    const elsewhere = { ...lead, schoolId: 'elm' }
    await assert.rejects(concernRules.withdraw(elsewhere, here, (await changeOf(here)).digest), /no such change/)
    for (const id of [newId(), 'x', '../../etc'])
      for (const act of [
        () => concernRules.takeBack(lead, id, 'x'),
        () => concernRules.keep(lead, id, reviewOn),
        () => concernRules.decide(head, id, 'approved', 'x', 'y'),
      ])
        await assert.rejects(act(), /no such change/)
  })
  test('a phrase of ordinary words is refused with what it would flag, and one that can never be found too', async () => {
    for (const [words, says] of [
      ['the', /everyday word.*“the”/],
      ['teacher', /everyday word.*“teacher”/],
      ['homework', /harmless line/],
      ['looool', /would never find/],
    ] as const)
      await assert.rejects(concernRules.propose(lead, phrase(words), 'x'), says, words)
  })
  test('a phrase is plain words of a bounded length, as typed and as stored', () => {
    for (const typed of ['', '.*', 'a'.repeat(61), 'a|b c', 'two\u0000words', 'w\u200bord', 'ab', '(drugs)+'])
      assert.throws(() => phraseFrom(typed), /phrase|Only letters/, typed)
    for (const stored of ['Purple', 'a  b', '.*', 'a'.repeat(61), ' a', ''])
      assert.equal(ruleContentOf(phrase(stored)), null, stored)
    assert.equal(ruleContentOf({ ...phrase('fine words'), severity: 5 }), null)
    assert.equal(ruleContentOf({ ...phrase('fine words'), extra: 1 }), null)
  })
  test('the school’s phrases are bounded in number', async () => {
    const many = Array.from({ length: 100 }, (_, at) => ({ id: String(at), content: phrase(`zq word ${at}`) }))
    assert.equal(rulesWith(many, 1, detectors.isCore).added.length, 100)
  })
  test('whatever is stored, it is read as a change of a known shape or as none', () => {
    fc.assert(
      fc.property(fc.jsonValue(), value => {
        const content = ruleContentOf(value)
        if (content !== null) assert.ok(aboutOf(content).length > 3)
      }),
    )
  })
})

test('a rule is noisy from ten verdicts on of which fewer than one in ten was real', () => {
  for (const [decided, real, noisy] of [
    [9, 0, false],
    [10, 0, true],
    [10, 1, false],
    [11, 1, true],
    [0, 0, false],
  ] as const)
    assert.equal(isNoisy({ decided, real }), noisy, `${real} of ${decided}`)
})

describe('Before it is sent, and for whoever decides, a change is tried on the flags that are held', () => {
  const tended = { reviewOn: '2027-06-01' }
  const send = async (text: string, rules: readonly string[], days = 0): Promise<string> => {
    school.pass(days * 24)
    const taken = await take(school, pupil, ['juniors'], flagOf('gambling', 3, { text, rules }))
    return taken.outcome === 'stored' ? taken.threadId : assert.fail()
  }
  test('by their words, and by what people said of them', async () => {
    const id = await inForce(phrase('zorbo drops', { concern: 'gambling', ...tended }))
    const own = [phraseRuleId(id)]
    await app.services.flags.notAConcern(lead, [await send('got any zorbo drops', own)], 'joke', '')
    await app.services.flags.notAConcern(deputy, [await send('zorbo drops again', own, 1)], 'joke', '')
    await app.services.flags.real(lead, await send('selling zorbo drops', own, 1), '')
    await send('i want to kill myself over zorbo drops', [...own, 'selfharm.001'], 8)
    const back = await concernRules.takeBack(lead, id, 'Enough')
    const replay = await concernRules.replayOf(head, back)
    assert.equal(replay?.flags, 4)
    assert.deepEqual(replay?.leftOut, { all: 3, none: 2, real: 1, open: 0 })
    const entry = await app.read(schoolId, ({ ledger }) =>
      ledger.latest(['concern-rule.proposed'], `concern-rule:${back}`),
    )
    assert.deepEqual([entry?.detail['leftOut'], entry?.detail['leftOutReal']], [3, 1])
    await decide(head, back)
    assert.equal(await concernRules.replayOf(head, back), null, 'what is decided is not tried again')
  })
  test('by the rules that they name, where the words that are held say nothing by themselves', async () => {
    await send('nothing to see here', ['gambling.003', 'gambling.005'])
    const look = async (rule: string) => (await concernRules.look(lead, { ...off(rule), ...tended })).replay
    assert.equal((await look('gambling.003')).leftOut.open, 1)
    assert.equal((await look('gambling.002')).leftOut.all, 0)
  })
  test('and a phrase says in which of them it would have stood; looking changes nothing', async () => {
    const before = await rulesNow()
    const { replay, trial } = await concernRules.look(lead, phrase('selling zorbo', tended))
    assert.deepEqual([replay.leftOut.all, replay.named, trial?.wordCount], [0, 1, 0])
    assert.deepEqual(await rulesNow(), before)
  })
})

describe('The web log', () => {
  let segments = 0
  const search = (term: string, given: object = {}) => {
    segments += 1
    const line = {
      v: 1,
      id: newId(school.now().getTime()),
      at: school.now().toISOString(),
      school: schoolId,
      personId: pupil.personId,
      groups: ['juniors'],
      kind: 'page',
      method: 'GET',
      host: 'www.google.com',
      port: 443,
      path: '/search',
      category: 'games',
      verdict: 'block',
      rule: 'search:games',
      continued: false,
      term,
      ...given,
    }
    return app.services.activity.takeSegment({ id: `segment-${segments}`, bytes: Buffer.from(JSON.stringify(line)) })
  }
  const flagsNaming = async (rule: string) =>
    (
      await app.read(schoolId, async ({ flags }) =>
        (
          await Promise.all((await flags.waiting(['safeguarding'], 50, null)).map(thread => flags.flagsOf(thread)))
        ).flat(),
      )
    ).filter(({ rules }) => rules.includes(rule))

  test('a school’s phrase flags in the words of a stopped search, under the version that found it, until it is taken back', async () => {
    await search('zorbo drops near me')
    const id = await inForce(phrase('zorbo drops', { severity: 2, reviewOn: '2027-06-01' }))
    const { version } = await rulesNow()
    assert.equal((await flagsNaming(phraseRuleId(id))).length, 0)
    await search('where to get ZORBO drops')
    const [flag] = await flagsNaming(phraseRuleId(id))
    assert.equal(flag?.concerns[0]?.name, 'drugs')
    assert.match(flag?.detector ?? '', new RegExp(`^web-log-2 .* school-${version}$`))
    const [from = 0, to = 0] = flag?.content?.spans[0] ?? []
    assert.equal(flag?.content?.text.slice(from, to), 'ZORBO drops')
    await takenBack(id)
    await search('zorbo drops for sale')
    assert.equal((await flagsNaming(phraseRuleId(id))).length, 1)
  })
  test('a kind of stopped page that the school has switched off makes no flag, and the core’s always does', async () => {
    const id = await inForce({ ...off('web-log.vpn'), reviewOn: '2027-06-01' })
    const page = { term: undefined, host: 'vpn.example', path: '/get', rule: 'group:juniors:vpn' }
    await search('', { ...page, category: 'vpn' })
    await search('', { ...page, category: 'proxy' })
    await search('', { ...page, category: 'selfharm' })
    assert.deepEqual(
      [
        (await flagsNaming('web-log.vpn')).length,
        (await flagsNaming('web-log.proxy')).length,
        (await flagsNaming('web-log.selfharm')).length,
      ],
      [0, 1, 1],
    )
    await takenBack(id)
  })
})

test('a device gets the school’s rules with its signed ones, and nothing of them stands in the gateways’ bundle', async () => {
  const manager = await school.person('Ned Work', 'network-manager')
  const id = await inForce(phrase('zorbo drops', { where: 'searches', reviewOn: '2027-06-01' }))
  const listsPath = join(school.dataFolder, 'test.lists')
  writeFileSync(listsPath, 'lists')
  const published = app.filtering.bundle.write(
    {
      schools: [{ id: schoolId, name: 'Oak Hill', rules: shippedRules(), people: [], places: [], devices: [] }],
      listsSha256: createHash('sha256').update('lists').digest('hex'),
      testSite: null,
      allowPrivate: [],
      blockPageBase: 'http://gatehouse.example',
    },
    listsPath,
    school.now(),
  )
  assert.equal(published.payload.schools[0]?.concerns, undefined)
  const { token } = await app.services.devices.enrol(manager, { name: 'Laptop 1', place: '' })
  const ask = async (etag: string) =>
    (
      await app.server.inject({
        method: 'POST',
        url: '/devices/rules',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', host: 'localhost' },
        payload: JSON.stringify({ user: '', etag }),
      })
    ).json() as { same?: true; text: string; etag: string }
  const got = await ask('')
  const signed = parseSignedBundle(got.text)
  assert.ok(signed.ok)
  const bytes = Buffer.from(signed.signed.payload, 'base64')
  assert.ok(verify(null, bytes, createPublicKey(app.keys.bundle), Buffer.from(signed.signed.signature, 'base64')))
  const read = parseBundlePayload(bytes.toString('utf8'), deviceRulesFormat)
  assert.ok(read.ok)
  const { version } = await rulesNow()
  assert.deepEqual(read.payload.schools[0]?.concerns, {
    version,
    off: [],
    added: [{ id: phraseRuleId(id), concern: 'drugs', severity: 3, phrase: 'zorbo drops', where: 'searches' }],
  })
  assert.equal((await ask(got.etag)).same, true)
  await takenBack(id)
  assert.notEqual((await ask(got.etag)).same, true, 'what was decided reaches the device when it next asks')
})

test('who holds which permission: the lead and deputies propose, they and the headteacher see and decide', async () => {
  const holders = (permission: Parameters<typeof grants>[1]) => roles.filter(role => grants([role], permission))
  assert.deepEqual(holders('concern-rule.view'), ['headteacher', 'dsl', 'deputy-dsl'])
  assert.deepEqual(holders('concern-rule.propose'), ['dsl', 'deputy-dsl'])
  assert.deepEqual(holders('concern-rule.approve'), ['headteacher', 'dsl', 'deputy-dsl'])
})
