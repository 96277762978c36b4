import type { PolicyPack } from './packs/packs.ts'

/**
 * The papers that the two policies lean on. `reference`: clause A-ref-01 names it. `attachment`: a clause relies on it and
 * the printed policy does not include it (note T2). Acts have no next review.
 */
export interface LinkedDocument {
  readonly id: string
  readonly policy: PolicyPack['id']
  readonly title: string
  readonly kind: 'policy' | 'act' | 'attachment'
  /** The clauses that name it. */
  readonly clauses: readonly string[]
}

export const linkedDocuments = [
  {
    id: 'data-protection-policy',
    policy: 'A',
    title: 'Data protection policy',
    kind: 'policy',
    clauses: ['A-ref-01', 'A-8-13'],
  },
  { id: 'confidentiality-policy', policy: 'A', title: 'Confidentiality policy', kind: 'policy', clauses: ['A-ref-01'] },
  { id: 'harassment-policy', policy: 'A', title: 'Harassment policy', kind: 'policy', clauses: ['A-ref-01'] },
  {
    id: 'staff-social-media-policy',
    policy: 'A',
    title: 'Staff social media policy',
    kind: 'policy',
    clauses: ['A-ref-01'],
  },
  {
    id: 'behaviour-support-policy',
    policy: 'A',
    title: 'Behaviour support policy',
    kind: 'policy',
    clauses: ['A-ref-01'],
  },
  {
    id: 'education-and-inspections-act-2006',
    policy: 'A',
    title: 'Education and Inspections Act 2006',
    kind: 'act',
    clauses: ['A-ref-01'],
  },
  { id: 'education-act-2011', policy: 'A', title: 'Education Act 2011', kind: 'act', clauses: ['A-ref-01'] },
  {
    id: 'illegal-content-flowchart',
    policy: 'A',
    title: 'Flowchart for suspected illegal content',
    kind: 'attachment',
    clauses: ['A-12-02'],
  },
  { id: 'mobile-device-policy', policy: 'A', title: 'Mobile device policy', kind: 'attachment', clauses: ['A-6-04'] },
  { id: 'byod-policy', policy: 'A', title: 'Bring your own device policy', kind: 'attachment', clauses: ['A-6-13'] },
  {
    id: 'community-user-agreement',
    policy: 'A',
    title: 'Community user agreement',
    kind: 'attachment',
    clauses: ['A-3.9-01'],
  },
  {
    id: 'dpo-service-policy',
    policy: 'B',
    title: 'Data protection officer policy',
    kind: 'attachment',
    clauses: ['B-dpo-01'],
  },
] as const satisfies readonly LinkedDocument[]

/** Those that clause A-ref-01 asks the school to keep links to. */
export const namedReferences: readonly LinkedDocument[] = linkedDocuments.filter(({ kind }) => kind !== 'attachment')

export const linkedDocument = (id: string): LinkedDocument | null =>
  linkedDocuments.find(each => each.id === id) ?? null
