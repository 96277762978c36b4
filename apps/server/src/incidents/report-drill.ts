import type { PeopleReads, PeopleWrites } from '../people/people-store.ts'
import type { Role } from '../permissions.ts'
import { type Actor, mustBeAllowed, type PersonActor, personOf, systemActor } from '../platform/actor.ts'
import { type Change, changed, type Read } from '../platform/change.ts'
import type { Clock } from '../platform/clock.ts'
import type { SchoolJob } from '../platform/jobs.ts'
import { Refusal } from '../platform/refusal.ts'
import { concernKind } from './data/concern-categories.ts'
import { type HelpAudience, helpFor } from './data/help-lines.ts'
import { faultsOfHelpPage } from './help.ts'
import type { Guidance, NewReport } from './report.ts'
import type { ReportCodes } from './report-code.ts'
import { type Receipt, receive, type ReceivingWrites } from './report-receive.ts'
import type { About } from './report-routing.ts'
import type { ReportReads } from './report-store.ts'

/*
 * Practice reports. One goes through the very code that takes a real one in (routing, sealing, case, clocks, messages), is
 * looked at from the side of those who should and should not see it, and then the transaction is rolled back, so that it
 * leaves nothing. What stays is one ledger entry that says what arrived.
 */

export interface Probe {
  readonly id: string
  readonly kind: string
  readonly about: About
  /** `{headteacher}` becomes the holder's name. */
  readonly words: string
  /** Whoever answers in these roles must receive the words; written down here, not asked of the routing. */
  readonly reaches: readonly Role[]
  /** Nobody holding these may see it. */
  readonly hiddenFrom: readonly Role[]
  readonly guidance?: Guidance
}

/** What the nightly practice sends: one of each way that a report can take. */
export const probes: readonly Probe[] = [
  {
    id: 'child-safety',
    kind: 'cyberbullying',
    about: 'child',
    words: 'Practice: unkind messages after school 🙂',
    reaches: ['dsl', 'headteacher'],
    hiddenFrom: ['dpo', 'network-manager'],
    guidance: 'do-not-reply',
  },
  {
    id: 'unsuitable-content',
    kind: 'unsuitable-content',
    about: 'nobody',
    words: 'Practice: a picture in a search',
    reaches: ['dsl'],
    hiddenFrom: ['dpo', 'network-manager'],
  },
  {
    id: 'accidental-access',
    kind: 'accidental-access',
    about: 'nobody',
    words: 'Practice: a page opened by mistake',
    reaches: ['headteacher', 'dsl'],
    hiddenFrom: ['dpo'],
  },
  {
    id: 'personal-data',
    kind: 'data-breach',
    about: 'nobody',
    words: 'Practice: a list sent to the wrong address',
    reaches: ['dpo', 'headteacher'],
    hiddenFrom: [],
  },
  {
    id: 'loss',
    kind: 'loss-or-theft',
    about: 'nobody',
    words: 'Practice: a memory stick is gone',
    reaches: ['dpo', 'headteacher'],
    hiddenFrom: [],
  },
  {
    id: 'technical',
    kind: 'technical-fault',
    about: 'nobody',
    words: 'Practice: a screen stays dark',
    reaches: ['network-manager'],
    hiddenFrom: ['dpo', 'dsl'],
  },
  {
    id: 'security',
    kind: 'unauthorised-access',
    about: 'nobody',
    words: 'Practice: somebody used my account',
    reaches: ['network-manager', 'headteacher'],
    hiddenFrom: [],
  },
  {
    id: 'staff-conduct',
    kind: 'staff-conduct',
    about: 'adult',
    words: 'Practice: an adult broke a rule',
    reaches: ['headteacher'],
    hiddenFrom: ['dpo', 'network-manager'],
  },
  {
    id: 'message',
    kind: 'offensive-message',
    about: 'unsure',
    words: 'Practice: a message that hurt',
    reaches: ['dsl', 'headteacher'],
    hiddenFrom: ['dpo', 'network-manager'],
    guidance: 'do-not-reply',
  },
  {
    id: 'complaint',
    kind: 'online-safety-complaint',
    about: 'nobody',
    words: 'Practice: a complaint',
    reaches: ['headteacher'],
    hiddenFrom: ['dpo', 'network-manager'],
  },
  {
    id: 'non-latin',
    kind: 'other-concern',
    about: 'child',
    words: 'Практика: كلام للتجربة 練習 👧🏽',
    reaches: ['dsl'],
    hiddenFrom: ['dpo'],
  },
  {
    id: 'about-headteacher',
    kind: 'staff-conduct',
    about: 'headteacher',
    words: 'Practice: about the headteacher',
    reaches: ['chair'],
    hiddenFrom: ['headteacher'],
  },
  {
    id: 'names-headteacher',
    kind: 'cyberbullying',
    about: 'unsure',
    words: 'Practice: {headteacher} knows who did it',
    reaches: ['dsl'],
    hiddenFrom: ['headteacher'],
  },
  {
    id: 'about-dsl',
    kind: 'staff-conduct',
    about: 'dsl',
    words: 'Practice: about the safeguarding lead',
    reaches: ['headteacher'],
    hiddenFrom: ['dsl'],
  },
]

/** What one probe found: none when all is as it should be. Words without personal data. */
export type Fault =
  | 'no-recipient'
  | 'not-seen'
  | 'altered'
  | 'seen-by-the-wrong-person'
  | 'no-clock'
  | 'no-case'
  | 'no-code'
  | 'no-guidance'
  | 'no-help'
  | 'error'

/** What the practice of an upsetting message carries: headers, and bytes that are no text. */
const practiceMessage = Buffer.concat([
  Buffer.from('From: practice@school.invalid\r\nSubject: =?utf-8?q?=C3=9Cbung?=\r\n\r\n'),
  Buffer.from([0xff, 0, 0xfe]),
])

class PracticeOver extends Error {}

type DrillWrites = ReceivingWrites & { readonly people: PeopleWrites }

/** The help page of a school as somebody gets it who is not signed in. */
export type HelpPage = (schoolId: string, audience: HelpAudience) => Promise<{ status: number; html: string }>
export const helpProbe = 'help-page'

export type ReportDrill = ReturnType<typeof createReportDrill>
export function createReportDrill(
  change: Change<DrillWrites>,
  read: Read<{ reports: ReportReads; people: PeopleReads }>,
  codes: ReportCodes,
  clock: Clock,
  helpPage: HelpPage,
) {
  /** Runs `work` on a real report in a transaction that is always undone. */
  async function andUndo<R>(
    actor: Actor,
    report: NewReport,
    work: (writes: DrillWrites, receipt: Receipt) => Promise<R>,
  ): Promise<R> {
    let found: { readonly value: R } | null = null
    try {
      await change(actor, async writes => {
        const { receipt } = await receive(writes, codes, actor.schoolId, report)
        found = { value: await work(writes, receipt) }
        throw new PracticeOver()
      })
    } catch (error) {
      if (!(error instanceof PracticeOver)) throw error
    }
    // The compiler does not follow the assignment into the closure.
    const done = found as { readonly value: R } | null
    if (!done) throw new Error('a practice report ended before it was looked at')
    return done.value
  }

  async function faultsOf(schoolId: string, probe: Probe): Promise<Fault[]> {
    const kind = concernKind(probe.kind)
    if (!kind) throw new Error(`no kind of concern “${probe.kind}” for the practice “${probe.id}”`)
    const headteacher = await read(schoolId, async ({ people }) => {
      const [holder] = await people.holders('headteacher')
      return holder ? (await people.get(holder.personId)).name : 'the headteacher'
    })
    const words = probe.words.replace('{headteacher}', headteacher)
    const report: NewReport = {
      kind,
      who: 'visitor',
      madeBy: null,
      about: probe.about,
      danger: false,
      words,
      names: null,
      happenedWhen: 'today',
      happenedAt: null,
      place: 'school',
      wantsReply: true,
      clicked: false,
      message: probe.id === 'message' ? { form: 'file', content: practiceMessage } : null,
      formToken: null,
    }
    const seen = (actor: Actor, { reports }: DrillWrites, id: string) =>
      reports.get(actor, id).catch(error => (error instanceof Refusal ? null : Promise.reject(error)))
    return andUndo({ kind: 'public', schoolId }, report, async (writes, receipt) => {
      const { reports, people, deadlines, cases } = writes
      const faults = new Set<Fault>()
      const recipients = await reports.recipients(receipt.reportId)
      for (const role of probe.reaches) {
        const acting = await people.whoActsAs(role)
        const person = recipients.find(each => each.role === role)
        if (!acting || !person?.content || person.personId !== acting.personId) {
          faults.add('no-recipient')
          continue
        }
        const actor = await actorFor(people, schoolId, acting.personId)
        const found = await seen(actor, writes, receipt.reportId)
        if (!found?.content) faults.add('not-seen')
        else if ((await reports.words(found)).words !== words) faults.add('altered')
        else if (report.message && !(await reports.messageBytes(found))?.equals(report.message.content))
          faults.add('altered')
      }
      for (const role of probe.hiddenFrom) {
        for (const { personId } of await people.holders(role)) {
          const actor = await actorFor(people, schoolId, personId)
          // Somebody may hold two roles, and receive it in the other one.
          if (probe.reaches.some(each => actor.roles.includes(each)) && !probe.id.includes(role)) continue
          if ((await seen(actor, writes, receipt.reportId))?.content) faults.add('seen-by-the-wrong-person')
        }
      }
      if (
        !(await deadlines.about(`report:${receipt.reportId}`)).some(
          ({ kind: what, dueAt }) => what === 'report.acknowledge' && dueAt !== null,
        )
      )
        faults.add('no-clock')
      if (
        receipt.caseId === null ||
        (await cases.byOrigin(systemActor(schoolId, 'drill'), `report:${receipt.reportId}`)).length !== 1
      )
        faults.add('no-case')
      if (
        !receipt.code ||
        (await reports.byCode(codes.hmac(schoolId, receipt.code), new Date(0)))?.id !== receipt.reportId
      )
        faults.add('no-code')
      if (probe.guidance && !receipt.guidance.includes(probe.guidance)) faults.add('no-guidance')
      const [first, second] = helpFor('child', kind.help)
      if (first?.phone !== '999' || second?.name !== 'Childline') faults.add('no-help')
      return [...faults]
    })
  }

  const drill = {
    /** Sends every probe, and leaves one entry. Safe at any moment; @returns the ids of the probes that failed, with why. */
    run: async (schoolId: string): Promise<ReadonlyMap<string, readonly Fault[]>> => {
      const found = new Map<string, readonly Fault[]>()
      for (const probe of probes) {
        const faults = await faultsOf(schoolId, probe).catch((): Fault[] => ['error'])
        if (faults.length > 0) found.set(probe.id, faults)
      }
      for (const audience of ['child', 'adult'] as const) {
        const faults = await helpPage(schoolId, audience).then(
          page => faultsOfHelpPage(page, audience),
          () => ['unreachable'],
        )
        if (faults.length > 0) found.set(helpProbe, ['no-help'])
      }
      await change(systemActor(schoolId, 'worker'), async ({ reports, messages, people }) => {
        const failed = [...found.keys()]
        const id = await reports.addDrill({
          kind: 'nightly',
          groupId: null,
          byId: null,
          probes: [...probes.map(each => each.id), helpProbe],
          failed,
        })
        const told =
          failed.length > 0 ? ((await people.whoActsAs('headteacher')) ?? (await people.whoActsAs('chair'))) : null
        if (told) await messages.tell([told.personId], 'report.drill-failed', '/reports')
        return changed(undefined, {
          type: 'report.drilled',
          subject: `drill:${id}`,
          detail: {
            probes: probes.length + 1,
            failed: Object.fromEntries([...found].map(([name, faults]) => [name, [...faults]])),
          },
        })
      })
      return found
    },
    /** The nightly run, unless there was one in the last 20 hours. */
    job: (): SchoolJob => ({
      name: 'incidents.report-drill',
      everySeconds: 3_600,
      run: async schoolId => {
        const last = await read(schoolId, ({ reports }) => reports.lastDrill('nightly'))
        if (last && clock().getTime() - last.at.getTime() < 20 * 3_600_000) return
        await drill.run(schoolId)
      },
    }),
    /** A class makes a report for practice with its teacher: it takes the real way, is undone, and what stays is that it arrived. */
    practise: async (
      actor: Actor,
      groupId: string,
      report: NewReport,
    ): Promise<{
      arrived: boolean
      receipt: Pick<Receipt, 'receivedAt' | 'code' | 'guidance' | 'outsideAdvice' | 'kind'>
    }> => {
      mustBeAllowed(actor, 'report.practise')
      const teacher = personOf(actor)
      const classes = await read(actor.schoolId, ({ people }) => people.groups('class'))
      if (!classes.some(({ id }) => id === groupId))
        throw new Refusal('not-found', 'There is no such class at this school.')
      const { once: _, ...acting } = actor
      const { receipt, arrived } = await andUndo(
        { kind: 'public', schoolId: acting.schoolId },
        { ...report, madeBy: null, formToken: null },
        async ({ reports, people }, done) => {
          const recipients = await reports.recipients(done.reportId)
          const owner = recipients.find(({ role }) => role === done.routing.owner)
          const reader = owner?.personId ? await actorFor(people, acting.schoolId, owner.personId) : null
          const found = reader ? await reports.get(reader, done.reportId).catch(() => null) : null
          return {
            receipt: done,
            arrived: found?.content === true && (await reports.words(found)).words === report.words,
          }
        },
      )
      await change(actor, async ({ reports }) => {
        const id = await reports.addDrill({
          kind: 'class',
          groupId,
          byId: teacher.personId,
          probes: [report.kind.id],
          failed: arrived ? [] : [report.kind.id],
        })
        return changed(undefined, {
          type: 'report.practised',
          subject: `drill:${id}`,
          detail: { group: groupId, arrived },
        })
      })
      return { arrived, receipt }
    },
  }
  return drill
}

async function actorFor(people: PeopleReads, schoolId: string, personId: string): Promise<PersonActor> {
  return { kind: 'person', schoolId, personId, name: '', roles: await people.rolesOf(personId) }
}
