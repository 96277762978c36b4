import { addCalendarMonths, londonDate } from '@gatehouse/engine/calendar'
import type { Scene, TermWindow, World } from './sample-world.ts'

/** The digest that a decider is shown on the page of a change. */
const shown = (world: World, id: string): Promise<string> =>
  world.app.read(world.schoolId, async ({ filtering }) => (await filtering.change(id)).digest)

const reviewOn = (world: World, months = 6): string => addCalendarMonths(londonDate(world.now()), months)

export async function decideChange(
  world: World,
  by: string,
  id: string,
  verdict: 'approved' | 'refused',
  reason: string,
): Promise<void> {
  await world.app.services.filterChanges.decide(await world.as(by), id, verdict, reason, await shown(world, id))
}

/** The filter's term: opened for lessons, closed in a hurry, taken back, refused, and one that waits. */
export function filterScenes(window: TermWindow): readonly Scene[] {
  let maths = ''
  let videos = ''
  let back = ''
  let games = ''
  let prank = ''
  let fresh = ''
  let network = ''
  return [
    {
      at: window.on(0.08, '09:20'),
      play: async world => {
        maths = await world.app.services.filterChanges.propose(await world.as('network-manager'), {
          kind: 'host',
          site: 'play.numbots.com',
          action: 'allow',
          groups: ['infants'],
          reason: 'Year 1 and 2 practise number bonds here in the daily arithmetic lesson',
          owner: 'network-manager',
          reviewOn: reviewOn(world),
        })
      },
    },
    {
      at: window.on(0.08, '14:05'),
      play: world =>
        decideChange(
          world,
          'senior-leader',
          maths,
          'approved',
          'Looked at it with the year 1 teacher: no chat, no adverts',
        ),
    },
    {
      at: window.on(0.12, '11:10'),
      play: async world => {
        network = await world.app.services.filterChanges.propose(await world.as('network-manager'), {
          kind: 'place',
          id: 'personal-devices',
          // On the machine that the sample lives on, this part of its loopback network stands for the school's second Wi-Fi.
          place: { name: 'Wi-Fi for personal devices', subnets: ['127.0.9.0/24'], group: 'personal-devices' },
          reason: 'Phones and laptops that people bring get a network of their own, behind the filter',
          owner: 'network-manager',
          reviewOn: reviewOn(world, 12),
        })
      },
    },
    {
      at: window.on(0.12, '15:20'),
      play: world => decideChange(world, 'senior-leader', network, 'approved', 'Filtered as strictly as for pupils'),
    },
    {
      at: window.on(0.22, '10:40'),
      play: async world => {
        videos = await world.app.services.filterChanges.propose(await world.as('network-manager'), {
          kind: 'category',
          category: 'video',
          action: 'warn',
          groups: ['juniors'],
          reason: 'The science unit on rivers uses film clips in several lessons a week',
          owner: 'senior-leader',
          reviewOn: reviewOn(world, 3),
        })
      },
    },
    {
      at: window.on(0.22, '15:45', 1),
      play: world =>
        decideChange(world, 'deputy', videos, 'approved', 'For this unit, and to be looked at again at half-term'),
    },
    {
      at: window.on(0.41, '11:15'),
      play: async world => {
        back = await world.app.services.filterChanges.rollBack(
          await world.as('network-manager'),
          videos,
          'The unit is over, and two classes were shown adverts between the clips',
        )
      },
    },
    {
      at: window.on(0.41, '16:10'),
      play: world => decideChange(world, 'senior-leader', back, 'approved', 'As agreed when it was opened'),
    },
    {
      at: window.on(0.35, '10:05'),
      play: async world => {
        games = await world.app.services.filterChanges.propose(await world.as('technician'), {
          kind: 'host',
          site: 'poki.com',
          action: 'allow',
          groups: ['juniors'],
          reason: 'Asked for as a wet-play treat',
          owner: 'network-manager',
          reviewOn: reviewOn(world, 3),
        })
      },
    },
    {
      at: window.on(0.35, '12:30', 1),
      play: world =>
        decideChange(
          world,
          'head',
          games,
          'refused',
          'It carries adverts and games made for adults. Wet play has board games',
        ),
    },
    {
      at: window.on(0.62, '13:25'),
      play: async world => {
        prank = await world.app.services.filterChanges.blockAtOnce(await world.as('network-manager'), {
          site: 'scare-prank-videos.example',
          groups: ['infants', 'juniors', 'staff'],
          reason: 'A link to frightening clips is going round year 5 this lunchtime',
          owner: 'network-manager',
          reviewOn: reviewOn(world),
        })
      },
    },
    {
      at: window.on(0.62, '15:50'),
      play: world =>
        decideChange(
          world,
          'deputy',
          prank,
          'approved',
          'Right to act at once. The class teachers have talked to the children',
        ),
    },
    ...['lesson', 'homework', 'lesson'].map((purpose, n) => ({
      at: window.before(3 - n, '10:1'.concat(String(n))),
      play: async (world: World) =>
        world.app.services.filterChanges.askForSite(
          await world.as(`pupil-${4 + (n % 2)}-${n}`),
          'video.history-makers.example',
          'video',
          purpose as 'lesson' | 'homework',
        ),
    })),
    {
      at: window.before(1, '11:30'),
      play: async world => {
        fresh = await world.app.services.filterChanges.propose(await world.as('network-manager'), {
          kind: 'host',
          site: 'www.geograph.org.uk',
          action: 'allow',
          groups: ['infants', 'juniors'],
          reason: 'Photographs of places, for the local geography topic in years 2 and 3',
          owner: 'network-manager',
          reviewOn: reviewOn(world),
        })
        return fresh
      },
    },
  ]
}
