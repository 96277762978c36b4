import { schoolDaysAfter } from '../duties/school-days.ts'
import { type Control, type ControlReads, failing, met, notStarted, type Proof } from '../policies/control.ts'
import type { Device, DeviceReads } from './device-store.ts'
import type { ScopeReads } from './scope-store.ts'

export type DetectorControlReads = ControlReads & { readonly scopes: ScopeReads; readonly devices: DeviceReads }

/** What a device is tried on, as a school would say it; an id that is not here is said as it is. */
export const canaryThemes: Readonly<Record<string, string>> = {
  crime: 'crime',
  'sexual-imagery': 'sexual imagery',
  bullying: 'bullying',
  'unsuitable-sites': 'unsuitable sites',
  language: 'unsuitable language',
  lesson: 'an ordinary lesson, which was flagged without cause',
  lunch: 'ordinary words, which were flagged without cause',
}
const devicesOf = (count: number): string => (count === 1 ? 'One device' : `${count} devices`)

/**
 * A flag is proof that something was seen, and no flag is proof of nothing: so each device that a monitored person uses tries
 * its detector once a day on built-in texts, and what it found is judged here. A device that is silent proves nothing.
 */
const detects: Control<DetectorControlReads> = {
  id: 'monitoring.detector',
  title: 'Devices of those who are monitored find crime, sexual imagery, bullying, unsuitable sites and language',
  kind: 'evaluate',
  clauses: ['A-5-19'],
  evaluate: async ({ scopes, devices, deadlines, ledger }, { now }) => {
    if ((await scopes.coveredGroups()).length === 0)
      return notStarted('Nobody may be monitored yet, so no device looks. Begin under Flags, Whom we may monitor.')
    const used = (await devices.devices()).filter(({ monitored }) => monitored)
    if (used.length === 0)
      return notStarted(
        'No device with the extension is used by anybody who is monitored. Enrol devices under Internet, Managed devices.',
      )
    const tried = used.flatMap(({ check }) => check ?? []).sort((one, other) => one.at.getTime() - other.at.getTime())
    const [oldest] = tried
    const last = tried.at(-1)?.at
    if (!oldest || !last)
      return notStarted('The devices have not tried their detector yet; each does so within minutes of its first use.')
    const entry = await ledger.latest(['device.check-passed', 'device.check-failed'])
    const proofs: Proof[] = [
      {
        text: 'The last time that a device was tried',
        href: '/monitoring/devices',
        at: last,
        ...(entry ? { seq: entry.seq } : {}),
      },
    ]
    const wrong = tried.filter(({ missed }) => missed.length > 0)
    if (wrong.length > 0) {
      const missed = [...new Set(wrong.flatMap(check => check.missed))]
      return failing(
        'measured',
        last,
        `${devicesOf(wrong.length)} of ${used.length} went wrong over: ${missed.map(id => canaryThemes[id] ?? id).join('; ')}.`,
        proofs,
      )
    }
    // A laptop is off over a weekend; by the end of the next school day it has spoken and was tried again.
    const calendar = await deadlines.calendar()
    const until = (at: Date): Date => schoolDaysAfter(at, 1, calendar)
    const isSilent = ({ seenAt, check }: Device): boolean =>
      !seenAt || until(seenAt) <= now || !check || until(check.at) <= now
    const silent = used.filter(isSilent).length
    if (silent > 0)
      return failing(
        'unknown',
        last,
        `${devicesOf(silent)} of ${used.length} that somebody monitored uses ${silent === 1 ? 'has' : 'have'} not been heard or tried for a school day, so what is said there is not known.`,
        proofs,
      )
    const versions = new Set(tried.map(({ detector }) => detector)).size
    return met(
      'measured',
      oldest.at,
      until(oldest.at),
      `All ${used.length} devices that somebody monitored uses found what they were tried on within a school day${versions > 1 ? `, with ${versions} versions of the detector` : ''}.`,
      proofs,
    )
  },
}

export const detectorControls: readonly Control<DetectorControlReads>[] = [detects]
