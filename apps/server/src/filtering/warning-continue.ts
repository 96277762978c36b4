import { createHmac } from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { askedWith, decide, normaliseHost } from '@gatehouse/engine'
import { type PersonActor, personOf } from '../platform/actor.ts'
import { type Change, changed } from '../platform/change.ts'
import type { Actor } from '../platform/actor.ts'
import type { Clock } from '../platform/clock.ts'
import { Refusal } from '../platform/refusal.ts'
import { type BundleFile, personOfBundleId } from './bundle-publisher.ts'
import type { GatewayKeys } from './gateway-keys.ts'
import type { ListsFolder } from './lists-folder.ts'

/*
 * Going on past a warning where the filter could show no page to do it on: through Squid, and in a tunnel. The permission is a
 * line of `<data>/gateway/continued.ndjson` with the token that a gateway makes for its own warning pages; what the line says
 * counts only as long as its token is good.
 */

export const continueMinutes = 10

export interface WarningContinue {
  /**
   * Opens a site that this person is warned about, with what lies beneath it, to them alone, for ten minutes.
   * @throws {Refusal} `conflict` if they are not warned about it: it is open, or it is closed.
   */
  goOn(actor: Actor, host: string): Promise<void>
}

export function createWarningContinue(parts: {
  change: Change<object>
  bundle: BundleFile
  lists: ListsFolder
  gatewayKeys: GatewayKeys
  clock: Clock
}): WarningContinue {
  const { change, bundle, lists, gatewayKeys, clock } = parts
  const file = join(bundle.folder, 'continued.ndjson')

  /** As the gateways have it: what they would answer this person now. */
  const warned = ({ schoolId, personId }: PersonActor, host: string) => {
    const found = bundle.current()
    const school = found.ok ? found.bundle.payload.schools.find(({ id }) => id === schoolId) : undefined
    const accounts = school?.people.filter(({ id }) => personOfBundleId(id) === personId) ?? []
    return accounts.flatMap(account => {
      const { id, groups } = account
      const { verdict, category } = decide(school?.rules ?? noRules, lists.open().lists, {
        url: host,
        kind: 'connect',
        at: clock(),
        groups,
        personId: id,
        ...askedWith(account),
      })
      return verdict === 'warn' ? [{ schoolId, personId: id, host, category }] : []
    })
  }

  return {
    async goOn(actor, asked) {
      const person = personOf(actor)
      const host = normaliseHost(asked)
      const subjects = host === null ? [] : warned(person, host)
      const [first] = subjects
      if (!first)
        throw new Refusal('conflict', 'The filter does not warn you about this site, so there is nothing to go past')
      await change(actor, async () =>
        changed(undefined, {
          type: 'filter-warning.continued',
          subject: 'filter:warning',
          detail: { category: first.category },
        }),
      )
      const until = clock().getTime() + continueMinutes * 60_000
      const lines = subjects.map(subject => {
        const { schoolId, personId, category } = subject
        const mac = createHmac('sha256', gatewayKeys.continueKey)
          .update([schoolId, personId, subject.host, category, until].join('\n'))
          .digest('base64url')
        return JSON.stringify({ ...subject, token: `${until}.${mac}` })
      })
      const kept = existsSync(file)
        ? readFileSync(file, 'utf8')
            .split('\n')
            .filter(line => isLive(line, clock()))
        : []
      writeFileSync(`${file}.new`, `${[...kept, ...lines].join('\n')}\n`, { mode: 0o640, flush: true })
      renameSync(`${file}.new`, file)
    },
  }
}

const noRules = { version: 0, groups: [], hostRules: [], illegal: { source: 'empty', hosts: [] } } as const
const isLive = (line: string, now: Date): boolean =>
  Number(/"token":"(\d{1,15})\./.exec(line)?.[1] ?? 0) > now.getTime()
