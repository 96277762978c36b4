/** Ways to tamper with a ledger, each with what a verifier must say of it. For tests. */
import fc from 'fast-check'
import { GENESIS, type LedgerEntry } from './entry.ts'
import { EXAMPLE_SCHOOL, withHash } from './example-chain.ts'
import type { ProblemKind } from './verdict.ts'

export interface Tampered {
  readonly what: string
  readonly entries: readonly LedgerEntry[]
  /** The entry that must be named. */
  readonly seq: number
  readonly kind: ProblemKind
  /** The chain alone cannot show it: a head from outside is needed. */
  readonly needsHeads?: boolean
}

type Tamper = (chain: readonly LedgerEntry[], k: number, other: number) => Tampered

/** Numbers as in the ledger, from 1. */
const at = (chain: readonly LedgerEntry[], seq: number): LedgerEntry => {
  const entry = chain[seq - 1]
  if (!entry) throw new RangeError(`No entry ${seq}`)
  return entry
}

const replace = (chain: readonly LedgerEntry[], seq: number, entry: LedgerEntry): LedgerEntry[] =>
  chain.map(genuine => (genuine.seq === seq ? entry : genuine))

const alterations: Record<string, (entry: LedgerEntry) => Partial<LedgerEntry>> = {
  school: () => ({ school: 'another-school' }),
  at: ({ at }) => ({ at: at.replace('2026', '2025') }),
  actor: () => ({ actor: 'person:0' }),
  type: ({ type }) => ({ type: `${type}.not` }),
  subject: ({ subject }) => ({ subject: subject === null ? 'incident:0' : null }),
  detail: ({ detail }) => ({ detail: { ...detail, to: 'open' } }),
  prev: ({ prev }) => ({ prev: flipped(prev) }),
  hash: ({ hash }) => ({ hash: flipped(hash) }),
}

const flipped = (hash: string): string => (hash.startsWith('0') ? '1' : '0') + hash.slice(1)

const forged = (seq: number, prev: string): LedgerEntry =>
  withHash({
    school: EXAMPLE_SCHOOL,
    seq,
    at: '2026-09-01T09:00:00.000Z',
    actor: 'person:7',
    type: 'incident.closed',
    subject: null,
    detail: {},
    prev,
  })

const prevOf = (chain: readonly LedgerEntry[], seq: number): string => (seq === 1 ? GENESIS : at(chain, seq - 1).hash)

/** `entries` chained anew from entry `from` on, hashes and all: what somebody who owns the database can do. */
const rechained = (entries: readonly LedgerEntry[], from: number): LedgerEntry[] => {
  const out: LedgerEntry[] = []
  for (const entry of entries) {
    out.push(entry.seq < from ? entry : withHash({ ...entry, prev: out.at(-1)?.hash ?? GENESIS }))
  }
  return out
}

export const tamperings: Record<string, Tamper> = {
  ...Object.fromEntries(
    Object.entries(alterations).map(([field, change]): [string, Tamper] => [
      `alter the ${field}`,
      (chain, k) => ({
        what: `${field} of ${k}`,
        entries: replace(chain, k, { ...at(chain, k), ...change(at(chain, k)) }),
        seq: k,
        kind: 'altered',
      }),
    ]),
  ),
  'alter the number, in place': (chain, k, other) => ({
    what: `number of ${k} to ${chain.length + other}`,
    entries: replace(chain, k, { ...at(chain, k), seq: chain.length + other }),
    seq: k,
    kind: 'altered',
  }),
  'alter the number, and the database sorts': (chain, k, other) => ({
    what: `number of ${k} to ${chain.length + other}, sorted`,
    entries: [...chain.filter(({ seq }) => seq !== k), { ...at(chain, k), seq: chain.length + other }],
    seq: k,
    kind: 'altered',
  }),
  'alter and make the hash fit': (chain, k) => {
    const entry = at(chain, k)
    return {
      what: `${k}, rehashed`,
      entries: replace(chain, k, withHash({ ...entry, actor: 'person:0' })),
      seq: k,
      kind: k === chain.length ? 'head-mismatch' : 'altered',
      needsHeads: k === chain.length,
    }
  },
  'alter the link and make the hash fit': (chain, k) => ({
    what: `link of ${k}, rehashed`,
    entries: replace(chain, k, withHash({ ...at(chain, k), prev: flipped(at(chain, k).prev) })),
    seq: k,
    kind: 'altered',
    needsHeads: k === chain.length,
  }),
  'alter and chain everything after anew': (chain, k) => ({
    what: `${k}, all rechained`,
    entries: rechained(replace(chain, k, { ...at(chain, k), actor: 'person:0' }), k),
    seq: k,
    kind: 'head-mismatch',
    needsHeads: true,
  }),
  delete: (chain, k) => ({
    what: `delete ${k}`,
    entries: chain.filter(({ seq }) => seq !== k),
    seq: k,
    kind: k === chain.length ? 'truncated' : 'missing',
    needsHeads: k === chain.length,
  }),
  'delete and number anew': (chain, k) => ({
    what: `delete ${k}, renumbered`,
    entries: chain.filter(({ seq }) => seq !== k).map((entry, i) => ({ ...entry, seq: i + 1 })),
    seq: k,
    kind: k === chain.length ? 'truncated' : 'missing',
    needsHeads: k === chain.length,
  }),
  'delete and chain everything after anew': (chain, k) => ({
    what: `delete ${k}, all rechained`,
    entries: rechained(
      chain.filter(({ seq }) => seq !== k).map((entry, i) => ({ ...entry, seq: i + 1 })),
      k,
    ),
    seq: k,
    kind: k === chain.length ? 'truncated' : 'head-mismatch',
    needsHeads: true,
  }),
  'insert a forged entry': (chain, k) => ({
    what: `insert at ${k}`,
    entries: [
      ...chain.slice(0, k - 1),
      forged(k, prevOf(chain, k)),
      ...chain.slice(k - 1).map(entry => ({ ...entry, seq: entry.seq + 1 })),
    ],
    seq: k,
    kind: 'inserted',
  }),
  'insert a forged entry whose hash does not fit': (chain, k) => ({
    what: `insert at ${k}, bad hash`,
    entries: [
      ...chain.slice(0, k - 1),
      { ...forged(k, prevOf(chain, k)), actor: 'person:8' },
      ...chain.slice(k - 1).map(entry => ({ ...entry, seq: entry.seq + 1 })),
    ],
    seq: k,
    kind: 'inserted',
  }),
  'insert a second entry of the same number': (chain, k) => ({
    what: `second ${k}`,
    entries: [...chain.slice(0, k - 1), forged(k, prevOf(chain, k)), ...chain.slice(k - 1)],
    seq: k,
    kind: 'inserted',
  }),
  'repeat an entry': (chain, k) => ({
    what: `repeat ${k}`,
    entries: [...chain.slice(0, k), at(chain, k), ...chain.slice(k)],
    seq: k,
    kind: 'inserted',
  }),
  'swap two entries': (chain, k, other) => {
    const [low, high] = twoOf(chain, k, other)
    return {
      what: `swap ${low} and ${high}`,
      entries: chain.map(({ seq }) => at(chain, seq === low ? high : seq === high ? low : seq)),
      seq: low,
      kind: 'swapped',
    }
  },
  'swap what two entries say': (chain, k, other) => {
    const [low, high] = twoOf(chain, k, other)
    return {
      what: `swap what ${low} and ${high} say`,
      entries: chain.map(({ seq }) => ({ ...at(chain, seq === low ? high : seq === high ? low : seq), seq })),
      seq: low,
      kind: 'swapped',
    }
  },
  'cut the end off': (chain, k) => ({
    what: `cut from ${k}`,
    entries: chain.slice(0, k - 1),
    seq: k,
    kind: 'truncated',
    needsHeads: true,
  }),
  'cut the beginning off': (chain, k) => ({
    what: `cut up to ${k}`,
    entries: chain.slice(k),
    seq: 1,
    kind: k === chain.length ? 'truncated' : 'missing',
    needsHeads: k === chain.length,
  }),
  'put in an entry of another school': (chain, k) => ({
    what: `entry ${k} of another school`,
    entries: replace(chain, k, withHash({ ...at(chain, k), school: 'another-school' })),
    seq: k,
    kind: 'wrong-school',
  }),
}

function twoOf(chain: readonly LedgerEntry[], k: number, other: number): [number, number] {
  const second = ((k - 1 + 1 + ((other - 1) % (chain.length - 1))) % chain.length) + 1
  return [Math.min(k, second), Math.max(k, second)]
}

/** Any tampering with any entry of a chain. */
export const anyTampering = (chain: readonly LedgerEntry[]): fc.Arbitrary<Tampered> =>
  fc
    .record({
      how: fc.constantFrom(...Object.values(tamperings)),
      k: fc.integer({ min: 1, max: chain.length }),
      other: fc.integer({ min: 1, max: 1_000 }),
    })
    .map(({ how, k, other }) => how(chain, k, other))
