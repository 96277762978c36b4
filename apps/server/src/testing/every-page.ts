import type { TestAnswer, TestBrowser } from './test-school.ts'

/** A page reached by following links as one person. */
export interface ReachedPage {
  readonly path: string
  /** The path with every id as `:id` and without its query: two cases are one kind of page. */
  readonly kind: string
  readonly answer: TestAnswer
}

export const kindOf = (path: string): string =>
  (path.split('?')[0] ?? '/')
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, ':id')
    .replace(/\/(A|B)-[\w.-]+/g, '/:clause')
    .replace(/\/class-\w+/g, '/:class')

/**
 * Follows links from the first page as a person would, one page of each kind, and gives all that were reached. Links that
 * only download, leave the site or sign out are not followed.
 */
export async function crawl(browser: TestBrowser, start = '/', most = 150): Promise<readonly ReachedPage[]> {
  const reached: ReachedPage[] = []
  const seen = new Set<string>([kindOf(start)])
  const waiting = [start]
  while (waiting.length > 0 && reached.length < most) {
    const path = waiting.shift() ?? start
    const answer = await browser.get(path)
    if (answer.location?.startsWith('/') && !seen.has(kindOf(answer.location))) {
      seen.add(kindOf(answer.location))
      waiting.push(answer.location)
    }
    const isPage = (answer.headers.get('content-type') ?? '').startsWith('text/html') && answer.status < 300
    if (answer.status >= 400 || isPage) reached.push({ path, kind: kindOf(path), answer })
    if (!isPage) continue
    for (const [, href = ''] of answer.html.matchAll(/<a\s[^>]*?href="([^"]+)"/g)) {
      const target = href.replaceAll('&amp;', '&').split('#')[0] ?? ''
      if (!target.startsWith('/') || target.startsWith('/assets/') || seen.has(kindOf(target))) continue
      seen.add(kindOf(target))
      waiting.push(target)
    }
  }
  return reached
}
