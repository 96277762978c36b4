import type { Audience } from '../filter/types.ts'
import type { AgeBand } from './types.ts'

/** Whose words they are taken for, by whom their groups are for; in no group, or in one that is not known, a secondary pupil's. */
export function ageOfAudiences(audiences: readonly (Audience | undefined)[]): AgeBand {
  if (audiences.includes('young-child')) return 'primary'
  return audiences.length > 0 && audiences.every(audience => audience === 'adult') ? 'adult' : 'secondary'
}
