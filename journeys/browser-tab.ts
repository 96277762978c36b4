/**
 * One tab of a browser that was started by hand, over the browser's own debugging protocol. The usual driver loses a tab the
 * moment an extension's page takes its place, which is what these journeys look at.
 */
export interface BrowserTab {
  readonly id: string
  url(): Promise<string>
  go(address: string): Promise<void>
  /** The page's words as a person sees them; '' while there is no page. */
  words(): Promise<string>
  title(): Promise<string>
  /** Puts the cursor into a field and types as a keyboard would, a letter at a time. */
  type(selector: string, text: string): Promise<void>
  /** Puts all of it in at once, as from the clipboard. */
  paste(selector: string, text: string): Promise<void>
  run(expression: string): Promise<unknown>
  close(): Promise<void>
}

interface Target {
  readonly id: string
  readonly type: string
  readonly url: string
  readonly webSocketDebuggerUrl: string
}

export const targetsOf = async (debugPort: string): Promise<readonly Target[]> =>
  (await (await fetch(`http://127.0.0.1:${debugPort}/json`)).json()) as readonly Target[]

export const openTab = async (debugPort: string, address = 'about:blank'): Promise<BrowserTab> =>
  attach((await (await fetch(`http://127.0.0.1:${debugPort}/json/new?${address}`, { method: 'PUT' })).json()) as Target)

/** The browser's debugging protocol to one target: a tab, a worker. */
export interface Debugger {
  send(method: string, params?: object): Promise<unknown>
  /** Hears what the browser says unasked under this name. */
  on(method: string, hear: (params: unknown) => void): void
  close(): void
}

export async function debug(address: string): Promise<Debugger> {
  const socket = new WebSocket(address)
  const waiting = new Map<number, (answer: { result?: unknown; error?: { message: string } }) => void>()
  const hearing = new Map<string, (params: unknown) => void>()
  let sent = 0
  socket.onmessage = ({ data }) => {
    const said = JSON.parse(String(data)) as { id?: number; result?: unknown; method?: string; params?: unknown }
    if (said.id === undefined) return hearing.get(said.method ?? '')?.(said.params)
    waiting.get(said.id)?.(said)
    waiting.delete(said.id)
  }
  // A tab that goes, or that the browser closes to its debugger, answers nothing any more.
  socket.onclose = () => {
    for (const answer of waiting.values()) answer({ error: { message: 'the tab is gone' } })
    waiting.clear()
  }
  await new Promise<void>((done, failed) => {
    socket.onopen = () => done()
    socket.onerror = () => failed(new Error('the browser lets nobody at this tab'))
  })
  return {
    send: (method, params = {}) =>
      new Promise((done, failed) => {
        if (socket.readyState !== WebSocket.OPEN) return failed(new Error(`${method}: the tab is gone`))
        sent += 1
        waiting.set(sent, ({ result, error }) =>
          error ? failed(new Error(`${method}: ${error.message}`)) : done(result),
        )
        socket.send(JSON.stringify({ id: sent, method, params }))
      }),
    on: (method, hear) => void hearing.set(method, hear),
    close: () => socket.close(),
  }
}

/** Runs an expression there and waits for what it promises. @throws with the words of what it threw. */
export async function evaluate({ send }: Debugger, expression: string): Promise<unknown> {
  const { result, exceptionDetails } = (await send('Runtime.evaluate', {
    expression,
    returnByValue: true,
    awaitPromise: true,
  })) as { result?: { value?: unknown }; exceptionDetails?: { text: string; exception?: { description?: string } } }
  if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
  return result?.value
}

/** A tab that is there already, such as the page of an extension that took another's place. */
export async function attach(made: Target): Promise<BrowserTab> {
  const debugging = await debug(made.webSocketDebuggerUrl)
  const { send } = debugging
  const run = (expression: string): Promise<unknown> => evaluate(debugging, expression)
  const pause = (ms: number): Promise<void> => new Promise(done => setTimeout(done, ms))
  const textOf = async (expression: string): Promise<string> => String((await run(expression).catch(() => '')) ?? '')
  return {
    id: made.id,
    run,
    url: () => textOf('location.href'),
    title: () => textOf('document.title'),
    words: () => textOf('document.body ? document.body.innerText : ""'),
    go: async address => {
      await send('Page.navigate', { url: address }).catch(() => undefined)
      await pause(200)
      for (let tries = 0; tries < 50 && (await textOf('document.readyState')) !== 'complete'; tries += 1)
        await pause(100)
    },
    type: async (selector, text) => {
      await run(`document.querySelector(${JSON.stringify(selector)}).focus()`)
      for (const letter of text) {
        await send('Input.dispatchKeyEvent', { type: 'keyDown', text: letter })
        await send('Input.dispatchKeyEvent', { type: 'keyUp' })
      }
    },
    paste: async (selector, text) => {
      await run(`document.querySelector(${JSON.stringify(selector)}).focus()`)
      await send('Input.insertText', { text })
    },
    close: async () => {
      await send('Page.close').catch(() => undefined)
      debugging.close()
    },
  }
}
