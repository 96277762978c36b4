import { Resolver } from 'node:dns/promises'
import { registrableDomain } from '@gatehouse/engine'
import type { NameAnswer } from './lesson.ts'

/** Milliseconds before a name server that says nothing is given up, and how often it is asked. */
const patience = { timeout: 2_000, tries: 2 }
/** What a name server says when there is no such thing, rather than that it cannot tell. */
const absent = new Set(['ENOTFOUND', 'ENODATA'])

/** Asks DNS about a host, and nothing else: the site itself is never visited. null where nobody answered. */
export type NameLookup = (host: string) => Promise<NameAnswer | null>

/** @param server `address:port`; without one no name is asked for, since nothing calls outside unless it is set. */
export function createNameLookup(server: string | undefined): NameLookup {
  if (server === undefined) return async () => null
  return async host => {
    if (/^[\d.]+$|:/.test(host)) return { addresses: [host], name: null, nameservers: [] }
    const resolver = new Resolver(patience)
    resolver.setServers([server])
    let silent = 0
    const ask = async (question: Promise<string[]>): Promise<string[]> => {
      try {
        return (await question).map(each => each.toLowerCase()).sort()
      } catch (error) {
        if (!absent.has((error as NodeJS.ErrnoException).code ?? '')) silent += 1
        return []
      }
    }
    const [four, six, names, nameservers] = await Promise.all([
      ask(resolver.resolve4(host)),
      ask(resolver.resolve6(host)),
      ask(resolver.resolveCname(host)),
      ask(resolver.resolveNs(registrableDomain(host) ?? host)),
    ])
    // Some servers say nothing about one kind of record; where neither kind of address was answered, nothing is known.
    if (silent > 0 && four.length + six.length === 0) return null
    return { addresses: [...four, ...six], name: names[0] ?? null, nameservers }
  }
}
