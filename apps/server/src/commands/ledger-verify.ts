import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { describeVerdict, verifyFile } from '@gatehouse/ledger/cli-verify'
import { HeadsError } from '@gatehouse/ledger/heads'
import { NoteError } from '@gatehouse/ledger/note'
import type { Verdict } from '@gatehouse/ledger/verdict'
import { systemActor } from '../platform/actor.ts'
import { type Command, chosenSchool, type Streams, UsageError, withInstallation } from './command.ts'

export const ledgerVerifyCommand: Command = {
  name: 'ledger verify',
  usage: 'ledger verify [FILE] [--checkpoint FILE] [--key VKEY]',
  does: 'verifies the ledger, or an exported stretch of one, and names the first bad entry',
  run: async (words, streams) => {
    const { values, positionals } = parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        checkpoint: { type: 'string' },
        key: { type: 'string' },
        school: { type: 'string' },
        json: { type: 'boolean' },
      },
    })
    const [file, second] = positionals
    if (second !== undefined) throw new UsageError(`one file at a time, and “${second}” is a second`)
    try {
      const verdict = file === undefined ? await verifyHere(streams, values) : await verifyExported(file, values)
      if (values.json) streams.out(JSON.stringify(verdict, null, 1))
      else for (const line of describeVerdict(verdict)) streams.out(line)
      return verdict.ok ? 0 : 1
    } catch (error) {
      if (error instanceof NoteError || error instanceof HeadsError) throw new UsageError(error.message)
      if (error instanceof Error && 'code' in error && /^(ENOENT|EACCES|EISDIR)$/.test(String(error.code)))
        throw new UsageError(`a file to read was expected, and ${error.message}`)
      throw error
    }
  },
}

interface Wanted {
  readonly checkpoint?: string | undefined
  readonly key?: string | undefined
  readonly school?: string | undefined
}

const verifyExported = (file: string, { checkpoint, key }: Wanted): Promise<Verdict> =>
  verifyFile(file, {
    ...(checkpoint === undefined ? {} : { checkpointFile: checkpoint }),
    ...(key === undefined ? {} : { vkeys: [key] }),
  })

async function verifyHere(streams: Streams, { checkpoint, school }: Wanted): Promise<Verdict> {
  const notes = checkpoint === undefined ? [] : [tidy(await readFile(checkpoint, 'utf8'))]
  return withInstallation(streams, async ({ app }) => {
    const schoolId = await chosenSchool(app, school)
    const verdict = await app.services.ledger.check(schoolId, { notes })
    await app.services.ledger.record(systemActor(schoolId, 'command'), verdict)
    return verdict
  })
}

/** Mail programs and editors change the ends of lines and add empty ones around a note; the signature covers neither. */
const tidy = (text: string): string =>
  `${text
    .replace(/^\uFEFF/, '')
    .replaceAll('\r\n', '\n')
    .split('\n')
    .map(line => line.trimEnd())
    .join('\n')
    .trim()}\n`
