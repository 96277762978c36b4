import { statSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { openLists } from '@gatehouse/engine'
import { readConfig } from '../config.ts'
import { type Compilation, compileFolder, describeCompilation } from '../filtering/compile-sources.ts'
import { namesFileIn } from '../filtering/list-names.ts'
import { type Accepted, alarms, differences } from '../filtering/list-refresh.ts'
import {
  ListsRefused,
  mustAllowHosts,
  newSeed,
  openListsFolder,
  sha256,
  wellKnownHosts,
} from '../filtering/lists-folder.ts'
import { systemClock } from '../platform/clock.ts'
import { type Command, UsageError } from './command.ts'

export const listsCompileCommand: Command = {
  name: 'lists compile',
  usage: 'lists compile [--from DIR] [--out FILE] [--accept SOURCE|all]… [--json]',
  does: 'makes the filter’s category lists from our own and those of a folder',
  run: async (words, { environment, out, say }) => {
    const { values } = parseArgs({
      args: [...words],
      options: {
        from: { type: 'string' },
        out: { type: 'string' },
        accept: { type: 'string', multiple: true },
        school: { type: 'string' },
        json: { type: 'boolean' },
      },
    })
    const folderOf = openListsFolder(readConfig(environment).dataFolder)
    const previous = folderOf.previous()
    const names = values.out === undefined ? namesFileIn(folderOf.folder) : null
    const compilation = compileFrom(values.from, previous ? { previous } : { seed: newSeed() }, names?.add)
    const lists = openLists(compilation.bytes)
    const digest = sha256(compilation.bytes)
    const alarming = alarms(lists, [...mustAllowHosts(), ...wellKnownHosts()])
    const before = folderOf.active()
    const differing = before ? differences(before, { domains: lists.domains, counts: lists.counts() }) : []
    if (values.json) {
      const { files } = compilation
      const { domains, pages, sources } = lists
      out(
        JSON.stringify({
          sha256: digest,
          domains,
          pages,
          sources,
          counts: lists.counts(),
          files,
          alarms: alarming,
          differing,
        }),
      )
    } else {
      for (const line of describeCompilation(compilation)) out(line)
      if (alarming.length > 0) out('')
      for (const { host, category, sources } of alarming)
        out(`Look at this: ${sources.join(', ')} says that ${host}, which ought to be harmless, is ${category}`)
    }
    if (values.out !== undefined) {
      writeFileSync(values.out, compilation.bytes)
      say(`Written to ${values.out} (SHA-256 ${digest})`)
      return 0
    }
    if (!values.json && differing.length > 0)
      for (const line of ['', 'Against the lists in force:', ...differing]) out(line)
    try {
      const accepted = acceptedOf(values.accept ?? [])
      if (folderOf.isHeld()) {
        const waiting = folderOf.keep(compilation.bytes, systemClock(), accepted)
        names?.finish(digest, before ? [before.sha256] : [])
        say(
          `Waiting until two people release them: ${waiting.domains.toLocaleString('en-GB')} domains, SHA-256 ${digest}`,
        )
        return 0
      }
      const active = folderOf.activate(compilation.bytes, systemClock(), accepted)
      names?.finish(digest)
      // A running server puts them into its bundle within seconds and notes the change in each school's ledger.
      say(`In force: ${active.domains.toLocaleString('en-GB')} domains, SHA-256 ${active.sha256}`)
      return 0
    } catch (error) {
      if (!(error instanceof ListsRefused)) throw error
      say(`gatehouse lists compile: ${error.message}. Once you have looked: --accept SOURCE, or --accept all`)
      return 1
    }
  },
}

/** @throws {UsageError} if there is no such folder, nothing in it is a list that can be used, or its table is wrong. */
function compileFrom(
  from: string | undefined,
  options: Parameters<typeof compileFolder>[1],
  onName?: (name: string) => void,
): Compilation {
  if (from === undefined) return compileFolder(null, options, onName)
  const folder = resolve(from)
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new UsageError(`--from must be a folder, and ${folder} is none`)
  let compilation: Compilation
  try {
    compilation = compileFolder(folder, options, onName)
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(`${folder}: ${error.message}`)
    throw error
  }
  if (!compilation.files.some(({ status, entries }) => status === 'used' && entries > 0)) {
    const [first] = compilation.files
    throw new UsageError(
      `nothing in ${folder} is a list that can be used (${compilation.files.length} files${first ? `; ${first.path}: ${first.why || 'empty'}` : ''})`,
    )
  }
  return compilation
}

const acceptedOf = (named: readonly string[]): Accepted => (named.includes('all') ? 'all' : named)
