import { addCalendarDays, londonDate, startOfLondonDay } from '@gatehouse/engine/calendar'
import { concerns } from '@gatehouse/engine/concern/types'
import type { DeadlineReads } from '../duties/deadline-store.ts'
import { termAt, termName, wholeTerms } from '../duties/school-terms.ts'
import type { PeopleReads } from '../people/people-store.ts'
import { roleNames } from '../permissions.ts'
import { type Actor, may } from '../platform/actor.ts'
import { blankForm, type FormView, withErrors } from '../platform/form.ts'
import { formatDate } from '../platform/format.ts'
import type { LedgerReads } from '../platform/ledger-reads.ts'
import { get, type Page, post, type Reply, redirect, type Request, view } from '../platform/page.ts'
import { Refusal } from '../platform/refusal.ts'
import { whyNotDecide } from '../platform/requests.ts'
import type { ConcernDetectors } from './concern-detectors.ts'
import {
  type ConcernRule,
  isNoisy,
  noisyFrom,
  noisyShare,
  phraseRuleId,
  phraseSeverities,
  type RuleChangeContent,
  type RuleFigures,
  ruleSentence,
  type TendedRuleContent,
  whereNames,
} from './concern-rule.ts'
import { decideForm, takeBackForm, withdrawForm } from '../platform/decision-forms.ts'
import {
  keepRuleForm,
  offForm,
  phraseForm,
  sendOffForm,
  sendPhraseForm,
  usualRuleReview,
} from './concern-rule-forms.ts'
import { alteredSentence, type ConcernRuleService, phraseFrom, ruleAddress } from './concern-rule-service.ts'
import type { ConcernRuleReads, RuleChange } from './concern-rule-store.ts'
import {
  matches,
  precisionWords,
  replayModel,
  ruleEntryWords,
  standingWords,
  trialSentence,
} from './concern-rule-words.ts'
import { concernNames, severityNames } from './flag.ts'

export interface ConcernRulePageReads {
  readonly concernRules: ConcernRuleReads
  readonly people: PeopleReads
  readonly ledger: LedgerReads
  readonly deadlines: Pick<DeadlineReads, 'terms' | 'about'>
}
type AnyRequest = Request<ConcernRulePageReads>

const home = '/monitoring/rules'
/** Where no terms are entered, “this term” is so many days. */
const usualTermDays = 84
/** Decisions of the past that the page lists. */
const decisionsShown = 30

/** What the software looks for, how often each rule was right, and what the school changes about it. */
export function concernRulePages(
  service: ConcernRuleService,
  detectors: ConcernDetectors,
): Page<ConcernRulePageReads>[] {
  const access = 'concern-rule.propose'
  const off = async (request: AnyRequest, form: FormView, status = 200): Promise<Reply> => {
    const id = String(form.fields.rule?.value ?? '')
    const rule = detectors.rules().get(id)
    if (!rule) throw new Refusal('not-found', 'There is no such rule. Choose one on the page of rules.')
    if (rule.isCore)
      throw new Refusal('forbidden', 'This rule belongs to the core of what is looked for and cannot be switched off.')
    const figures = await request.read(async ({ concernRules, deadlines }) => {
      const { since } = await thisTerm(deadlines, request.now)
      return (await concernRules.spoke(since, [id]))[0] ?? null
    })
    return view(
      'monitoring/rule-off',
      {
        title: `Switch off the rule ${id}`,
        backHref: home,
        form,
        details: [
          { key: 'About', text: concernNames[rule.concern] },
          { key: 'Finds, for example', text: rule.finds },
          ...(rule.pattern === '' ? [] : [{ key: 'As it is written', text: rule.pattern.replaceAll('|', ' | ') }]),
          { key: 'This term', text: figures ? `${figures.flags} flags; real: ${precisionWords(figures)}` : 'No flag' },
        ],
      },
      status,
    )
  }
  const phrase = (form: FormView, status = 200): Reply =>
    view('monitoring/rule-phrase', { title: 'Look for words of our own', backHref: home, form }, status)

  /** What a content would do, before it is sent. */
  const preview = async (
    actor: Actor,
    content: TendedRuleContent,
    reason: string,
    send: FormView,
    action: string,
  ): Promise<Reply> => {
    const { replay, trial } = await service.look(actor, content)
    return view('monitoring/rule-preview', {
      title: ruleSentence(content),
      backHref: home,
      details: [...contentFacts(content, detectors), { key: 'Why', text: reason }],
      replay: replayModel(replay),
      trial: trial ? trialSentence(trial) : null,
      send,
      fields: Object.values(send.fields),
      action,
    })
  }
  const offContent = (values: { rule: string; owner: TendedRuleContent['owner']; reviewOn: string }) => ({
    kind: 'off' as const,
    rule: values.rule,
    owner: values.owner,
    reviewOn: values.reviewOn,
  })

  return [
    get(home, { access: 'concern-rule.view' }, request => showRules(request, detectors)),

    get(`${home}/off`, { access }, request =>
      off(
        request,
        blankForm(offForm, {
          rule: request.query.get('rule') ?? '',
          owner: 'dsl',
          reviewOn: usualRuleReview(request.now),
        }),
      ),
    ),
    post(`${home}/off`, { access, form: offForm }, async request => {
      const { actor, form } = request
      if (!form.ok) return off(request, form.view, 400)
      const { values } = form
      try {
        const send = blankForm(sendOffForm, values)
        return await preview(actor, offContent(values), values.reason, send, `${home}/off/send`)
      } catch (error) {
        return off(request, beside(form.view, error, 'reason'), 400)
      }
    }),
    post(`${home}/off/send`, { access, form: sendOffForm }, async ({ actor, form }) => {
      if (!form.ok) throw new Refusal('invalid', 'Open the page again before you send it.')
      const id = await service.propose(actor, offContent(form.values), form.values.reason)
      return redirect(ruleAddress(id), 'It is proposed. Somebody else must approve it before it takes effect.')
    }),

    get(`${home}/phrase`, { access }, async ({ now }) =>
      phrase(blankForm(phraseForm, { where: 'everywhere', owner: 'dsl', reviewOn: usualRuleReview(now) })),
    ),
    post(`${home}/phrase`, { access, form: phraseForm }, async ({ actor, form }) => {
      if (!form.ok) return phrase(form.view, 400)
      try {
        const content = phraseContent(form.values)
        const send = blankForm(sendPhraseForm, { ...form.values, phrase: content.phrase })
        return await preview(actor, content, form.values.reason, send, `${home}/phrase/send`)
      } catch (error) {
        return phrase(beside(form.view, error, 'phrase'), 400)
      }
    }),
    post(`${home}/phrase/send`, { access, form: sendPhraseForm }, async ({ actor, form }) => {
      if (!form.ok) throw new Refusal('invalid', 'Open the page again before you send it.')
      const id = await service.propose(actor, phraseContent(form.values), form.values.reason)
      return redirect(ruleAddress(id), 'It is proposed. Somebody else must approve it before it takes effect.')
    }),

    get(`${home}/changes/:id`, { access: 'concern-rule.view' }, request => showChange(request, service, detectors)),
    post(`${home}/changes/:id/decide`, { access: 'concern-rule.approve', form: decideForm }, async request => {
      const { actor, params, form } = request
      if (!form.ok) return showChange(request, service, detectors, { decide: form.view })
      const { verdict, reason, digest } = form.values
      await service.decide(actor, params.id ?? '', verdict, reason, digest)
      return redirect(
        ruleAddress(params.id ?? ''),
        verdict === 'approved'
          ? 'Approved. It holds for the web log now, and for each device when it next asks, within a minute or so.'
          : 'Refused.',
      )
    }),
    post(`${home}/changes/:id/withdraw`, { access, form: withdrawForm }, async ({ actor, params, form }) => {
      if (!form.ok) throw new Refusal('invalid', 'Open the page again before you withdraw it.')
      await service.withdraw(actor, params.id ?? '', form.values.digest)
      return redirect(ruleAddress(params.id ?? ''), 'Withdrawn.')
    }),
    post(`${home}/changes/:id/back`, { access, form: takeBackForm }, async request => {
      const { actor, params, form } = request
      if (!form.ok) return showChange(request, service, detectors, { back: form.view })
      const id = await service.takeBack(actor, params.id ?? '', form.values.reason)
      return redirect(ruleAddress(id), 'It is proposed to take it back. Somebody else must approve that.')
    }),
    post(`${home}/changes/:id/keep`, { access, form: keepRuleForm }, async request => {
      const { actor, params, form } = request
      if (!form.ok) return showChange(request, service, detectors, { keep: form.view })
      try {
        await service.keep(actor, params.id ?? '', form.values.reviewOn)
      } catch (error) {
        return showChange(request, service, detectors, { keep: beside(form.view, error, 'reviewOn') })
      }
      return redirect(
        ruleAddress(params.id ?? ''),
        `Kept until it is looked at again on ${formatDate(form.values.reviewOn)}.`,
      )
    }),
  ]
}

/** The refusal beside the field that it is about; any other error goes on. */
function beside(form: FormView, error: unknown, field: string): FormView {
  if (!(error instanceof Refusal) || (error.code !== 'invalid' && error.code !== 'conflict')) throw error
  return withErrors(form, { [/looked at again/.test(error.sentence) ? 'reviewOn' : field]: error.sentence })
}

/** @throws {Refusal} `invalid` where the words are not such as can be looked for. */
function phraseContent(values: {
  phrase: string
  concern: ConcernRule['concern']
  severity: string
  where: keyof typeof whereNames
  owner: TendedRuleContent['owner']
  reviewOn: string
}) {
  const severity = phraseSeverities.find(each => String(each) === values.severity)
  if (severity === undefined) throw new Refusal('invalid', 'Select how soon somebody should look')
  return {
    kind: 'phrase' as const,
    phrase: phraseFrom(values.phrase),
    concern: values.concern,
    severity,
    where: values.where,
    owner: values.owner,
    reviewOn: values.reviewOn,
  }
}

/** When this term began, and what to call it. */
async function thisTerm(deadlines: Pick<DeadlineReads, 'terms'>, now: Date): Promise<{ since: Date; name: string }> {
  const term = termAt(wholeTerms(await deadlines.terms()), londonDate(now))
  return term
    ? { since: startOfLondonDay(term.from), name: `since ${termName(term)} began` }
    : { since: startOfLondonDay(addCalendarDays(londonDate(now), -usualTermDays)), name: 'in the last twelve weeks' }
}

/** Rules of the school's own, as those of the catalogue are told. */
const ownRules = (changes: readonly RuleChange[]): ConcernRule[] =>
  changes.flatMap(({ id, content }) =>
    content?.kind === 'phrase'
      ? [{ id: phraseRuleId(id), concern: content.concern, isCore: false, finds: `“${content.phrase}”`, pattern: '' }]
      : [],
  )

async function showRules(request: AnyRequest, detectors: ConcernDetectors): Promise<Reply> {
  const { actor, read, query, now } = request
  const asked = (query.get('q') ?? '').trim().slice(0, 100)
  const about = concerns.find(each => each === query.get('about')) ?? null
  const isNarrowed = asked !== '' || about !== null
  const { term, changes, figures, others } = await read(async ({ concernRules, deadlines }) => {
    const term = await thisTerm(deadlines, now)
    const changes = await concernRules.changes({ limit: 1000 })
    const known = [...detectors.rules().keys(), ...ownRules(changes).map(({ id }) => id)]
    return {
      term,
      changes,
      figures: new Map((await concernRules.spoke(term.since, known)).map(row => [row.rule, row])),
      others: await concernRules.spokeOtherwise(term.since, known),
    }
  })
  const own = ownRules(changes.filter(({ version }) => version !== null))
  const all = [...own, ...detectors.rules().values()]
  const switching = new Map(
    changes
      .filter(({ state }) => state === 'waiting' || state === 'in-force')
      .flatMap(change => (change.content?.kind === 'off' ? [[change.content.rule, change] as const] : [])),
  )
  const ownChange = new Map(changes.map(change => [phraseRuleId(change.id), change]))
  const row = (rule: ConcernRule) => {
    const { flags, decided, real }: Omit<RuleFigures, 'rule'> = figures.get(rule.id) ?? {
      flags: 0,
      decided: 0,
      real: 0,
    }
    const change = switching.get(rule.id) ?? ownChange.get(rule.id)
    return {
      id: rule.id,
      finds: rule.finds,
      concern: concernNames[rule.concern],
      flags,
      decided,
      real,
      precision: precisionWords({ decided, real }),
      isCore: rule.isCore,
      isOwn: ownChange.has(rule.id),
      isNoisy: isNoisy({ decided, real }),
      change: change
        ? { href: ruleAddress(change.id), state: change.state, isOff: change.content?.kind === 'off' }
        : null,
      offHref: `${home}/off?rule=${encodeURIComponent(rule.id)}`,
      mayOff: !rule.isCore && !change && may(actor, 'concern-rule.propose'),
    }
  }
  const found = all.filter(rule => matches(rule, asked) && (about === null || rule.concern === about)).map(row)
  const spoke = found.filter(({ flags }) => flags > 0).sort((one, other) => other.flags - one.flags)
  const silent = found.filter(({ flags }) => flags === 0)
  const listed = (change: RuleChange) => ({
    href: ruleAddress(change.id),
    text: sentenceOf(change, changes),
    state: standingWords[change.state],
    at: change.decidedAt ?? change.proposedAt,
    reviewOn: change.content && change.content.kind !== 'back' ? change.content.reviewOn : null,
  })
  const counted = all.filter(({ id }) => figures.has(id)).length
  return view('monitoring/rules', {
    title: 'Rules',
    backHref: '/flags',
    term: term.name,
    counted,
    asked,
    isNarrowed,
    search: [
      { name: 'q', kind: 'text', label: 'Find a rule', hint: 'By its words or its id', value: asked },
      {
        name: 'about',
        kind: 'select',
        label: 'About',
        value: about ?? '',
        options: concerns.map(value => ({ value, text: concernNames[value] })),
      },
    ],
    noisy: !isNarrowed ? spoke.filter(rule => rule.isNoisy && !rule.isCore && !rule.isOwn && !rule.change) : [],
    noisyFrom,
    noisyPercent: Math.round(noisyShare * 100),
    spoke,
    silentCount: silent.length,
    silent: isNarrowed ? silent : [],
    // Hundreds of rules are a page of their own: folded away by what they are about.
    silentBy: isNarrowed
      ? []
      : concerns
          .map(concern => ({
            text: concernNames[concern],
            count: silent.filter(rule => rule.concern === concernNames[concern]).length,
            href: `${home}?about=${concern}`,
          }))
          .filter(({ count }) => count > 0),
    others,
    waiting: changes.filter(({ state }) => state === 'waiting').map(listed),
    inForce: changes.filter(({ state, content }) => state === 'in-force' && content?.kind !== 'back').map(listed),
    past: changes
      .filter(({ state, content }) => state !== 'waiting' && (state !== 'in-force' || content?.kind === 'back'))
      .slice(0, decisionsShown)
      .map(listed),
    mayPropose: may(actor, 'concern-rule.propose'),
  })
}

const sentenceOf = ({ content }: RuleChange, changes: readonly RuleChange[]): string =>
  content === null
    ? 'A change that was altered behind our backs'
    : ruleSentence(content, content.kind === 'back' ? changes.find(({ id }) => id === content.of)?.content : null)

/** Why `actor` may not decide about a change that waits, or null. */
function whyNotDecideRule(actor: Actor, { content, proposedBy }: RuleChange): string | null {
  if (content === null) return alteredSentence
  const why = whyNotDecide(actor, { state: 'waiting', proposedBy })
  if (why !== null || may(actor, 'concern-rule.approve')) return why
  return 'A safeguarding lead or the headteacher must decide this.'
}

async function showChange(
  request: AnyRequest,
  service: ConcernRuleService,
  detectors: ConcernDetectors,
  sent: Readonly<Partial<Record<'decide' | 'back' | 'keep', FormView>>> = {},
): Promise<Reply> {
  const { actor, params, read, now } = request
  const { change, of, entries, names, due } = await read(async ({ concernRules, people, ledger, deadlines }) => {
    const change = await concernRules.change(params.id ?? '')
    const entries = await ledger.list({ subject: `concern-rule:${change.id}`, limit: 50 })
    const names = await people.names([
      change.proposedBy,
      ...(change.decidedBy ? [change.decidedBy] : []),
      ...entries.flatMap(({ actor: by }) => (by.startsWith('person:') ? [by.slice(7)] : [])),
    ])
    return {
      change,
      of: change.content?.kind === 'back' ? await concernRules.change(change.content.of) : null,
      entries,
      names,
      due: (await deadlines.about(`concern-rule:${change.id}`)).find(
        ({ state }) => state === 'open' || state === 'missed',
      ),
    }
  })
  const { content } = change
  const replay = await service.replayOf(actor, change.id)
  const nameOf = (id: string): string => names.get(id) ?? 'somebody no longer here'
  const waits = change.state === 'waiting'
  const decide = sent.decide ?? blankForm(decideForm)
  const mayChange =
    may(actor, 'concern-rule.propose') && change.state === 'in-force' && content !== null && content.kind !== 'back'
  return view(
    'monitoring/rule-change',
    {
      title: content ? ruleSentence(content, of?.content) : 'A change that was altered behind our backs',
      backHref: home,
      action: ruleAddress(change.id),
      standing:
        content?.kind === 'back' && change.state === 'in-force' ? ['Done', 'good'] : standingWords[change.state],
      details: [
        ...(content ? contentFacts(content, detectors) : []),
        ...(of
          ? [{ key: 'Takes back', text: of.content ? ruleSentence(of.content) : 'a change', href: ruleAddress(of.id) }]
          : []),
        { key: 'Why', text: change.reason },
        { key: 'Proposed by', text: nameOf(change.proposedBy) },
        ...(change.decidedBy && change.decision !== 'withdrawn'
          ? [{ key: 'Decided by', text: `${nameOf(change.decidedBy)}: ${change.decisionReason ?? ''}` }]
          : []),
        ...(change.version === null ? [] : [{ key: 'Rules', text: `version ${change.version} and later` }]),
        ...(change.endedBy
          ? [{ key: 'Taken back by', text: 'another change', href: ruleAddress(change.endedBy) }]
          : []),
      ],
      due: due ?? null,
      replay: replay ? replayModel(replay) : null,
      waits,
      whyNot: waits ? whyNotDecideRule(actor, change) : null,
      digest: change.digest,
      decide: { ...decide, fields: { ...decide.fields, digest: { ...decide.fields.digest, value: change.digest } } },
      mayWithdraw: waits && actor.kind === 'person' && actor.personId === change.proposedBy,
      back: mayChange ? (sent.back ?? blankForm(takeBackForm)) : null,
      keep: mayChange ? (sent.keep ?? blankForm(keepRuleForm, { reviewOn: usualRuleReview(now) })) : null,
      form: Object.values(sent)[0],
      timeline_items: entries.map(entry => ({
        at: entry.at,
        title: ruleEntryWords[entry.type] ?? entry.type,
        by: entry.actor.startsWith('person:') ? nameOf(entry.actor.slice(7)) : 'Gatehouse',
        ...(entry.type === 'concern-rule.approved' ? { kind: 'decision' } : {}),
      })),
    },
    Object.keys(sent).length > 0 ? 400 : 200,
  )
}

function contentFacts(content: RuleChangeContent, detectors: ConcernDetectors): { key: string; text: string }[] {
  if (content.kind === 'back') return []
  const tended = [
    { key: 'Answers for it', text: roleNames[content.owner] },
    { key: 'Looked at again on', text: formatDate(content.reviewOn) },
  ]
  if (content.kind === 'off') {
    const rule = detectors.rules().get(content.rule)
    return [
      { key: 'Rule', text: content.rule },
      ...(rule
        ? [
            { key: 'About', text: concernNames[rule.concern] },
            { key: 'Finds, for example', text: rule.finds },
          ]
        : []),
      ...tended,
    ]
  }
  return [
    { key: 'Words', text: `“${content.phrase}”` },
    { key: 'May mean', text: concernNames[content.concern] },
    { key: 'Somebody looks', text: severityNames[content.severity] },
    { key: 'Looked for in', text: whereNames[content.where] },
    ...tended,
  ]
}
