export { alikeBy } from './alike.ts'
export { type Address, type AddressFault, normaliseHost, normaliseUrl } from './address.ts'
export { type CompileOptions, compileLists, type ListCompiler, type ListEntry, listCompiler } from './compile-lists.ts'
export { decide, decideResponse } from './decide.ts'
export type { ResponseHeaders } from './file-types.ts'
export {
  detectFormat,
  type ListFormat,
  listFormats,
  type ParsedList,
  parseList,
} from './formats.ts'
export {
  categoryOfRow,
  type FilterTechnology,
  filterTechnologies,
  rowOfCategory,
  shippedMatrix,
  shippedTimes,
  staffFreeTime,
} from './matrix.ts'
export { type AskerAttributes, askedWith } from './asker.ts'
export { applyDelta, listsDelta } from './lists-delta.ts'
export { ListsFileError } from './lists-sections.ts'
export { openLists } from './open-lists.ts'
export { shippedGroups, shippedRules } from './profiles.ts'
export { ruleSetProblems } from './rule-index.ts'
export { reasonFor } from './sentences.ts'
export { type PublicSource, publicSources } from './public-lists.ts'
export { importFile, type KnownFile, knownFile, type ListImport } from './sources.ts'
export * from './types.ts'
export { isSchoolDayOf, isWindowOpen, nextBoundary } from './windows.ts'
export { isOpenToAnybody, listedSuffix, registrableDomain } from './public-suffix.ts'
export { type SafeSearch, safeSearch, safeSearchHosts, type YouTubeLevel } from './safe-search.ts'
export { searchOf } from './search-engines.ts'
export { type Explanation, type ExplainedStep, explain } from './explain.ts'
