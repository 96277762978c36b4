import { createRequire } from 'node:module'

/** A peer's own answer to "is this text bad?", at its default setting. */
export interface Peer {
  readonly name: string
  flags(text: string): boolean
}

const require = createRequire(import.meta.url)
const versionOf = (name: string): string => {
  try {
    return (require(`${name}/package.json`) as { readonly version: string }).version
  } catch {
    return ''
  }
}

/** Packages that are installed for development only; one that cannot be loaded is left out, and said. */
export async function openPeers(say: (line: string) => void): Promise<readonly Peer[]> {
  const peers: Peer[] = []
  for (const [name, open] of Object.entries(openers))
    try {
      peers.push({ name: `${name} ${versionOf(name)}`.trim(), flags: await open() })
    } catch (error) {
      say(
        `not shown: ${name} could not be loaded (${error instanceof Error ? error.message.split('\n')[0] : 'unknown'})`,
      )
    }
  return peers
}

const openers: Readonly<Record<string, () => Promise<(text: string) => boolean>>> = {
  obscenity: async () => {
    const { RegExpMatcher, englishDataset, englishRecommendedTransformers } = await import('obscenity')
    const matcher = new RegExpMatcher({ ...englishDataset.build(), ...englishRecommendedTransformers })
    return text => matcher.hasMatch(text)
  },
  '@2toad/profanity': async () => {
    const { profanity } = await import('@2toad/profanity')
    return text => profanity.exists(text)
  },
  'bad-words': async () => {
    const { Filter } = await import('bad-words')
    const filter = new Filter()
    return text => filter.isProfane(text)
  },
  'leo-profanity': async () => {
    const { default: filter } = await import('leo-profanity')
    return text => filter.check(text)
  },
  'glin-profanity': async () => {
    const { Filter } = await import('glin-profanity')
    const filter = new Filter({ detectLeetspeak: true })
    return text => filter.isProfane(text)
  },
  'bad-words-next': async () => {
    const { default: BadWordsNext } = await import('bad-words-next')
    const { default: data } = await import('bad-words-next/lib/en')
    const filter = new BadWordsNext({ data })
    return text => filter.check(text)
  },
  cuss: async () => {
    const { cuss } = await import('cuss')
    const words = new Set(Object.keys(cuss).filter(word => (cuss[word] ?? 0) >= 1))
    return text => (text.toLowerCase().match(/[a-z']+/g) ?? []).some(word => words.has(word))
  },
}
