import { personOf } from '../platform/actor.ts'
import { form } from '../platform/form.ts'
import { isId } from '../platform/identifiers.ts'
import type { DeadlineReads } from './deadline-store.ts'
import { type Role, roleNames, roles } from '../permissions.ts'
import type { Message, MessageReads } from '../platform/messages.ts'
import { get, type Page, post, redirect, view } from '../platform/page.ts'
import { Refusal } from '../platform/refusal.ts'
import type { MessageService } from './message-service.ts'

interface PageReads {
  readonly messages: MessageReads
  readonly deadlines: Pick<DeadlineReads, 'titles'>
}

/** What a message is about, in words that would do for any school: no names, nothing about a child. */
const words: Readonly<Record<string, string>> = {
  'deadline.reminder': 'A deadline comes closer',
  'deadline.missed': 'A deadline has passed',
  'deadline.escalated': 'A deadline has passed, and it has come up to you',
  'duty.vacant': 'A post is vacant, and nobody answers for it',
  'duty.uncovered': 'Somebody is away, and nobody stands in',
  'duty.unowned': 'Somebody tried to end an appointment that would have left things unowned',
  'duty.deputed': 'You are standing in for somebody',
  'duty.handed-over': 'Something was handed over to you',
  'duty.appointed': 'You were named for a post',
  'duty.deputy-named': 'You were named as a deputy',
  'duty.changed': 'The register of posts has changed',
  'review.sign': 'A record waits for your signature',
}
/** Titles of deadlines hold nothing personal, so the product may say which one; the mail never does. */
export function messageWords(
  { kind, link }: Pick<Message, 'kind' | 'link'>,
  titles: ReadonlyMap<string, string>,
): string {
  const said = words[kind] ?? 'Something needs you'
  const role = /^\/duties\/([a-z-]+)$/.exec(link)?.[1]
  const about = kind.startsWith('deadline.') ? titles.get(link) : roles.find(each => each === role)
  return about === undefined ? said : `${said}: ${about === role ? roleNames[role as Role] : about}`
}

const shown = 100

export const messagePages = (service: MessageService): Page<PageReads>[] => [
  get('/messages', { access: 'messages.own' }, async ({ actor, read }) => {
    const { personId } = personOf(actor)
    const { list, unread, titles } = await read(async ({ messages, deadlines }) => {
      const found = await messages.of(personId, shown)
      return {
        list: found,
        unread: await messages.countUnread(personId),
        titles: await deadlines.titles(found.map(({ link }) => link)),
      }
    })
    return view('duties/messages', {
      title: 'Messages',
      unread,
      shown,
      messages: list.map(message => ({ ...message, words: messageWords(message, titles) })),
    })
  }),
  /** Opening a message marks it, and every other that leads to the same place, as read. */
  get('/messages/:id', { access: 'messages.own' }, async ({ actor, params, read }) => {
    const { personId } = personOf(actor)
    const id = params['id'] ?? ''
    const message = isId(id) ? await read(({ messages }) => messages.get(id)) : null
    if (!message || message.personId !== personId) throw new Refusal('not-found', 'There is no such message for you.')
    if (message.readAt === null) await service.read(actor, message.link)
    return redirect(message.link)
  }),
  post('/messages/read', { access: 'messages.own', form: form({}) }, async ({ actor }) => {
    await service.readAll(actor)
    return redirect('/messages', 'All messages are marked as read.')
  }),
]
