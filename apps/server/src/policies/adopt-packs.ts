import { addCalendarMonths, londonInstant } from '@gatehouse/engine/calendar'
import type { DeadlineWrites } from '../duties/deadline-store.ts'
import type { LedgerEvent } from '../platform/change.ts'
import { policyPacks } from './packs/packs.ts'
import { issuedText, textDigest } from './policy-version.ts'
import type { PolicyWrites } from './policy-store.ts'

/** How often a policy is reviewed: clauses A-0-02, A-1-03 and B-review-01. */
export const reviewMonths = 12

/**
 * Brings both policies in as they were adopted on paper, on their printed dates; called once, in the change that makes a
 * school. Both read as overdue for review from the first day, since both were printed as due in the autumn of 2020.
 * @returns the events, for that same change.
 */
export async function adoptPacks({
  policies,
  deadlines,
}: {
  readonly policies: PolicyWrites
  readonly deadlines: DeadlineWrites
}): Promise<LedgerEvent[]> {
  const events: LedgerEvent[] = []
  for (const pack of policyPacks()) {
    // The printed header gives months; the deadline runs to the last day of the month that is named.
    const header = {
      title: pack.title,
      reference: `Policy ${pack.id}`,
      number: 1,
      lastReviewed: pack.adopted,
      nextReview: pack.nextReview,
      datePrecision: pack.datePrecision,
    }
    const adopted = londonInstant(pack.adopted, '00:00')
    const clauses = pack.clauses.map(({ id, section, text }) => ({ id, section, words: text, since: adopted }))
    const digest = textDigest(issuedText(header, clauses))
    const id = await policies.add({
      ...header,
      policy: pack.id,
      state: 'published',
      reason: 'paper',
      digest,
      publishedAt: adopted,
    })
    await policies.addClauses(id, clauses)
    await startReviewDeadline(deadlines, pack.id, addCalendarMonths(pack.nextReview, -reviewMonths))
    events.push({
      type: 'policy.adopted',
      subject: `policy:${pack.id}`,
      detail: {
        version: 1,
        digest,
        clauses: clauses.length,
        adopted: pack.adopted,
        nextReview: pack.nextReview,
        from: 'paper',
      },
    })
  }
  return events
}

/** The clock of the next review, counted from the last. */
export const startReviewDeadline = (deadlines: DeadlineWrites, policy: string, reviewedOn: string) =>
  deadlines.start({
    kind: 'policy.review',
    subject: `policy:${policy}`,
    title: `Review policy ${policy}`,
    link: `/policy/${policy}/versions`,
    ownerRole: 'headteacher',
    rule: { basis: 'calendar-months', months: reviewMonths, rollToWorkingDay: false },
    startsAt: londonInstant(reviewedOn, '12:00'),
  })
