import { accessCommand } from './commands/access.ts'
import { activityImportCommand } from './commands/activity-import.ts'
import { backupCommand, backupSetupCommand } from './commands/backup.ts'
import { clausesStatusCommand } from './commands/clauses-status.ts'
import { type Command, type Streams, UsageError } from './commands/command.ts'
import { concernsScanCommand } from './commands/concerns-scan.ts'
import { filterCheckCommand } from './commands/filter-check.ts'
import { gatewayPrograms } from './commands/gateway-programs.ts'
import { ledgerExportCommand } from './commands/ledger-export.ts'
import { ledgerVerifyCommand } from './commands/ledger-verify.ts'
import { listsCompileCommand } from './commands/lists-compile.ts'
import { restoreCommand } from './commands/restore.ts'
import { schoolCreateCommand } from './commands/school-create.ts'
import { serveCommand } from './commands/serve.ts'
import { CannotStart } from './platform/postgres/cannot-start.ts'
import { Refusal } from './platform/refusal.ts'

/** Every verb, in the order in which help lists them. */
export const commands: readonly Command[] = [
  serveCommand,
  schoolCreateCommand,
  accessCommand,
  clausesStatusCommand,
  listsCompileCommand,
  filterCheckCommand,
  ...gatewayPrograms,
  activityImportCommand,
  concernsScanCommand,
  ledgerVerifyCommand,
  ledgerExportCommand,
  backupSetupCommand,
  backupCommand,
  restoreCommand,
]

const streams: Streams = {
  environment: process.env,
  input: process.stdin,
  out: line => void process.stdout.write(`${line}\n`),
  say: line => void process.stderr.write(`${line}\n`),
}

/** @returns the exit status. Errors are one line that says what was expected and what was found. */
export async function runCommand(words: readonly string[], { out, say, ...rest }: Streams): Promise<number> {
  const command = commands.find(({ name }) => name.split(' ').every((word, n) => words[n] === word))
  if (!command) {
    const asked = words.length === 0 || words[0] === 'help' || words[0] === '--help'
    const print = asked ? out : say
    if (!asked) say(`gatehouse: “${words.slice(0, 2).join(' ')}” is not a verb; the verbs are:`)
    for (const { usage, does } of commands) print(`  gatehouse ${usage.padEnd(44)} ${does}`)
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
