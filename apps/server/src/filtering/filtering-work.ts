import { faultWords } from '../platform/database.ts'
import type { BundleSchool } from '@gatehouse/engine/bundle'
import { londonDate, londonTime } from '@gatehouse/engine/calendar'
import { systemActor } from '../platform/actor.ts'
import { changed } from '../platform/change.ts'
import {
  type BundleParts,
  bundlePeople,
  networkDigest,
  partsDigest,
  refreshMs,
  rulesDigest,
} from './bundle-publisher.ts'
import { groupIds } from './filter-change.ts'
import { findDrift } from './filter-drift.ts'
import { filterPeople } from './filter-people.ts'
import { createProofs } from './filter-proofs.ts'
import { createFilteringWatch } from './filtering-watch.ts'
import { createProber } from './filter-test.ts'
import { type FilteringParts, tellOf } from './filtering-parts.ts'
import { type GatewayProcess, startGateway } from './gateway-process.ts'
import { domainsBy } from './lists-folder.ts'
import { createListsRelease } from './lists-release.ts'
import { createOtherProxies } from './other-proxies.ts'
import { createMatrixRounds } from './matrix-rounds.ts'
import { startTestSite } from './test-site.ts'

/*
 * What the filter does by itself in the serving process: keeps the signed bundle equal to what two people decided and to who
 * may use the internet now, keeps the gateway running, proves each change from the user's side, looks for drift, and asks
 * every hour whether every category is still blocked for every group.
 */

export interface FilteringWork {
  readonly gateway: GatewayProcess
  /** Publishes if anything differs from the bundle on disk. @returns whether it did. */
  publish(): Promise<boolean>
  /** One turn of everything that is due; the timer calls it each second. */
  turn(): Promise<void>
  /** Proves what is not proved yet. */
  prove(): Promise<void>
  /** The hourly round, now. */
  beat(): Promise<void>
  /** The minute's pulse, now. */
  pulse(): Promise<void>
  /** The nightly look for what is blocked and should be open, now. */
  overblocks(): Promise<boolean>
  /** The proxies that FILTER_PROXIES names: one pulse each, and one whole round each, now. */
  readonly others: { pulse(): Promise<void>; rounds(): Promise<void> }
  /** The technology table held against the running filter, now. */
  matrix(): Promise<void>
  drift(): Promise<void>
  /** @param keepGateway leaves the gateway running, as a killed server would. */
  stop(keepGateway?: boolean): Promise<void>
}

const turnMs = 1_000
const driftMs = 60_000
const heartbeatMs = 60 * 60_000
const pulseMs = 60_000
/** From this time of the night (London) the must-allow list is asked for, once a night. */
const overblockFrom = '02:00'
/** People whose membership or appointment ends by the clock alone are looked for this often. */
const wholeLookMs = 30_000

export async function startFiltering(parts: FilteringParts, serverUrl: string): Promise<FilteringWork> {
  const { config, clock, log, lists, bundle } = parts
  lists.ensure(clock())
  const testSite = await startTestSite(config.checkPage)
  const heads = new Map<string, number>()
  let published = ''
  let publishedAt = 0
  let changedAt = 0
  let lookedAt = 0
  let driftAt = 0
  let beatAt = 0
  let beatenFor = ''
  let pulseAt = performance.now()
  let overblockNight = ''

  const partsNow = async (): Promise<BundleParts> => {
    const active = lists.ensure(clock())
    const schools = []
    for (const { id, name } of await parts.schools()) {
      const [filter, accounts, attributes] = await parts.read(
        id,
        async ({ filtering, people }) =>
          [await filtering.filter(), await people.proxyUsers(), await filterPeople(people, clock())] as const,
      )
      const paused = await parts.pausedPeople(id)
      const probers = await parts.probers.people(id, groupIds)
      // People first: the gateway takes the first hash it finds as the usual cost of a wrong password.
      schools.push({
        id,
        name,
        rules: filter.rules,
        people: [...bundlePeople(accounts, paused, attributes), ...probers],
        places: filter.places,
        devices: filter.devices,
        ...(await parts.watchedOf(id)),
      })
    }
    return {
      schools,
      listsSha256: active.sha256,
      testSite: { host: 'check.gatehouse.invalid', address: testSite.address, port: testSite.port },
      allowPrivate: config.proxyAllowPrivate,
      blockPageBase: new URL(config.baseUrl).origin,
    }
  }

  let last: Promise<unknown> = Promise.resolve()
  /** One after the other, so that whoever waits for it finds everything written down. */
  const publish = (): Promise<boolean> => {
    const turn = last.then(publishNow)
    last = turn.catch(() => undefined)
    return turn
  }
  const publishNow = async (): Promise<boolean> => {
    const wanted = await partsNow()
    const digest = `${partsDigest(wanted)} ${lists.active()?.at ?? ''}`
    const isFresh = performance.now() - publishedAt < refreshMs
    if (digest === published && isFresh && bundle.read().ok) return false
    // What somebody did to the old one is written down before it is written over.
    if (published !== '') await drift()
    const { payload } = bundle.write(wanted, lists.path(wanted.listsSha256), clock())
    const isNew = digest !== published
    published = digest
    publishedAt = performance.now()
    if (isNew) changedAt = performance.now()
    if (isNew) for (const school of wanted.schools) await note(school, payload.serial, wanted.listsSha256)
    return true
  }

  /** Only what a school decided is news in its ledger; people and passwords have entries of their own. */
  const note = async (school: BundleSchool, serial: number, listsSha256: string): Promise<void> => {
    const { id: schoolId, rules } = school
    const [state, activeLists] = await parts.read(
      schoolId,
      async ({ filtering }) => [await filtering.state(), await filtering.activeLists()] as const,
    )
    const digest = rulesDigest(rules)
    const network = networkDigest(school)
    const active = lists.active()
    const hasNewLists =
      !activeLists ||
      activeLists.sha256 !== listsSha256 ||
      (active !== null && new Date(active.at) > activeLists.active_at)
    if (state?.published_rules === digest && state.published_network === network && !hasNewLists) return
    await parts.change(systemActor(schoolId, 'worker'), async ({ filtering }) => {
      await filtering.take()
      await filtering.published({ serial, rules: digest, network, lists: listsSha256 })
      const event = {
        type: 'filter-bundle.published',
        subject: 'filter:bundle',
        detail: { serial, rules: digest, network, lists: listsSha256, version: rules.version },
      } as const
      if (!hasNewLists || !active) return changed(undefined, event)
      const counts = Object.fromEntries(domainsBy(active.counts))
      await filtering.addLists({ sha256: listsSha256, domains: active.domains, sources: active.sources })
      return changed(undefined, event, {
        type: 'filter-lists.activated',
        subject: 'filter:lists',
        detail: {
          sha256: listsSha256,
          domains: active.domains,
          sources: active.sources
            .filter(source => active.counts.some(count => count.source === source.id))
            .map(({ id }) => id),
          counts,
        },
      })
    })
  }

  /** Every write leaves a ledger entry, so a ledger that has not grown means that nobody changed anything. */
  const hasMoved = async (): Promise<boolean> => {
    let moved = performance.now() - lookedAt > wholeLookMs
    for (const { id } of await parts.schools()) {
      const seq = (await parts.read(id, ({ ledger }) => ledger.head()))?.seq ?? 0
      if (heads.get(id) !== seq) moved = true
      heads.set(id, seq)
    }
    if (moved) lookedAt = performance.now()
    return moved
  }

  const gatewayHost = config.host === '0.0.0.0' || config.host === '::' ? '127.0.0.1' : config.host
  const proberFor = (schoolId: string, from?: string) =>
    createProber({
      schoolId,
      proxyHost: gatewayHost,
      proxyPort: gateway.port,
      probers: parts.probers,
      testSite,
      ...(from === undefined ? {} : { from }),
    })

  /** The gateway must hold what was published, or its answers are about other rules. */
  const serialInGateway = async (): Promise<number | null> => {
    const found = bundle.current()
    const status = await gateway.status()
    return found.ok && status && status.serial !== null && status.serial >= found.bundle.payload.serial
      ? status.serial
      : null
  }

  /** Publishes what is decided and waits a while until the gateway works by it. */
  const settled = async (): Promise<number | null> => {
    await publish()
    for (let tries = 0; tries < 60; tries += 1) {
      const serial = await serialInGateway()
      if (serial !== null || (await gateway.status()) === null) return serial
      await new Promise(done => setTimeout(done, 100))
    }
    return null
  }

  const { prove, beat, take } = createProofs({ parts, proberFor, serialInGateway, settled })
  const { pulse, overblocks } = createFilteringWatch({
    parts,
    proberFor,
    beat,
    verdictsFor: schoolId => async (group, urls) =>
      (await gateway.check({ school: schoolId, who: { group }, urls, kind: 'page' }))?.verdicts ?? null,
  })

  const others = createOtherProxies({
    parts,
    testSite,
    published: () => ({ digest: published, at: changedAt }),
    take,
  })
  const matrix = createMatrixRounds({ parts, proberFor, gateway: () => gateway, settled })
  const releaseLists = createListsRelease(parts)

  const drift = async (): Promise<void> => {
    const wanted = published === '' ? null : published
    for (const { id } of await parts.schools()) {
      const found =
        wanted === null
          ? []
          : await parts.read(id, async ({ filtering }) =>
              findDrift({
                schoolId: id,
                filter: await filtering.filter(),
                state: await filtering.state(),
                unfounded: await filtering.unfounded(),
                passes: await filtering.unfoundedPasses(),
                missing: await filtering.missing(),
                bundle,
                lists,
              }),
            )
      const open = await parts.read(id, ({ filtering }) => filtering.openDrift())
      for (const each of found) {
        if (open.some(known => known.place === each.place && known.differences.join() === each.differences.join()))
          continue
        log(
          `THE FILTER WAS CHANGED BEHIND GATEHOUSE'S BACK (${each.place}): ${each.differences.slice(0, 3).join('; ')}`,
        )
        await parts.change(systemActor(id, 'worker'), async ({ filtering, people, messages }) => {
          const drifted = await filtering.addDrift(each)
          await tellOf(people, messages, 'filter-drift.found', '/internet')
          return changed(undefined, {
            type: 'filter-drift.found',
            subject: `filter-drift:${drifted}`,
            detail: { place: each.place, digest: each.digest, differences: each.differences.slice(0, 20) },
          })
        })
      }
      for (const known of open) {
        if (found.some(each => each.place === known.place)) continue
        await parts.change(systemActor(id, 'worker'), async ({ filtering }) => {
          await filtering.mendDrift(known.id)
          return changed(undefined, {
            type: 'filter-drift.mended',
            subject: `filter-drift:${known.id}`,
            detail: { place: known.place },
          })
        })
      }
      // The bundle is put right from what two people decided; the lists file is put right by its digest.
      if (found.some(({ place }) => place === 'bundle' || place === 'lists')) published = ''
    }
  }

  let isAsking = false
  let asking: Promise<void> = Promise.resolve()
  const turn = async (): Promise<void> => {
    if (performance.now() - driftAt > driftMs) {
      driftAt = performance.now()
      await drift()
    }
    const moved = await hasMoved()
    if (moved) await releaseLists()
    if (moved || published === '' || performance.now() - publishedAt > refreshMs) await publish()
    await prove()
    await parts.afterTurn?.(gateway)
    // A school that is new, as after the first run, is asked about at once and not an hour later.
    const asked = (await parts.schools()).map(({ id }) => id).join(' ')
    if (asked !== '' && (asked !== beatenFor || performance.now() - beatAt > heartbeatMs)) {
      if ((await serialInGateway()) === null && beatAt === 0 && performance.now() - startedAt < 30_000) return
      beatAt = performance.now()
      beatenFor = asked
      await beat()
      pulseAt = performance.now()
    }
    // Beside the turns: they ask some hundred questions, and no decision should wait for them.
    if (beatAt > 0 && !isAsking) {
      isAsking = true
      asking = Promise.all([matrix.turn(), others.turn()])
        .then(() => undefined)
        .catch(error => {
          if (!stopped) log(`filtering: ${messageOf(error)}`)
        })
        .finally(() => {
          isAsking = false
        })
    }
    if (beatAt > 0 && performance.now() - pulseAt > pulseMs) {
      pulseAt = performance.now()
      await pulse()
    }
    const night = londonDate(clock())
    const isTime = overblockNight === '' || londonTime(clock()) >= overblockFrom
    if (beatAt > 0 && night !== overblockNight && isTime && (await overblocks())) overblockNight = night
  }

  const startedAt = performance.now()
  await publish().catch(error => log(`filtering: the bundle could not be published: ${messageOf(error)}`))
  const gateway = await startGateway(
    { bundlePath: bundle.path, serverUrl, host: config.host, port: config.proxyPort, dataFolder: config.dataFolder },
    parts.gatewayKeys,
    log,
  )
  let said = ''
  let stopped = false
  let running: Promise<void> = Promise.resolve()
  const timer = setInterval(() => {
    if (isBusy) return
    isBusy = true
    running = turn()
      .then(() => {
        said = ''
      })
      .catch(error => {
        // Said once, not each second, while the database is away.
        if (!stopped && said !== messageOf(error)) log(`filtering: ${messageOf(error)}`)
        said = messageOf(error)
      })
      .finally(() => {
        isBusy = false
      })
  }, turnMs)
  let isBusy = false

  return {
    gateway,
    publish,
    turn,
    prove,
    beat,
    pulse,
    overblocks,
    others: { pulse: others.pulse, rounds: others.rounds },
    matrix: matrix.round,
    drift,
    stop: async (keepGateway = false) => {
      stopped = true
      clearInterval(timer)
      await running
      await asking
      if (keepGateway) gateway.leave()
      else await gateway.stop()
      await testSite.close()
    },
  }
}

/** For the log: what PostgreSQL quotes in its own messages may be a person's words. */
const messageOf = (error: unknown): string => (error instanceof Error ? faultWords(error) : 'unknown fault')
