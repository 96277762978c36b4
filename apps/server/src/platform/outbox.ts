import { systemActor } from './actor.ts'
import { type Change, changed, type Read } from './change.ts'
import type { SchoolJob } from './jobs.ts'
import { type Mailer, MailFailure } from './mail.ts'
import type { Message, MessageReads, MessageWrites } from './messages.ts'

/*
 * Sends the outbox. A mail says that something needs the person, and where; its words are the same for everything, so neither
 * its subject nor its body can say anything about a child. Some kinds are loud: they go out by themselves, first, under a subject of
 * their own, and again say only that something waits. The messages are taken first, so that two processes never send the same, and marked
 * when they went out: a process that dies in between sends them once more when its minute is over, and none is lost.
 */

export const mailSubject = 'Something needs you in Gatehouse'

/** A kind of message that must not be taken for any other. */
export interface LoudMail {
  readonly kind: string
  readonly subject: string
  readonly says: string
}

/** @param links addresses in the product, each once. @param says instead of the usual words. */
export const mailText = (links: readonly string[], says?: string): string =>
  [
    ...(says === undefined ? ['Something needs you in Gatehouse.', '', 'Sign in to see what it is:'] : [says]),
    ...links.map(link => `  ${link}`),
    '',
    'This message is sent by the software and says no more on purpose. Do not reply to it.',
    '',
  ].join('\n')

const most = 50
/** Mails under way together: one that waits for a dead server keeps few others waiting. */
const atOnce = 5

export function outboxJob(parts: {
  readonly read: Read<{
    messages: MessageReads
    people: { get(id: string): Promise<{ readonly email: string | null }> }
  }>
  readonly change: Change<{ messages: MessageWrites }>
  /** null while no server is configured: messages then stand in the product alone, and none is tried. */
  readonly mailer: Mailer | null
  readonly baseUrl: string
  readonly loud: readonly LoudMail[]
}): SchoolJob {
  const { read, change, mailer, baseUrl, loud } = parts
  const isLoud = (kind: string): boolean => loud.some(each => each.kind === kind)
  return {
    name: 'platform.outbox',
    // A page goes out within ten seconds, the queue's own second and the mail server's time included.
    everySeconds: 4,
    urgent: true,
    async run(schoolId) {
      if (!mailer) return
      const { waiting, addresses } = await read(schoolId, async ({ messages, people }) => {
        const due = await messages.unsent(most)
        const found = await Promise.all(
          [...new Set(due.map(({ personId }) => personId))].map(
            async id => [id, (await people.get(id)).email] as const,
          ),
        )
        return { waiting: due, addresses: new Map(found) }
      })
      if (waiting.length === 0) return
      const parcels = [...addresses]
        .flatMap(([personId, email]) => {
          const own = waiting.filter(message => message.personId === personId)
          return [
            ...loud.map(({ kind: which, ...said }) => ({
              email,
              of: own.filter(({ kind }) => kind === which),
              ...said,
            })),
            { email, of: own.filter(({ kind }) => !isLoud(kind)), subject: mailSubject, says: undefined },
          ]
        })
        .filter(({ of }) => of.length > 0)
        .sort((one, other) => Number(other.says !== undefined) - Number(one.says !== undefined))
      for (let from = 0; from < parcels.length; from += atOnce) {
        const some = parcels.slice(from, from + atOnce)
        const taken = await change(systemActor(schoolId, 'worker'), async ({ messages }) => {
          const ids = new Set(await messages.take(some.flatMap(({ of }) => of.map(({ id }) => id))))
          return changed(ids, { type: 'mail.trying', detail: { messages: ids.size } })
        })
        const results = await Promise.all(
          some.map(({ of, ...parcel }) => sendParcel({ ...parcel, of: of.filter(({ id }) => taken.has(id)) })),
        )
        const sent = results.flatMap(result => result.sent)
        const failed = results.flatMap(result => result.failed)
        if (sent.length + failed.length === 0) continue
        await change(systemActor(schoolId, 'worker'), async ({ messages }) => {
          for (const id of sent) await messages.markSent(id)
          for (const { id, why, forGood } of failed) await messages.markFailed(id, why, forGood)
          return changed(undefined, {
            type: failed.length === 0 ? 'mail.sent' : 'mail.failed',
            detail: { sent: sent.length, failed: failed.length },
          })
        })
      }
    },
  }

  /** One mail to one person; `of` are the messages that it stands for. */
  async function sendParcel(parcel: {
    readonly email: string | null
    readonly of: readonly Message[]
    readonly subject: string
    readonly says: string | undefined
  }): Promise<{ sent: string[]; failed: { id: string; why: string; forGood: boolean }[] }> {
    const ids = parcel.of.map(({ id }) => id)
    const fails = (why: string, forGood: boolean) => ({ sent: [], failed: ids.map(id => ({ id, why, forGood })) })
    if (ids.length === 0 || !mailer) return { sent: [], failed: [] }
    if (!parcel.email) return fails('this person has no email address here', true)
    try {
      await mailer.send({
        to: parcel.email,
        subject: parcel.subject,
        text: mailText([...new Set(parcel.of.map(({ link }) => baseUrl + link))], parcel.says),
      })
      return { sent: ids, failed: [] }
    } catch (error) {
      return fails(error instanceof MailFailure ? error.message : 'the mail server failed', false)
    }
  }
}
