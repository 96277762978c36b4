import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Holder, holdersNamed } from './report-names.ts'

const hana: Holder = { personId: 'hana', givenName: 'Hana', familyName: 'Whitfield', roles: ['headteacher'] }
const dora: Holder = { personId: 'dora', givenName: 'Dora', familyName: 'Ní Ó’Brien', roles: ['dsl'] }
const lee: Holder = { personId: 'lee', givenName: 'Mei', familyName: 'Li', roles: ['network-manager'] }
const pat: Holder = { personId: 'pat', givenName: 'Pat', familyName: 'Deans', roles: ['deputy'] }
const all = [hana, dora, lee, pat]

for (const [words, who] of [
  ['Hana Whitfield shouted at me', ['hana']],
  ['HANA   WHITFIELD did it', ['hana']],
  ['it was mrs whitfield', ['hana']],
  ['It was Mrs. H. Whitfield!', ['hana']],
  ['in Miss Whitfields room', ['hana']],
  ['Whitfield, Hana', ['hana']],
  ['miss hana was there', ['hana']],
  ['Ask Whitfield', ['hana']],
  ['the headteacher laughed', ['hana']],
  ['I told the head teacher', ['hana']],
  ['our head  teacher', ['hana']],
  ['the Head knows', ['hana']],
  ['the DSL did nothing', ['dora']],
  ['the safeguarding lead said no', ['dora']],
  ["Mrs O'Brien", []],
  ['Mrs Ni O’Brien', ['dora']],
  ['Dora Ni O Brien', ['dora']],
  ['Mr Li reads our messages', ['lee']],
  ['Mei Li', ['lee']],
  ['Ｈａｎａ Ｗｈｉｔｆｉｅｌｄ', ['hana']],
  ['Hána Whítfield', ['hana']],
  ['the deputy head teacher', ['pat']],
  ['a boy hit his head on the door', []],
  ['my little whitfieldish dog', []],
  ['hana is a girl in my class', []],
  ['she wants to li down', []],
  ['', []],
] as const) {
  test(`“${words}” names ${who.length ? who.join(', ') : 'nobody'}`, () =>
    assert.deepEqual(holdersNamed(words, all), [...who]))
}

test('in the box for names, one name is enough', () => {
  assert.deepEqual(holdersNamed('', all, 'hana'), ['hana'])
  assert.deepEqual(holdersNamed('', all, 'whitfield and li'), ['hana', 'lee'])
})

test('a duty names whoever holds it, and nobody else', () => {
  assert.deepEqual(holdersNamed('the headteacher', [{ ...hana, roles: ['chair'] }, lee]), [])
})
