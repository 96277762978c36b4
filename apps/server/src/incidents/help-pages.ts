import type { PeopleReads } from '../people/people-store.ts'
import { hasRole, may } from '../platform/actor.ts'
import { hidden } from '../platform/fields.ts'
import { form } from '../platform/form.ts'
import { get, type Page, post, redirect, view } from '../platform/page.ts'
import { helpKindNames, helpLines } from './data/help-lines.ts'
import { helpShown, lineCheckDays, lineDigest, lineState } from './help.ts'
import type { HelpReads } from './help-store.ts'
import type { HelpService } from './help-service.ts'
import { guidanceDigest, reportingGuidance } from './report-guidance.ts'

type Reads = { help: HelpReads; people: PeopleReads }
const stateWords = {
  checked: ['Right', 'good'],
  old: ['Check again', 'soon'],
  changed: ['Changed since', 'soon'],
  unchecked: ['Nobody checked it yet', 'soon'],
  wrong: ['Wrong, not shown', 'bad'],
} as const

export function helpPages(service: HelpService): Page<Reads>[] {
  return [
    get('/help', { access: 'public' }, async ({ actor, query, read, now, schoolId }) => {
      const asked = query.get('who')
      const audience =
        asked === 'adult' || (asked === null && actor.kind === 'person' && !hasRole(actor, 'pupil')) ? 'adult' : 'child'
      const checks = await read(({ help }) => help.checks())
      const first = helpShown(audience, [], checks, now)
      return view('incidents/help', {
        title: audience === 'child' ? 'Get help' : 'Get help, for yourself or a child',
        child: audience === 'child',
        first,
        kinds: helpKindNames().map(kind => ({
          id: kind.id,
          name: kind[audience],
          lines: helpShown(audience, [kind.id], checks, now).filter(line => !first.includes(line)),
        })),
        otherHref: `/help?who=${audience === 'child' ? 'adult' : 'child'}&school=${schoolId}`,
        otherText: audience === 'child' ? 'Words for grown-ups' : 'Words for children',
        reportHref: `/report?school=${schoolId}${audience === 'child' ? '&who=child' : ''}`,
        mayCheck: may(actor, 'help.check'),
      })
    }),
    get('/help/check', { access: 'help.check' }, async ({ read, now }) =>
      read(async ({ help, people }) => {
        const checks = await help.checks()
        const names = await people.names([...checks.values()].map(({ byId }) => byId))
        return view('incidents/help-check', {
          title: 'Check the help page',
          backHref: '/help?who=adult',
          days: lineCheckDays,
          lines: helpLines().map(line => {
            const check = checks.get(line.id)
            const [text, tone] = stateWords[lineState(line, check, now)]
            return {
              ...line,
              digest: lineDigest(line),
              state: text,
              tone,
              at: check?.at ?? null,
              by: check ? (names.get(check.byId) ?? null) : null,
            }
          }),
        })
      }),
    ),
    post('/help/check', { access: 'help.check', form: form({}) }, async ({ actor, submission }) => {
      const found = helpLines().flatMap(({ id }) => {
        const [said] = submission.values.get(`line:${id}`) ?? []
        const [digest] = submission.values.get(`digest:${id}`) ?? []
        return digest !== undefined && (said === 'right' || said === 'wrong')
          ? [{ lineId: id, digest, right: said === 'right' }]
          : []
      })
      const count = await service.check(actor, found)
      return redirect('/help/check', `${count === 1 ? 'One line is' : `${count} lines are`} marked as looked at today.`)
    }),
    get('/report/guidance', { access: 'public' }, async ({ actor, read }) =>
      read(async ({ help }) => {
        const digest = guidanceDigest()
        const published = await help.guidance()
        const current = published?.digest === digest
        const receipts = current ? await help.receipts(digest) : new Map<string, Date>()
        return view('incidents/report-guidance', {
          title: 'How reporting works here',
          sections: reportingGuidance(),
          publishedAt: current ? published.publishedAt : null,
          digest,
          mayPublish: may(actor, 'guidance.publish'),
          mayConfirm: current && may(actor, 'guidance.read'),
          confirmedAt: actor.kind === 'person' ? (receipts.get(actor.personId) ?? null) : null,
          confirmed: may(actor, 'guidance.publish') ? receipts.size : null,
        })
      }),
    ),
    post('/report/guidance/publish', { access: 'guidance.publish', form: form({}) }, async ({ actor }) => {
      await service.publishGuidance(actor)
      return redirect('/report/guidance', 'Published. Staff have four weeks to confirm that they read it.')
    }),
    post(
      '/report/guidance/confirm',
      { access: 'guidance.read', form: form({ digest: hidden('Open the guidance again', 100) }) },
      async ({ actor, form: filled }) => {
        await service.readGuidance(actor, filled.ok ? filled.values.digest : '')
        return redirect('/report/guidance', 'Thank you. It is recorded that you read it today.')
      },
    ),
  ]
}
