import { type Actor, mustBeAllowed, personOf } from '../platform/actor.ts'
import { type Change, changed } from '../platform/change.ts'
import { Refusal } from '../platform/refusal.ts'
import { helpLines } from './data/help-lines.ts'
import { lineDigest } from './help.ts'
import type { HelpWrites } from './help-store.ts'
import { guidanceDigest } from './report-guidance.ts'

export type HelpService = ReturnType<typeof createHelpService>
export function createHelpService(change: Change<{ help: HelpWrites }>) {
  return {
    /**
     * A person compared lines with the organisations' own pages. What is not said about a line stays as it was.
     * @param digest of the line as it was shown: a line that changed meanwhile is not checked.
     */
    check: (
      actor: Actor,
      found: readonly { readonly lineId: string; readonly digest: string; readonly right: boolean }[],
    ): Promise<number> =>
      change(actor, async ({ help }) => {
        mustBeAllowed(actor, 'help.check')
        const person = personOf(actor)
        if (found.length === 0) throw new Refusal('invalid', 'Say of at least one line whether it is right.')
        for (const { lineId, digest, right } of found) {
          const line = helpLines().find(({ id }) => id === lineId)
          if (!line || lineDigest(line) !== digest)
            throw new Refusal('conflict', 'The lines changed since you opened this page. Open it again.')
          await help.addCheck(lineId, digest, right, person.personId)
        }
        return changed(found.length, {
          type: 'help.checked',
          detail: {
            right: found.filter(each => each.right).map(({ lineId }) => lineId),
            wrong: found.filter(each => !each.right).map(({ lineId }) => lineId),
          },
        })
      }),
    publishGuidance: (actor: Actor): Promise<void> =>
      change(actor, async ({ help }) => {
        mustBeAllowed(actor, 'guidance.publish')
        await help.publish(guidanceDigest(), personOf(actor).personId)
        return changed(undefined, { type: 'guidance.published', detail: { digest: guidanceDigest() } })
      }),
    /** @throws {Refusal} `conflict` when the text is not the published one, or was confirmed already. */
    readGuidance: (actor: Actor, digest: string): Promise<void> =>
      change(actor, async ({ help }) => {
        mustBeAllowed(actor, 'guidance.read')
        const person = personOf(actor)
        const published = await help.guidance()
        if (published?.digest !== digest)
          throw new Refusal(
            'conflict',
            'The guidance changed since you opened it, or is not published. Open it again and read it.',
          )
        if (!(await help.addReceipt(digest, person.personId)))
          throw new Refusal('conflict', 'You confirmed this text before. There is nothing more to do.')
        return changed(undefined, {
          type: 'guidance.confirmed',
          subject: `person:${person.personId}`,
          detail: { digest },
        })
      }),
  }
}
