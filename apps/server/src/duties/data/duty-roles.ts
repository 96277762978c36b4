import { readFileSync } from 'node:fs'
import { z } from 'zod'

/** The roles in which somebody is appointed; each is one of the roles of `permissions.ts`. */
export const dutyRoleNames = [
  'headteacher',
  'deputy',
  'dsl',
  'deputy-dsl',
  'dpo',
  'senior-leader',
  'network-manager',
  'link-governor',
  'chair',
  'office',
] as const
export type DutyRoleName = (typeof dutyRoleNames)[number]

const role = z.strictObject({
  role: z.enum(dutyRoleNames),
  /** What the policies and the guidance call the same post. */
  alsoCalled: z.array(z.string()),
  does: z.string().min(1),
  /** Clauses that fall on the holder, in printed order. */
  clauses: z.array(z.string()),
  /** Whether a school must always have one: a vacancy is loud. */
  required: z.boolean(),
  /** Whether somebody must be named who acts when the holder cannot. */
  deputyRequired: z.boolean(),
})
export type DutyRole = Readonly<z.infer<typeof role>>

const conflict = z.strictObject({
  roles: z.tuple([z.enum(dutyRoleNames), z.enum(dutyRoleNames)]),
  /** `refuse`: no person may hold both. `explain`: only with a stored reason. */
  severity: z.enum(['refuse', 'explain']),
  reason: z.string().min(1),
  source: z.string().min(1),
})
export type RoleConflict = Readonly<z.infer<typeof conflict>>

const file = z.strictObject({ comment: z.string(), roles: z.array(role), conflicts: z.array(conflict) })

const shipped = file.parse(JSON.parse(readFileSync(new URL('./roles.json', import.meta.url), 'utf8')))

/** Every duty-holder role, headteacher first. */
export const dutyRoles = (): readonly DutyRole[] => shipped.roles

/** Every pair of roles that one person should not hold. */
export const roleConflicts = (): readonly RoleConflict[] => shipped.conflicts

/**
 * Why somebody who holds `held` should not be appointed as `role`: empty when nothing speaks against it.
 * Roles that carry no duty (teacher, parent) conflict with nothing here.
 */
export const conflictsWith = (role: string, held: readonly string[]): readonly RoleConflict[] =>
  shipped.conflicts.filter(
    ({ roles: [one, other] }) => (one === role && held.includes(other)) || (other === role && held.includes(one)),
  )
