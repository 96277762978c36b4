import { granteesOf, permissions, roleNames, roles } from '../permissions.ts'
import type { Command } from './command.ts'

export const accessCommand: Command = {
  name: 'access',
  usage: 'access [--json]',
  does: 'prints which roles hold which permission',
  run: async (words, { out }) => {
    const matrix = permissions.map(permission => ({ permission, grantees: granteesOf(permission) }))
    if (words.includes('--json')) {
      out(JSON.stringify(matrix.map(({ permission, grantees }) => ({ permission, roles: grantees }))))
      return 0
    }
    const columns = [...roles, 'public', 'system'] as const
    const width = Math.max(...permissions.map(name => name.length))
    columns.forEach((role, n) => {
      out(
        `${' '.repeat(width)} ${columns
          .slice(0, n)
          .map(() => '│')
          .join(
            ' ',
          )}${n > 0 ? ' ' : ''}┌ ${role === 'public' ? 'Nobody signed in' : role === 'system' ? 'The software' : roleNames[role]}`,
      )
    })
    for (const { permission, grantees } of matrix) {
      out(`${permission.padEnd(width)} ${columns.map(role => (grantees.includes(role) ? '●' : '·')).join(' ')}`)
    }
    return 0
  },
}
