import { helpInstead } from '../judge.ts'
import { element, myData, show } from './build.ts'

const asked = new URLSearchParams(location.search)
const word = (name: string): string => (asked.get(name) ?? '').slice(0, 300)
const [host, category, reason, verdict] = [word('host'), word('category'), word('reason'), word('verdict')]
const about = await myData()
const isAdult = about.audience === 'adult'
const isSmall = about.audience === 'primary'

const link = (text: string, path: string): HTMLElement =>
  element('a', { class: 'button', text, href: `${about.server}${path}` })
const query = new URLSearchParams({ host, category })

const reported = link(isSmall ? 'Tell a grown-up at school' : 'I saw something that worried me', '/report')

if (helpInstead.has(category)) {
  // Somebody who looked for this may be hurting: no wall, and nobody is in trouble.
  show(
    isAdult ? 'Help is there' : 'You are not on your own',
    element('p', {
      class: 'big',
      text: isAdult
        ? 'This page is closed here. If it is about you or a child, talk to somebody today.'
        : 'You are not in trouble. If something hurts or frightens you, somebody wants to listen.',
    }),
    element(
      'div',
      { class: 'card' },
      element('p', { class: 'big', text: 'Childline: 0800 1111' }),
      element('p', { text: 'Free, day and night, and it does not show on the phone bill.' }),
      element('p', { class: 'big', text: 'Shout: text SHOUT to 85258' }),
      element('p', { text: 'Free, day and night, by text message.' }),
      element('p', { text: 'In danger now: 999' }),
    ),
    element('p', {
      text: isSmall
        ? 'Go to a grown-up you trust. You do not have to explain it well.'
        : 'Or go to an adult you trust at school. You do not have to explain it well.',
    }),
    element('p', {}, link('Ask somebody to find me', '/report')),
    element('p', { class: 'quiet', text: reason }),
  )
} else if (verdict === 'warn') {
  const goOn = element('button', { text: 'Go on for ten minutes' })
  goOn.addEventListener('click', () => {
    void chrome.runtime.sendMessage({ kind: 'go-on', host }).then(() => history.back())
  })
  show(
    'Stop and think',
    element('p', { class: 'big', text: host }),
    element('p', { text: reason }),
    element('p', {}, goOn, link('Why?', `/blocked/why?${query}`)),
  )
} else {
  show(
    isSmall ? 'This page is closed' : 'This site is blocked',
    element('p', { class: 'big', text: host }),
    element('p', { text: reason }),
    element('p', {}, link('I need this', `/blocked/ask?${query}`), reported),
    element('p', { class: 'quiet', text: about.school === '' ? '' : `The rules of ${about.school}.` }),
  )
}
