/*
 * Runs in every page and frame: gathers what is typed and what the page says, and hands it to the worker, which decides.
 * Does no work of its own on a key press but to note that there was one. Never looks at passwords, payment or one-time codes.
 */

const pauseMs = 900
const longest = 50_000

const isPrivate = (field: Element): boolean => {
  if (field instanceof HTMLInputElement && !['text', 'search', 'email', 'url', ''].includes(field.type)) return true
  const hints =
    `${field.getAttribute('autocomplete') ?? ''} ${field.getAttribute('name') ?? ''} ${field.id}`.toLowerCase()
  return /(?:^|[\s_-])(?:cc-|card|cvc|cvv|iban|sort-?code|account-?number|one-time-code|otp|current-password|new-password|password|passwd|pin)(?:$|[\s_-])|^cc-/.test(
    hints,
  )
}

const textOf = (field: Element): string => {
  if (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) return field.value
  return field instanceof HTMLElement && field.isContentEditable ? (field.innerText ?? '') : ''
}

const isAiChat =
  /(?:^|\.)(?:chatgpt\.com|chat\.openai\.com|gemini\.google\.com|copilot\.microsoft\.com|claude\.ai|character\.ai|perplexity\.ai|poe\.com|my\.snapchat\.com)$/.test(
    location.hostname,
  )

const said = new Map<string, number>()
function hand(kind: 'typed' | 'prompt' | 'read' | 'answer' | 'title', text: string): void {
  const words = text.trim().slice(0, longest)
  if (words.length < 3) return
  const key = `${kind} ${words}`
  // The same words twice in a row are one.
  if (said.has(key)) return
  said.set(key, Date.now())
  if (said.size > 50) said.delete(said.keys().next().value ?? '')
  chrome.runtime
    .sendMessage({ kind: 'seen', seen: { text: words, kind, url: '', title: document.title } })
    .catch(() => undefined)
}

/** Fields that were typed into, each with the timer that waits for a pause. */
const typing = new WeakMap<Element, ReturnType<typeof setTimeout>>()
document.addEventListener(
  'input',
  event => {
    const [field] = event.composedPath()
    if (!(field instanceof Element) || isPrivate(field)) return
    clearTimeout(typing.get(field))
    typing.set(
      field,
      setTimeout(() => hand(isAiChat ? 'prompt' : 'typed', textOf(field)), pauseMs),
    )
  },
  { capture: true, passive: true },
)
// Who sends before the pause is over is heard too.
const finish = (event: Event): void => {
  const [field] = event.composedPath()
  if (field instanceof Element && typing.has(field) && !isPrivate(field)) {
    clearTimeout(typing.get(field))
    hand(isAiChat ? 'prompt' : 'typed', textOf(field))
  }
}
document.addEventListener('change', finish, { capture: true, passive: true })
document.addEventListener('keydown', event => (event.key === 'Enter' ? finish(event) : undefined), {
  capture: true,
  passive: true,
})
document.addEventListener(
  'submit',
  event => {
    for (const field of (event.target as HTMLFormElement | null)?.elements ?? [])
      if (typing.has(field) && !isPrivate(field)) hand('typed', textOf(field))
  },
  { capture: true, passive: true },
)

/** The page's own words, when the browser has nothing better to do; once, and again where the page grows by itself. */
let readLength = 0
function readPage(): void {
  const text = document.body?.innerText ?? ''
  if (Math.abs(text.length - readLength) < 200) return
  const fresh = isAiChat && text.length > readLength ? text.slice(readLength) : text
  readLength = text.length
  hand(isAiChat ? 'answer' : 'read', fresh)
}
const whenIdle = (work: () => void): void => void requestIdleCallback(work, { timeout: 5000 })
hand('title', document.title)
whenIdle(readPage)
let pending: ReturnType<typeof setTimeout> | undefined
if (document.body)
  new MutationObserver(() => {
    if (pending !== undefined) return
    pending = setTimeout(() => {
      pending = undefined
      whenIdle(readPage)
    }, 3000)
  }).observe(document.body, { childList: true, subtree: true, characterData: true })
