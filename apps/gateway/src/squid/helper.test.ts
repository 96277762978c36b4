import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { BundlePayload, BundlePerson } from '@gatehouse/engine/bundle'
import { compileLists } from '@gatehouse/engine/filter/compile-lists'
import type { HostRule } from '@gatehouse/engine/filter/types'
import { sha256, signBundle } from '../bundle-file.ts'
import { createContinuePasses } from '../continue-passes.ts'
import { schoolGroups } from '../gateway-world.ts'
import { readKeys } from '../settings.ts'

const lists = compileLists(
  [
    { domain: 'bets.example', category: 'gambling', source: 'school' },
    { domain: 'games.example', category: 'games', source: 'school' },
  ],
  [{ id: 'school', name: 'Written for the tests', licence: 'MIT', date: '2026-09-01', isCurated: true }],
)
const pair = generateKeyPairSync('ed25519', {
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
})
const keyText = JSON.stringify({ bundlePublicKey: pair.publicKey, token: 'a secret of the tests and of nobody else' })
const root = mkdtempSync(join(tmpdir(), 'gatehouse-helper-'))
after(() => rmSync(root, { recursive: true, force: true }))

const person = (username: string, groups: readonly string[], suspended = false): BundlePerson => ({
  id: `id-of-${username}`,
  username,
  groups,
  proxyHash: '$argon2id$v=19$m=512,t=1,p=1$c29tZSBzYWx0IG9m$c29tZSBoYXNoIG9mIG5vYm9keSdz',
  suspended,
  classes: [],
  year: null,
  turns13On: null,
})
const payloadOf = (change: Partial<BundlePayload> = {}, hostRules: readonly HostRule[] = []): BundlePayload => ({
  format: 'gatehouse-bundle',
  v: 1,
  issuedAt: new Date().toISOString(),
  serial: 1,
  maxAgeMinutes: 60,
  listsFile: 'lists.bin',
  listsSha256: sha256(lists),
  testSite: null,
  allowPrivate: [],
  blockPageBase: 'http://gatehouse.school.example:8080',
  schools: [
    {
      id: 'oak',
      name: 'Oak Primary School',
      rules: { version: 1, groups: schoolGroups, hostRules, illegal: { source: 'loaded', hosts: ['floor.example'] } },
      people: [
        person('ivy', ['infants']),
        person('jun', ['juniors']),
        person('sam', ['staff']),
        person('pat', ['staff'], true),
        person('zoë.o’hara', ['staff']),
      ],
      places: [{ id: 'room-2', name: 'Room 2', subnets: ['10.4.0.0/16'], group: 'infants' }],
      devices: [{ address: '10.9.9.9', personId: 'id-of-sam' }],
    },
  ],
  ...change,
})

let folders = 0
/** A data folder with a bundle in it. */
function dataFolder(payload: BundlePayload | null = payloadOf()): string {
  const folder = join(root, String(folders++))
  mkdirSync(join(folder, 'gateway'), { recursive: true })
  mkdirSync(join(folder, 'keys'))
  writeFileSync(join(folder, 'keys', 'gateway.json'), keyText)
  writeFileSync(join(folder, 'gateway', 'lists.bin'), lists)
  if (payload) publish(folder, payload)
  return folder
}
const publish = (folder: string, payload: BundlePayload): void =>
  writeFileSync(join(folder, 'gateway', 'bundle.json'), JSON.stringify(signBundle(payload, pair.privateKey)))

const lean = join(import.meta.dirname, '../../bin/lean.mjs')
const flags = JSON.parse(readFileSync(join(import.meta.dirname, '../../bin/lean-flags.json'), 'utf8')) as {
  node: string[]
  environment: Record<string, string>
}

interface Running {
  /** Sends bytes as they are and gives the next `count` answers. */
  ask(bytes: string | Uint8Array, count?: number): Promise<string[]>
  /** Closes standard input. @returns everything not yet given, the exit status, and what was said on standard error. */
  end(): Promise<{ status: number | null; rest: string[]; said: string }>
  readonly pid: number
}

function helper(folder: string, ...words: string[]): Running {
  const child = spawn(process.execPath, [...flags.node, lean, join(import.meta.dirname, 'helper-main.ts'), ...words], {
    env: { PATH: process.env.PATH, GATEHOUSE_DATA: folder, ...flags.environment },
  })
  after(() => child.kill('SIGKILL'))
  let text = ''
  let said = ''
  let wake = (): void => undefined
  child.stdout.setEncoding('utf8').on('data', part => {
    text += part
    wake()
  })
  child.stderr.setEncoding('utf8').on('data', part => {
    said += part
  })
  child.stdin.on('error', () => undefined)
  const ended = new Promise<number | null>(done => child.once('close', done))
  const lines = (): string[] => text.split('\n').slice(0, -1)
  return {
    pid: child.pid ?? 0,
    async ask(bytes, count = 1) {
      child.stdin.write(bytes)
      const timer = setTimeout(() => wake(), 10_000)
      const deadline = Date.now() + 10_000
      while (lines().length < count && Date.now() < deadline) await new Promise<void>(done => (wake = done))
      clearTimeout(timer)
      const found = lines().slice(0, count)
      assert.equal(found.length, count, `${text}\n${said}`)
      text = text.split('\n').slice(count).join('\n')
      return found
    },
    async end() {
      child.stdin.end()
      const status = await ended
      return { status, rest: lines(), said }
    },
  }
}

/** One question to a helper of its own. */
async function answer(line: string, folder: string, ...words: string[]): Promise<string> {
  const running = helper(folder, ...words)
  const [found] = await running.ask(`${line}\n`)
  assert.equal((await running.end()).status, 0)
  return found ?? ''
}

const ordinary = dataFolder()
const ask = helper(ordinary)
after(() => ask.end())

for (const [line, wanted] of [
  ['0 127.0.0.1 http://quiet.example/ jun -', /^0 OK$/],
  ['1 127.0.0.1 http://bets.example/odds jun -', /^1 ERR message=".+" tag=gambling$/],
  ['2 127.0.0.1 bets.example:443 jun', /^2 ERR message=".+" tag=gambling$/],
  ['3 127.0.0.1 bets.example jun', /^3 ERR message=".+" tag=gambling$/],
  ['127.0.0.1 quiet.example jun', /^OK$/],
  ['4 127.0.0.1 http://games.example/ jun', /^4 ERR message="Stop and think .+" tag=warn$/],
  ['5 127.0.0.1 http://games.example/ sam', /^5 ERR message="Go on only if .+" tag=warn$/],
  ['6 127.0.0.1 http://quiet.example/ ivy', /^6 ERR message=".+" tag=unlisted$/],
  ['7 127.0.0.1 http://floor.example/ sam', /^7 ERR message=".+" tag=illegal$/],
  ['8 127.0.0.1 http://quiet.example/ pat', /^8 ERR message="Your internet use is paused\..+" tag=none$/],
  ['9 127.0.0.1 http://quiet.example/ nobody', /^9 ERR message=".+sign in\." tag=none$/],
  ['10 127.0.0.1 http://quiet.example/ -', /^10 ERR message=".+sign in\." tag=none$/],
  ['11 127.0.0.1 http://quiet.example/', /^11 ERR .+ tag=none$/],
  ['12 10.4.3.2 http://quiet.example/ -', /^12 ERR message=".+grown-up.+" tag=unlisted$/],
  ['13 10.9.9.9 http://quiet.example/ -', /^13 OK$/],
  ['14 127.0.0.1 - sam', /^14 ERR .+ tag=none$/],
  ['15 127.0.0.1 http://quiet.example/ Zo%C3%AB.O%E2%80%99Hara -', /^15 OK$/],
  ['16 127.0.0.1 http://%62ets.example/%2525 jun', /^16 ERR .+ tag=gambling$/],
  ['17 ::1 http://[::1]:8080/ sam', /^17 OK$/],
  ['18 127.0.0.1 bets.example jun\r', /^18 ERR .+ tag=gambling$/],
] as const)
  test(`asked “${JSON.stringify(line).slice(1, -1)}” the helper answers as the proxy would`, async () => {
    assert.match((await ask.ask(`${line}\n`))[0] ?? '', wanted)
  })

test('many questions in one write, and one question in many writes, get one answer each, in order', async () => {
  const many = Array.from({ length: 500 }, (_, n) => `${n} 127.0.0.1 ${n % 2 ? 'bets' : 'quiet'}.example jun\n`).join(
    '',
  )
  const answers = await ask.ask(many, 500)
  for (const [n, text] of answers.entries())
    assert.match(text, n % 2 ? new RegExp(`^${n} ERR .*gambling$`) : new RegExp(`^${n} OK$`))
  for (const letter of '77 127.0.0.1 bets.exam') {
    await ask.ask(letter, 0)
    await wait(1)
  }
  assert.match((await ask.ask('ple jun\n'))[0] ?? '', /^77 ERR .+ tag=gambling$/)
})

test('garbage, an empty line, NUL, bytes that are no text and an endless line each get one answer, and it goes on', async () => {
  const hostile: (string | Uint8Array)[] = [
    '\n',
    '5\n',
    '6 \n',
    '\0\0\0\n',
    '7 127.0.0.1 http://a\0b/ jun\n',
    Buffer.from([0x38, 0x20, 0xff, 0xfe, 0x20, 0xc3, 0x28, 0x0a]),
    '9 127.0.0.1 %zz%%%00 %ff\n',
    `11 127.0.0.1 http://${'a'.repeat(70_000)}.example/ jun\n`,
    `12 127.0.0.1 http://${'a'.repeat(3_000_000)}\n`,
    '99999999999999999999 127.0.0.1 quiet.example jun\n',
    '-1 127.0.0.1 quiet.example jun\n',
    '13 127.0.0.1 javascript:alert(1) jun\n',
    '14 127.0.0.1 http://quiet.example/" tag=x jun\n',
  ]
  for (const bytes of hostile) {
    const [found = ''] = await ask.ask(bytes)
    assert.match(
      found,
      /^(\d+ )?(OK|ERR message="[^"\\]*" tag=[a-z-]+|BH message="[^"\\]*")$/,
      String(bytes).slice(0, 40),
    )
  }
  const [last] = await ask.ask('21 127.0.0.1 quiet.example jun\n')
  assert.equal(last, '21 OK')
})

test('a question that is cut off by the end asks nothing, and the helper ends by itself', async () => {
  const running = helper(ordinary)
  await running.ask('1 127.0.0.1 quiet.example jun\n')
  void running.ask('2 127.0.0.1 quiet.exam', 0)
  assert.deepEqual(await running.end(), { status: 0, rest: [], said: '' })
})

test('a hundred megabytes of noise leave it answering, in less than 100 MB', async () => {
  const running = helper(ordinary)
  const noise = Buffer.alloc(1024 * 1024)
  let state = 12345
  for (let n = 0; n < noise.length; n++) {
    state = (Math.imul(state, 1103515245) + 12345) | 0
    noise[n] = state >>> 16
  }
  noise[noise.length - 1] = 10
  const lines = noise.reduce((count, byte) => (byte === 10 ? count + 1 : count), 0)
  for (let n = 0; n < 20; n++) await running.ask(noise, lines)
  const rss = /VmRSS:\s+(\d+) kB/.exec(
    process.platform === 'linux' ? readFileSync(`/proc/${running.pid}/status`, 'utf8') : 'VmRSS: 0 kB',
  )
  assert.ok(Number(rss?.[1]) < 100 * 1024, rss?.[0])
  assert.deepEqual(await running.ask('3 127.0.0.1 quiet.example jun\n'), ['3 OK'])
  await running.end()
})

test('a new bundle counts within seconds, without a new start', async () => {
  const folder = dataFolder()
  const running = helper(folder)
  assert.deepEqual(await running.ask('1 127.0.0.1 quiet.example jun\n'), ['1 OK'])
  const shut = { id: 'r1', action: 'block', host: 'quiet.example', groups: 'all', reason: 'A test' } as const
  publish(folder, payloadOf({ serial: 2 }, [shut]))
  await wait(1_000)
  assert.match(
    (await running.ask('1 127.0.0.1 quiet.example jun\n'))[0] ?? '',
    /^1 ERR message="Your school has closed/,
  )
  // An older one, and one that somebody else signed, change nothing.
  publish(folder, payloadOf({ serial: 1 }))
  await wait(1_000)
  assert.match((await running.ask('2 127.0.0.1 quiet.example jun\n'))[0] ?? '', /^2 ERR /)
  writeFileSync(join(folder, 'gateway', 'bundle.json'), '{"payload":"e30=","signature":"e30=","keyId":"x"}')
  await wait(1_000)
  assert.match((await running.ask('3 127.0.0.1 quiet.example jun\n'))[0] ?? '', /^3 ERR /)
  assert.match((await running.end()).said, /REFUSED the bundle/)
})

test('without a good bundle nothing is decided, and with one it begins', async () => {
  const folder = dataFolder(null)
  writeFileSync(join(folder, 'gateway', 'bundle.json'), 'half a bund')
  const running = helper(folder, '--group', 'staff')
  assert.match((await running.ask('1 127.0.0.1 quiet.example sam\n'))[0] ?? '', /^1 BH message="/)
  publish(folder, payloadOf())
  await wait(1_000)
  assert.deepEqual(await running.ask('1 127.0.0.1 quiet.example sam\n'), ['1 OK'])
  await running.end()
})

test('a bundle that is too old closes the internet to pupils and not to staff', async () => {
  const folder = dataFolder(payloadOf({ issuedAt: new Date(Date.now() - 3 * 3_600_000).toISOString() }))
  const running = helper(folder)
  const [pupil, teacher] = await running.ask('1 127.0.0.1 quiet.example jun\n2 127.0.0.1 quiet.example sam\n', 2)
  assert.match(pupil ?? '', /^1 ERR message="The internet is closed for now/)
  assert.equal(teacher, '2 OK')
  await running.end()
})

test('whoever chose to go past a warning is let through, and nobody else, and not with a forged token', async () => {
  const folder = dataFolder()
  const keys = readKeys(keyText)
  assert.ok(keys.ok)
  const subject = { schoolId: 'oak', personId: 'id-of-sam', host: 'games.example', category: 'games' }
  const token = createContinuePasses(keys.value.continueKey, Date.now).token(subject)
  const file = join(folder, 'gateway', 'continued.ndjson')
  writeFileSync(file, `${JSON.stringify({ ...subject, personId: 'id-of-jun', token })}\nnot a line\n`)
  const running = helper(folder)
  const both = '1 127.0.0.1 www.games.example sam\n2 127.0.0.1 www.games.example jun\n'
  for (const found of await running.ask(both, 2)) assert.match(found, /tag=warn$/)
  writeFileSync(file, `${JSON.stringify({ ...subject, token })}\n`, { flag: 'a' })
  await wait(1_000)
  const [teacher, pupil] = await running.ask(both, 2)
  assert.equal(teacher, '1 OK')
  assert.match(pupil ?? '', /tag=warn$/)
  await running.end()
})

test('without a school it works by the shipped profiles', async () => {
  const folder = join(root, 'no school')
  assert.match(await answer('0 127.0.0.1 http://www.kizi.com/ -', folder, '--group', 'juniors'), /^0 ERR .+ tag=games$/)
  assert.equal(await answer('0 127.0.0.1 http://www.nhs.uk/ -', folder, '--group', 'infants'), '0 OK')
  assert.match(await answer('0 127.0.0.1 http://www.nhs.uk/ -', folder), /^0 ERR .+ tag=none$/)
})

test('--group is for everybody whom nobody knows, and for nobody else', async () => {
  assert.match(await answer('0 127.0.0.1 quiet.example ivy', ordinary, '--group', 'staff'), /^0 ERR .+ tag=unlisted$/)
  assert.equal(await answer('0 127.0.0.1 quiet.example stranger', ordinary, '--group', 'staff'), '0 OK')
  assert.match(await answer('0 10.4.0.1 quiet.example -', ordinary, '--group', 'staff'), /^0 ERR .+ tag=unlisted$/)
})

for (const [words, sentence] of [
  [['--group', 'wizards'], /there is no group “wizards”; there are: infants, juniors, staff/],
  [['--school', 'elm'], /there is no school “elm” here; there are: oak/],
  [['--user', 'sam'], /Unknown option '--user'.+Usage: gatehouse filter helper/],
] as const)
  test(`started with ${words.join(' ')} it ends with status 2 and says why`, async () => {
    const { status, rest, said } = await helper(ordinary, ...words).end()
    assert.equal(status, 2)
    assert.deepEqual(rest, [])
    assert.match(said, sentence)
  })
