import { element, myData, show } from './build.ts'

if (innerWidth < 500) document.body.className = 'popup'
const about = await myData()
const isSmall = about.audience === 'primary'

if (about.fault !== '') show('Gatehouse is not set up', element('p', { text: about.fault }))
else
  show(
    about.monitored ? (isSmall ? 'Your school looks after you here' : 'Monitoring is on') : 'Monitoring is off',
    element('p', {
      text: about.monitored
        ? isSmall
          ? 'If you type or read something that sounds like somebody could get hurt, a grown-up at school is asked to look.'
          : 'This browser looks at what you type, search for and read. It decides on this device. Only where it sounds like somebody could be hurt or in trouble, those words and a little around them go to the safeguarding lead, who decides what it was.'
        : 'Nothing that you type or read here is looked at. The school’s internet rules still hold.',
    }),
    ...(about.monitored
      ? [
          element('p', { text: isSmall ? 'It never looks at:' : 'It never looks at:' }),
          element(
            'ul',
            {},
            element('li', { text: isSmall ? 'your passwords' : 'passwords, payment and one-time codes' }),
            element('li', { text: isSmall ? 'the doctor’s pages' : 'health portals and helplines' }),
            element('li', { text: 'private windows' }),
          ),
          element('p', { text: 'Everything else is forgotten at once.' }),
        ]
      : []),
    element(
      'div',
      { class: 'card' },
      element('p', { text: about.user === '' ? 'Nobody is known to use this browser.' : `You are ${about.user}.` }),
      element('p', {
        text:
          about.groups.length > 0
            ? `Your rules: ${about.groups.join(', ')}.`
            : 'You are in no group, so the internet is closed.',
      }),
      element('p', {
        text: about.waiting === 0 ? 'Nothing waits to be sent.' : `${about.waiting} waiting to be sent.`,
      }),
    ),
    element('p', {
      class: 'quiet',
      text: `Gatehouse ${about.version}${about.school === '' ? '' : `, ${about.school}`}`,
    }),
    ...(about.server === ''
      ? []
      : [
          element('a', {
            class: 'button',
            text: isSmall ? 'Tell a grown-up something' : 'Report a concern',
            href: `${about.server}/report`,
          }),
        ]),
  )
