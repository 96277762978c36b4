import { date, choice, hidden, longText, text } from '../platform/fields.ts'
import { blankForm, type FormView, form, withErrors } from '../platform/form.ts'
import { get, type Page, post, redirect, view } from '../platform/page.ts'
import { Refusal } from '../platform/refusal.ts'
import { mayAskOnward, onwardDays, onwardWays, type OnwardWay, problemWithDay } from './pack-onward.ts'
import type { PackService } from './pack-service.ts'
import type { Pack, PackReads } from './pack-store.ts'

interface Reads {
  readonly packs: PackReads
}
type ReadPage = <T>(work: (reads: Reads) => Promise<T>) => Promise<T>

const askForm = form({
  reason: longText('Enter why the directors need to know', {
    label: 'Why do the directors need to know?',
    hint: 'Every governor can read it. Do not name a child or describe one.',
    max: 2000,
  }),
})
const wayOptions = (Object.entries(onwardWays) as [OnwardWay, string][]).map(([value, label]) => ({
  value,
  text: label,
}))
const reportForm = form({
  digest: hidden('Open the pack again, and report that one', 64),
  to: text('Enter who it was reported to', {
    label: 'Who was it reported to?',
    hint: 'Their role, or the body they sit on. For example, the trust’s audit committee',
    max: 200,
  }),
  on: date('Enter the day it was reported', { label: 'On which day?', hint: 'For example, 27 3 2027' }),
  how: choice<OnwardWay>('Select how it was reported', wayOptions, { label: 'How was it reported?', as: 'radios' }),
})

/** Asking that a pack be reported to the directors, and recording that it was. */
export function onwardPages(service: Pick<PackService, 'askOnward' | 'reportOnward'>): Page<Reads>[] {
  const askPage = async (read: ReadPage, id: string, shown: FormView, status = 200) => {
    const pack = await read(async ({ packs }) => {
      const found = await packs.get(id)
      if (!mayAskOnward(await packs.onward(found.id)))
        throw new Refusal(
          'conflict',
          'This pack is to be reported onward already. Record that report first; another can be asked for then.',
        )
      return found
    })
    return view(
      'assurance/pack-onward-ask',
      {
        title: `Report pack ${pack.number} onward`,
        backHref: `/governors/packs/${pack.id}`,
        action: `/governors/packs/${pack.id}/onward`,
        days: onwardDays,
        form: shown,
      },
      status,
    )
  }
  const waiting = (read: ReadPage, id: string, onwardId: string) =>
    read(async ({ packs }) => {
      const pack = await packs.get(id)
      const onward = (await packs.onward(pack.id)).find(each => each.id === onwardId)
      if (!onward) throw new Refusal('not-found', 'There is no such report to pass on.')
      return { pack, onward }
    })
  const reportPage = async (
    read: ReadPage,
    id: string,
    onwardId: string,
    form: (pack: Pack) => FormView,
    status = 200,
  ) => {
    const { pack, onward } = await waiting(read, id, onwardId)
    if (onward.report)
      throw new Refusal('conflict', 'This report is recorded already. Open the pack to see who recorded it.')
    return view(
      'assurance/pack-onward-report',
      {
        title: `Record the report of pack ${pack.number} to the directors`,
        backHref: `/governors/packs/${pack.id}`,
        action: `/governors/packs/${pack.id}/onward/${onward.id}`,
        onward,
        digest: pack.digest,
        form: form(pack),
      },
      status,
    )
  }

  return [
    get('/governors/packs/:id/onward', { access: 'pack.report-onward' }, ({ params, read }) =>
      askPage(read, params.id ?? '', blankForm(askForm)),
    ),
    post(
      '/governors/packs/:id/onward',
      { access: 'pack.report-onward', form: askForm },
      async ({ actor, params, form: sent, read }) => {
        if (!sent.ok) return askPage(read, params.id ?? '', sent.view, 400)
        await service.askOnward(actor, params.id ?? '', sent.values.reason)
        return redirect(`/governors/packs/${params.id}`, 'This pack is to be reported onward. By when stands under it.')
      },
    ),
    get('/governors/packs/:id/onward/:onward', { access: 'pack.report-onward' }, ({ params, read }) =>
      reportPage(read, params.id ?? '', params.onward ?? '', ({ digest }) => blankForm(reportForm, { digest })),
    ),
    post(
      '/governors/packs/:id/onward/:onward',
      { access: 'pack.report-onward', form: reportForm },
      async ({ actor, params, form: sent, now, read }) => {
        const [id, onward] = [params.id ?? '', params.onward ?? '']
        if (!sent.ok) return reportPage(read, id, onward, () => sent.view, 400)
        const { pack } = await waiting(read, id, onward)
        const problem = problemWithDay(sent.values.on, pack.issuedAt, now)
        if (problem) return reportPage(read, id, onward, () => withErrors(sent.view, { on: problem }), 400)
        await service.reportOnward(actor, id, onward, sent.values)
        return redirect(`/governors/packs/${id}`, 'The report onward is recorded.')
      },
    ),
  ]
}
