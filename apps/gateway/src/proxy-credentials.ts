/**
 * Who is asking. HTTP Basic (RFC 7617) in Proxy-Authorization, against the Argon2id hashes of the bundle.
 *
 * Verifying costs tens of milliseconds and megabytes on purpose, so it runs off the event loop, a few at a time, and a
 * right answer is remembered for at most a minute. What is remembered is an HMAC under a key that this process made for
 * itself, never a password. Suspension is looked up in the bundle at every request and is never remembered.
 */
import { createHmac, createSecretKey, randomBytes } from 'node:crypto'
import { hash, verify } from '@node-rs/argon2'
import { createFailureThrottle } from './failure-throttle.ts'
import { type Member, type PeopleDirectory, plainName } from './people-directory.ts'

export const credentialCacheMs = 60_000
export const failureWindowMs = 5 * 60_000
/** Different wrong passwords for one name, within the window, before that name must wait. */
export const failuresPerName = 10
/** The same for one client address, higher because a whole classroom may come from one. */
export const failuresPerAddress = 100
/** Verifications at once: libuv has four threads, and name resolution needs some of them. */
const verifiersAtOnce = 2
/** Verifications that may wait for their turn; more than that is a flood. */
const verifiersWaiting = 500
const maxRemembered = 20_000

export type Identification =
  | { readonly kind: 'known'; readonly member: Member }
  | { readonly kind: 'unknown' }
  /** Guessed too often, or too many are asking at once. */
  | { readonly kind: 'wait'; readonly seconds: number }

export interface ProxyCredentials {
  /**
   * @param header value of Proxy-Authorization, attacker-controlled
   * @param connection the client's connection. A browser says the same on it again and again, and so it is read once.
   */
  identify(
    header: string | undefined,
    clientAddress: string,
    connection: object,
  ): Promise<Identification> | Identification
}

/** What a connection says about who it is for; lives no longer than the connection. */
interface Claim {
  readonly header: string
  readonly name: string
  readonly password: string
  /** HMAC that stands for name and password in everything that is remembered. */
  readonly key: string
  /** Who goes by the name, and in which directory that was looked up. */
  found: { readonly directory: PeopleDirectory; readonly member: Member | undefined } | undefined
}

export function parseBasic(
  header: string | undefined,
): { readonly name: string; readonly password: string } | undefined {
  const match = header === undefined || header.length > 2000 ? null : /^basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(header)
  if (!match?.[1]) return undefined
  const text = Buffer.from(match[1], 'base64').toString('utf8')
  const colon = text.indexOf(':')
  if (colon < 1) return undefined
  const name = text.slice(0, colon)
  return /[\u0000-\u001f\u007f]/.test(text) ? undefined : { name, password: text.slice(colon + 1) }
}

export function createProxyCredentials(directory: () => PeopleDirectory, now: () => number): ProxyCredentials {
  const macKey = createSecretKey(randomBytes(32))
  const saidBefore = new WeakMap<object, Claim>()
  // Both remember the hash that was tried: once a bundle brings another, what was remembered says nothing any more.
  const right = new Map<string, { readonly until: number; readonly tried: string }>()
  const wrong = new Map<string, { readonly until: number; readonly tried: string }>()
  const running = new Map<string, Promise<Identification>>()
  const names = createFailureThrottle(failuresPerName, failureWindowMs, now)
  const addresses = createFailureThrottle(failuresPerAddress, failureWindowMs, now)
  const turn = createTurns(verifiersAtOnce, verifiersWaiting)
  const decoy = createDecoy()

  const waitSeconds = (name: string, address: string): number =>
    Math.max(names.waitSeconds(plainName(name)), addresses.waitSeconds(address))
  const remember = (where: typeof right, key: string, tried: string): void => {
    if (where.size >= maxRemembered) where.clear()
    where.set(key, { until: now() + credentialCacheMs, tried })
  }

  const verified = async (name: string, password: string, key: string, address: string): Promise<Identification> => {
    if (!(await turn.take())) return { kind: 'wait', seconds: 5 }
    try {
      // Others who guessed at this name while this guess waited for its turn count too.
      const seconds = waitSeconds(name, address)
      if (seconds > 0) return { kind: 'wait', seconds }
      const tried = directory().find(name)?.person.proxyHash
      // Somebody unknown costs as much time as somebody known, so that names cannot be found out by the clock.
      const matches = await verify(tried ?? (await decoy(directory())), password).catch(() => false)
      if (tried !== undefined && matches) {
        names.forgive(plainName(name))
        remember(right, key, tried)
        // A bundle that came in the meantime may have changed this very password.
        const member = directory().find(name)
        return member?.person.proxyHash === tried ? { kind: 'known', member } : { kind: 'unknown' }
      }
      names.failed(plainName(name))
      addresses.failed(address)
      remember(wrong, key, tried ?? '')
      return { kind: 'unknown' }
    } finally {
      turn.release()
    }
  }

  return {
    identify(header, address, connection) {
      let claim = saidBefore.get(connection)
      if (claim?.header !== header || claim === undefined) {
        const given = parseBasic(header)
        if (!given || header === undefined) return { kind: 'unknown' }
        const { name, password } = given
        const key = createHmac('sha256', macKey).update(`${name}\n${password}`).digest('base64')
        claim = { header, name, password, key, found: undefined }
        saidBefore.set(connection, claim)
      }
      const { name, password, key } = claim
      const people = directory()
      if (claim.found?.directory !== people) claim.found = { directory: people, member: people.find(name) }
      const { member } = claim.found
      const good = right.get(key)
      if (good && good.until > now() && member?.person.proxyHash === good.tried) return { kind: 'known', member }
      // The same wrong password again teaches a guesser nothing, and browsers send it many times over: not counted.
      const bad = wrong.get(key)
      if (bad && bad.until > now() && bad.tried === (member?.person.proxyHash ?? '')) return { kind: 'unknown' }
      const seconds = waitSeconds(name, address)
      if (seconds > 0) return { kind: 'wait', seconds }
      const already = running.get(key)
      if (already) return already
      const work = verified(name, password, key, address).finally(() => running.delete(key))
      running.set(key, work)
      return work
    },
  }
}

/** Gives a hash of nobody's password that costs as much to verify as the bundle's own. */
function createDecoy(): (directory: PeopleDirectory) => Promise<string> {
  const made = new Map<string, Promise<string>>()
  return directory => {
    const cost = directory.typicalHash?.split('$')[3] ?? 'm=19456,t=2,p=1'
    const found = made.get(cost)
    if (found) return found
    const number = (letter: string, otherwise: number): number =>
      Number(new RegExp(`(?:^|,)${letter}=(\\d{1,8})(?:,|$)`).exec(cost)?.[1] ?? otherwise)
    const work = hash(randomBytes(16), {
      memoryCost: number('m', 19456),
      timeCost: number('t', 2),
      parallelism: number('p', 1),
    })
    made.set(cost, work)
    return work
  }
}

interface Turns {
  /** False at once when too many wait already. */
  take(): Promise<boolean>
  release(): void
}

function createTurns(atOnce: number, waiting: number): Turns {
  let free = atOnce
  const queue: (() => void)[] = []
  return {
    take() {
      if (free > 0) {
        free -= 1
        return Promise.resolve(true)
      }
      if (queue.length >= waiting) return Promise.resolve(false)
      return new Promise(done => queue.push(() => done(true)))
    },
    release() {
      const next = queue.shift()
      if (next) next()
      else free += 1
    },
  }
}
