import { parseArgs } from 'node:util'
import { type ClauseReport, totalsOf } from '../policies/clause-service.ts'
import { clauseStatuses } from '../policies/control.ts'
import { type Command, chosenSchool, UsageError, withInstallation } from './command.ts'

export const clausesStatusCommand: Command = {
  name: 'clauses status',
  usage: 'clauses status [--json] [--policy A|B] [--school ID]',
  does: 'prints every clause with its control, status, evidence and time',
  run: async (words, streams) => {
    const { values } = parseArgs({
      args: [...words],
      options: { json: { type: 'boolean' }, policy: { type: 'string' }, school: { type: 'string' } },
    })
    const policy = values.policy?.toUpperCase()
    if (policy !== undefined && policy !== 'A' && policy !== 'B')
      throw new UsageError(`--policy must be A or B, not “${values.policy}”`)
    return withInstallation<0>(streams, async ({ app }) => {
      const { clauses } = await app.services.clauses.of(await chosenSchool(app, values.school))
      const chosen = clauses.filter(each => policy === undefined || each.policy === policy)
      if (values.json) streams.out(JSON.stringify(chosen.map(statusLine), null, 1))
      else for (const line of statusText(chosen)) streams.out(line)
      return 0
    })
  },
}

/** One clause as scripts read it: the keys and their order are a contract. Times are ISO 8601 in UTC. */
export const statusLine = ({ clause, policy, status, evidence, at, due, why, controlId }: ClauseReport) => ({
  id: clause.id,
  policy,
  type: clause.type,
  control: controlId,
  status,
  evidence,
  at: at?.toISOString() ?? null,
  due: due?.toISOString() ?? null,
  why,
})

/** A line a clause, then the totals. */
export function statusText(clauses: readonly ClauseReport[]): string[] {
  const widths = {
    id: Math.max(...clauses.map(each => each.clause.id.length)),
    control: Math.max(...clauses.map(each => (each.controlId ?? '-').length)),
  }
  const totals = totalsOf(clauses)
  return [
    ...clauses.map(({ clause, status, evidence, at, controlId, why }) =>
      [
        clause.id.padEnd(widths.id),
        clause.type.padEnd(10),
        status.padEnd(14),
        evidence.padEnd(8),
        (at?.toISOString().slice(0, 16).replace('T', ' ') ?? '-').padEnd(16),
        (controlId ?? '-').padEnd(widths.control),
        why,
      ].join('  '),
    ),
    '',
    clauseStatuses.map(status => `${totals.byStatus[status]} ${status}`).join(', '),
    `${totals.withoutControl} of ${totals.all} clauses have no control yet`,
    `${totals.carried} of ${totals.all} clauses carried`,
  ]
}
