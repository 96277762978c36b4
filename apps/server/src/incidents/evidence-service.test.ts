import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, writeFileSync, existsSync, mkdirSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { clamdScanner } from '../platform/clamd.ts'
import { Refusal } from '../platform/refusal.ts'
import { testSchool } from '../testing/test-school.ts'
import { caseWorld } from './case-world.ts'

/** A scanner's daemon that answers as told once it has the whole stream. */
async function daemon(answer: (socket: Socket, bytes: number) => void) {
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    let received = 0
    let answered = false
    socket.on('error', () => undefined)
    socket.on('data', data => {
      received += data.length
      if (!answered && data.subarray(-4).equals(Buffer.alloc(4))) {
        answered = true
        answer(socket, received)
      }
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    address: `127.0.0.1:${address.port}`,
    close: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}
const infected = Buffer.from('X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR')
const clamd = await daemon(socket =>
  socket.end(
    scanning === 'found'
      ? 'stream: Eicar-Test FOUND\0'
      : scanning === 'reset'
        ? 'INSTREAM size limit exceeded. ERROR\0'
        : 'stream: OK\0',
  ),
)
let scanning: 'ok' | 'found' | 'reset' = 'ok'
after(() => clamd.close())

const school = await testSchool()
const scanned = await testSchool({ environment: { CLAMD: clamd.address } })
const pdf = Buffer.from('%PDF-1.7 a plan')
const upload = { field: 'evidence', name: 'plan.pdf', content: pdf, type: 'application/pdf' }
const folderOf = (dataFolder: string, schoolId: string) => join(dataFolder, 'evidence', schoolId)
const filesIn = (folder: string) => (existsSync(folder) ? readdirSync(folder) : [])

test('evidence is sealed on disk, says that it was not scanned, and opens only with a reason', async () => {
  const world = await caseWorld(school)
  const id = await world.open()
  const browser = await world.as(world.who.dsl)
  assert.equal((await browser.postFile(`/cases/${id}/evidence`, {}, upload)).status, 303)
  const [evidence] = await world.read(({ evidence: store }) => store.ofCase(id))
  assert.ok(evidence)
  assert.equal(evidence.scan, 'not-scanned')
  assert.equal(evidence.sha256, createHash('sha256').update(pdf).digest('hex'))
  const [name] = filesIn(folderOf(school.dataFolder, world.schoolId))
  assert.equal(name, evidence.id)
  assert.ok(!readFileSync(join(folderOf(school.dataFolder, world.schoolId), evidence.id)).includes('a plan'))
  const path = `/cases/${id}/evidence/${evidence.id}`
  assert.match((await browser.get(path)).text, /Not scanned/)
  assert.equal((await browser.post(path, {})).status, 400)
  const answer = await browser.post(path, { reason: 'deciding', words: 'to decide' })
  assert.equal(answer.html, pdf.toString())
  assert.match(answer.headers.get('content-disposition') ?? '', /^attachment/)
  assert.equal(answer.headers.get('x-content-type-options'), 'nosniff')
  assert.equal(answer.headers.get('content-type'), 'application/octet-stream')
  const entry = await world.read(({ ledger }) => ledger.latest(['evidence.opened'], `case:${id}`))
  assert.equal(entry?.detail['reason'], 'deciding')
})

test('a file that is not what its name says is kept and said to be', async () => {
  const world = await caseWorld(school)
  const id = await world.open()
  await (await world.as(world.who.dsl)).postFile(
    `/cases/${id}/evidence`,
    {},
    { ...upload, name: 'holiday.jpg', type: 'image/jpeg', content: Buffer.from('MZ\x90\0\x03') },
  )
  const [evidence] = await world.read(({ evidence: store }) => store.ofCase(id))
  assert.equal(evidence?.foundType, 'application/x-executable')
  assert.equal(evidence?.lies, true)
})

test('erased evidence can never be read again, and held evidence cannot be erased', async () => {
  const world = await caseWorld(school)
  const id = await world.open()
  const browser = await world.as(world.who.head)
  await browser.postFile(`/cases/${id}/evidence`, {}, upload)
  await browser.postFile(`/cases/${id}/evidence`, {}, upload)
  const [one, other] = await world.read(({ evidence }) => evidence.ofCase(id))
  assert.ok(one && other)
  const copy = readFileSync(join(folderOf(school.dataFolder, world.schoolId), one.id))
  await world.does(world.who.head, `/cases/${id}/evidence/${one.id}/erase`, { reason: 'No longer needed' })
  assert.equal(filesIn(folderOf(school.dataFolder, world.schoolId)).length, 1)
  await assert.rejects(
    world.read(({ evidence }) => evidence.unseal(one, copy)),
    (error: unknown) => error instanceof Refusal && error.code === 'not-found',
  )
  await world.triage(world.who.dsl, id)
  await world.does(world.who.head, `/cases/${id}/hold`, { reason: 'The police asked' })
  assert.equal(
    (await (await world.as(world.who.head)).post(`/cases/${id}/evidence/${other.id}/erase`, { reason: 'Please' }))
      .status,
    409,
  )
})

test('a file altered on disk is never handed out as the one that was stored', async () => {
  const world = await caseWorld(school)
  const id = await world.open()
  const browser = await world.as(world.who.dsl)
  await browser.postFile(`/cases/${id}/evidence`, {}, upload)
  const [evidence] = await world.read(({ evidence: store }) => store.ofCase(id))
  const path = join(folderOf(school.dataFolder, world.schoolId), evidence?.id ?? '')
  const sealed = readFileSync(path)
  sealed[20] = (sealed[20] ?? 0) ^ 1
  writeFileSync(path, sealed)
  const answer = await browser.post(`/cases/${id}/evidence/${evidence?.id}`, { reason: 'working' })
  assert.notEqual(answer.status, 200)
})

test('when the folder cannot be written nothing is kept, in the log or on disk, and the answer says so', async () => {
  const world = await caseWorld(school)
  const id = await world.open()
  const folder = folderOf(school.dataFolder, world.schoolId)
  mkdirSync(join(school.dataFolder, 'evidence'), { recursive: true })
  writeFileSync(folder, 'a file where the folder would be')
  const answer = await (await world.as(world.who.dsl)).postFile(`/cases/${id}/evidence`, {}, upload)
  assert.equal(answer.status, 503)
  assert.match(answer.text, /no room left|nothing was kept/)
  rmSync(folder)
  assert.deepEqual(await world.read(({ evidence }) => evidence.ofCase(id)), [])
  assert.equal(await world.read(({ ledger }) => ledger.latest(['evidence.added'], `case:${id}`)), undefined)
})

test('with a scanner a clean file is taken as scanned, an infected one refused, and silence is never clean', async () => {
  const world = await caseWorld(scanned)
  const id = await world.open()
  const browser = await world.as(world.who.dsl)
  const before = () => filesIn(folderOf(scanned.dataFolder, world.schoolId)).length
  scanning = 'ok'
  assert.equal((await browser.postFile(`/cases/${id}/evidence`, {}, upload)).status, 303)
  assert.equal((await world.read(({ evidence }) => evidence.ofCase(id)))[0]?.scan, 'clean')
  scanning = 'found'
  const refused = await browser.postFile(`/cases/${id}/evidence`, {}, { ...upload, content: infected })
  assert.equal(refused.status, 400)
  assert.match(refused.text, /Eicar-Test/)
  scanning = 'reset'
  assert.equal((await browser.postFile(`/cases/${id}/evidence`, {}, upload)).status, 503)
  assert.equal(before(), 1)
  clamd.close()
  assert.equal((await browser.postFile(`/cases/${id}/evidence`, {}, upload)).status, 503)
})

test('a scanner that closes without a word, says half a line, or is not there has failed', async () => {
  const closing = await daemon(socket => socket.destroy())
  const half = await daemon(socket => socket.end('stream: O'))
  const odd = await daemon(socket => socket.end('stream: OK maybe\0'))
  for (const { address } of [closing, half, odd])
    assert.equal((await clamdScanner(address).scan(Buffer.alloc(200_000))).verdict, 'failed')
  assert.equal((await clamdScanner('/nowhere/clamd.ctl').scan(pdf)).verdict, 'failed')
  const silent = await daemon(() => undefined)
  assert.equal((await clamdScanner(silent.address, 50).scan(pdf)).verdict, 'failed')
  for (const each of [closing, half, odd, silent]) each.close()
})
