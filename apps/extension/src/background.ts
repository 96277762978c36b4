import { ageOfAudiences } from '@gatehouse/engine/concern/age'
import type { AgeBand } from '@gatehouse/engine/concern/types'
import { judge, noRules } from './judge.ts'
import { readableAddress } from './private-places.ts'
import { dequeue, enqueue, nextFlags, type WaitingFlag, waitingCount } from './queue.ts'
import { createRuleKeeper, type RuleKeeper } from './rules.ts'
import { type LastCheck, needsCheck, selfCheck } from './self-check.ts'
import { createServerLink, type Orders, type ServerLink } from './server-link.ts'
import { readSettings, type Settings } from './settings.ts'
import { keep, load } from './store.ts'
import { detector, flagFor, type Seen, searchSeen } from './watcher.ts'

/*
 * The service worker: filters every request of this browser, decides about what was typed and read, sends flags, and tells the
 * server once a minute that it lives. It may be stopped and started at any moment, so whatever must last is in the store.
 */

/** Hosts that the user chose to go on to, and until when: ten minutes, as through the proxy. */
const warned = new Map<string, number>()
const goOnMs = 10 * 60_000

const version = chrome.runtime.getManifest().version

interface World {
  readonly settings: Settings
  readonly link: ServerLink
  readonly rules: RuleKeeper
}

/**
 * What requests are judged by at this moment: a blocking listener has to answer at once. While the worker wakes there is
 * nothing yet: pages wait on one of ours that leads on by itself, and everything else is refused.
 */
let ready: World | undefined

let world: Promise<World | string> | undefined
function theWorld(): Promise<World | string> {
  world ??= wake()
  return world
}
async function wake(): Promise<World | string> {
  const settings = readSettings(await chrome.storage.managed.get(null))
  if (typeof settings === 'string') {
    // Looked for again each time it is asked for.
    world = undefined
    return settings
  }
  const { warned: before } = await chrome.storage.session.get('warned')
  for (const [host, until] of Object.entries((before ?? {}) as Record<string, number>)) warned.set(host, until)
  const link = createServerLink(settings)
  const rules = createRuleKeeper(link, settings.publicKey)
  await rules.wake(await userName())
  ready = { settings, link, rules }
  return ready
}
// The browser installs the extension before it has read what its policy says to it: that comes seconds later, as a change.
chrome.storage.onChanged.addListener((_changes, area) => {
  if (area !== 'managed') return
  world = undefined
  ready = undefined
  void (ticking ?? Promise.resolve()).then(tick)
})

/** The address of the school's account of this profile; '' where there is none. */
async function userName(): Promise<string> {
  const { email } = await chrome.identity.getProfileUserInfo({ accountStatus: 'ANY' as chrome.identity.AccountStatus })
  // For devices that sign in otherwise, the policy names the user.
  const named = (await chrome.storage.managed.get('user')).user
  return email !== '' ? email : typeof named === 'string' ? named : ''
}

let orders: Orders | undefined
async function theOrders(): Promise<Orders | undefined> {
  orders ??= await load<Orders>('orders')
  return orders
}

// Often enough for new rules and for flags that wait, and little for the server of a whole trust.
chrome.alarms.create('tick', { periodInMinutes: 1 })
chrome.alarms.onAlarm.addListener(() => void tick())
chrome.runtime.onInstalled.addListener(() => void tick())
chrome.runtime.onStartup.addListener(() => void tick())

let ticking: Promise<void> | undefined
const tick = (): Promise<void> => {
  ticking ??= (async () => {
    const found = await theWorld()
    if (typeof found === 'string') return badge('!', found)
    const user = await userName()
    const said = await found.link.beat({ user, version, waiting: await waitingCount() })
    if (said) {
      orders = said
      await keep('orders', said)
    }
    await found.rules.refresh(user)
    await upload(found)
    const isOn = (await theOrders())?.monitored === true
    // Read now, so that the first thing that matters does not wait for it.
    if (isOn) await detector(found.rules.current()?.concerns)
    if (isOn) await tryOut(found)
    await badge(
      '',
      found.rules.current() ? `Gatehouse is on${isOn ? ', and looks after you' : ''}` : 'Gatehouse has no rules yet',
    )
  })()
    .catch(() => undefined)
    .finally(() => {
      ticking = undefined
    })
  return ticking
}
void tick()

/** Once a day the detector is tried, and the server hears what it found. */
async function tryOut({ link, rules }: World): Promise<void> {
  const now = Date.now()
  if (!needsCheck(await load<LastCheck>('self-check'), version, now)) return
  if (await link.check(await selfCheck(rules.current()?.concerns)))
    await keep('self-check', { at: now, version } satisfies LastCheck)
}

async function badge(text: string, title: string): Promise<void> {
  await chrome.action.setBadgeText({ text })
  await chrome.action.setTitle({ title })
}

let uploading: Promise<void> = Promise.resolve()
/** Sends what waits. One at a time: two at once would send the same flags twice. */
const upload = (to: World): Promise<void> => {
  uploading = uploading.then(() => sendAll(to)).catch(() => undefined)
  return uploading
}
async function sendAll({ link }: World): Promise<void> {
  for (;;) {
    const { user, flags } = await nextFlags(20)
    const done = flags.length === 0 ? null : await link.flags(user, flags)
    if (done === null || done.length === 0) return
    await dequeue(done)
  }
}

// A worker that calls the browser is not stopped (30 seconds of silence end it), so that waking stays rare.
setInterval(() => void chrome.runtime.getPlatformInfo(), 20_000)

chrome.webRequest.onBeforeRequest.addListener(
  details => {
    const { url, type, initiator } = details
    const isFrame = type === 'main_frame' || type === 'sub_frame'
    const wait = isFrame
      ? { redirectUrl: chrome.runtime.getURL(`pages/opening.html?${new URLSearchParams({ to: url })}`) }
      : { cancel: true }
    if (!ready) return wait
    const verdict = judge(
      ready.rules.current(),
      ready.settings.server,
      { url, ...(initiator === undefined || initiator === 'null' ? {} : { referrer: initiator }) },
      ready.settings.place,
      Date.now(),
    )
    if (type === 'main_frame') void lookAtSearch(url, details.tabId)
    if (!verdict || verdict.verdict === 'allow') return {}
    if (verdict.rule === noRules) return wait
    if (!isFrame) return { cancel: verdict.verdict === 'block' }
    if (verdict.verdict === 'warn' && (warned.get(verdict.host) ?? 0) > Date.now()) return {}
    const page = new URLSearchParams({
      host: verdict.host,
      category: verdict.category,
      reason: verdict.reason,
      rule: verdict.rule,
      verdict: verdict.verdict,
    })
    return { redirectUrl: chrome.runtime.getURL(`pages/blocked.html?${page}`) }
  },
  { urls: ['http://*/*', 'https://*/*', 'ws://*/*', 'wss://*/*'] },
  ['blocking'],
)

const ageOf = async (): Promise<AgeBand> => {
  const rules = ready?.rules.current()
  const groups = rules?.person?.groups ?? []
  return ageOfAudiences(groups.map(group => rules?.rules.groups.find(({ id }) => id === group)?.audience))
}

/** What was flagged last, and when: while a child writes on, the same words are one flag and not one a pause. */
const flagged = new Map<string, { readonly severity: number; readonly at: number }>()
const onceInMs = 10 * 60_000
function isRepeat(flag: WaitingFlag): boolean {
  const words = flag.spans.map(([from, to, name]) => `${name} ${flag.text.slice(from, to)}`)
  const key = [flag.page, flag.kind, flag.categories[0]?.name, ...words].join('\n')
  const before = flagged.get(key)
  const now = Date.now()
  if (before && now - before.at < onceInMs && flag.severity <= before.severity) return true
  flagged.delete(key)
  flagged.set(key, { severity: flag.severity, at: now })
  for (const oldest of flagged.keys()) {
    if (flagged.size <= 100) break
    flagged.delete(oldest)
  }
  return false
}

/** Looks at something that was seen. Nothing of it is kept unless it is flagged. */
async function look(what: Seen): Promise<void> {
  const known = await theOrders()
  if (known?.monitored !== true) return
  const flag = await flagFor(what, await ageOf(), known.context, ready?.rules.current()?.concerns)
  if (!flag || isRepeat(flag)) return
  await enqueue(await userName(), flag)
  const found = await theWorld()
  if (typeof found !== 'string') await upload(found)
}

/** Searches are read from the address, so that they are seen on pages that let no script in; never of a private window. */
async function lookAtSearch(url: string, tabId: number): Promise<void> {
  const what = searchSeen(url)
  if (!what) return
  const tab = await chrome.tabs.get(tabId).catch(() => null)
  if (tab && !tab.incognito) await look(what)
}

interface FromPage {
  readonly kind: 'seen' | 'go-on' | 'my-data' | 'awake'
  readonly seen?: Seen
  readonly host?: string
}
chrome.runtime.onMessage.addListener((message: FromPage, sender, answer) => {
  if (sender.id !== chrome.runtime.id) return false
  if (message.kind === 'seen' && message.seen) {
    // Where it comes from is what the browser says, never what the page says.
    const url = readableAddress(sender)
    if (url !== null) void look({ ...message.seen, url })
    return false
  }
  if (message.kind === 'go-on' && message.host && sender.url?.startsWith(chrome.runtime.getURL('pages/blocked.html'))) {
    const { host } = message
    warned.set(host, Date.now() + goOnMs)
    void chrome.storage.session.set({ warned: Object.fromEntries(warned) }).then(() => answer({ ok: true }))
    return true
  }
  if (message.kind === 'awake') {
    void (async () => {
      await theWorld()
      if (!ready?.rules.current()) await tick()
      answer({ ok: ready?.rules.current() !== null && ready !== undefined })
    })().catch(() => answer({ ok: false }))
    return true
  }
  if (message.kind === 'my-data') {
    void (async () => {
      const found = await theWorld()
      const rules = ready?.rules.current()
      answer({
        server: typeof found === 'string' ? '' : found.settings.server,
        user: await userName(),
        school: rules?.schoolName ?? '',
        groups: rules?.person?.groups.map(id => rules.rules.groups.find(group => group.id === id)?.name ?? id) ?? [],
        audience: await ageOf(),
        monitored: (await theOrders())?.monitored === true,
        waiting: await waitingCount(),
        fault: typeof found === 'string' ? found : '',
        version,
      })
    })()
    return true
  }
  return false
})
