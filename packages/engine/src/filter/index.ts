export { type Address, type AddressFault, normaliseHost, normaliseUrl } from './address.ts'
export { type CompileOptions, compileLists, type ListEntry } from './compile-lists.ts'
export { decide } from './decide.ts'
export {
  detectFormat,
  type ListFormat,
  listFormats,
  listReader,
  type ParsedList,
  parseList,
  parseServices,
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
export { ListsFileError } from './lists-sections.ts'
export { openLists } from './open-lists.ts'
export { shippedGroups, shippedRules } from './profiles.ts'
export { ruleSetProblems } from './rule-index.ts'
export { reasonFor } from './sentences.ts'
export { type PublicSource, publicSources } from './public-lists.ts'
export { importFile, type KnownFile, knownFile, type ListImport } from './sources.ts'
export * from './types.ts'
export { isSchoolDayOf, isWindowOpen, nextBoundary } from './windows.ts'
