import { element, show } from './build.ts'

const to = URL.parse(new URLSearchParams(location.search).get('to') ?? '')
show('One moment', element('p', { text: 'The school’s internet rules are being read. The page opens by itself.' }))
const tries = 40
for (let tried = 0; tried < tries; tried += 1) {
  const answer: { ok?: boolean } | undefined = await chrome.runtime
    .sendMessage({ kind: 'awake' })
    .catch(() => undefined)
  if (answer?.ok && to && /^https?:$/.test(to.protocol)) {
    // Asked anew, and decided anew.
    location.replace(to.href)
    break
  }
  await new Promise(done => setTimeout(done, 250))
}
show(
  'The internet is closed for now',
  element('p', { text: 'The school’s internet rules cannot be read on this device. Please tell a member of staff.' }),
)
