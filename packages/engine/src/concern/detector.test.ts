import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { type Concern, type ConcernResult, concerns, createDetector, LexiconError, parseLexicon } from './index.ts'
import { shippedDetector, shippedParts } from './shipped.fixture.ts'
import type { TextKind } from './types.ts'

const detector = shippedDetector()
const typed = (text: string, kind: TextKind = 'typed'): ConcernResult =>
  detector.detect({ text, kind, age: 'secondary' })
const best = (text: string, kind: TextKind = 'typed'): Concern | null => {
  const { flag, categories } = typed(text, kind)
  return flag ? (categories[0]?.name ?? null) : null
}

describe('A concern is found in the words of a pupil', () => {
  const said: readonly (readonly [Concern, string])[] = [
    ['selfharm', 'i want to kill myself tonight'],
    ['selfharm', 'she told me shes going to end her life'],
    ['eating', 'i made myself sick after dinner again'],
    ['bullying', 'nobody likes you just go die'],
    ['nudes', 'he keeps asking me to send nudes'],
    ['grooming', 'this is our little secret dont tell your mum about us'],
    ['violence', 'im gonna stab him after school'],
    ['weapons', 'hes got a zombie knife in his bag'],
    ['hate', 'i hate muslims they should all be deported'],
    ['misogyny', 'women belong in the kitchen'],
    ['drugs', 'anyone selling weed at school'],
    ['crime', 'how to shoplift without getting caught'],
    ['gambling', 'lost all my money on bet365'],
    ['extremism', 'hitler did nothing wrong'],
    ['circumvention', 'how to bypass the school filter'],
    ['personal', 'my home address is 4 mill lane'],
    ['sexual', 'watching porn on pornhub'],
    ['selfharm', 'shes got blades hidden in her phone case'],
    ['eating', 'havent had a proper meal in four days'],
    ['bullying', 'they threw my bag on the roof again'],
    ['crime', 'they asked me to open a bank account for them'],
    ['gambling', 'my brothers bet365 account with no id'],
    ['nudes', 'an app that makes people naked'],
  ]
  for (const [concern, text] of said)
    test(`${concern} comes first for its own words`, () => {
      assert.equal(best(text), concern)
    })
})

describe('The school day does not flag', () => {
  for (const text of [
    'Scunthorpe United beat Penistone in the cup',
    'we went to Sussex and Essex on the geography trip',
    'breaststroke heat two is after lunch',
    'To Kill a Mockingbird chapter 10 summary',
    'how do I kill the process in task manager',
    'shoot the ball before half time',
    'the blue tit and the great tit are common birds',
    'sex chromosomes are called X and Y',
    'Mr Dickinson is our history teacher',
    'Macbeth kills Duncan with a dagger in act 2',
    'the Holocaust was the murder of six million Jews by the Nazis',
    'my maths homework is killing me',
    'snowball fight at lunch',
    'we got battered by year 10',
    'took paracetamol for my headache',
    'faggots and peas recipe',
    'my cat scratched my arms',
    'i cant do this anymore its too hard simultaneous equations',
    'machete order star wars',
    'i love my dog so much',
    '',
    '   ',
    '1234 5678',
  ])
    test(`“${text}” is silent`, () => {
      const { flag, severity, why } = typed(text)
      assert.equal(flag, false, why)
      assert.equal(severity, 0)
    })
})

describe('A disguise does not hide the words, and a span stays where they stand', () => {
  const disguises: readonly (readonly [string, string])[] = [
    ['leet', 'i w4nt to k1ll mys3lf'],
    ['spaced letters', 'i want to k i l l  m y s e l f'],
    ['dotted letters', 'i want to k.i.l.l myself'],
    ['stretched letters', 'i want to kiiiilllll myselffff'],
    ['Cyrillic look-alikes', 'i wаnt to kіll mуsеlf'],
    ['full width', 'ｉ ｗａｎｔ ｔｏ ｋｉｌｌ ｍｙｓｅｌｆ'],
    ['zero width', 'i want to k\u200bi\u200bl\u200bl my\u200bself'],
    ['marks over letters', 'i want to k\u0301i\u0302l\u0303l myself'],
    ['covered letters', 'i want to k*ll myself'],
    ['a picture for a word', 'i want to 🔪 myself'],
    ['mathematical letters', 'i want to 𝓴𝓲𝓵𝓵 𝓶𝔂𝓼𝓮𝓵𝓯'],
    ['odd case', 'I WaNt To KiLl MySeLf'],
    ['run together', 'iwanttokillmyself'],
    ['a slip of the keyboard', 'i want to comit sucide tonight'],
  ]
  for (const [name, text] of disguises)
    test(name, () => {
      const { flag, categories, spans } = typed(text)
      assert.equal(flag, true)
      assert.equal(categories[0]?.name, 'selfharm')
      assert.ok(spans.some(([, to]) => to === text.length || text.slice(to).trim() === '' || text.includes('tonight')))
    })
})

describe('What speaks against a rule is heard', () => {
  test('a child at risk is told from homework about the risk', () => {
    assert.ok(typed('i am going to kill myself').severity >= 4)
    assert.equal(typed('essay on how suicide rates changed between 1950 and 2000').flag, false)
  })
  test('a plan and a means make a wish to die urgent', () => {
    assert.equal(typed('i want to die i have saved up my pills and tonight is the night').severity, 5)
  })
  test('a negation holds a threat back', () => {
    assert.ok((typed('i would never kill anyone').categories[0]?.score ?? 0) < 0.5)
  })
  test('the sentence of why names the rule and what speaks against it', () => {
    const { why } = typed('he called her a faggot in the poem we read for our gcse coursework')
    assert.match(why, /rule hate\.\d+/)
    assert.match(why, /against it: .*lesson/)
  })
})

describe('The best concern is named first', () => {
  test('coarse words said to nobody are coarse words', () => {
    assert.equal(best('maths is a bitch'), 'profanity')
  })

  test('the same words at somebody are contempt', () => {
    assert.equal(best('ur a fat wanker and nobody likes you'), 'bullying')
  })

  test('of equally sure concerns the graver comes first', () => {
    assert.equal(best('i got the blade out of my sharpener'), 'selfharm')
  })
})

describe('A finer concern comes with its parent', () => {
  for (const [text, finer, parent] of [
    ['i make myself throw up after every meal', 'eating', 'selfharm'],
    ['women belong in the kitchen', 'misogyny', 'hate'],
    ['send nudes or ill leak your pics', 'nudes', 'sexual'],
    ['how to make a pipe bomb', 'weapons', 'violence'],
  ] as const)
    test(`${finer} brings ${parent}, scored no higher`, () => {
      const { categories } = typed(text, 'search')
      const own = categories.find(({ name }) => name === finer)?.score ?? 0
      const above = categories.find(({ name }) => name === parent)?.score ?? -1
      assert.equal(categories[0]?.name, finer)
      assert.ok(above >= 0 && above <= own)
    })
})

describe('A school may change the rules within bounds', () => {
  test('a rule that is switched off says nothing more', () => {
    const text = 'lost all my money on bet365'
    const rules = parseLexicon(shippedParts().lexicon)
      .rules.filter(({ concern }) => concern === 'gambling')
      .map(({ id }) => id)
    assert.doesNotMatch(
      createDetector({ ...shippedParts(), off: rules }).detect({ text, kind: 'typed', age: 'secondary' }).why,
      /rule gambling/,
    )
  })
  test('the core of self-harm, grooming and extremism cannot be switched off', () => {
    const all = parseLexicon(shippedParts().lexicon).rules
    for (const concern of ['selfharm', 'grooming', 'extremism'])
      assert.ok(all.some(rule => rule.concern === concern && rule.conditions.includes('core')))
    const bare = createDetector({ ...shippedParts(), off: all.map(({ id }) => id) })
    assert.equal(bare.detect({ text: 'i want to kill myself', kind: 'typed', age: 'secondary' }).flag, true)
    assert.equal(bare.detect({ text: 'sieg heil', kind: 'typed', age: 'secondary' }).flag, true)
  })
  test('a phrase that was added is found and named', () => {
    const own = createDetector({
      ...shippedParts(),
      added: [{ id: 'school.1', concern: 'drugs', severity: 2, phrase: 'purple dragonfruit' }],
    })
    const { flag, categories, why } = own.detect({
      text: 'got any purple dragonfruit',
      kind: 'typed',
      age: 'secondary',
    })
    assert.equal(flag, true)
    assert.equal(categories[0]?.name, 'drugs')
    assert.match(why, /school\.1/)
  })
  test('an added phrase holds words only, no pattern', () => {
    for (const phrase of ['', '   ', '***', 'a b c d e f g h i j k l m'])
      assert.throws(
        () => createDetector({ ...shippedParts(), added: [{ id: 'x', concern: 'drugs', severity: 1, phrase }] }),
        LexiconError,
      )
  })
  test('a phrase may be looked for in searches alone, or never in them', () => {
    const hears = (where: 'searches' | 'texts', kind: 'search' | 'typed'): boolean =>
      createDetector({
        ...shippedParts(),
        added: [{ id: 'school.1', concern: 'drugs', severity: 2, phrase: 'purple dragonfruit', where }],
      }).detect({ text: 'purple dragonfruit', kind, age: 'secondary' }).flag
    assert.deepEqual(
      [hears('searches', 'search'), hears('searches', 'typed'), hears('texts', 'search'), hears('texts', 'typed')],
      [true, false, false, true],
    )
  })
  test('finds by their shape can be switched off, and the model where it decides alone, but not for the core', () => {
    const asked = { text: 'ring me on 07700 900123', kind: 'typed', age: 'secondary' } as const
    assert.ok(detector.detect(asked).rules.includes('personal.phone'))
    const all = concerns.map(concern => `model.${concern}`)
    const bare = createDetector({ ...shippedParts(), off: ['personal.phone', ...all] })
    assert.ok(!bare.detect(asked).rules.includes('personal.phone'))
    const decided = new Set(
      linesHeldOut().flatMap(text => bare.detect({ text, kind: 'typed', age: 'secondary' }).rules),
    )
    assert.deepEqual(
      [...decided].filter(id => id.startsWith('model.')).filter(id => !/selfharm|grooming|extremism/.test(id)),
      [],
    )
    assert.ok(decided.has('model.selfharm'))
  })
  test('changes make another version', () => {
    assert.notEqual(createDetector({ ...shippedParts(), off: ['gambling.001'] }).version, detector.version)
  })
})

describe('The rules that decided', () => {
  test('are named wherever something is flagged, and nowhere else', () => {
    const known = new Set([
      ...parseLexicon(shippedParts().lexicon).rules.map(({ id }) => id),
      ...concerns.map(concern => `model.${concern}`),
      ...['phone', 'card', 'postcode', 'email'].map(shape => `personal.${shape}`),
    ])
    for (const text of linesHeldOut()) {
      const { flag, rules } = detector.detect({ text, kind: 'typed', age: 'secondary' })
      assert.equal(rules.length > 0, flag, text)
      assert.equal(new Set(rules).size, rules.length)
      for (const id of rules) assert.ok(known.has(id), id)
    }
  })
  test('are others once they are switched off, and none in the end', () => {
    const asked = { text: 'how do i get round the school filter', kind: 'typed', age: 'secondary' } as const
    const off: string[] = []
    for (let { rules } = detector.detect(asked); rules.length > 0 && off.length < 20; ) {
      for (const id of rules) assert.ok(!off.includes(id), `${id} decides though it is switched off`)
      off.push(...rules)
      rules = createDetector({ ...shippedParts(), off }).detect(asked).rules
    }
    assert.ok(off.length > 1 && off.length < 20)
    assert.equal(createDetector({ ...shippedParts(), off }).detect(asked).flag, false)
  })
})

test('where the model alone decides, the words that weighed most are shown and quoted', () => {
  const text = 'my mate says her dad hits her every night'
  const { flag, categories, rules, spans, why } = typed(text)
  assert.deepEqual([flag, categories[0]?.name, rules], [true, 'bullying', ['model.bullying']])
  const shown = spans.map(([from, to]) => text.slice(from, to))
  assert.ok(shown.length > 0 && shown.every(words => /dad|hits|every|night/.test(words)), shown.join(' / '))
  for (const words of shown) assert.ok(why.includes(`“${words}”`), why)
  assert.equal(typed(text, 'read').flag, false, 'a story on a page')
})

test('a finer concern is as grave as itself, not as the wider one that comes with it', () => {
  const { severity, categories } = typed('i skip lunch and hide my dinner so i get thinner')
  assert.deepEqual([severity, categories.slice(0, 2).map(({ name }) => name)], [3, ['eating', 'selfharm']])
  assert.ok(typed('i starve myself because i want to die').severity >= 4, 'unless the wider one speaks for itself')
})

test('every rule has an id of its own that begins with its concern', () => {
  const { rules } = parseLexicon(shippedParts().lexicon)
  assert.ok(rules.length > 300)
  for (const { id, concern } of rules) assert.ok(id.startsWith(`${concern}.`), id)
})

/** What pupils might write, of every concern and of none. */
const linesHeldOut = (): string[] =>
  readFileSync(new URL('../../data/concerns/held-out.tsv', import.meta.url), 'utf8')
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('#'))
    .map(line => line.split('\t')[1] ?? '')
