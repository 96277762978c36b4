import { statSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { openLists } from '@gatehouse/engine'
import { readConfig } from '../config.ts'
import { compileFolder, describeCompilation } from '../filtering/compile-sources.ts'
import { ListsRefused, openListsFolder, sha256 } from '../filtering/lists-folder.ts'
import { openWaitingLists } from '../filtering/lists-waiting.ts'
import { systemClock } from '../platform/clock.ts'
import { type Command, UsageError } from './command.ts'

export const listsCompileCommand: Command = {
  name: 'lists compile',
  usage: 'lists compile [--from DIR] [--out FILE] [--json]',
  does: 'makes the filter’s category lists from our own and those of a folder',
  run: async (words, { environment, out, say }) => {
    const { values } = parseArgs({
      args: [...words],
      options: {
        from: { type: 'string' },
        out: { type: 'string' },
        school: { type: 'string' },
        json: { type: 'boolean' },
      },
    })
    const folder = values.from === undefined ? null : resolve(values.from)
    if (folder !== null && !statSync(folder, { throwIfNoEntry: false })?.isDirectory())
      throw new UsageError(`--from must be a folder, and ${folder} is none`)
    const compilation = compileFolder(folder)
    const lists = openLists(compilation.bytes)
    const digest = sha256(compilation.bytes)
    if (values.json)
      out(JSON.stringify({ sha256: digest, domains: lists.domains, counts: lists.counts(), files: compilation.files }))
    else for (const line of describeCompilation(compilation)) out(line)
    if (values.out !== undefined) {
      writeFileSync(values.out, compilation.bytes)
      say(`Written to ${values.out} (SHA-256 ${digest})`)
      return 0
    }
    const folderOf = openListsFolder(readConfig(environment).dataFolder)
    const waiting = openWaitingLists(folderOf)
    if (waiting.isHeld()) {
      const kept = waiting.keep(compilation.bytes, systemClock())
      say(
        `Kept: ${kept.domains.toLocaleString('en-GB')} domains, SHA-256 ${kept.sha256}. A school here asks for two people before new lists take effect: see Lists, under Internet.`,
      )
      return 0
    }
    try {
      const active = folderOf.activate(compilation.bytes, systemClock())
      // A running server puts them into its bundle within seconds and notes the change in each school's ledger.
      say(`In force: ${active.domains.toLocaleString('en-GB')} domains, SHA-256 ${active.sha256}`)
      return 0
    } catch (error) {
      if (!(error instanceof ListsRefused)) throw error
      say(`gatehouse lists compile: ${error.message}`)
      return 1
    }
  },
}
