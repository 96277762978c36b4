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
