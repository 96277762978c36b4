import {
  type Control,
  type ControlReads,
  type ControlState,
  dayMs,
  failing,
  met,
  notStarted,
  overdue,
  type Proof,
  unusedPower,
} from '../policies/control.ts'
import type { FilterReads } from './filter-store.ts'
import { freshMs } from './filter-watch-store.ts'
import { addressOf, passDeadline } from './pass-service.ts'
import type { PassReads, PassRecord } from './pass-store.ts'

export type PassControlReads = ControlReads & { readonly passes: PassReads; readonly filtering: FilterReads }
type PassControl = Control<PassControlReads>

/** A term and a little: what is looked back over. */
const lookBackMs = 122 * dayMs
/** What ended is asked for through the filter within seconds; after an hour without an answer something is wrong. */
const seenWithinMs = 3_600_000

const proofOf = (pass: PassRecord, text: string, at: Date, seq?: number): Proof => ({
  text,
  href: addressOf(pass.id),
  at,
  ...(seq === undefined ? {} : { seq }),
})

/** A pass that is granted means nothing while no filter carries it out. null where it works. */
async function whyNoFilter(filtering: FilterReads, now: Date): Promise<ControlState | null> {
  const [beat] = await filtering.heartbeats(1)
  const proofs: Proof[] = beat
    ? [{ text: 'The last round of requests through the filter', href: '/internet', at: beat.at }]
    : []
  if (!beat) return notStarted('Nobody has asked the running filter yet, so nothing shows what it does with a pass.')
  if (now.getTime() - beat.at.getTime() > freshMs)
    return failing(
      'unknown',
      beat.at,
      'The filter has not answered for more than two hours, so nobody knows what it does with passes.',
      proofs,
    )
  // Our own check page is asked for with every round: where that is not reached, the filter is down and not merely wrong.
  return beat.controls.length > 0 && beat.controls.every(({ result }) => result === 'passed')
    ? null
    : failing(
        'measured',
        beat.at,
        'The filter did not answer the last round of requests, so nobody knows what it does with passes.',
        proofs,
      )
}

const requests: PassControl = {
  id: 'filtering.pass-requests',
  title: 'Staff ask for blocked topics for a time of study, and get an answer in two school days',
  kind: 'workflow',
  clauses: ['A-4.1-14'],
  evaluate: async ({ passes, filtering, deadlines, ledger }, { now }) => {
    const asked = await passes.passes({ touchedFrom: new Date(now.getTime() - lookBackMs), limit: 500 })
    const all = asked.filter(({ kind, state }) => kind !== 'lesson' && state !== 'withdrawn')
    if (all.length === 0)
      return unusedPower('Staff may ask for a pass on the block page or under Internet; nobody has this term.')
    const down = await whyNoFilter(filtering, now)
    if (down) return down
    for (const pass of all.filter(({ state }) => state === 'waiting')) {
      const due = (await deadlines.about(`pass:${pass.id}`)).find(({ kind }) => kind === passDeadline)?.dueAt
      if (due && due < now)
        return overdue(
          due,
          'A teacher has waited longer than two school days for a decision about a pass.',
          pass.askedAt,
          [proofOf(pass, 'The pass that waits', pass.askedAt)],
        )
    }
    const answered = all.filter(({ state }) => state !== 'waiting')
    const [last] = [...answered].sort((one, other) => answerAt(other).getTime() - answerAt(one).getTime())
    if (!last) return notStarted('A pass was asked for, and its two school days are not over.')
    let late = 0
    for (const pass of answered)
      if ((await deadlines.about(`pass:${pass.id}`)).some(({ state }) => state === 'late' || state === 'missed'))
        late += 1
    const entry = await ledger.latest(['pass.granted', 'pass.refused'], `pass:${last.id}`)
    return met(
      'measured',
      answerAt(last),
      null,
      `${all.length} asked for this term; ${answered.length} answered${late === 0 ? ', all in time' : `, ${late} of them late`}.`,
      [proofOf(last, 'The last answer', answerAt(last), entry?.seq)],
    )
  },
}
const answerAt = (pass: PassRecord): Date => pass.grantedAt ?? pass.decidedAt ?? pass.askedAt

const shut: PassControl = {
  id: 'filtering.pass-shut',
  title: 'A pass shuts by itself at its end, seen from the user’s side',
  kind: 'enforce',
  clauses: ['A-4.1-15'],
  evaluate: async ({ passes, filtering, ledger }, { now }) => {
    const ended = (await passes.passes({ states: ['ended', 'granted'], limit: 500 })).filter(
      pass => (pass.endedAt ?? pass.untilAt) <= now && (pass.kind !== 'lesson' || !pass.alone),
    )
    if (ended.length === 0) return notStarted('No pass has come to its end yet, so nothing shows that it shuts.')
    const down = await whyNoFilter(filtering, now)
    if (down) return down
    const open = ended.find(({ shutResult }) => shutResult === 'open')
    if (open)
      return failing('measured', open.shutAt, 'A site was seen open through the filter after its pass had ended.', [
        proofOf(open, 'The pass', open.shutAt ?? open.untilAt),
      ])
    const overAt = (pass: PassRecord): Date => pass.endedAt ?? pass.untilAt
    const newest = [...ended].sort((one, other) => overAt(other).getTime() - overAt(one).getTime())
    const unseen = newest.find(
      pass =>
        pass.shutResult === null &&
        now.getTime() - overAt(pass).getTime() > seenWithinMs &&
        overAt(pass) > new Date(now.getTime() - 7 * dayMs),
    )
    if (unseen)
      return failing('unknown', overAt(unseen), 'A pass ended, and the filter could not be asked whether it is shut.', [
        proofOf(unseen, 'The pass', overAt(unseen)),
      ])
    const seen = newest.find(({ shutResult, shutAt }) => shutResult === 'shut' && shutAt !== null)
    if (!seen?.shutAt) return notStarted('A pass has ended, and the filter is being asked whether it is shut.')
    const entry = await ledger.latest(['pass.tested'], `pass:${seen.id}`)
    const count = ended.filter(({ shutResult }) => shutResult === 'shut').length
    return met(
      'measured',
      seen.shutAt,
      null,
      `${count} ${count === 1 ? 'pass that ended was' : 'passes that ended were'} asked for again as a pupil of the class, and shut.`,
      [proofOf(seen, 'The last one seen shut', seen.shutAt, entry?.seq)],
    )
  },
}

const audit: PassControl = {
  id: 'filtering.pass-record',
  title: 'Every request for a pass is on record with its reason, as it was asked and decided',
  kind: 'record',
  clauses: ['A-4.1-16'],
  evaluate: async ({ passes, filtering, ledger }, { now }) => {
    const all = await passes.passes({ touchedFrom: new Date(now.getTime() - lookBackMs), limit: 500 })
    const [last] = all
    if (!last) return notStarted('Nobody has asked for a pass this term, so there is nothing on record.')
    const [unfounded] = await passes.unfoundedPasses()
    if (unfounded)
      return failing(
        'measured',
        unfounded.askedAt,
        'A pass stands as granted that the ledger knows nothing of. It opens nothing.',
        [proofOf(unfounded, 'The pass', unfounded.askedAt)],
      )
    for (const pass of all) {
      const entries = await ledger.list({ subject: `pass:${pass.id}`, limit: 50 })
      const says = (type: string): boolean =>
        entries.some(entry => entry.type === type && entry.detail.digest === pass.digest)
      const isOnRecord =
        pass.content !== null &&
        pass.reason.trim() !== '' &&
        says('pass.asked') &&
        (pass.grantedAt === null || says('pass.granted')) &&
        (pass.state !== 'refused' || says('pass.refused'))
      if (!isOnRecord)
        return failing(
          'measured',
          pass.askedAt,
          'What is stored of a pass is not what the ledger says was asked and decided.',
          [proofOf(pass, 'The pass', pass.askedAt)],
        )
    }
    const down = await whyNoFilter(filtering, now)
    if (down) return down
    const entry = await ledger.latest(['pass.asked'], `pass:${last.id}`)
    return met(
      'measured',
      last.askedAt,
      null,
      `${all.length} this term, each with its reason, who asked and who decided, the same in the record and in the ledger.`,
      [proofOf(last, 'The last request', last.askedAt, entry?.seq)],
    )
  },
}

export const passControls: readonly PassControl[] = [requests, shut, audit]
