/** Squid asks, the same judge as the embedded proxy's answers. One process; a line in, a line out. */
import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { decide } from '@gatehouse/engine/filter/decide'
import type { Announcer } from '../announcer.ts'
import type { Rules } from '../bundle-holder.ts'
import { createJudge, type Judge } from '../judge.ts'
import { createContinued } from './continued.ts'
import { type Answer, prefixOf, readQuestion, written } from './helper-protocol.ts'
import { type HelperRules, openHelperRules } from './helper-rules.ts'
import type { HelperSettings } from './helper-settings.ts'
import type { Line } from './line-feed.ts'
import { createRequesters, type Requesters } from './requesters.ts'

export interface Helper {
  /** The answer to one line, with its end. Never throws. */
  answer(line: Line): string
  /** Looks for changed rules if that is due. Never throws. */
  refresh(): Promise<void>
  /** What is wrong with the command line, given the rules; undefined if nothing is, or if there are no rules to tell by. */
  fault(): string | undefined
}

/** How often the disk is looked at, in milliseconds; changes count within 5 s, Squid's own memory of verdicts included. */
const lookAgainMs = 500

export async function createHelper(settings: HelperSettings, announcer: Announcer): Promise<Helper> {
  const rules = await openHelperRules(settings, announcer)
  const continued = createContinued(
    join(dirname(settings.bundleFile), 'continued.ndjson'),
    continueKeyIn(settings.keyFile),
    Date.now,
  )
  continued.refresh()
  let lookedAt = performance.now()
  let judge = judgeOf(rules, continued.isOpen)
  let judgeFor = rules.holder
  let known: { readonly rules: Rules; readonly requesters: Requesters } | undefined

  const requesters = (): Requesters | undefined => {
    const now = rules.holder.current()
    if (!now) return undefined
    if (known?.rules !== now) {
      const made = createRequesters(now.payload, now.people, settings.school, settings.group)
      known = { rules: now, requesters: made }
    }
    return known.requesters
  }

  const decided = (line: Line): Answer => {
    const question = readQuestion(line)
    if (!question) {
      return line.isTooLong
        ? { kind: 'refuse', message: 'This address is too long to be checked.', tag: 'none' }
        : { kind: 'fault', message: 'The line asks nothing: expected [channel] SRC TARGET [LOGIN]' }
    }
    const who = requesters()
    if (!who) return { kind: 'fault', message: 'The internet is closed because the rules are missing.' }
    const visitor = who.find(question.login, question.source)
    if (!visitor) {
      return {
        kind: 'refuse',
        message: 'The filter does not know who you are, so this site is closed until you sign in.',
        tag: 'none',
      }
    }
    const kind = question.target.includes('/') ? 'page' : 'connect'
    const decision = judge.decide(visitor, { url: question.target, kind })
    if (decision.verdict === 'allow' || (decision.verdict === 'warn' && decision.continued)) return { kind: 'allow' }
    return {
      kind: 'refuse',
      message: decision.reason,
      tag: decision.verdict === 'warn' ? 'warn' : decision.category,
    }
  }

  return {
    answer(line) {
      try {
        return written(prefixOf(line.text), decided(line))
      } catch (error) {
        announcer.sayState('fault', `A question could not be answered: ${error instanceof Error ? error.message : ''}`)
        return written(prefixOf(line.text), { kind: 'fault', message: 'The filter could not decide.' })
      }
    },
    async refresh() {
      if (performance.now() - lookedAt < lookAgainMs) return
      lookedAt = performance.now()
      try {
        await rules.refresh()
        continued.refresh()
      } catch (error) {
        announcer.sayState('refresh', `The rules cannot be read: ${error instanceof Error ? error.message : ''}`)
      }
      if (rules.holder !== judgeFor) {
        judgeFor = rules.holder
        judge = judgeOf(rules, continued.isOpen)
      }
    },
    fault() {
      const schools = rules.holder.current()?.payload.schools
      if (!schools) return undefined
      const ids = schools.map(({ id }) => id)
      const chosen = settings.school === undefined ? schools : schools.filter(({ id }) => id === settings.school)
      if (chosen.length === 0) return `there is no school “${settings.school}” here; there are: ${ids.join(', ')}`
      if (chosen.length > 1) return `there are several schools, so say which with --school: ${ids.join(', ')}`
      const groups = chosen.flatMap(school => school.rules.groups.map(({ id }) => id))
      if (settings.group === undefined || groups.includes(settings.group)) return undefined
      return `there is no group “${settings.group}”; there are: ${groups.join(', ')}`
    },
  }
}

const judgeOf = (rules: HelperRules, isOpen: Parameters<typeof createJudge>[1]['isOpen']): Judge =>
  createJudge(rules.holder, { isOpen }, decide, Date.now)

/** The key by which the server signs that somebody went past a warning; without it nobody has. */
function continueKeyIn(keyFile: string): Buffer | undefined {
  try {
    const { token, continueKey } = JSON.parse(readFileSync(keyFile, 'utf8')) as Record<string, unknown>
    if (typeof continueKey === 'string') return Buffer.from(continueKey, 'hex')
    return typeof token === 'string' ? createHmac('sha256', token).update('gateway-continue').digest() : undefined
  } catch {
    return undefined
  }
}
