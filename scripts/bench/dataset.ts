import pg from 'pg'
import { changed } from '../../apps/server/src/platform/change.ts'
import { systemActor } from '../../apps/server/src/platform/actor.ts'
import { createChange } from '../../apps/server/src/platform/change.ts'
import type { Installation } from '../../apps/server/src/installation.ts'

export interface Size {
  readonly people: number
  readonly cases: number
  readonly activityRows: number
  readonly flags: number
}
export const fullSize: Size = { people: 1_500, cases: 100_000, activityRows: 5_000_000, flags: 100_000 }
export const smallSize: Size = { people: 300, cases: 5_000, activityRows: 200_000, flags: 5_000 }

/**
 * Fills the school with a secondary's worth of rows, written by the owner straight into the tables (a bench of reading does
 * not need a million changes): cases over two years in every state, and a term's web log over 60 days.
 * @returns a case to open and the pupil whose day is looked at.
 */
export async function fill(
  installation: Installation,
  schoolId: string,
  size: Size,
): Promise<{ caseId: string; pupilId: string; day: string }> {
  const { app, ownerUrl, keys } = installation
  // One sealed summary for all: opening one costs the same whichever key it is under.
  const sealed = await createChange(
    { connections: app.connections, clock: app.clock, fieldKey: keys.field, heads: app.heads },
    context => context.seal,
  )(systemActor(schoolId, 'bench'), async seal => {
    const id = await seal.newKey()
    return changed(
      {
        id,
        summary: await seal.seal(
          id,
          'Two pupils of the same class sent each other upsetting messages over the weekend.',
        ),
      },
      { type: 'bench.filled' },
    )
  })
  const client = new pg.Client({ connectionString: ownerUrl })
  await client.connect()
  try {
    await client.query(`set app.school_id = '${schoolId}'`)
    await client.query(
      `insert into person (school_id, id, given_name, family_name, joined_on, created_at)
       select $1, gen_random_uuid(), 'Pupil', 'Number ' || n, '2025-09-01', now() from generate_series(1, $2::int) n`,
      [schoolId, size.people],
    )
    await client.query(
      "insert into appointment (school_id, id, person_id, role, from_at) select $1, gen_random_uuid(), id, 'pupil', now() - interval '60 days' from person where school_id = $1 and given_name = 'Pupil'",
      [schoolId],
    )
    await client.query(
      `insert into case_file (school_id, id, category, kind, seriousness, status, owner_role, owner_id, audience, key_id, summary, happened_at, reported_at, opened_at, origin, triaged_at, closed_at, next_due)
       select $1, gen_random_uuid(), (array['content','contact','conduct','commerce','data','technical'])[1 + n % 6], 'cyberbullying', (array['low','medium','serious'])[1 + n % 3],
              case when n % 50 = 0 then (array['new','triaged','in-hand','waiting-outside'])[1 + (n / 50) % 4] else 'closed' end,
              'dsl', (select person_id from appointment where school_id = $1 and role = 'dsl' limit 1), array['dsl','deputy-dsl','headteacher'], $3, $4,
              now() - n * interval '10 minutes', now() - n * interval '10 minutes', now() - n * interval '10 minutes', 'report:bench', now(),
              case when n % 50 = 0 then null else now() - n * interval '9 minutes' end, case when n % 50 = 0 then now() + interval '1 day' end
         from generate_series(1, $2::int) n`,
      [schoolId, size.cases, sealed.id, sealed.summary],
    )
    const { rows: days } = await client.query<{ day: string }>(
      "select to_char(current_date - n, 'YYYY-MM-DD') as day from generate_series(0, 59) n",
    )
    const pupils = (
      await client.query<{ id: string }>(
        "select id from person where school_id = $1 and given_name = 'Pupil' order by family_name",
        [schoolId],
      )
    ).rows.map(row => row.id)
    for (const { day } of days) {
      await client.query('select activity_make_day($1::date)', [day])
      await client.query(
        `insert into activity (school_id, at, id, person_id, groups, kind, method, host, path, category, verdict, rule, continued)
         select $1, $2::date + (n % 86400) * interval '1 second', gen_random_uuid(), ($3::uuid[])[1 + n % array_length($3::uuid[], 1)], array['juniors'], 'connect', 'CONNECT',
                'site' || n % 4000 || '.example', '', case when n % 40 = 0 then 'games' else 'unlisted' end, case when n % 40 = 0 then 'block' else 'allow' end, 'group:juniors:unlisted', false
           from generate_series(1, $4::int) n`,
        [schoolId, day, pupils, Math.ceil(size.activityRows / days.length)],
      )
    }
    await client.query('vacuum analyze')
    const { rows: cases } = await client.query<{ id: string }>(
      "select id from case_file where school_id = $1 and origin = 'report:bench' order by opened_at desc limit 1",
      [schoolId],
    )
    return { caseId: cases[0]?.id ?? '', pupilId: pupils[0] ?? '', day: days[5]?.day ?? '' }
  } finally {
    await client.end()
  }
}
