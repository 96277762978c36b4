import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer as plainServer } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { createOutsidePost, type OutsideFailure, whyNotOutside } from './outside-post.ts'

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-outside-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const key = join(folder, 'key.pem')
const certificate = join(folder, 'certificate.pem')
execFileSync(
  'openssl',
  // biome-ignore format: one option and its value after the other
  ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost',
   '-keyout', key, '-out', certificate],
  { stdio: 'ignore' },
)
const listening = async (server: Server): Promise<number> => {
  server.listen(0)
  await once(server, 'listening')
  after(() => server.close())
  return (server.address() as AddressInfo).port
}
const arrived: { host: string | undefined; body: string }[] = []
const take: Parameters<typeof plainServer>[1] = (request, response) => {
  let body = ''
  request.on('data', chunk => {
    body += chunk
  })
  request.on('end', () => {
    arrived.push({ host: request.headers.host, body })
    response.end('taken')
  })
}
const tls = await listening(createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, take))
const bare = await listening(plainServer(take))
const message = { headers: { 'content-type': 'text/plain' }, body: 'Grüße' }
const failure = async (address: string, allowed: readonly string[]): Promise<string> =>
  createOutsidePost({ allowed })(address, message).then(
    answer => `answered ${answer.status}`,
    (error: OutsideFailure) => `${error.name}: ${error.message}`,
  )

describe('where a message may go', () => {
  test('https alone, without a password in the address, unless the operator opened the pair', () => {
    for (const [address, allowed, says] of [
      ['https://alarm.example/hook', [], null],
      ['http://alarm.example/hook', [], 'must start with https://'],
      ['http://alarm.example/hook', ['alarm.example:80'], null],
      ['http://ALARM.example:8080/', ['alarm.example:8080'], null],
      ['http://alarm.example:8081/', ['alarm.example:8080'], 'must start with https://'],
      ['http://[::1]:90/', ['[::1]:90'], null],
      ['https://a:b@alarm.example/', [], 'must not hold a username or password'],
      ['ftp://alarm.example/', [], 'must be a whole web address, such as https://gateway.example/send'],
      ['file:///etc/passwd', [], 'must be a whole web address, such as https://gateway.example/send'],
      ['', [], 'must be a whole web address, such as https://gateway.example/send'],
    ] as const)
      assert.equal(whyNotOutside(address, allowed), says, address)
  })
  test('not to what is private, however it is written, and whatever its name says', async () => {
    const before = arrived.length
    for (const host of [
      '127.0.0.1',
      '2130706433',
      '0x7f.1',
      '[::1]',
      '[::ffff:127.0.0.1]',
      'localhost',
      '10.0.0.1',
      '169.254.169.254',
    ])
      assert.equal(
        await failure(`https://${host}:${tls}/`, []),
        'OutsideFailure: the address is not a public one, and the operator has not opened it',
        host,
      )
    assert.equal(arrived.length, before)
    assert.match(
      await failure('https://nowhere.invalid/', []),
      /OutsideFailure: (?:there is no such name|the name server)/,
    )
  })
})

describe('what is opened', () => {
  test('is reached by its name, and the body comes whole', async () => {
    const answer = await createOutsidePost({ allowed: [`localhost:${bare}`] })(`http://localhost:${bare}/a`, message)
    assert.deepEqual(answer, { status: 200, body: 'taken' })
    assert.deepEqual(arrived.at(-1), { host: `localhost:${bare}`, body: 'Grüße' })
  })
  test('still shows a certificate that somebody trusted stands for', async () => {
    assert.equal(
      await failure(`https://localhost:${tls}/`, [`localhost:${tls}`]),
      'OutsideFailure: its certificate is not in order',
    )
    assert.match(await failure('https://localhost:1/', ['localhost:1']), /it cannot be reached/)
  })
  test('is reached over TLS where the certificate is trusted', async () => {
    const before = arrived.length
    const script = `
      import { createOutsidePost } from ${JSON.stringify(join(import.meta.dirname, 'outside-post.ts'))}
      const answer = await createOutsidePost({ allowed: ['localhost:${tls}'] })('https://localhost:${tls}/x', { headers: {}, body: 'over TLS' })
      process.stdout.write(String(answer.status))`
    const { promise, resolve } = Promise.withResolvers<string>()
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      env: { ...process.env, NODE_EXTRA_CA_CERTS: certificate },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let said = ''
    child.stdout.on('data', chunk => {
      said += chunk
    })
    child.on('close', () => resolve(said))
    assert.equal(await promise, '200')
    assert.deepEqual(arrived.at(-1), { host: `localhost:${tls}`, body: 'over TLS' })
    assert.equal(arrived.length, before + 1)
  })
})
