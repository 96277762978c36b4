import assert from 'node:assert/strict'
import { concernKind } from './data/concern-categories.ts'
import type { NewReport } from './report.ts'

/** For tests: what a pupil reports at the front door, of today and at school, unless told otherwise. */
export const reportOf = (kind: string, words: string, given: Partial<NewReport> = {}): NewReport => ({
  kind: concernKind(kind) ?? assert.fail(`there is no kind of concern “${kind}”`),
  who: 'pupil',
  madeBy: null,
  about: 'unsure',
  danger: false,
  words,
  names: null,
  happenedWhen: 'today',
  happenedAt: null,
  place: 'school',
  wantsReply: false,
  clicked: false,
  message: null,
  formToken: null,
  ...given,
})
