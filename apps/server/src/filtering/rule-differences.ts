import type { HostRule, RuleSet } from '@gatehouse/engine'
import { actionFor, settableCategories } from './filter-change.ts'

/** What differs between two rule sets, a sentence each: for drift, and for showing what a change does. */
export function differences(approved: RuleSet, found: RuleSet): string[] {
  const said: string[] = []
  for (const group of approved.groups) {
    const other = found.groups.find(({ id }) => id === group.id)
    if (!other) {
      said.push(`the group ${group.name} is missing`)
      continue
    }
    for (const category of settableCategories) {
      const [was, is] = [actionFor(group, category), actionFor(other, category)]
      if (was !== is) said.push(`${category} for ${group.name} is “${is}”, and “${was}” was approved`)
    }
    if (group.sourcesNeeded !== other.sourcesNeeded)
      said.push(`${group.name} needs ${other.sourcesNeeded} sources, and ${group.sourcesNeeded} was approved`)
    if (group.audience !== other.audience)
      said.push(`${group.name} is treated as “${other.audience}”, and “${group.audience}” was approved`)
  }
  for (const group of found.groups)
    if (!approved.groups.some(({ id }) => id === group.id))
      said.push(`there is a group ${group.id} that nobody approved`)
  const key = (rule: HostRule): string =>
    JSON.stringify([rule.id, rule.action, rule.host, rule.path ?? null, rule.groups, rule.until ?? null])
  const words = (rule: HostRule): string =>
    `“${rule.action} ${rule.host}${rule.path ?? ''} for ${rule.groups === 'all' ? 'everybody' : rule.groups.join(', ')}”`
  const [approvedKeys, foundKeys] = [new Set(approved.hostRules.map(key)), new Set(found.hostRules.map(key))]
  for (const rule of found.hostRules)
    if (!approvedKeys.has(key(rule))) said.push(`the rule ${words(rule)} was not approved`)
  for (const rule of approved.hostRules)
    if (!foundKeys.has(key(rule))) said.push(`the approved rule ${words(rule)} is missing`)
  if (approved.illegal.source !== found.illegal.source || approved.illegal.hosts.join() !== found.illegal.hosts.join())
    said.push('the slot for illegal lists is not as it was')
  if (said.length === 0 && approved.version !== found.version)
    said.push(`the rules are version ${found.version}, and ${approved.version} is approved`)
  return said
}
