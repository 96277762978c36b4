import { timingSafeEqual } from 'node:crypto'
import type { PeopleReads } from '../people/people-store.ts'
import { grants, type Role } from '../permissions.ts'
import { type Actor, mustBeAllowed, personOf, systemActor } from '../platform/actor.ts'
import { type Change, changed, type LedgerEvent, type Read } from '../platform/change.ts'
import type { Keys } from '../platform/keys.ts'
import type { MessageWrites } from '../platform/messages.ts'
import { OutsideFailure, type OutsidePost, whyNotOutside } from '../platform/outside-post.ts'
import { Refusal } from '../platform/refusal.ts'
import {
  type ChannelSettings,
  normalNumber,
  outcomeOf,
  type Paging,
  smsRequest,
  webhookRequest,
} from './paging-channel.ts'
import type { PagingReads, PagingWrites, Taken } from './paging-store.ts'

/*
 * The school's ways of paging people besides mail: added with a reason, proved by a code that somebody typed in where it
 * arrived, ended with a reason; and the sending itself. What goes out is written down before and after.
 */

interface Writes {
  readonly paging: PagingWrites
  readonly people: Pick<PeopleReads, 'whoActsAs' | 'rolesOf'>
  readonly messages: MessageWrites
}

/** Tests of one channel or one number in an hour: enough to mend something, too few to pester anybody. */
const testsAnHour = 10
/** Wrong codes after which a test proves nothing any more: one in a hundred thousand guesses it. */
const mostWrongCodes = 10
/** How many go out at once, for one school. */
const mostAtOnce = 20
/** Who looks after the channels, first to last. */
const keepers: readonly Role[] = ['network-manager', 'senior-leader', 'headteacher']

export type PagingService = ReturnType<typeof createPagingService>
export function createPagingService(parts: {
  readonly change: Change<Writes>
  readonly read: Read<{ readonly paging: PagingReads; readonly people: Pick<PeopleReads, 'rolesOf'> }>
  readonly post: OutsidePost
  readonly keys: Pick<Keys, 'secret'>
  readonly baseUrl: string
  /** `host:port` pairs that the operator opened, though they are private or without TLS. */
  readonly allowed: readonly string[]
  readonly clock: () => Date
}) {
  const { change, read, post, keys, baseUrl, allowed, clock } = parts
  /** Derived, so that nothing stores it; shown once, when the channel is added. */
  const secretOf = (schoolId: string, channelId: string): string =>
    keys.secret(`paging webhook ${schoolId} ${channelId}`).toString('base64url')
  /** Six digits that only this very message carries. */
  const codeOf = (schoolId: string, messageId: string): string =>
    String(keys.secret(`paging code ${schoolId} ${messageId}`).readUInt32BE(0) % 1_000_000).padStart(6, '0')
  const isCode = (schoolId: string, messageId: string, typed: string): boolean => {
    const [one, other] = [Buffer.from(codeOf(schoolId, messageId)), Buffer.from(typed)]
    return one.length === other.length && timingSafeEqual(one, other)
  }
  /** The test that this code proves, or undefined: then it counts as wrong of each that it might have meant. */
  const provenBy = async <T extends { readonly id: string; readonly wrongCodes: number }>(
    paging: PagingWrites,
    schoolId: string,
    tests: readonly T[],
    code: string,
  ): Promise<T | undefined> => {
    const open = tests.filter(({ wrongCodes }) => wrongCodes < mostWrongCodes)
    const proven = open.find(({ id }) => isCode(schoolId, id, code))
    if (!proven) await paging.wrongCode(open.map(({ id }) => id))
    return proven
  }

  const add = (
    actor: Actor,
    channel: { name: string; reason: string; settings: ChannelSettings },
  ): Promise<{ id: string; secret: string | null }> =>
    change(actor, async ({ paging }) => {
      mustBeAllowed(actor, 'paging.manage')
      const { personId, schoolId } = personOf(actor)
      const why = whyNotOutside(channel.settings.address, allowed)
      if (why) throw new Refusal('invalid', `The address ${why}.`)
      if ((await paging.channels()).length >= 10)
        throw new Refusal('conflict', 'There are ten ways of paging already. End one that nobody needs.')
      const { host } = new URL(channel.settings.address)
      const id = await paging.addChannel({ ...channel, host, by: personId })
      const { kind } = channel.settings
      return changed(
        { id, secret: kind === 'webhook' ? secretOf(schoolId, id) : null },
        {
          type: 'paging.channel-added',
          subject: `paging-channel:${id}`,
          detail: { kind, host, reason: channel.reason },
        },
      )
    })

  /** Where a message leads: the flag or the report, or where the code is typed in. */
  const linkOf = ({ about, channelId, settings }: Taken): string =>
    about !== null
      ? `${baseUrl}/${about.kind}s/${about.id}`
      : settings.kind === 'sms'
        ? `${baseUrl}/monitoring/paging/number`
        : `${baseUrl}/monitoring/paging/${channelId}`

  const sendOne = async (schoolId: string, taken: Taken): Promise<{ ok: boolean; outcome: string }> => {
    const paging: Paging = {
      id: taken.id,
      kind: taken.kind,
      about: taken.about?.kind ?? null,
      severity: taken.severity,
      link: linkOf(taken),
      rung: taken.rung,
      code: taken.kind === 'test' ? codeOf(schoolId, taken.id) : null,
    }
    const { settings } = taken
    if (settings.kind === 'sms' && taken.number === null)
      return { ok: false, outcome: 'this person has taken their number back' }
    const { address, ...message } =
      settings.kind === 'webhook'
        ? webhookRequest(settings, paging, secretOf(schoolId, taken.channelId), clock())
        : smsRequest(settings, paging, taken.number ?? '')
    try {
      return outcomeOf(await post(address, message), settings)
    } catch (error) {
      if (error instanceof OutsideFailure) return { ok: false, outcome: error.message }
      return { ok: false, outcome: 'it could not be sent' }
    }
  }

  /** Tells whoever looks after the channels; once for each time that one begins to fail. */
  const raise = async ({ people, messages }: Writes, channelId: string): Promise<void> => {
    for (const role of keepers) {
      const acting = await people.whoActsAs(role)
      if (!acting) continue
      await messages.tell([acting.personId], 'paging.failing', `/monitoring/paging/${channelId}`)
      return
    }
  }

  return {
    add,
    end: (actor: Actor, id: string, reason: string): Promise<void> =>
      change(actor, async ({ paging }) => {
        mustBeAllowed(actor, 'paging.manage')
        const channel = await paging.channel(id)
        if (channel.endedAt) throw new Refusal('conflict', 'This way of paging was ended already.')
        await paging.endChannel(channel, personOf(actor).personId, reason)
        return changed(undefined, {
          type: 'paging.channel-ended',
          subject: `paging-channel:${id}`,
          detail: { kind: channel.kind, host: channel.host, reason },
        })
      }),
    /** Sends a test with a code. Of an SMS gateway the test is a person's own number: see `setNumber`. */
    test: (actor: Actor, id: string): Promise<void> =>
      change(actor, async ({ paging }) => {
        mustBeAllowed(actor, 'paging.manage')
        const channel = await paging.channel(id)
        if (channel.endedAt) throw new Refusal('conflict', 'This way of paging was ended.')
        if (channel.kind !== 'webhook')
          throw new Refusal('invalid', 'An SMS gateway is tested by a person who gives their own number.')
        if ((await paging.testsThisHour({ channelId: id })).length >= testsAnHour)
          throw new Refusal('conflict', 'Ten tests were sent within an hour. Wait a while.')
        await paging.addTest(id, null)
        return changed(undefined, {
          type: 'paging.test-sent',
          subject: `paging-channel:${id}`,
          detail: { kind: 'webhook' },
        })
      }),
    /** @returns false where it is not the code of a test of the last hour. */
    prove: (actor: Actor, id: string, code: string): Promise<boolean> =>
      change(actor, async ({ paging }) => {
        mustBeAllowed(actor, 'paging.manage')
        const { personId, schoolId } = personOf(actor)
        const channel = await paging.channel(id)
        if (channel.endedAt) throw new Refusal('conflict', 'This way of paging was ended.')
        const subject = `paging-channel:${id}`
        if (!(await provenBy(paging, schoolId, await paging.testsThisHour({ channelId: id }), code)))
          return changed(false, { type: 'paging.code-wrong', subject })
        await paging.prove(id, personId)
        return changed(true, { type: 'paging.channel-proven', subject, detail: { kind: channel.kind, by: 'code' } })
      }),

    /** A person's own number: a code goes to it by every SMS gateway, and it is paged once the code was typed in. */
    setNumber: (actor: Actor, typed: string): Promise<void> =>
      change(actor, async ({ paging }) => {
        mustBeAllowed(actor, 'paging.number')
        const { personId } = personOf(actor)
        const number = normalNumber(typed)
        if (number === null) throw new Refusal('invalid', 'A number is written like 07700 900123 or +44 7700 900123.')
        const gateways = (await paging.channels()).filter(({ kind }) => kind === 'sms')
        if (gateways.length === 0) throw new Refusal('conflict', 'The school has no SMS gateway.')
        if ((await paging.testsThisHour({ personId })).length >= testsAnHour)
          throw new Refusal('conflict', 'Ten codes were sent within an hour. Wait a while.')
        await paging.setNumber(personId, number)
        for (const { id } of gateways) await paging.addTest(id, personId)
        return changed(undefined, { type: 'paging.number-set', subject: `person:${personId}` })
      }),
    /** @returns false where it is not the code that was sent to this number. */
    proveNumber: (actor: Actor, code: string): Promise<boolean> =>
      change(actor, async ({ paging }) => {
        mustBeAllowed(actor, 'paging.number')
        const { personId, schoolId } = personOf(actor)
        const number = await paging.numberOf(personId)
        if (!number) throw new Refusal('conflict', 'Give your number first.')
        // A code that went to an earlier number says nothing of this one.
        const tests = (await paging.testsThisHour({ personId })).filter(({ madeAt }) => madeAt >= number.setAt)
        const subject = `person:${personId}`
        const arrived = await provenBy(paging, schoolId, tests, code)
        if (!arrived) return changed(false, { type: 'paging.code-wrong', subject })
        await paging.confirmNumber(personId)
        const channel = await paging.channel(arrived.channelId)
        const events: LedgerEvent[] = []
        if (channel.provenAt === null && channel.endedAt === null) {
          await paging.prove(channel.id, personId)
          events.push({
            type: 'paging.channel-proven',
            subject: `paging-channel:${channel.id}`,
            detail: { kind: channel.kind, by: 'code' },
          })
        }
        return changed(true, { type: 'paging.number-confirmed', subject }, ...events)
      }),
    removeNumber: (actor: Actor): Promise<void> =>
      change(actor, async ({ paging }) => {
        mustBeAllowed(actor, 'paging.number')
        const { personId } = personOf(actor)
        if (!(await paging.removeNumber(personId))) throw new Refusal('conflict', 'There is no number of yours here.')
        return changed(undefined, { type: 'paging.number-removed', subject: `person:${personId}` })
      }),

    /** Sends what is due, all at once, so that one slow end keeps nobody waiting. Run every few seconds. */
    deliver: async (schoolId: string): Promise<void> => {
      if ((await read(schoolId, ({ paging }) => paging.countDue())) === 0) return
      const taken = await change(systemActor(schoolId, 'worker'), async ({ paging }) => {
        const found = await paging.take(mostAtOnce)
        return changed(found, { type: 'paging.trying', detail: { messages: found.map(({ id }) => id) } })
      })
      await Promise.all(
        taken.map(async message => {
          const result = await sendOne(schoolId, message)
          await change(systemActor(schoolId, 'worker'), async writes => {
            const turned = await writes.paging.finish(message, result)
            const subject = `paging-channel:${message.channelId}`
            if (turned === 'began-to-fail') await raise(writes, message.channelId)
            return changed(
              undefined,
              {
                type: result.ok ? 'paging.sent' : 'paging.failed',
                subject,
                detail: { message: message.id, kind: message.kind, attempt: message.attempt, outcome: result.outcome },
              },
              ...(turned ? [{ type: `paging.channel-${turned}`, subject }] : []),
            )
          })
        }),
      )
    },
    /** Forgets what was sent more than a year ago, and the numbers of those whom nobody pages any more. Writes nothing where there is none. */
    forget: async (schoolId: string): Promise<{ messages: number; numbers: number }> => {
      const { old, left } = await read(schoolId, async ({ paging, people }) => {
        const withNumbers = await paging.withNumbers()
        const roles = await Promise.all(withNumbers.map(personId => people.rolesOf(personId)))
        return {
          old: await paging.countOld(),
          left: withNumbers.filter((_, index) => !grants(roles[index] ?? [], 'paging.number')),
        }
      })
      if (old + left.length === 0) return { messages: 0, numbers: 0 }
      return change(systemActor(schoolId, 'worker'), async ({ paging }) => {
        for (const personId of left) await paging.removeNumber(personId)
        const gone = { messages: await paging.forget(), numbers: left.length }
        return changed(gone, { type: 'paging.forgotten', detail: gone })
      })
    },
  }
}
