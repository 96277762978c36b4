/**
 * Signing and verifying of bundles, and their digests. Ed25519 (RFC 8032), detached, over the exact bytes of the
 * payload: nothing of a bundle is read before its signature has been found right.
 */
import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { type BundlePayload, parseBundlePayload, parseSignedBundle, type SignedBundle } from '@gatehouse/engine/bundle'

export type BundleReading =
  | { readonly ok: true; readonly payload: BundlePayload }
  | { readonly ok: false; readonly why: string }

/** @param privateKeyPem PKCS #8 Ed25519 private key in PEM. */
export function signBundle(payload: BundlePayload, privateKeyPem: string): SignedBundle {
  const key = createPrivateKey(privateKeyPem)
  const bytes = Buffer.from(JSON.stringify(payload), 'utf8')
  return {
    payload: bytes.toString('base64'),
    signature: sign(null, bytes, key).toString('base64'),
    keyId: keyIdOf(createPublicKey(key)),
  }
}

/** Sixteen hex digits that name a key to people: the start of the SHA-256 of its SubjectPublicKeyInfo. */
export function keyIdOf(publicKey: KeyObject): string {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex')
    .slice(0, 16)
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/**
 * What a bundle says, if `publicKey` signed it. `text` is attacker-controlled.
 * Fails, with a sentence for the operator, when it is malformed, unsigned or signed by somebody else.
 */
export function readSignedBundle(text: string, publicKey: KeyObject): BundleReading {
  const wrapper = parseSignedBundle(text)
  if (!wrapper.ok) return { ok: false, why: wrapper.errors.join('; ') }
  const bytes = Buffer.from(wrapper.signed.payload, 'base64')
  const signature = Buffer.from(wrapper.signed.signature, 'base64')
  if (!verify(null, bytes, publicKey, signature)) {
    return { ok: false, why: `its signature is not by the key ${keyIdOf(publicKey)}` }
  }
  const parsed = parseBundlePayload(bytes.toString('utf8'))
  return parsed.ok ? { ok: true, payload: parsed.payload } : { ok: false, why: parsed.errors.join('; ') }
}
