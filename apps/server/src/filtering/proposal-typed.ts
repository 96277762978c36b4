import { normaliseHost } from '@gatehouse/engine'
import { isIP, isIPv4 } from 'node:net'
import type { PeopleReads } from '../people/people-store.ts'
import { Refusal } from '../platform/refusal.ts'
import { siteOf } from './filter-change.ts'

/*
 * Lists as people type them into a box, a line each, read into what a proposal holds. What cannot be read is told of with
 * its line, beside the box.
 */

/** What somebody typed is wrong; `field` is the box that says so. */
export class WrongField extends Refusal {
  readonly field: string
  constructor(field: string, sentence: string) {
    super('invalid', sentence)
    this.field = field
  }
}

export const linesOf = (typed: string | null): string[] =>
  (typed ?? '')
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '')

/** An id of letters, digits and hyphens from a name. */
export const idFrom = (name: string): string =>
  name
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60) || 'unnamed'

const timesPattern = /^(\d{1,2}[:.]\d{2})\s*(?:to|until|-|–)\s*(\d{1,2}[:.]\d{2})$/i
const clockOf = (typed: string): string | null => {
  const [hours = '', minutes = ''] = typed.split(/[:.]/)
  const clock = `${hours.padStart(2, '0')}:${minutes}`
  return /^(?:[01]\d|2[0-3]):[0-5]\d$/.test(clock) ? clock : null
}

/** `16:00 to 18:00`, or the name of a bell. */
export function spansOf(
  field: string,
  typed: string,
  bells: readonly { readonly id: string; readonly name: string }[],
): ({ from: string; to: string } | { bell: string })[] {
  return linesOf(typed).map(line => {
    const times = timesPattern.exec(line)
    if (times) {
      const [from, to] = [clockOf(times[1] ?? ''), clockOf(times[2] ?? '')]
      if (from && to) return { from, to }
      throw new WrongField(field, `“${line}” must be two real times, such as 16:00 to 18:00`)
    }
    const bell = bells.find(({ id, name }) => name.toLowerCase() === line.toLowerCase() || id === line)
    if (!bell) throw new WrongField(field, `“${line}” is neither a bell of this school nor two times`)
    return { bell: bell.id }
  })
}

/** `Lesson 1 09:00 to 10:00` a line. A bell of the same name keeps its id, so what is bound to it moves with it. */
export function bellsOf(
  field: string,
  typed: string,
  known: readonly { readonly id: string; readonly name: string }[],
): { id: string; name: string; from: string; to: string }[] {
  const found: { id: string; name: string; from: string; to: string }[] = []
  for (const line of linesOf(typed)) {
    const parts = /^(.*\S)\s+(\d{1,2}[:.]\d{2}\s*(?:to|until|-|–)\s*\d{1,2}[:.]\d{2})$/i.exec(line)
    const times = timesPattern.exec(parts?.[2] ?? '')
    const [from, to] = [clockOf(times?.[1] ?? ''), clockOf(times?.[2] ?? '')]
    const name = parts?.[1]
    if (!name || !from || !to)
      throw new WrongField(field, `“${line}” must be a name and two times, such as Lesson 1 09:00 to 10:00`)
    const id = known.find(bell => bell.name.toLowerCase() === name.toLowerCase())?.id ?? idFrom(name)
    if (found.some(bell => bell.id === id)) throw new WrongField(field, `There are two bells called “${name}”`)
    found.push({ id, name, from, to })
  }
  return found
}

export function sitesOf(field: string, typed: string | null, separator: RegExp = /\n/): string[] {
  return [
    ...new Set(
      (typed ?? '')
        .split(separator)
        .map(site => site.trim())
        .filter(site => site !== '')
        .map(site => {
          try {
            return siteOf(site).host
          } catch {
            throw new WrongField(field, `“${site}” is not a whole site, such as example.com`)
          }
        }),
    ),
  ]
}

/** Ids of the people with these usernames. */
export async function peopleOf(people: PeopleReads, field: string, typed: string | null): Promise<string[]> {
  const ids: string[] = []
  for (const username of linesOf(typed)) {
    const account = await people.accountByUsername(username)
    if (!account) throw new WrongField(field, `Nobody here has the username “${username}”`)
    ids.push(account.personId)
  }
  return [...new Set(ids)].sort()
}

export async function devicesOf(
  people: PeopleReads,
  field: string,
  typed: string,
): Promise<{ address: string; personId: string | null }[]> {
  const devices: { address: string; personId: string | null }[] = []
  for (const line of linesOf(typed)) {
    const [typedAddress = '', username = '', ...more] = line.split(/[\s,;]+/)
    const address = isIP(typedAddress) ? normaliseHost(typedAddress) : hardwareAddress(typedAddress)
    if (!address || username === '' || more.length > 0)
      throw new WrongField(field, `“${line}” must be an address and a username, such as 10.1.2.3 ada.lovelace`)
    const account = username === '-' ? null : await people.accountByUsername(username)
    if (username !== '-' && !account) throw new WrongField(field, `Nobody here has the username “${username}”`)
    if (devices.some(device => device.address === address))
      throw new WrongField(field, `The address ${address} stands here twice`)
    devices.push({ address, personId: account?.personId ?? null })
  }
  return devices
}

/** `a4:83:e7:01:02:03`, in lower case; null for anything else. */
function hardwareAddress(typed: string): string | null {
  const pairs = typed.toLowerCase().split(/[:-]/)
  return pairs.length === 6 && pairs.every(pair => /^[0-9a-f]{2}$/.test(pair)) ? pairs.join(':') : null
}

/** `10.1.0.0/16` a line. */
export function subnetsOf(field: string, typed: string): string[] {
  return linesOf(typed).map(line => {
    const [address = '', bits = ''] = line.split('/')
    const most = isIPv4(address) ? 32 : 128
    if (!isIP(address) || !/^\d{1,3}$/.test(bits) || Number(bits) > most)
      throw new WrongField(field, `“${line}” must be a range of addresses, such as 10.1.0.0/16`)
    if (Number(bits) === 0) throw new WrongField(field, 'A range that holds every address is not one network')
    return `${address}/${Number(bits)}`
  })
}
