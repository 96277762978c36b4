// Enhancements only: every page works without this file.
import { initAll } from './govuk-frontend.min.js'

initAll()

// Buttons that need a script stay hidden until there is one.
for (const button of document.querySelectorAll('[data-print]')) {
  button.hidden = false
  button.addEventListener('click', () => window.print())
}

// The Ministry of Justice components are fetched only by a page that uses one.
if (document.querySelector('[data-module^="moj-"]')) {
  const components = await import('./moj-frontend.min.js')
  components.initAll()
}

// A page that shows work going on looks again by itself; without a script it has a link that does. (A refresh in the page's
// head would move it under a reader's hands with no way to stop it: WCAG 2.2.1, 2.2.2.)
const waiting = document.querySelector('[data-look-again]')
if (waiting) setTimeout(() => location.reload(), Number(waiting.dataset.lookAgain) * 1000)

// One key for each thing to decide, while the box that holds them has the focus (WCAG 2.1.4): elsewhere keys do what they always do.
const keys = document.querySelector('[data-keys]')
if (keys) {
  const hint = keys.querySelector('[data-keys-hint]')
  if (hint) hint.hidden = false
  keys.addEventListener('keydown', event => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest('input, textarea, select')) return
    if (event.key === 'Escape') document.activeElement?.blur()
    const found = keys.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`)
    if (!found) return
    event.preventDefault()
    if (found.tagName === 'DETAILS') {
      found.open = true
      found.querySelector('textarea, input:not([type=hidden])')?.focus()
    } else found.querySelector('button')?.focus()
  })
  if (location.hash === '') keys.focus({ preventScroll: true })
}
