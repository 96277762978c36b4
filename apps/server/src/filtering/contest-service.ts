import { askedWith, type Category, categories, decide } from '@gatehouse/engine'
import type { DeadlineWrites } from '../duties/deadline-store.ts'
import { startSchoolDays } from '../duties/start-school-days.ts'
import { concernKind } from '../incidents/data/concern-categories.ts'
import type { ReportService } from '../incidents/report-service.ts'
import type { ClassReads } from '../people/class-store.ts'
import type { PeopleReads } from '../people/people-store.ts'
import { allStaff, board } from '../permissions.ts'
import { type Actor, hasRole, mustBeAllowed, personOf } from '../platform/actor.ts'
import { type Change, changed, type Read } from '../platform/change.ts'
import type { MessageWrites } from '../platform/messages.ts'
import { Refusal } from '../platform/refusal.ts'
import { answerSchoolDays, type CloseAnswer, type OpenAnswer } from './contest.ts'
import type { Contest, ContestReads, ContestWrites } from './contest-store.ts'
import { siteOf } from './filter-change.ts'
import { filterPeople } from './filter-people.ts'
import type { FilterWrites } from './filter-store.ts'
import type { ListsFolder } from './lists-folder.ts'
import type { PassReads } from './pass-store.ts'

export const answerDeadline = 'contest.answer'

export interface ContestServiceWrites {
  readonly contests: ContestWrites
  readonly filtering: FilterWrites
  readonly classes: ClassReads
  readonly passes: PassReads
  readonly people: PeopleReads
  readonly deadlines: DeadlineWrites
  readonly messages: MessageWrites
}

/** Whether this actor answers everybody, or (a teacher) only pupils of their own classes. */
export const answersAll = (actor: Actor): boolean =>
  hasRole(actor, 'headteacher', 'deputy', 'senior-leader', 'dsl', 'deputy-dsl', 'network-manager', 'technician')

/** Of these, those that this actor may see and answer. */
export async function theirs(
  actor: Actor,
  contests: readonly Contest[],
  classes: Pick<ClassReads, 'taughtBy' | 'pupilsOf'>,
): Promise<readonly Contest[]> {
  if (answersAll(actor)) return contests
  const pupils = new Set<string>()
  for (const { id } of await classes.taughtBy(personOf(actor).personId))
    for (const pupil of await classes.pupilsOf(id)) pupils.add(pupil.id)
  return contests.filter(({ personId }) => personId !== null && pupils.has(personId))
}

export type ContestService = ReturnType<typeof createContestService>
export function createContestService(parts: {
  readonly change: Change<ContestServiceWrites>
  readonly read: Read<{ contests: ContestReads }>
  readonly lists: ListsFolder
  readonly reports: Pick<ReportService, 'receive'>
}) {
  const { change, lists, reports } = parts

  const startClock = async ({ deadlines }: ContestServiceWrites, host: string): Promise<void> => {
    const runs = (await deadlines.about(`site:${host}`)).some(
      ({ kind, state }) => kind === answerDeadline && (state === 'open' || state === 'missed'),
    )
    if (runs) return
    await startSchoolDays(deadlines, answerSchoolDays, {
      kind: answerDeadline,
      subject: `site:${host}`,
      title: 'Answer somebody about a closed site',
      link: '/internet/contests',
      ownerRole: 'network-manager',
    })
  }

  /** Whether a pass that still opens something opens the host for each of these people, in a lesson of now or later. */
  const isInPassOf = async (
    { contests, passes, people }: ContestServiceWrites,
    host: string,
    personIds: readonly string[],
  ): Promise<boolean> => {
    const at = contests.instant()
    const known = await filterPeople(people, at, personIds)
    const opening = (await passes.inForce()).filter(
      ({ sites, until }) => new Date(until) > at && sites.some(site => site.host === host),
    )
    return personIds.every(id =>
      opening.some(
        ({ who }) => who.people?.includes(id) || who.classes?.some(classId => known.get(id)?.classes.includes(classId)),
      ),
    )
  }
  /** What these people get for the host now, through every rule in force but the passes. */
  const isOpenFor = async (
    { contests, filtering, people }: ContestServiceWrites,
    host: string,
    personIds: readonly string[],
  ): Promise<boolean> => {
    const at = contests.instant()
    const rules = { ...(await filtering.rules()), passes: [] }
    const known = await filterPeople(people, at, personIds)
    for (const personId of personIds) {
      const { verdict } = decide(rules, lists.open().lists, {
        url: `http://${host}/`,
        groups: await people.filterGroupsOf(personId),
        at,
        kind: 'page',
        personId,
        ...askedWith(known.get(personId)),
      })
      if (verdict === 'block') return false
    }
    return true
  }

  return {
    /** “I need this”, of somebody who is signed in: they get an answer. One open question a person and site. */
    askToOpen: (
      actor: Actor,
      question: {
        host: string
        category: string
        purpose: 'lesson' | 'homework' | 'work' | 'other'
        words: string | null
      },
    ): Promise<void> =>
      change(actor, async writes => {
        mustBeAllowed(actor, 'filter.ask')
        const { personId } = personOf(actor)
        const { host } = siteOf(question.host)
        const { contests } = writes
        const asked = (await contests.unanswered('open-it', host)).some(each => each.personId === personId)
        if (!asked) {
          await contests.addContest({
            kind: 'open-it',
            host,
            category: categoryOf(question.category),
            purpose: question.purpose,
            personId,
            words: question.words,
            reportId: null,
          })
          await startClock(writes, host)
        }
        return changed(undefined, {
          type: asked ? 'contest.repeated' : 'contest.asked',
          subject: `site:${host}`,
          detail: { purpose: question.purpose },
        })
      }),

    /** One answer for everybody who asked about a site. It must be true: what is said to be open is asked of the rules first. */
    answerOpen: (actor: Actor, host: string, answer: OpenAnswer, words: string | null): Promise<number> =>
      change(actor, async writes => {
        mustBeAllowed(actor, 'contest.answer')
        const { contests, deadlines, messages, filtering, classes } = writes
        const all = await contests.unanswered('open-it', host)
        const mine = await theirs(actor, all, classes)
        const people = mine.flatMap(({ personId }) => personId ?? [])
        if (mine.length === 0) throw new Refusal('conflict', 'Nobody waits for this answer any more.')
        if (people.includes(personOf(actor).personId))
          throw new Refusal('forbidden', 'You asked this yourself, so somebody else must answer.')
        if (answer === 'stays' && words === null)
          throw new Refusal('invalid', 'Say why it stays closed, in words that a child understands')
        if (answer === 'pass' && !(await isInPassOf(writes, host, people)))
          throw new Refusal('invalid', 'No pass opens it for the classes of all who asked')
        if (answer === 'opened' && !(await isOpenFor(writes, host, people)))
          throw new Refusal(
            'invalid',
            'It is not open for all who asked. Propose to open it first, or choose another answer',
          )
        await contests.answerContests(
          mine.map(({ id }) => id),
          answer,
          words,
          personOf(actor).personId,
        )
        await messages.tell(people, 'contest.answered', '/blocked/answers')
        if (mine.length === all.length) {
          await deadlines.meet(answerDeadline, `site:${host}`)
          await filtering.settleSite(host, personOf(actor).personId)
        }
        return changed(mine.length, {
          type: 'contest.answered',
          subject: `site:${host}`,
          detail: { answer, people: mine.length },
        })
      }),

    /**
     * “This should be closed”: a report that goes where reports of its kind go, and a word to whoever can close it at once.
     * @returns whether it was the first about this site that waits.
     */
    askToClose: async (
      actor: Actor,
      question: { host: string; category: string; words: string | null },
    ): Promise<boolean> => {
      mustBeAllowed(actor, 'site.report')
      const { host } = siteOf(question.host)
      const kind = concernKind('unsuitable-content')
      if (!kind) throw new Error('there is no kind of concern for unsuitable content')
      const isStaff = hasRole(actor, ...allStaff, ...board)
      const known = await parts.read(actor.schoolId, ({ contests }) => contests.unanswered('close-it', host))
      const receipt =
        known.length > 0
          ? null
          : await reports.receive(actor, {
              kind,
              who: isStaff
                ? 'staff'
                : hasRole(actor, 'pupil')
                  ? 'pupil'
                  : hasRole(actor, 'parent')
                    ? 'parent'
                    : 'visitor',
              madeBy: isStaff ? personOf(actor).personId : null,
              about: 'nobody',
              danger: false,
              words: `${host} is open and should not be.${question.words === null ? '' : `\n\n${question.words}`}`,
              names: null,
              happenedWhen: 'now',
              happenedAt: null,
              place: 'school',
              wantsReply: false,
              clicked: false,
              message: null,
              formToken: null,
            })
      return change(actor, async ({ contests, people, messages }) => {
        await contests.addContest({
          kind: 'close-it',
          host,
          category: categoryOf(question.category),
          purpose: null,
          // A child who says so is not kept: the report is nobody's either.
          personId: isStaff ? personOf(actor).personId : null,
          words: null,
          reportId: receipt?.reportId ?? null,
        })
        if (receipt) {
          const acting = [await people.whoActsAs('network-manager'), await people.whoActsAs('dsl')]
          await messages.tell(
            acting.flatMap(each => each?.personId ?? []),
            'site.should-be-closed',
            '/internet/contests',
          )
        }
        return changed(receipt !== null, {
          type: 'contest.close-asked',
          subject: `site:${host}`,
          detail: { ...(receipt ? { report: receipt.reportId } : {}), repeated: receipt === null },
        })
      })
    },

    /** It was looked at. “Closed” must be true for every group of children. */
    answerClose: (actor: Actor, host: string, answer: CloseAnswer, words: string): Promise<void> =>
      change(actor, async writes => {
        mustBeAllowed(actor, 'contest.answer')
        if (!answersAll(actor)) throw new Refusal('forbidden', 'Only those who look after the filter can settle this.')
        const { contests, filtering, passes, messages } = writes
        const found = await contests.unanswered('close-it', host)
        if (found.length === 0) throw new Refusal('conflict', 'This was settled already.')
        if (answer === 'closed') {
          const rules = await filtering.rules()
          const open = rules.groups
            .filter(group => group.audience !== 'adult')
            .filter(
              group =>
                decide({ ...rules, passes: [] }, lists.open().lists, {
                  url: `http://${host}/`,
                  groups: [group.id],
                  at: contests.instant(),
                  kind: 'page',
                }).verdict !== 'block',
            )
          if (open.length > 0)
            throw new Refusal('invalid', `It is not blocked for ${open.map(({ name }) => name).join(', ')}`)
          if ((await passes.inForce()).some(pass => pass.sites.some(site => site.host === host)))
            throw new Refusal('invalid', 'A pass still opens it. End the pass first')
        }
        await contests.answerContests(
          found.map(({ id }) => id),
          answer,
          words,
          personOf(actor).personId,
        )
        await messages.tell(
          found.flatMap(({ personId }) => personId ?? []),
          'contest.answered',
          '/blocked/answers',
        )
        return changed(undefined, {
          type: 'contest.answered',
          subject: `site:${host}`,
          detail: { answer, people: found.length },
        })
      }),

    /** The person has opened their answers. */
    noteRead: (actor: Actor): Promise<void> =>
      change(actor, async ({ contests, messages }) => {
        const { personId } = personOf(actor)
        await contests.markAnswersRead(personId)
        await messages.markRead(personId, '/blocked/answers')
        return changed(undefined, { type: 'contest.read', subject: `person:${personId}` })
      }),
  }
}

const categoryOf = (name: string): Category | 'none' => categories.find(each => each === name) ?? 'none'
