/* What a file is, by its content and never by its name. Pure. */

/** Signatures of the kinds a school meets; the first that fits wins. Anything else is “unknown”. */
const signatures: readonly {
  readonly type: string
  readonly at?: number
  readonly bytes: readonly number[]
  readonly also?: { readonly at: number; readonly text: string }
}[] = [
  { type: 'image/jpeg', bytes: [0xff, 0xd8, 0xff] },
  { type: 'image/png', bytes: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] },
  { type: 'image/gif', bytes: [0x47, 0x49, 0x46, 0x38] },
  { type: 'image/webp', bytes: [0x52, 0x49, 0x46, 0x46], also: { at: 8, text: 'WEBP' } },
  { type: 'audio/wav', bytes: [0x52, 0x49, 0x46, 0x46], also: { at: 8, text: 'WAVE' } },
  { type: 'image/heic', at: 4, bytes: [0x66, 0x74, 0x79, 0x70], also: { at: 8, text: 'heic' } },
  { type: 'video/mp4', at: 4, bytes: [0x66, 0x74, 0x79, 0x70] },
  { type: 'application/pdf', bytes: [0x25, 0x50, 0x44, 0x46, 0x2d] },
  { type: 'application/zip', bytes: [0x50, 0x4b, 0x03, 0x04] },
  { type: 'application/msword', bytes: [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1] },
  { type: 'application/x-executable', bytes: [0x4d, 0x5a] },
  { type: 'application/x-executable', bytes: [0x7f, 0x45, 0x4c, 0x46] },
  { type: 'application/gzip', bytes: [0x1f, 0x8b] },
]
/** Containers in which other formats come: the inner name cannot be told from the first bytes. */
const containers: Readonly<Record<string, readonly RegExp[]>> = {
  'application/zip': [
    /^application\/vnd\.openxmlformats/,
    /^application\/(x-)?zip/,
    /^application\/vnd\.oasis/,
    /^application\/epub/,
  ],
  'application/msword': [/^application\/(msword|vnd\.ms-)/],
  'video/mp4': [/^video\//, /^audio\/(mp4|x-m4a|aac)/, /^image\/hei[cf]/],
}

/** What a file is, as people say it. */
export const typeWords = (type: string): string =>
  type === 'application/x-executable'
    ? 'A program'
    : type.startsWith('image/')
      ? `A picture (${type.slice(6).toUpperCase()})`
      : type.startsWith('video/')
        ? 'A film'
        : type.startsWith('audio/')
          ? 'A sound recording'
          : type === 'application/pdf'
            ? 'A PDF'
            : type === 'text/plain'
              ? 'A text'
              : type === 'application/zip'
                ? 'An archive or office document'
                : type === 'application/msword'
                  ? 'An older office document'
                  : 'A file of an unknown kind'

export function typeOf(content: Buffer): string {
  for (const { type, at = 0, bytes, also } of signatures) {
    if (content.length < at + bytes.length || !bytes.every((byte, n) => content[at + n] === byte)) continue
    if (also && content.toString('latin1', also.at, also.at + also.text.length) !== also.text) continue
    return type
  }
  return isText(content) ? 'text/plain' : 'application/octet-stream'
}
const isText = (content: Buffer): boolean => {
  const start = content.subarray(0, 4096)
  if (start.includes(0)) return false
  const text = start.toString('utf8')
  return !text.slice(0, -3).includes('\uFFFD') && !/[\u0001-\u0008\u000e-\u001f]/.test(text)
}

const extensions: Readonly<Record<string, string>> = {
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  png: 'image/png',
  gif: 'image/gif',
  webp: 'image/webp',
  heic: 'image/heic',
  pdf: 'application/pdf',
  mp4: 'video/mp4',
  mov: 'video/mp4',
  zip: 'application/zip',
  docx: 'application/zip',
  xlsx: 'application/zip',
  pptx: 'application/zip',
  doc: 'application/msword',
  xls: 'application/msword',
  txt: 'text/plain',
  csv: 'text/plain',
  eml: 'text/plain',
  html: 'text/plain',
  htm: 'text/plain',
  exe: 'application/x-executable',
  wav: 'audio/wav',
}

/** Whether a file is something else than its name or its sender says. Silence is no lie: an unknown claim says nothing. */
export function lies(found: string, name: string, claimed: string): boolean {
  const extension = /\.([a-z0-9]+)$/i.exec(name)?.[1]?.toLowerCase()
  const byName = extension === undefined ? undefined : extensions[extension]
  if (byName !== undefined && byName !== found) return true
  const type = claimed.split(';')[0]?.trim().toLowerCase() ?? ''
  if (type === '' || type === 'application/octet-stream' || found === 'application/octet-stream') return false
  if (type === found || containers[found]?.some(pattern => pattern.test(type))) return false
  return !(found === 'text/plain' && /^(text\/|message\/|application\/(json|xml|javascript))/.test(type))
}

export const evidenceBytes = 20_000_000
