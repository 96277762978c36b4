import { caseReference, categoryNames, seriousnessNames, statusNames } from './case.ts'
import type { Case } from './case-store.ts'
import { kindName } from './data/concern-categories.ts'

/** What every page says of a case, in words: nothing of it is sealed. */
export const caseInWords = (file: Case) => ({
  reference: caseReference(file.id),
  kind: kindName(file.kind),
  category: categoryNames[file.category],
  seriousness: seriousnessNames[file.seriousness],
  isSerious: file.seriousness === 'serious',
  status: statusNames[file.status],
  isClosed: file.status === 'closed',
})
