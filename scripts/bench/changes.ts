import { spawnSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { changed } from '../../apps/server/src/platform/change.ts'
import { systemActor } from '../../apps/server/src/platform/actor.ts'
import { createVerifier } from '../../packages/ledger/src/verify.ts'
import { entryOf } from '../../apps/server/src/platform/ledger-reads.ts'
import type { Installation } from '../../apps/server/src/installation.ts'
import { type Figure, figure } from './measure.ts'

const actors = 40
const seconds = 8

/**
 * Changes a second through `change()` with forty at once, one unbroken chain; against pgbench running the same statements in
 * the same transaction (a person, an appointment, one chained entry) on the same server in the same run.
 */
export async function benchChanges(installation: Installation, schoolId: string): Promise<Figure[]> {
  const { app, ownerUrl } = installation
  const end = performance.now() + seconds * 1000
  let done = 0
  const one = async (n: number): Promise<void> => {
    for (let i = 0; performance.now() < end; i++) {
      await app.change(systemActor(schoolId, 'bench'), async ({ people }) => {
        const id = await people.addPerson({ givenName: 'Bench', familyName: `${n}-${i}`, joinedOn: '2026-09-01' })
        await people.appoint(id, 'guest')
        return changed(id, {
          type: 'person.added',
          subject: `person:${id}`,
          detail: { fields: ['givenName', 'familyName'] },
        })
      })
      done += 1
    }
  }
  const start = performance.now()
  await Promise.all(Array.from({ length: actors }, (_, n) => one(n)))
  const ours = done / ((performance.now() - start) / 1000)

  const rows = await app.connections.inSchool(schoolId, tx =>
    tx.selectFrom('ledger_entry').selectAll().where('school_id', '=', schoolId).orderBy('seq').execute(),
  )
  const verifier = createVerifier({ expect: { school: schoolId, firstSeq: 1 } })
  for (const row of rows) verifier.push(entryOf(row))
  const verdict = verifier.finish()
  const figures = [
    figure(`changes through change(), ${actors} at once`, ours, '/s'),
    figure('entries of that chain that verify', verdict.entries, 'entries', 'unbroken', verdict.ok),
  ]

  const script = join(mkdtempSync(join(tmpdir(), 'gatehouse-pgbench-')), 'change.sql')
  writeFileSync(
    script,
    `begin;
set local app.school_id = '${schoolId}';
select gen_random_uuid() as id, gen_random_uuid() as appointment \\gset
insert into person (school_id, id, given_name, family_name, external_id, email, date_of_birth, joined_on, left_on, created_at) values ('${schoolId}', ':id', 'Bench', 'pgbench', null, null, null, '2026-09-01', null, now());
insert into appointment (school_id, id, person_id, role, from_at, to_at, deputy_id) values ('${schoolId}', ':appointment', ':id', 'guest', now(), null, null);
select seq from ledger_append('${schoolId}', array[now()]::timestamptz[], array['system:bench'], array['person.added'], array['person:' || ':id'], array['{"fields":["givenName","familyName"]}'], array['{"actor":"system:bench","at":"2026-11-22T10:00:00.000Z","detail":{"fields":["givenName","familyName"]},"prev":"'], '","school":"${schoolId}","seq":', array[',"subject":"person:' || ':id' || '","type":"person.added","v":1}']);
commit;
`,
  )
  const run = spawnSync(
    'pgbench',
    ['-n', '-c', String(actors), '-j', '2', '-T', String(seconds), '-f', script, ownerUrl],
    { encoding: 'utf8' },
  )
  const theirs = Number(/tps = ([\d.]+)/.exec(run.stdout ?? '')?.[1] ?? Number.NaN)
  if (Number.isNaN(theirs)) {
    console.log(
      `  pgbench could not be run (${run.error?.message ?? run.stderr.trim().split('\n').at(-1)}); on Debian: apt-get install postgresql-15`,
    )
    return figures
  }
  return [
    ...figures,
    figure('the same transaction under pgbench', theirs, '/s'),
    figure('ours against pgbench', ours / theirs, '×', '≥ 0.5', ours / theirs >= 0.5),
  ]
}
