import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { generateKeyPairSync } from 'node:crypto'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

const command = join(import.meta.dirname, '../../bin/gatehouse')
const data = mkdtempSync(join(tmpdir(), 'gatehouse-programs-'))
after(() => rmSync(data, { recursive: true, force: true }))
const environment = { ...process.env, GATEHOUSE_DATA: data }

const gatehouse = (input: string, ...words: string[]) =>
  spawnSync(command, words, { encoding: 'utf8', input, env: environment })

test('the helper that Squid starts is a verb, and ends with its input', () => {
  const { status, stdout } = gatehouse('0 127.0.0.1 http://www.kizi.com/ -\n', 'filter', 'helper', '--group', 'juniors')
  assert.equal(status, 0)
  assert.match(stdout, /^0 ERR message="This site is closed because it is a games site\." tag=games\n$/)
})

test('a zone is a verb, and an unknown group its status 2', () => {
  const zone = gatehouse('', 'filter', 'zone', '--group', 'juniors')
  assert.equal(zone.status, 0, zone.stderr)
  assert.match(zone.stdout, /^kizi\.com CNAME \.$/m)
  assert.match(zone.stdout, /^www\.google\.com CNAME forcesafesearch\.google\.com\.$/m)
  const wrong = gatehouse('', 'filter', 'zone', '--group', 'wizards')
  assert.equal(wrong.status, 2)
  assert.match(wrong.stderr, /^gatehouse filter zone: there is no group “wizards”.+\n$/)
})

test('what writes a configuration says what it lacks', () => {
  for (const verb of ['squid-conf', 'unbound-conf', 'squid-log']) {
    const { status, stderr } = gatehouse('', 'filter', verb)
    assert.equal(status, 2, verb)
    assert.match(stderr, new RegExp(`^gatehouse filter ${verb}: --(out DIR|log FILE) is needed`))
  }
})

test('the gateway alone listens where the settings say, and ends when it is told to', async () => {
  const keys = join(data, 'keys')
  mkdirSync(keys, { recursive: true })
  const { publicKey } = generateKeyPairSync('ed25519', {
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  writeFileSync(
    join(keys, 'gateway.json'),
    JSON.stringify({ bundlePublicKey: publicKey, token: 'a secret of this test alone' }),
  )
  const port = await new Promise<number>(done => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => done(address && typeof address === 'object' ? address.port : 0))
    })
  })
  const child = spawn(command, ['gateway', '--bundle', join(data, 'none.json'), '--server', 'http://127.0.0.1:9'], {
    env: { ...environment, PROXY_PORT: String(port) },
    stdio: 'ignore',
  })
  const ended = new Promise<number | null>(done => child.once('close', done))
  const deadline = Date.now() + 20_000
  while (!(await answers(port))) {
    assert.ok(Date.now() < deadline && child.exitCode === null, 'the gateway does not listen')
    await new Promise(done => setTimeout(done, 100))
  }
  child.kill('SIGTERM')
  assert.equal(await ended, 0)
  assert.equal(await answers(port), false)
})

const answers = (port: number): Promise<boolean> =>
  new Promise(done => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      done(true)
    })
    socket.once('error', () => done(false))
  })
