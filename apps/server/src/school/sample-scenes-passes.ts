import { addCalendarDays, londonDate, weekdayOf } from '@gatehouse/engine/calendar'
import type { Scene, TermWindow, World } from './sample-world.ts'

/** Somebody decides about a pass, as its page shows it. */
async function decidePass(
  world: World,
  by: string,
  id: string,
  verdict: 'approved' | 'refused',
  reason: string,
): Promise<void> {
  const { digest } = await world.app.read(world.schoolId, ({ passes }) => passes.pass(id))
  await world.app.services.passes.decide(await world.as(by), id, verdict, reason, digest)
}

interface Asking {
  readonly by: string
  readonly classId: string
  readonly sites: readonly string[]
  readonly topic: string
  readonly reason: string
  /** The first and the last lesson. */
  readonly first: Date
  readonly last?: Date
  readonly from: string
  readonly to: string
  readonly alone?: boolean
}
async function ask(world: World, asking: Asking): Promise<string> {
  const asked = await world.app.services.passes.ask(await world.as(asking.by), {
    sites: asking.sites,
    scope: null,
    topic: asking.topic,
    classId: asking.classId,
    plan: {
      firstDay: londonDate(asking.first),
      lastDay: londonDate(asking.last ?? asking.first),
      weekdays: [1, 2, 3, 4, 5],
      from: asking.from,
      to: asking.to,
    },
    reason: asking.reason,
    alone: asking.alone ?? false,
  })
  return 'id' in asked ? asked.id : ''
}

/** A lesson with sites, and the teacher's look at all of them. */
async function lesson(
  world: World,
  asking: Pick<Asking, 'by' | 'classId' | 'sites' | 'topic' | 'from' | 'to'> & { readonly day: string },
): Promise<void> {
  const teacher = await world.as(asking.by)
  const { id } = await world.app.services.lessons.plan(teacher, {
    classId: asking.classId,
    topic: asking.topic,
    plan: { firstDay: asking.day, from: asking.from, to: asking.to },
    sites: asking.sites,
    isOnly: false,
  })
  const { sites } = await world.app.read(world.schoolId, ({ lessons }) => lessons.lesson(id))
  await world.app.services.lessons.look(
    teacher,
    id,
    sites.map(site => site.id),
    londonDate(world.now()),
  )
}

/** Passes and lessons of the term: one approved, one refused, one opened alone, one that waits; sites looked at for lessons. */
export function passScenes(window: TermWindow): readonly Scene[] {
  let medicine = ''
  let arcade = ''
  let film = ''
  let week = ''
  const oak = { by: 'teacher-5', classId: 'class-oak' } as const
  const maple = { by: 'teacher-4', classId: 'class-maple' } as const
  return [
    {
      at: window.on(0.15, '15:50'),
      play: async world =>
        world.app.services.passes.setLimits(await world.as('head'), {
          categories: ['video'],
          minutes: 45,
          perWeek: 2,
          reason: 'Film clips in a lesson are most of what teachers ask for. We look at it again at half-term',
        }),
    },
    {
      at: window.on(0.28, '08:25'),
      play: async world => {
        medicine = await ask(world, {
          ...oak,
          sites: ['http://www.erowid.org/plants/poppy/timeline'],
          topic: 'Medicine in Victorian times',
          reason: 'Year 5 reads how opium was sold over the counter, for the unit on public health',
          first: window.on(0.28, '13:15', 2),
          last: window.on(0.28, '13:15', 5),
          from: '13:15',
          to: '14:15',
        })
      },
    },
    {
      at: window.on(0.28, '16:05', 1),
      play: world =>
        decidePass(
          world,
          'deputy',
          medicine,
          'approved',
          'Read the page: history, no shop, no forum. For these lessons only',
        ),
    },
    {
      at: window.on(0.5, '12:40'),
      play: async world => {
        arcade = await ask(world, {
          ...maple,
          sites: ['http://poki.com/en/quiz'],
          topic: 'Wet play',
          reason: 'Rain is forecast for the whole week and the hall is taken',
          first: window.on(0.5, '12:15', 1),
          from: '12:15',
          to: '13:00',
        })
      },
    },
    {
      at: window.on(0.5, '15:30'),
      play: world =>
        decidePass(
          world,
          'deputy-dsl',
          arcade,
          'refused',
          'Games with adverts for adults. There are board games in the library',
        ),
    },
    {
      at: window.before(6, '08:40'),
      play: async world => {
        film = await ask(world, {
          ...oak,
          sites: ['http://www.dailymotion.com/video/river-delta'],
          topic: 'How a river makes land',
          reason: 'Four minutes of film from the air that the atlas cannot show',
          first: window.before(6, '10:15'),
          from: '10:15',
          to: '10:45',
          alone: true,
        })
      },
    },
    {
      at: window.before(6, '16:10'),
      play: world => decidePass(world, 'deputy', film, 'approved', 'Seen. A good use of it'),
    },
    {
      at: window.before(5, '09:05'),
      play: world =>
        lesson(world, {
          ...oak,
          day: londonDate(window.before(4, '11:00')),
          from: '11:00',
          to: '12:00',
          topic: 'Deltas of the world',
          sites: ['https://www.britishmuseum.org/learn', 'https://www.metoffice.gov.uk/weather/learn-about'],
        }),
    },
    {
      at: window.before(4, '08:15'),
      play: async world => {
        week = await ask(world, {
          ...oak,
          sites: ['http://www.dailymotion.com/video/saxon-ship'],
          topic: 'The Saxons',
          reason: 'The class compares a film of the ship burial with the finds in the museum’s own pages',
          first: window.before(2, '09:00'),
          last: window.before(1, '09:00'),
          from: '09:15',
          to: '10:00',
        })
      },
    },
    {
      at: window.before(3, '12:20'),
      play: world => decidePass(world, 'deputy', week, 'approved', 'Looked at both minutes of it'),
    },
    {
      at: window.before(1, '12:50'),
      play: async world => {
        const { day } = nextWeekday(world)
        await lesson(world, {
          ...oak,
          day,
          from: '10:15',
          to: '11:15',
          topic: 'Saxon names on our map',
          sites: [
            'https://www.britishmuseum.org/collection/death-and-memory',
            'https://www.nationalarchives.gov.uk/education',
          ],
        })
      },
    },
    {
      at: window.before(0, '08:10'),
      play: async world => {
        const { day } = nextWeekday(world)
        await ask(world, {
          ...maple,
          sites: ['http://www.dailymotion.com/video/volcano'],
          topic: 'Volcanoes',
          reason: 'Slow film of a lava flow, to write about what is seen and heard',
          first: new Date(`${day}T12:00:00Z`),
          from: '13:30',
          to: '14:10',
        })
      },
    },
  ]
}

/** The first weekday that is wholly ahead of the present, which is later than the scene. */
function nextWeekday(world: World): { readonly day: string } {
  let day = addCalendarDays(londonDate(world.now()), 3)
  while (weekdayOf(day) === 0 || weekdayOf(day) === 6) day = addCalendarDays(day, 1)
  return { day }
}
