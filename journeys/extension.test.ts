import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, test } from 'node:test'
import pg from 'pg'
import { deviceUser, monitored } from '../apps/server/src/monitoring/flag-world.ts'
import { filesHolding } from '../apps/server/src/testing/on-disk.ts'
import { testSchool } from '../apps/server/src/testing/test-school.ts'
import { attach, type BrowserTab, openTab, targetsOf } from './browser-tab.ts'
import { begun, noPolicy, pause, policedMachine, until } from './policed-browser.ts'

/*
 * The extension as a school installs it: packed, signed, forced by policy, in real Chromium, against the real server. A pupil
 * types, the safeguarding lead is paged and decides; lessons stay silent; with the server away the flag waits and comes once.
 */
if (noPolicy && process.env.CI) throw new Error(noPolicy)

if (noPolicy) test('the extension in a browser under policy', { skip: noPolicy }, () => undefined)
else {
  const school = await testSchool({ time: new Date().toISOString() })
  const { app, schoolId } = school
  let debugPort = ''
  let work: Awaited<ReturnType<typeof app.filtering.start>> | undefined
  after(async () => {
    await machine.stop()
    await work?.stop()
    site.close()
  })

  const lead = await school.person('Dora Safe', 'dsl')
  const head = await school.person('Hedda Main', 'headteacher')
  const dpo = await school.person('Dev Data', 'dpo')
  const manager = await school.person('Ned Work', 'network-manager')
  const pupil = await deviceUser(school, 'Pia Small')
  await monitored(school, ['juniors'], { lead, dpo, head })
  work = await app.filtering.start(school.url)

  /** A page whose editor writes its frame anew when the page has long been loaded. */
  const editorPage = `<!doctype html><html lang="en"><head><title>Editor</title></head><body><iframe></iframe><script>
    addEventListener('load', () => setTimeout(() => {
      const frame = document.querySelector('iframe')
      const inside = frame.contentDocument
      inside.open()
      inside.write('<!doctype html><title>Text</title><body contenteditable></body>')
      inside.close()
      frame.contentWindow.focus()
      inside.body.focus()
      document.title = 'Editor open'
    }, 1000))
  </script></body></html>`
  /** A site of a lesson, on loopback. */
  const site = createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
    if (request.url === '/editor') return response.end(editorPage)
    response.end(
      `<!doctype html><html lang="en"><head><title>Homework</title></head><body><h1>Homework</h1><form><label>Write here <textarea id="work"></textarea></label><label>Password <input id="secret" type="password"></label><label>Card <input id="card" name="cardNumber"></label></form><p>${request.url?.startsWith('/canary') ? `${request.url.slice(1)} is a long word, `.repeat(20) : ''}</p><p id="lesson">${request.url === '/lesson' ? 'In 1940 the bombing of London killed many people.' : ''}</p></body></html>`,
    )
  })
  const listening = (server: typeof site): Promise<number> =>
    new Promise(done => server.listen(0, '127.0.0.1', () => done((server.address() as AddressInfo).port)))
  const sitePort = await listening(site)
  const machine = await policedMachine({
    app,
    url: school.url,
    dataFolder: school.dataFolder,
    manager,
    user: 'pia.small',
  })
  /** What the extension shows in place of an address. It is a page of another kind, so the tab that was opened is not it. */
  const blockPage = async (address: string): Promise<string> => {
    const host = URL.parse(address)?.hostname ?? ''
    const opened = await openTab(debugPort, address)
    const target = await until('the block page', async () =>
      (await targetsOf(debugPort)).find(
        ({ url }) => url.startsWith(`chrome-extension://${machine.id}/pages/blocked.html`) && url.includes(host),
      ),
    )
    const shown = await attach(target)
    const words = await until('its words', async () => {
      const found = await shown.words()
      return found.includes('One moment') ? '' : found
    })
    await shown.close()
    await opened.close()
    return words
  }
  const waiting = () => app.read(schoolId, ({ flags }) => flags.waiting(['safeguarding'], 50, null))
  /** The words of every flag that the school holds, decided or not. */
  const kept = () =>
    app.read(schoolId, async ({ flags }) => {
      const threads = [
        ...(await flags.waiting(['safeguarding'], 50, null)),
        ...(await flags.decided(['safeguarding'], 50)),
      ]
      const found = await Promise.all(threads.map(thread => flags.flagsOf(thread)))
      return found.flat().map(({ content }) => content?.text ?? '')
    })
  const myDataPage = `chrome-extension://${machine.id}/pages/my-data.html`
  /** Reads everything that waits in the extension's database, as bytes turned into letters. */
  const waitingBytes = `new Promise(done => {
    indexedDB.open('gatehouse').onsuccess = ({ target }) => {
      target.result.transaction('waiting').objectStore('waiting').getAll().onsuccess = ({ target }) =>
        done(target.result.map(({ bytes }) => new TextDecoder('latin1').decode(bytes)).join())
    }
  })`
  const home = `http://127.0.0.1:${sitePort}`
  let tab: BrowserTab

  test('is installed by policy, learns its rules, and lets a lesson’s page through', async () => {
    const browser = await machine.browser()
    debugPort = browser.debugPort
    await begun(browser, machine, words => words.includes('Your rules: Juniors') && words.includes('Monitoring is on'))
    tab = await openTab(debugPort)
    await until('the page', async () => {
      await tab.go(`${home}/`)
      return (await tab.title()) === 'Homework'
    })
  })
  test('tries its detector by itself, and tells the server that it finds what it must find', async () => {
    const check = await until(
      'the device to have been tried',
      async () => (await app.read(schoolId, ({ devices }) => devices.devices()))[0]?.check,
      90,
    )
    assert.deepEqual(check.missed, [])
    assert.match(check.detector, /\S/)
    assert.deepEqual(await kept(), [], 'no flag comes of it')
  })
  test('blocks by the same rules as the gateway, on https too, with a page that says why', async () => {
    const words = await blockPage('https://www.bet365.com/')
    assert.match(words, /bet365\.com/)
    assert.match(words, /betting|gambling/i)
  })
  test('offers help instead of a wall where a child may be hurting', async () => {
    const words = await blockPage('https://selfharm.canary.gatehouse.invalid/')
    assert.match(words, /0800 1111/)
    assert.match(words, /not in trouble/)
    assert.doesNotMatch(words, /blocked/)
  })
  test('what a child writes of hurting herself pages the lead within ten seconds, and opens a case when it is real', async () => {
    await tab.go(`${home}/`)
    await tab.type('#work', 'i want to kill myself tonight and nobody would care')
    const thread = await until(
      'the flag',
      async () => (await waiting()).find(({ concern, severity }) => concern === 'selfharm' && severity === 5),
      10,
    )
    assert.equal(thread.personId, pupil.personId)
    const [flag] = await app.read(schoolId, ({ flags }) => flags.flagsOf(thread))
    assert.match(flag?.content?.text ?? '', /kill myself/)
    assert.equal(flag?.host, '127.0.0.1')
    const [page] = await app.read(schoolId, ({ flags }) => flags.pages(thread.id))
    assert.equal(page?.personId, lead.personId)
    const { caseId } = await app.services.flags
      .real(lead, thread.id, 'Talked to her at once')
      .then(() => app.read(schoolId, ({ flags }) => flags.thread(thread.id)))
    assert.ok(caseId, 'no case was opened')
  })
  test('a report on swimming at Scunthorpe leaves nothing, and neither does the page of a lesson about a war', async () => {
    const before = (await kept()).length
    await tab.go(`${home}/lesson`)
    await tab.type('#work', 'My best stroke is breast stroke and I beat my time in the pool at Scunthorpe.')
    await pause(3000)
    assert.deepEqual((await kept()).slice(before), [])
  })
  test('what a child writes in a lesson about the Holocaust leaves nothing', async () => {
    const before = await kept()
    await tab.go(`${home}/lesson`)
    await tab.type('#work', 'In our lesson we learnt how the Holocaust happened and why millions were murdered. ')
    await pause(3000)
    assert.deepEqual(
      (await kept()).filter(words => !before.includes(words)),
      [],
    )
  })
  test('a password is never read, whatever it says', async () => {
    const before = (await kept()).length
    await tab.go(`${home}/`)
    await tab.type('#secret', 'i want to kill myself')
    await pause(3000)
    assert.equal(await tab.run('document.querySelector("#secret").value'), 'i want to kill myself')
    assert.equal((await kept()).length, before)
  })
  test('a password that is shown, and a card’s number, are never read either', async () => {
    const before = (await kept()).length
    await tab.go(`${home}/`)
    await tab.type('#secret', 'i want to ')
    await tab.run('document.querySelector("#secret").type = "text"')
    await tab.type('#secret', 'kill myself')
    await tab.type('#card', 'i want to kill myself')
    await pause(3000)
    assert.equal(await tab.run('document.querySelector("#secret").value'), 'i want to kill myself')
    assert.equal((await kept()).length, before)
  })
  test('the same words are one flag, however long the child writes on', async () => {
    const about = async () => (await kept()).filter(words => words.includes('cut myself')).length
    await tab.go(`${home}/`)
    await tab.type('#work', 'i cut myself again last night. ')
    await until('the flag', async () => (await about()) === 1, 10)
    for (const more of ['Then the cat came in. ', 'It was raining. ', 'We had toast. ']) {
      await tab.type('#work', more)
      await pause(1500)
    }
    assert.equal(await about(), 1)
  })
  test('what is written in an editor that opens its frame late is heard as well', async () => {
    await tab.go(`${home}/editor`)
    await until('the editor', async () => (await tab.title()) === 'Editor open')
    // The cursor is in the frame already, and the page’s own body takes none.
    await tab.type('body', 'i am going to hang myself tonight')
    await until('the flag', async () => (await kept()).some(words => words.includes('hang myself')), 10)
  })
  test('a search is made safe before it leaves the browser', async () => {
    const opened = await openTab(debugPort, 'https://www.google.com/search?q=coral+reef&safe=off')
    await until('the safe address', async () =>
      (await targetsOf(debugPort)).some(({ url }) => /google\.com\/search\?q=coral\+reef&safe=active$/.test(url)),
    )
    await opened.close()
  })
  test('nothing that a child typed, read or looked for and that was not flagged is anywhere on the server’s disk or in its log', async () => {
    const canary = (kind: string): string => `canary${kind}${Date.now().toString(36)}`
    const words = { typed: canary('typed'), secret: canary('secret'), read: canary('read'), looked: canary('looked') }
    const { typed, secret, read, looked } = words
    await tab.go(`${home}/${read}`)
    await tab.type('#work', `my hamster is called ${typed} and he likes carrots`)
    await tab.type('#secret', secret)
    const search = await openTab(debugPort, `https://www.google.com/search?q=how+big+is+a+${looked}`)
    // What goes with a flag is what stands around it, and no more: a page's text of long before does not.
    await pause(3000)
    await search.close()
    const owner = new pg.Client({ connectionString: school.database.ownerUrl })
    await owner.connect()
    await owner.query('checkpoint')
    const { rows } = await owner.query(
      "select current_setting('data_directory') as folder, oid from pg_database where datname = current_database()",
    )
    await owner.end()
    const { folder, oid } = rows[0] as { folder: string; oid: number }
    const logs = join(folder, '..', 'postgres.log')
    const places = [join(folder, 'base', String(oid)), join(folder, 'pg_wal'), school.dataFolder]
    // The search finds what is there.
    assert.ok(filesHolding(places, 'pia.small').length > 0)
    for (const [kind, word] of Object.entries(words)) {
      assert.deepEqual(filesHolding(places, word), [], kind)
      assert.ok(!readFileSync(logs, 'utf8').includes(word), kind)
      assert.ok(!school.logged.join('\n').includes(word), kind)
    }
  })
  test('with the server away the flag waits on the device, encrypted, and arrives once', async () => {
    const threat = 'he keeps asking me to send nudes or he will leak the others'
    const arrived = async () => (await kept()).filter(words => words.includes('send nudes')).length
    const { server } = app.server
    await tab.go(`${home}/`)
    const closed = new Promise(done => server.close(done))
    server.closeAllConnections()
    await closed
    await tab.paste('#work', threat)
    const mine = await openTab(debugPort, myDataPage)
    await until('the flag on the device', async () => {
      await mine.go(myDataPage)
      return (await mine.words()).includes('1 waiting to be sent')
    })
    const onDevice = String(await mine.run(waitingBytes))
    assert.ok(onDevice.length > 100, 'nothing is kept')
    assert.doesNotMatch(onDevice, /nudes/)
    assert.equal(await arrived(), 0)
    await new Promise<void>(done => server.listen(Number(new URL(school.url).port), '127.0.0.1', () => done()))
    // The device tries again once a minute.
    await until('the flag that waited', async () => (await arrived()) > 0, 200)
    await until('the empty queue', async () => {
      await mine.go(myDataPage)
      return (await mine.words()).includes('Nothing waits to be sent')
    })
    assert.equal(await arrived(), 1)
    await mine.close()
  })
}
