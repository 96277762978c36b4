import type { Technology } from '@gatehouse/engine'
import { addCalendarDays, londonDate, startOfLondonDay, weekdayOf } from '@gatehouse/engine/calendar'
import type { JsonValue } from '@gatehouse/ledger/canonical'
import type { DeadlineWrites } from '../duties/deadline-store.ts'
import { startSchoolDays } from '../duties/start-school-days.ts'
import type { ClassReads } from '../people/class-store.ts'
import { deciders } from '../people/deciders.ts'
import type { PeopleReads } from '../people/people-store.ts'
import { type Actor, may, mustBeAllowed, type PersonActor, personOf, systemActor } from '../platform/actor.ts'
import { type Change, changed, type LedgerEvent, type Read } from '../platform/change.ts'
import type { MessageWrites } from '../platform/messages.ts'
import { Refusal } from '../platform/refusal.ts'
import { asPayload, type RequestWrites } from '../platform/requests.ts'
import { siteOf } from './filter-change.ts'
import type { FilterReads } from './filter-store.ts'
import type { ListsFolder } from './lists-folder.ts'
import {
  ageLimitedRows,
  firstOf,
  lastOf,
  type LessonPlan,
  lessonsOf,
  mayBeAlone,
  mostSites,
  type PassContent,
  type PassSite,
  sameWords,
  type Sighting,
  sightingOf,
  whyNotAlone,
  whyNotDecidePass,
} from './pass.ts'
import type { PassReads, PassRecord, PassWrites } from './pass-store.ts'

export const passRequestKind = 'pass'
export const passDeadline = 'pass.decision'
/** Policy A asks technicians and names no time; two school days is what the safeguarding lead answers within. */
export const decisionSchoolDays = 2
/** Told of a pass that waits, the first two of them. */
const decidingRoles = ['dsl', 'deputy-dsl', 'senior-leader', 'headteacher'] as const

export interface PassServiceWrites {
  readonly passes: PassWrites
  readonly classes: ClassReads
  readonly filtering: FilterReads
  readonly people: PeopleReads
  readonly requests: RequestWrites
  readonly deadlines: DeadlineWrites
  readonly messages: MessageWrites
}
interface PassServiceReads {
  readonly passes: PassReads
  readonly classes: ClassReads
}

/** Whether the page alone is asked for or all of the site: said by the teacher once it was pointed out. */
export type Scope = 'page' | 'whole' | null

export interface PassQuestion {
  /** Addresses as typed. */
  readonly sites: readonly string[]
  /** Hosts ticked as parts that the page needs. */
  readonly parts?: readonly string[]
  readonly scope: Scope
  readonly topic: string
  readonly classId: string
  readonly plan: LessonPlan
  readonly reason: string
  readonly alone: boolean
  readonly copiedFrom?: string | null
}
export interface PermissionQuestion {
  readonly technology: Technology
  /** A class that the actor teaches. */
  readonly classId: string
  /** One pupil of it; null for all of them. */
  readonly personId: string | null
  readonly topic: string
  readonly plan: LessonPlan
  readonly reason: string
}
/** `illegal`: nothing was asked for; the attempt is in the ledger, and the safeguarding lead is told. */
export type Asked =
  | { readonly kind: 'asked' | 'open'; readonly id: string }
  | { readonly kind: 'illegal'; readonly host: string }

export type PassService = ReturnType<typeof createPassService>
/** Temporary openings: asked for by a teacher, decided by somebody else or within the head’s limits, shut by themselves. */
export function createPassService(parts: {
  readonly change: Change<PassServiceWrites>
  readonly read: Read<PassServiceReads>
  readonly lists: ListsFolder
}) {
  const { change, read, lists } = parts

  const sightings = async (
    writes: Pick<PassServiceWrites, 'filtering' | 'classes'>,
    content: PassContent,
  ): Promise<Sighting[]> => {
    const rules = await writes.filtering.rules()
    const { groups } = await writes.classes.reach({
      classId: content.classId,
      ...(content.people[0] === undefined ? {} : { personId: content.people[0] }),
    })
    return content.sites.map(site => sightingOf(site, rules, lists.open().lists, groups, firstOf(content)))
  }

  const safeguardingLead = async (people: PeopleReads): Promise<string[]> => {
    const acting = (await people.whoActsAs('dsl')) ?? (await people.whoActsAs('headteacher'))
    return acting ? [acting.personId] : []
  }

  const mustTeach = async (classes: ClassReads, person: PersonActor, classId: string): Promise<void> => {
    if (!(await classes.taughtBy(person.personId)).some(({ id }) => id === classId))
      throw new Refusal('invalid', 'Select a class that you teach')
  }
  const mustBeNew = async (passes: PassReads, personId: string, content: PassContent, reason: string) => {
    const before = await passes.passes({ askedBy: personId, limit: 500 })
    const hosts = new Set(content.sites.map(({ host }) => host))
    const again = before.find(
      pass => sameWords(pass.reason, reason) && pass.content?.sites.some(({ host }) => hosts.has(host)),
    )
    if (again)
      throw new Refusal('invalid', 'You gave this reason for these sites before. Say why they are needed this time')
  }

  const illegal = async (
    { people, messages }: Pick<PassServiceWrites, 'people' | 'messages'>,
    found: Sighting,
  ): Promise<{ result: Asked; events: readonly [LedgerEvent] }> => {
    await messages.tell(await safeguardingLead(people), 'pass.illegal-asked', '/internet/passes')
    return changed(
      { kind: 'illegal', host: found.site.host },
      { type: 'pass.illegal-asked', subject: `site:${found.site.host}`, detail: {} },
    ) as { result: Asked; events: readonly [LedgerEvent] }
  }

  /** Writes down what is asked for, and starts the clock of whoever decides. */
  const lay = async (
    writes: PassServiceWrites,
    content: PassContent,
    reason: string,
    copiedFrom: string | null,
  ): Promise<{ id: string; digest: string }> => {
    const { passes, requests } = writes
    const request = await requests.propose({
      kind: passRequestKind,
      subject: content.classId === null ? 'pass:person' : `class:${content.classId}`,
      payload: asPayload(content),
      reason,
    })
    const id = await passes.addPass({
      requestId: request.id,
      digest: request.digest,
      content,
      askedBy: request.proposedBy,
      fromAt: firstOf(content),
      untilAt: lastOf(content),
      copiedFrom,
    })
    return { id, digest: request.digest }
  }
  const startClock = async (writes: PassServiceWrites, id: string, askedBy: string): Promise<string> => {
    const { dueAt } = await startSchoolDays(writes.deadlines, decisionSchoolDays, {
      kind: passDeadline,
      subject: `pass:${id}`,
      title: 'Decide about a pass',
      link: addressOf(id),
      ownerRole: 'dsl',
      keptFrom: [askedBy],
    })
    await writes.messages.tell(await deciders(writes.people, decidingRoles, askedBy), 'pass.waiting', addressOf(id))
    return dueAt?.toISOString() ?? ''
  }
  const asked = (
    id: string,
    content: PassContent,
    digest: string,
    due: string,
    sights: readonly Sighting[],
  ): LedgerEvent => ({
    type: 'pass.asked',
    subject: `pass:${id}`,
    detail: {
      digest,
      kind: content.kind,
      sites: content.sites.map(({ host, path }) => `${host}${path ?? ''}`),
      categories: [...new Set(sights.flatMap(({ categories }) => categories.map(({ category }) => category)))].sort(),
      ...(content.technology === null ? {} : { technology: content.technology }),
      ...(content.classId === null ? {} : { class: content.classId }),
      from: firstOf(content).toISOString(),
      until: lastOf(content).toISOString(),
      lessons: content.lessons.length,
      only: content.isOnly,
      ...(due === '' ? {} : { due }),
    },
  })
  const granted = (id: string, content: PassContent, digest: string, alone: boolean): LedgerEvent => ({
    type: 'pass.granted',
    subject: `pass:${id}`,
    detail: { digest, alone, until: lastOf(content).toISOString() },
  })

  /** Asks for what `content` says; opens it at once where `alone` and the limits allow. */
  const ask = (
    actor: Actor,
    make: (writes: PassServiceWrites, person: PersonActor) => Promise<PassContent>,
    options: { reason: string; alone: boolean; copiedFrom: string | null },
  ): Promise<Asked> =>
    change(actor, async writes => {
      mustBeAllowed(actor, 'pass.ask')
      const person = personOf(actor)
      const { passes, people, messages } = writes
      const content = await make(writes, person)
      const found = await sightings(writes, content)
      const worst = found.find(({ isIllegal }) => isIllegal)
      if (worst) return illegal(writes, worst)
      if (found.length > 0 && found.every(({ isOpen }) => isOpen) && !content.isOnly)
        throw new Refusal('invalid', 'All of this is open to the class already, so there is nothing to ask for')
      await mustBeNew(passes, person.personId, content, options.reason)
      // A lesson that shuts what is outside its sites, and opens nothing, takes nobody else.
      const opensNothing = content.isOnly && found.every(({ isOpen }) => isOpen)
      if (options.alone && !opensNothing) {
        const used = await passes.aloneSince(person.personId, weekOf(passes.instant()))
        const why = whyNotAlone(await passes.limits(), content, found, used)
        if (why) throw new Refusal('invalid', why)
      }
      const { id, digest } = await lay(writes, content, options.reason, options.copiedFrom)
      if (options.alone || opensNothing) {
        await passes.grant(id, true)
        if (!opensNothing) await messages.tell(await safeguardingLead(people), 'pass.opened-alone', addressOf(id))
        return changed<Asked>(
          { kind: 'open', id },
          asked(id, content, digest, '', found),
          granted(id, content, digest, true),
        )
      }
      const due = await startClock(writes, id, person.personId)
      return changed<Asked>({ kind: 'asked', id }, asked(id, content, digest, due, found))
    })

  const mustBeWhole = (pass: PassRecord): PassContent => {
    if (!pass.content)
      throw new Refusal(
        'conflict',
        'What is stored for this pass is not what was asked for. It cannot be decided, and it opens nothing; tell the network manager. Whoever asked can withdraw it.',
      )
    return pass.content
  }

  const end = async (
    { passes, deadlines, messages }: PassServiceWrites,
    pass: PassRecord,
    how: 'time' | 'early' | 'left',
  ): Promise<LedgerEvent> => {
    // What ended by its own end ended then, however late it is written down.
    await passes.endPass(pass.id, how, how === 'time' ? pass.untilAt : passes.instant())
    await deadlines.withdraw(passDeadline, `pass:${pass.id}`)
    if (how === 'left') await messages.tell([pass.askedBy], 'pass.ended', addressOf(pass.id))
    return { type: 'pass.ended', subject: `pass:${pass.id}`, detail: { how, digest: pass.digest } }
  }

  return {
    sightings,
    ask: (actor: Actor, question: PassQuestion): Promise<Asked> =>
      ask(
        actor,
        async ({ classes, deadlines, passes }, person) => {
          await mustTeach(classes, person, question.classId)
          const sites = sitesOf(question.sites, question.parts ?? [], question.scope)
          if (question.copiedFrom) {
            const before = await passes.pass(question.copiedFrom)
            if (before.askedBy !== person.personId)
              throw new Refusal('forbidden', 'Only somebody’s own passes can be asked for again.')
          }
          return {
            kind: 'sites',
            sites,
            technology: null,
            classId: question.classId,
            people: [],
            teacherId: person.personId,
            topic: question.topic,
            lessons: lessonsOf(question.plan, await deadlines.calendar(), passes.instant()),
            isOnly: false,
          }
        },
        { reason: question.reason, alone: question.alone, copiedFrom: question.copiedFrom ?? null },
      ),

    /** Leave for a row of the technology matrix that says “with permission”. Never opens an age-limited service to under-13s. */
    askPermission: (actor: Actor, question: PermissionQuestion): Promise<Asked> =>
      ask(
        actor,
        async ({ classes, deadlines, passes, filtering }, person) => {
          const { technology, classId, personId } = question
          await mustTeach(classes, person, classId)
          if (personId !== null && !(await classes.pupilsOf(classId)).some(({ id }) => id === personId))
            throw new Refusal('invalid', 'Select a pupil of this class')
          const cell = (await filtering.rules()).matrix?.cells.find(
            each => each.technology === technology && each.side === 'pupils',
          )
          if (cell && cell.level !== 'with-permission')
            throw new Refusal(
              'invalid',
              cell.level === 'not-allowed'
                ? 'The school’s table says that pupils may not use this, with or without permission'
                : 'The school’s table asks for no permission for this',
            )
          const reach = await classes.reach({ classId, ...(personId === null ? {} : { personId }) })
          if (ageLimitedRows.includes(technology) && reach.under13 >= reach.pupils)
            throw new Refusal(
              'invalid',
              'These services set 13 as their least age, and nobody here is known to be 13. No permission changes that',
            )
          return {
            kind: 'technology',
            sites: [],
            technology,
            classId,
            people: personId === null ? [] : [personId],
            teacherId: person.personId,
            topic: question.topic,
            lessons: lessonsOf(question.plan, await deadlines.calendar(), passes.instant()),
            isOnly: false,
          }
        },
        { reason: question.reason, alone: false, copiedFrom: null },
      ),

    /** For a lesson's list of sites: the only ones open to the class for its time. Waits for a decision where it opens anything. */
    askForLesson: (
      actor: Actor,
      lesson: {
        sites: readonly PassSite[]
        classId: string
        topic: string
        plan: LessonPlan
        reason: string
        isOnly: boolean
      },
    ): Promise<Asked> =>
      ask(
        actor,
        async ({ classes, deadlines, passes }, person) => {
          await mustTeach(classes, person, lesson.classId)
          return {
            kind: 'lesson',
            sites: lesson.sites.slice(0, mostSites),
            technology: null,
            classId: lesson.classId,
            people: [],
            teacherId: person.personId,
            topic: lesson.topic,
            lessons: lessonsOf(lesson.plan, await deadlines.calendar(), passes.instant()),
            isOnly: lesson.isOnly,
          }
        },
        { reason: lesson.reason, alone: false, copiedFrom: null },
      ),

    /** @param digest what the decider was shown. For a pass that a teacher opened alone: that it was looked at, or that it ends. */
    decide: (
      actor: Actor,
      id: string,
      verdict: 'approved' | 'refused',
      reason: string,
      digest: string,
    ): Promise<void> =>
      change(actor, async writes => {
        const { passes, requests, deadlines, messages, classes } = writes
        await passes.lockPass(id)
        const pass = await passes.pass(id)
        const content = mustBeWhole(pass)
        const request = await requests.lock(pass.requestId)
        const found = await sightings(writes, content)
        const why = whyNotDecidePass(actor, found)
        if (why) throw new Refusal('forbidden', why)
        if (verdict === 'approved' && pass.state === 'waiting') {
          if (found.some(({ isIllegal }) => isIllegal))
            throw new Refusal('forbidden', 'Nobody opens what is listed as illegal. Refuse this, and look into it.')
          if (pass.untilAt <= passes.instant())
            throw new Refusal('conflict', 'The lessons are over, so there is nothing left to open. Refuse it.')
          if (content.classId !== null && !(await classes.teachersOf(content.classId)).includes(pass.askedBy))
            throw new Refusal('conflict', 'Whoever asked does not teach this class any more. Refuse it.')
        }
        await requests.decide(request, verdict, reason, digest)
        const [met] = await deadlines.meet(passDeadline, `pass:${id}`)
        const late = met?.state === 'late'
        await messages.tell([pass.askedBy], 'pass.decided', addressOf(id))
        const decided = (type: string): LedgerEvent => ({
          type,
          subject: `pass:${id}`,
          detail: { digest: pass.digest, verdict, late },
        })
        if (pass.state !== 'waiting') {
          // Opened alone: the safeguarding lead looks at it afterwards, and ends it where it was not right.
          if (verdict === 'refused' && pass.state === 'granted')
            return changed(undefined, decided('pass.looked-at'), await end(writes, pass, 'early'))
          return changed(undefined, decided('pass.looked-at'))
        }
        if (verdict === 'refused') {
          await passes.closePass(id, 'refused')
          return changed(undefined, decided('pass.refused'))
        }
        await passes.grant(id, false)
        return changed(undefined, decided('pass.decided'), granted(id, content, pass.digest, false))
      }),

    withdraw: (actor: Actor, id: string, digest: string): Promise<void> =>
      change(actor, async ({ passes, requests, deadlines }) => {
        await passes.lockPass(id)
        const pass = await passes.pass(id)
        if (pass.state !== 'waiting') throw new Refusal('conflict', 'It is decided already. End it instead.')
        await requests.decide(await requests.lock(pass.requestId), 'withdrawn', 'Withdrawn by whoever asked', digest)
        await passes.closePass(id, 'withdrawn')
        await deadlines.withdraw(passDeadline, `pass:${id}`)
        return changed(undefined, { type: 'pass.withdrawn', subject: `pass:${id}`, detail: { digest: pass.digest } })
      }),

    /** Before its time, at once: whoever asked, anybody who teaches the class, and whoever may decide about passes. */
    endEarly: (actor: Actor, id: string): Promise<void> =>
      change(actor, async writes => {
        const { passes, classes } = writes
        await passes.lockPass(id)
        const pass = await passes.pass(id)
        const why = await whyNotEnd(actor, pass, classes)
        if (why) throw new Refusal('forbidden', why)
        if (pass.state !== 'granted') throw new Refusal('conflict', 'This pass is not open.')
        return changed(undefined, await end(writes, pass, 'early'))
      }),

    /** The lesson that it was for is withdrawn: so is the request, or the pass ends. */
    dropForLesson: (actor: Actor, id: string): Promise<void> =>
      change(actor, async writes => {
        const { passes, requests, deadlines } = writes
        await passes.lockPass(id)
        const pass = await passes.pass(id)
        if (pass.askedBy !== personOf(actor).personId)
          throw new Refusal('forbidden', 'Only whoever asked for it can take it back.')
        if (pass.state === 'granted') return changed(undefined, await end(writes, pass, 'early'))
        if (pass.state !== 'waiting') throw new Refusal('conflict', 'It is over already.')
        const request = await requests.lock(pass.requestId)
        await requests.decide(request, 'withdrawn', 'The lesson was withdrawn', request.digest)
        await passes.closePass(id, 'withdrawn')
        await deadlines.withdraw(passDeadline, `pass:${id}`)
        return changed(undefined, { type: 'pass.withdrawn', subject: `pass:${id}`, detail: { digest: pass.digest } })
      }),

    setLimits: (
      actor: Actor,
      limits: { categories: readonly string[]; minutes: number; perWeek: number; reason: string },
    ): Promise<void> =>
      change(actor, async ({ passes, people, messages }) => {
        mustBeAllowed(actor, 'pass.limit')
        const { personId } = personOf(actor)
        if (limits.categories.some(name => !mayBeAlone.some(each => each === name)))
          throw new Refusal('invalid', 'Some of these can never be opened by one person alone')
        await passes.setLimits({ ...limits, setBy: personId })
        const lead = (await safeguardingLead(people)).filter(id => id !== personId)
        await messages.tell(lead, 'pass.limits-set', '/internet/passes/limits')
        return changed(undefined, {
          type: 'pass.limits-set',
          subject: 'pass:limits',
          detail: { categories: [...limits.categories].sort(), minutes: limits.minutes, perWeek: limits.perWeek },
        })
      }),

    /**
     * The worker’s: writes down what is over, and ends what nobody answers for any more. What gateways do does not wait for
     * it: each pass holds its own end.
     */
    tidy: async (schoolId: string): Promise<void> => {
      const over = await read(schoolId, async ({ passes, classes }) => {
        const lapsed = (await passes.lapsed()).map(({ id }) => ({ id, how: 'time' as const }))
        const left: { id: string; how: 'left' }[] = []
        for (const pass of await passes.granted())
          if (pass.classId !== null && !(await classes.teachersOf(pass.classId)).includes(pass.askedBy))
            left.push({ id: pass.id, how: 'left' })
        return [...lapsed, ...left.filter(({ id }) => !lapsed.some(each => each.id === id))]
      })
      for (const { id, how } of over)
        await change(systemActor(schoolId, 'worker'), async writes => {
          await writes.passes.lockPass(id)
          const pass = await writes.passes.pass(id)
          if (pass.state !== 'granted') throw new Refusal('conflict', 'It was ended meanwhile.')
          return changed(undefined, await end(writes, pass, how))
        }).catch(error => {
          if (!(error instanceof Refusal)) throw error
        })
    },

    /** What the running gateway was seen to do with a pass after its end. */
    noteShut: (schoolId: string, id: string, result: 'shut' | 'open' | 'unknown', detail: JsonValue): Promise<void> =>
      change(systemActor(schoolId, 'worker'), async ({ passes, people, messages }) => {
        await passes.seenShut(id, result)
        if (result === 'open') {
          const manager = await people.whoActsAs('network-manager')
          await messages.tell(
            [...(await safeguardingLead(people)), ...(manager ? [manager.personId] : [])],
            'pass.still-open',
            addressOf(id),
          )
        }
        return changed(undefined, {
          type: 'pass.tested',
          subject: `pass:${id}`,
          detail: { result, seen: detail },
        })
      }),
  }
}

export const addressOf = (id: string): string => `/internet/passes/${id}`

/** Why this actor may not end the pass now, or null; the page asks the same. */
export async function whyNotEnd(
  actor: Actor,
  pass: Pick<PassRecord, 'askedBy' | 'classId'>,
  classes: Pick<ClassReads, 'teachersOf'>,
): Promise<string | null> {
  if (may(actor, 'pass.end')) return null
  const { personId } = personOf(actor)
  if (personId === pass.askedBy) return null
  if (pass.classId !== null && (await classes.teachersOf(pass.classId)).includes(personId)) return null
  return 'Only whoever asked for it, teachers of the class and those who look after the filter can end it.'
}

/**
 * Sites as typed, one host or page each. What would open more than it seems is pointed out until the teacher has said which
 * of the two is meant.
 * @throws {Refusal} `invalid`.
 */
export function sitesOf(typed: readonly string[], parts: readonly string[], scope: Scope): PassSite[] {
  const lines = typed.map(line => line.trim()).filter(Boolean)
  if (lines.length === 0) throw new Refusal('invalid', 'Enter at least one site')
  if (lines.length + parts.length > mostSites)
    throw new Refusal('invalid', `A pass is for at most ${mostSites} sites. Ask for a second one`)
  const found = lines.map(line => ({ ...siteOf(line), asked: line.slice(0, 500), isPlain: /^http:\/\//i.test(line) }))
  const wide = found.filter(({ path }) => path === null)
  const unseen = found.filter(({ path, isPlain }) => path !== null && !isPlain)
  if (scope === null && wide[0])
    throw new Refusal(
      'invalid',
      `This asks for the whole of ${wide.map(({ host }) => host).join(' and ')}. If one page would do, enter its address; if not, say below that you need all of it`,
    )
  if (scope === null && unseen[0])
    throw new Refusal(
      'invalid',
      `On a secure (https) site the filter may see only the site and not the page. Say below whether all of ${unseen.map(({ host }) => host).join(' and ')} may be opened`,
    )
  if (scope === 'page' && wide[0])
    throw new Refusal('invalid', `Enter the address of the page on ${wide[0].host}, or say that you need all of it`)
  const sites = [
    ...found.map(({ host, path, asked: as, isPlain }) => ({
      host,
      path: scope === 'whole' && !isPlain ? null : path,
      asked: as,
    })),
    ...parts.map(part => ({ host: siteOf(part).host, path: null, asked: part })),
  ]
  const seen = new Set<string>()
  return sites.filter(({ host, path }) => {
    const key = `${host} ${path ?? ''}`
    return seen.has(key) ? false : seen.add(key)
  })
}

/** Since when a week is counted: Monday, 00:00 in London. */
export const weekOf = (now: Date): Date => {
  const today = londonDate(now)
  return startOfLondonDay(addCalendarDays(today, -((weekdayOf(today) + 6) % 7)))
}
