import type { MultipartFile, MultipartValue } from '@fastify/multipart'
import type { Submission, UploadedFile } from './form.ts'
import { Refusal } from './refusal.ts'

/** A urlencoded body's fields. Bytes that are not UTF-8 read as U+FFFD; order and repeats are kept. Attacker-controlled. */
export function noFiles(body: Buffer): Submission {
  const values = new Map<string, string[]>()
  let fields = 0
  for (const [name, value] of new URLSearchParams(body.toString('utf8'))) {
    fields += 1
    if (fields > 1000) throw new Refusal('invalid', 'This form has more fields than any page of ours.')
    const before = values.get(name)
    if (before) before.push(value)
    else values.set(name, [value])
  }
  return { values, files: new Map() }
}

/** A multipart body's fields and files, all in memory: nothing is written to disk here. */
export async function readSubmission(
  parts: AsyncIterable<MultipartFile | MultipartValue>,
  maxBytes: number,
): Promise<Submission> {
  const values = new Map<string, string[]>()
  const files = new Map<string, UploadedFile[]>()
  for await (const part of parts) {
    if (part.type === 'file') {
      const content = await part.toBuffer()
      if (part.file.truncated || content.length > maxBytes)
        throw new Refusal(
          'invalid',
          `A file may have up to ${Math.round(maxBytes / 1_000_000)} MB; this one has more. Nothing was kept.`,
        )
      if (part.filename === '' && content.length === 0) continue
      files.set(part.fieldname, [
        ...(files.get(part.fieldname) ?? []),
        { name: part.filename.slice(0, 200), claimedType: part.mimetype, content },
      ])
    } else {
      const value = typeof part.value === 'string' ? part.value : ''
      values.set(part.fieldname, [...(values.get(part.fieldname) ?? []), value])
    }
  }
  return { values, files }
}
