import assert from 'node:assert/strict'
import { test } from 'node:test'
import { helpFor } from '../incidents/data/help-lines.ts'
import { policySchool, review } from '../testing/policy-school.ts'
import { readingGrade } from '../testing/reading-grade.ts'
import { testSchool } from '../testing/test-school.ts'
import { childRules } from './child-rules.ts'
import { policyPacks } from './packs/packs.ts'

const school = await policySchool()

test('each of the ten rules stands at a reading age of about nine', () => {
  assert.equal(childRules().length, 10)
  for (const { id, title, says } of childRules()) {
    const grade = readingGrade(`${title}. ${says}`)
    assert.ok(grade <= 4, `${id} reads at grade ${grade.toFixed(1)}`)
  }
})

test('each rule names clauses that are in the policies, and Childline has the number that the help page gives', () => {
  const known = new Set(policyPacks().flatMap(({ clauses }) => clauses.map(({ id }) => id)))
  for (const { id, clauses } of childRules()) {
    assert.ok(clauses.length > 0, id)
    for (const clause of clauses) assert.ok(known.has(clause), clause)
  }
  const childline = helpFor('child').find(({ name }) => name === 'Childline')
  assert.ok(childline?.phone && childRules().some(({ says }) => says.includes(`Childline free on ${childline.phone}`)))
})

test('a child who is signed in to nothing reads the rules, each with the clause that it comes from', async () => {
  const page = await (await school.browser()).get('/rules')
  assert.equal(page.status, 200)
  assert.match(page.html, /<body class="[^"]*gh-child/)
  for (const { title, says, clauses } of childRules()) {
    assert.ok(page.text.includes(title), title)
    assert.ok(page.text.includes(says), says)
    for (const id of clauses) assert.ok(page.html.includes(`#${id}"`), id)
  }
})

test('the clause that a rule comes from is found where the small print leads', async () => {
  const stranger = await school.browser()
  for (const [, href = '', id = ''] of (await stranger.get('/rules')).html.matchAll(
    /href="(\/policy\/[^"#]+)#([^"]+)"/g,
  ))
    assert.ok((await stranger.get(href.replaceAll('&amp;', '&'))).html.includes(`id="${id}"`), id)
})

test('a pupil is led from the first page to the rules, and from there to the whole policy', async () => {
  const pupil = await school.browser(await school.person('Pip Small', 'pupil'))
  const today = await pupil.get('/')
  assert.match(today.html, /href="\/rules"><strong>Our school’s rules/)
  assert.match(today.html, /href="\/policy">All the rules in full/)
  assert.match((await pupil.get('/rules')).html, /href="\/policy\?school=[^"]+">All the rules in full/)
})

test('once the school puts other words into a clause, the rule from it is no longer shown as it was', async () => {
  await review(school, 'A', 'published', { 'A-9-05': 'Phones in lessons: pupils may use them when a teacher asks' })
  const page = await (await school.browser()).get('/rules')
  assert.doesNotMatch(page.text, /Do not use it in class/)
  assert.match(page.text, /Your school has its own words for this rule/)
  assert.match(page.text, /Do not tell your password to your friends/)
})

test('a school that has not adopted its policies shows no rules, and still who can help', async () => {
  const fresh = await testSchool()
  const page = await (await fresh.browser()).get('/rules')
  assert.equal(page.status, 200)
  assert.match(page.text, /has not put its rules here yet/)
  assert.doesNotMatch(page.text, /Ask first/)
  assert.match(page.text, /0800 1111/)
})
