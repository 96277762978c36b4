import {
  type ConcernCategory,
  type ConcernKind,
  concernCategoryEntries,
  concernKind,
  concernKinds,
} from './data/concern-categories.ts'
import type { HelpAudience } from './data/help-lines.ts'

/** What the second question offers: the six categories, a message somebody got, a complaint, and "I am not sure". */
export interface Topic {
  readonly id: ConcernCategory | 'message' | 'complaint' | 'unsure'
  readonly adult: string
  readonly child: string
  /** Kinds in the order offered; for a category of an adult, all of its kinds. */
  readonly kinds: Readonly<Record<HelpAudience, readonly string[]>>
}

/** The few kinds that a child chooses from; the rest are for the person who reads the report. */
const childKinds: Readonly<Record<ConcernCategory, readonly string[]>> = {
  content: [
    'accidental-access',
    'unsuitable-content',
    'self-harm-content',
    'illegal-images',
    'other-illegal-content',
    'false-information',
    'over-blocking',
  ],
  contact: ['stranger-contact', 'grooming', 'sexual-extortion', 'radicalisation', 'ai-companion'],
  conduct: [
    'cyberbullying',
    'offence-bullying',
    'hate',
    'self-harm-concern',
    'intimate-image-shared',
    'image-without-permission',
    'staff-conduct',
    'device-misuse',
    'other-concern',
  ],
  commerce: ['scam', 'gambling', 'unwanted-advertising', 'drugs-for-sale'],
  data: ['data-shared', 'loss-or-theft', 'data-complaint'],
  technical: [
    'technical-fault',
    'password-known',
    'virus-warning',
    'unsolicited-mail',
    'filter-bypass',
    'unauthorised-access',
  ],
}
const messages = [
  'offensive-message',
  'cyberbullying',
  'offence-bullying',
  'hate',
  'stranger-contact',
  'scam',
  'unsolicited-mail',
]
const complaints = ['online-safety-complaint', 'data-complaint']

const categoryTopic = ({ id, adult, child }: { id: ConcernCategory; adult: string; child: string }): Topic => ({
  id,
  adult,
  child,
  kinds: {
    adult: concernKinds()
      .filter(({ category, id: kind }) => category === id && !complaints.includes(kind))
      .map(({ id: kind }) => kind),
    child: childKinds[id],
  },
})

const topics: readonly Topic[] = [
  {
    id: 'message',
    adult: 'A message that somebody got',
    child: 'A message that I got',
    kinds: { adult: [...messages, 'virus-warning', 'data-breach'], child: messages },
  },
  ...concernCategoryEntries().map(categoryTopic),
  {
    id: 'complaint',
    adult: 'A complaint',
    child: 'I am not happy with school',
    kinds: { adult: complaints, child: complaints },
  },
  {
    id: 'unsure',
    adult: 'Something else, or I am not sure',
    child: 'Something else, or I am not sure',
    kinds: { adult: ['other-concern'], child: ['other-concern'] },
  },
]
export const topicsFor = (audience: HelpAudience): readonly Topic[] =>
  topics.filter(({ id }) => !(audience === 'child' && id === 'complaint'))

export const kindsOf = (topic: Topic, audience: HelpAudience): ConcernKind[] =>
  topic.kinds[audience].flatMap(id => concernKind(id) ?? [])

/** @throws {Error} when a topic offers a kind that does not exist, or none. */
export function checkTopics(): void {
  for (const topic of topics) {
    for (const audience of ['child', 'adult'] as const) {
      const missing = topic.kinds[audience].filter(id => !concernKind(id))
      if (missing.length > 0 || topic.kinds[audience].length === 0)
        throw new Error(`the topic ${topic.id} offers kinds that do not exist: ${missing.join(', ') || 'none at all'}`)
    }
  }
}
