/** C2SP signed-note (https://c2sp.org/signed-note): a text, an empty line, and signatures, all of it readable in a mail. */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto'

export class NoteError extends Error {
  override name = 'NoteError'
}

/** Signature type of Ed25519 in C2SP signed-note. */
const ED25519 = 0x01
/** DER of SubjectPublicKeyInfo for Ed25519 up to the key's 32 bytes: RFC 8410 section 4. */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')

const MAX_NOTE_LENGTH = 65_536
/** The specification lets a reader stop at a number of signatures that it chooses, 16 or more. */
const MAX_SIGNATURES = 100

interface VerifierKey {
  readonly name: string
  /** Four bytes, hex: a hint at the key and not a fingerprint to rely on. */
  readonly id: string
  readonly publicKey: KeyObject
}

/** A name without space, plus sign or control character, as the specification asks. */
const isKeyName = (name: string): boolean => name !== '' && !/[\s+\p{Cc}]/u.test(name) && name.isWellFormed()

const keyId = (name: string, rawKey: Uint8Array): Buffer =>
  createHash('sha256')
    .update(name)
    .update(Buffer.from([0x0a, ED25519]))
    .update(rawKey)
    .digest()
    .subarray(0, 4)

/** The 32 bytes of an Ed25519 key; a private key gives those of its public half. @throws {NoteError} for another kind. */
function rawPublicKey(key: KeyObject): Buffer {
  if (key.asymmetricKeyType !== 'ed25519')
    throw new NoteError(`Expected an Ed25519 key, found ${key.asymmetricKeyType}`)
  const publicKey = key.type === 'private' ? createPublicKey(key) : key
  return publicKey.export({ type: 'spki', format: 'der' }).subarray(SPKI_PREFIX.length)
}

/** The key as people pass it on: `name+hash+base64`. Takes a public key, or a private one for its public half. */
export function vkeyOf(name: string, key: KeyObject): string {
  if (!isKeyName(name)) throw new NoteError('A key name must have no space and no plus sign')
  const raw = rawPublicKey(key)
  return `${name}+${keyId(name, raw).toString('hex')}+${Buffer.from([ED25519, ...raw]).toString('base64')}`
}

/** A new Ed25519 key. The PEM (PKCS #8) is the secret; the vkey is for everybody. */
export function makeSigningKey(name: string): { privateKeyPem: string; vkey: string } {
  const { privateKey } = generateKeyPairSync('ed25519')
  return {
    privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    vkey: vkeyOf(name, privateKey),
  }
}

/** @throws {NoteError} unless the PEM holds an Ed25519 private key. */
export function readSigningKey(privateKeyPem: string): KeyObject {
  const key = createPrivateKey(privateKeyPem)
  if (key.asymmetricKeyType !== 'ed25519')
    throw new NoteError(`Expected an Ed25519 key, found ${key.asymmetricKeyType}`)
  return key
}

/** Reads `name+hash+base64` (may be attacker-controlled). @throws {NoteError} that says what was expected. */
function parseVkey(vkey: string): VerifierKey {
  const [name, id, ...rest] = vkey.split('+') // base64 may hold plus signs, the name and the hash may not
  const bytes = decodeBase64(rest.join('+'))
  if (name === undefined || id === undefined || !isKeyName(name) || !/^[0-9a-f]{8}$/.test(id)) {
    throw new NoteError('Expected a verifier key of the form name+hash+key')
  }
  if (bytes?.length !== 33 || bytes[0] !== ED25519) throw new NoteError(`Expected an Ed25519 verifier key for ${name}`)
  const raw = bytes.subarray(1)
  if (keyId(name, raw).toString('hex') !== id)
    throw new NoteError(`The verifier key for ${name} does not match its own hash`)
  const publicKey = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, raw]), format: 'der', type: 'spki' })
  return { name, id, publicKey }
}

/** What keeps `text` from being signed, or null. */
function textFault(text: string): string | null {
  if (!text.endsWith('\n')) return 'a text that does not end with a new line'
  if (!text.isWellFormed()) return 'a text that is not UTF-8'
  if (/[\0-\t\v-\x1f]/.test(text)) return 'a control character'
  return null
}

/** The signed note: `text`, an empty line, one signature line. @throws {NoteError} if the text cannot be signed. */
export function signNote(text: string, { name, privateKey }: { name: string; privateKey: KeyObject }): string {
  const fault = textFault(text)
  if (fault !== null) throw new NoteError(`Expected text in lines, found ${fault}`)
  if (!isKeyName(name)) throw new NoteError('A key name must have no space and no plus sign')
  const id = keyId(name, rawPublicKey(privateKey))
  const signature = sign(null, Buffer.from(text), privateKey)
  return `${text}\n— ${name} ${Buffer.concat([id, signature]).toString('base64')}\n`
}

interface NoteSignature {
  readonly name: string
  /** Four bytes, hex. */
  readonly id: string
  readonly signature: Uint8Array
}

/** Takes a note apart without trusting it (attacker-controlled). @throws {NoteError} that says what was expected. */
export function parseNote(note: string): { text: string; signatures: NoteSignature[] } {
  if (note.length > MAX_NOTE_LENGTH) throw new NoteError(`Expected a note of at most ${MAX_NOTE_LENGTH} characters`)
  const fault = textFault(note)
  if (fault !== null) throw new NoteError(`Expected a signed note, found ${fault}`)
  const gap = note.lastIndexOf('\n\n')
  if (gap < 0) throw new NoteError('Expected an empty line between the text and its signatures')
  const lines = note.slice(gap + 2, -1).split('\n')
  if (lines.length > MAX_SIGNATURES) throw new NoteError(`Expected at most ${MAX_SIGNATURES} signatures`)
  return { text: note.slice(0, gap + 1), signatures: lines.map(parseSignature) }
}

function parseSignature(line: string): NoteSignature {
  const [dash, name, base64, ...more] = line.split(' ')
  const bytes = base64 === undefined ? null : decodeBase64(base64)
  if (dash !== '—' || name === undefined || !isKeyName(name) || !bytes || bytes.length < 5 || more.length > 0) {
    throw new NoteError('Expected a signature line: a dash, a name and base64')
  }
  return { name, id: bytes.subarray(0, 4).toString('hex'), signature: bytes.subarray(4) }
}

export type NoteVerdict =
  | { readonly ok: true; readonly text: string; readonly signedBy: readonly string[] }
  | { readonly ok: false; readonly reason: 'malformed' | 'unknown-key' | 'bad-signature'; readonly sentence: string }

/**
 * Whether `note` (attacker-controlled) bears a good signature of at least one of `vkeys`. Signatures by other keys are
 * passed over; a bad signature by a known key spoils the note, as the specification says.
 * @throws {NoteError} if one of `vkeys` is not a verifier key: the caller's own settings are wrong.
 */
export function verifyNote(note: string, vkeys: readonly string[]): NoteVerdict {
  const keys = vkeys.map(parseVkey)
  let parsed: ReturnType<typeof parseNote>
  try {
    parsed = parseNote(note)
  } catch (error) {
    if (!(error instanceof NoteError)) throw error
    return { ok: false, reason: 'malformed', sentence: error.message }
  }
  const signedBy: string[] = []
  for (const { name, id, signature } of parsed.signatures) {
    const key = keys.find(known => known.name === name && known.id === id)
    if (!key) continue
    if (signature.length !== 64 || !verify(null, Buffer.from(parsed.text), key.publicKey, signature)) {
      return { ok: false, reason: 'bad-signature', sentence: `The signature by ${name} is not good` }
    }
    signedBy.push(name)
  }
  if (signedBy.length > 0) return { ok: true, text: parsed.text, signedBy }
  const signers = parsed.signatures.map(({ name, id }) => `${name}+${id}`).join(', ')
  return { ok: false, reason: 'unknown-key', sentence: `Signed by ${signers}, which is none of the known keys` }
}

/** The bytes, or null unless `text` is exactly how RFC 4648 writes them (padding and no stray bits). */
export function decodeBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : null
}
