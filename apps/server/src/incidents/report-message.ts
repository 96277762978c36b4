import { createHash } from 'node:crypto'

/*
 * A message that somebody forwards: bytes that an attacker wrote. It is kept as it came; only four header lines are read,
 * with no decoding beyond RFC 2047 words, nothing is fetched, no part is opened and no address becomes a link.
 */

/** Bytes. Larger ones are refused: what is asked for is a message, not what hangs on it. */
export const largestMessage = 1_000_000
const longestHeader = 20_000

export interface MessageHeaders {
  readonly from: string | null
  readonly to: string | null
  readonly subject: string | null
  /** As written; it may lie. */
  readonly date: string | null
}

/** From, To, Subject and Date of an RFC 5322 message, each on one line, without control characters, up to 500 characters. */
export function readHeaders(content: Buffer): MessageHeaders {
  const head = content
    .subarray(0, longestHeader)
    .toString('utf8')
    .replace(/^\uFEFF/, '')
  const end = /\r?\n\r?\n/.exec(head)
  const lines = (end ? head.slice(0, end.index) : head).replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)
  const value = (name: string): string | null => {
    const line = lines.find(each => each.toLowerCase().startsWith(`${name}:`))
    const text =
      line === undefined
        ? ''
        : decodeWords(line.slice(name.length + 1))
            .replace(/[\p{Cc}\p{Cf}]+/gu, ' ')
            .trim()
    return text === '' ? null : [...text].slice(0, 500).join('')
  }
  return { from: value('from'), to: value('to'), subject: value('subject'), date: value('date') }
}

/** RFC 2047 encoded words in UTF-8, Latin-1 and ASCII; any other is left as written. */
function decodeWords(text: string): string {
  return text
    .replace(/(\?=)\s+(=\?)/g, '$1$2')
    .replace(
      /=\?([\w-]{1,20})\?([bq])\?([^?\s]{0,300})\?=/gi,
      (whole, charset: string, how: string, encoded: string) => {
        const bytes =
          how.toLowerCase() === 'b'
            ? Buffer.from(encoded, 'base64')
            : Buffer.from(
                encoded
                  .replaceAll('_', ' ')
                  .replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
                'latin1',
              )
        if (/^utf-?8$/i.test(charset)) return bytes.toString('utf8')
        return /^(iso-8859-1|us-ascii|windows-1252)$/i.test(charset) ? bytes.toString('latin1') : whole
      },
    )
}

/** The part of an address after the last @, in small letters; null where there is none. */
export const senderDomain = (from: string | null): string | null =>
  /@([a-z0-9.-]{1,253})>?\s*$/i.exec(from ?? '')?.[1]?.toLowerCase() ?? null

/** What makes two junk messages one campaign: the sender's domain and the subject without numbers, signs and case. */
export const campaignOf = ({ from, subject }: MessageHeaders): string | null => {
  const domain = senderDomain(from)
  const about = (subject ?? '')
    .toLowerCase()
    .replace(/[^\p{L}]+/gu, ' ')
    .trim()
  return domain === null && about === '' ? null : `${domain ?? ''}\n${about}`
}

export const digestOf = (content: Buffer): string => createHash('sha256').update(content).digest('hex')

/** The text of a message for a person to read: replacement signs for what is not UTF-8, cut at 20,000 characters. */
export const readableText = (content: Buffer): { text: string; cut: boolean } => {
  const text = content.toString('utf8').replaceAll('\0', '\uFFFD')
  return text.length > 20_000 ? { text: text.slice(0, 20_000).toWellFormed(), cut: true } : { text, cut: false }
}
