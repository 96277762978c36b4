import { concernKind } from '../incidents/data/concern-categories.ts'
import type { NewReport } from '../incidents/report.ts'
import type { Receipt } from '../incidents/report-receive.ts'
import { Refusal } from '../platform/refusal.ts'
import type { Seriousness } from '../incidents/case.ts'
import type { CloseCase, DecideCase, ReferCase } from '../incidents/case-forms.ts'
import type { Scene, World } from './sample-world.ts'

type Wording = Partial<Omit<NewReport, 'kind' | 'words' | 'madeBy'>>

function newReport(kind: string, words: string, rest: Wording & { readonly madeBy?: string | null } = {}): NewReport {
  const known = concernKind(kind)
  if (!known) throw new Error(`there is no kind of concern “${kind}”`)
  return {
    kind: known,
    who: 'visitor',
    madeBy: null,
    about: 'nobody',
    danger: false,
    words,
    names: null,
    happenedWhen: 'today',
    happenedAt: null,
    place: 'school',
    wantsReply: false,
    clicked: false,
    message: null,
    formToken: null,
    ...rest,
  }
}

/** Somebody at the front door, who did not sign in. */
export const tell = (world: World, kind: string, words: string, rest: Wording = {}): Promise<Receipt> =>
  world.app.services.reports.receive({ kind: 'public', schoolId: world.schoolId }, newReport(kind, words, rest))

/** A member of staff on the staff form, some minutes after it happened. */
export async function staffTells(
  world: World,
  key: string,
  kind: string,
  words: string,
  minutesAgo: number,
  rest: Wording = {},
): Promise<Receipt> {
  const actor = await world.as(key)
  return world.app.services.reports.receive(
    actor,
    newReport(kind, words, {
      who: 'staff',
      madeBy: actor.personId,
      happenedWhen: 'exact',
      happenedAt: new Date(world.now().getTime() - minutesAgo * 60_000),
      ...rest,
    }),
  )
}

/** One matter as it goes on: what was reported, and then step by step what people did about it. */
export interface Matter {
  readonly caseId: string
  readonly reportId: string
}
type Step = (world: World, matter: Matter) => Promise<unknown>

/** The steps of one matter at their times; the first is the report itself. */
export function matter(
  reportedAt: Date,
  report: (world: World) => Promise<Receipt>,
  steps: readonly (readonly [at: Date, step: Step])[],
): Scene[] {
  let found: Matter | null = null
  return [
    {
      at: reportedAt,
      play: async world => {
        const { caseId, reportId } = await report(world)
        found = { caseId: caseId ?? '', reportId }
      },
    },
    ...steps.map(([at, step]) => ({
      at,
      play: async (world: World) => {
        if (!found) throw new Refusal('conflict', 'the report of this matter was refused')
        return step(world, found)
      },
    })),
  ]
}

/** Steps in the words of those who take them; `by` is a key of the sample's people. */
export const step = {
  acknowledge:
    (by: string): Step =>
    async ({ app, as }, { reportId }) =>
      app.services.reports.acknowledge(await as(by), reportId),
  ask:
    (by: string, words: string): Step =>
    async ({ app, as }, { reportId }) =>
      app.services.reports.ask(await as(by), reportId, words),
  triage:
    (by: string, kind: string, seriousness: Seriousness, words: string): Step =>
    async ({ app, as }, { caseId }) => {
      const known = concernKind(kind)
      if (!known) throw new Error(`there is no kind of concern “${kind}”`)
      return app.services.cases.triage(await as(by), caseId, {
        category: known.category,
        kind,
        seriousness,
        risk: 'no',
        words,
      })
    },
  take:
    (by: string): Step =>
    async ({ app, as }, { caseId }) =>
      app.services.cases.move(await as(by), caseId, 'take', null),
  wait:
    (by: string, why: string): Step =>
    async ({ app, as }, { caseId }) =>
      app.services.cases.move(await as(by), caseId, 'wait', why),
  note:
    (by: string, words: string): Step =>
    async ({ app, as }, { caseId }) =>
      app.services.caseParts.note(await as(by), caseId, words),
  person:
    (by: string, who: string, part: 'harmed' | 'subject' | 'witness'): Step =>
    async ({ app, as, id }, { caseId }) =>
      app.services.caseParts.person(await as(by), caseId, { personId: id(who), part }),
  decide:
    (by: string, decision: DecideCase): Step =>
    async ({ app, as }, { caseId }) =>
      app.services.caseParts.decide(await as(by), caseId, decision),
  refer:
    (by: string, referral: Omit<ReferCase, 'at' | 'made'> & { readonly made: boolean }): Step =>
    async ({ app, as, now }, { caseId }) =>
      app.services.caseParts.refer(await as(by), caseId, { ...referral, at: now() }),
  close:
    (by: string, closing: CloseCase): Step =>
    async ({ app, as }, { caseId }) =>
      app.services.cases.close(await as(by), caseId, closing),
  /** The second person's answer to whatever waits for one in this case. */
  second:
    (by: string, verdict: 'approved' | 'refused', reason: string): Step =>
    async ({ app, as, schoolId }, { caseId }) => {
      const waiting = (await app.read(schoolId, ({ requests }) => requests.about(`case:${caseId}`))).find(
        ({ state }) => state === 'waiting',
      )
      if (!waiting) throw new Refusal('conflict', 'nothing waits for a second person in this case')
      return app.services.cases.decideSecond(await as(by), caseId, waiting.id, verdict, reason, waiting.digest)
    },
  reopen:
    (by: string, why: string): Step =>
    async ({ app, as }, { caseId }) =>
      app.services.cases.reopen(await as(by), caseId, why),
  /** Everybody who was alerted says “I know”. */
  alertsKnown:
    (...by: readonly string[]): Step =>
    async ({ app, as, id, schoolId }, { caseId }) => {
      const alerts = await app.read(schoolId, ({ caseParts }) => caseParts.alerts(caseId))
      for (const key of by)
        for (const alert of alerts.filter(each => each.personId === id(key) && each.acknowledgedAt === null))
          await app.services.caseParts.acknowledge(await as(key), alert.id)
    },
}
