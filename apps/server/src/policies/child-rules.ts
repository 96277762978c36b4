/*
 * The rules for a child to read: ten, at a reading age of nine, each drawn from clauses of the two policies. They say nothing that
 * those clauses do not; where the school has put other words into a clause, the rule is not shown as if it still held.
 */

export interface ChildRule {
  readonly id: string
  readonly title: string
  readonly says: string
  /** Clause ids of both policies that the rule is drawn from. */
  readonly clauses: readonly string[]
}

const rules: readonly ChildRule[] = [
  {
    id: 'ask',
    title: 'Ask first',
    says: 'Ask a teacher before you chat, blog or go on social media. Send email only when a teacher is with you.',
    clauses: ['A-9-17', 'A-9-19', 'A-9-21', 'B-email-12'],
  },
  {
    id: 'school-things',
    title: 'Use school sites and your school account',
    says: 'Use the sites your teacher shows you. Use your school account and your school email. Do not use your own email in school.',
    clauses: ['A-4.1-10', 'A-9-13', 'A-9-25', 'B-email-11'],
  },
  {
    id: 'password',
    title: 'Keep your password safe',
    says: 'Do not tell your password to your friends. Do not write it down. If you think someone knows it, tell a teacher.',
    clauses: ['B-security-01', 'B-passwords-05', 'B-passwords-06', 'B-passwords-07'],
  },
  {
    id: 'details',
    title: 'Keep facts about you to yourself',
    says: 'Do not put your full name, where you live or your phone number on the web. Some people may use them to harm you.',
    clauses: ['A-9-32'],
  },
  {
    id: 'kind',
    title: 'Be kind',
    says: 'Write to people as you would like them to write to you. Mean words hurt. This rule is for school and for home.',
    clauses: ['A-3.7-05', 'A-3.7-06', 'A-9-33', 'B-curriculum-06'],
  },
  {
    id: 'pictures',
    title: 'Leave pictures of others alone',
    says: 'Do not take photos with a phone or camera. Do not use or share a picture of someone if no one said that you may.',
    clauses: ['A-7-09', 'A-9-09'],
  },
  {
    id: 'phones',
    title: 'Hand in your phone',
    says: 'Ask before you bring a phone to school. Leave it at the office. Do not use it in class or at break.',
    clauses: ['A-9-03', 'A-9-05', 'A-9-07', 'B-mobile-03', 'B-mobile-04'],
  },
  {
    id: 'tell',
    title: 'Tell a grown-up',
    says: 'Did you see something that made you sad, scared or cross? Tell a grown-up you trust. Do not answer a nasty message. Keep it and show it.',
    clauses: ['A-3.7-03', 'A-9-26', 'A-9-27'],
  },
  {
    id: 'seen',
    title: 'The school can see what you look for',
    says: 'The school keeps a list of the sites you go to on its web. Some staff look at it. They do this to keep you safe and to spot if you need help.',
    clauses: ['A-4.1-12', 'A-5-20', 'A-5-24', 'B-internet-access-02'],
  },
  {
    id: 'help',
    title: 'You can get help',
    says: 'Talk to your mum or dad, or to a teacher you trust. You can phone Childline free on 0800 1111, day or night. If you are in danger now, phone 999.',
    clauses: ['B-curriculum-07'],
  },
]

/** In the order in which a child reads them. */
export const childRules = (): readonly ChildRule[] => rules
