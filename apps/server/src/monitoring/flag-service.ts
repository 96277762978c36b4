import { isCovered } from '@gatehouse/engine/concern/covered'
import type { Concern } from '@gatehouse/engine/concern/types'
import type { JsonObject } from '@gatehouse/ledger/canonical'
import type { DeadlineRule } from '@gatehouse/engine/calendar'
import type { DeadlineWrites } from '../duties/deadline-store.ts'
import { startSchoolDays } from '../duties/start-school-days.ts'
import { startingSeriousness, usualAudience } from '../incidents/case.ts'
import type { CasePartWrites } from '../incidents/case-parts-store.ts'
import type { CaseWrites } from '../incidents/case-store.ts'
import { concernKind } from '../incidents/data/concern-categories.ts'
import type { PeopleReads } from '../people/people-store.ts'
import { allStaff, board, type Role } from '../permissions.ts'
import { type Actor, mustBeAllowed, type PersonActor, personOf, systemActor } from '../platform/actor.ts'
import { type Change, changed, type LedgerEvent, type Read } from '../platform/change.ts'
import { formatDateTime } from '../platform/format.ts'
import type { MessageWrites } from '../platform/messages.ts'
import { Refusal } from '../platform/refusal.ts'
import {
  audienceFor,
  bulkVerdicts,
  concernNames,
  firstPaged,
  type FlagAudience,
  freshMinutes,
  keptDaysIfNone,
  maySeeThread,
  pagingSeverity,
  type Rung,
  type Severity,
  severityNames,
  threadConcern,
  type WhyNot,
  whyNotNames,
} from './flag.ts'
import type { FlagReads, FlagThread, FlagWrites, NewFlag } from './flag-store.ts'
import type { OwnSettings } from './monitoring-settings.ts'
import { type Ladder, laddersAt, type LadderReads, nextStep, pageFrom } from './paging-ladder.ts'
import type { PagingWrites } from './paging-store.ts'
import type { ScopeReads } from './scope-store.ts'

/* Flags from their arrival to a person's verdict: gated by the paperwork, grouped, paged, decided, forgotten. */

export interface FlagServiceWrites {
  readonly flags: FlagWrites
  readonly scopes: ScopeReads
  readonly cases: CaseWrites
  readonly caseParts: CasePartWrites
  readonly people: PeopleReads
  readonly deadlines: DeadlineWrites
  readonly messages: MessageWrites
  readonly paging: Pick<PagingWrites, 'page'>
  readonly school: OwnSettings
}
export type Taken =
  | { readonly outcome: 'stored'; readonly threadId: string }
  /** It came before. */
  | { readonly outcome: 'known' }
  /** No approved assessment covers this person, so nothing was kept. */
  | { readonly outcome: 'no-scope' }
  /** This sender has sent too many; nothing was kept but the fact. */
  | { readonly outcome: 'too-many' }

/** Flags of one sender in a minute that are taken; a device that sends more is broken or not what it says. */
const mostAMinute = 60
export const lookDeadline = 'flag.look'
const lookRule: Readonly<Partial<Record<Severity, DeadlineRule>>> = {
  5: { basis: 'clock-hours', hours: 1 },
  4: { basis: 'clock-hours', hours: 1 },
  3: { basis: 'school-days', days: 1 },
}

/** The kind of case that a real concern begins as; the person who triages it may say otherwise. */
const kindOfCase: Readonly<Record<Concern, string>> = {
  selfharm: 'self-harm-concern',
  eating: 'self-harm-concern',
  bullying: 'cyberbullying',
  hate: 'hate',
  misogyny: 'hate',
  sexual: 'deliberate-access',
  nudes: 'sexual-extortion',
  grooming: 'grooming',
  violence: 'other-concern',
  weapons: 'other-concern',
  drugs: 'other-concern',
  extremism: 'radicalisation',
  gambling: 'gambling',
  crime: 'other-concern',
  circumvention: 'filter-bypass',
  personal: 'data-shared',
  profanity: 'offensive-message',
}
const kindAboutAdult: Readonly<Partial<Record<FlagAudience, string>>> = {
  headteacher: 'staff-conduct',
  chair: 'headteacher-conduct',
}

export type FlagService = ReturnType<typeof createFlagService>
export function createFlagService(parts: {
  change: Change<FlagServiceWrites>
  read: Read<LadderReads & { readonly flags: FlagReads }>
}) {
  const { change, read } = parts

  const ladderOf = ({ people }: LadderReads, thread: FlagThread, steps: readonly Rung[], round: number): Ladder => ({
    about: { kind: 'flag', id: thread.id },
    severity: thread.severity,
    round,
    steps,
    who: async ({ role }) => {
      const acting = await people.whoActsAs(role)
      return acting && acting.personId !== thread.personId ? acting.personId : null
    },
  })
  const pageThread = async (
    writes: FlagServiceWrites,
    thread: FlagThread,
    round: number,
    from: number,
  ): Promise<LedgerEvent[]> => {
    const steps = (await laddersAt(writes, writes.flags.now))(thread.audience)
    return pageFrom(writes, ladderOf(writes, thread, steps, round), from)
  }
  /** Pages about a thread that became grave, or that something as grave was added to after somebody had it. */
  const pageAnew = async (
    writes: FlagServiceWrites,
    thread: FlagThread,
    added: { readonly severity: Severity; readonly was: Severity | null },
  ): Promise<LedgerEvent[]> => {
    if (thread.severity < pagingSeverity) return []
    const pages = await writes.flags.pages(thread.id)
    const round = pages.reduce((last, page) => Math.max(last, page.round), 0)
    if (added.was === null || added.was < pagingSeverity) return pageThread(writes, thread, round + 1, 0)
    if (added.severity < pagingSeverity) return []
    const answered = pages.flatMap(page => (page.round === round && page.acknowledgedAt ? [page.acknowledgedAt] : []))
    // Where nobody has answered, the ladder still climbs.
    const isHad = answered.some(at => writes.flags.now.getTime() - at.getTime() < freshMinutes * 60_000)
    return answered.length === 0 || isHad ? [] : pageThread(writes, thread, round + 1, 0)
  }

  const open = async (
    { flags }: FlagServiceWrites,
    actor: Actor,
    id: string,
  ): Promise<{ person: PersonActor; thread: FlagThread }> => {
    mustBeAllowed(actor, 'flag.view')
    const person = personOf(actor)
    const thread = await flags.lock(id)
    const paged = (await flags.pages(id)).map(({ personId }) => personId)
    if (!maySeeThread(person, thread, paged)) throw new Refusal('not-found', 'There is no such flag at this school.')
    return { person, thread }
  }
  const undecided = ({ thread, person }: { thread: FlagThread; person: PersonActor }): void => {
    mustBeAllowed(person, 'flag.decide')
    if (thread.state === 'real' || thread.state === 'not-a-concern')
      throw new Refusal('conflict', 'Somebody has decided about this already. Open it again to see how.')
  }
  /** After a verdict: the clock, the page and, where too many came at once, a word to who watches the watcher. */
  const settled = async (
    writes: FlagServiceWrites,
    person: PersonActor,
    thread: FlagThread,
  ): Promise<LedgerEvent[]> => {
    await writes.deadlines.meet(lookDeadline, `flag:${thread.id}`)
    await writes.flags.acknowledge(thread.id, person.personId)
    const count = await writes.flags.verdictsSince(person.personId, new Date(writes.flags.now.getTime() - 60_000))
    if (count !== bulkVerdicts) return []
    const watcher = person.roles.includes('headteacher') ? 'chair' : 'headteacher'
    const acting = await writes.people.whoActsAs(watcher)
    if (acting)
      await writes.messages.tell([acting.personId], 'flag.bulk', watcher === 'chair' ? '/flags' : '/flags/week')
    return [
      {
        type: 'flag.bulk-verdicts',
        subject: `person:${person.personId}`,
        detail: { verdicts: count, seconds: 60, told: watcher },
      },
    ]
  }

  return {
    /** Takes a flag in. Only the software calls this, for a sender that it knows. `groups`: the person's filter groups. */
    take: async (
      schoolId: string,
      flag: NewFlag,
      whose: { readonly personId: string | null; readonly groups: readonly string[]; readonly device: string },
    ): Promise<Taken> => {
      const [best] = flag.concerns
      if (!best) throw new Refusal('invalid', 'A flag names at least one concern.')
      return change(systemActor(schoolId, 'monitoring'), async writes => {
        const { flags, scopes, people, deadlines } = writes
        const says = (type: string, detail: JsonObject): LedgerEvent => ({
          type,
          subject: `sender:${flag.sender}`,
          detail,
        })
        const outcome = (result: Taken, event: LedgerEvent, ...more: LedgerEvent[]) => changed(result, event, ...more)
        if ((await flags.known([flag.senderId], flag.sender)).length > 0)
          return outcome({ outcome: 'known' }, says('flag.received-again', { source: flag.source }))
        if (!isCovered(whose.groups, await scopes.coveredGroups()))
          return outcome({ outcome: 'no-scope' }, says('flag.refused', { source: flag.source, why: 'no-scope' }))
        const sent = await flags.sentSince(flag.sender, new Date(flags.now.getTime() - 60_000))
        if (sent >= mostAMinute && flag.severity < pagingSeverity)
          return outcome({ outcome: 'too-many' }, says('flag.refused', { source: flag.source, why: 'too-many' }))
        const roles = whose.personId === null ? [] : await people.rolesOf(whose.personId)
        const { thread, isNew, was } = await flags.add(flag, {
          personId: whose.personId,
          whose: whose.personId ?? `device:${whose.device}`,
          concern: threadConcern(best.name),
          audience: audienceFor(roles, [...allStaff, ...board, 'dpo'] as readonly Role[]),
        })
        const subject = `flag:${thread.id}`
        const events: LedgerEvent[] = []
        const rule = lookRule[thread.severity]
        if (rule && (was === null || !lookRule[was] || was < thread.severity)) {
          await deadlines.withdraw(lookDeadline, subject)
          const clock = {
            kind: lookDeadline,
            subject,
            title: `Look at a flag (${severityNames[thread.severity].toLowerCase()})`,
            link: `/flags/${thread.id}`,
            ownerRole: firstPaged[thread.audience],
            keptFrom: whose.personId === null ? [] : [whose.personId],
          }
          if (rule.basis === 'school-days') await startSchoolDays(deadlines, rule.days, clock)
          else await deadlines.start({ ...clock, rule })
        }
        events.push(...(await pageAnew(writes, thread, { severity: flag.severity, was })))
        return outcome(
          { outcome: 'stored', threadId: thread.id },
          {
            type: 'flag.received',
            subject,
            detail: {
              source: flag.source,
              kind: flag.kind,
              concern: thread.concern,
              severity: thread.severity,
              flags: thread.count,
              days: thread.days,
              detector: flag.detector,
              isNew,
            },
          },
          ...events,
        )
      })
    },

    /** Somebody opens a thread: the first look is its time to first look, and a page to them is answered. */
    see: (actor: Actor, id: string): Promise<void> =>
      change(actor, async writes => {
        const { person, thread } = await open(writes, actor, id)
        if (thread.seenAt === null) await writes.flags.seen(id, person.personId)
        const answered = await writes.flags.acknowledge(id, person.personId)
        const events: LedgerEvent[] = answered ? [{ type: 'flag.page-acknowledged', subject: `flag:${id}` }] : []
        return changed(undefined, { type: 'flag.viewed', subject: `flag:${id}` }, ...events)
      }),

    /** Keep an eye on it: it stays in the queue's second part, and comes back with the next flag. */
    watch: (actor: Actor, id: string): Promise<void> =>
      change(actor, async writes => {
        const found = await open(writes, actor, id)
        undecided(found)
        await writes.flags.watch(id)
        const events = await settled(writes, found.person, found.thread)
        return changed(undefined, { type: 'flag.watched', subject: `flag:${id}` }, ...events)
      }),

    /** It is no concern, and why. Several at once are several verdicts, and are counted as such. */
    notAConcern: (actor: Actor, ids: readonly string[], whyNot: WhyNot, note: string): Promise<number> =>
      change(actor, async writes => {
        const events: LedgerEvent[] = []
        for (const id of ids) {
          const found = await open(writes, actor, id)
          undecided(found)
          if (ids.length > 1 && found.thread.severity >= 4)
            throw new Refusal('invalid', 'What may be urgent is decided one by one. Leave it out of the selection.')
          if (found.thread.seenAt === null) await writes.flags.seen(id, found.person.personId)
          await writes.flags.decide(found.thread, {
            state: 'not-a-concern',
            whyNot,
            by: found.person.personId,
            caseId: null,
            note,
          })
          events.push({
            type: 'flag.not-a-concern',
            subject: `flag:${id}`,
            detail: {
              concern: found.thread.concern,
              severity: found.thread.severity,
              why: whyNot,
              together: ids.length,
            },
          })
          events.push(...(await settled(writes, found.person, found.thread)))
        }
        const [first, ...rest] = events
        if (!first) throw new Refusal('invalid', 'Select at least one flag.')
        return changed(ids.length, first, ...rest)
      }),

    /** It is real: a case begins with it, and the flags are its first note. @returns the case's id. */
    real: (actor: Actor, id: string, note: string): Promise<string> =>
      change(actor, async writes => {
        const { flags, cases, caseParts } = writes
        const found = await open(writes, actor, id)
        undecided(found)
        const { thread, person } = found
        const seen = await flags.flagsOf(thread)
        const kind = concernKind(kindAboutAdult[thread.audience] ?? kindOfCase[thread.concern])
        if (!kind) throw new Error(`there is no kind of case for ${thread.concern}`)
        const [firstRole = 'dsl'] = kind.route
        const { caseId, events } = await cases.open({
          category: kind.category,
          kind: kind.id,
          seriousness: thread.severity >= 4 ? 'serious' : startingSeriousness(kind),
          audience: [...usualAudience(kind.category), ...kind.route],
          ownerRole: firstRole,
          subjects: thread.personId === null || thread.audience === 'safeguarding' ? [] : [thread.personId],
          involved:
            thread.personId === null || thread.audience !== 'safeguarding'
              ? []
              : [{ personId: thread.personId, part: 'harmed' }],
          happenedAt: thread.openedAt,
          reportedAt: flags.now,
          origin: `flag:${thread.id}`,
          summary: `${concernNames[thread.concern]}: ${note === '' ? 'seen by monitoring and found real.' : note}`,
          offSite: false,
        })
        const file = await cases.lock(person, caseId)
        for (const flag of [...seen].reverse())
          if (flag.content)
            await caseParts.addNote(
              file,
              person.personId,
              `Flag of ${formatDateTime(flag.at, flags.now)} (${flag.kind}${flag.host === '' ? '' : ` at ${flag.host}`}, ${severityNames[flag.severity].toLowerCase()}): “${flag.content.text}”. ${flag.content.why}`,
            )
        if (thread.seenAt === null) await flags.seen(id, person.personId)
        await flags.decide(thread, { state: 'real', whyNot: null, by: person.personId, caseId, note })
        return changed(
          caseId,
          {
            type: 'flag.real',
            subject: `flag:${id}`,
            detail: { concern: thread.concern, severity: thread.severity, case: caseId, flags: thread.count },
          },
          ...events,
          { type: 'case.flag-added', subject: `case:${caseId}`, detail: { flag: id, flags: seen.length } },
          ...(await settled(writes, person, thread)),
        )
      }),

    /** Climbs the ladder where nobody has said that they have it. Run every few seconds. */
    climb: async (schoolId: string): Promise<void> => {
      const due = await read(schoolId, async reads => {
        const { flags } = reads
        const unanswered = await flags.unanswered()
        if (unanswered.length === 0) return []
        const ladders = await laddersAt(reads, flags.now)
        const found: { thread: FlagThread; round: number; rung: number }[] = []
        for (const thread of unanswered) {
          const last = (await flags.pages(thread.id)).at(-1)
          const round = last?.round ?? 1
          const ladder = ladderOf(reads, thread, ladders(thread.audience), round)
          const rung = await nextStep(ladder, last, thread.lastAt, flags.now)
          if (rung !== null) found.push({ thread, round, rung })
        }
        return found
      })
      for (const { thread, round, rung } of due) {
        await change(systemActor(schoolId, 'worker'), async writes => {
          const now = await writes.flags.lock(thread.id)
          const pages = (await writes.flags.pages(thread.id)).filter(page => page.round >= round)
          const answered =
            now.state !== 'waiting' ||
            pages.some(page => page.acknowledgedAt !== null || page.rung >= rung || page.round > round)
          const events = answered ? [] : await pageThread(writes, now, round, rung)
          const [first, ...rest] = events
          return changed(
            undefined,
            first ?? { type: 'flag.page-not-needed', subject: `flag:${thread.id}`, detail: { round, rung } },
            ...rest,
          )
        })
      }
    },

    /** Forgets what was no concern, 30 days after somebody said so. @returns how many threads; 0 writes nothing. */
    forget: async (schoolId: string, now: Date): Promise<number> => {
      const before = new Date(now.getTime() - keptDaysIfNone * 86_400_000)
      const waits = await read(schoolId, ({ flags }) => flags.toErase(before))
      if (waits === 0) return 0
      return change(systemActor(schoolId, 'worker'), async ({ flags }) => {
        const erased = await flags.erase(before)
        return changed(erased, {
          type: 'flag.erased',
          subject: 'flag:retention',
          detail: { threads: erased, before: before.toISOString(), days: keptDaysIfNone },
        })
      })
    },
  }
}

export const whyNotOptions = Object.entries(whyNotNames).map(([value, text]) => ({ value: value as WhyNot, text }))
