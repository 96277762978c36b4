/**
 * Which controls the tests prove, read from the tests' source: a `test(` whose name starts `control <id>: met when`, and
 * another whose name starts `control <id>: leaves met when`. Skipped tests and comments do not count.
 */
export function provenByTests(sources: readonly string[]): { proven: string[]; half: string[] } {
  const driven = { met: new Set<string>(), leaves: new Set<string>() }
  for (const source of sources) {
    for (const [, id, how] of source.matchAll(
      /^[ \t]*(?:await )?test\(\s*['"`]control ([a-z0-9.-]+): (met|leaves met) when \S/gm,
    )) {
      if (id) (how === 'met' ? driven.met : driven.leaves).add(id)
    }
  }
  const proven = [...driven.met].filter(id => driven.leaves.has(id)).sort()
  return { proven, half: [...driven.met.symmetricDifference(driven.leaves)].sort() }
}
