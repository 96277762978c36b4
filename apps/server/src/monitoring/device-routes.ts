import { concerns, textKinds, type Concern } from '@gatehouse/engine/concern/types'
import { isCovered } from '@gatehouse/engine/concern/covered'
import { missedCanaries } from '@gatehouse/engine/concern/canaries'
import { z } from 'zod'
import type { Clock } from '../platform/clock.ts'
import { storedText } from '../platform/form.ts'
import type { MachineRoute, Reply } from '../platform/page.ts'
import type { DeviceClaim, DeviceService } from './device-service.ts'
import { deviceClaim } from './device-service.ts'
import type { DeviceRules } from './device-rules.ts'
import type { Device } from './device-store.ts'
import type { FlagService, Taken } from './flag-service.ts'
import type { NewFlag } from './flag-store.ts'

/*
 * What the extension on a managed device says to the server: flags, and that it lives. Nothing that was not flagged is ever
 * sent; the words of a flag are as few as the school has set.
 */

/** Longest text of a flag with its surroundings, in characters. */
const longestText = 2000
const largestBody = 256 * 1024
const oldestMs = 30 * 86_400_000
const aheadMs = 10 * 60_000

/** Text that the store keeps in clear, as that of a form: a broken device’s flag is worth more than its fault. */
const inClear = (least: number, most: number) => z.string().min(least).max(most).transform(storedText)

const flagSchema = z.strictObject({
  id: z.uuid(),
  at: z.iso.datetime(),
  kind: z.enum(textKinds),
  severity: z.number().int().min(1).max(5),
  categories: z
    .array(z.strictObject({ name: z.enum(concerns), score: z.number().min(0).max(1) }))
    .min(1)
    .max(concerns.length),
  spans: z.array(z.tuple([z.number().int().min(0), z.number().int().min(0), z.enum(concerns)])).max(200),
  rules: z.array(inClear(0, 80)).max(50),
  detector: inClear(1, 80),
  // Empty where the school sends no surroundings and nothing was found at one place.
  text: z.string().max(longestText),
  why: z.string().max(1000),
  host: inClear(0, 253),
  page: z.string().max(1000),
  title: z.string().max(300),
})
const flagsBody = z.strictObject({ user: z.string().max(320), flags: z.array(flagSchema).min(1).max(50) })
const beatBody = z.strictObject({
  user: z.string().max(320),
  version: inClear(1, 40),
  /** How many flags wait on the device. */
  waiting: z.number().int().min(0).max(1_000_000),
})

/** What the detector found in the texts on which each device is tried once a day; never anybody's words. */
const checkBody = z.strictObject({
  detector: inClear(1, 80),
  results: z
    .array(z.strictObject({ id: z.string().max(40), concerns: z.array(z.enum(concerns)).max(concerns.length) }))
    .max(50),
})
const rulesBody = z.strictObject({ user: z.string().max(320), etag: z.string().max(64) })
const listsBody = z.strictObject({ sha256: z.string().max(64) })

/** What a device is told about its user: whether anything of theirs is looked at, and the school's words for it. */
export interface DeviceOrders {
  readonly known: boolean
  readonly monitored: boolean
  readonly groups: readonly string[]
  /** Characters before and after what was found that go with a flag. */
  readonly context: number
}

export function deviceRoutes(parts: {
  devices: DeviceService
  flags: FlagService
  rules: DeviceRules
  /** Groups that may be monitored now, and characters before and after what was found that go with a flag. */
  watched: (schoolId: string) => Promise<{ readonly covered: readonly string[]; readonly context: number }>
  clock: Clock
}): readonly MachineRoute[] {
  const { devices, flags, rules, watched, clock } = parts
  const route = (
    path: string,
    handle: (claim: DeviceClaim, device: Device, body: unknown) => Promise<Reply>,
  ): MachineRoute => ({
    method: 'POST',
    path,
    access: 'device.speak',
    maxBytes: largestBody,
    handle: async ({ headers, body }) => {
      const claim = deviceClaim(headers.authorization)
      const device = claim ? await devices.known(claim) : null
      if (!claim || !device) return json(401, { error: 'Only an enrolled device of this school may say this.' })
      let value: unknown
      try {
        value = JSON.parse(body.toString('utf8'))
      } catch {
        return json(400, { error: 'The body is not JSON.' })
      }
      return handle(claim, device, value)
    },
  })

  const userOf = async (claim: DeviceClaim, user: string) => devices.userOf(claim.schoolId, user)

  return [
    route('/devices/flags', async (claim, device, body) => {
      const read = flagsBody.safeParse(body)
      if (!read.success) return json(422, { error: `The flags are not as expected: ${faultIn(read.error)}.` })
      const now = clock().getTime()
      const user = await userOf(claim, read.data.user)
      const taken: { id: string; outcome: Taken['outcome'] | 'out-of-time' }[] = []
      for (const flag of read.data.flags) {
        const at = Date.parse(flag.at)
        // A clock that is wrong by days would put a flag where nobody looks.
        if (at > now + aheadMs || at < now - oldestMs) {
          taken.push({ id: flag.id, outcome: 'out-of-time' })
          continue
        }
        const { outcome } = await flags.take(claim.schoolId, flagFrom(device, flag), {
          personId: user?.personId ?? null,
          groups: user?.groups ?? [],
          device: device.id,
        })
        taken.push({ id: flag.id, outcome })
      }
      return json(200, { taken })
    }),
    route('/devices/beat', async (claim, device, body) => {
      const read = beatBody.safeParse(body)
      if (!read.success) return json(422, { error: `The sign of life is not as expected: ${faultIn(read.error)}.` })
      const user = await userOf(claim, read.data.user)
      const groups = user?.groups ?? []
      const { covered, context } = await watched(claim.schoolId)
      const monitored = isCovered(groups, covered)
      const { version } = read.data
      const says = { version, userId: user?.personId ?? null, userUnknown: user === null, monitored }
      await devices.beat(claim.schoolId, device, says, clock())
      return json(200, { known: user !== null, monitored, groups, context } satisfies DeviceOrders)
    }),
    route('/devices/check', async (claim, device, body) => {
      const read = checkBody.safeParse(body)
      if (!read.success) return json(422, { error: `What was tried is not as expected: ${faultIn(read.error)}.` })
      const { detector, results } = read.data
      const missed = missedCanaries(results)
      await devices.checked(claim.schoolId, device, { detector, missed })
      return json(200, { missed })
    }),
    route('/devices/rules', async (claim, _device, body) => {
      const read = rulesBody.safeParse(body)
      if (!read.success) return json(422, { error: `The question is not as expected: ${faultIn(read.error)}.` })
      const found = await rules.rulesFor(claim.schoolId, await userOf(claim, read.data.user))
      if (!found) return json(503, { error: 'No rules have been published yet.' })
      return json(200, found.etag === read.data.etag ? { same: true } : found)
    }),
    route('/devices/lists', async (_claim, _device, body) => {
      const read = listsBody.safeParse(body)
      const bytes = read.success ? rules.lists(read.data.sha256) : null
      return bytes
        ? { kind: 'data', status: 200, body: bytes, type: 'application/octet-stream' }
        : json(404, { error: 'There are no such lists.' })
    }),
  ]
}

function flagFrom(device: Device, flag: z.output<typeof flagSchema>): NewFlag {
  const { text } = flag
  return {
    sender: `device:${device.id}`,
    senderId: flag.id,
    source: 'extension',
    kind: flag.kind,
    at: new Date(flag.at),
    severity: flag.severity as NewFlag['severity'],
    concerns: flag.categories as readonly { name: Concern; score: number }[],
    rules: flag.rules,
    detector: flag.detector,
    host: flag.host,
    content: {
      text,
      spans: flag.spans.filter(([from, to]) => from < to && to <= text.length),
      why: flag.why,
      page: flag.page.split(/[?#]/)[0] ?? '',
      title: flag.title,
    },
  }
}

/** Where the first fault is, without a value: what is sent may be a child's words. */
const faultIn = (error: z.ZodError): string => error.issues[0]?.path.join('.') || 'the whole'

const json = (status: number, value: unknown): Reply => ({
  kind: 'data',
  status,
  body: JSON.stringify(value),
  type: 'application/json',
})
