import { createHash } from 'node:crypto'
import { canonicalJson } from '@gatehouse/ledger/canonical'
import { sanctionRules } from './data/sanction-rules.ts'

/** The school's reporting guidance (clause A-10-04): who must report, how it goes on, and what may follow. */
export interface GuidanceSection {
  readonly heading: string
  readonly paragraphs: readonly string[]
  readonly points: readonly string[]
}

export const reportingGuidance = (): readonly GuidanceSection[] => [
  {
    heading: 'Who reports, and what',
    paragraphs: [
      'Everybody who works or helps here reports what worries them: anything that may harm a child, personal data that is lost or seen by the wrong person, lost or stolen equipment, a message that offends or threatens, unsuitable material met by accident or on purpose, and any other breach of the policy. A pupil, a parent or a visitor may report too, and need not say who they are.',
    ],
    points: [
      'At once is the aim; 24 hours after you notice is the limit. If it took longer, report it all the same: the times are kept as they were.',
      'You do not need to be sure, and you do not look into it yourself first.',
      'A child in danger: call 999, then report.',
    ],
  },
  {
    heading: 'How it goes on',
    paragraphs: [
      'Each report goes to the person who answers for what it is about, and it is never shown to a person whom it is about or a duty-holder whom it names.',
    ],
    points: [
      'Safety of a child: the safeguarding lead.',
      'Personal data, loss and theft: the data protection officer and the headteacher.',
      'A technical fault: the network manager. An attack or a misuse of systems: the headteacher as well.',
      'The conduct of an adult at school: the headteacher, who asks the council’s designated officer (LADO). About the headteacher: the chair of governors.',
      'Anything serious: the headteacher as well.',
      'A person acknowledges it within 24 hours, and each report becomes a case with an owner, or joins the day’s digest of junk mail.',
    ],
  },
  {
    heading: 'What not to do',
    paragraphs: [],
    points: [
      'Do not answer an upsetting message, and keep it.',
      'Do not look at, copy, forward or send us an image of a child that may be indecent: leave the device as it is, and say where it is.',
      'Do not promise a child to keep it secret.',
    ],
  },
  {
    heading: 'What may follow',
    paragraphs: [
      'A named person decides, under one of these published rules, and says why. Nobody is punished for reporting in good faith.',
    ],
    points: sanctionRules().map(({ rule }) => rule),
  },
]

/** Of the whole text: guidance that changed since it was published is not published. */
export const guidanceDigest = (): string =>
  createHash('sha256')
    .update(canonicalJson(reportingGuidance() as never))
    .digest('hex')

/** Published guidance holds for a year; staff have four weeks to confirm that they read it. */
export const guidanceDays = 365
export const receiptDays = 28
