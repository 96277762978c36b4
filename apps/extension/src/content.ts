import { freshPart } from './fresh-text.ts'
import { isClosedHost, isPrivateField } from './private-places.ts'

/*
 * Runs in every page and frame, from its first tag on: gathers what is typed and what the page says, and hands it to the
 * worker, which decides. Does no work of its own on a key press but to note that there was one. Never looks at passwords,
 * payment or one-time codes.
 */

const pauseMs = 900
const longest = 50_000
/** Characters of a page that are compared with what it said before. */
const mostRead = 200_000
/** Characters before and after what is new that are handed over with it: enough to tell a lesson from a cry for help. */
const around = 1000

/** Fields that held a password once: showing it makes another kind of field of it, and no less a password. */
const secrets = new WeakSet<Element>()
const isPrivate = (field: Element): boolean => {
  const said = (name: string): string => field.getAttribute(name) ?? ''
  const type = field instanceof HTMLInputElement ? field.type : null
  if (type === 'password') secrets.add(field)
  return (
    secrets.has(field) || isPrivateField({ type, autocomplete: said('autocomplete'), name: said('name'), id: field.id })
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

function hand(kind: 'typed' | 'prompt' | 'read' | 'answer' | 'title', text: string): void {
  const words = text.trim().slice(0, longest)
  if (words.length < 3) return
  chrome.runtime
    .sendMessage({ kind: 'seen', seen: { text: words, kind, url: '', title: document.title } })
    .catch(() => undefined)
}

/** What each field held when it was last handed over. */
const handed = new WeakMap<Element, string>()
/** Hands over what is new in a field. All that is written to an AI chat is a prompt, however it is sent. */
function handField(field: Element): void {
  const text = textOf(field)
  const fresh = freshPart(handed.get(field) ?? '', text, around)
  handed.set(field, text)
  hand(isAiChat ? 'prompt' : 'typed', fresh)
}

/** Fields that were typed into, each with the timer that waits for a pause. */
const typing = new WeakMap<Element, ReturnType<typeof setTimeout>>()
function typed(event: Event): void {
  const [field] = event.composedPath()
  if (!(field instanceof Element) || isPrivate(field)) return
  clearTimeout(typing.get(field))
  typing.set(
    field,
    setTimeout(() => handField(field), pauseMs),
  )
}
/** Who sends before the pause is over is heard too. */
function finish(field: EventTarget | null | undefined): void {
  if (!(field instanceof Element) || !typing.has(field) || isPrivate(field)) return
  clearTimeout(typing.get(field))
  handField(field)
}

/** The page's own words, when the browser has nothing better to do; once, and again where the page grows by itself. */
let read = ''
function readPage(): void {
  for (const field of document.querySelectorAll('input[type=password]')) secrets.add(field)
  const text = (document.body?.innerText ?? '').slice(0, mostRead)
  if (Math.abs(text.length - read.length) < 200) return
  const fresh = freshPart(read, text, around)
  read = text
  hand(isAiChat ? 'answer' : 'read', fresh)
}
const whenIdle = (work: () => void, withinMs = 5000): void => void requestIdleCallback(work, { timeout: withinMs })
let pending: ReturnType<typeof setTimeout> | undefined
function grown(): void {
  if (pending !== undefined) return
  pending = setTimeout(() => {
    pending = undefined
    whenIdle(readPage)
  }, 3000)
}

const growth = new MutationObserver(grown)
let title = ''
function readTitle(): void {
  if (document.title !== title) hand('title', document.title)
  title = document.title
  if (document.body) growth.observe(document.body, { childList: true, subtree: true, characterData: true })
}
/** Nothing is read or sent before the browser has nothing better to do: until then the page would load slower. */
function readAll(): void {
  whenIdle(readTitle, 1000)
  whenIdle(readPage)
}

const changed = (event: Event): void => finish(event.composedPath()[0])
const pressed = (event: KeyboardEvent): void => {
  if (event.key === 'Enter') changed(event)
}
function sent({ target }: Event): void {
  if (target instanceof HTMLFormElement) for (const field of target.elements) finish(field)
}
/** Listens, and reads what is there once it is all there. May be done again: who listens already is not added twice. */
function begin(): void {
  const watch = { capture: true, passive: true }
  document.addEventListener('input', typed, watch)
  document.addEventListener('change', changed, watch)
  document.addEventListener('keydown', pressed, watch)
  document.addEventListener('submit', sent, watch)
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', readAll)
  else readAll()
}

// A frame without an address of its own is its page's.
if (!isClosedHost(URL.parse(self.origin)?.hostname ?? location.hostname)) {
  begin()
  // A document that is opened and written anew, as an editor does with its frame, forgets everybody who listened.
  new MutationObserver(begin).observe(document, { childList: true })
}
