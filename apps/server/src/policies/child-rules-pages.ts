import { get, type Page, view } from '../platform/page.ts'
import { childRules } from './child-rules.ts'
import { policyPacks } from './packs/packs.ts'
import type { PolicyPageReads } from './policy-pages.ts'

/** The clauses in force whose words are still those that the children's rules were drawn from; null before any policy is adopted. */
async function unchangedClauses({ policies }: Pick<PolicyPageReads, 'policies'>): Promise<ReadonlySet<string> | null> {
  let unchanged: Set<string> | null = null
  for (const pack of policyPacks()) {
    const version = await policies.live(pack.id)
    if (!version) continue
    unchanged ??= new Set()
    const drawnFrom = new Map(pack.clauses.map(({ id, text }) => [id, text]))
    for (const { id, words } of await policies.clauses(version.id)) if (drawnFrom.get(id) === words) unchanged.add(id)
  }
  return unchanged
}

export const childRulesPages = (): Page<Pick<PolicyPageReads, 'policies'>>[] => [
  get('/rules', { access: 'policy.read' }, async ({ read, schoolId }) => {
    const unchanged = await read(unchangedClauses)
    return view('policies/child-rules', {
      title: 'Our rules for going online',
      child: true,
      adopted: unchanged !== null,
      rules: childRules().map(rule => ({
        ...rule,
        // Help is never taken away, whatever the school writes.
        holds: rule.id === 'help' || rule.clauses.every(id => unchanged?.has(id)),
        clauses: rule.clauses.map(id => ({ id, href: `/policy/${id.slice(0, 1)}?school=${schoolId}#${id}` })),
      })),
      policyHref: `/policy?school=${schoolId}`,
      reportHref: `/report?school=${schoolId}&who=child`,
      helpHref: `/help?school=${schoolId}&who=child`,
    })
  }),
]
