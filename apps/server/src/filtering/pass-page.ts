import { may, personOf } from '../platform/actor.ts'
import { blankForm, type FormView } from '../platform/form.ts'
import { plural } from '../platform/format.ts'
import { isId } from '../platform/identifiers.ts'
import { type Reply, type Request, view } from '../platform/page.ts'
import { Refusal } from '../platform/refusal.ts'
import { whyNotDecide } from '../platform/requests.ts'
import { whyNotDecidePass } from './pass.ts'
import { decidePassForm } from './pass-forms.ts'
import type { PassPageReads } from './pass-pages.ts'
import { type PassService, whyNotEnd } from './pass-service.ts'
import type { PassReads, PassRecord } from './pass-store.ts'
import { listedAs, openNow, passStanding, whatFor, whenWords } from './pass-words.ts'

/** One pass: what it opens and how that is listed, for whom and until when, who decides, and what this person may do. */
export async function showPass(
  { actor, params, read, now }: Pick<Request<PassPageReads>, 'actor' | 'params' | 'read' | 'now'>,
  service: Pick<PassService, 'sightings'>,
  decide?: FormView,
): Promise<Reply> {
  const id = idOf(params.id)
  return read(async reads => {
    const { passes, classes, people, ledger, deadlines } = reads
    const pass = await passes.pass(id)
    const person = personOf(actor)
    const mayEnd = (await whyNotEnd(actor, pass, classes)) === null
    if (!may(actor, 'pass.oversee') && !mayEnd) throw new Refusal('not-found', 'There is no such pass at this school.')
    const entries = await ledger.list({ subject: `pass:${id}`, limit: 30 })
    const names = await people.names([
      pass.askedBy,
      ...(pass.decidedBy ? [pass.decidedBy] : []),
      ...(pass.content?.people ?? []),
      ...entries.flatMap(({ actor: by }) => (by.startsWith('person:') ? [by.slice(7)] : [])),
    ])
    const nameOf = (personId: string): string => names.get(personId) ?? 'somebody no longer here'
    const reach = await classes.reach({
      classId: pass.classId,
      ...(pass.content?.people[0] ? { personId: pass.content.people[0] } : {}),
    })
    const className =
      pass.classId === null
        ? ''
        : ((await classes.classNames([pass.classId])).get(pass.classId) ?? 'a class that is gone')
    const found = pass.content ? await service.sightings(reads, pass.content) : []
    const due =
      (await deadlines.about(`pass:${id}`)).find(({ state }) => state === 'open' || state === 'missed') ?? null
    const before = pass.content ? await askedBefore(passes, pass) : []
    const requestState = pass.decidedBy === null && pass.state !== 'withdrawn' ? 'waiting' : 'approved'
    const needsLook = pass.alone && pass.kind === 'sites' && pass.decidedBy === null
    const why =
      pass.state === 'waiting' || needsLook
        ? (whyNotDecide(actor, { state: requestState, proposedBy: pass.askedBy }) ?? whyNotDecidePass(actor, found))
        : null
    return view(
      'filtering/pass',
      {
        title: pass.content ? whatFor(pass.content) : 'A pass that was altered behind our backs',
        backHref: '/internet/passes',
        pass,
        standing: passStanding(pass, now),
        isOpen: openNow(pass, now),
        details: pass.content
          ? [
              {
                key: 'For',
                text: pass.content.people[0]
                  ? `${nameOf(pass.content.people[0])}, ${className}`
                  : `${className}, ${plural(reach.pupils, 'pupil')}`,
              },
              { key: 'Topic', text: pass.content.topic },
              { key: 'When', text: whenWords(pass.content) },
              { key: 'Why', text: pass.reason },
              { key: 'Asked by', text: nameOf(pass.askedBy) },
              ...(pass.content.isOnly
                ? [
                    {
                      key: 'Nothing else',
                      text: 'For this time the class gets these sites, help pages, and nothing else',
                    },
                  ]
                : []),
              ...(pass.content.kind === 'technology' && reach.under13 > 0
                ? [
                    {
                      key: 'Under 13',
                      text: `${reach.under13} of ${reach.pupils}: what sets 13 as its least age stays shut for them`,
                    },
                  ]
                : []),
              ...(pass.alone
                ? [
                    {
                      key: 'Who decided',
                      text:
                        pass.kind === 'lesson'
                          ? 'Nobody had to: it opens nothing'
                          : 'The teacher alone, within what the headteacher allows',
                    },
                  ]
                : []),
              ...(pass.decidedBy
                ? [
                    { key: pass.alone ? 'Looked at by' : 'Decided by', text: nameOf(pass.decidedBy) },
                    { key: 'Their reason', text: pass.decisionReason ?? '' },
                  ]
                : []),
            ]
          : [],
        sites: found.map(sighting => ({
          address: `${sighting.site.host}${sighting.site.path ?? ''}`,
          asked: sighting.site.asked,
          isWhole: sighting.site.path === null,
          listed: listedAs(sighting),
          isOpen: sighting.isOpen,
          blockedBy: sighting.blockedBy ? `/internet/changes/${sighting.blockedBy}` : null,
        })),
        lessons: (pass.content?.lessons ?? []).map(({ from, until }) => ({
          from: new Date(from),
          until: new Date(until),
        })),
        due,
        before,
        needsLook,
        whyNot: why,
        mayDecide: may(actor, 'pass.decide') && (pass.state === 'waiting' || needsLook),
        mayWithdraw: pass.state === 'waiting' && person.personId === pass.askedBy,
        mayEnd: mayEnd && pass.state === 'granted' && pass.untilAt > now,
        mayCopy: person.personId === pass.askedBy && pass.kind === 'sites' && pass.content !== null,
        decide: fillDigest(decide ?? blankForm(decidePassForm), pass.digest),
        ...(decide ? { form: decide } : {}),
        timeline_items: entries.map(entry => ({
          at: new Date(entry.at),
          title: entryWords(entry.type, entry.detail),
          by: entry.actor.startsWith('person:') ? nameOf(entry.actor.slice(7)) : 'Gatehouse',
          ...(entry.type === 'pass.granted' ? { kind: 'decision' } : {}),
        })),
      },
      decide ? 400 : 200,
    )
  })
}

/** Passes for the same sites before: an approver sees what was said then. */
async function askedBefore(passes: PassReads, pass: PassRecord) {
  const hosts = new Set(pass.content?.sites.map(({ host }) => host) ?? [])
  if (hosts.size === 0) return []
  return (await passes.passes({ limit: 500 }))
    .filter(each => each.id !== pass.id && each.askedAt < pass.askedAt)
    .filter(each => each.content?.sites.some(({ host }) => hosts.has(host)))
    .slice(0, 5)
    .map(each => ({
      href: `/internet/passes/${each.id}`,
      at: each.askedAt,
      text: each.content ? whatFor(each.content) : '',
      reason: each.reason,
      state: each.state,
    }))
}

const fillDigest = (form: FormView, digest: string): FormView => {
  const field = form.fields.digest
  return field ? { ...form, fields: { ...form.fields, digest: { ...field, value: digest } } } : form
}

const entryTitles: Readonly<Record<string, string>> = {
  'pass.asked': 'Asked for',
  'pass.refused': 'Refused',
  'pass.decided': 'Decided',
  'pass.withdrawn': 'Withdrawn',
  'pass.looked-at': 'Looked at by the safeguarding lead',
}
function entryWords(type: string, detail: Readonly<Record<string, unknown>>): string {
  if (type === 'pass.granted')
    return detail.alone === true ? 'Opened by the teacher alone' : 'Opened, for its lessons only'
  if (type === 'pass.ended')
    return detail.how === 'time'
      ? 'Over: shut by itself'
      : detail.how === 'left'
        ? 'Ended: nobody who asked for it teaches the class any more'
        : 'Ended early'
  if (type === 'pass.tested')
    return detail.result === 'shut'
      ? 'Seen shut, through the filter'
      : detail.result === 'open'
        ? 'Seen open after its end'
        : 'The filter could not be asked whether it is shut'
  return entryTitles[type] ?? type
}

/** @throws {Refusal} `not-found`. */
export function idOf(text: string | undefined): string {
  if (text === undefined || !isId(text)) throw new Refusal('not-found', 'There is no such pass at this school.')
  return text
}
