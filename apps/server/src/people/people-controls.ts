import { londonDate } from '@gatehouse/engine/calendar'
import { formatDay, plural } from '../platform/format.ts'
import {
  type Control,
  type ControlReads,
  dayMs,
  dueSoon,
  failing,
  met,
  notStarted,
  overdue,
  type Proof,
} from '../policies/control.ts'
import type { Role } from '../permissions.ts'
import { temporaryDays } from './account-rules.ts'
import type { RegisterReads } from './register-store.ts'

type Reads = ControlReads & { readonly register: RegisterReads }

/** Days after joining by which somebody has an account: five, so that a first week is covered. Ours; the clause says “on joining”. */
const issueDays = 5
/** Days between two comparisons of the register of usernames with the roll: about a term. Ours; the clause says “current”. */
const reconcileDays = 120
/** Days after which what was seen at the door is no longer taken for how it is. */
const doorDays = 30
/** Days after which a last use of the password rules no longer proves them. */
const rulesDays = 365
/** Hours in which a suspected password is replaced: the policies’ limit for an internal report. */
const resetHours = 24

/** Who needs an account to do what the policies ask of them. Pupils of a primary use the filter, which needs one too. */
const needsAccount: readonly Role[] = ['headteacher', 'deputy', 'teacher', 'staff', 'office', 'governor', 'pupil']

const proof = (text: string, entry: { readonly at: string; readonly seq: number }, href?: string): Proof => ({
  text,
  at: new Date(entry.at),
  seq: entry.seq,
  ...(href === undefined ? {} : { href }),
})
const daysAgo = (now: Date, days: number): Date => new Date(now.getTime() - days * dayMs)

export const peopleControls: readonly Control<Reads>[] = [
  {
    id: 'people.accounts-issued',
    title: 'A username and a password for everybody who joins',
    kind: 'workflow',
    clauses: ['A-5-08'],
    evaluate: async ({ ledger, register }, { now }) => {
      const without = await register.withoutAccount(needsAccount, londonDate(daysAgo(now, issueDays)))
      const issued = await ledger.latest(['account.issued'])
      if (without > 0)
        return overdue(
          daysAgo(now, 0),
          `${plural(without, 'person', 'people')} joined more than ${issueDays} days ago and ${without === 1 ? 'has' : 'have'} no account. Give them one under People.`,
          issued ? new Date(issued.at) : null,
        )
      if (!issued) return notStarted('No account has been given out here yet. Give one under People.')
      return met(
        'measured',
        new Date(issued.at),
        null,
        'Everybody who needs an account has one, given with a password for the first sign-in only.',
        [proof('The last account given out', issued, '/people/accounts')],
      )
    },
  },
  {
    id: 'people.account-register',
    title: 'The register of usernames',
    kind: 'record',
    clauses: ['A-5-09'],
    evaluate: async ({ ledger, register }, { now }) => {
      const left = (await register.leaversWithAccess()).length
      if (left > 0)
        return failing(
          'measured',
          now,
          `${plural(left, 'person', 'people')} who left can still get in. It should have ended with their last day; tell the network manager.`,
        )
      const last = await ledger.latest(['accounts.reconciled'])
      if (!last)
        return notStarted('Nobody has compared the usernames with the roll yet. Do it under People, Usernames.')
      const at = new Date(last.at)
      const due = new Date(at.getTime() + reconcileDays * dayMs)
      const proofs = [proof('Compared with the roll', last, '/people/accounts')]
      const why = `The usernames were compared with the roll on ${formatDay(at, now)}.`
      if (due <= now)
        return overdue(due, `${why} Once a term is needed: do it again under People, Usernames.`, at, proofs)
      return due.getTime() - now.getTime() < 14 * dayMs
        ? dueSoon('attested', at, due, why, proofs)
        : met('attested', at, due, why, proofs)
    },
  },
  {
    id: 'people.defined-rights',
    title: 'Defined rights for every user',
    kind: 'enforce',
    clauses: ['A-5-07'],
    evaluate: async ({ ledger, register }, { now }) => {
      const accounts = (await register.accounts()).filter(({ suspendedAt }) => suspendedAt === null)
      if (accounts.length === 0) return notStarted('There is no user here yet.')
      const undefinedOnes = accounts.filter(({ roles }) => roles.length === 0).length
      if (undefinedOnes > 0)
        return failing(
          'measured',
          now,
          `${plural(undefinedOnes, 'username belongs', 'usernames belong')} to somebody with no role. Give them one, or suspend the account.`,
        )
      const given = await ledger.latest(['role.given', 'person.added', 'people.added', 'appointment.made'])
      return met(
        'measured',
        now,
        null,
        `Each of the ${plural(accounts.length, 'user')} holds a role, and one table says what each role may do.`,
        given ? [proof('The last role given', given, '/people/accounts')] : [],
      )
    },
  },
  {
    id: 'people.sign-in',
    title: 'Nobody comes in without a password',
    kind: 'enforce',
    clauses: ['A-3.4-04'],
    evaluate: async ({ ledger }, { now }) => {
      const since = daysAgo(now, doorDays)
      const opened = await ledger.list({ types: ['session.opened'], from: since, limit: 500 })
      const card = opened.find(({ detail }) => detail['how'] !== 'password')
      if (card)
        return failing(
          'measured',
          new Date(card.at),
          'Somebody came in by a card, without a password. Cards exist in a sample school only.',
          [proof('Came in without a password', card)],
        )
      const [newest] = opened
      if (!newest)
        return notStarted(
          `Nobody has signed in with a password in the last ${doorDays} days, so there is nothing to see.`,
        )
      const refused = await ledger.latest(['sign-in.failed', 'account.locked'])
      return met(
        'measured',
        new Date(newest.at),
        new Date(new Date(newest.at).getTime() + doorDays * dayMs),
        'Every session of the last thirty days began with the right password; ten wrong ones in five minutes make an account wait.',
        [
          proof('The last sign-in with a password', newest),
          ...(refused ? [proof('The last sign-in that was refused', refused)] : []),
        ],
      )
    },
  },
  {
    id: 'people.temporary-passwords',
    title: 'A temporary password is replaced at the first sign-in',
    kind: 'enforce',
    clauses: ['B-passwords-04'],
    evaluate: async ({ ledger, register }, { now }) => {
      const old = (await register.accounts()).filter(
        ({ temporarySince, suspendedAt }) =>
          suspendedAt === null && temporarySince !== null && temporarySince < daysAgo(now, temporaryDays),
      )
      const changes = await ledger.list({ types: ['password.changed'], from: daysAgo(now, rulesDays), limit: 200 })
      const replaced = changes.find(({ detail }) => detail['wasTemporary'] === true)
      const [first] = old
      if (first?.temporarySince)
        return overdue(
          new Date(first.temporarySince.getTime() + temporaryDays * dayMs),
          `${plural(old.length, 'temporary password has', 'temporary passwords have')} waited longer than ${temporaryDays} days for a first sign-in. Make new ones under People, Usernames, or suspend the accounts.`,
          replaced ? new Date(replaced.at) : null,
        )
      if (!replaced) return notStarted('No temporary password has been replaced here in the last year.')
      return met(
        'measured',
        new Date(replaced.at),
        new Date(new Date(replaced.at).getTime() + rulesDays * dayMs),
        'A temporary password opens nothing but the page on which it is replaced, and none has been waiting too long.',
        [proof('Replaced at the first sign-in', replaced)],
      )
    },
  },
  {
    id: 'people.password-rules',
    title: 'Passwords that are hard to guess',
    kind: 'enforce',
    clauses: ['B-passwords-09'],
    evaluate: async ({ ledger }, { now }) => {
      const last = await ledger.latest(['password.changed', 'password.refused'])
      if (!last) return notStarted('Nobody has chosen a password here yet.')
      const at = new Date(last.at)
      const due = new Date(at.getTime() + rulesDays * dayMs)
      const refused = await ledger.latest(['password.refused'])
      const proofs = [
        proof('The rules were last applied', last),
        ...(refused && refused.seq !== last.seq ? [proof('The last password that was refused', refused)] : []),
      ]
      if (due <= now)
        return overdue(
          due,
          'Nobody has chosen a password for a year, so the rules have not been seen at work.',
          at,
          proofs,
        )
      return met(
        'measured',
        at,
        due,
        'Whoever chooses a password is held to twelve characters and more, and to none that people guess.',
        proofs,
      )
    },
  },
  {
    id: 'people.forced-reset',
    title: 'A password that somebody else may know is replaced at once',
    kind: 'enforce',
    clauses: ['A-5-11', 'B-passwords-05'],
    evaluate: async ({ ledger }, { now }) => {
      const resets = (await ledger.list({ types: ['password.reset'], limit: 500 })).filter(
        ({ detail }) => detail['reason'] === 'suspected',
      )
      const reports = (
        await ledger.list({ types: ['report.received'], from: daysAgo(now, rulesDays), limit: 2_000 })
      ).filter(({ detail }) => detail['kind'] === 'password-known')
      const open = reports.find(
        report =>
          now.getTime() - Date.parse(report.at) > resetHours * 3_600_000 &&
          !resets.some(reset => reset.seq > report.seq),
      )
      const [last] = resets
      if (open)
        return overdue(
          new Date(Date.parse(open.at) + resetHours * 3_600_000),
          `A password was reported as known to somebody else on ${formatDay(open.at, now)}, and none has been replaced since. Replace it on the person’s page.`,
          last ? new Date(last.at) : null,
        )
      if (!last) return notStarted('No password has been replaced on suspicion here yet.')
      return met(
        'measured',
        new Date(last.at),
        null,
        'The last password under suspicion was replaced; it and every session ended in the same moment.',
        [proof('Replaced on suspicion', last)],
      )
    },
  },
]
