import { type Algorithm, hash, verify } from '@node-rs/argon2'

/** Argon2id (RFC 9106), the second recommended setting: 64 MiB, three passes. About 170 ms, off the event loop. */
// The package declares its algorithms as a const enum, which erasable syntax cannot import: 2 is Argon2id.
const signInCost = { algorithm: 2 as Algorithm, memoryCost: 65_536, timeCost: 3, parallelism: 1 }

/** The proxy's password is machine-made (80 bits), so it is hashed lightly (OWASP's least: 19 MiB, two passes): every browser start checks it. */
const proxyCost = { algorithm: 2 as Algorithm, memoryCost: 19_456, timeCost: 2, parallelism: 1 }

export interface PasswordHasher {
  hash(password: string): Promise<string>
  hashForProxy(password: string): Promise<string>
  /** `stored` null (no such account, no password) takes as long as a real check and is false. */
  verify(stored: string | null, password: string): Promise<boolean>
}

export const argon2Hasher = (cost: { memoryCost: number; timeCost: number } = signInCost): PasswordHasher => {
  const signIn = { ...signInCost, ...cost }
  const decoy = hash('nobody has this password', signIn)
  return {
    hash: password => hash(password.normalize('NFC'), signIn),
    hashForProxy: password => hash(password, proxyCost),
    verify: async (stored, password) => {
      const right = await verify(stored ?? (await decoy), password.normalize('NFC'))
      return stored !== null && right
    },
  }
}

/** Least length of an adult's password (NCSC; Cyber Essentials asks 12 where there is no second factor). Clauses A-5-08, B-passwords-09. */
export const shortestPassword = 12
