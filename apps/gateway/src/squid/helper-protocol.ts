/**
 * Squid's external-ACL protocol, concurrent form (squid.conf, `external_acl_type`): a line `[channel] SRC TARGET [LOGIN]`
 * for each question, and for each line one answer. Fields are percent-encoded by Squid, `-` where there is nothing.
 * Everything in a line but its channel comes from a browser: attacker-controlled.
 */
import type { Line } from './line-feed.ts'

export interface Question {
  /** As given, with a space after it; '' where Squid asks one question at a time. */
  readonly prefix: string
  /** Address of the client. */
  readonly source: string
  /** URL, host:port or host; '' where Squid knows none. */
  readonly target: string
  readonly login: string
}

export type Answer =
  | { readonly kind: 'allow' }
  /** `tag` is a category, `none`, or `warn`. */
  | { readonly kind: 'refuse'; readonly message: string; readonly tag: string }
  /** Not decided: Squid then goes on as if it were refused. */
  | { readonly kind: 'fault'; readonly message: string }

const channelPattern = /^(\d{1,10})(?: |$)/

/** The channel of a line, also of one that is nothing else worth reading. */
export const prefixOf = (text: string): string => {
  const channel = channelPattern.exec(text)?.[1]
  return channel === undefined ? '' : `${channel} `
}

/** @returns undefined for a line that asks nothing: empty, or a channel alone, or too long. */
export function readQuestion({ text, isTooLong }: Line): Question | undefined {
  if (isTooLong) return undefined
  const prefix = prefixOf(text)
  const fields = text
    .slice(prefix.length)
    .split(' ')
    .filter(field => field !== '')
  // After these Squid appends the arguments of the acl line, `-` as a rule.
  const [source, target, login] = fields
  if (source === undefined) return undefined
  return { prefix, source: decoded(source), target: decoded(target), login: decoded(login) }
}

/** Percent-decoding as Squid encodes: by bytes. What is not an encoding stays as it is. */
function decoded(field: string | undefined): string {
  if (field === undefined || field === '-') return ''
  if (!field.includes('%')) return field
  try {
    return decodeURIComponent(field)
  } catch {
    const bytes = field.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    return Buffer.from(bytes, 'latin1').toString('utf8')
  }
}

/** One line, with its end. */
export function written(prefix: string, answer: Answer): string {
  if (answer.kind === 'allow') return `${prefix}OK\n`
  if (answer.kind === 'fault') return `${prefix}BH message=${quoted(answer.message)}\n`
  return `${prefix}ERR message=${quoted(answer.message)} tag=${answer.tag}\n`
}

/** In Squid's quotes `\` and `"` are escaped; a control character could only be an accident or an attack. */
const quoted = (text: string): string =>
  `"${text.replace(/[\u0000-\u001f\u007f]/g, ' ').replace(/[\\"]/g, letter => `\\${letter}`)}"`
