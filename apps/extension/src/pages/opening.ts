import { element, show } from './build.ts'

const to = URL.parse(new URLSearchParams(location.search).get('to') ?? '')
show('One moment', element('p', { text: 'The school’s internet rules are being read. The page opens by itself.' }))
/** Long enough for a browser that has only now been told its policy, and for a slow line. */
const tries = 60
const isAwake = async (): Promise<boolean> => {
  for (let tried = 0; tried < tries; tried += 1) {
    const answer: { ok?: boolean } | undefined = await chrome.runtime
      .sendMessage({ kind: 'awake' })
      .catch(() => undefined)
    if (answer?.ok) return true
    await new Promise(done => setTimeout(done, 1000))
  }
  return false
}
const may = await isAwake()
// Asked anew, and decided anew.
if (may && to && /^https?:$/.test(to.protocol)) location.replace(to.href)
else
  show(
    'The internet is closed for now',
    element('p', {
      text: 'The school’s internet rules cannot be read on this device. Please tell a member of staff.',
    }),
  )
