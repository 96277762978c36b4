import { systemActor } from './actor.ts'
import { type Change, changed, type Read } from './change.ts'
import type { SchoolJob } from './jobs.ts'
import { type Mailer, MailFailure } from './mail.ts'
import type { MessageReads, MessageWrites } from './messages.ts'

/*
 * Sends the outbox. A mail says that something needs the person, and where; its words are the same for everything, so neither
 * its subject nor its body can say anything about a child. The mail goes out before it is written down that it did: a process that dies
 * in between sends it once more, and none is lost.
 */

export const mailSubject = 'Something needs you in Gatehouse'

/** @param links addresses in the product, each once. */
export const mailText = (links: readonly string[]): string =>
  [
    'Something needs you in Gatehouse.',
    '',
    'Sign in to see what it is:',
    ...links.map(link => `  ${link}`),
    '',
    'This message is sent by the software and says no more on purpose. Do not reply to it.',
    '',
  ].join('\n')

const most = 50

export function outboxJob(parts: {
  readonly read: Read<{
    messages: MessageReads
    people: { get(id: string): Promise<{ readonly email: string | null }> }
  }>
  readonly change: Change<{ messages: MessageWrites }>
  /** null while no server is configured: messages then stand in the product alone, and none is tried. */
  readonly mailer: Mailer | null
  readonly baseUrl: string
}): SchoolJob {
  const { read, change, mailer, baseUrl } = parts
  return {
    name: 'platform.outbox',
    everySeconds: 10,
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
      const sent: string[] = []
      const failed: { id: string; why: string; forGood: boolean }[] = []
      for (const [personId, email] of addresses) {
        const own = waiting.filter(message => message.personId === personId)
        if (!email) {
          failed.push(...own.map(({ id }) => ({ id, why: 'this person has no email address here', forGood: true })))
          continue
        }
        try {
          await mailer.send({
            to: email,
            subject: mailSubject,
            text: mailText([...new Set(own.map(({ link }) => baseUrl + link))]),
          })
          sent.push(...own.map(({ id }) => id))
        } catch (error) {
          const why = error instanceof MailFailure ? error.message : 'the mail server failed'
          failed.push(...own.map(({ id }) => ({ id, why, forGood: false })))
        }
      }
      await change(systemActor(schoolId, 'worker'), async ({ messages }) => {
        for (const id of sent) await messages.markSent(id)
        for (const { id, why, forGood } of failed) await messages.markFailed(id, why, forGood)
        return changed(undefined, {
          type: failed.length === 0 ? 'mail.sent' : 'mail.failed',
          detail: { sent: sent.length, failed: failed.length },
        })
      })
    },
  }
}
