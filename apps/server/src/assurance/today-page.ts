import { hasRole, type PersonActor, personOf } from '../platform/actor.ts'
import { faultWords } from '../platform/database.ts'
import { get, type Page, view } from '../platform/page.ts'
import { type Happening, inOrder, type Need, type TodaySources, type WorkingItem } from './today.ts'

/** Shown at once; the rest are counted in one line. */
const mostNeeds = 20
const mostHappenings = 12
/** What is due later than this does not need anybody today; it stands among the deadlines. Late, loud and undated things do. */
const soonDays = 28
const firstVisitDays = 7

interface Parts<R> {
  readonly sources: readonly TodaySources<R>[]
  readonly log: (line: string) => void
}

/** The first page of everybody who is signed in. */
export function todayPages<R>({ sources, log }: Parts<R>): Page<R>[] {
  const broke = (part: string, error: unknown): void =>
    log(`today, ${part}: ${error instanceof Error ? faultWords(error) : 'unknown fault'}`)
  return [
    get('/', { access: 'home.view' }, async ({ actor: met, now, read, lastSeen }) => {
      const actor = personOf(met)
      const from = lastSeen ?? new Date(now.getTime() - firstVisitDays * 86_400_000)
      // One transaction a source that reads much, or one for all; a broken source must not take the others with it.
      const all = async <T>(
        part: string,
        work: readonly ((reads: R) => Promise<readonly T[]>)[],
      ): Promise<{ items: T[]; broken: boolean }> => {
        try {
          return { items: await read(async reads => (await inTurn(work, each => each(reads))).flat()), broken: false }
        } catch (error) {
          broke(part, error)
        }
        // Something in it broke, and its transaction with it: each by itself.
        const items: T[] = []
        for (const each of work) {
          try {
            items.push(...(await read(each)))
          } catch (error) {
            broke(part, error)
          }
        }
        return { items, broken: true }
      }
      const needs = await all<Need>(
        'needs',
        sources.flatMap(({ needs = [] }) => needs.map(source => (reads: R) => source(reads, actor, now))),
      )
      const happened = await all<Happening>(
        'happened',
        sources.flatMap(({ happened = [] }) =>
          happened.map(source => (reads: R) => source(reads, actor, { from, to: now })),
        ),
      )
      const working = await all<WorkingItem>(
        'working',
        sources.flatMap(({ working = [] }) => working.map(source => (reads: R) => source(reads, actor, now))),
      )
      const inSight = now.getTime() + soonDays * 86_400_000
      const ordered = inOrder(needs.items)
      const soon = ordered.filter(({ due, loud }) => loud || due === null || due.getTime() <= inSight)
      return view(homeOf(actor), {
        title: 'Today',
        greeting: greetingOf(actor, now),
        needs: soon.slice(0, mostNeeds).map(needShown),
        moreNeeds: Math.max(0, soon.length - mostNeeds),
        laterNeeds: ordered.length - soon.length,
        needsBroken: needs.broken,
        happened: [...happened.items].sort((a, b) => b.at.getTime() - a.at.getTime()).slice(0, mostHappenings),
        happenedBroken: happened.broken,
        firstVisit: lastSeen === null,
        from,
        // What does not work comes first: nobody should have to look for it.
        working: [...working.items].sort((a, b) => worst.indexOf(a.state) - worst.indexOf(b.state)).map(workingShown),
        workingBroken: working.broken,
      })
    }),
  ]
}

const worst: readonly WorkingItem['state'][] = ['failing', 'late', 'unknown', 'working']

/** As the components of the first page take them. */
const needShown = ({ text, href, due, since, note, loud }: Need) => ({
  text,
  href,
  verb: 'Open',
  dueAt: due,
  since: due ? undefined : since,
  detail: note,
  late: loud ?? false,
})
/** Late is said in words, and looks as loud as failing: nobody should have to weigh the two. */
const workingShown = ({ name, state, says, href }: WorkingItem) => ({
  name,
  state: state === 'working' ? 'ok' : state === 'late' ? 'failing' : state,
  text: state === 'late' ? `late: ${says}` : says,
  href,
})

async function inTurn<A, B>(items: readonly A[], work: (item: A) => Promise<B>): Promise<B[]> {
  const out: B[] = []
  for (const item of items) out.push(await work(item))
  return out
}

/** Children get a page of their own; so do parents and visitors, in other words. */
function homeOf(actor: PersonActor): string {
  const worksHere = actor.roles.some(role => !['pupil', 'parent', 'guest', 'community', 'supplier'].includes(role))
  if (worksHere) return 'assurance/today'
  return hasRole(actor, 'pupil') ? 'assurance/today-pupil' : 'assurance/today-visitor'
}

/** Good morning until midday, by the clock in London. */
function greetingOf({ name }: PersonActor, now: Date): string {
  const hour = Number(
    new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/London', hour: 'numeric', hourCycle: 'h23' }).format(now),
  )
  return `Good ${hour < 12 ? 'morning' : hour < 17 ? 'afternoon' : 'evening'}, ${name.split(' ')[0]}`
}
