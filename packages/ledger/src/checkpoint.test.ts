import assert from 'node:assert/strict'
import { createPrivateKey } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  CheckpointError,
  formatCheckpoint,
  makeSigningKey,
  NoteError,
  parseCheckpoint,
  parseNote,
  readSigningKey,
  signNote,
  verifyNote,
  vkeyOf,
} from './checkpoint.ts'

/** The example of golang.org/x/mod/sumdb/note, from which the C2SP specification comes. */
const NEUMANN = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'
const TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
const NOTE = `${TEXT}\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n`

test('the well-known signed note is good, and spoilt by any change', () => {
  assert.deepEqual(verifyNote(NOTE, [NEUMANN]), { ok: true, text: TEXT, signedBy: ['PeterNeumann'] })
  const changed = verifyNote(NOTE.replace('cryptography', 'astrology'), [NEUMANN])
  assert.ok(!changed.ok && changed.reason === 'bad-signature')
})

test('the public key of RFC 8032 section 7.1 test 1 is the one in the verifier key of its secret', () => {
  const seed = '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60'
  const der = Buffer.from(`302e020100300506032b657004220420${seed}`, 'hex')
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  const raw = Buffer.from(vkeyOf('rfc', privateKey).split('+').slice(2).join('+'), 'base64').subarray(1)
  assert.equal(raw.toString('hex'), 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a')
})

test('a new key signs what its verifier key accepts, for the same name only', () => {
  const { privateKeyPem, vkey } = makeSigningKey('gatehouse/ledger/s1')
  const privateKey = readSigningKey(privateKeyPem)
  assert.equal(vkeyOf('gatehouse/ledger/s1', privateKey), vkey)
  const note = signNote('hello\n', { name: 'gatehouse/ledger/s1', privateKey })
  assert.ok(verifyNote(note, [vkey]).ok)
  const otherName = verifyNote(note, [vkeyOf('gatehouse/ledger/s2', privateKey)])
  assert.ok(!otherName.ok && otherName.reason === 'unknown-key')
})

test('a note with a strange signature beside ours is good, with a false one of ours it is not', () => {
  const ours = makeSigningKey('ours')
  const theirs = makeSigningKey('theirs')
  const sign = (name: string, pem: string) => signNote('hello\n', { name, privateKey: readSigningKey(pem) })
  const note = sign('ours', ours.privateKeyPem)
  const strange = sign('theirs', theirs.privateKeyPem).split('\n').slice(2).join('\n')
  assert.ok(verifyNote(note + strange, [ours.vkey]).ok)
  const id = Buffer.from(note.split(' ').at(-1) ?? '', 'base64').subarray(0, 4)
  const falseLine = `— ours ${Buffer.concat([id, Buffer.alloc(64)]).toString('base64')}\n`
  const spoilt = verifyNote(note + falseLine, [ours.vkey])
  assert.ok(!spoilt.ok && spoilt.reason === 'bad-signature')
})

test('a note that is not one is refused without an exception, whatever it is', () => {
  const broken = [
    '',
    '\n',
    'text\n',
    'text\n\n',
    'text\n\n— a\n',
    'text\n\n— a b+c AAAAAAA=\n',
    'text\n\n- a AAAAAAA=\n',
    `a\0b\n\n${NOTE}`,
    `${'x'.repeat(70_000)}\n\n— a AAAAAAA=\n`,
    NOTE.slice(0, -1),
    NOTE.replace('AM=\n', 'AM\n'),
  ]
  for (const note of broken) {
    const verdict = verifyNote(note, [NEUMANN])
    assert.ok(!verdict.ok && verdict.reason === 'malformed', JSON.stringify(note.slice(0, 40)))
  }
  fc.assert(fc.property(fc.string({ unit: 'binary' }), note => !verifyNote(note, [NEUMANN]).ok))
})

test('a key that is none is a mistake of whoever gave it, and is thrown', () => {
  for (const vkey of [
    '',
    'PeterNeumann',
    NEUMANN.replace('c74f20a3', 'c74f20a4'),
    NEUMANN.replace('ARpc', 'AhpC'),
    `${NEUMANN}=`,
  ]) {
    assert.throws(() => verifyNote(NOTE, [vkey]), NoteError, vkey)
  }
  const { privateKeyPem } = makeSigningKey('a')
  const privateKey = readSigningKey(privateKeyPem)
  assert.throws(() => signNote('no new line', { name: 'a', privateKey }), NoteError)
  assert.throws(() => signNote('a\rb\n', { name: 'a', privateKey }), NoteError)
  assert.throws(() => signNote('a\n', { name: 'a b', privateKey }), NoteError)
})

test('a checkpoint is the three lines of the specification, and reads back', () => {
  const root = Buffer.from('CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=', 'base64')
  const text = 'example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n'
  assert.equal(formatCheckpoint({ origin: 'example.com/behind-the-sofa', size: 20852163, root }), text)
  assert.deepEqual(parseCheckpoint(text), { origin: 'example.com/behind-the-sofa', size: 20852163, root })
  assert.deepEqual(parseCheckpoint(`${text}an extension\n`).size, 20852163)
  const { privateKeyPem } = makeSigningKey('k')
  const note = signNote(text, { name: 'k', privateKey: readSigningKey(privateKeyPem) })
  assert.equal(parseNote(note).text, text)
})

test('a checkpoint that is none is refused, and the message says what was expected', () => {
  const root = Buffer.alloc(32).toString('base64')
  const broken: [string, RegExp][] = [
    ['', /new line/],
    ['a\n1\n', /three lines/],
    [`\n1\n${root}\n`, /origin/],
    [`a\n01\n${root}\n`, /whole number on line 2, found "01"/],
    [`a\n-1\n${root}\n`, /whole number/],
    [`a\n9007199254740993\n${root}\n`, /whole number/],
    ['a\n1\nAAAA\n', /32 bytes/],
    [`a\n1\n${root.replace('A=', 'B=')}\n`, /32 bytes/],
    [`a\n1\n${root}\n\n`, /no empty line/],
    [`a\n1\n${root}\n${'x'.repeat(20_000)}\n`, /at most/],
  ]
  for (const [text, message] of broken) assert.throws(() => parseCheckpoint(text), { name: 'CheckpointError', message })
  assert.throws(() => formatCheckpoint({ origin: 'a\nb', size: 1, root: Buffer.alloc(32) }), CheckpointError)
  assert.throws(() => formatCheckpoint({ origin: 'a', size: -1, root: Buffer.alloc(32) }), CheckpointError)
  assert.throws(() => formatCheckpoint({ origin: 'a', size: 1, root: Buffer.alloc(31) }), CheckpointError)
})
