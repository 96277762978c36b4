import { createHmac } from 'node:crypto'

/*
 * What a page says, and how it is put to each kind of channel. A page says that a grave flag or an urgent report waits, and where:
 * never what it is about, whose it is, or a name.
 */

export type ChannelKind = 'webhook' | 'sms'
export type PagingKind = 'page' | 'test'

/** What a page is about: it leads there, and says no more of it. */
export interface PagedThing {
  readonly kind: 'flag' | 'report'
  readonly id: string
}

/** One message by one channel. Its id is the same at every attempt. */
export interface Paging {
  readonly id: string
  readonly kind: PagingKind
  /** What waits, and how grave it is; null of a test. */
  readonly about: PagedThing['kind'] | null
  readonly severity: number
  /** Where in the product it leads, as a whole address. */
  readonly link: string
  /** Which step of the ladder, from 0. */
  readonly rung: number
  /** Of a test: the code that proves its arrival. */
  readonly code: string | null
}

/** Where the SMS gateway wants its token. */
export const tokenPlaces = ['bearer', 'basic', 'header', 'field'] as const
export type TokenPlace = (typeof tokenPlaces)[number]
export const tokenPlaceNames: Readonly<Record<TokenPlace, string>> = {
  bearer: 'Authorization: Bearer TOKEN',
  basic: 'Basic authentication, the token being USERNAME:PASSWORD',
  header: 'A header of its own, named below',
  field: 'A field of the body, named below',
}
export const bodyShapes = ['form', 'json'] as const
export type BodyShape = (typeof bodyShapes)[number]
export const bodyShapeNames: Readonly<Record<BodyShape, string>> = {
  form: 'As a form (application/x-www-form-urlencoded)',
  json: 'As one flat JSON object',
}

/** How the gateway wants a number written. */
export const numberStyles = ['plus', 'digits', 'national'] as const
export type NumberStyle = (typeof numberStyles)[number]
export const numberStyleNames: Readonly<Record<NumberStyle, string>> = {
  plus: '+447700900123',
  digits: '447700900123',
  national: '07700900123, where it is a British one',
}

export interface WebhookSettings {
  readonly kind: 'webhook'
  readonly address: string
}
export interface SmsSettings {
  readonly kind: 'sms'
  readonly address: string
  readonly shape: BodyShape
  readonly token: string
  readonly tokenPlace: TokenPlace
  /** Name of the header or field that holds the token, where the place needs one. */
  readonly tokenName: string
  readonly numberField: string
  readonly numberStyle: NumberStyle
  readonly textField: string
  /** Fields that are always the same, such as the sender's name. */
  readonly fixed: Readonly<Record<string, string>>
  /** Words without which an answer is a refusal, for gateways that say 200 to everything; '' where the status says it. */
  readonly success: string
}
export type ChannelSettings = WebhookSettings | SmsSettings

export interface Outgoing {
  readonly address: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const whatWaits: Readonly<Record<PagedThing['kind'], string>> = {
  flag: 'a flag of the highest severity waits',
  report: 'a report that may not wait has come',
}

export const pagingText = ({ about, link, code }: Paging): string =>
  about === null
    ? `Gatehouse: this is a test of paging. Code ${code ?? ''}. Type it in at ${link}`
    : `Gatehouse: ${whatWaits[about]}. Sign in to see it: ${link}`

/** Mail of these kinds goes out with these words, and by itself: every other mail says the same whatever it is about. */
export const pagingMails = [
  {
    kind: 'flag.page',
    subject: 'Now: a flag of the highest severity waits in Gatehouse',
    says: 'A flag of the highest severity waits. Sign in to see it, and whoever opens it has it:',
  },
  {
    kind: 'report.page',
    subject: 'Now: a report that may not wait has come to Gatehouse',
    says: 'A report that may not wait has come. Sign in to see it, and whoever opens it has it:',
  },
] as const

/** Names of the headers by which a webhook's receiver knows that a page is ours, and how old it is. */
export const timestampHeader = 'gatehouse-timestamp'
export const signatureHeader = 'gatehouse-signature'

/** `v1=` and the HMAC-SHA-256 in hex, over the timestamp, a full stop, and the body as it stands. */
export const signatureOf = (secret: Buffer | string, timestamp: string, body: string): string =>
  `v1=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`

/** @param secret as the receiver has it, in base64url; the characters themselves are the key. */
export function webhookRequest({ address }: WebhookSettings, paging: Paging, secret: string, now: Date): Outgoing {
  const body = JSON.stringify({
    id: paging.id,
    kind: paging.kind,
    ...(paging.kind === 'page'
      ? { about: paging.about, severity: paging.severity, step: paging.rung + 1 }
      : { code: paging.code }),
    text: pagingText(paging),
    link: paging.link,
    sent: now.toISOString(),
  })
  const timestamp = String(Math.floor(now.getTime() / 1000))
  return {
    address,
    headers: {
      'content-type': 'application/json',
      [timestampHeader]: timestamp,
      [signatureHeader]: signatureOf(secret, timestamp, body),
    },
    body,
  }
}

/** @param number of the person, as they gave it: `+447700900123`. */
export function smsRequest(settings: SmsSettings, paging: Paging, number: string): Outgoing {
  const fields: Record<string, string> = {
    ...settings.fixed,
    [settings.numberField]: written(number, settings.numberStyle),
    [settings.textField]: pagingText(paging),
    ...(settings.tokenPlace === 'field' ? { [settings.tokenName]: settings.token } : {}),
  }
  const { token } = settings
  const authorisation: Readonly<Record<TokenPlace, Readonly<Record<string, string>>>> = {
    bearer: { authorization: `Bearer ${token}` },
    basic: { authorization: `Basic ${Buffer.from(token, 'utf8').toString('base64')}` },
    header: { [settings.tokenName.toLowerCase()]: token },
    field: {},
  }
  return {
    address: settings.address,
    headers: {
      'content-type': settings.shape === 'json' ? 'application/json' : 'application/x-www-form-urlencoded',
      ...authorisation[settings.tokenPlace],
    },
    body: settings.shape === 'json' ? JSON.stringify(fields) : new URLSearchParams(fields).toString(),
  }
}

const written = (number: string, style: NumberStyle): string =>
  style === 'plus' ? number : style === 'digits' ? number.slice(1) : number.replace(/^\+44/, '0')

/** What an answer means, in words without anything that the other end wrote. */
export function outcomeOf(
  { status, body }: { readonly status: number; readonly body: string },
  settings: ChannelSettings,
): { readonly ok: boolean; readonly outcome: string } {
  if (status >= 300 && status < 400)
    return { ok: false, outcome: `answered ${status}: it leads elsewhere, and a page does not follow` }
  if (status < 200 || status >= 300) return { ok: false, outcome: `answered ${status}` }
  return settings.kind === 'sms' && settings.success !== '' && !body.includes(settings.success)
    ? { ok: false, outcome: `answered ${status}, without the words that mean success` }
    : { ok: true, outcome: `answered ${status}` }
}

/** After so many attempts a page is given up: by then the ladder has long gone on to somebody else. */
export const mostAttempts = 10
/** Seconds until the next attempt, after so many: 10, 20, 40 … and never more than a quarter of an hour. */
export const secondsUntilNext = (attempts: number): number => Math.min(900, 10 * 2 ** (attempts - 1))
/** Seconds after which an attempt whose end nobody saw (its process was killed) is made again; longer than any attempt takes. */
export const leaseSeconds = 20

/** A number in international form; spaces, hyphens and brackets are taken out, and a British 07… becomes +447…. */
export function normalNumber(typed: string): string | null {
  const bare = typed.replace(/[\s().-]/g, '').replace(/^00/, '+')
  const international = bare.replace(/^0(?=7\d{9}$)/, '+44')
  return /^\+[1-9]\d{7,14}$/.test(international) ? international : null
}

/** `name=value` lines as fields; or what is wrong, as a sentence. */
export function fixedFields(
  typed: string | null,
): { readonly fields: Readonly<Record<string, string>> } | { readonly problem: string } {
  const fields: Record<string, string> = {}
  for (const [index, line] of (typed ?? '').split('\n').entries()) {
    if (line.trim() === '') continue
    const [, name = '', value = ''] = /^\s*([^=\s]{1,60})\s*=\s*(.*?)\s*$/.exec(line) ?? []
    if (name === '' || name === '__proto__') return { problem: `Line ${index + 1} must be a name, = and a value` }
    fields[name] = value
  }
  return Object.keys(fields).length > 20 ? { problem: 'Fields must be 20 or fewer' } : { fields }
}
