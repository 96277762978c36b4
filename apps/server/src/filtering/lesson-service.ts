import { addCalendarDays, londonDate } from '@gatehouse/engine/calendar'
import type { DeadlineWrites } from '../duties/deadline-store.ts'
import type { ClassReads } from '../people/class-store.ts'
import { type Actor, mustBeAllowed, type PersonActor, personOf, systemActor } from '../platform/actor.ts'
import { type Change, changed, type LedgerEvent, type Read } from '../platform/change.ts'
import type { MessageWrites } from '../platform/messages.ts'
import { Refusal } from '../platform/refusal.ts'
import { siteOf } from './filter-change.ts'
import {
  differencesBetween,
  type Fingerprint,
  isReady,
  listedNow,
  lookDays,
  mostLessonSites,
  type readinessOf,
} from './lesson.ts'
import type { NameLookup } from './lesson-lookup.ts'
import type { Lesson, LessonReads, LessonSite, LessonWrites } from './lesson-store.ts'
import type { ListsFolder } from './lists-folder.ts'
import type { FilterReads } from './filter-store.ts'
import { type LessonPlan, lessonsOf, type PassSite, sightingOf } from './pass.ts'
import type { PassService } from './pass-service.ts'

export const lookDeadline = 'lesson-sites.look'
const dayMs = 86_400_000
/** What did not change is written down once in so long. */
const quietMs = 20 * 3_600_000

export interface LessonServiceWrites {
  readonly lessons: LessonWrites
  readonly classes: ClassReads
  readonly deadlines: DeadlineWrites
  readonly messages: MessageWrites
}
interface LessonServiceReads {
  readonly lessons: LessonReads
}

export interface LessonQuestion {
  readonly classId: string
  readonly topic: string
  readonly plan: Pick<LessonPlan, 'firstDay' | 'from' | 'to'>
  /** Addresses as typed. */
  readonly sites: readonly string[]
  readonly isOnly: boolean
}

export type LessonService = ReturnType<typeof createLessonService>
/** Lists of sites for lessons: a teacher looks at each and says so, and the server notices when one may have changed since. */
export function createLessonService(parts: {
  readonly change: Change<LessonServiceWrites>
  readonly read: Read<LessonServiceReads>
  readonly passes: Pick<PassService, 'askForLesson' | 'dropForLesson'>
  readonly lists: ListsFolder
  readonly lookup: NameLookup
}) {
  const { change, read, passes, lists, lookup } = parts

  const mustBeTheirs = (person: PersonActor, lesson: Lesson): void => {
    if (lesson.teacherId !== person.personId) throw new Refusal('not-found', 'There is no such lesson at this school.')
    if (lesson.withdrawnAt) throw new Refusal('conflict', 'This lesson was withdrawn.')
  }
  const printOf = async (site: Pick<LessonSite, 'host' | 'path'>): Promise<Fingerprint> => ({
    dns: await lookup(site.host),
    categories: listedNow(lists.open().lists, site.host, site.path),
  })

  /** A row that the teacher sees until every site is looked at: due when the lesson begins. */
  const startClock = async ({ deadlines }: LessonServiceWrites, lesson: Lesson, now: Date): Promise<void> => {
    const open = (await deadlines.about(`lesson-sites:${lesson.id}`)).some(
      ({ kind, state }) => kind === lookDeadline && (state === 'open' || state === 'missed'),
    )
    if (open || lesson.fromAt <= now) return
    const startsAt = new Date(Math.max(now.getTime(), lesson.fromAt.getTime() - lookDays * dayMs))
    await deadlines.start({
      kind: lookDeadline,
      subject: `lesson-sites:${lesson.id}`,
      title: 'Look at the sites of a lesson',
      link: lessonAddress(lesson.id),
      ownerRole: 'teacher',
      ownerId: lesson.teacherId,
      startsAt,
      rule: { basis: 'clock-hours', hours: (lesson.fromAt.getTime() - startsAt.getTime()) / 3_600_000 },
    })
  }

  return {
    /** Ids of the lesson's sites that are blocked for somebody in the class when it is held, passes apart. */
    closedFor: async (
      { filtering, classes }: { readonly filtering: FilterReads; readonly classes: ClassReads },
      lesson: Lesson,
    ): Promise<ReadonlySet<string>> => {
      const rules = await filtering.rules()
      const { groups } = await classes.reach({ classId: lesson.classId })
      return new Set(
        lesson.sites
          .filter(({ host, path, address }) => {
            const site = { host, path, asked: address }
            return !sightingOf(site, rules, lists.open().lists, groups, lesson.fromAt).isOpen
          })
          .map(({ id }) => id),
      )
    },

    /** @returns the lesson's id, and whether its pass waits for a decision. */
    plan: async (actor: Actor, question: LessonQuestion): Promise<{ id: string; waits: boolean }> => {
      mustBeAllowed(actor, 'lesson-sites.keep')
      const person = personOf(actor)
      const sites = lessonSites(question.sites)
      const made = async (passId: string | null): Promise<string> =>
        change(actor, async writes => {
          const { lessons, classes, deadlines } = writes
          if (!(await classes.taughtBy(person.personId)).some(({ id }) => id === question.classId))
            throw new Refusal('invalid', 'Select a class that you teach')
          const [time] = lessonsOf(
            { ...question.plan, lastDay: question.plan.firstDay, weekdays: [] },
            await deadlines.calendar(),
            lessons.instant(),
          )
          if (!time) throw new Refusal('invalid', 'Enter when the lesson is')
          const id = await lessons.addLesson({
            classId: question.classId,
            teacherId: person.personId,
            topic: question.topic,
            fromAt: new Date(time.from),
            untilAt: new Date(time.until),
            isOnly: question.isOnly,
            passId,
          })
          await lessons.addSites(id, sites)
          await startClock(writes, await lessons.lesson(id), lessons.instant())
          return changed(id, {
            type: 'lesson-sites.planned',
            subject: `lesson-sites:${id}`,
            detail: { class: question.classId, sites: sites.length, only: question.isOnly, from: time.from },
          })
        })
      if (!question.isOnly) return { id: await made(null), waits: false }
      const asked = await passes.askForLesson(actor, {
        sites: sites.map(
          ({ host, path, address }): PassSite => ({ host, path: seenPath(address, path), asked: address }),
        ),
        classId: question.classId,
        topic: question.topic,
        plan: { ...question.plan, lastDay: question.plan.firstDay, weekdays: [] },
        reason: `For the lesson “${question.topic}” on ${question.plan.firstDay} at ${question.plan.from} these are the only sites`,
        isOnly: true,
      })
      if (asked.kind === 'illegal')
        throw new Refusal(
          'forbidden',
          'One of these is listed as illegal content, which nobody opens. The safeguarding lead is told.',
        )
      return { id: await made(asked.id), waits: asked.kind === 'asked' }
    },

    addSites: (actor: Actor, id: string, typed: readonly string[]): Promise<void> =>
      change(actor, async writes => {
        mustBeAllowed(actor, 'lesson-sites.keep')
        const { lessons } = writes
        await lessons.lockLesson(id)
        const lesson = await lessons.lesson(id)
        mustBeTheirs(personOf(actor), lesson)
        if (lesson.isOnly)
          throw new Refusal(
            'invalid',
            'The sites of this lesson are decided. Withdraw it, and plan it anew with all of them',
          )
        const sites = lessonSites(typed).filter(
          each => !lesson.sites.some(known => known.host === each.host && known.path === each.path),
        )
        if (lesson.sites.length + sites.length > mostLessonSites)
          throw new Refusal('invalid', `A lesson has at most ${mostLessonSites} sites`)
        await lessons.addSites(id, sites)
        await startClock(writes, await lessons.lesson(id), lessons.instant())
        return changed(undefined, {
          type: 'lesson-sites.sites-added',
          subject: `lesson-sites:${id}`,
          detail: { sites: sites.length },
        })
      }),

    removeSite: (actor: Actor, id: string, siteId: string): Promise<void> =>
      change(actor, async ({ lessons }) => {
        mustBeAllowed(actor, 'lesson-sites.keep')
        await lessons.lockLesson(id)
        mustBeTheirs(personOf(actor), await lessons.lesson(id))
        await lessons.removeSite(id, siteId)
        return changed(undefined, {
          type: 'lesson-sites.site-removed',
          subject: `lesson-sites:${id}`,
          detail: { site: siteId },
        })
      }),

    /** The teacher says: I looked at these on this day, and they are right for the class. */
    look: async (actor: Actor, id: string, siteIds: readonly string[], on: string): Promise<void> => {
      mustBeAllowed(actor, 'lesson-sites.keep')
      const person = personOf(actor)
      const before = await read(actor.schoolId, ({ lessons }) => lessons.lesson(id))
      mustBeTheirs(person, before)
      const sites = before.sites.filter(site => siteIds.includes(site.id))
      if (sites.length === 0) throw new Refusal('invalid', 'Select at least one site that you looked at')
      // Asked for outside the transaction: a name server may take its time.
      const prints = new Map<string, Fingerprint>()
      for (const site of sites) prints.set(site.id, await printOf(site))
      await change(actor, async ({ lessons, deadlines }) => {
        await lessons.lockLesson(id)
        const today = londonDate(lessons.instant())
        if (on > today) throw new Refusal('invalid', 'The day on which you looked cannot lie ahead')
        if (on < addCalendarDays(today, -lookDays))
          throw new Refusal('invalid', `Look again: it is longer ago than ${lookDays} days`)
        for (const site of sites) {
          const print = prints.get(site.id)
          if (print) await lessons.looked(id, site.id, on, person.personId, print)
        }
        const after = await lessons.lesson(id)
        if (isReady(after.sites, after.fromAt)) await deadlines.meet(lookDeadline, `lesson-sites:${id}`)
        return changed(undefined, {
          type: 'lesson-sites.looked-at',
          subject: `lesson-sites:${id}`,
          detail: { sites: sites.length, on, names: sites.filter(site => prints.get(site.id)?.dns).length },
        })
      })
    },

    withdraw: async (actor: Actor, id: string): Promise<void> => {
      const lesson = await change(actor, async ({ lessons, deadlines }) => {
        mustBeAllowed(actor, 'lesson-sites.keep')
        await lessons.lockLesson(id)
        const found = await lessons.lesson(id)
        mustBeTheirs(personOf(actor), found)
        await lessons.withdrawLesson(id)
        await deadlines.withdraw(lookDeadline, `lesson-sites:${id}`)
        return changed(found, { type: 'lesson-sites.withdrawn', subject: `lesson-sites:${id}` })
      })
      if (lesson.passId)
        await passes.dropForLesson(actor, lesson.passId).catch(error => {
          // Over by itself, or refused: nothing is left to take back.
          if (!(error instanceof Refusal) || error.code !== 'conflict') throw error
        })
    },

    /**
     * The worker's: asks DNS and the lists about every site of the lessons of the next week that somebody has looked at. What
     * changed is raised with the teacher, and shut in a lesson of only its sites, until somebody looks again.
     * @returns how many sites were found changed.
     */
    recheck: async (schoolId: string, now: Date): Promise<number> => {
      const coming = await read(schoolId, ({ lessons }) =>
        lessons.lessonsBetween(now, new Date(now.getTime() + (lookDays + 1) * dayMs)),
      )
      let count = 0
      for (const lesson of coming) {
        const found: { site: LessonSite; result: 'same' | 'changed' | 'unknown'; differences: string[] }[] = []
        for (const site of lesson.sites) {
          if (!site.fingerprint || site.differences.length > 0) continue
          const print = await printOf(site)
          const differences = differencesBetween(site.fingerprint, print)
          found.push({ site, differences, result: differences.length > 0 ? 'changed' : print.dns ? 'same' : 'unknown' })
        }
        const changes = found.filter(({ result }) => result === 'changed')
        count += changes.length
        const isOld = found.some(({ site }) => !site.checkedAt || now.getTime() - site.checkedAt.getTime() > quietMs)
        if (changes.length === 0 && !isOld) continue
        await change(systemActor(schoolId, 'worker'), async writes => {
          const { lessons, messages } = writes
          await lessons.lockLesson(lesson.id)
          for (const { site, result, differences } of found)
            await lessons.checked(lesson.id, site.id, result, differences)
          const event = (type: string): LedgerEvent => ({
            type,
            subject: `lesson-sites:${lesson.id}`,
            detail: {
              sites: found.length,
              changed: changes.length,
              unknown: found.filter(({ result }) => result === 'unknown').length,
            },
          })
          if (changes.length === 0) return changed(undefined, event('lesson-sites.checked'))
          await messages.tell([lesson.teacherId], 'lesson-sites.changed', lessonAddress(lesson.id))
          await startClock(writes, await lessons.lesson(lesson.id), lessons.instant())
          return changed(undefined, event('lesson-sites.changed'))
        })
      }
      return count
    },
  }
}

export const lessonAddress = (id: string): string => `/lesson-sites/${id}`

/** Sites as typed, one a line, each once. @throws {Refusal} `invalid`. */
function lessonSites(typed: readonly string[]): { host: string; path: string | null; address: string }[] {
  const lines = typed.map(line => line.trim()).filter(Boolean)
  if (lines.length === 0) throw new Refusal('invalid', 'Enter at least one site')
  if (lines.length > mostLessonSites) throw new Refusal('invalid', `A lesson has at most ${mostLessonSites} sites`)
  const seen = new Set<string>()
  return lines.flatMap(line => {
    const { host, path } = siteOf(line)
    const address = /^https?:\/\//i.test(line) ? line.slice(0, 500) : `https://${line}`.slice(0, 500)
    const key = `${host} ${path ?? ''}`
    if (seen.has(key)) return []
    seen.add(key)
    return [{ host, path, address }]
  })
}
/** On a secure site the filter may see only the name: the whole of it must be open for the page to be. */
const seenPath = (address: string, path: string | null): string | null => (/^http:\/\//i.test(address) ? path : null)

/** Words for where a site stands, and whether the lesson can do without another look. */
export const readinessWords = {
  ready: ['Looked at', 'good'],
  'not-looked-at': ['Not looked at yet', 'soon'],
  'too-long-ago': ['Looked at too long ago', 'soon'],
  changed: ['Changed: look again', 'bad'],
} as const satisfies Record<ReturnType<typeof readinessOf>, readonly [string, string]>
