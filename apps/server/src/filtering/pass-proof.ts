import type { PeopleReads } from '../people/people-store.ts'
import type { ClassReads } from '../people/class-store.ts'
import type { Read } from '../platform/change.ts'
import type { Clock } from '../platform/clock.ts'
import type { GatewayProcess } from './gateway-process.ts'
import { lastOf, passOfRule } from './pass.ts'
import type { PassService } from './pass-service.ts'
import type { PassReads, PassRecord } from './pass-store.ts'

/** Passes that ended longer ago than this are not asked about any more. */
const lookBackMs = 7 * 86_400_000
/** How often a school's passes are looked at. */
const pauseMs = 5_000

interface ProofReads {
  readonly passes: PassReads
  readonly classes: ClassReads
  readonly people: PeopleReads
}

/**
 * Asks the running gateway, as a pupil of the class, for what a pass opened once it has ended: what it answers by the rules
 * that it really holds is the proof that the pass is shut. While the pass is still in its rules, the same question for the
 * minute before the end must be answered “open”, or the question would prove nothing.
 */
export function createPassProof(parts: {
  readonly read: Read<ProofReads>
  readonly service: Pick<PassService, 'noteShut'>
  readonly schools: () => Promise<readonly { readonly id: string }[]>
  readonly clock: Clock
}) {
  const { read, service, schools, clock } = parts
  let lookedAt = Number.NEGATIVE_INFINITY

  const proveOne = async (
    schoolId: string,
    pass: PassRecord,
    personId: string | null,
    check: GatewayProcess['check'],
  ): Promise<void> => {
    const { content } = pass
    // Altered by hand it is in no rules, and without a site there is nothing to ask for.
    if (!content || content.sites.length === 0 || personId === null)
      return service.noteShut(schoolId, pass.id, 'unknown', { asked: 0 })
    const urls = content.sites.map(
      ({ host, path }) => `http://${host.includes(':') ? `[${host}]` : host}${path ?? '/'}`,
    )
    const now = clock()
    const after = await check({ school: schoolId, who: { personId }, at: now.toISOString(), urls, kind: 'page' })
    // Nobody answered: asked again later.
    if (!after || after.verdicts.length !== urls.length) return
    const before = await check({
      school: schoolId,
      who: { personId },
      at: new Date(lastOf(content).getTime() - 1_000).toISOString(),
      urls,
      kind: 'page',
    })
    const isBy = (rule: string): boolean => passOfRule(rule) === pass.id
    const open = after.verdicts.filter(({ rule }) => isBy(rule)).length
    const wasOpen = before?.verdicts.filter(({ rule, verdict }) => verdict === 'allow' && isBy(rule)).length ?? 0
    const result = open === 0 ? 'shut' : 'open'
    if (pass.shutResult === result) return
    await service.noteShut(schoolId, pass.id, result, {
      asked: urls.length,
      open,
      openBefore: wasOpen,
      serial: after.serial,
    })
  }

  return async (gateway: Pick<GatewayProcess, 'check'>): Promise<void> => {
    if (performance.now() - lookedAt < pauseMs) return
    lookedAt = performance.now()
    for (const { id: schoolId } of await schools()) {
      const found = await read(schoolId, async ({ passes, classes, people }) => {
        const over = await passes.unseenShut(new Date(clock().getTime() - lookBackMs))
        if (over.length === 0) return []
        const known = new Set((await people.proxyUsers()).map(({ person_id }) => person_id))
        const asked: { pass: PassRecord; personId: string | null }[] = []
        for (const pass of over) {
          const pupils = pass.classId === null ? [] : (await classes.pupilsOf(pass.classId)).map(({ id }) => id)
          const candidates = [
            ...(pass.content?.people ?? []),
            ...pupils,
            ...(pass.content ? [pass.content.teacherId] : []),
          ]
          asked.push({ pass, personId: candidates.find(id => known.has(id)) ?? null })
        }
        return asked
      })
      for (const { pass, personId } of found) await proveOne(schoolId, pass, personId, gateway.check)
    }
  }
}
