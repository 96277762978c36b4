import { openLists } from '@gatehouse/engine/filter/open-lists'
import { type SchoolRules, unchangedRules } from '@gatehouse/engine/concern/school-rules'
import type { CategoryLists, RuleSet } from '@gatehouse/engine/filter/types'
import { type BundlePerson, deviceRulesFormat, parseBundlePayload, parseSignedBundle } from '@gatehouse/engine/bundle'
import type { ServerLink } from './server-link.ts'
import { keep, load } from './store.ts'

/** What this browser filters by: the school's rules as they are for its user, signed by the server. */
export interface Rules {
  readonly serial: number
  readonly issuedAt: number
  readonly maxAgeMs: number
  readonly schoolName: string
  readonly rules: RuleSet
  /** What the school changed about the rules for concerns. */
  readonly concerns: SchoolRules
  readonly person: BundlePerson | null
  readonly lists: CategoryLists
}

const fromBase64 = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text), letter => letter.charCodeAt(0))
const hex = (bytes: ArrayBuffer): string =>
  [...new Uint8Array(bytes)].map(byte => byte.toString(16).padStart(2, '0')).join('')

/** Rules from what the server signed (RFC 8032), or null where anything about them is not right. */
async function verified(
  text: string,
  publicKey: string,
  listsOf: (sha256: string) => Promise<ArrayBuffer | null>,
): Promise<Rules | null> {
  const wrapper = parseSignedBundle(text)
  if (!wrapper.ok) return null
  const payload = fromBase64(wrapper.signed.payload)
  const key = await crypto.subtle.importKey('raw', fromBase64(publicKey), 'Ed25519', false, ['verify'])
  if (!(await crypto.subtle.verify('Ed25519', key, fromBase64(wrapper.signed.signature), payload))) return null
  const parsed = parseBundlePayload(new TextDecoder().decode(payload), deviceRulesFormat)
  const school = parsed.ok ? parsed.payload.schools[0] : undefined
  if (!parsed.ok || !school) return null
  const bytes = await listsOf(parsed.payload.listsSha256)
  if (!bytes || hex(await crypto.subtle.digest('SHA-256', bytes)) !== parsed.payload.listsSha256) return null
  return {
    serial: parsed.payload.serial,
    issuedAt: Date.parse(parsed.payload.issuedAt),
    maxAgeMs: parsed.payload.maxAgeMinutes * 60_000,
    schoolName: school.name,
    rules: school.rules,
    concerns: school.concerns ?? unchangedRules,
    person: school.people[0] ?? null,
    lists: openLists(new Uint8Array(bytes), true),
  }
}

interface Kept {
  readonly user: string
  readonly text: string
  readonly etag: string
}

export interface RuleKeeper {
  current(): Rules | null
  /** What was kept on this device from last time. */
  wake(user: string): Promise<void>
  /** Asks the server for newer ones. */
  refresh(user: string): Promise<void>
}

export function createRuleKeeper(link: ServerLink, publicKey: string): RuleKeeper {
  let rules: Rules | null = null
  let kept: Kept | undefined
  const keptLists = () => load<{ sha256: string; bytes: ArrayBuffer }>('lists')
  const listsOf = async (sha256: string, reading = keptLists()): Promise<ArrayBuffer | null> => {
    const known = await reading
    if (known?.sha256 === sha256) return known.bytes
    const bytes = await link.lists(sha256)
    if (bytes) await keep('lists', { sha256, bytes })
    return bytes
  }
  return {
    current: () => rules,
    wake: async user => {
      // Begun at once: the lists are the larger part, and the rules are checked meanwhile.
      const reading = keptLists()
      kept = await load<Kept>('rules')
      // Another person's rules are nobody's here.
      rules = kept?.user === user ? await verified(kept.text, publicKey, sha256 => listsOf(sha256, reading)) : null
    },
    refresh: async user => {
      const found = await link.rules(user, kept?.user === user && rules ? kept.etag : undefined)
      if (found === null || found === 'same') return
      const next = await verified(found.text, publicKey, listsOf)
      // An older serial is an old opening played back.
      if (!next || (rules && kept?.user === user && next.serial < rules.serial)) return
      rules = next
      kept = { user, text: found.text, etag: found.etag }
      await keep('rules', kept)
    },
  }
}
