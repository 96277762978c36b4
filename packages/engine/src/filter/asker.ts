import type { FilterRequest } from './types.ts'

/** What the register knows of a person besides the groups, or a bundle or a device's rules after it. */
export interface AskerAttributes {
  /** Ids of the classes of which they are a pupil. */
  readonly classes: readonly string[]
  /** 'R', '1' … '13', or null. */
  readonly year: string | null
  /** 'YYYY-MM-DD', or null if not known. */
  readonly turns13On: string | null
}

/** The same as fields of a request. Of somebody whom the register does not know: no class, and nothing else. */
export const askedWith = (
  attributes: AskerAttributes | undefined,
): Pick<FilterRequest, 'year' | 'turns13On'> & { readonly classes: readonly string[] } => {
  const { classes = [], year = null, turns13On = null } = attributes ?? {}
  return { classes, ...(year === null ? {} : { year }), ...(turns13On === null ? {} : { turns13On }) }
}
