import { readFile, stat } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { verifyExport } from './export.ts'
import { type Head, parseHeads } from './heads.ts'
import type { Verdict } from './verdict.ts'
import { verifyExportOnThreads } from './verify-threads.ts'
import type { Expectation } from './verify.ts'

export interface VerifyFileOptions {
  /** A signed checkpoint that was kept elsewhere (mailed, printed, on a stick). */
  readonly checkpointFile?: string
  /** The heads, or the path of the file that holds them. */
  readonly heads?: string | Iterable<Head>
  readonly vkeys?: readonly string[]
  /** How many threads parse and hash; without it two for a large file, if the machine has them, and else none. */
  readonly threads?: number
  readonly expect?: Expectation
}

/** Below this the threads take longer to start than they save. */
const LARGE_FILE_BYTES = 16_777_216

/**
 * Verifies an export, with neither server nor database.
 * @throws the file system's own error, {HeadsError} and {NoteError}: for what the caller handed in, not for the ledger.
 */
export async function verifyFile(path: string, options: VerifyFileOptions = {}): Promise<Verdict> {
  const { checkpointFile, heads, vkeys, expect } = options
  const verifierOptions = {
    ...(checkpointFile === undefined ? {} : { checkpoints: [tidyNote(await readFile(checkpointFile, 'utf8'))] }),
    ...(heads === undefined
      ? {}
      : { heads: typeof heads === 'string' ? parseHeads(await readFile(heads, 'utf8')) : heads }),
    ...(vkeys === undefined ? {} : { vkeys }),
    ...(expect === undefined ? {} : { expect }),
  }
  const threads =
    options.threads ?? ((await stat(path)).size < LARGE_FILE_BYTES ? 1 : Math.min(2, availableParallelism()))
  return threads > 1 ? verifyExportOnThreads(path, verifierOptions, threads) : verifyExport(path, verifierOptions)
}

/** Mail programs and editors change the ends of lines and add empty ones around; the signature covers neither. */
function tidyNote(text: string): string {
  const lines = text
    .replace(/^\uFEFF/, '')
    .replaceAll('\r\n', '\n')
    .split('\n')
    .map(line => line.trimEnd())
  return `${lines.join('\n').trim()}\n`
}

/** The verdict for a governor: short sentences, the answer first. */
export function describeVerdict(verdict: Verdict): string[] {
  const { ok, entries, firstSeq, lastSeq, head, problem, warnings, checkpoints, school } = verdict
  const lines: string[] = []
  if (ok && entries === 0) lines.push('The ledger is empty, and nothing shows that it should not be.')
  else if (ok) {
    lines.push(
      `The ledger${school ? ` of ${school}` : ''} is whole: ${count(entries, 'entry', 'entries')}, ${firstSeq} to ${lastSeq}, none altered, missing, added or moved.`,
    )
    lines.push(`It ends with ${head}.`)
  } else if (problem) {
    lines.push('The ledger is not whole. Somebody or something changed it.')
    lines.push(problem.sentence)
    lines.push(`Expected: ${problem.expected}. Found: ${problem.found}.`)
    if (lastSeq > 0 && problem.seq > firstSeq && problem.kind !== 'bad-checkpoint') {
      lines.push(`Entries ${firstSeq} to ${Math.min(lastSeq, problem.seq - 1)} follow from each other.`)
    }
  }
  if (checkpoints.latestSize !== null) {
    const agree =
      checkpoints.checked === 1 ? '1 signed checkpoint agrees' : `${checkpoints.checked} signed checkpoints agree`
    lines.push(`${agree} with it, up to entry ${checkpoints.latestSize}.`)
  }
  return [...lines, ...warnings.map(warning => `Note: ${warning}`)]
}

const count = (n: number, one: string, many: string): string => `${n.toLocaleString('en-GB')} ${n === 1 ? one : many}`
