import { type Actor, personOf } from '../platform/actor.ts'
import { type Change, changed } from '../platform/change.ts'
import type { MessageWrites } from '../platform/messages.ts'

export type MessageService = ReturnType<typeof createMessageService>
export const createMessageService = (change: Change<{ messages: MessageWrites }>) => ({
  /** One's own messages that lead to `link`. */
  read: (actor: Actor, link: string): Promise<void> =>
    change({ ...actor }, async ({ messages }) => {
      const { personId } = personOf(actor)
      await messages.markRead(personId, link)
      return changed(undefined, { type: 'message.read', subject: `person:${personId}` })
    }),
  readAll: (actor: Actor): Promise<void> =>
    change(actor, async ({ messages }) => {
      const { personId } = personOf(actor)
      const count = await messages.markAllRead(personId)
      return changed(undefined, { type: 'message.read', subject: `person:${personId}`, detail: { count } })
    }),
})
