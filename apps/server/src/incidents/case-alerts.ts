import type { DeadlineWrites } from '../duties/deadline-store.ts'
import type { LedgerEvent } from '../platform/change.ts'
import type { CasePartWrites } from './case-parts-store.ts'

interface AlertWrites {
  caseParts: Pick<CasePartWrites, 'alerts' | 'acknowledge'>
  deadlines: Pick<DeadlineWrites, 'meet' | 'withdraw' | 'about'>
}

const clock = 'incident.serious-alert'
const isOpen = ({ state }: { state: string }): boolean => state === 'open' || state === 'missed'

/** Who works on a case knows of it: the alerts that were made for this person about it are acknowledged. @returns the events to record. */
export async function knowByWorking(
  { caseParts, deadlines }: AlertWrites,
  caseId: string,
  personId: string,
): Promise<LedgerEvent[]> {
  const events: LedgerEvent[] = []
  for (const alert of await caseParts.alerts(caseId)) {
    if (alert.personId !== personId || alert.acknowledgedAt !== null) continue
    const [met] = await deadlines.meet(clock, `alert:${alert.id}`)
    if (!met) continue
    await caseParts.acknowledge(alert.id, personId)
    events.push({
      type: 'case.alert-acknowledged',
      subject: `case:${caseId}`,
      detail: { alert: alert.id, kind: alert.kind, role: alert.role, inTime: met.state === 'met' },
    })
  }
  return events
}

/** A closed case asks nobody any more whether they know: what was not acknowledged is withdrawn. @returns the events to record. */
export async function withdrawAlerts({ caseParts, deadlines }: AlertWrites, caseId: string): Promise<LedgerEvent[]> {
  const events: LedgerEvent[] = []
  for (const alert of await caseParts.alerts(caseId)) {
    const [due] = (await deadlines.about(`alert:${alert.id}`)).filter(isOpen)
    if (alert.acknowledgedAt !== null || !due) continue
    await deadlines.withdraw(clock, `alert:${alert.id}`)
    events.push({
      type: 'case.alert-withdrawn',
      subject: `case:${caseId}`,
      detail: { alert: alert.id, kind: alert.kind, role: alert.role },
    })
  }
  return events
}
