import { createHmac, randomBytes } from 'node:crypto'
import { codeWords } from './data/words.ts'

/*
 * Three words to come back with: 3 × 12 = 36 bits, stored only as an HMAC under a key outside the database.
 *
 * How hard it is to guess: 2^36 codes, and with N live codes a guess opens one with probability N / 2^36. All guesses of
 * everybody together share one bucket (thread-throttle.ts): 20 at once and then 6 a minute, about 3.2 million a year. With
 * 200 live codes somebody who keeps the bucket empty for a whole year has a chance of 0.9 % of opening one thread; the bucket
 * ran dry within the first minute of it, which is in the ledger and told to the network manager. Codes stop after a year.
 */

export const codeLifeDays = 365

export type Code = readonly [string, string, string]

export interface ReportCodes {
  /**
   * A code for a form that was sent: the same form gives the same code, so that a second click shows the same words. Nobody
   * can work it out without the key. `attempt` counts up where a code is taken.
   */
  make(schoolId: string, form: string | null, attempt: number): Code
  hmac(schoolId: string, code: Code): Buffer
  hmacOfForm(schoolId: string, form: string): Buffer
  /** For telling two messages of one campaign from others without keeping what they said. */
  hmacOfCampaign(schoolId: string, campaign: string): Buffer
}

export function createReportCodes(secret: (purpose: string) => Buffer): ReportCodes {
  const keys = {
    make: secret('report code words'),
    look: secret('report code'),
    form: secret('report form'),
    campaign: secret('report campaign'),
  }
  const mac = (key: Buffer, ...parts: readonly string[]): Buffer =>
    createHmac('sha256', key).update(JSON.stringify(parts)).digest()
  return {
    make: (schoolId, form, attempt) =>
      wordsOf(mac(keys.make, schoolId, form ?? randomBytes(32).toString('hex'), String(attempt))),
    hmac: (schoolId, code) => mac(keys.look, schoolId, ...code),
    hmacOfForm: (schoolId, form) => mac(keys.form, schoolId, form),
    hmacOfCampaign: (schoolId, campaign) => mac(keys.campaign, schoolId, campaign),
  }
}

/** The first 36 bits as three words of 12 bits each. */
function wordsOf(bytes: Buffer): Code {
  const bits = bytes.readUIntBE(0, 6)
  const list = codeWords()
  const word = (shift: number): string => list[Math.floor(bits / 2 ** shift) % 4096] ?? ''
  return [word(36), word(24), word(12)]
}

/** What somebody typed as three words: any signs between them, any case. null unless there are three. Attacker-controlled. */
export function parseCode(typed: string): Code | null {
  const words =
    typed
      .slice(0, 200)
      .normalize('NFKC')
      .toLowerCase()
      .match(/[a-z]+/g) ?? []
  const [one, two, three] = words
  return words.length === 3 && one && two && three ? [one, two, three] : null
}
