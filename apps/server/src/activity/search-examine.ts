import { type CategoryLists, decide, type RuleSet, searchOf } from '@gatehouse/engine'
import type { ExamineSearch } from './log-import.ts'

/**
 * Looks at what a search in another program's log was for, in memory, by the school's own rules. Where nobody is known the
 * rules of each pupils' group are asked, and the first that minds counts.
 */
export function examineSearches(rules: RuleSet, lists: CategoryLists): ExamineSearch {
  const pupils = rules.groups.filter(({ side }) => side === 'pupils').map(({ id }) => id)
  return (url, groups, at) => {
    const search = searchOf(url)
    if (!search) return null
    for (const asked of groups.length > 0 ? [groups] : pupils.map(id => [id])) {
      const { verdict, rule, category } = decide(rules, lists, { url, groups: asked, at, kind: 'page' })
      if (verdict !== 'allow' && rule.startsWith('search:'))
        return { query: search.query, finding: { term: search.query, verdict, category, rule } }
    }
    return { query: search.query, finding: null }
  }
}
