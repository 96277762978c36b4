/**
 * Warnings that people have chosen to go past on the product's own page, where the proxy could show none: lines of
 * `continued.ndjson` beside the bundle, each with a token by the key that server and gateways share. What the file says
 * counts only with a good token, so that writing to it opens nothing.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import type { ContinueSubject } from '../continue-passes.ts'

export interface Continued {
  /** Reads what is new. Cheap when nothing is. */
  refresh(): void
  isOpen(subject: ContinueSubject): boolean
}

/** The server starts the file afresh long before this. */
const maxBytes = 4 * 1024 * 1024

export function createContinued(file: string, key: Buffer | undefined, now: () => number): Continued {
  let stamp = ''
  let open = new Map<string, number>()
  return {
    refresh() {
      const stat = statSync(file, { throwIfNoEntry: false })
      const found = stat ? `${stat.ino} ${stat.mtimeMs} ${stat.size}` : ''
      if (found === stamp || key === undefined) return
      stamp = found
      open = new Map()
      if (!stat || stat.size > maxBytes) return
      for (const text of readFileSync(file, 'utf8').split('\n')) {
        const until = endOf(text, key)
        if (until && until.at > now()) open.set(until.subject, Math.max(until.at, open.get(until.subject) ?? 0))
      }
    },
    isOpen: subject => open.size > 0 && hostAndParents(subject).some(each => (open.get(each) ?? 0) > now()),
  }
}

const keyOf = ({ schoolId, personId, host, category }: ContinueSubject): string =>
  [schoolId, personId, host, category].join('\n')

/** What is opened is opened with everything beneath it. */
function hostAndParents(subject: ContinueSubject): readonly string[] {
  const labels = subject.host.split('.')
  return labels.slice(0, -1).map((_, index) => keyOf({ ...subject, host: labels.slice(index).join('.') }))
}

function endOf(text: string, key: Buffer): { readonly subject: string; readonly at: number } | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  const { schoolId, personId, host, category, token } = value as Record<string, unknown>
  if (![schoolId, personId, host, category, token].every(field => typeof field === 'string')) return undefined
  const subject = [schoolId, personId, host, category].join('\n')
  const match = /^(\d{1,15})\.([A-Za-z0-9_-]{43})$/.exec(String(token))
  if (!match?.[1] || !match[2]) return undefined
  const wanted = createHmac('sha256', key).update(`${subject}\n${match[1]}`).digest()
  return timingSafeEqual(wanted, Buffer.from(match[2], 'base64url')) ? { subject, at: Number(match[1]) } : undefined
}
