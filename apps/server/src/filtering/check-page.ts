import { askedWith, decide, explain, type FilterRequest, type RuleSet, type Verdict } from '@gatehouse/engine'
import { isCalendarDate, londonDate, londonInstant, londonTime } from '@gatehouse/engine/calendar'
import { type Actor, hasRole, may } from '../platform/actor.ts'
import { get, type Page, view } from '../platform/page.ts'
import { settableCategories } from './change-content.ts'
import { categoryName } from './change-forms.ts'
import type { ChangePageReads } from './change-page.ts'
import { groupName } from './filter-change.ts'
import { canaryOf } from './filter-expectations.ts'
import { filterPeople } from './filter-people.ts'
import { anywhereInSchool, type Place } from './filter-rules.ts'
import type { ListsFolder } from './lists-folder.ts'

const words = { allow: 'Open', warn: 'Warned', block: 'Blocked' } as const
const kinds = { allow: 'calm', warn: 'soon', block: 'quiet' } as const

/** Everything that bears on a verdict, as somebody typed it. */
interface Asked {
  readonly url: string
  readonly group: string
  readonly user: string
  readonly classId: string
  readonly place: string
  readonly day: string
  readonly time: string
}

const askedIn = (query: URLSearchParams, now: Date): Asked => {
  const of = (name: string, most: number): string => (query.get(name) ?? '').trim().slice(0, most)
  // A link from elsewhere may name one instant.
  const at = new Date(query.get('at') ?? now)
  const then = Number.isNaN(at.getTime()) ? now : at
  return {
    url: of('url', 2000),
    group: of('group', 60) || 'juniors',
    user: of('user', 64),
    classId: of('classId', 60),
    place: of('place', 60),
    day: of('day', 10) || londonDate(then),
    time: of('time', 5) || londonTime(then),
  }
}

/** Which form of the explanation this person reads. */
const readerOf = (actor: Actor): 'teacher' | 'safeguardingLead' | 'technician' =>
  hasRole(actor, 'network-manager', 'technician')
    ? 'technician'
    : hasRole(actor, 'dsl', 'deputy-dsl', 'headteacher', 'deputy', 'senior-leader')
      ? 'safeguardingLead'
      : 'teacher'

/**
 * What would happen, for a group or a class or one person, at a place and a time, to an address; and what they would get of each
 * category then. The engine is asked, nothing is fetched.
 */
export function checkPages({ lists }: { readonly lists: ListsFolder }): Page<ChangePageReads>[] {
  return [
    get('/internet/check', { access: 'filter.view' }, async ({ query, read, now, actor }) => {
      const asked = askedIn(query, now)
      const mayName = may(actor, 'filter.propose')
      const found = await read(async reads => {
        const { rules, places } = await reads.filtering.filter()
        const classes = await reads.people.groups('class')
        return { rules, places, classes, who: await whose(reads, asked, rules, places, now, mayName) }
      })
      const { rules, places, classes, who } = found
      const opened = lists.active() === null ? null : lists.open().lists
      const all = 'problem' in who || opened === null ? null : who
      const explained =
        all && opened && asked.url !== '' ? explain(rules, opened, { ...all.as, url: asked.url, kind: 'page' }) : null
      const verdict = explained?.verdict
      return view('filtering/check', {
        title: 'What would happen?',
        backHref: '/internet',
        fields: checkFields(asked, { rules, places, classes, mayName }),
        problem:
          'problem' in who
            ? who.problem
            : opened === null
              ? 'No lists have been compiled yet, so nothing is let through.'
              : undefined,
        whose: all?.whose,
        answer: verdict &&
          explained && {
            host: verdict.host,
            what: words[verdict.verdict],
            kind: kinds[verdict.verdict],
            reason: verdict.reason,
            says: explained.readers[readerOf(actor)],
            pupil: explained.readers.pupil,
            steps: may(actor, 'filter.changes')
              ? explained.steps.map(step => ({
                  asked: step.depth > 0 ? `${step.asked} (inside the address)` : step.asked,
                  group: step.group === undefined ? '' : groupName(step.group),
                  said: step.said || 'no answer, so the next was asked',
                }))
              : [],
            category: verdict.category === 'none' ? 'in no category' : categoryName(verdict.category),
            href:
              verdict.rule.startsWith('host:') && may(actor, 'filter.changes')
                ? `/internet/changes/${verdict.rule.slice(5)}`
                : undefined,
            why: ruleWords(verdict),
          },
        profile: all && opened && profileOf(rules, opened, all.as),
        propose:
          verdict && mayName && verdict.host !== '' && verdict.rule !== 'illegal' && verdict.rule !== 'must-allow'
            ? `/internet/changes/new?host=${encodeURIComponent(verdict.host)}&groups=${asked.group}&action=${verdict.verdict === 'block' ? 'allow' : 'block'}`
            : undefined,
      })
    }),
  ]
}

interface Whose {
  readonly as: Omit<FilterRequest, 'url' | 'kind'>
  readonly whose: readonly { readonly key: string; readonly text: string }[]
}

async function whose(
  { people }: Pick<ChangePageReads, 'people'>,
  asked: Asked,
  rules: RuleSet,
  places: readonly Place[],
  now: Date,
  mayName: boolean,
): Promise<Whose | { readonly problem: string }> {
  if (!isCalendarDate(asked.day)) return { problem: 'The day must be written like 2027-03-27.' }
  if (!/^([01]\d|2[0-3]):[0-5]\d$/.test(asked.time)) return { problem: 'The time must be written like 12:30.' }
  const at = londonInstant(asked.day, asked.time)
  const place = asked.place === '' ? anywhereInSchool : asked.place
  const placeName = places.find(({ id }) => id === place)?.name ?? 'In school'
  const when = [
    { key: 'Where', text: placeName },
    { key: 'When', text: `${asked.day} at ${asked.time}` },
  ]
  if (asked.user === '') {
    const group = rules.groups.find(({ id }) => id === asked.group)
    if (!group) return { problem: 'There is no such group.' }
    const classes = asked.classId === '' ? [] : [asked.classId]
    return {
      as: { groups: [group.id], at, place, ...(classes.length > 0 ? { classes } : {}) },
      whose: [{ key: 'For', text: group.name }, ...when],
    }
  }
  if (!mayName)
    return { problem: 'Only those who look after the filter may ask about one person. Choose a group instead.' }
  const account = await people.accountByUsername(asked.user)
  if (!account) return { problem: 'Nobody here has that username.' }
  const memberships = await people.groupsOf(account.personId, at > now ? now : at)
  const groups = memberships.filter(({ kind }) => kind === 'filter').map(({ id }) => id)
  if (groups.length === 0) return { problem: 'That person is in no group, so everything is closed to them.' }
  const attributes = (await filterPeople(people, now, [account.personId])).get(account.personId)
  return {
    as: {
      groups,
      at,
      place,
      personId: account.personId,
      ...askedWith(attributes),
    },
    whose: [
      { key: 'Groups', text: groups.map(groupName).join(', ') },
      {
        key: 'Classes',
        text:
          memberships
            .filter(({ kind, part }) => kind === 'class' && part === 'member')
            .map(({ name }) => name)
            .join(', ') || 'None',
      },
      {
        key: 'Age',
        text: !rules.groups.some(({ id, side }) => side === 'pupils' && groups.includes(id))
          ? 'Not asked'
          : attributes?.turns13On === undefined || attributes.turns13On === null
            ? 'Not in the register: counts as under 13'
            : attributes.turns13On <= asked.day
              ? '13 or over'
              : 'Under 13',
      },
      ...when,
    ],
  }
}

/** What they get of each category then, asked of the engine with each category’s own canary. */
function profileOf(
  rules: RuleSet,
  lists: Parameters<typeof decide>[1],
  as: Omit<FilterRequest, 'url' | 'kind'>,
): { text: string; what: string; kind: string }[] {
  return settableCategories
    .filter(category => category === 'unlisted' || lists.lookup(canaryOf(category)).length > 0)
    .map(category => {
      const { verdict } = decide(rules, lists, { ...as, url: `http://${canaryOf(category)}/`, kind: 'page' })
      return { text: categoryName(category), what: words[verdict], kind: kinds[verdict] }
    })
}

/** The fields of the question, here and on the page of the internet. */
export function checkFields(
  asked: Partial<Asked>,
  {
    rules,
    places,
    classes,
    mayName,
  }: {
    readonly rules: RuleSet
    readonly places: readonly Place[]
    readonly classes: readonly { readonly id: string; readonly name: string }[]
    readonly mayName: boolean
  },
) {
  const options = (items: readonly { readonly id: string; readonly name: string }[]) =>
    items.map(({ id, name }) => ({ value: id, text: name }))
  return [
    { name: 'url', kind: 'text', label: 'Address', value: asked.url ?? '' },
    { name: 'group', kind: 'select', label: 'For', value: asked.group ?? 'juniors', options: options(rules.groups) },
    { name: 'classId', kind: 'select', label: 'Class', value: asked.classId ?? '', options: options(classes) },
    ...(mayName ? [{ name: 'user', kind: 'text', label: 'Or one username', value: asked.user ?? '' }] : []),
    ...(places.length > 0
      ? [{ name: 'place', kind: 'select', label: 'Where', value: asked.place ?? '', options: options(places) }]
      : []),
    ...(asked.day === undefined ? [] : [{ name: 'day', kind: 'text', label: 'Day', value: asked.day }]),
    ...(asked.time === undefined ? [] : [{ name: 'time', kind: 'text', label: 'Time', value: asked.time }]),
  ]
}

function ruleWords({ rule }: Verdict): string {
  const [kind = '', ...more] = rule.split(':')
  const said: Readonly<Record<string, string>> = {
    illegal: 'The block on illegal content, which nobody can switch off',
    'must-allow': 'It gives help or trusted information, so nothing may block it',
    'malformed-address': 'The address cannot be read',
    'no-group': 'Nobody knows who is asking',
    host: 'A decision of this school about this site',
    pass: 'A pass for a class or a person, for a while',
    'lesson-only': 'A lesson that has sites of its own',
    age: 'The lowest age that the service itself sets',
    technology: 'The technology table',
    search: 'What is typed into the search',
    file: 'What programs and archives get',
    adjustment: 'Rules of their own for a class, a year or some people',
    lookalike: 'Its name imitates another',
    inside: 'An address inside the address',
  }
  return (
    said[kind] ??
    (kind === 'group' ? `What ${groupName(more[0] ?? '')} get for “${categoryName(more[1] ?? '')}”` : 'Another rule')
  )
}
