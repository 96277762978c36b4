/** The gateway as the process that `serve` starts and an operator runs. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { signBundle } from './bundle-file.ts'
import { type Cleanup, createWorld, fetchThrough, freePort, secret, until } from './gateway-world.ts'

const main = fileURLToPath(new URL('main.ts', import.meta.url))

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Runs it until it ends, or until it says that it filters. */
async function run(
  args: readonly string[],
): Promise<{ child: ChildProcess; said: Promise<string>; ended: Promise<Ended> }> {
  const child = spawn(process.execPath, [main, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH },
  })
  let out = ''
  let err = ''
  const said = new Promise<string>(done => {
    child.stdout.on('data', part => {
      out += part
      if (out.includes('\n')) done(out)
    })
  })
  child.stderr.on('data', part => {
    err += part
  })
  const ended = new Promise<Ended>(done => child.once('close', code => done({ code, out, err })))
  return { child, said, ended }
}

interface Installed {
  readonly folder: string
  readonly port: number
  /** Where the gateway looks for its server; nothing listens there. */
  readonly serverPort: number
  readonly args: readonly string[]
}

/** A folder with a signed bundle, its lists and the key file. */
async function installed(t: Cleanup): Promise<Installed> {
  const world = await createWorld(t)
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-main-'))
  t.after(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }))
  const pair = generateKeyPairSync('ed25519', {
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  await writeFile(
    join(folder, 'bundle.json'),
    JSON.stringify(signBundle({ ...world.payload, serial: 12 }, pair.privateKey)),
  )
  await writeFile(join(folder, 'lists.bin'), await readFile(join(world.settings.bundleFile, '../lists.bin')))
  await writeFile(join(folder, 'keys.json'), JSON.stringify({ bundlePublicKey: pair.publicKey, token: secret }))
  const port = await freePort()
  const at = (name: string): string => join(folder, name)
  const serverPort = await freePort()
  const args = [
    '--bundle',
    at('bundle.json'),
    '--key-file',
    at('keys.json'),
    '--spool',
    at('spool'),
    '--server',
    `http://127.0.0.1:${serverPort}`,
    '--port',
    String(port),
  ]
  return { folder, port, serverPort, args }
}

describe('The gateway process', () => {
  it('says in one line what it does, filters, and stops when it is asked to', async t => {
    const { port, args } = await installed(t)
    const { child, said, ended } = await run(args)
    assert.equal(await said, `Filtering on 127.0.0.1:${port}, bundle 12, 3 people\n`)
    assert.equal((await fetchThrough(port, 'http://bets.example/', { as: 'jun' })).status, 403)
    child.kill('SIGTERM')
    assert.equal((await ended).code, 0)
  })

  it('says that the port is taken and leaves with 3', async t => {
    const { port, args } = await installed(t)
    const first = await run(args)
    await first.said
    const { code, err } = await (await run(args)).ended
    assert.equal(code, 3)
    assert.match(err, new RegExp(`^Port ${port} on 127\\.0\\.0\\.1 is taken`))
    first.child.kill('SIGKILL')
    await first.ended
  })

  it('names what is missing or wrong in one line and leaves with 2', async t => {
    const { args, folder } = await installed(t)
    const nothing = await (await run([])).ended
    assert.equal(nothing.code, 2)
    assert.match(
      nothing.err,
      /^--bundle is needed; --key-file is needed; --spool is needed; --server is needed\. Usage: .*\n$/,
    )
    assert.equal((await (await run([...args, '--port', 'many'])).ended).code, 2)
    assert.equal((await (await run([...args, '--colour'])).ended).code, 2)
    await writeFile(join(folder, 'keys.json'), '{}')
    const wrongKeys = await (await run(args)).ended
    assert.equal(wrongKeys.code, 2)
    assert.match(wrongKeys.err, /bundlePublicKey in the key file must be an Ed25519 public key/)
  })

  it('goes on filtering after the process that started it was killed', async t => {
    const { port, serverPort, args } = await installed(t)
    // A parent that starts the gateway with pipes, tells its process id, and waits to be killed.
    const script = `const c = require('node:child_process').spawn(process.execPath, ${JSON.stringify([main, ...args])}, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
      c.stdout.once('data', () => console.log(c.pid)); setInterval(() => 0, 1000)`
    const parent = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] })
    const pid = Number(await new Promise<string>(done => parent.stdout.once('data', part => done(String(part)))))
    t.after(() => {
      process.kill(pid, 'SIGKILL')
    })
    const gone = new Promise(done => parent.once('close', done))
    parent.kill('SIGKILL')
    await gone
    // Now it has something to say, to pipes that nobody reads: the server answers, with a bundle that is none.
    let polls = 0
    const server = createServer((_, response) => {
      polls += 1
      response.end('no bundle')
    })
    await new Promise<void>(done => server.listen(serverPort, '127.0.0.1', done))
    t.after(() => {
      server.closeAllConnections()
      server.close()
    })
    await until(() => polls >= 2)
    assert.equal((await fetchThrough(port, 'http://bets.example/', { as: 'jun' })).status, 403)
  })
})
