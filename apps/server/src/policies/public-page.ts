import { policyText, textDigest } from './policy-version.ts'

/*
 * Reads a policy's public page as a stranger's browser gets it, and works out the digest of the words that stand there:
 * what is compared is the page's own text, never a digest that the page claims.
 */

export interface PublicPage {
  /** SHA-256 of the document's text as read from the page. */
  readonly digest: string
  /** The names of the header's lines that have a value: clause A-0-01 asks for reference, last review and next review. */
  readonly header: readonly string[]
  readonly clauses: number
}

/** Larger than any policy; what comes from a broken or foreign server is cut off here. */
const longestPage = 4_000_000

const unescaped = (html: string): string =>
  html.replace(
    /&(amp|lt|gt|quot|#39|#x27);/g,
    (whole, name: string) => ({ amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", '#x27': "'" })[name] ?? whole,
  )

/** The document on a page made by `views/document.njk`, whatever else stands around it; null if there is none. */
export function readPublicPage(html: string): PublicPage | null {
  const title = /<h1[^>]*data-policy-title[^>]*>([^<]*)<\/h1>/.exec(html)?.[1]
  if (title === undefined) return null
  const header = [...html.matchAll(/data-policy-head="([^"]*)">([^<]*)</g)].map(([, name = '', value = '']) => ({
    name: unescaped(name),
    value: unescaped(value),
  }))
  const clauses: { id: string; section: string; words: string }[] = []
  let section = ''
  for (const [, heading, id, words] of html.matchAll(
    /<h2[^>]*data-policy-section[^>]*>([^<]*)<\/h2>|data-policy-clause="([^"]*)">([^<]*)</g,
  )) {
    if (heading !== undefined) section = unescaped(heading)
    else clauses.push({ id: unescaped(id ?? ''), section, words: unescaped(words ?? '') })
  }
  const text = policyText({ title: unescaped(title), header }, clauses)
  return {
    digest: textDigest(text),
    header: header.filter(({ value }) => value.trim() !== '').map(({ name }) => name),
    clauses: clauses.length,
  }
}

/** @returns null where the page cannot be had: no answer, another status, or no policy on it. */
export async function fetchPublicPage(origin: string, schoolId: string, policy: string): Promise<PublicPage | null> {
  try {
    const response = await fetch(`${origin}/policy/${policy}?school=${schoolId}`, {
      redirect: 'manual',
      signal: AbortSignal.timeout(10_000),
    })
    if (response.status !== 200) {
      await response.body?.cancel()
      return null
    }
    return readPublicPage((await response.text()).slice(0, longestPage))
  } catch {
    return null
  }
}
