import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import { Refusal } from '../refusal.ts'

/*
 * Backups are encrypted to an age recipient (https://age-encryption.org/v1). Only the recipient is kept here; its identity, which
 * opens them, is shown once when it is made and kept by the operator.
 */

const fileOf = (keysFolder: string): string => join(keysFolder, 'backup-recipient')

/** @throws {Refusal} `unavailable` that says what to do, when none was set up. */
export function backupRecipient(keysFolder: string): string {
  const file = fileOf(keysFolder)
  if (!existsSync(file))
    throw new Refusal(
      'unavailable',
      'no backup can be encrypted yet, because there is no recipient; set one up first with: gatehouse backup setup',
    )
  const recipient = readFileSync(file, 'utf8').trim()
  if (!isRecipient(recipient))
    throw new Refusal('invalid', `${file} should hold an age recipient (age1…), and does not`)
  return recipient
}
export const isRecipient = (text: string): boolean => /^age1[02-9ac-hj-np-z]{58,4000}$/.test(text)

/** Makes a recipient and keeps it. @returns the identity, which is kept nowhere. */
export async function makeRecipient(
  keysFolder: string,
  replace: boolean,
): Promise<{ recipient: string; identity: string }> {
  const identity = await generateX25519Identity()
  const recipient = await identityToRecipient(identity)
  useRecipient(keysFolder, recipient, replace)
  return { recipient, identity }
}

/** At set-up: makes a recipient unless there is one. @returns the identity to be kept elsewhere, or null where one was set up before. */
export async function ensureRecipient(keysFolder: string): Promise<string | null> {
  if (existsSync(fileOf(keysFolder))) return null
  return (await makeRecipient(keysFolder, false)).identity
}

export function useRecipient(keysFolder: string, recipient: string, replace: boolean): void {
  if (!isRecipient(recipient))
    throw new Refusal('invalid', `an age recipient (age1…) was expected, not “${recipient.slice(0, 20)}”`)
  if (existsSync(fileOf(keysFolder)) && !replace)
    throw new Refusal(
      'conflict',
      'a recipient is set up already; with --replace another takes its place, and older backups still need the old identity',
    )
  writeFileSync(fileOf(keysFolder), `${recipient}\n`, { mode: 0o600 })
}

/** The identities in a file as `age-keygen` writes it. */
export function identitiesIn(text: string): string[] {
  const found = text
    .split(/\r?\n/)
    .map(line => line.trim())
    .filter(line => /^AGE-SECRET-KEY-1[0-9A-Z]+$/.test(line))
  if (found.length === 0)
    throw new Refusal('invalid', 'the identity file should hold a line that begins with AGE-SECRET-KEY-1')
  return found
}
