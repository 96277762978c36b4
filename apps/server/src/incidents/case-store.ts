import { type RawBuilder, type Selectable, sql } from 'kysely'
import { deadlineWrites } from '../duties/deadline-store.ts'
import { peopleReads } from '../people/people-store.ts'
import { granteesOf, type Role } from '../permissions.ts'
import { type Actor, may } from '../platform/actor.ts'
import type { LedgerEvent, ReadContext, WriteContext } from '../platform/change.ts'
import { isId, newId } from '../platform/identifiers.ts'
import { messageWrites } from '../platform/messages.ts'
import { Refusal } from '../platform/refusal.ts'
import { type CaseCategory, type CaseStatus, type Part, type Seriousness, withoutNamed } from './case.ts'
import { breachRule, caseClocks, startSchoolClock } from './case-clocks.ts'
import { concernKind } from './data/concern-categories.ts'
import type { CaseTables } from './incidents-tables.ts'

/** A case without its sealed words. */
export interface Case {
  readonly id: string
  readonly category: CaseCategory
  readonly kind: string
  readonly seriousness: Seriousness
  readonly status: CaseStatus
  readonly ownerRole: Role
  readonly ownerId: string | null
  readonly audience: readonly Role[]
  readonly keyId: string
  readonly happenedAt: Date | null
  readonly reportedAt: Date
  readonly openedAt: Date
  readonly origin: string
  readonly offSite: boolean
  readonly policies: readonly string[]
  readonly triagedAt: Date | null
  readonly closedAt: Date | null
  readonly response: string | null
  readonly heldAt: Date | null
  readonly nextDue: Date | null
}

export interface NewCase {
  readonly category: CaseCategory
  /** An id of incidents/data/categories. */
  readonly kind: string
  readonly seriousness: Seriousness
  /** The roles that may see it. Roles that may never see this category are left out: the DPO of all but data matters. */
  readonly audience: readonly Role[]
  readonly ownerRole: Role
  /** People it is about as possible wrongdoers, or who are named in it as such: they never see it, whatever their role. */
  readonly subjects: readonly string[]
  readonly involved: readonly { readonly personId?: string; readonly label?: string; readonly part: Part }[]
  readonly happenedAt: Date | null
  readonly reportedAt: Date
  /** `report:ID`, `flag:ID`, `person:ID` … */
  readonly origin: string
  /** What it is about, in people's words; sealed. */
  readonly summary: string
  readonly offSite?: boolean
}

export interface CaseFilter {
  readonly status?: CaseStatus | 'open'
  readonly category?: CaseCategory
  readonly seriousness?: Seriousness
  readonly mine?: boolean
  readonly late?: boolean
  readonly sort?: 'newest' | 'oldest' | 'due'
}

/**
 * The scope of every question about cases: a role of the actor stands in the audience (the data protection officer for
 * data matters only, the network manager for data and technical ones), and the actor is not barred as one it is about.
 * It is part of the SQL, on `case_file`, and nothing is filtered afterwards.
 */
export function caseVisibleTo(actor: Actor): RawBuilder<boolean> {
  if (actor.kind === 'system') return sql<boolean>`true`
  if (actor.kind !== 'person' || !may(actor, 'case.view')) return sql<boolean>`false`
  // Roles are our own words, written as literals so that partial indexes on them are used.
  const byRole = actor.roles.map(role => {
    const inAudience = sql<boolean>`${sql.lit(role)} = any(case_file.audience)`
    if (role === 'dpo') return sql<boolean>`(${inAudience} and case_file.category = 'data')`
    if (role === 'network-manager') return sql<boolean>`(${inAudience} and case_file.category in ('data', 'technical'))`
    return inAudience
  })
  if (byRole.length === 0) return sql<boolean>`false`
  return sql<boolean>`((${sql.join(byRole, sql` or `)}) and not exists (select from case_barred where case_barred.school_id = case_file.school_id and case_barred.case_id = case_file.id and case_barred.person_id = ${actor.personId}))`
}

export const noSuchCase = 'There is no such case at this school that you may open.'
/** What a list counts to before it says “more than”. */
export const countedCases = 2_000
/** The most that one CSV holds; filters choose which. */
export const csvCases = 10_000
export const casesAPage = 50

export type CaseReads = ReturnType<typeof caseReads>
export function caseReads({ db, schoolId, now, seal }: ReadContext) {
  const scoped = (actor: Actor) =>
    db.selectFrom('case_file').where('case_file.school_id', '=', schoolId).where(caseVisibleTo(actor))
  const filtered = (actor: Actor, filter: CaseFilter) =>
    scoped(actor)
      .$if(filter.status === 'open', query => query.where('status', '<>', 'closed'))
      .$if(filter.status !== undefined && filter.status !== 'open', query =>
        query.where('status', '=', filter.status as CaseStatus),
      )
      .$if(filter.category !== undefined, query => query.where('category', '=', filter.category ?? 'data'))
      .$if(filter.seriousness !== undefined, query => query.where('seriousness', '=', filter.seriousness ?? 'low'))
      .$if(filter.mine === true, query => query.where('owner_id', '=', actor.kind === 'person' ? actor.personId : null))
      .$if(filter.late === true, query => query.where('status', '<>', 'closed').where('next_due', '<', now))
  return {
    /** @throws {Refusal} `not-found` for another school's case, and for one that this actor may not see: the same words. */
    get: async (actor: Actor, id: string): Promise<Case> => {
      const row = isId(id) ? await scoped(actor).selectAll().where('id', '=', id).executeTakeFirst() : undefined
      if (!row) throw new Refusal('not-found', noSuchCase)
      return caseOf(row)
    },
    /** The cases that this person must not know of: each is about them. */
    keptFrom: async (personId: string): Promise<string[]> =>
      (
        await db
          .selectFrom('case_barred')
          .select('case_id')
          .where('school_id', '=', schoolId)
          .where('person_id', '=', personId)
          .execute()
      ).map(row => row.case_id),
    /** The sealed words. The caller records that they were opened. */
    words: async (
      file: Case,
    ): Promise<{ summary: string; outcome: string | null; lesson: string | null; schoolLink: string | null }> => {
      const row = await db
        .selectFrom('case_file')
        .select(['summary', 'outcome', 'lesson', 'school_link'])
        .where('school_id', '=', schoolId)
        .where('id', '=', file.id)
        .executeTakeFirstOrThrow()
      const open = (sealed: Buffer | null) => (sealed ? seal.open(file.keyId, sealed) : Promise.resolve(null))
      return {
        summary: await seal.open(file.keyId, row.summary),
        outcome: await open(row.outcome),
        lesson: await open(row.lesson),
        schoolLink: await open(row.school_link),
      }
    },
    list: async (actor: Actor, filter: CaseFilter, page = 1, size = casesAPage): Promise<Case[]> =>
      (
        await filtered(actor, filter)
          .selectAll()
          .$if(filter.sort === 'oldest', query => query.orderBy('opened_at').orderBy('id'))
          .$if(filter.sort === 'due', query =>
            query.orderBy('next_due', order => order.asc().nullsLast()).orderBy('id'),
          )
          .$if(filter.sort === undefined || filter.sort === 'newest', query =>
            query.orderBy('opened_at', 'desc').orderBy('id', 'desc'),
          )
          .limit(size)
          .offset((page - 1) * size)
          .execute()
      ).map(caseOf),
    /** How many there are, up to `countedCases` and one more. */
    count: async (actor: Actor, filter: CaseFilter): Promise<number> => {
      const row = await db
        .selectFrom(
          filtered(actor, filter)
            .select('id')
            .limit(countedCases + 1)
            .as('found'),
        )
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow()
      return row.count
    },
    /** Closings and lowerings that wait for somebody who is not their proposer, in cases of this actor's scope. */
    waitingForSecond: async (actor: Actor): Promise<{ id: string; caseId: string; kind: string; proposedAt: Date }[]> =>
      (
        await db
          .selectFrom('request')
          .innerJoin('case_file', join =>
            join
              .onRef('case_file.school_id', '=', 'request.school_id')
              // By the case's own key, so that the few that wait lead to their cases and not the other way round.
              .on(sql<boolean>`case_file.id = substr(request.subject, 6)::uuid`),
          )
          .select(['request.id', 'case_file.id as case_id', 'request.kind', 'request.proposed_at'])
          .where('request.school_id', '=', schoolId)
          .where('request.state', '=', 'waiting')
          .where('request.kind', 'in', ['case.close', 'case.lower'])
          .where(
            'request.proposed_by',
            '<>',
            actor.kind === 'person' ? actor.personId : '00000000-0000-0000-0000-000000000000',
          )
          .where(caseVisibleTo(actor))
          .orderBy('request.proposed_at')
          .limit(50)
          .execute()
      ).map(row => ({ id: row.id, caseId: row.case_id, kind: row.kind, proposedAt: row.proposed_at })),
    openSealed: (file: Pick<Case, 'keyId'>, sealed: Buffer): Promise<string> => seal.open(file.keyId, sealed),
    /** How the last closed cases of a kind were answered, most first. Numbers only, of the whole school. */
    responsesTo: async (kind: string): Promise<{ response: string; count: number }[]> => {
      const rows = await db
        .selectFrom(
          db
            .selectFrom('case_file')
            .select('response')
            .where('school_id', '=', schoolId)
            .where('kind', '=', kind)
            .where('status', '=', 'closed')
            .where('response', 'is not', null)
            .orderBy('closed_at', 'desc')
            .limit(50)
            .as('last'),
        )
        .select(({ fn }) => ['last.response', fn.countAll<number>().as('count')])
        .groupBy('last.response')
        .orderBy('count', 'desc')
        .execute()
      return rows.map(row => ({ response: row.response ?? '', count: row.count }))
    },
    /** Cases in which this person has a part, newest first, for those who may see them. */
    ofPerson: async (actor: Actor, personId: string, limit = 20): Promise<Case[]> =>
      (
        await scoped(actor)
          .selectAll()
          .where(({ exists, selectFrom }) =>
            exists(
              selectFrom('case_party')
                .select('case_party.case_id')
                .whereRef('case_party.school_id', '=', 'case_file.school_id')
                .whereRef('case_party.case_id', '=', 'case_file.id')
                .where('case_party.person_id', '=', personId),
            ),
          )
          .orderBy('opened_at', 'desc')
          .limit(limit)
          .execute()
      ).map(caseOf),
    /** Cases made from a report or flag, for those who may see them. */
    byOrigin: async (actor: Actor, origin: string): Promise<Case[]> =>
      (await scoped(actor).selectAll().where('origin', '=', origin).orderBy('opened_at').execute()).map(caseOf),
  }
}

export type CaseWrites = ReturnType<typeof caseWrites>
export function caseWrites(context: WriteContext) {
  const { tx, schoolId, now, seal } = context
  const people = peopleReads({ ...context, db: tx })
  const deadlines = deadlineWrites(context)
  const messages = messageWrites(context)
  const reads = caseReads({ ...context, db: tx })

  const barredOf = async (id: string): Promise<string[]> =>
    (
      await tx
        .selectFrom('case_barred')
        .select('person_id')
        .where('school_id', '=', schoolId)
        .where('case_id', '=', id)
        .execute()
    ).map(row => row.person_id)
  /** Who answers in one of these roles and is not barred; the first found. null when nobody does. */
  const answerer = async (
    wanted: readonly Role[],
    barred: readonly string[],
  ): Promise<{ personId: string; role: Role } | null> => {
    for (const role of wanted) {
      const acting = await people.whoActsAs(role)
      if (acting && !barred.includes(acting.personId)) return { personId: acting.personId, role }
    }
    return null
  }
  const rolesNamed = async (personIds: readonly string[]): Promise<Role[]> =>
    (await Promise.all([...new Set(personIds)].map(id => people.rolesOf(id)))).flat()
  const set = (id: string, values: Partial<Selectable<CaseTables['case_file']>>) =>
    tx.updateTable('case_file').set(values).where('school_id', '=', schoolId).where('id', '=', id).execute()

  /** Keeps the earliest open deadline beside the case, for the list. */
  const keepNextDue = async (id: string): Promise<void> => {
    const open = (await deadlines.about(`case:${id}`)).filter(
      ({ state, dueAt }) => (state === 'open' || state === 'missed') && dueAt !== null,
    )
    await set(id, { next_due: open[0]?.dueAt ?? null })
  }

  /** Tells the headteacher (the chair, when named) and the IT contact (the DPO, when there is none) that a serious case is open, without content. */
  const alertSerious = async (
    id: string,
    category: CaseCategory,
    barred: readonly string[],
  ): Promise<LedgerEvent[]> => {
    const headNamed = (await rolesNamed(barred)).includes('headteacher')
    const told: { kind: 'headteacher' | 'it-contact'; role: Role; personId: string | null }[] = []
    const leader = await answerer(headNamed ? ['chair'] : ['headteacher', 'chair'], barred)
    told.push({
      kind: 'headteacher',
      role: leader?.role ?? (headNamed ? 'chair' : 'headteacher'),
      personId: leader?.personId ?? null,
    })
    const contact = await answerer(['network-manager', 'dpo'], barred)
    told.push({ kind: 'it-contact', role: contact?.role ?? 'network-manager', personId: contact?.personId ?? null })
    if (category === 'data' && contact?.role !== 'dpo') {
      const officer = await answerer(['dpo'], barred)
      if (officer) told.push({ kind: 'it-contact', role: 'dpo', personId: officer.personId })
    }
    const events: LedgerEvent[] = []
    for (const { kind, role, personId } of told) {
      const alertId = newId(now.getTime())
      await tx
        .insertInto('case_alert')
        .values({
          school_id: schoolId,
          id: alertId,
          case_id: id,
          kind,
          role,
          person_id: personId,
          made_at: now,
          acknowledged_at: null,
          acknowledged_by: null,
        })
        .execute()
      await deadlines.start({
        kind: 'incident.serious-alert',
        subject: `alert:${alertId}`,
        title: 'Say that you know of a serious incident',
        link: `/alerts/${alertId}`,
        ownerRole: role,
        ...(personId ? { ownerId: personId } : {}),
        rule: caseClocks.seriousAlert,
        keptFrom: barred,
      })
      if (personId) await messages.tell([personId], 'incident.serious', `/alerts/${alertId}`)
      events.push({
        type: personId ? 'case.alerted' : 'case.alert-unanswered',
        subject: `case:${id}`,
        detail: { alert: alertId, kind, role, ...(personId ? { person: personId } : {}) },
      })
    }
    return events
  }

  /** Everything is held from the first moment: nothing in such a case is ever erased, and it stays serious. */
  const beginIllegalPath = async (caseId: string, suspicion: string): Promise<void> => {
    await tx
      .insertInto('illegal_path')
      .values({
        school_id: schoolId,
        case_id: caseId,
        suspicion,
        begun_at: now,
        begun_by: context.actor.kind === 'person' ? context.actor.personId : null,
        address: null,
        finished_at: null,
      })
      .execute()
    await tx
      .updateTable('case_file')
      .set(eb => ({ seriousness: 'serious', held_at: eb.fn.coalesce('held_at', eb.val(now)) }))
      .where('school_id', '=', schoolId)
      .where('id', '=', caseId)
      .execute()
  }
  /** The 72 hours run from awareness, through nights, weekends and holidays, whoever is away. */
  const beginBreach = async (
    file: Pick<Case, 'id' | 'ownerRole' | 'ownerId'>,
    awareAt: Date,
    loss: 'confidentiality' | 'integrity' | 'availability',
  ): Promise<void> => {
    await tx
      .insertInto('data_breach')
      .values({
        school_id: schoolId,
        case_id: file.id,
        aware_at: awareAt,
        recorded_at: now,
        recorded_by: context.actor.kind === 'person' ? context.actor.personId : null,
        loss,
        risk: null,
        notify: null,
        decided_at: null,
        decided_by: null,
        reasons: null,
        notified_at: null,
        people_told_at: null,
      })
      .execute()
    const barred = await barredOf(file.id)
    const officer = await answerer(['dpo', 'headteacher', 'chair'], barred)
    await deadlines.start({
      kind: 'breach.ico',
      subject: `case:${file.id}`,
      title: 'Decide on a personal-data breach, and notify if needed',
      link: `/cases/${file.id}/breach`,
      ownerRole: 'dpo',
      ...(officer ? { ownerId: officer.personId } : {}),
      rule: breachRule(),
      startsAt: awareAt,
      keptFrom: barred,
    })
    if (officer) await messages.tell([officer.personId], 'breach.clock', `/cases/${file.id}/breach`)
  }

  return {
    ...reads,
    /** The instant of this change. */
    now,
    beginIllegalPath,
    beginBreach,
    rolesNamed,
    answerer,
    barredOf,
    alertSerious,
    keepNextDue,
    sealFor: (file: Pick<Case, 'keyId'>, words: string): Promise<Buffer> => seal.seal(file.keyId, words),
    openFor: (file: Pick<Case, 'keyId'>, sealed: Buffer): Promise<string> => seal.open(file.keyId, sealed),
    /** Whether a second person has been asked for this and has not answered. */
    isWaitingForSecond: async (id: string, kind: string): Promise<boolean> =>
      (await tx
        .selectFrom('request')
        .select('id')
        .where('school_id', '=', schoolId)
        .where('subject', '=', `case:${id}`)
        .where('kind', '=', kind)
        .where('state', '=', 'waiting')
        .executeTakeFirst()) !== undefined,
    /** Those who act in a role of the audience that may be a second person, and are not barred. */
    peopleWhoMay: async (file: Pick<Case, 'id' | 'audience'>): Promise<string[]> => {
      const barred = await barredOf(file.id)
      const found: string[] = []
      for (const role of file.audience.filter(each => granteesOf('case.approve').includes(each))) {
        for (const { personId } of await people.holders(role)) if (!barred.includes(personId)) found.push(personId)
      }
      return [...new Set(found)]
    },
    /**
     * Opens a case with its owner, its audience and its clocks, and tells the owner; a serious one also alerts the
     * headteacher and the IT contact. A kind on the illegal-content path puts the case there from the start, and one of a
     * personal-data breach starts the 72 hours at `reportedAt`, the strictest reading of awareness.
     * Chain `events` in the `changed` of the change that calls this, after its own.
     */
    open: async (fresh: NewCase): Promise<{ caseId: string; events: readonly LedgerEvent[] }> => {
      const kind = concernKind(fresh.kind)
      if (!kind) throw new Error(`there is no kind of concern “${fresh.kind}”`)
      const subjects = [
        ...new Set([
          ...fresh.subjects,
          ...fresh.involved.flatMap(({ personId, part }) => (part === 'subject' && personId ? [personId] : [])),
        ]),
      ]
      const { ownerRole, audience } = withoutNamed(
        fresh.category,
        fresh.ownerRole,
        fresh.audience,
        await rolesNamed(subjects),
      )
      if (audience.length === 0) throw new Error(`no role may see a new case of category ${fresh.category}`)
      const owner = await answerer(
        [
          ownerRole,
          ...audience.filter(role => role === 'headteacher' || role === 'deputy-dsl' || role === 'deputy'),
          ...(audience.includes('chair') ? (['chair'] as const) : []),
        ],
        subjects,
      )
      const caseId = newId(now.getTime())
      const keyId = await seal.newKey()
      await tx
        .insertInto('case_file')
        .values({
          school_id: schoolId,
          id: caseId,
          category: fresh.category,
          kind: fresh.kind,
          seriousness: fresh.seriousness,
          status: 'new',
          owner_role: ownerRole,
          owner_id: owner?.personId ?? null,
          audience,
          key_id: keyId,
          summary: await seal.seal(keyId, fresh.summary),
          happened_at: fresh.happenedAt,
          reported_at: fresh.reportedAt,
          opened_at: now,
          origin: fresh.origin,
          off_site: fresh.offSite ?? false,
          school_link: null,
          triaged_at: null,
          closed_at: null,
          response: null,
          outcome: null,
          lesson: null,
          held_at: null,
          next_due: null,
        })
        .execute()
      for (const person of subjects)
        await tx.insertInto('case_barred').values({ school_id: schoolId, person_id: person, case_id: caseId }).execute()
      const listed = subjects
        .filter(id => !fresh.involved.some(({ personId }) => personId === id))
        .map(personId => ({ personId, part: 'subject' as const }))
      for (const involved of [...fresh.involved, ...listed]) await addParty(caseId, keyId, involved)
      await deadlines.start({
        kind: 'case.triage',
        subject: `case:${caseId}`,
        title: 'Triage a case',
        link: `/cases/${caseId}`,
        ownerRole,
        ...(owner ? { ownerId: owner.personId } : {}),
        rule: caseClocks.triage,
        startsAt: fresh.reportedAt,
        keptFrom: subjects,
      })
      if (kind.path === 'illegal-content') await beginIllegalPath(caseId, kind.id)
      if (kind.path === 'data-breach')
        await beginBreach(
          { id: caseId, ownerRole, ownerId: owner?.personId ?? null },
          fresh.reportedAt,
          'confidentiality',
        )
      await keepNextDue(caseId)
      if (owner) await messages.tell([owner.personId], 'case.opened', `/cases/${caseId}`)
      const alerts = fresh.seriousness === 'serious' ? await alertSerious(caseId, fresh.category, subjects) : []
      const opened: LedgerEvent = {
        type: 'case.opened',
        subject: `case:${caseId}`,
        detail: {
          category: fresh.category,
          kind: fresh.kind,
          seriousness: fresh.seriousness,
          ownerRole,
          ...(owner ? { owner: owner.personId } : {}),
          audience,
          barred: subjects.length,
          origin: fresh.origin,
          reportedAt: fresh.reportedAt.toISOString(),
        },
      }
      return { caseId, events: [opened, ...alerts] }
    },
    /** Holds the row until the transaction ends. @throws {Refusal} `not-found` outside the actor's scope. */
    lock: async (actor: Actor, id: string): Promise<Case> => {
      if (!isId(id)) throw new Refusal('not-found', noSuchCase)
      const row = await tx
        .selectFrom('case_file')
        .selectAll()
        .where('case_file.school_id', '=', schoolId)
        .where('id', '=', id)
        .where(caseVisibleTo(actor))
        .forUpdate()
        .executeTakeFirst()
      if (!row) throw new Refusal('not-found', noSuchCase)
      return caseOf(row)
    },
    set,
    /**
     * Adds a person to a case. Somebody added as a possible wrongdoer is barred from it from this moment, and owner and
     * audience move on where the person held them. @returns the party's id and what changed besides.
     */
    addPerson: async (
      file: Case,
      involved: { personId?: string; label?: string; part: Part },
    ): Promise<{ partyId: string; moved: boolean }> => {
      const partyId = await addParty(file.id, file.keyId, involved)
      if (involved.part !== 'subject' || !involved.personId) return { partyId, moved: false }
      await tx
        .insertInto('case_barred')
        .values({ school_id: schoolId, person_id: involved.personId, case_id: file.id })
        .onConflict(conflict => conflict.doNothing())
        .execute()
      const barred = await barredOf(file.id)
      const alerts = await tx
        .selectFrom('case_alert')
        .select('id')
        .where('school_id', '=', schoolId)
        .where('case_id', '=', file.id)
        .execute()
      // Its clocks are hidden from the person from this moment too: the case's, its report's and its alerts'.
      await deadlines.keepFrom([`case:${file.id}`, file.origin, ...alerts.map(alert => `alert:${alert.id}`)], barred)
      const after = withoutNamed(file.category, file.ownerRole, file.audience, await rolesNamed(barred))
      const stays = file.ownerId !== null && !barred.includes(file.ownerId) && after.ownerRole === file.ownerRole
      const owner = stays ? { personId: file.ownerId } : await answerer([after.ownerRole, ...after.audience], barred)
      await set(file.id, { owner_role: after.ownerRole, owner_id: owner?.personId ?? null, audience: after.audience })
      for (const deadline of await deadlines.about(`case:${file.id}`))
        if (deadline.metAt === null && !stays)
          await deadlines.giveTo(deadline.id, after.ownerRole, owner?.personId ?? null)
      if (!stays && owner?.personId) await messages.tell([owner.personId], 'case.given', `/cases/${file.id}`)
      return { partyId, moved: !stays }
    },
    /** Ids of the open cases that this person owns in this role. */
    openOwnedBy: async (personId: string, role: Role): Promise<string[]> =>
      (
        await tx
          .selectFrom('case_file')
          .select('id')
          .where('school_id', '=', schoolId)
          .where('owner_id', '=', personId)
          .where('owner_role', '=', role)
          .where('status', '<>', 'closed')
          .execute()
      ).map(row => row.id),
    /** Gives a case to whoever answers for its owner's role now; somebody barred from it is passed over for the next who may see it. */
    handOn: async (id: string, toPersonId: string): Promise<void> => {
      const { audience } = await tx
        .selectFrom('case_file')
        .select('audience')
        .where('school_id', '=', schoolId)
        .where('id', '=', id)
        .executeTakeFirstOrThrow()
      const barred = await barredOf(id)
      const owner = barred.includes(toPersonId) ? await answerer(audience as Role[], barred) : { personId: toPersonId }
      await set(id, { owner_id: owner?.personId ?? null })
      if (owner) await messages.tell([owner.personId], 'case.given', `/cases/${id}`)
    },
    /** The weekly look at an open case starts again; the last one counts as done. */
    renewFollowUp: async (file: Pick<Case, 'id' | 'ownerRole' | 'ownerId'>): Promise<void> => {
      await deadlines.meet('case.follow-up', `case:${file.id}`)
      await startSchoolClock(deadlines, {
        kind: 'case.follow-up',
        subject: `case:${file.id}`,
        title: 'Look again at an open case',
        link: `/cases/${file.id}`,
        ownerRole: file.ownerRole,
        ...(file.ownerId ? { ownerId: file.ownerId } : {}),
        rule: caseClocks.followUp,
        keptFrom: await barredOf(file.id),
      })
      await keepNextDue(file.id)
    },
    endClocks: async (id: string): Promise<void> => {
      await deadlines.meet('case.follow-up', `case:${id}`)
      await keepNextDue(id)
    },
  }

  async function addParty(
    caseId: string,
    keyId: string,
    { personId, label, part }: { personId?: string; label?: string; part: Part },
  ): Promise<string> {
    const id = newId(now.getTime())
    await tx
      .insertInto('case_party')
      .values({
        school_id: schoolId,
        id,
        case_id: caseId,
        person_id: personId ?? null,
        label: label === undefined ? null : await seal.seal(keyId, label),
        part,
        added_at: now,
      })
      .execute()
    return id
  }
}

export const caseOf = (row: Selectable<CaseTables['case_file']>): Case => ({
  id: row.id,
  category: row.category,
  kind: row.kind,
  seriousness: row.seriousness,
  status: row.status,
  ownerRole: row.owner_role,
  ownerId: row.owner_id,
  audience: row.audience,
  keyId: row.key_id,
  happenedAt: row.happened_at,
  reportedAt: row.reported_at,
  openedAt: row.opened_at,
  origin: row.origin,
  offSite: row.off_site,
  policies: row.policies,
  triagedAt: row.triaged_at,
  closedAt: row.closed_at,
  response: row.response,
  heldAt: row.held_at,
  nextDue: row.next_due,
})
