import { isCalendarDate } from '@gatehouse/engine/calendar'
import type { LookReads } from '../monitoring/look-store.ts'
import { daysOfLook, firstShownDay } from '../monitoring/look-pages.ts'
import type { LookService } from '../monitoring/look-service.ts'
import { extentNames, purposeNames } from '../monitoring/look.ts'
import type { PeopleReads } from '../people/people-store.ts'
import { personOf } from '../platform/actor.ts'
import { isId } from '../platform/identifiers.ts'
import { get, type Page, redirect, view } from '../platform/page.ts'
import { Refusal } from '../platform/refusal.ts'
import { rangeOfDay } from './activity-day.ts'
import { shownRow, pageSize, placeOf } from './activity-shown.ts'
import type { ActivityArchive } from './activity-archive.ts'
import type { ActivityFilter } from './activity-store.ts'

export interface LookLogReads {
  readonly looks: LookReads
  readonly people: PeopleReads
}

/** One named person's web log, a day at a time, to whoever holds leave for it. */
export function lookLogPages(
  looks: LookService,
  archive: ActivityArchive,
  nameOfCategory: (category: string) => string,
): Page<LookLogReads>[] {
  return [
    get('/looks/:id/log', { access: 'look.ask' }, async ({ actor, params, query, now, read }) => {
      const id = params.id ?? ''
      const known = await read(reads => reads.looks.get(id))
      const typed = query.get('day') ?? ''
      const day = isCalendarDate(typed) ? typed : firstShownDay(known, now)
      const range = rangeOfDay(day)
      // Asked each time, and written down, before a line of it is read.
      const look = await looks.open(actor, id, { target: 'log', ...range, now })
      const filter: ActivityFilter = {
        ...range,
        personId: look.personId,
        ...(look.what === 'not-allowed' ? { isNotAllowed: true } : {}),
      }
      const { entries, counts } = await archive.page(actor.schoolId, filter, pageSize + 1, placeOf(query))
      return read(async ({ people }) => {
        const shown = entries.slice(0, pageSize)
        const last = shown.at(-1)
        const next = new URLSearchParams({ day })
        if (last) {
          next.set('before', last.at.toISOString())
          next.set('id', last.id)
        }
        const { name } = await people.get(look.personId)
        return view('activity/person', {
          title: `Web log of ${name}`,
          marking: 'Official – sensitive: personal',
          backHref: `/looks/${id}`,
          purpose: purposeNames[look.purpose],
          what: extentNames[look.what],
          until: look.state === 'waiting' ? look.authorityDue : look.endsAt,
          isBeforeLeave: look.state === 'waiting',
          day,
          days: daysOfLook(look).map(each => ({
            day: each,
            href: `/looks/${id}/log?day=${each}`,
            current: each === day,
          })),
          rows: shown.map(entry => shownRow(entry, nameOfCategory)),
          counts,
          nextHref: entries.length > pageSize ? `/looks/${id}/log?${next}` : undefined,
        })
      })
    }),

    /** The address of a person's log: for whoever has leave; for anybody else it is refused, written down and told. */
    get('/activity/people/:id', { access: 'look.ask' }, async ({ actor, params, read, now }) => {
      const personId = params.id ?? ''
      if (!isId(personId)) throw new Refusal('not-found', 'There is no such person at this school.')
      const open = await read(async reads => {
        await reads.people.get(personId)
        return (await reads.looks.list({ askedBy: personOf(actor).personId, personId })).find(
          look => look.state === 'approved' && look.endsAt > now && look.target === 'log',
        )
      })
      return open ? redirect(`/looks/${open.id}/log`) : looks.refuseWithout(actor, 'log', personId)
    }),
  ]
}
