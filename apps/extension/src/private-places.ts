/*
 * Where nothing is ever read: fields for passwords, payment and one-time codes, health portals, helplines and payment sites,
 * private windows. Pure: the page's script and the worker ask the same functions.
 */

/** What a page says of a field; '' where it says nothing. Attacker-controlled, and a child's page as well as any other. */
export interface FieldSays {
  /** Of an `<input>`; null of any other field. */
  readonly type: string | null
  readonly autocomplete: string
  readonly name: string
  readonly id: string
}

/** The kinds of `<input>` that hold sentences. */
const writtenTypes = ['text', 'search', 'email', 'url', '']

/** The autofill fields of the HTML standard for secrets; every `cc-` field is a payment card's. */
const secretAutofill = ['current-password', 'new-password', 'one-time-code']

/** As they stand in a name without its hyphens and capitals. */
const secretNames = /password|passwd|passcode|passphrase|onetimecode|verificationcode|securitycode|authcode|mfacode/
const paymentNames =
  /cardnumber|cardno|cardnum|creditcard|debitcard|cardholder|nameoncard|ccnumber|ccnum|sortcode|accountnumber|accountno/
/** As words of their own: within another word they mean nothing. */
const secretWords = ['pass', 'pwd', 'pin', 'otp', 'totp', 'mfa']
const paymentWords = ['card', 'cc', 'cvc', 'cvv', 'cvv2', 'csc', 'iban']

/** Whether a field is for a password, a payment or a one-time code. */
export function isPrivateField({ type, autocomplete, name, id }: FieldSays): boolean {
  if (type !== null && !writtenTypes.includes(type)) return true
  const fills = autocomplete.toLowerCase().split(/\s+/)
  if (fills.some(fill => fill.startsWith('cc-') || secretAutofill.includes(fill))) return true
  return [name, id].some(said => {
    const words = said
      .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
      .toLowerCase()
      .split(/[^a-z0-9]+/)
    const whole = words.join('')
    if (secretNames.test(whole) || secretWords.some(word => words.includes(word))) return true
    // A card in a box for sentences is a card of a game or of a board.
    return type !== null && (paymentNames.test(whole) || paymentWords.some(word => words.includes(word)))
  })
}

/** What is typed there is the business of nobody but a doctor, a helpline or a bank; each with all beneath it. */
const closedHosts: ReadonlySet<string> = new Set([
  // Health: the NHS of the four nations and the portals that its practices use.
  ...['nhs.uk', 'nhs.net', 'nhs.scot', 'nhs.wales', 'hscni.net', 'nidirect.gov.uk'],
  ...['patientaccess.com', 'patient.info', 'accurx.com', 'econsult.health', 'econsult.net', 'tpp-uk.com'],
  // Helplines for children and for those who look after them.
  ...['childline.org.uk', 'nspcc.org.uk', 'samaritans.org', 'giveusashout.org', 'kooth.com', 'themix.org.uk'],
  ...[
    'papyrus-uk.org',
    'youngminds.org.uk',
    'beateatingdisorders.org.uk',
    'switchboard.lgbt',
    'runawayhelpline.org.uk',
  ],
  ...['refuge.org.uk', 'nationaldahelpline.org.uk', 'rapecrisis.org.uk', 'talktofrank.com', 'ceop.police.uk'],
  // Payment.
  ...['paypal.com', 'stripe.com', 'worldpay.com', 'adyen.com', 'klarna.com', 'opayo.co.uk', 'sagepay.com'],
  ...['braintreegateway.com', 'gocardless.com', 'squareup.com', 'pay.google.com', 'parentpay.com'],
])

/** Whether a host is one of those, or lies beneath one. */
export function isClosedHost(host: string): boolean {
  for (let name = host; name !== ''; name = name.includes('.') ? name.slice(name.indexOf('.') + 1) : '')
    if (closedHosts.has(name)) return true
  return false
}

/** Who sent a message from a page, as the browser says it (`chrome.runtime.MessageSender`). */
export interface PageSender {
  readonly url?: string | undefined
  readonly origin?: string | undefined
  readonly tab?: { readonly url?: string | undefined; readonly incognito: boolean } | undefined
}

/**
 * The address under which something from a page is looked at; null where nothing may be: in a private window, outside any
 * tab, on a closed site, or in a frame of one.
 */
export function readableAddress({ url, origin, tab }: PageSender): string | null {
  if (!tab || tab.incognito) return null
  const address = [url, origin]
    .map(text => URL.parse(text ?? ''))
    .find(found => found && /^https?:$/.test(found.protocol))
  if (!address) return null
  const all = [url, origin, tab.url].map(text => URL.parse(text ?? '')?.hostname ?? '')
  return all.some(isClosedHost) ? null : address.href
}
