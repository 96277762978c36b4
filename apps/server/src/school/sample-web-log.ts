import { randomUUID } from 'node:crypto'
import { decide } from '@gatehouse/engine'
import { londonInstant } from '@gatehouse/engine/calendar'
import { seeded } from './sample-people.ts'
import type { World } from './sample-world.ts'

/*
 * A school day's web requests. The addresses are made up from a short list of well-known sites; the verdict on each is the
 * real engine's, on the rules that were in force at that moment, and the log takes them in as a gateway would send them.
 */

type Wish = readonly [weight: number, url: string, method?: 'CONNECT']
const lessons: readonly Wish[] = [
  [12, 'https://www.bbc.co.uk:443', 'CONNECT'],
  [9, 'https://www.thenational.academy:443', 'CONNECT'],
  [8, 'https://play.ttrockstars.com:443', 'CONNECT'],
  [8, 'https://www.purplemash.com:443', 'CONNECT'],
  [6, 'https://www.phonicsplay.co.uk:443', 'CONNECT'],
  [6, 'https://nrich.maths.org:443', 'CONNECT'],
  [6, 'https://www.topmarks.co.uk:443', 'CONNECT'],
  [4, 'http://www.nationalarchives.gov.uk/education/'],
  [4, 'https://www.natgeokids.com:443', 'CONNECT'],
  [3, 'https://www.childline.org.uk:443', 'CONNECT'],
]
const juniorsToo: readonly Wish[] = [
  [8, 'https://scratch.mit.edu:443', 'CONNECT'],
  [7, 'https://www.google.com:443', 'CONNECT'],
  [4, 'http://www.metoffice.gov.uk/weather/'],
  [2, 'https://www.youtube.com:443', 'CONNECT'],
  [1.2, 'https://www.roblox.com:443', 'CONNECT'],
  [1, 'https://poki.com:443', 'CONNECT'],
  [0.4, 'https://www.tiktok.com:443', 'CONNECT'],
  [0.3, 'https://discord.com:443', 'CONNECT'],
  [0.12, 'https://www.nordvpn.com:443', 'CONNECT'],
  [0.1, 'http://gambling.canary.gatehouse.invalid/'],
  [0.06, 'http://violence.canary.gatehouse.invalid/'],
]
const infantsToo: readonly Wish[] = [
  [2, 'https://www.google.com:443', 'CONNECT'],
  [1, 'https://www.youtube.com:443', 'CONNECT'],
  [0.5, 'https://poki.com:443', 'CONNECT'],
]
const staff: readonly Wish[] = [
  [10, 'https://www.google.com:443', 'CONNECT'],
  [9, 'https://www.tes.com:443', 'CONNECT'],
  [8, 'https://www.gov.uk:443', 'CONNECT'],
  [8, 'https://www.twinkl.co.uk:443', 'CONNECT'],
  [6, 'https://www.bbc.co.uk:443', 'CONNECT'],
  [4, 'https://www.youtube.com:443', 'CONNECT'],
  [3, 'https://www.thenational.academy:443', 'CONNECT'],
  [2, 'https://mail.google.com:443', 'CONNECT'],
  [1, 'https://www.facebook.com:443', 'CONNECT'],
  [0.6, 'https://www.dropbox.com:443', 'CONNECT'],
  [0.1, 'https://www.nordvpn.com:443', 'CONNECT'],
]

/** Requests a day, about; some days are busier. */
const aDay = 600

/** Puts one day's requests into the log, through the gateway's own door. @returns how many. */
export async function logOfDay(world: World, day: string, n: number): Promise<number> {
  const random = seeded(7_000 + n)
  const rules = await world.app.read(world.schoolId, ({ filtering }) => filtering.rules())
  const { lists } = world.app.filtering.lists.open()
  const until = world.now().getTime()
  const opens = londonInstant(day, '08:35').getTime()
  const count = Math.round(aDay * (0.8 + 0.4 * random.number()))
  const lines: string[] = []
  for (let each = 0; each < count; each++) {
    const at = new Date(Math.min(until, opens + Math.floor(random.number() ** 1.2 * 7 * 3_600_000)))
    const isStaff = random.number() < 0.18
    const year = random.below(7)
    const group = isStaff ? 'staff' : year <= 2 ? 'infants' : 'juniors'
    const key = isStaff ? `teacher-${random.below(7)}` : `pupil-${year}-${random.below(30)}`
    const wishes = isStaff ? staff : [...lessons, ...(group === 'juniors' ? juniorsToo : infantsToo)]
    const [, url, method = 'GET'] = weighted(wishes, random.number())
    const kind = method === 'CONNECT' ? 'connect' : 'page'
    const verdict = decide(rules, lists, { url, groups: [group], at, kind })
    const address = new URL(url)
    lines.push(
      JSON.stringify({
        v: 1,
        id: randomUUID(),
        at: at.toISOString(),
        school: world.schoolId,
        personId: world.id(key),
        groups: [group],
        kind,
        method,
        host: address.hostname,
        path: method === 'CONNECT' ? '' : address.pathname,
        category: verdict.category,
        verdict: verdict.verdict,
        rule: verdict.rule,
        continued: verdict.verdict === 'warn' && random.number() < 0.6,
      }),
    )
  }
  lines.sort()
  await world.app.services.activity.takeSegment({
    id: `sample-${world.schoolId}-${day}`,
    bytes: Buffer.from(`${lines.join('\n')}\n`),
  })
  return lines.length
}

function weighted(wishes: readonly Wish[], at: number): Wish {
  const total = wishes.reduce((sum, [weight]) => sum + weight, 0)
  let left = at * total
  for (const wish of wishes) {
    left -= wish[0]
    if (left <= 0) return wish
  }
  const [first] = wishes
  if (!first) throw new Error('there is nothing to ask for')
  return first
}
