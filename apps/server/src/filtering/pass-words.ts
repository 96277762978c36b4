import { formatDate, formatList, formatTime, plural } from '../platform/format.ts'
import { categoryName } from './change-forms.ts'
import type { PassContent, Sighting } from './pass.ts'
import { technologyNames } from './pass-forms.ts'
import type { PassRecord } from './pass-store.ts'

type Kind = 'good' | 'soon' | 'bad' | 'quiet' | 'calm'

/** Where a pass stands, in a word and a kind of tag. */
export function passStanding(pass: PassRecord, now: Date): { readonly text: string; readonly kind: Kind } {
  if (!pass.content) return { text: 'Altered behind our backs', kind: 'bad' }
  if (pass.state === 'waiting')
    return pass.untilAt <= now ? { text: 'Not decided in time', kind: 'bad' } : { text: 'Waits', kind: 'soon' }
  if (pass.state === 'refused') return { text: 'Refused', kind: 'quiet' }
  if (pass.state === 'withdrawn') return { text: 'Withdrawn', kind: 'quiet' }
  if (pass.state === 'ended' || pass.untilAt <= now)
    return pass.endedHow === 'early' || pass.endedHow === 'left'
      ? { text: 'Ended early', kind: 'quiet' }
      : { text: 'Over', kind: 'quiet' }
  return openNow(pass, now) ? { text: 'Open now', kind: 'good' } : { text: 'Granted', kind: 'calm' }
}
export const openNow = (pass: PassRecord, now: Date): boolean =>
  pass.state === 'granted' &&
  (pass.content?.lessons.some(({ from, until }) => new Date(from) <= now && now < new Date(until)) ?? false)

/** “en.wikipedia.org/wiki/Opium and bbc.co.uk”. */
export const whatFor = (content: PassContent): string =>
  content.kind === 'technology'
    ? technologyNames[content.technology ?? 'blogs']
    : content.sites.length > 3
      ? `${content.sites[0]?.host} and ${content.sites.length - 1} more`
      : formatList(content.sites.map(({ host, path }) => `${host}${path ?? ''}`))

/** “Tuesday 24 November, 10:15am to 11am” or “6 lessons from … to …”. */
export function whenWords({ lessons }: PassContent): string {
  const [first] = lessons
  const last = lessons.at(-1)
  if (!first || !last) return ''
  const times = `${formatTime(first.from)} to ${formatTime(first.until)}`
  return lessons.length === 1
    ? `${formatDate(first.from)}, ${times}`
    : `${plural(lessons.length, 'lesson')} from ${formatDate(first.from)} to ${formatDate(last.from)}, ${times}`
}

/** “Drugs, says Gatehouse starter lists (22 November 2026)”. */
export const listedAs = ({ categories, isIllegal }: Sighting): string =>
  isIllegal
    ? 'Illegal content: nobody opens this'
    : categories.length === 0
      ? 'In no list'
      : categories
          .map(
            ({ category, sources }) =>
              `${categoryName(category)}, says ${formatList(sources.map(({ name, date }) => (date === '' ? `${name} (no date)` : `${name} of ${formatDate(date)}`)))}`,
          )
          .join('; ')
