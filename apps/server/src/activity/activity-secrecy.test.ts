import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import pg from 'pg'
import { readConfig } from '../config.ts'
import { reportOf } from '../incidents/report-world.ts'
import { openInstallation } from '../installation.ts'
import { newId } from '../platform/identifiers.ts'
import { systemClock } from '../platform/clock.ts'
import { filesHolding } from '../testing/on-disk.ts'

/*
 * What a child typed and nobody had to see is nowhere on the server's disk: the whole data folder of an installation of its
 * own is searched, PostgreSQL's files and log among it (`standards.md` 1.3; UK GDPR Article 5(1)(c)).
 */

const dataFolder = mkdtempSync(join(tmpdir(), 'gatehouse-secret-'))
const said: string[] = []
const installation = await openInstallation(
  readConfig({ GATEHOUSE_DATA: dataFolder, PORT: '0', PROXY_PORT: '0' }),
  systemClock,
  line => said.push(line),
)
after(async () => {
  await installation.close()
  rmSync(dataFolder, { recursive: true, force: true })
})
const { app, ownerUrl } = installation
const schoolId = await app.services.school.create('Quiet school')

const holding = (word: string): string[] => filesHolding([dataFolder], word)
const asOwner = async <Row extends pg.QueryResultRow>(statement: string): Promise<Row[]> => {
  const client = new pg.Client({ connectionString: ownerUrl })
  await client.connect()
  try {
    return (await client.query<Row>(statement)).rows
  } finally {
    await client.end()
  }
}

test('the database that runs logs no statement, no parameter and no statement’s error', async () => {
  for (const [name, setting] of Object.entries({
    log_statement: 'none',
    log_min_duration_statement: '-1',
    log_min_duration_sample: '-1',
    log_transaction_sample_rate: '0',
    log_min_error_statement: 'panic',
    log_min_messages: 'log',
    log_error_verbosity: 'terse',
    log_parameter_max_length: '0',
    log_parameter_max_length_on_error: '0',
    logging_collector: 'off',
    shared_preload_libraries: '',
    session_preload_libraries: '',
  })) {
    const [row] = await asOwner<Record<string, string>>(`show ${name}`)
    assert.equal(row?.[name], setting, name)
  }
  // Nor does a role or a database say otherwise.
  assert.deepEqual(await asOwner("select * from pg_db_role_setting where array_to_string(setconfig, ',') ~ 'log_'"), [])
})

test('no query, no search and nothing else that was typed stays, from whatever log it came; what a rule stopped does', async () => {
  app.filtering.lists.ensure(app.clock())
  const { lists } = app.filtering.lists.open()
  const at = Math.floor(Date.now() / 1000) - 60
  async function* once(lines: readonly string[]) {
    yield lines
  }
  const squid = await app.services.activity.importLog(
    schoolId,
    once([
      `${at}.001 1 10.0.0.5 TCP_MISS/200 1 GET https://www.google.com/search?q=why+does+canaryone+hurt - NONE/- -`,
      `${at}.002 1 10.0.0.5 TCP_MISS/200 1 GET http://letters.example/write?draft=canarytwo#canarythree - NONE/- -`,
      `${at}.003 1 10.0.0.5 TCP_MISS/200 1 GET https://www.google.com/search?q=how+to+kill+myself+keptword - NONE/- -`,
      `${at}.004 1 10.0.0.5 TCP_MISS/200 1 GET http://canaryfour:canaryfive@login.example/ - NONE/- -`,
    ]),
    { lists },
  )
  assert.equal(squid.stored, 4)
  const json = await app.services.activity.importLog(
    schoolId,
    once([
      JSON.stringify({
        ts: at,
        client: '10.0.0.5',
        method: 'GET',
        url: 'http://forum.example/post?text=canarysix',
        code: 'TCP_MISS/200',
        referer: 'http://canaryseven.example/?q=canaryeight',
        body: 'canarynine',
      }),
      `{"ts": ${at}, "url": "http://broken.example/?canaryten`,
    ]),
    { lists, format: 'squid-json' },
  )
  assert.deepEqual([json.stored, json.rejected], [1, 1])
  const line = (changes: Record<string, unknown>): string =>
    JSON.stringify({
      v: 1,
      id: newId(),
      at: new Date(at * 1000).toISOString(),
      school: schoolId,
      personId: null,
      groups: ['juniors'],
      kind: 'page',
      method: 'GET',
      host: 'search.example',
      path: '/',
      category: 'none',
      verdict: 'allow',
      rule: 'group:juniors:unlisted',
      continued: false,
      ...changes,
    })
  await app.services.activity.takeSegment({
    id: 'secret-1',
    bytes: Buffer.from(
      [
        line({ path: '/find?q=canaryeleven' }),
        line({ term: 'canarytwelve' }),
        line({ heard: 'i want to kill myself canarynineteen' }),
        line({ personId: newId(), heard: 'i want to kill myself canarytwenty' }),
        line({ term: 'canarythirteen', verdict: 'block' }),
        line({ referrerHost: 'canaryfourteen.example' }),
        'canaryfifteen is no line',
      ].join('\n'),
    ),
  })
  await app.services.activityArchive.count(schoolId)
  // What somebody reports is kept sealed, and so is what the detector says of it.
  const { reportId } = await app.services.reports.receive(
    { kind: 'public', schoolId },
    reportOf('technical-fault', 'i want to kill myself canaryseventeen', {
      about: 'me',
      message: { form: 'pasted', content: Buffer.from('Subject: x\n\nkill yourself canaryeighteen') },
    }),
  )
  const [raised] = await app.read(schoolId, ({ reports }) => reports.unseenUrgent())
  assert.deepEqual([raised?.id, raised?.severity], [reportId, 5])
  // An error of a statement that holds such words, as a fault would make one.
  await app
    .read(schoolId, ({ activity }) =>
      activity.list({ from: new Date(0), to: new Date(), personId: 'canarysixteen' }, 1),
    )
    .then(
      () => assert.fail('it is no id'),
      () => undefined,
    )

  // To disk, all of it.
  await asOwner('checkpoint')
  const kept = await app.read(schoolId, ({ activity }) =>
    activity.list({ from: new Date((at - 60) * 1000), to: new Date(), isNotAllowed: true, host: 'www.google.com' }, 5),
  )
  assert.deepEqual(
    kept.map(({ term, verdict, category }) => [term, verdict, category]),
    [['how to kill myself keptword', 'warn', 'selfharm']],
  )
  assert.ok(holding('keptword').length > 0, 'the search finds what is there')
  assert.ok(holding('letters.example').length > 0)
  const words = [
    'one',
    'two',
    'three',
    'four',
    'five',
    'six',
    'seven',
    'eight',
    'nine',
    'ten',
    'eleven',
    'twelve',
    'thirteen',
    'fourteen',
    'fifteen',
    'sixteen',
    'seventeen',
    'eighteen',
    'nineteen',
    'twenty',
  ]
  for (const word of words) assert.deepEqual(holding(`canary${word}`), [], `canary${word}`)
  assert.doesNotMatch(said.join('\n'), /canary/)
})
