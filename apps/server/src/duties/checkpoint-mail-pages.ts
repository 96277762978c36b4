import { optionalLongText } from '../platform/fields.ts'
import { blankForm, form, type FormView, withErrors } from '../platform/form.ts'
import { plural } from '../platform/format.ts'
import { type Change, changed } from '../platform/change.ts'
import { type Actor, mustBeAllowed } from '../platform/actor.ts'
import type { CheckpointReads } from '../platform/checkpoints.ts'
import { get, type Page, post, redirect, view } from '../platform/page.ts'

/*
 * Who keeps a copy of the daily checkpoint outside the school. A copy that nobody here can alter is what makes a rewritten
 * ledger show, even one rewritten by somebody who holds the key.
 */

interface PageReads {
  readonly checkpoints: CheckpointReads
}

const most = 5
const addressPattern = /^[^\s@,;<>"]{1,64}@[^\s@,;<>"]{1,255}$/

export const checkpointMailForm = form({
  addresses: optionalLongText({
    label: 'Addresses',
    hint: 'One a line, up to five. Choose people outside the school, such as the local authority or an auditor',
    max: 1000,
    rows: 5,
  }),
})

/** The addresses in what was typed, each once; or what is wrong, as a sentence. */
export function addressesIn(
  typed: string | null,
): { readonly addresses: readonly string[] } | { readonly problem: string } {
  const lines = [
    ...new Set(
      (typed ?? '')
        .split('\n')
        .map(line => line.trim())
        .filter(Boolean),
    ),
  ]
  if (lines.length > most) return { problem: `Addresses must be ${most} or fewer` }
  const wrong = lines.findIndex(line => !addressPattern.test(line))
  return wrong < 0
    ? { addresses: lines }
    : { problem: `Line ${wrong + 1} must be an email address, such as keeper@authority.example` }
}

/** The one write of the school's settings that is needed here. */
export interface SettingsWrites {
  setSettings(settings: Readonly<Record<string, unknown>>): Promise<void>
}

export const createCheckpointMail = (change: Change<{ school: SettingsWrites }>) => ({
  /** The entry holds how many there are, not which: an address may be a person's name. */
  set: (actor: Actor, addresses: readonly string[]): Promise<void> =>
    change(actor, async ({ school }) => {
      mustBeAllowed(actor, 'settings.checkpoint-mail')
      await school.setSettings({ checkpointMail: [...addresses] })
      return changed(undefined, { type: 'checkpoint-mail.set', detail: { count: addresses.length } })
    }),
})

export const checkpointMailPages = (
  service: ReturnType<typeof createCheckpointMail>,
  mailConfigured: boolean,
): Page<PageReads>[] => {
  const show = (filled: FormView, last: Date | null, status = 200) =>
    view(
      'duties/checkpoint-mail',
      { title: 'Copies of the ledger’s checkpoints', backHref: '/ledger', form: filled, last, mailConfigured },
      status,
    )
  return [
    get('/settings/checkpoint-mail', { access: 'settings.checkpoint-mail' }, async ({ read }) => {
      const { recipients, last } = await read(async ({ checkpoints }) => ({
        recipients: await checkpoints.recipients(),
        last: await checkpoints.last(),
      }))
      return show(blankForm(checkpointMailForm, { addresses: recipients.join('\n') }), last?.at ?? null)
    }),
    post(
      '/settings/checkpoint-mail',
      { access: 'settings.checkpoint-mail', form: checkpointMailForm },
      async ({ actor, form: filled }) => {
        if (!filled.ok) return show(filled.view, null, 400)
        const found = addressesIn(filled.values.addresses)
        if ('problem' in found) return show(withErrors(filled.view, { addresses: found.problem }), null, 400)
        await service.set(actor, found.addresses)
        return redirect(
          '/settings/checkpoint-mail',
          found.addresses.length === 0
            ? 'No copies are sent now.'
            : `The daily checkpoint goes to ${plural(found.addresses.length, 'address', 'addresses')}.`,
        )
      },
    ),
  ]
}
