import pg from 'pg'
import { systemActor } from '../../apps/server/src/platform/actor.ts'
import { changed, createChange } from '../../apps/server/src/platform/change.ts'
import type { Installation } from '../../apps/server/src/installation.ts'
import { type Figure, figure } from './measure.ts'
import { pageMeasure } from './pages.ts'

/** As many as the list shows at once. */
const onePage = 100

/**
 * The list of flags and the lead's first page with nothing waiting, with as many flags as the list shows, and with a queue longer than any
 * school's, all written by the owner straight into the tables. What the length of the queue costs is the difference between the last two.
 */
export async function benchFlags(
  installation: Installation,
  url: string,
  schoolId: string,
  flags: number,
): Promise<Figure[]> {
  const measure = pageMeasure(installation.app, url, schoolId)
  const figures: Figure[] = []
  const lists: Figure[] = []
  const both = async (waiting: string): Promise<void> => {
    const [p50, p95] = await measure(`the list of flags, ${waiting} waiting`, 'dsl', '/flags')
    lists.push(p50)
    figures.push(p50, p95, ...(await measure(`the lead’s first page, ${waiting} waiting`, 'dsl', '/')))
  }
  await both('none')
  await fillFlags(installation, schoolId, onePage)
  await both(String(onePage))
  const flagId = await fillFlags(installation, schoolId, flags - onePage)
  await both(flags.toLocaleString('en-GB'))
  figures.push(...(await measure('one flag of these', 'dsl', `/flags/${flagId}`)))
  const [none, page, all] = lists.map(({ value }) => value)
  return [
    ...figures,
    figure('the list, all against none, p50', (all ?? 0) / (none ?? 0), '×'),
    figure('the list, all against one page of them, p50', (all ?? 0) / (page ?? 0), '×'),
  ]
}

/** @returns the id of one. */
async function fillFlags({ app, ownerUrl, keys }: Installation, schoolId: string, flags: number): Promise<string> {
  // One sealed text for all: opening one costs the same whichever key it is under.
  const sealed = await createChange(
    { connections: app.connections, clock: app.clock, fieldKey: keys.field, heads: app.heads },
    context => context.seal,
  )(systemActor(schoolId, 'bench'), async seal => {
    const id = await seal.newKey()
    const content = {
      text: 'some words of a bench',
      spans: [[5, 10, 'bullying']],
      why: 'A bench.',
      page: '',
      title: '',
    }
    return changed({ id, content: await seal.seal(id, JSON.stringify(content)) }, { type: 'bench.filled' })
  })
  const client = new pg.Client({ connectionString: ownerUrl })
  await client.connect()
  try {
    await client.query(`set app.school_id = '${schoolId}'`)
    await client.query(
      `with pupils as (select array_agg(person_id) as ids from appointment where school_id = $1 and role = 'pupil'),
            made as (
         insert into flag_thread (school_id, id, person_id, whose, concern, audience, opened_at, last_at, count, days, severity, state, key_id)
         select $1, gen_random_uuid(), ids[1 + n % array_length(ids, 1)], ids[1 + n % array_length(ids, 1)]::text,
                (array['bullying','selfharm','drugs','hate','sexual'])[1 + n % 5],
                case when n % 20 = 0 then 'headteacher' else 'safeguarding' end, now() - n * interval '5 minutes', now() - n * interval '4 minutes',
                1, 1, 1 + (n % 4), 'waiting', $3
           from generate_series(1, $2::int) n, pupils
         returning id, opened_at, severity)
       insert into flag (school_id, id, thread_id, sender, sender_id, source, kind, at, received_at, severity, concerns, rules, detector, host, content)
       select $1, gen_random_uuid(), id, 'bench', id::text, 'extension', 'typed', opened_at, opened_at, severity,
              '[{"name":"bullying","score":0.9}]', array['bench.1'], 'bench', 'docs.example', $4
         from made`,
      [schoolId, flags, sealed.id, sealed.content],
    )
    await client.query('vacuum analyze flag_thread')
    await client.query('vacuum analyze flag')
    const { rows } = await client.query<{ id: string }>(
      "select id from flag_thread where school_id = $1 and audience = 'safeguarding' order by severity desc limit 1",
      [schoolId],
    )
    return rows[0]?.id ?? ''
  } finally {
    await client.end()
  }
}
