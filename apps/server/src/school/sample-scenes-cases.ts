import { decideChange } from './sample-scenes-filter.ts'
import { matter, staffTells, step, tell } from './sample-matters.ts'
import type { Scene, TermWindow, World } from './sample-world.ts'

/*
 * The sample school's matters: mild, made up, and one in every state. The safeguarding lead is the deputy head (key
 * `deputy`); nobody here is anybody.
 */
export function caseScenes(window: TermWindow): readonly Scene[] {
  const { on, before, ago } = window
  let blockFromCase = ''
  return [
    // Closed the same week: a frightening clip met by accident.
    ...matter(
      on(0.06, '11:05'),
      world =>
        staffTells(
          world,
          'teacher-5',
          'accidental-access',
          'A picture search for volcanoes in year 5 showed an injured person. We closed the screen and talked about it.',
          35,
        ),
      [
        [on(0.06, '11:50'), step.acknowledge('head')],
        [
          on(0.06, '12:20'),
          step.triage('head', 'accidental-access', 'low', 'Spoke to the class teacher. Nobody is upset now.'),
        ],
        [on(0.06, '09:10', 1), step.take('deputy')],
        [
          on(0.06, '15:40', 1),
          step.decide('deputy', {
            kind: 'response',
            procedure: null,
            words: 'A talk with the class about closing a page and telling an adult. The search was an ordinary one.',
          }),
        ],
        [
          on(0.06, '16:05', 3),
          step.close('deputy', {
            response: 'advice',
            outcome: 'The class knows what to do. Parents of the class had a short note from the teacher.',
            lesson:
              'Teachers try a picture search before the lesson; the children’s search page is on the class tablets now.',
          }),
        ],
      ],
    ),

    // Serious, with a second person: unkind messages between two pupils of year 6.
    ...matter(
      on(0.14, '08:50'),
      world =>
        tell(
          world,
          'cyberbullying',
          'Some children in year 6 write mean things about my friend in a group chat after school. She does not want to come to school.',
          {
            who: 'pupil',
            about: 'child',
            happenedWhen: 'week',
            place: 'elsewhere',
            wantsReply: true,
            formToken: 'sample-thread-1',
          },
        ),
      [
        [on(0.14, '09:25'), step.acknowledge('deputy')],
        [on(0.14, '09:30'), step.alertsKnown('head', 'network-manager')],
        [
          on(0.14, '09:40'),
          step.ask(
            'deputy',
            'Thank you for telling us. You did the right thing. Is your friend safe at home, and may I talk to her today?',
          ),
        ],
        [
          on(0.14, '11:10'),
          step.triage(
            'deputy',
            'cyberbullying',
            'serious',
            'Spoke to the child at break with her teacher. She is safe and was glad somebody asked.',
          ),
        ],
        [on(0.14, '11:20'), step.take('deputy')],
        [on(0.14, '11:35'), step.person('deputy', 'pupil-6-4', 'harmed')],
        [on(0.14, '11:36'), step.person('deputy', 'pupil-6-11', 'subject')],
        [
          on(0.14, '13:30'),
          async ({ app, as }, { caseId }) => {
            const notice = await app.services.caseParts.proposeParents(
              await as('deputy-dsl'),
              caseId,
              'That unkind messages were sent in a group chat, what the school has done, and how to mute and report.',
            )
            await app.services.caseParts.decideParents(
              await as('deputy'),
              caseId,
              notice,
              true,
              'Both families are supportive; nothing at home speaks against it.',
            )
            await app.services.caseParts.giveParents(await as('deputy-dsl'), caseId, notice)
          },
        ],
        [
          on(0.14, '15:50', 3),
          step.decide('deputy', {
            kind: 'response',
            procedure: null,
            words:
              'A meeting to put things right, with both families. The group chat is closed. Work in class on joining in and stepping back.',
          }),
        ],
        [
          on(0.14, '16:00', 3),
          step.refer('deputy', {
            agency: 'police',
            made: false,
            reference: null,
            reasons:
              'Unkind, but no threats and nothing about a protected characteristic. The children are ten. Parents agree.',
          }),
        ],
        [
          on(0.14, '08:30', 9),
          step.close('deputy-dsl', {
            response: 'support',
            outcome: 'Both children are settled and the families say so. Looked at again after two weeks: nothing new.',
            lesson: 'The year 6 lessons on group chats come in September from now on, before the phones do.',
          }),
        ],
        [
          on(0.14, '17:10', 9),
          step.second('head', 'approved', 'Read the notes and spoke to both parents at the gate.'),
        ],
      ],
    ),

    // A personal-data breach, assessed and not notified: in time.
    ...matter(
      on(0.2, '10:15'),
      world =>
        staffTells(
          world,
          'office',
          'data-breach',
          'The club list of year 3 went to one wrong parent: first names and the day of the club. The parent rang at once and has deleted it.',
          20,
          {
            about: 'me',
          },
        ),
      [
        [on(0.2, '10:55'), step.acknowledge('dpo')],
        [on(0.2, '11:00'), step.alertsKnown('head', 'network-manager')],
        [
          on(0.2, '11:30'),
          step.triage(
            'dpo',
            'data-breach',
            'serious',
            'Rang the parent, who confirmed in writing that the list is deleted.',
          ),
        ],
        [on(0.2, '11:40'), step.take('dpo')],
        [
          on(0.2, '09:30', 1),
          async ({ app, as }, { caseId }) => {
            await app.services.breaches.assess(await as('dpo'), caseId, {
              loss: 'confidentiality',
              risk: 'unlikely',
              words: 'First names and a club day, seen by one parent of the school for minutes, deleted and confirmed.',
            })
            await app.services.breaches.decide(
              await as('dpo'),
              caseId,
              false,
              'A risk to the children is unlikely: no contact details, no address, one known recipient.',
            )
          },
        ],
        [
          on(0.2, '09:40', 1),
          step.decide('dpo', {
            kind: 'response',
            procedure: null,
            words: 'Recorded in the register. The office sends lists from the group address book only.',
          }),
        ],
        [
          on(0.2, '09:45', 1),
          step.refer('dpo', {
            agency: 'ico',
            made: false,
            reference: null,
            reasons: 'A risk to people is unlikely (UK GDPR Article 33(1)); recorded in the register of breaches.',
          }),
        ],
        [
          on(0.2, '14:20', 2),
          step.close('dpo', {
            response: 'advice',
            outcome: 'Deleted and confirmed. The three families know.',
            lesson: 'Two people look at a list of children before it is sent outside.',
          }),
        ],
        [on(0.2, '16:40', 3), step.second('head', 'approved', 'Agreed with the officer’s assessment.')],
      ],
    ),

    // The loop: a game with a chat, blocked from the case, proved, closed.
    ...matter(
      on(0.45, '13:05'),
      world =>
        staffTells(
          world,
          'teacher-5',
          'unsuitable-content',
          'Three children in Oak found a drawing game in which strangers write messages. It was open on a class tablet.',
          25,
        ),
      [
        [on(0.45, '14:10'), step.acknowledge('deputy')],
        [
          on(0.45, '14:20'),
          step.triage(
            'deputy',
            'unsuitable-content',
            'low',
            'Tablet looked at with the class teacher. Nobody wrote to the children.',
          ),
        ],
        [on(0.45, '14:30'), step.take('deputy')],
        [
          on(0.45, '15:20'),
          async (world, { caseId }) => {
            blockFromCase = await world.app.services.filterChanges.propose(await world.as('network-manager'), {
              kind: 'host',
              site: 'doodle-with-anyone.example',
              action: 'block',
              groups: ['infants', 'juniors'],
              reason: 'A drawing game with open chat; found in year 5',
              owner: 'network-manager',
              reviewOn: yearFrom(world),
              caseId,
            })
          },
        ],
        [
          on(0.45, '16:15'),
          world => decideChange(world, 'deputy', blockFromCase, 'approved', 'Strangers can write to children there'),
        ],
        [
          on(0.45, '10:00', 1),
          step.decide('deputy', {
            kind: 'response',
            procedure: null,
            words: 'The site is blocked for pupils. A short lesson in Oak on games with chat.',
          }),
        ],
        [
          on(0.45, '15:30', 3),
          step.close('deputy', {
            response: 'advice',
            outcome: 'Blocked for infants and juniors; the children knew to tell somebody, and did.',
            lesson: 'Drawing games are looked at for chat before they go on the class tablets.',
          }),
        ],
      ],
    ),

    // Acknowledged late: a technical fault that sat over a weekend.
    ...matter(
      on(0.52, '15:25'),
      world =>
        staffTells(
          world,
          'teacher-2',
          'technical-fault',
          'The tablets in Chestnut lose the network each afternoon.',
          90,
        ),
      [
        [on(0.52, '10:30', 3), step.acknowledge('network-manager')],
        [
          on(0.52, '10:45', 3),
          step.triage(
            'network-manager',
            'technical-fault',
            'low',
            'An access point with old firmware. It was my mistake to leave the report over several days.',
          ),
        ],
        [on(0.52, '11:00', 3), step.take('network-manager')],
        [on(0.52, '09:15', 6), step.wait('network-manager', 'For the supplier, who sends new access points')],
      ],
    ),

    // Closed, then reopened when it came up again.
    ...matter(
      on(0.4, '09:05'),
      world =>
        tell(
          world,
          'stranger-contact',
          'Somebody in my son’s football game asks him every evening how old he is and where he lives. He is in year 4.',
          { who: 'parent', about: 'child', place: 'elsewhere', happenedWhen: 'week', wantsReply: false },
        ),
      [
        [on(0.4, '10:00'), step.acknowledge('deputy')],
        [on(0.4, '10:05'), step.alertsKnown('head', 'network-manager')],
        [
          on(0.4, '10:30'),
          step.triage(
            'deputy',
            'stranger-contact',
            'serious',
            'Rang the mother. The account is blocked and reported in the game. He gave no details away.',
          ),
        ],
        [on(0.4, '10:40'), step.take('deputy')],
        [
          on(0.4, '15:10'),
          step.refer('deputy', {
            agency: 'ceop',
            made: true,
            reference: 'Sample reference 0001',
            reasons:
              'Repeated questions to a child of eight about age and address. The mother made the report with us.',
          }),
        ],
        [
          on(0.4, '14:00', 2),
          step.decide('deputy', {
            kind: 'response',
            procedure: null,
            words: 'Reported. Chat is off in the game. An evening for parents on games with chat.',
          }),
        ],
        [
          on(0.5, '08:45'),
          step.close('deputy-dsl', {
            response: 'referral',
            outcome: 'No new contact for three weeks. CEOP has the report.',
            lesson: 'The parents’ evening on games with chat comes every autumn.',
          }),
        ],
        [on(0.5, '12:10'), step.second('head', 'approved', 'Agreed.')],
        [
          on(0.88, '09:20'),
          step.reopen('deputy', 'The mother rang: a new account with a similar name has written to him.'),
        ],
      ],
    ),

    // With the local authority: waiting for others. Only the headteacher's side sees it.
    ...matter(
      on(0.7, '16:20'),
      world =>
        tell(world, 'staff-private-contact', 'A lunchtime helper has sent my daughter friend requests.', {
          who: 'parent',
          about: 'adult',
          place: 'elsewhere',
          happenedWhen: 'week',
        }),
      [
        [on(0.7, '17:05'), step.acknowledge('head')],
        [on(0.7, '17:06'), step.alertsKnown('head', 'deputy', 'network-manager', 'chair')],
        [
          on(0.7, '08:20', 1),
          step.triage(
            'head',
            'staff-private-contact',
            'serious',
            'Spoke to the mother. The requests were not accepted. The helper is not with children until advice is in.',
          ),
        ],
        [on(0.7, '08:30', 1), step.take('head')],
        [
          on(0.7, '09:10', 1),
          step.refer('head', {
            agency: 'lado',
            made: true,
            reference: 'Sample reference 0002',
            reasons: 'Private contact by an adult who works with children. Advice asked within one working day.',
          }),
        ],
        [on(0.7, '14:45', 2), step.wait('head', 'For the designated officer’s advice on what happens next')],
      ],
    ),

    // In hand now.
    ...matter(
      before(4, '09:40'),
      world =>
        staffTells(
          world,
          'teacher-6',
          'deliberate-access',
          'Two children in year 6 searched for fighting clips again and again, and got some through a translation site.',
          60,
          { about: 'child' },
        ),
      [
        [before(4, '10:20'), step.acknowledge('deputy')],
        [before(4, '10:25'), step.alertsKnown('head', 'network-manager')],
        [
          before(4, '11:30'),
          step.triage(
            'deputy',
            'deliberate-access',
            'serious',
            'Spoke to both children and their teacher. They had heard of the trick from a brother.',
          ),
        ],
        [before(4, '11:40'), step.take('deputy')],
        [
          before(2, '15:15'),
          step.note(
            'deputy',
            'Network manager found that the translation site is blocked for juniors since Tuesday’s list; the clips came before that.',
          ),
        ],
      ],
    ),

    // Triaged, and waiting for somebody to begin.
    ...matter(
      before(2, '10:50'),
      world =>
        tell(
          world,
          'gambling',
          'My nephew in year 5 pays for surprise boxes in a football game with his birthday money.',
          { who: 'parent', about: 'child', place: 'elsewhere', happenedWhen: 'week' },
        ),
      [
        [before(2, '13:20'), step.acknowledge('deputy')],
        [before(2, '13:25'), step.alertsKnown('head')],
        [
          before(2, '15:30'),
          step.triage('deputy', 'gambling', 'serious', 'Rang the aunt. Will meet the parents with the class teacher.'),
        ],
      ],
    ),

    // New: acknowledged on Friday, and one from a parent in the last hours that nobody has opened yet.
    ...matter(
      before(0, '09:15'),
      world =>
        tell(world, 'offensive-message', 'somebody in my class sent me a rude picture of a poo and said it is me 😢', {
          who: 'pupil',
          about: 'child',
          happenedWhen: 'yesterday',
          place: 'elsewhere',
          wantsReply: true,
          formToken: 'sample-thread-2',
        }),
      [
        [before(0, '10:05'), step.acknowledge('deputy')],
        [
          before(0, '10:10'),
          step.ask('deputy', 'Thank you for telling us. That was not kind. Shall we talk about it with your teacher?'),
        ],
      ],
    ),
    {
      at: ago(5),
      play: world =>
        tell(
          world,
          'stranger-contact',
          'A man in a game chat asked my daughter (year 3) for a photo. She told me at once. We have saved the messages.',
          {
            who: 'parent',
            about: 'child',
            place: 'elsewhere',
            happenedWhen: 'today',
            wantsReply: true,
            formToken: 'sample-thread-3',
          },
        ),
    },

    // About the headteacher: only the chair.
    ...matter(
      on(0.8, '19:30'),
      world =>
        tell(
          world,
          'headteacher-conduct',
          'The headteacher put a photograph of the sports day on her own page, with faces.',
          { who: 'parent', about: 'headteacher', place: 'elsewhere', happenedWhen: 'week' },
        ),
      [
        [on(0.8, '08:10', 1), step.acknowledge('chair')],
        [on(0.8, '08:15', 1), step.alertsKnown('chair', 'deputy', 'network-manager')],
        [
          on(0.8, '18:30', 1),
          step.triage(
            'chair',
            'headteacher-conduct',
            'serious',
            'Asked for the page to be taken down, and it was, within the hour.',
          ),
        ],
        [on(0.8, '18:35', 1), step.take('chair')],
      ],
    ),

    // Junk mail: three of one morning, looked at; one of yesterday that is not.
    ...[0, 1, 2].map(n => ({
      at: on(0.33, `09:1${n}`),
      play: (world: World) => junk(world, `staff-${16 + n}`),
    })),
    {
      at: on(0.33, '15:20'),
      play: async ({ app, as, now }) =>
        app.services.reports.lookAtJunk(await as('network-manager'), now().toISOString().slice(0, 10)),
    },
    { at: before(0, '14:40'), play: world => junk(world, 'staff-20') },
  ]
}

const yearFrom = (world: World): string => {
  const at = world.now()
  return `${at.getUTCFullYear() + 1}-${String(at.getUTCMonth() + 1).padStart(2, '0')}-15`
}

const junk = (world: World, key: string) =>
  staffTells(world, key, 'unsolicited-mail', 'Says that my parcel waits and wants a fee. I did not click.', 10, {
    place: 'school',
  })
