import { type Command, type Streams, UsageError } from './commands/command.ts'
import { gatewayPrograms } from './commands/gateway-programs.ts'
import { CannotStart } from './platform/postgres/cannot-start.ts'
import { Refusal } from './platform/refusal.ts'

/** Every verb, in the order in which help lists them. Only the one that is asked for is read: the rest would cost its memory and its time. */
const verbs: readonly { readonly name: string; readonly load: () => Promise<Command> }[] = [
  { name: 'serve', load: async () => (await import('./commands/serve.ts')).serveCommand },
  { name: 'school create', load: async () => (await import('./commands/school-create.ts')).schoolCreateCommand },
  { name: 'access', load: async () => (await import('./commands/access.ts')).accessCommand },
  { name: 'clauses status', load: async () => (await import('./commands/clauses-status.ts')).clausesStatusCommand },
  { name: 'lists compile', load: async () => (await import('./commands/lists-compile.ts')).listsCompileCommand },
  { name: 'filter check', load: async () => (await import('./commands/filter-check.ts')).filterCheckCommand },
  ...gatewayPrograms.map(command => ({ name: command.name, load: async () => command })),
  { name: 'activity import', load: async () => (await import('./commands/activity-import.ts')).activityImportCommand },
  { name: 'concerns scan', load: async () => (await import('./commands/concerns-scan.ts')).concernsScanCommand },
  { name: 'ledger verify', load: async () => (await import('./commands/ledger-verify.ts')).ledgerVerifyCommand },
  { name: 'ledger export', load: async () => (await import('./commands/ledger-export.ts')).ledgerExportCommand },
  { name: 'backup setup', load: async () => (await import('./commands/backup.ts')).backupSetupCommand },
  { name: 'backup', load: async () => (await import('./commands/backup.ts')).backupCommand },
  { name: 'restore', load: async () => (await import('./commands/restore.ts')).restoreCommand },
]

const streams: Streams = {
  environment: process.env,
  input: process.stdin,
  out: line => void process.stdout.write(`${line}\n`),
  say: line => void process.stderr.write(`${line}\n`),
}

/** @returns the exit status. Errors are one line that says what was expected and what was found. */
export async function runCommand(words: readonly string[], { out, say, ...rest }: Streams): Promise<number> {
  const verb = verbs.find(({ name }) => name.split(' ').every((word, n) => words[n] === word))
  const command = await verb?.load()
  if (!command) {
    const asked = words.length === 0 || words[0] === 'help' || words[0] === '--help'
    const print = asked ? out : say
    if (!asked) say(`gatehouse: “${words.slice(0, 2).join(' ')}” is not a verb; the verbs are:`)
    for (const { load } of verbs) {
      const { usage, does } = await load()
      print(`  gatehouse ${usage.padEnd(44)} ${does}`)
    }
    return asked ? 0 : 2
  }
  try {
    return await command.run(words.slice(command.name.split(' ').length), { out, say, ...rest })
  } catch (error) {
    if (error instanceof UsageError) say(`gatehouse ${command.name}: ${error.message}`)
    else if (error instanceof Refusal) say(`gatehouse ${command.name}: ${error.sentence}`)
    else if (error instanceof CannotStart || isNodeUsage(error)) say(`gatehouse ${command.name}: ${error.message}`)
    else {
      say(
        `gatehouse ${command.name}: ${error instanceof Error ? error.message : 'unknown fault'}${error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : ''}`,
      )
      return 1
    }
    return 2
  }
}

/** `util.parseArgs` on words it does not know, and settings that cannot be used. */
const isNodeUsage = (error: unknown): error is Error =>
  error instanceof Error &&
  (('code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')) || /^[A-Z_]+ must be /.test(error.message))

// A reader such as `head` that has seen enough closes the pipe: not a fault.
process.stdout.on('error', error => process.exit('code' in error && error.code === 'EPIPE' ? 0 : 1))

if (import.meta.main) process.exitCode = await runCommand(process.argv.slice(2), streams)
