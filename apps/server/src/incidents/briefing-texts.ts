import { allStaff, board, type Role } from '../permissions.ts'

/*
 * The briefings, in our own words: what each member of a group must know before it is needed, with questions that only
 * somebody who read it answers right. Whoever changes a word here makes a new version: receipts of the old one end.
 * Sources: the routes of `report-routing.ts`; Keeping children safe in education, part four (allegations); DfE and UKCIS
 * guidance on images (never look, never copy).
 */

export const briefingIds = ['incidents', 'allegations'] as const
export type BriefingId = (typeof briefingIds)[number]

export interface BriefingSection {
  readonly id: string
  readonly heading: string
  readonly paragraphs: readonly string[]
  readonly points: readonly string[]
}
export interface BriefingOption {
  readonly id: string
  readonly text: string
  /** What is wrong with it, said to whoever chose it; null for the one right answer. */
  readonly wrong: string | null
}
export interface BriefingQuestion {
  readonly id: string
  /** The section that it is about: a person's answer ends when that section changes. */
  readonly section: string
  readonly ask: string
  readonly options: readonly BriefingOption[]
}
export interface Briefing {
  readonly id: BriefingId
  readonly title: string
  /** Why one reads it, in a sentence. */
  readonly why: string
  /** Whoever holds one of these roles must have answered it. */
  readonly roles: readonly Role[]
  /** These may read and answer it too; nobody waits for them. */
  readonly also: readonly Role[]
  /** How the group is called in a sentence: “3 of 30 staff”. */
  readonly group: string
  readonly sections: readonly BriefingSection[]
  readonly questions: readonly BriefingQuestion[]
}

const incidents: Briefing = {
  id: 'incidents',
  title: 'What to do when something happens',
  why: 'Everybody who works here must know these steps before they are needed. It takes about five minutes.',
  roles: allStaff,
  also: ['dpo', ...board],
  group: 'staff',
  sections: [
    {
      id: 'always',
      heading: 'Whatever it is',
      paragraphs: [
        'Four steps, in this order. You do not have to be sure, and you do not have to know what it is called.',
      ],
      points: [
        'Make the child safe and stay calm. If somebody is in danger now, call 999 first.',
        'Do not look into it: no questions beyond what the child tells you by itself, no searching of devices, no promise of secrecy.',
        'Report it here, with “Report a concern”. At once if you can; 24 hours after you noticed it is the limit, at weekends too. Late is better than never: the true times are kept.',
        'Leave the rest to the person who receives it, and tell nobody else about it.',
      ],
    },
    {
      id: 'accidental-access',
      heading: 'Something unsuitable came up by accident',
      paragraphs: [
        'It happens to careful people. Nobody is in trouble for it, and the report is how the filter gets better.',
      ],
      points: [
        'Take it out of sight: turn the screen away or switch the screen off. Do not go on to see what else is there, and do not show it to anybody.',
        'Tell the child that it did right to say so, and that it is not in trouble.',
        'Note the address, the time and the device if you know them without looking again.',
        'Report it as “Unsuitable material met by accident”, within 24 hours. The headteacher, who is the online-safety co-ordinator, and the safeguarding lead receive it.',
      ],
    },
    {
      id: 'illegal',
      heading: 'It may be against the law',
      paragraphs: [
        'An image of a child that may be indecent, or terrorist material. Here a helpful person can commit an offence: copying or forwarding it is one, whatever the reason.',
      ],
      points: [
        'Stop, and do not look again. Do not open, copy, print, photograph, forward or delete anything, and do not send it to us: the report takes no file.',
        'Leave the device as it is, out of everybody’s reach, and do not let it out of your sight until the safeguarding lead has it.',
        'Go to the safeguarding lead or the headteacher in person, now. Then report in words only: where the device is, and when it was.',
        'The safeguarding lead calls the police. Nobody at school decides whether it is illegal.',
      ],
    },
    {
      id: 'who',
      heading: 'Who gets what',
      paragraphs: [
        'You choose what it is about; the report finds its way. It is never shown to a person whom it is about.',
      ],
      points: [
        'Bullying, strangers, threats, worrying material, anything about a child’s safety: the safeguarding lead.',
        'Personal data lost or sent to the wrong person, a lost or stolen device: the data protection officer and the headteacher. The law gives the school 72 hours in all, so do not wait.',
        'Passwords and faults: the network manager. Attacks, and attempts to get round the filter: the headteacher as well.',
        'The conduct of an adult at school: the headteacher. The headteacher’s own conduct: the chair of governors, and nobody below.',
      ],
    },
  ],
  questions: [
    {
      id: 'accident',
      section: 'accidental-access',
      ask: 'In a lesson, a harmless search shows a violent picture that nobody looked for. What do you do?',
      options: [
        {
          id: 'nothing',
          text: 'Close it and carry on: nobody did anything wrong',
          wrong:
            'Nobody did anything wrong, but without a report the same picture meets the next class. Accidents are reported too.',
        },
        {
          id: 'report',
          text: 'Take it out of sight, reassure the class, and report it within 24 hours as met by accident',
          wrong: null,
        },
        {
          id: 'look',
          text: 'Open the page again after the lesson, to describe exactly what was on it',
          wrong:
            'Do not look again. What you remember of the address and the time is enough; the web log has the rest.',
        },
      ],
    },
    {
      id: 'illegal-image',
      section: 'illegal',
      ask: 'A pupil holds out a phone: on it may be an indecent image of a child. What do you do?',
      options: [
        {
          id: 'photo',
          text: 'Photograph the screen, so that there is proof',
          wrong: 'A photograph is a copy, and making one is an offence. The device itself is the proof.',
        },
        {
          id: 'delete',
          text: 'Have the pupil delete it, and write down what it showed',
          wrong:
            'Deleting destroys what the police need, and may harm the child whom it shows. Leave the device as it is.',
        },
        {
          id: 'guard',
          text: 'Look no further, keep the phone as it is and out of reach, and go to the safeguarding lead now',
          wrong: null,
        },
      ],
    },
    {
      id: 'laptop',
      section: 'who',
      ask: 'On Friday at eight in the evening you find that your bag with the school laptop was stolen. When do you report it, and who gets it?',
      options: [
        {
          id: 'monday',
          text: 'On Monday morning, to the network manager',
          wrong:
            'The 24 hours run over the weekend, and the school has 72 in all for the regulator. It goes to the data protection officer and the headteacher.',
        },
        {
          id: 'now',
          text: 'That evening, or at the latest in 24 hours; the data protection officer and the headteacher get it',
          wrong: null,
        },
        {
          id: 'police',
          text: 'To the police only: they give me a number for the insurance',
          wrong:
            'The police may need to know as well, but the school must be told within 24 hours: the laptop may hold personal data.',
        },
      ],
    },
  ],
}

const allegations: Briefing = {
  id: 'allegations',
  title: 'A serious allegation against somebody who works here',
  why: 'The headteacher and every governor must know this before an allegation is made: the first hour decides much, and there is no time to read then.',
  roles: ['headteacher', 'dsl', 'deputy-dsl', ...board],
  also: ['deputy', 'senior-leader'],
  group: 'people',
  sections: [
    {
      id: 'what',
      heading: 'When it is one',
      paragraphs: [
        'Part four of “Keeping children safe in education” is about anybody who works with children at the school: staff, supply teachers, volunteers, contractors. Whatever worries you and is less than what follows is a low-level concern: it goes to the headteacher and is recorded too. The line is crossed when it is said that a person has, or may have,',
      ],
      points: [
        'harmed a child;',
        'committed an offence against a child, or to do with one;',
        'behaved towards a child so that they might be a risk to children;',
        'behaved anywhere, at home or online too, so that they may not be suitable to work with children.',
      ],
    },
    {
      id: 'who',
      heading: 'Who handles it',
      paragraphs: ['One person handles it, and never a person whom it is about.'],
      points: [
        'About anybody who works here: the headteacher.',
        'About the headteacher: the chair of governors. A report of this kind goes to the chair alone.',
        'Where the one who should handle it has an interest in it: straight to the council’s designated officer (LADO).',
        'A governor who is told something passes it on the same hour to the one who handles it, and then neither asks nor talks about it: whoever knows details cannot sit on a panel later.',
      ],
    },
    {
      id: 'first',
      heading: 'First steps',
      paragraphs: [],
      points: [
        'A child in danger, or a crime that may have been committed: the police and children’s social care at once.',
        'Tell the LADO the same day, at the latest within one working day, before anybody looks into it. Check only what is needed to tell: was the person there, was there a child, are there witnesses.',
        'Do not tell the person concerned, question the child or collect statements until the LADO has said how and when.',
        'Write down what was said, when and by whom, in the words that were used.',
        'Until somebody is charged, the law forbids publishing anything that names the teacher. Parents are told that too.',
      ],
    },
    {
      id: 'suspension',
      heading: 'Suspension is not automatic',
      paragraphs: [
        'It protects children, and it is not a punishment. The one who handles the matter decides, with what the LADO, the police and social care advise.',
      ],
      points: [
        'Look first for something less: no time alone with children, other duties, another place, supervision.',
        'Suspend where children may be at risk, or where it is so serious that dismissal is likely.',
        'Record the reasons, and which other ways were looked at. The person gets them in writing within one working day, and the name of somebody to turn to.',
      ],
    },
  ],
  questions: [
    {
      id: 'governor-told',
      section: 'who',
      ask: 'At the school gate a parent tells a governor that a teaching assistant writes to her daughter at night. What does the governor do?',
      options: [
        {
          id: 'ask',
          text: 'Asks the parent for all details and the teaching assistant for the other side, and then decides whether to pass it on',
          wrong:
            'Questions now can spoil the case, and a governor who knows the details cannot sit on a panel later. Pass on what was said.',
        },
        {
          id: 'meeting',
          text: 'Puts it on the agenda of the next governors’ meeting',
          wrong: 'That is too late, and too many would know. It belongs with the headteacher within the hour.',
        },
        {
          id: 'head',
          text: 'Passes it to the headteacher at once, asks nothing more, and tells nobody else',
          wrong: null,
        },
      ],
    },
    {
      id: 'about-head',
      section: 'first',
      ask: 'It is the headteacher who is said to have harmed a child. Who does what first?',
      options: [
        {
          id: 'deputy',
          text: 'The deputy headteacher finds out whether there is anything in it',
          wrong:
            'Nobody who answers to the headteacher looks into it, and nobody looks into it before the LADO was asked.',
        },
        {
          id: 'chair',
          text: 'The chair of governors tells the LADO the same day or within one working day, and looks into nothing before',
          wrong: null,
        },
        {
          id: 'head',
          text: 'The headteacher tells the LADO and hands over the papers',
          wrong: 'Whoever it is about has no part in it. The chair of governors handles it.',
        },
      ],
    },
    {
      id: 'suspend',
      section: 'suspension',
      ask: 'Is a member of staff suspended when a serious allegation is made?',
      options: [
        {
          id: 'always',
          text: 'Yes, always: it is the safe thing to do',
          wrong: 'Suspension is never automatic. Other ways are looked at first, and the reasons are recorded.',
        },
        {
          id: 'proved',
          text: 'No, not before it is proved',
          wrong: 'Where children may be at risk it cannot wait for proof. Each case is weighed, with advice.',
        },
        {
          id: 'weighed',
          text: 'Only where nothing less keeps children safe, after advice, with the reasons recorded',
          wrong: null,
        },
      ],
    },
  ],
}

export const briefings = (): readonly Briefing[] => [incidents, allegations]
