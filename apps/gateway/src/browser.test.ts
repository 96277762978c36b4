/** A real Chromium that knows the gateway by its PAC file alone: what a pupil at a school's computer sees. */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { Socket } from 'node:net'
import { after, describe, it } from 'node:test'
import { type Browser, chromium } from 'playwright-core'
import { ensureChromium } from '../../../scripts/ensure-chromium.mjs'
import type { ActivityEvent } from './activity-event.ts'
import { type Cleanup, createWorld, listenOn, until, type World } from './gateway-world.ts'

const found = ensureChromium(line => console.log(line))
if (!('path' in found)) console.log(`The gateway was not tested with a browser: ${found.sentence}`)

const browsers: Browser[] = []
after(async () => {
  for (const browser of browsers) await browser.close()
})

/** Pupils at computers that stand for nobody: the room's own group counts, as nothing can type a password here. */
const room = { id: 'room', name: 'Room 4', subnets: ['127.0.0.0/8'], group: 'juniors' }

async function pupilsWorld(t: Cleanup, port: number): Promise<World> {
  const world = await createWorld(t, {
    names: { 'news.example': ['127.0.0.1'] },
    allowPrivate: [`news.example:${port}`],
  })
  await world.publish({ schools: world.payload.schools.map(school => ({ ...school, places: [room] })) })
  return world
}

async function pupilsBrowser(world: World): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: 'path' in found ? found.path : '',
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable',
      // Chromium itself finds no name: whatever loads came through the gateway.
      '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1',
      `--proxy-pac-url=http://127.0.0.1:${world.gateway.port}/proxy.pac`,
    ],
  })
  browsers.push(browser)
  return browser
}

describe('A browser with the PAC file', { skip: 'path' in found ? false : 'no Chromium' }, () => {
  it('goes through the gateway and never past it, and sees why a page is shut', async t => {
    const port = await listenOn(
      createServer((_, response) => response.setHeader('Content-Type', 'text/html').end('<h1>News</h1>')),
      t,
    )
    const world = await pupilsWorld(t, port)
    const page = await (await pupilsBrowser(world)).newPage()
    await page.goto(`http://news.example:${port}/`)
    assert.equal(await page.textContent('h1'), 'News')
    const blocked = await page.goto('http://bets.example/')
    assert.equal(blocked?.status(), 403)
    assert.equal(await page.textContent('h1'), 'You cannot open this page')
    // What docs/gateway.md says of a refused https address: no page of ours, and this word.
    await assert.rejects(page.goto('https://bets.example/'), /net::ERR_TUNNEL_CONNECTION_FAILED/)
    // The product is asked for directly: here its name leads nowhere, which shows that the gateway was not asked.
    await assert.rejects(page.goto('http://gatehouse.school.example:8080/'), /net::ERR_NAME_NOT_RESOLVED/)
    const isRefusal = ({ kind, host }: ActivityEvent): boolean => kind === 'connect' && host === 'bets.example'
    assert.equal((await world.logged(1, isRefusal))[0]?.verdict, 'block')
    await world.gateway.close()
    await assert.rejects(page.goto(`http://news.example:${port}/?again`), /net::ERR_PROXY_CONNECTION_FAILED/)
  })

  it('has its WebSocket through a tunnel, and loses it when the rules say so', async t => {
    const sockets: Socket[] = []
    const server = createServer((_, response) => response.setHeader('Content-Type', 'text/html').end('<h1>Chat</h1>'))
    const { createHash } = await import('node:crypto')
    server.on('upgrade', (request, socket: Socket) => {
      sockets.push(socket)
      socket.on('error', () => undefined)
      socket.resume().once('end', () => socket.end())
      const key = `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`
      const accept = createHash('sha1').update(key).digest('base64')
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
      )
      socket.write(Buffer.concat([Buffer.from([0x81, 5]), Buffer.from('hello')]))
    })
    t.after(() => {
      for (const socket of sockets) socket.destroy()
    })
    const port = await listenOn(server, t)
    const world = await pupilsWorld(t, port)
    const page = await (await pupilsBrowser(world)).newPage()
    await page.goto(`http://news.example:${port}/`)
    const said = (name: string) => page.evaluate(key => Reflect.get(globalThis, key) as string, name)
    await page.evaluate(address => {
      const socket = new WebSocket(address)
      Object.assign(globalThis, { heard: '', ended: '' })
      socket.onmessage = event => Object.assign(globalThis, { heard: event.data })
      socket.onclose = () => Object.assign(globalThis, { ended: 'yes' })
    }, `ws://news.example:${port}/chat`)
    for (let tries = 0; (await said('heard')) !== 'hello' && tries < 100; tries++) await page.waitForTimeout(20)
    assert.equal(await said('heard'), 'hello')
    await world.logged(1, event => event.kind === 'websocket' && event.path === '/chat')
    await world.publish(
      world.withRules([
        { id: 'shut', action: 'block', host: 'news.example', path: '/chat', groups: 'all', reason: 'x' },
      ]),
    )
    await until(() => sockets.every(socket => socket.destroyed))
    for (let tries = 0; (await said('ended')) !== 'yes' && tries < 100; tries++) await page.waitForTimeout(20)
    assert.equal(await said('ended'), 'yes')
  })
})
