import { youTubeHosts } from '@gatehouse/engine/filter/safe-search'
import { type SearchEngine, searchEngines } from '@gatehouse/engine/filter/search-engines'

/*
 * Safe search as static rules of the browser (declarativeNetRequest), made at build time from the engine's own table: they work
 * before the worker wakes. What they cannot say, and the engine can: a parameter that a browser sent in other capitals is not
 * taken away but overruled by ours.
 */

const resourceTypes = ['main_frame', 'sub_frame', 'xmlhttprequest', 'script', 'image', 'other'] as const

interface Condition {
  readonly requestDomains: readonly string[]
  /** RE2, matched without regard to capitals. */
  readonly regexFilter?: string
  readonly resourceTypes: readonly string[]
}
export interface NetRule {
  readonly id: number
  readonly priority: number
  readonly action:
    | { readonly type: 'allow' }
    | {
        readonly type: 'redirect'
        readonly redirect: {
          readonly transform: {
            readonly queryTransform: { readonly addOrReplaceParams: readonly { key: string; value: string }[] }
          }
        }
      }
    | {
        readonly type: 'modifyHeaders'
        readonly requestHeaders: readonly { header: string; operation: 'set'; value: string }[]
      }
  readonly condition: Condition
}

/** The start of an address on a host under which this engine answers. */
function start({ hosts, labels }: SearchEngine): string {
  if (!labels) return '^https?://[^/?#]+/'
  const names = [...new Set(hosts.map(host => host.split('.')[0]))].join('|')
  const before = labels.filter(label => label !== '').join('|')
  return `^https?://(?:(?:${before})\\.)${labels.includes('') ? '?' : ''}(?:${names})\\.[^/?#]+/`
}

function engineRules(engine: SearchEngine): readonly Omit<NetRule, 'id'>[] {
  const { hosts, notUnder, words, safe } = engine
  if (!safe) return []
  const condition = (regexFilter: string): Condition => ({ requestDomains: hosts, regexFilter, resourceTypes })
  const addOrReplaceParams = Object.entries(safe).map(([key, value]) => ({ key, value }))
  return [
    {
      priority: 1,
      action: { type: 'redirect', redirect: { transform: { queryTransform: { addOrReplaceParams } } } },
      condition: condition(`${start(engine)}[^?#]*[?](?:[^#]*[&;])?(?:${words.join('|')})=[^&;#]`),
    },
    ...(notUnder
      ? [
          {
            priority: 2,
            action: { type: 'allow' },
            condition: condition(`${start(engine)}(?:${notUnder.join('|')})(?:\\W|$)`),
          } as const,
        ]
      : []),
  ]
}

export const safeSearchRules: readonly NetRule[] = [
  ...searchEngines.flatMap(engineRules),
  {
    priority: 1,
    action: {
      type: 'modifyHeaders',
      requestHeaders: [{ header: 'YouTube-Restrict', operation: 'set', value: 'Strict' }],
    },
    condition: { requestDomains: youTubeHosts, resourceTypes },
  } as const,
].map((rule, at) => ({ id: at + 1, ...rule }))
