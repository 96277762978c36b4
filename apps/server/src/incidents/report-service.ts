import type { PeopleReads, PeopleWrites } from '../people/people-store.ts'
import type { JsonObject } from '@gatehouse/ledger/canonical'
import { type Actor, type Once, mustBeAllowed, personOf } from '../platform/actor.ts'
import { type Change, changed, type Read } from '../platform/change.ts'
import type { Clock } from '../platform/clock.ts'
import { Refusal } from '../platform/refusal.ts'
import type { NewReport, Report } from './report.ts'
import { type Code, type ReportCodes, codeLifeDays, parseCode } from './report-code.ts'
import { isUnseen, mayNotWait, type ReadWords, severityOf, textsOf } from './report-reading.ts'
import { codeAttempts, type Receipt, receive, type ReceivingWrites, urgentRule, urgentTitle } from './report-receive.ts'
import type { ReportReads, ThreadEntry } from './report-store.ts'
import { afterGuess, mayGuess } from './thread-throttle.ts'

type ReportServiceWrites = ReceivingWrites & { readonly people: PeopleWrites }

/** For this long the second post of a form is shown the same three words; on a shared computer not for ever. */
const sameWordsMinutes = 10

/** One sentence for every code that opens nothing, whatever is wrong with it. */
export const wrongCode = 'Those three words do not open a report. Check each word, and their order'
const tooManyGuesses =
  'Too many wrong words were tried by everybody together, so we must wait. Try again in a few minutes. If it cannot wait, tell an adult at school, or call Childline on 0800 1111.'

/** A report that waits takes the short clock from now, unless its own ends sooner. */
async function hurry(deadlines: ReceivingWrites['deadlines'], reportId: string, now: Date): Promise<void> {
  const subject = `report:${reportId}`
  const clock = (await deadlines.about(subject)).find(({ kind }) => kind === 'report.acknowledge')
  if (!clock?.dueAt || clock.dueAt.getTime() <= now.getTime() + urgentRule.hours * 3_600_000) return
  await deadlines.withdraw('report.acknowledge', subject)
  await deadlines.start({
    kind: 'report.acknowledge',
    subject,
    title: urgentTitle,
    link: clock.link,
    ownerRole: clock.ownerRole,
    ...(clock.ownerId ? { ownerId: clock.ownerId } : {}),
    rule: urgentRule,
    keptFrom: clock.keptFrom,
  })
}

export interface ReporterThread {
  readonly report: Report
  readonly entries: readonly ThreadEntry[]
}

export type ReportService = ReturnType<typeof createReportService>
export function createReportService(
  change: Change<ReportServiceWrites>,
  read: Read<{ reports: ReportReads; people: PeopleReads }>,
  codes: ReportCodes,
  clock: Clock,
  readWords: ReadWords,
) {
  /** Whoever is signed in on the computer: a report at the front door is nobody's, in the ledger too. */
  const nobody = (schoolId: string, once?: Once): Actor => ({ kind: 'public', schoolId, ...(once ? { once } : {}) })

  const liveSince = (): Date => new Date(clock().getTime() - codeLifeDays * 86_400_000)

  /** A right code costs nothing; a wrong one takes a token from the bucket that everybody shares. */
  async function open<R>(
    schoolId: string,
    typed: string,
    once: Once | undefined,
    then: (writes: ReportServiceWrites, report: Report) => Promise<{ result: R; type: string; detail?: JsonObject }>,
  ): Promise<R> {
    // A code of the wrong form is looked up like any other, so that nothing tells the two apart.
    const code: Code = parseCode(typed) ?? ['', '', '']
    const outcome = await change<{ found: true; result: R } | { found: false }>(
      nobody(schoolId, once),
      async writes => {
        const bucket = await writes.reports.lockBucket()
        if (!mayGuess(bucket)) throw new Refusal('too-many', tooManyGuesses)
        const report = await writes.reports.byCode(codes.hmac(schoolId, code), liveSince())
        if (report) {
          const { result, ...event } = await then(writes, report)
          return changed({ found: true, result }, { ...event, subject: `report:${report.id}` })
        }
        const after = afterGuess(bucket)
        await writes.reports.setBucket(after)
        const dry = !mayGuess(after) && (await writes.reports.tellOfGuessing())
        const manager = dry ? await writes.people.whoActsAs('network-manager') : null
        if (manager) await writes.messages.tell([manager.personId], 'thread.guessing', '/reports')
        return changed({ found: false }, { type: 'thread.refused' }, ...(dry ? [{ type: 'thread.guessing' }] : []))
      },
    )
    if (!outcome.found) throw new Refusal('invalid', wrongCode)
    return outcome.result
  }

  return {
    /** Takes a report from the front door (anonymous whoever is signed in), or from the staff form (`report.madeBy`). */
    receive: async (actor: Actor, report: NewReport): Promise<Receipt> => {
      if (report.madeBy !== null) mustBeAllowed(actor, 'report.staff')
      const acting = report.madeBy === null ? nobody(actor.schoolId, actor.once) : actor
      const readings = await readWords(actor.schoolId, textsOf(report))
      return change(acting, async writes => {
        const { receipt, events } = await receive(writes, codes, actor.schoolId, report, readings)
        return changed(receipt, ...events)
      })
    },
    /**
     * Takes a member of staff's report in within a change of another domain, so that the two stand or fall together. Its words
     * are not read: what it is made from was. Chain the events in order.
     */
    receiveWithin: (writes: ReceivingWrites, actor: Actor, report: NewReport): ReturnType<typeof receive> => {
      mustBeAllowed(actor, 'report.staff')
      return receive(writes, codes, actor.schoolId, report)
    },
    /** What the first post of this form led to, where it was a few minutes ago; null when it cannot be said again. */
    receivedBefore: async (
      schoolId: string,
      formToken: string,
    ): Promise<Pick<Receipt, 'receivedAt' | 'code' | 'guidance' | 'outsideAdvice' | 'kind'> | null> => {
      const found = await read(schoolId, ({ reports }) => reports.byForm(codes.hmacOfForm(schoolId, formToken)))
      if (!found || clock().getTime() - found.report.receivedAt.getTime() > sameWordsMinutes * 60_000) return null
      const attempts = Array.from({ length: codeAttempts }, (_, attempt) => codes.make(schoolId, formToken, attempt))
      const code = attempts.find(each => found.codeHmac?.equals(codes.hmac(schoolId, each))) ?? null
      const { receivedAt, guidance, outsideAdvice, kind } = found.report
      return { receivedAt, code, guidance, outsideAdvice, kind }
    },
    /** A person opens the report and takes it. @throws {Refusal} `conflict` when somebody did so already: who is said by the page. */
    acknowledge: (actor: Actor, id: string): Promise<void> =>
      change(actor, async ({ reports, deadlines, messages }) => {
        mustBeAllowed(actor, 'report.acknowledge')
        const person = personOf(actor)
        const report = await reports.lock(actor, id)
        if (!report.content)
          throw new Refusal(
            'forbidden',
            'You were told that this report exists; it is for those who receive its words to take it.',
          )
        if (report.digestOn !== null) throw new Refusal('conflict', 'Junk mail is taken with the digest of its day.')
        if (report.acknowledgedAt !== null)
          throw new Refusal('conflict', 'Somebody took this report a moment ago. Open it again to see who has it.')
        await reports.acknowledge(id, person.personId)
        await reports.seen(id, person.personId)
        const [met] = await deadlines.meet('report.acknowledge', `report:${id}`)
        await messages.markRead(person.personId, `/reports/${id}`)
        return changed(undefined, {
          type: 'report.acknowledged',
          subject: `report:${id}`,
          detail: { receivedAt: report.receivedAt.toISOString(), late: met?.state === 'late' },
        })
      }),
    /** Somebody opens one that may not wait: where they receive its words, they have it, and nobody else is paged. */
    see: async (actor: Actor, id: string): Promise<void> => {
      const found = await read(actor.schoolId, ({ reports }) => reports.get(actor, id))
      if (!found.content || !isUnseen(found)) return
      await change(actor, async ({ reports }) => {
        mustBeAllowed(actor, 'report.view')
        const report = await reports.lock(actor, id)
        const answered = await reports.seen(id, personOf(actor).personId)
        return changed(undefined, {
          type: 'report.page-acknowledged',
          subject: `report:${id}`,
          detail: { answered, urgentAt: report.urgentAt?.toISOString() ?? null },
        })
      })
    },
    /** Somebody who receives it asks or answers. The reporter reads it with the three words. */
    ask: (actor: Actor, id: string, words: string): Promise<void> =>
      change(actor, async ({ reports }) => {
        mustBeAllowed(actor, 'report.answer')
        const person = personOf(actor)
        const report = await reports.lock(actor, id)
        if (!report.content)
          throw new Refusal(
            'forbidden',
            'Only those who receive the words of a report can write to the person who made it.',
          )
        if (!report.hasCode)
          throw new Refusal('conflict', 'This person asked for no answer, so there is no way to reach them.')
        await reports.addToThread(report, person.personId, words)
        return changed(undefined, {
          type: 'thread.asked',
          subject: `report:${id}`,
          detail: { characters: [...words].length },
        })
      }),
    /** @throws {Refusal} `invalid` (`wrongCode`) for whatever opens nothing; `too-many` while the bucket is empty. */
    openThread: (schoolId: string, typed: string): Promise<ReporterThread> =>
      open(schoolId, typed, undefined, async ({ reports }, report) => ({
        result: { report, entries: await reports.thread(report) },
        type: 'thread.opened',
      })),
    answerThread: async (schoolId: string, typed: string, words: string, once?: Once): Promise<ReporterThread> => {
      // Whose words they are is known only with the report: a child's rules find no less than an adult's.
      const readings = await readWords(schoolId, [{ of: 'thread', text: words, kind: 'typed', age: 'secondary' }])
      const severity = severityOf(readings)
      return open(schoolId, typed, once, async ({ reports, messages, deadlines }, report) => {
        const entryId = await reports.addToThread(report, null, words)
        if (readings !== null) await reports.readLater(report, entryId, readings)
        if (mayNotWait(severity) && report.acknowledgedAt === null && report.urgentAt === null)
          await hurry(deadlines, report.id, reports.now)
        const told = (await reports.recipients(report.id)).flatMap(({ content, personId }) =>
          content && personId ? [personId] : [],
        )
        await messages.tell(
          report.acknowledgedBy === null ? told : [...new Set([...told, report.acknowledgedBy])],
          'thread.answered',
          `/reports/${report.id}`,
        )
        return {
          result: { report, entries: await reports.thread(report) },
          type: 'thread.answered',
          ...(severity === null ? {} : { detail: { severity } }),
        }
      })
    },
    lookAtJunk: (actor: Actor, on: string): Promise<number> =>
      change(actor, async ({ reports, deadlines }) => {
        mustBeAllowed(actor, 'junk.look')
        const looked = await reports.lookAtDigest(on, personOf(actor).personId)
        if (looked === null) throw new Refusal('conflict', 'Somebody looked at this day already.')
        await deadlines.meet('junk.digest', `junk:${on}`)
        return changed(looked, { type: 'junk.looked-at', subject: `junk:${on}`, detail: { reports: looked } })
      }),
  }
}
