/**
 * The pages that the gateway itself shows, on plain HTTP. Self-contained: nothing is fetched, no script runs. Child's
 * words for a child. What they say about a person is nothing; the three links carry host, category and decision id.
 */
import { createHash } from 'node:crypto'

const style = `:root{color-scheme:light dark}
body{margin:0;font:1.2rem/1.5 system-ui,sans-serif;background:#f6f4ee;color:#1b1b1b}
main{max-width:38rem;margin:0 auto;padding:2.5rem 1.25rem}
h1{font-size:2rem;line-height:1.2;margin:0 0 1rem}
.site{overflow-wrap:anywhere;font-weight:700}
ul{list-style:none;padding:0;margin:2rem 0 0}
li{margin:0 0 .75rem}
a,button{display:block;width:100%;box-sizing:border-box;text-align:left;font:inherit;font-weight:700;padding:.75rem 1rem;
border:2px solid #1d4f91;border-radius:.4rem;background:#fff;color:#1d4f91;text-decoration:underline;cursor:pointer}
a:focus,button:focus{outline:4px solid #ffbf47;outline-offset:0;color:#0b0c0c}
small{display:block;margin-top:2rem;color:#4a4a4a}
@media (prefers-color-scheme:dark){body{background:#16181c;color:#f3f3f3}a,button{background:#20242b;color:#a9cbff;border-color:#a9cbff}
a:focus,button:focus{color:#fff}small{color:#c4c4c4}}
@media print{a,button{border-color:#000}}`

/** Chromium applies form-action to the redirects after a form too, which may lead to any site that was asked for. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  'form-action http: https:',
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Where the button of a warning page leads. The gateway answers for this name itself. */
export const continueHost = 'continue.gatehouse.invalid'

export interface BlockedPage {
  readonly isChild: boolean
  readonly host: string
  readonly category: string
  /** The engine's sentence for this reader. */
  readonly reason: string
  readonly decisionId: string
  /** The product's address, no final slash. */
  readonly blockPageBase: string
}

export interface WarningPage extends BlockedPage {
  readonly url: string
  readonly token: string
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, letter => entities[letter] ?? '')

const page = (title: string, body: string): string => `<!DOCTYPE html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title}</title>
<style>${style}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`

function links(page: BlockedPage): string {
  const query = new URLSearchParams({ host: page.host, category: page.category, decision: page.decisionId })
  const link = (path: string, words: string): string =>
    `<li><a href="${escapeHtml(`${page.blockPageBase}/blocked/${path}?${query}`)}">${words}</a></li>`
  return `${link('why', 'Why?')}
${link('ask', 'I need this')}
${link('worried', 'I saw something that worried me')}`
}

/** Answer to a blocked page request. */
export function blockedPage(blocked: BlockedPage): string {
  const heading = blocked.isChild ? 'You cannot open this page' : 'This page is blocked'
  const calm = blocked.isChild ? '<p>You have not done anything wrong by landing here.</p>' : ''
  return page(
    `${heading} – Gatehouse`,
    `<h1>${heading}</h1>
<p class="site">${escapeHtml(blocked.host)}</p>
<p>${escapeHtml(blocked.reason)}</p>
${calm}
<ul>
${links(blocked)}
</ul>
<small>Gatehouse looks after the internet at your school.</small>`,
  )
}

/** Answer to a page request that the rules warn about, with a button to go on. */
export function warningPage(warning: WarningPage): string {
  const heading = warning.isChild ? 'Stop and think first' : 'Are you sure about this page?'
  const note = warning.isChild
    ? 'You can go on. Your school will see that you did.'
    : 'You may go on. That you did is recorded.'
  const field = (name: string, value: string): string =>
    `<input type="hidden" name="${name}" value="${escapeHtml(value)}">`
  return page(
    `${heading} – Gatehouse`,
    `<h1>${heading}</h1>
<p class="site">${escapeHtml(warning.host)}</p>
<p>${escapeHtml(warning.reason)}</p>
<p>${note}</p>
<form method="post" action="http://${continueHost}/">
${field('url', warning.url)}
${field('token', warning.token)}
<button type="submit">Go on for 10 minutes</button>
</form>
<ul>
${links(warning)}
</ul>
<small>Gatehouse looks after the internet at your school.</small>`,
  )
}

/** Answer when something is wrong on the way. Names neither the site nor the person. */
export const faultPage = (heading: string, sentence: string): string =>
  page(`${escapeHtml(heading)} – Gatehouse`, `<h1>${escapeHtml(heading)}</h1>\n<p>${escapeHtml(sentence)}</p>`)
