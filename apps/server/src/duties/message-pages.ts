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
  'briefing.given': 'There is a briefing to read and answer',
  'briefing.chased': 'A briefing still waits for your answers',
  'review.sign': 'A record waits for your signature',
  'report.received': 'A report came in',
  'report.clicked': 'A report came in: somebody followed a link in a bad message',
  'report.drill-failed': 'A practice report did not reach the right person',
  'thread.answered': 'Somebody who reported wrote back',
  'thread.guessing': 'Somebody is trying to guess the three words of a report',
  'junk.digest': 'Junk mail was reported today',
  'junk.campaign': 'Many reported the same junk mail',
  'incident.serious': 'A serious incident is open: say that you know',
  'case.opened': 'A case was opened, and it is yours',
  'case.given': 'A case was given to you',
  'case.task': 'A task was given to you',
  'case.parents': 'Whether parents can be told',
  'case.close': 'Whether a case is closed',
  'case.lower': 'Whether a case is less serious',
  'breach.clock': 'Personal data may be lost, and the 72 hours run',
  'device.silent': 'A device has fallen silent, and nobody knows how it does',
  'device.unknown-user': 'A device is used by somebody whom nobody here knows',
  'device.check-failed': 'A device’s detector does not find what it must find',
  'search.recorded': 'A search of a device was recorded',
  'sanction.decided': 'A decision was made about you',
  'sanction.appeal': 'Somebody asks for a decision to be looked at again',
  'lesson.given': 'An improvement was given to you',
  'site.asked-for': 'Somebody asks for a site to be opened',
  'site.should-be-closed': 'Somebody says that a site is open and should not be',
  'contest.answered': 'There is an answer about a site that you asked for',
  'pass.waiting': 'A pass for a lesson waits for your decision',
  'pass.decided': 'Whether your pass is open',
  'pass.ended': 'Your pass ended before its time',
  'pass.opened-alone': 'A teacher opened a site alone, for a lesson',
  'pass.limits-set': 'What teachers may open alone was changed',
  'pass.illegal-asked': 'Somebody asked to open what is listed as illegal content',
  'pass.still-open': 'A site was seen open after its pass had ended',
  'lesson-sites.changed': 'A site of your lesson has changed: look at it again',
  'filter-change.waiting': 'A change of the filter waits for your decision',
  'filter-matrix.failed': 'The filter does not do what the technology table says',
  'filter-lists.waiting': 'New lists of sites wait for two people',
  'filter-test.failed': 'A change of the filter was not proved by its test',
  'filter-change.emergency': 'A site was blocked at once, and waits for your decision',
  policy: 'A policy waits for you',
  pack: 'A pack for governors',
  'look.asked': 'Somebody asks to look at one person’s log',
  'look.urgent': 'Somebody looks at a child’s log at once, and asks for leave',
  'look.decided': 'Whether you may look at one person’s log',
  'look.refused': 'Somebody tried to look at a person without leave, and was refused',
  'watchers.report': 'The half-termly report on those who look at others',
  'monitoring.scope': 'Whether a group may be monitored waits for you',
  'flag.page': 'A flag of the highest severity waits: open it now',
  'report.page': 'A report that may not wait has come: open it now',
  'flag.bulk': 'Flags were decided faster than anybody can look at them',
  'paging.failing': 'A way of paging people does not work',
  'account.password-reset': 'Your password was replaced',
}
/** Titles of deadlines hold nothing personal, so the product may say which one; the mail never does. */
export function messageWords(
  { kind, link }: Pick<Message, 'kind' | 'link'>,
  titles: ReadonlyMap<string, string>,
): string {
  const said = words[kind] ?? 'Something needs you'
  const role = /^\/duties\/([a-z-]+)$/.exec(link)?.[1]
  const about = kind.startsWith('deadline.') ? titles.get(link) : roles.find(each => each === role)
  // The sign under which the case or report stands on its own page; it tells nobody anything else.
  const sign = /^\/(case|report)s\/[0-9a-f-]{30}([0-9a-f]{6})(?:\/|$)/.exec(link)
  return [
    about === undefined ? said : `${said}: ${about === role ? roleNames[role as Role] : about}`,
    ...(sign ? [`${sign[1]} ${sign[2]?.toUpperCase()}`] : []),
  ].join(', ')
}

const shown = 100
const readShown = 20

/** Messages that lead to one place are one line: the newest, and how many there were. Newest first, as they come. */
export function inPlaces<M extends Pick<Message, 'link' | 'readAt'>>(
  messages: readonly M[],
): { newest: M; count: number; isUnread: boolean }[] {
  const places = new Map<string, { newest: M; count: number; isUnread: boolean }>()
  for (const message of messages) {
    const known = places.get(message.link)
    places.set(message.link, {
      newest: known?.newest ?? message,
      count: (known?.count ?? 0) + 1,
      isUnread: (known?.isUnread ?? false) || message.readAt === null,
    })
  }
  return [...places.values()]
}

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
    const places = inPlaces(list).map(({ newest, count, isUnread }) => ({
      ...newest,
      words: messageWords(newest, titles),
      count,
      isUnread,
    }))
    const seen = places.filter(({ isUnread }) => !isUnread)
    return view('duties/messages', {
      title: 'Messages',
      unread,
      sections: [
        { heading: 'New', messages: places.filter(({ isUnread }) => isUnread) },
        { heading: 'Read before', messages: seen.slice(0, readShown) },
      ].filter(({ messages }) => messages.length > 0),
      older: list.length === shown || seen.length > readShown,
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
