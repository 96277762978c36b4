import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codeWords, isCodeWord, parseCodeWords } from './words.ts'

const words = codeWords()
const set = new Set(words)

/** Words that a child should not be given: rude, frightening, about bodies, people, beliefs or secrets. */
const unfit =
  `abuse alone anal angel arse ass baby bad bed belt bitch black blade blind blood bloody body bomb boob boobs bra
bum bully cage cancer cannon cock coffin corpse cow crap crime cruel cry dad damn danger dark daddy date dead death demon devil
devil dick die dirty doctor drown drug drugs drunk dumb dyke evil fag fat fear fear fight fire fuck gang gay ghost girl grave
gun hang harm hate hell hit homo horny hospital hurt idiot jail kill kiss knife lesbian lick lonely loser mad man masturbate
medic mental monkey monster mother mum murder naked nasty nazi negro nightmare nude nun orphan pain paki pedo penis pig piss
poison police poo porn pregnant priest prison pussy queer racist rape raped rude sad scare scream screw secret sex sexy shag
shit shoot sick sister slap slave slut smack spastic spit stab starve stranger strangle stupid suck suicide teacher terror
thief thug tit tits touch trap ugly uncle undress urine vagina vampire victim violent virgin vomit war wank weapon weird whore
wicked willy witch wound zombie`
    .split(/\s+/)
    .filter(Boolean)

/** Words that sound alike in English as spoken in Britain; a code read aloud must not leave a choice. */
const soundAlikes =
  `air heir|ant aunt|bare bear|bean been|beach beech|beat beet|blew blue|board bored|brake break|buy bye
bread bred|ceiling sealing|cell sell|cent scent|cereal serial|chord cord|coarse course|core corps|currant current|cygnet signet
cymbal symbol|dear deer|desert dessert|dew due|draft draught|ewe yew|fair fare|feat feet|fir fur|flair flare|flea flee|flour flower
fort fought|gait gate|grate great|groan grown|hair hare|hall haul|hangar hanger|heal heel|hear here|heard herd|higher hire|hole whole
hour our|idle idol|key quay|kart cart|knead need|knight night|knot not|knows nose|lane lain|leak leek|loch lock|made maid|mail male
main mane|maize maze|mayor mare|meat meet|medal meddle|metal mettle|mist missed|morning mourning|moose mousse|muscle mussel
mustard mustered|none nun|oar ore|one won|pail pale|pair pear|pause paws|peace piece|peak peek|peal peel|pedal peddle|place plaice
plain plane|plum plumb|pole poll|practice practise|principal principle|profit prophet|racket racquet|rain reign|raise rays|read reed
right write|ring wring|road rode|roll role|root route|rose rows|sail sale|sauce source|scene seen|sea see|seam seem|sew sow|shoe shoo
side sighed|slay sleigh|soar sore|sole soul|some sum|son sun|stair stare|stake steak|stationary stationery|steal steel|storey story
straight strait|suite sweet|sundae sunday|tail tale|tea tee|team teem|their there|threw through|throne thrown|thyme time|tide tied
tighten titan|tire tyre|toad towed|toe tow|tuba tuber|tuna tuner|vain vein|vale veil|waist waste|wait weight|war wore|ware wear
warn worn|way weigh|weak week|weather whether|weave we've|which witch|wood would|yoke yolk|allowed aloud|bail bale|band banned
baron barren|berry bury|berth birth|bolder boulder|border boarder|bough bow|boy buoy|bridal bridle|caught court|chews choose
chilli chilly|choir quire|council counsel|cue queue|days daze|farther father|find fined|forth fourth|foul fowl|freeze frieze`
    .split(/[|\n]/)
    .map(pair => pair.trim().split(' '))

test('the list holds 4,096 different words, so three of them are hard to guess', () => {
  assert.equal(words.length, 4096)
  assert.equal(set.size, 4096)
  assert.ok(words.length ** 3 >= 2 ** 36)
})

test('every word is three to eight small letters, in order', () => {
  for (const word of words) assert.match(word, /^[a-z]{3,8}$/)
  assert.deepEqual([...words].sort(), words)
})

test('no word is rude, frightening or about a person', () => {
  assert.ok(unfit.length > 150)
  assert.deepEqual(
    unfit.filter(word => set.has(word)),
    [],
  )
})

test('no two words sound the same when a child reads the code aloud', () => {
  assert.ok(soundAlikes.length > 100)
  assert.deepEqual(
    soundAlikes.filter(pair => pair.every(word => set.has(word))),
    [],
  )
})

test('no word turns into another when its last letter is left off', () => {
  assert.deepEqual(
    words.filter(word => set.has(word.slice(0, -1))),
    [],
  )
})

test('most words are short enough to copy at a glance', () => {
  assert.ok(words.filter(word => word.length <= 7).length > words.length * 0.75)
})

test('a word typed with capitals and spaces is still known, and a stranger is not', () => {
  const [first] = words
  assert.ok(first)
  assert.ok(isCodeWord(` ${first.toUpperCase()} `))
  assert.equal(isCodeWord('qqqq'), false)
  assert.equal(isCodeWord(''), false)
})

test('a list that is short, out of order or badly spelled is refused', () => {
  const swapped = [words[1], words[0], ...words.slice(2)].join('\n')
  assert.throws(() => parseCodeWords(words.slice(1).join('\n')), /4095 words/)
  assert.throws(() => parseCodeWords(swapped), /is not after/)
  assert.throws(() => parseCodeWords(['A1', ...words.slice(1)].join('\n')), /small letters/)
  assert.throws(() => parseCodeWords([words[0], ...words.slice(0, -1)].join('\n')), /is not after/)
})
