import { createHash } from 'node:crypto'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type BundleFile, networkDigest, rulesDigest } from './bundle-publisher.ts'
import type { SchoolFilter } from './filter-rules.ts'
import { differences, filterDifferences } from './rule-differences.ts'
import type { FilterChange } from './filter-store.ts'
import type { Drift } from './filter-watch-store.ts'
import { type ListsFolder, sha256 } from './lists-folder.ts'

export interface FoundDrift {
  readonly place: Drift['place']
  readonly differences: readonly string[]
  readonly digest: string
}

/**
 * Compares what is on disk, and what stands in the database, with what two people decided. Whatever differs is a change that
 * nobody approved, and each difference is named.
 */
export function findDrift(options: {
  schoolId: string
  filter: SchoolFilter
  state: { readonly published_rules: string | null; readonly published_network: string | null } | null
  unfounded: readonly FilterChange[]
  /** Approved, ended by no decision, and no longer in force. */
  missing: readonly FilterChange[]
  /** Passes that stand as granted, and were not, or not like this. */
  passes: readonly { readonly id: string; readonly content: unknown }[]
  bundle: BundleFile
  lists: ListsFolder
}): FoundDrift[] {
  const { schoolId, filter, state, unfounded, missing, passes, bundle, lists } = options
  const { rules } = filter
  const found: { place: Drift['place']; differences: string[] }[] = []
  const onDisk = bundle.read()
  if (!onDisk.ok) found.push({ place: 'bundle', differences: [onDisk.why] })
  else {
    const school = onDisk.bundle.payload.schools.find(({ id }) => id === schoolId)
    // What is approved and not yet published is no drift: only what the bundle says and was never published is. A school that
    // was made a moment ago is in no bundle yet.
    if (!school) {
      if (state?.published_rules) found.push({ place: 'bundle', differences: ['the bundle does not hold this school'] })
    } else if (
      state?.published_rules &&
      rulesDigest(school.rules) !== state.published_rules &&
      rulesDigest(school.rules) !== rulesDigest(rules)
    ) {
      const named = differences(rules, school.rules)
      found.push({
        place: 'bundle',
        differences: named.length > 0 ? named : ['the rules in the bundle are not the ones that were published'],
      })
    }
    // Networks are published with every bundle, so only one that nobody decided about is told.
    if (school) {
      const network = filterDifferences(filter, {
        rules,
        places: school.places,
        devices: school.devices,
        listsNeedTwo: filter.listsNeedTwo,
      })
      if (network.length > 0 && state?.published_network && networkDigest(school) !== state.published_network)
        found.push({ place: 'bundle', differences: network })
    }
    if (!isListFile(join(bundle.folder, onDisk.bundle.payload.listsFile), onDisk.bundle.payload.listsSha256))
      found.push({ place: 'lists', differences: ['the category lists beside the bundle are not the ones it names'] })
  }
  const active = lists.active()
  if (active && !isListFile(lists.path(active.sha256), active.sha256))
    found.push({
      place: 'lists',
      differences: ['the category lists in force are not what they were when they were compiled'],
    })
  if (unfounded.length > 0 || missing.length > 0 || passes.length > 0) {
    found.push({
      place: 'database',
      differences: [
        ...unfounded.map(change =>
          change.content
            ? `a change stands in force that the ledger knows nothing of (${change.id})`
            : `the content of change ${change.id} is not what was decided`,
        ),
        ...missing.map(change => `an approved change is not in force, and nobody decided to end it (${change.id})`),
        ...passes.map(pass =>
          pass.content === null
            ? `what is stored of a pass is not what was decided (${pass.id}); it opens nothing`
            : `a pass stands as granted that the ledger knows nothing of (${pass.id}); it opens nothing`,
        ),
      ],
    })
  }
  return found.map(each => ({
    ...each,
    digest: createHash('sha256').update(each.differences.join('\n')).digest('hex'),
  }))
}

const known = new Map<string, string>()
/** Hashing 20 MB each minute would be waste: a file whose size and times are the same has not been written. */
function isListFile(path: string, digest: string): boolean {
  if (!existsSync(path)) return false
  const { size, mtimeMs, ctimeMs, ino } = statSync(path)
  const stamp = `${size} ${mtimeMs} ${ctimeMs} ${ino}`
  const cached = known.get(path)
  if (cached === `${stamp} ${digest}`) return true
  if (sha256(readFileSync(path)) !== digest) return false
  known.set(path, `${stamp} ${digest}`)
  return true
}
