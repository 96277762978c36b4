/**
 * Whether somebody in these groups may be monitored, where assessments cover those. Somebody in no group is nobody's to monitor;
 * everybody else needs each of their groups covered.
 */
export const isCovered = (groups: readonly string[], covered: readonly string[]): boolean =>
  groups.length > 0 && groups.every(group => covered.includes(group))
