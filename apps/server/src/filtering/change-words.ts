import type { FilterChange } from './filter-store.ts'

type Kind = 'good' | 'soon' | 'bad' | 'quiet' | 'calm'

/** Where a change stands, in a word and a kind of tag. */
export function standing(change: FilterChange): { readonly text: string; readonly kind: Kind } {
  if (!change.content) return { text: 'Altered behind our backs', kind: 'bad' }
  if (change.state === 'waiting') return { text: 'Waits for approval', kind: 'soon' }
  if (change.state === 'refused') return { text: 'Refused', kind: 'quiet' }
  if (change.state === 'withdrawn') return { text: 'Withdrawn', kind: 'quiet' }
  if (change.state === 'ended') return { text: change.endedBy ? 'Taken back' : 'Lifted', kind: 'quiet' }
  if (change.decision === 'waiting') return { text: 'In force, not approved yet', kind: 'bad' }
  return change.content.kind === 'rollback' ? { text: 'Done', kind: 'good' } : { text: 'In force', kind: 'good' }
}

/** Whether it was proved from the user's side. */
export function proof(change: FilterChange): { readonly text: string; readonly kind: Kind } | null {
  if (change.state !== 'in-force') return null
  if (change.testResult === 'passed') return { text: 'Proved', kind: 'good' }
  if (change.testResult === 'failed') return { text: 'Proof failed', kind: 'bad' }
  if (change.testResult === 'inconclusive') return { text: 'Not proved: the site did not answer', kind: 'soon' }
  return { text: 'Being proved', kind: 'calm' }
}
