import type { CategoryLists } from '@gatehouse/engine'
import { registrableDomain } from '@gatehouse/engine'
import { addCalendarDays, londonDate } from '@gatehouse/engine/calendar'
import * as z from 'zod'
import { categoryName } from './change-forms.ts'
import { formatList } from '../platform/format.ts'

/*
 * Sites that a teacher looked at for a lesson. That they are right for the class only a person can say; what the server does is
 * to notice, from DNS and from the lists alone, that a site may not be any more what was looked at. It never visits one.
 */

/** A look counts for lessons this many days ahead. */
export const lookDays = 7
export const mostLessonSites = 20

/** What DNS said of a name. */
export interface NameAnswer {
  /** Sorted; empty where the name leads nowhere. */
  readonly addresses: readonly string[]
  /** What the name stands for, where it is another's (CNAME). */
  readonly name: string | null
  /** Of its registrable domain; empty where they were not told. */
  readonly nameservers: readonly string[]
}
const fingerprint = z.object({
  /** null where DNS was not asked, or did not answer. */
  dns: z
    .object({
      addresses: z.array(z.string()).readonly(),
      name: z.string().nullable(),
      nameservers: z.array(z.string()).readonly(),
    })
    .readonly()
    .nullable(),
  categories: z.array(z.string()).readonly(),
})
/** How a site resolved and was listed when somebody looked at it. */
export type Fingerprint = z.infer<typeof fingerprint>
/** From the database; null where nobody has looked, or what stands there is no fingerprint. */
export const fingerprintOf = (value: unknown): Fingerprint | null => fingerprint.safeParse(value).data ?? null

export const listedNow = (lists: CategoryLists, host: string, path: string | null): string[] =>
  [
    ...new Set((path === null ? lists.lookup(host) : lists.lookupPath(host, path)).map(({ category }) => category)),
  ].sort()

/** The network that an address lies in: hosts of one site move within theirs from day to day. */
export const networkOf = (address: string): string =>
  address.includes(':') ? expand(address).slice(0, 3).join(':') : address.split('.').slice(0, 3).join('.')
function expand(address: string): string[] {
  const [head = '', tail] = address.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const middle =
    tail === undefined ? [] : Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0')
  return [...left, ...middle, ...right].map(part => part.toLowerCase().replace(/^0+(?=.)/, ''))
}
const share = (some: readonly string[], others: readonly string[]): boolean => some.some(each => others.includes(each))

/**
 * What is different from when somebody looked, in sentences; empty if nothing is. An address that moved within its network, or
 * behind the same name of a content network, is no difference: big sites do that every hour.
 */
export function differencesBetween(before: Fingerprint, now: Fingerprint): string[] {
  const found: string[] = []
  if (before.categories.join() !== now.categories.join())
    found.push(
      `The lists call it ${named(now.categories)} now; when you looked they called it ${named(before.categories)}`,
    )
  if (!before.dns || !now.dns) return found
  if (before.dns.addresses.length > 0 && now.dns.addresses.length === 0) found.push('Its name leads nowhere any more')
  else if (
    before.dns.addresses.length > 0 &&
    !share(before.dns.addresses.map(networkOf), now.dns.addresses.map(networkOf)) &&
    !(before.dns.name !== null && family(before.dns.name) === family(now.dns.name))
  )
    found.push('Its name leads to another place than when you looked')
  if (
    before.dns.nameservers.length > 0 &&
    now.dns.nameservers.length > 0 &&
    !share(before.dns.nameservers.map(family), now.dns.nameservers.map(family))
  )
    found.push('Its name is looked after by somebody else than when you looked')
  return found
}
const family = (name: string | null): string => (name === null ? '' : (registrableDomain(name) ?? name))
const named = (categories: readonly string[]): string =>
  categories.length === 0 ? 'nothing' : `“${formatList(categories.map(categoryName))}”`

export interface LookedAt {
  readonly lookedOn: string | null
  readonly differences: readonly string[]
}
export type SiteReadiness = 'ready' | 'not-looked-at' | 'too-long-ago' | 'changed'
/** Whether a look counts for a lesson at `lessonAt`. */
export function readinessOf({ lookedOn, differences }: LookedAt, lessonAt: Date): SiteReadiness {
  if (lookedOn === null) return 'not-looked-at'
  if (differences.length > 0) return 'changed'
  return lookedOn < addCalendarDays(londonDate(lessonAt), -lookDays) ? 'too-long-ago' : 'ready'
}
export const isReady = (sites: readonly LookedAt[], lessonAt: Date): boolean =>
  sites.length > 0 && sites.every(site => readinessOf(site, lessonAt) === 'ready')
