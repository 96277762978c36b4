import type { PeopleReads } from '../people/people-store.ts'
import { optionalText, recordId, text } from '../platform/fields.ts'
import { blankForm, type FormView, form } from '../platform/form.ts'
import { get, type Page, post, redirect, view } from '../platform/page.ts'
import { Refusal } from '../platform/refusal.ts'
import type { DeviceService } from './device-service.ts'
import type { Device, DeviceReads } from './device-store.ts'

interface Reads {
  readonly devices: DeviceReads
  readonly people: PeopleReads
}
const enrolForm = form({
  name: text('Enter a name for the device', {
    label: 'What is the device called?',
    hint: 'As it stands in your list of equipment. For example, Year 5 laptop 12',
    max: 100,
  }),
  place: optionalText({
    label: 'Which network is it usually in?',
    hint: 'Its name under Internet, Networks.',
    max: 100,
  }),
})
const revokeForm = form({ id: recordId('Select the device') })

/** A device that spoke within this time is working. */
const speaksMs = 15 * 60_000
const dayMs = 24 * 3_600_000

function standing(device: Device, now: Date): { text: string; kind: string } {
  if (device.seenAt === null) return { text: 'Never heard of', kind: 'quiet' }
  if (device.silentSince || now.getTime() - device.seenAt.getTime() > dayMs) return { text: 'Silent', kind: 'bad' }
  if (device.userUnknown) return { text: 'Nobody known uses it', kind: 'bad' }
  return now.getTime() - device.seenAt.getTime() < speaksMs
    ? { text: 'Working', kind: 'good' }
    : { text: 'Quiet for a while', kind: 'soon' }
}

/** Managed devices: which are there, which have fallen silent, and their keys. */
export function devicePages(service: DeviceService, publicKey: string): Page<Reads>[] {
  const show = async (
    read: <T>(work: (reads: Reads) => Promise<T>) => Promise<T>,
    now: Date,
    shown: { form?: FormView; token?: string; name?: string } = {},
    status = 200,
  ) => {
    const { devices, names } = await read(async reads => {
      const found = await reads.devices.devices()
      return {
        devices: found,
        names: await reads.people.names(found.flatMap(({ userId }) => (userId ? [userId] : []))),
      }
    })
    return view(
      'monitoring/devices',
      {
        title: 'Managed devices',
        backHref: '/internet',
        devices: devices.map(device => ({
          id: device.id,
          name: device.name,
          place: device.place,
          standing: standing(device, now),
          seenAt: device.seenAt,
          version: device.version ?? '',
          check: device.check ? { at: device.check.at, isWell: device.check.missed.length === 0 } : null,
          user: device.userId ? (names.get(device.userId) ?? 'somebody no longer here') : '',
        })),
        silent: devices.filter(device => standing(device, now).kind === 'bad').length,
        form: shown.form ?? blankForm(enrolForm),
        publicKey,
        token: shown.token ?? null,
        tokenFor: shown.name ?? '',
      },
      status,
    )
  }
  return [
    get('/monitoring/devices', { access: 'device.manage' }, ({ read, now }) => show(read, now)),
    post(
      '/monitoring/devices',
      { access: 'device.manage', form: enrolForm },
      async ({ actor, form: sent, read, now }) => {
        if (!sent.ok) return show(read, now, { form: sent.view }, 400)
        const { name, place } = sent.values
        const { token } = await service.enrol(actor, { name, place: place ?? '' })
        // Shown once, on the answer itself: a redirect would have to keep it somewhere.
        return show(read, now, { token, name })
      },
    ),
    post('/monitoring/devices/revoke', { access: 'device.manage', form: revokeForm }, async ({ actor, form: sent }) => {
      if (!sent.ok) throw new Refusal('invalid', 'Open the list again, and choose the device.')
      await service.revoke(actor, sent.values.id)
      return redirect('/monitoring/devices', 'Its key counts no more. What it says from now on is refused.')
    }),
  ]
}
