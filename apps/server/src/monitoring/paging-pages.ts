import type { PeopleReads } from '../people/people-store.ts'
import { type Actor, may, personOf } from '../platform/actor.ts'
import { choice, longText, optionalLongText, optionalText, password, text } from '../platform/fields.ts'
import { blankForm, type FormView, form, withErrors } from '../platform/form.ts'
import type { Message, MessageReads } from '../platform/messages.ts'
import { whyNotOutside } from '../platform/outside-post.ts'
import { get, type Page, post, redirect, type Request, view } from '../platform/page.ts'
import {
  bodyShapeNames,
  bodyShapes,
  fixedFields,
  normalNumber,
  numberStyleNames,
  numberStyles,
  pagingMails,
  signatureHeader,
  timestampHeader,
  tokenPlaceNames,
  tokenPlaces,
} from './paging-channel.ts'
import type { PagingService } from './paging-service.ts'
import type { Channel, PagingMessage, PagingReads } from './paging-store.ts'

/* How people are paged about the gravest flags, beside the product itself: by mail, webhook and SMS, each proved by a code that arrived. */

interface Reads {
  readonly paging: PagingReads
  readonly people: Pick<PeopleReads, 'names'>
  readonly messages: MessageReads
}
type Read = Request<Reads>['read']

const name = text('Enter a name for it', {
  label: 'What is it called here?',
  hint: 'For example, Trust’s alarm desk',
  max: 60,
})
const address = text('Enter the address', {
  label: 'Address',
  hint: 'Starts with https:// and is posted to. It may hold a secret, so it is shown to nobody afterwards',
  max: 1000,
})
const reason = longText('Enter why', {
  label: 'Why?',
  hint: 'It stands in the ledger beside what you do here.',
  max: 500,
  rows: 2,
})
const webhookForm = form({ name, address, reason })
const smsForm = form({
  name,
  address,
  shape: choice('Select how it is sent', options(bodyShapes, bodyShapeNames), { label: 'How is it sent?' }),
  tokenPlace: choice('Select where the token stands', options(tokenPlaces, tokenPlaceNames), {
    label: 'Where does the token stand?',
  }),
  token: password('Enter the token', { label: 'Token', max: 500 }),
  tokenName: optionalText({ label: 'Name of that header or field', hint: 'Only for the last two', max: 60 }),
  numberField: text('Enter the name of the field for the number', {
    label: 'Field for the number',
    hint: 'For example, to',
    max: 60,
  }),
  numberStyle: choice('Select how a number is written', options(numberStyles, numberStyleNames), {
    label: 'How is a number written?',
  }),
  textField: text('Enter the name of the field for the text', {
    label: 'Field for the text',
    hint: 'For example, message',
    max: 60,
  }),
  fixed: optionalLongText({
    label: 'Fields that are always the same',
    hint: 'One a line, as name=value. For example, from=School',
    max: 1000,
    rows: 3,
  }),
  success: optionalText({
    label: 'Words that an answer holds when it worked',
    hint: 'For gateways that answer 200 even when they refuse. For example, "status":"0"',
    max: 100,
  }),
  reason,
})
const code = text('Enter the code', { label: 'The six digits that arrived', max: 12 })
const codeForm = form({ code })
const endForm = form({ reason })
const numberForm = form({
  number: text('Enter your number', { label: 'Your mobile number', hint: 'For example, 07700 900123', max: 30 }),
})
const nothing = form({})

const recent = 30
const wrongCode = 'That is no code of a test of the last hour. Type the one that arrived last, or send another test'

export function pagingPages(parts: {
  readonly service: PagingService
  readonly mailConfigured: boolean
  /** `host:port` pairs that the operator opened. */
  readonly allowed: readonly string[]
}): Page<Reads>[] {
  const { service, mailConfigured, allowed } = parts

  const overview = async (actor: Actor, read: Read) => {
    const { personId } = personOf(actor)
    const model = await read(async ({ paging, people, messages }) => {
      const channels = await paging.channels()
      const sent = await paging.latest(recent)
      const mails = await messages.ofKinds(
        pagingMails.map(({ kind }) => kind),
        recent,
      )
      const names = await people.names([...sent, ...mails].flatMap(({ personId: to }) => (to ? [to] : [])))
      return { channels, sent, mails, names, own: await paging.numberOf(personId) }
    })
    const nameOf = (id: string | null): string =>
      id ? (model.names.get(id) ?? 'somebody no longer here') : 'whoever watches it'
    const toOf = sentTo(personId, nameOf)
    const all = new Map(model.channels.map(channel => [channel.id, channel.name]))
    const rows = [
      ...model.sent.map(message => messageRow(message, all.get(message.channelId) ?? 'one that was ended', toOf)),
      ...model.mails.map(message => mailRow(message, mailConfigured, toOf)),
    ]
    return view('monitoring/paging', {
      title: 'How people are paged',
      backHref: may(actor, 'flag.view') ? '/flags' : '/',
      mailConfigured,
      channels: model.channels.map(channelRow),
      rows: rows.sort((one, other) => other.at.getTime() - one.at.getTime()).slice(0, recent),
      hasGateway: model.channels.some(({ kind }) => kind === 'sms'),
      mayManage: may(actor, 'paging.manage'),
      mayNumber: may(actor, 'paging.number'),
      maySettings: may(actor, 'monitoring.settings'),
      number: model.own === null ? 'none' : model.own.confirmedAt ? 'confirmed' : 'waiting',
    })
  }

  const one = async (
    actor: Actor,
    id: string,
    read: Read,
    forms: { code?: FormView; end?: FormView; secret?: string } = {},
  ) => {
    const { channel, sent, names } = await read(async ({ paging, people }) => {
      const found = await paging.channel(id)
      const messages = await paging.latest(recent, id)
      return {
        channel: found,
        sent: messages,
        names: await people.names([
          found.addedBy,
          ...(found.provenBy ? [found.provenBy] : []),
          ...messages.flatMap(({ personId }) => (personId ? [personId] : [])),
        ]),
      }
    })
    const nameOf = (personId: string | null): string =>
      personId ? (names.get(personId) ?? 'somebody no longer here') : 'whoever watches it'
    return view(
      'monitoring/paging-channel',
      {
        title: channel.name,
        backHref: '/monitoring/paging',
        id: channel.id,
        channel: { ...channelRow(channel), host: channel.host, reason: channel.reason, endReason: channel.endReason },
        addedBy: nameOf(channel.addedBy),
        addedAt: channel.addedAt,
        provenBy: channel.provenBy ? nameOf(channel.provenBy) : null,
        provenAt: channel.provenAt,
        isWebhook: channel.kind === 'webhook',
        isLive: channel.endedAt === null,
        rows: sent.map(message => messageRow(message, channel.name, sentTo(personOf(actor).personId, nameOf))),
        mayManage: may(actor, 'paging.manage'),
        mayNumber: may(actor, 'paging.number'),
        secret: forms.secret ?? null,
        headers: { timestamp: timestampHeader, signature: signatureHeader },
        form: forms.code ?? forms.end ?? null,
        codeForm: forms.code ?? blankForm(codeForm),
        endForm: forms.end ?? blankForm(endForm),
      },
      forms.code || forms.end ? 400 : 200,
    )
  }

  const ask = (template: string, title: string, filled: FormView, status = 200) =>
    view(template, { title, backHref: '/monitoring/paging', form: filled }, status)
  const askWebhook = (filled: FormView, status = 200) =>
    ask('monitoring/paging-webhook', 'Page by webhook', filled, status)
  const askSms = (filled: FormView, status = 200) => ask('monitoring/paging-sms', 'Page by SMS gateway', filled, status)

  const number = async (actor: Actor, read: Read, forms: { number?: FormView; code?: FormView } = {}) => {
    const { own, hasGateway } = await read(async ({ paging }) => ({
      own: await paging.numberOf(personOf(actor).personId),
      hasGateway: (await paging.channels()).some(({ kind }) => kind === 'sms'),
    }))
    return view(
      'monitoring/paging-number',
      {
        title: 'Your number for pages',
        backHref: '/monitoring/paging',
        hasGateway,
        own,
        form: forms.number ?? forms.code ?? null,
        numberForm: forms.number ?? blankForm(numberForm),
        codeForm: forms.code ?? blankForm(codeForm),
      },
      forms.number || forms.code ? 400 : 200,
    )
  }

  return [
    get('/monitoring/paging', { access: 'paging.view' }, ({ actor, read }) => overview(actor, read)),
    get('/monitoring/paging/webhook', { access: 'paging.manage' }, async () => askWebhook(blankForm(webhookForm))),
    post(
      '/monitoring/paging/webhook',
      { access: 'paging.manage', form: webhookForm },
      async ({ actor, form: sent, read }) => {
        if (!sent.ok) return askWebhook(sent.view, 400)
        const why = whyNotOutside(sent.values.address, allowed)
        if (why) return askWebhook(withErrors(sent.view, { address: `Address ${why}` }), 400)
        const { id, secret } = await service.add(actor, {
          name: sent.values.name,
          reason: sent.values.reason,
          settings: { kind: 'webhook', address: sent.values.address },
        })
        // Shown once, on the answer itself: a redirect would have to keep it somewhere.
        return one(actor, id, read, secret === null ? {} : { secret })
      },
    ),
    get('/monitoring/paging/sms', { access: 'paging.manage' }, async () =>
      askSms(blankForm(smsForm, { shape: 'form', tokenPlace: 'bearer', numberStyle: 'plus' })),
    ),
    post('/monitoring/paging/sms', { access: 'paging.manage', form: smsForm }, async ({ actor, form: sent }) => {
      if (!sent.ok) return askSms(sent.view, 400)
      const { values } = sent
      const why = whyNotOutside(values.address, allowed)
      const fixed = fixedFields(values.fixed)
      const named = values.tokenPlace === 'header' || values.tokenPlace === 'field'
      const badName = values.tokenPlace === 'header' && !/^[A-Za-z0-9-]+$/.test(values.tokenName ?? '')
      const problems = {
        ...(why ? { address: `Address ${why}` } : {}),
        ...(named && values.tokenName === null ? { tokenName: 'Enter the name of the header or field' } : {}),
        ...(badName && values.tokenName !== null
          ? { tokenName: 'The name of a header has letters, digits and hyphens' }
          : {}),
        ...(/[^\x20-\x7e]/.test(values.token) ? { token: 'A token has letters, digits and signs of a keyboard' } : {}),
        ...('problem' in fixed ? { fixed: fixed.problem } : {}),
      }
      if (Object.keys(problems).length > 0 || 'problem' in fixed) return askSms(withErrors(sent.view, problems), 400)
      const { id } = await service.add(actor, {
        name: values.name,
        reason: values.reason,
        settings: {
          kind: 'sms',
          address: values.address,
          shape: values.shape,
          token: values.token,
          tokenPlace: values.tokenPlace,
          tokenName: values.tokenName ?? '',
          numberField: values.numberField,
          numberStyle: values.numberStyle,
          textField: values.textField,
          fixed: fixed.fields,
          success: values.success ?? '',
        },
      })
      return redirect(`/monitoring/paging/${id}`, 'Added. Pages go by it once a number was confirmed through it.')
    }),
    get('/monitoring/paging/number', { access: 'paging.number' }, ({ actor, read }) => number(actor, read)),
    post(
      '/monitoring/paging/number',
      { access: 'paging.number', form: numberForm },
      async ({ actor, form: sent, read }) => {
        if (!sent.ok) return number(actor, read, { number: sent.view })
        if (normalNumber(sent.values.number) === null)
          return number(actor, read, {
            number: withErrors(sent.view, {
              number: 'Your mobile number must be one like 07700 900123 or +44 7700 900123',
            }),
          })
        await service.setNumber(actor, sent.values.number)
        return redirect('/monitoring/paging/number', 'A code is on its way. Type it in when it arrives.')
      },
    ),
    post(
      '/monitoring/paging/number/prove',
      { access: 'paging.number', form: codeForm },
      async ({ actor, form: sent, read }) => {
        if (!sent.ok) return number(actor, read, { code: sent.view })
        if (!(await service.proveNumber(actor, digits(sent.values.code))))
          return number(actor, read, { code: withErrors(sent.view, { code: wrongCode }) })
        return redirect('/monitoring/paging', 'Your number is confirmed. Pages to you go there too.')
      },
    ),
    post('/monitoring/paging/number/remove', { access: 'paging.number', form: nothing }, async ({ actor }) => {
      await service.removeNumber(actor)
      return redirect('/monitoring/paging', 'Your number is erased.')
    }),
    get('/monitoring/paging/:id', { access: 'paging.view' }, ({ actor, params, read }) =>
      one(actor, params.id ?? '', read),
    ),
    post('/monitoring/paging/:id/test', { access: 'paging.manage', form: nothing }, async ({ actor, params }) => {
      await service.test(actor, params.id ?? '')
      return redirect(`/monitoring/paging/${params.id}`, 'A test is on its way. Type in the code that arrives with it.')
    }),
    post(
      '/monitoring/paging/:id/prove',
      { access: 'paging.manage', form: codeForm },
      async ({ actor, params, form: sent, read }) => {
        const id = params.id ?? ''
        if (!sent.ok) return one(actor, id, read, { code: sent.view })
        if (!(await service.prove(actor, id, digits(sent.values.code))))
          return one(actor, id, read, { code: withErrors(sent.view, { code: wrongCode }) })
        return redirect(`/monitoring/paging/${id}`, 'It arrived. Pages go by it from now on.')
      },
    ),
    post(
      '/monitoring/paging/:id/end',
      { access: 'paging.manage', form: endForm },
      async ({ actor, params, form: sent, read }) => {
        const id = params.id ?? ''
        if (!sent.ok) return one(actor, id, read, { end: sent.view })
        await service.end(actor, id, sent.values.reason)
        return redirect('/monitoring/paging', 'Nothing goes by it any more. Its address and token are erased.')
      },
    ),
  ]
}

const digits = (typed: string): string => typed.replace(/\D/g, '')

function options<V extends string>(values: readonly V[], names: Readonly<Record<V, string>>) {
  return values.map(value => ({ value, text: names[value] }))
}

function channelRow(channel: Channel) {
  const standing = channel.endedAt
    ? { text: 'Ended', kind: 'quiet' }
    : channel.failingSince
      ? { text: 'Does not work', kind: 'bad' }
      : channel.provenAt
        ? { text: 'In use', kind: 'good' }
        : { text: 'Not in use: not proved', kind: 'soon' }
  return {
    href: `/monitoring/paging/${channel.id}`,
    name: channel.name,
    kind: channel.kind === 'sms' ? 'SMS gateway' : 'Webhook',
    standing,
    failingSince: channel.failingSince,
  }
}

const stateTags: Readonly<Record<PagingMessage['state'], { text: string; kind: string }>> = {
  waiting: { text: 'On its way', kind: 'soon' },
  sent: { text: 'Taken', kind: 'good' },
  'given-up': { text: 'Given up', kind: 'bad' },
  'not-needed': { text: 'No longer needed', kind: 'quiet' },
}
type SentTo = (message: { readonly kind: string; readonly personId: string | null }) => string
/**
 * To whom something went, as far as its reader may know. A page to the chair alone would say that it is about the head, and
 * one to the head that it is about staff, so of pages everybody sees only their own; a test says nothing of anybody.
 */
const sentTo =
  (reader: string, nameOf: (id: string | null) => string): SentTo =>
  ({ kind, personId }) =>
    personId === reader ? 'you' : kind === 'test' || personId === null ? nameOf(personId) : 'somebody else'

function messageRow(message: PagingMessage, channel: string, to: SentTo) {
  return {
    at: message.madeAt,
    what: message.kind === 'test' ? 'Test' : `Page, step ${message.rung + 1}`,
    by: channel,
    to: to(message),
    state: stateTags[message.state],
    attempts: message.attempts.map(({ number, beganAt, ok, outcome }) => ({
      number,
      at: beganAt,
      says: outcome ?? (ok === null ? 'begun; its end is not known' : ''),
    })),
    next: message.state === 'waiting' && message.attempts.length > 0 ? message.nextAt : null,
  }
}
function mailRow(message: Message, mailConfigured: boolean, to: SentTo) {
  const state = message.sentAt
    ? { text: 'Taken', kind: 'good' }
    : message.failure
      ? { text: 'Failed', kind: 'bad' }
      : mailConfigured
        ? { text: 'On its way', kind: 'soon' }
        : { text: 'No mail server', kind: 'quiet' }
  return {
    at: message.madeAt,
    what: 'Page',
    by: 'Mail',
    to: to(message),
    state,
    attempts:
      message.failure === null
        ? message.sentAt
          ? [{ number: 1, at: message.sentAt, says: 'the mail server took it' }]
          : []
        : [{ number: 1, at: message.madeAt, says: message.failure }],
    next: null,
  }
}
