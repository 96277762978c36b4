/**
 * Going on past a warning. The warning page carries a signed token; giving it back opens warned-about pages of that
 * site and category for that person for ten minutes. A token opens nothing that is blocked.
 *
 * Token: `<expiry in ms, decimal>.<HMAC-SHA256 in base64url>` over school id, person id, host, category and expiry,
 * each on a line. The server holds the same key and may make tokens for pages where the gateway can show none.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { registrableDomain } from '@gatehouse/engine/filter/public-suffix'

export const continueMs = 10 * 60_000
/** How long a warning page may lie open before its button stops working. */
const tokenLifeMs = 10 * 60_000
const maxPasses = 50_000

export interface ContinueSubject {
  readonly schoolId: string
  readonly personId: string
  readonly host: string
  readonly category: string
}

export interface ContinuePasses {
  token(subject: ContinueSubject): string
  /** Opens, if the token is for this subject and still good. Attacker-controlled token. */
  redeem(subject: ContinueSubject, token: string): boolean
  isOpen(subject: ContinueSubject): boolean
}

export function createContinuePasses(key: Buffer, now: () => number): ContinuePasses {
  const open = new Map<string, number>()
  const mac = (subject: ContinueSubject, expiry: number): Buffer =>
    createHmac('sha256', key)
      .update([subject.schoolId, subject.personId, subject.host, subject.category, expiry].join('\n'))
      .digest()
  return {
    token(subject) {
      const expiry = now() + tokenLifeMs
      return `${expiry}.${mac(subject, expiry).toString('base64url')}`
    },
    redeem(subject, token) {
      const match = /^(\d{1,15})\.([A-Za-z0-9_-]{43})$/.exec(token)
      if (!match?.[1] || !match[2]) return false
      const expiry = Number(match[1])
      if (!timingSafeEqual(mac(subject, expiry), Buffer.from(match[2], 'base64url')) || expiry < now()) return false
      for (const [pass, until] of open) {
        if (until <= now() || open.size >= maxPasses) open.delete(pass)
      }
      open.set(passKey(subject), now() + continueMs)
      return true
    },
    isOpen: subject => open.size > 0 && (open.get(passKey(subject)) ?? 0) > now(),
  }
}

/** A site is its registrable domain: its pictures often come from a sister host. */
const passKey = ({ schoolId, personId, host, category }: ContinueSubject): string =>
  [schoolId, personId, registrableDomain(host) ?? host, category].join('\n')
