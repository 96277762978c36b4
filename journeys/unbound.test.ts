import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type Daemon, daemon, freePort, needs, openFolder, programPath, removed } from './neighbours.ts'
import { command } from './running-school.ts'

/*
 * The school's rules through the real Unbound, from its Debian package: three groups told apart by the network they ask from,
 * once as response-policy zones and once as local zones, in front of a resolver of these tests that knows every name.
 */

const skip = needs(
  { program: 'unbound', debian: 'unbound' },
  { program: 'unbound-checkconf', debian: 'unbound' },
  { program: 'dig', debian: 'dnsutils' },
)

const networks = { infants: '127.0.0.2', juniors: '127.0.0.3', staff: '127.0.0.4' } as const
type Group = keyof typeof networks
/** What every name has here, and what safe names lead to. */
const everywhere = '192.0.2.77'
/** Type 65 with alpn=h2 and a key for encrypted client hello (parameter 5, four bytes). */
const httpsRecord = Buffer.from('0001000001000302683200050004deadbeef', 'hex')

describe('through the real Unbound', { skip }, () => {
  const folder = skip === false ? openFolder('gatehouse-unbound-') : ''
  let upstream: { port: number; close(): void }

  before(async () => {
    upstream = await everyName()
    mkdirSync(join(folder, 'data'))
  })
  after(() => {
    upstream?.close()
    if (folder) removed(folder)
  })

  const gatehouse = (...words: string[]): Promise<{ status: number; output: string; errors: string }> =>
    new Promise(done => {
      const child = spawn(command, words, { env: { ...process.env, GATEHOUSE_DATA: join(folder, 'data') } })
      let output = ''
      let errors = ''
      child.stdout.on('data', part => (output += part))
      child.stderr.on('data', part => (errors += part))
      child.once('close', status => done({ status: status ?? 1, output, errors }))
    })
  const dig = (port: number, group: Group, name: string, type = 'A'): Promise<{ status: string; answers: string[] }> =>
    new Promise(done => {
      const words = [
        '-b',
        networks[group],
        '@127.0.0.1',
        '-p',
        String(port),
        '+tries=1',
        '+time=5',
        '+noall',
        '+comments',
        '+answer',
        name,
        type,
      ]
      execFile('dig', words, (_, stdout) => {
        const answers = stdout.split('\n').filter(line => line !== '' && !line.startsWith(';'))
        done({
          status: /status: ([A-Z]+)/.exec(stdout)?.[1] ?? stdout,
          answers: answers.map(line => line.split(/\s+/).slice(3).join(' ')),
        })
      })
    })

  for (const format of ['rpz', 'local-zone'] as const)
    describe(`as ${format}`, () => {
      const home = join(folder, format)
      let port = 0
      let unbound: Daemon | undefined

      before(async () => {
        port = await freePort()
        const made = await gatehouse(
          ...['filter', 'unbound-conf', '--out', home, '--format', format, '--listen', `127.0.0.1:${port}`],
          ...Object.entries(networks).flatMap(([group, address]) => ['--for', `${group}=${address}/32`]),
        )
        assert.equal(made.status, 0, made.errors)
        writeFileSync(
          join(home, 'local.conf'),
          `server:\n  do-not-query-localhost: no\nforward-zone:\n  name: "."\n  forward-addr: 127.0.0.1@${upstream.port}\n`,
        )
        await new Promise<void>((done, failed) =>
          execFile(programPath('unbound-checkconf') ?? '', [join(home, 'unbound.conf')], (error, _, stderr) =>
            error ? failed(new Error(stderr)) : done(),
          ),
        )
        unbound = await daemon('unbound', ['-d', '-c', join(home, 'unbound.conf')], port)
      })
      after(() => unbound?.stop())

      const table: readonly (readonly [Group, string, 'open' | 'closed', string])[] = [
        ['infants', 'www.nhs.uk', 'open', 'help is open to everybody'],
        ['infants', 'quiet-garden.example', 'closed', 'what nobody has checked is closed to the youngest'],
        ['infants', 'www.kizi.com', 'closed', 'games are closed'],
        ['juniors', 'www.nhs.uk', 'open', 'help is open to everybody'],
        ['juniors', 'quiet-garden.example', 'open', 'what is in no list is open'],
        ['juniors', 'kizi.com', 'closed', 'games are closed'],
        ['juniors', 'any.name.beneath.kizi.com', 'closed', 'and so is what lies beneath'],
        ['juniors', 'notkizi.com', 'open', 'but not what only ends in the same letters'],
        ['juniors', 'www.bet365.com', 'closed', 'gambling is closed'],
        ['staff', 'www.bet365.com', 'closed', 'gambling is closed to staff too'],
        ['staff', 'www.kizi.com', 'closed', 'a warning is a block, because DNS can show no page'],
        ['staff', 'www.bbc.co.uk', 'open', 'news are open'],
      ]
      for (const [group, name, what, why] of table)
        test(`${group} ask for ${name}: ${why}`, async () => {
          const answer = await dig(port, group, name)
          assert.deepEqual(
            answer,
            what === 'open' ? { status: 'NOERROR', answers: [`A ${everywhere}`] } : { status: 'NXDOMAIN', answers: [] },
          )
        })

      for (const [name, safe] of [
        ['www.google.com', 'forcesafesearch.google.com.'],
        ['www.google.co.uk', 'forcesafesearch.google.com.'],
        ['www.bing.com', 'strict.bing.com.'],
        ['duckduckgo.com', 'safe.duckduckgo.com.'],
      ] as const)
        test(`juniors who ask for ${name} are led to its safe search`, async () => {
          const answer = await dig(port, 'juniors', name)
          assert.deepEqual(answer, { status: 'NOERROR', answers: [`CNAME ${safe}`, `A ${everywhere}`] })
        })

      test('infants, to whom search engines are closed, are not led to a safe one', async () => {
        assert.equal((await dig(port, 'infants', 'www.google.com')).status, 'NXDOMAIN')
        assert.equal((await dig(port, 'infants', 'www.nhs.uk')).status, 'NOERROR')
      })

      test('the canary tells browsers to leave DNS over HTTPS off', async () => {
        for (const group of ['infants', 'juniors', 'staff'] as const)
          assert.equal((await dig(port, group, 'use-application-dns.net')).status, 'NXDOMAIN')
      })

      test('the key for encrypted client hello is taken out, also from what is remembered, and the rest stays', async () => {
        for (let times = 0; times < 3; times++) {
          const { status, answers } = await dig(port, 'staff', 'www.bbc.co.uk', 'HTTPS')
          assert.equal(status, 'NOERROR')
          assert.equal(answers.length, 1, answers.join())
          assert.match(answers[0] ?? '', /alpn="?h2"?/)
          assert.doesNotMatch(answers.join(), /ech|deadbeef|key5|3q2\+7w/)
        }
      })

      test('whoever asks from no network of the school is refused', async () => {
        const outside = await new Promise<string>(done =>
          execFile('dig', ['-b', '127.0.0.9', '@127.0.0.1', '-p', String(port), '+tries=1', 'www.nhs.uk'], (_, out) =>
            done(out),
          ),
        )
        assert.match(outside, /status: REFUSED/)
      })

      test('its log says who asked for what', async () => {
        assert.match(readFileSync(join(home, 'log/unbound.log'), 'utf8'), /127\.0\.0\.3 www\.bet365\.com\. A IN/)
      })
    })

  test('a zone for a group that is none, or for nobody, is refused with a sentence', async () => {
    const wizards = await gatehouse('filter', 'zone', '--group', 'wizards')
    assert.equal(wizards.status, 2)
    assert.match(wizards.errors, /no group “wizards”; there are: infants, juniors/)
    assert.equal((await gatehouse('filter', 'zone')).status, 2)
  })

  test('a zone that would leave names out is not written', async () => {
    const lists = join(folder, 'data', 'lists')
    const compiled = await gatehouse('lists', 'compile')
    assert.equal(compiled.status, 0, compiled.errors)
    const whole = await gatehouse('filter', 'zone', '--group', 'juniors')
    assert.equal(whole.status, 0, whole.errors)
    assert.match(whole.output, /^bet365\.com CNAME \.\n\*\.bet365\.com CNAME \.$/m)
    const { sha256 } = JSON.parse(readFileSync(join(lists, 'active.json'), 'utf8')) as { sha256: string }
    const { gzipSync } = await import('node:zlib')
    writeFileSync(join(lists, `${sha256}.names.gz`), gzipSync('bet365.com\n'))
    const partial = await gatehouse('filter', 'zone', '--group', 'juniors')
    assert.equal(partial.status, 1)
    assert.equal(partial.output, '')
    assert.match(partial.errors, /would leave some out: compile the lists again/)
  })
})

/** A resolver that knows every name: one address, one record of type HTTPS with a key for encrypted client hello. */
function everyName(): Promise<{ port: number; close(): void }> {
  const socket = createSocket('udp4')
  socket.on('message', (query, from) => {
    let end = 12
    while ((query[end] ?? 0) !== 0) end += 1 + (query[end] ?? 0)
    const question = query.subarray(12, end + 5)
    const type = question.readUInt16BE(question.length - 4)
    const rdata = type === 1 ? Buffer.from(everywhere.split('.').map(Number)) : type === 65 ? httpsRecord : undefined
    const head = Buffer.alloc(12)
    query.copy(head, 0, 0, 2)
    head.writeUInt16BE(0x8580, 2)
    head.writeUInt16BE(1, 4)
    head.writeUInt16BE(rdata ? 1 : 0, 6)
    const record = Buffer.alloc(12)
    record.writeUInt16BE(0xc00c, 0)
    record.writeUInt16BE(type, 2)
    record.writeUInt16BE(1, 4)
    record.writeUInt32BE(300, 6)
    record.writeUInt16BE(rdata?.length ?? 0, 10)
    socket.send(Buffer.concat([head, question, ...(rdata ? [record, rdata] : [])]), from.port, from.address)
  })
  return new Promise(done =>
    socket.bind(0, '127.0.0.1', () => done({ port: socket.address().port, close: () => void socket.close() })),
  )
}
