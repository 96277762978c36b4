import type { Need, NeedSource, TodaySources, WorkingSource } from '../assurance/today.ts'
import { may } from '../platform/actor.ts'
import { formatList } from '../platform/format.ts'
import type { PagingReads } from './paging-store.ts'

interface Reads {
  readonly paging: PagingReads
}

/** What is wrong with the ways of paging, for whoever looks after them; a number of their own, for whoever is paged. */
const needs: NeedSource<Reads> = async ({ paging }, actor) => {
  const manages = may(actor, 'paging.manage')
  const isPaged = may(actor, 'flag.view')
  if (!manages && !isPaged) return []
  const channels = await paging.channels()
  const found: Need[] = []
  if (manages)
    for (const channel of channels) {
      const href = `/monitoring/paging/${channel.id}`
      if (channel.failingSince)
        found.push({
          text: `Mend a way of paging: ${channel.name}`,
          href,
          due: null,
          since: channel.failingSince,
          loud: true,
          note: 'Pages about the gravest flags do not go through it.',
        })
      else if (channel.provenAt === null && channel.kind === 'webhook')
        found.push({ text: `Prove a way of paging: ${channel.name}`, href, due: null, since: channel.addedAt })
    }
  if (isPaged && channels.some(({ kind }) => kind === 'sms')) {
    const own = await paging.numberOf(actor.personId)
    if (!own?.confirmedAt)
      found.push({
        text: own ? 'Type in the code that was sent to your number' : 'Give the number by which you are paged',
        href: '/monitoring/paging/number',
        due: null,
      })
  }
  return found
}

const working: WorkingSource<Reads> = async ({ paging }, actor) => {
  if (!may(actor, 'paging.view')) return []
  const channels = await paging.channels()
  if (channels.length === 0) return []
  const failing = channels.filter(({ failingSince }) => failingSince !== null)
  const unproved = channels.filter(({ provenAt }) => provenAt === null)
  return [
    {
      id: 'paging',
      name: 'Paging',
      href: '/monitoring/paging',
      ...(failing.length > 0
        ? { state: 'failing' as const, says: `does not go through: ${formatList(failing.map(({ name }) => name))}` }
        : unproved.length === channels.length
          ? { state: 'unknown' as const, says: 'nothing has been proved yet' }
          : { state: 'working' as const, says: `${channels.length - unproved.length} in use` }),
    },
  ]
}

export const pagingSources: TodaySources<Reads> = { needs: [needs], working: [working] }
