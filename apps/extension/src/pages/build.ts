/** The few elements that the extension's pages are made of; text only, so nothing from an address can become markup. */
export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  given: { readonly text?: string; readonly class?: string; readonly href?: string } = {},
  ...children: readonly HTMLElement[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name)
  if (given.text !== undefined) made.textContent = given.text
  if (given.class !== undefined) made.className = given.class
  if (given.href !== undefined && made instanceof HTMLAnchorElement) made.href = given.href
  made.append(...children)
  return made
}
export function show(title: string, ...parts: readonly HTMLElement[]): void {
  document.title = title
  document.getElementById('page')?.replaceChildren(element('h1', { text: title }), ...parts)
}
export interface MyData {
  readonly server: string
  readonly user: string
  readonly school: string
  readonly groups: readonly string[]
  readonly audience: 'primary' | 'secondary' | 'adult'
  readonly monitored: boolean
  readonly waiting: number
  readonly fault: string
  readonly version: string
}
export const myData = (): Promise<MyData> => chrome.runtime.sendMessage({ kind: 'my-data' })
