import { choice, clockTime, longText, wholeNumber } from '../platform/fields.ts'
import { blankForm, type FormView, form, withErrors } from '../platform/form.ts'
import { get, type Page, post, redirect, view } from '../platform/page.ts'
import {
  type LadderOrder,
  type MonitoringSettingsService,
  mostContext,
  mostMinutes,
  monitoringSettings,
  type OwnSettings,
} from './monitoring-settings.ts'

interface Reads {
  readonly school: OwnSettings
}

const minutes = (label: string) => wholeNumber({ label, from: 1, to: mostMinutes })
const time = (label: string) => clockTime(label, '08:00')

const orderOptions: readonly { readonly value: LadderOrder; readonly text: string }[] = [
  { value: 'deputy-then-head', text: 'The deputy safeguarding lead, then the headteacher' },
  { value: 'head-then-deputy', text: 'The headteacher, then the deputy safeguarding lead' },
  { value: 'head', text: 'The headteacher alone' },
]
const settingsForm = form({
  context: wholeNumber({
    label: 'Characters before and after',
    from: 0,
    to: mostContext,
    hint: `0 to ${mostContext}. As few as somebody needs who must judge it: 0 sends the words that were found and nothing round them`,
  }),
  order: choice('Select who is paged', orderOptions, {
    label: 'Who is paged when the safeguarding lead does not answer?',
  }),
  inSecond: minutes('Minutes until the second is paged, in school hours'),
  inThird: minutes('Minutes until the third is paged, in school hours'),
  outSecond: minutes('Minutes until the second is paged, out of hours'),
  outThird: minutes('Minutes until the third is paged, out of hours'),
  dayFrom: time('School hours begin'),
  dayTo: time('School hours end'),
  reason: longText('Enter why', {
    label: 'Why?',
    hint: 'It stands in the ledger beside the change.',
    max: 500,
    rows: 2,
  }),
})

/** How much of a flag's surroundings leaves a device, and who is paged after whom. */
export function monitoringSettingsPages(service: MonitoringSettingsService): Page<Reads>[] {
  const show = (filled: FormView, status = 200) =>
    view(
      'monitoring/settings',
      { title: 'What a flag carries, and who is paged when', backHref: '/monitoring/paging', form: filled },
      status,
    )
  return [
    get('/monitoring/settings', { access: 'monitoring.settings' }, async ({ read }) => {
      const now = await read(async ({ school }) => monitoringSettings((await school.own()).settings))
      return show(
        blankForm(settingsForm, {
          context: String(now.context),
          order: now.order,
          inSecond: String(now.inHours.second),
          inThird: String(now.inHours.third),
          outSecond: String(now.outOfHours.second),
          outThird: String(now.outOfHours.third),
          dayFrom: now.dayFrom,
          dayTo: now.dayTo,
        }),
      )
    }),
    post(
      '/monitoring/settings',
      { access: 'monitoring.settings', form: settingsForm },
      async ({ actor, form: sent }) => {
        if (!sent.ok) return show(sent.view, 400)
        const { reason, inSecond, inThird, outSecond, outThird, ...rest } = sent.values
        if (rest.dayFrom >= rest.dayTo)
          return show(withErrors(sent.view, { dayTo: 'School hours must end after they begin' }), 400)
        await service.set(
          actor,
          {
            ...rest,
            inHours: { second: inSecond, third: inThird },
            outOfHours: { second: outSecond, third: outThird },
          },
          reason,
        )
        return redirect('/monitoring/settings', 'Saved. Devices hear of it within a minute.')
      },
    ),
  ]
}
