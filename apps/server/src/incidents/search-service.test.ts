import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testSchool } from '../testing/test-school.ts'
import { caseWorld, dateParts } from './case-world.ts'

const school = await testSchool()
const fields = () => ({
  owner: 'pupil',
  pupil: 'Pia Small',
  ground: 'harm',
  suspicion: 'A friend showed the threat',
  rule: 'cyberbullying',
  witness: 'Tom Teach',
  searchedAt: dateParts(school.now()),
  device: 'A black telephone',
  found: 'Messages',
})

test('a teacher whom nobody authorised is refused a search, and so is a deputy until the headteacher authorises', async () => {
  const world = await caseWorld(school)
  const id = await world.open()
  const teacher = await (await world.as(world.who.teacher)).post(`/cases/${id}/search`, fields())
  assert.equal(teacher.status, 403)
  assert.match(teacher.text, /authorised/)
  assert.ok(await world.read(({ ledger }) => ledger.latest(['search.refused'], `case:${id}`)))
  assert.equal((await (await world.as(world.who.deputy)).get(`/cases/${id}/search`)).status, 403)
  assert.equal(
    (await (await world.as(world.who.deputy)).post('/searches/authorise', { person: 'Dan Poole' })).status,
    403,
  )
  await world.does(world.who.head, '/searches/authorise', { person: 'Dan Poole' })
  await world.does(world.who.deputy, `/cases/${id}/search`, fields())
  const [search] = await world.read(({ searches }) => searches.ofCase(id))
  assert.equal(search?.authorisedBy, world.who.head.personId)
  const [given] = await world.read(({ searches }) => searches.authorisations())
  await world.does(world.who.head, `/searches/authorisations/${given?.id}/end`, {})
  assert.equal((await (await world.as(world.who.deputy)).post(`/cases/${id}/search`, fields())).status, 403)
})

test('a search stops where there is no power: no rule, no witness, a device of a member of staff', async () => {
  const world = await caseWorld(school)
  const id = await world.open()
  const post = async (overrides: Readonly<Record<string, string>>) =>
    (await (await world.as(world.who.head)).post(`/cases/${id}/search`, { ...fields(), ...overrides })).errors.join()
  assert.match(await post({ owner: 'staff' }), /no power/)
  assert.match(await post({ owner: 'visitor' }), /no power/)
  assert.match(await post({ rule: '' }), /no search without one/)
  assert.match(await post({ rule: 'staff-data' }), /does not reach/)
  assert.match(await post({ witness: 'Hana Whitfield' }), /somebody else/)
  assert.match(await post({ witness: 'Pia Small' }), /member of staff/)
  assert.match(await post({ pupil: '' }), /Enter the pupil/)
  assert.deepEqual(await world.read(({ searches }) => searches.ofCase(id)), [])
})

test('once an indecent image is suspected examining and erasing are gone, and the way leads to the police', async () => {
  const world = await caseWorld(school)
  const id = await world.open()
  const path = await world.does(world.who.head, `/cases/${id}/search`, fields())
  assert.match((await (await world.as(world.who.head)).get(path)).html, /value="examine"/)
  assert.equal(
    await world.does(world.who.head, path, { step: 'suspect-image', words: 'Put down, locked in the office' }),
    `/cases/${id}/illegal`,
  )
  const page = await (await world.as(world.who.head)).get(path)
  assert.doesNotMatch(page.html, /value="(examine|erase|return)"/)
  assert.match(page.html, /value="hand-over"/)
  for (const step of ['examine', 'erase', 'return'])
    assert.equal((await (await world.as(world.who.head)).post(path, { step, words: 'x' })).status, 409, step)
  assert.equal(await world.read(({ illegal }) => illegal.refusesFiles(id)), true)
  const again = await (await world.as(world.who.head)).post(`/cases/${id}/search`, fields())
  assert.equal(again.status, 403)
  await world.does(world.who.head, path, { step: 'hand-over', words: 'To PC 99, CAD 7' })
})
