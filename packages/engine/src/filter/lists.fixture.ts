/** Lists for the tests of the compiled file: three sources, one of them ours. */
import fc from 'fast-check'
import { compileLists, type ListEntry } from './compile-lists.ts'
import { openLists } from './open-lists.ts'
import { type Category, categories, type ListSource } from './types.ts'

export const source = (id: string, isCurated = false): ListSource => ({
  id,
  name: id,
  licence: 'MIT',
  date: '2026-08-01',
  isCurated,
})
export const sources = [source('toulouse'), source('anna'), source('ours', true)]
export const entry = (domain: string, category: Category, from = 'toulouse'): ListEntry => ({
  domain,
  category,
  source: from,
})
export const page = (domain: string, path: string, category: Category, from = 'toulouse'): ListEntry => ({
  ...entry(domain, category, from),
  path,
})
export const listsOf = (entries: readonly ListEntry[]) => openLists(compileLists(entries, sources))

const listable = categories.filter(category => category !== 'unlisted')
export const domains = fc
  .array(fc.stringMatching(/^[a-c]{1,2}$/), { minLength: 2, maxLength: 4 })
  .map(labels => `${labels.join('.')}.example`)
export const entries = fc.array(
  fc
    .tuple(domains, fc.constantFrom(...listable), fc.constantFrom('toulouse', 'anna', 'ours'))
    .map(parts => entry(...parts)),
  { maxLength: 60 },
)
