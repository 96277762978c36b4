import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import { readConcernFiles } from '../apps/server/src/concern-files.ts'
import { createDetector } from '../packages/engine/src/concern/index.ts'
import { falseAlarms, judgeAll, qualityOf, ratio, recallBySet, spanF1 } from './bench-concerns/measures.ts'
import { openPeers, type Peer } from './bench-concerns/peers.ts'
import { measureSpeed } from './bench-concerns/speed.ts'
import { lookAlikes, peerTrial, probeTotals, trialTotals } from './bench-concerns/trial.ts'
import { benignSources, type LabelledLine, readLabelled } from './concerns/labelled.ts'

/*
 * `npm run bench:concerns [-- --data DIR] [--write]`: every bar of the concern detector at its one default setting, false
 * alarms first, next to the peers in the same run. DIR (or GATEHOUSE_CONCERN_DATA) holds `dev/NAME.tsv.gz`. With --write the
 * figures go to `docs/detection.md`, between the two marks.
 */

const { values } = parseArgs({ options: { data: { type: 'string' }, write: { type: 'boolean' } } })
const data = values.data ?? process.env['GATEHOUSE_CONCERN_DATA']
const out: string[] = []
const say = (line = ''): void => {
  out.push(line)
  console.log(line)
}
const percent = (value: number): string => `${(100 * value).toFixed(1)} %`
const perTenThousand = (hits: number, of: number): string => ((10_000 * hits) / Math.max(1, of)).toFixed(1)
const notShown: string[] = []

interface Bar {
  readonly bar: string
  readonly goal: string
  readonly measured: string
  readonly met: boolean
}
const bars: Bar[] = []
const bar = (name: string, goal: string, measured: string, met: boolean): void => {
  bars.push({ bar: name, goal, measured, met })
}

const files = readConcernFiles()
const detector = createDetector(files)
const peers = await openPeers(line => notShown.push(line.replace(/^not shown: /, '')))

const lines: readonly LabelledLine[] =
  data && existsSync(join(data, 'dev')) ? readLabelled(join(data, 'dev')).lines : []
const sections: string[][] = []
const section = (title: string, head: readonly string[], rows: readonly (readonly string[])[]): void => {
  sections.push([
    `### ${title}`,
    '',
    `| ${head.join(' | ')} |`,
    `|${head.map(() => '---').join('|')}|`,
    ...rows.map(row => `| ${row.join(' | ')} |`),
    '',
  ])
}

if (lines.length === 0)
  notShown.push(
    'everything that is measured on the labelled sets: say where they lie with --data DIR or GATEHOUSE_CONCERN_DATA',
  )
else {
  const judged = judgeAll(detector, lines)
  const alarms = falseAlarms(judged)
  const hits = alarms.reduce((sum, share) => sum + share.hits, 0)
  const of = alarms.reduce((sum, share) => sum + share.of, 0)
  const highest = Math.max(...alarms.map(share => (10_000 * share.hits) / Math.max(1, share.of)))
  bar(
    'false alarms per 10,000 clean sentences',
    '≤ 10',
    `${perTenThousand(hits, of)} (${hits} of ${of})`,
    hits / of <= 0.001,
  )
  bar('– the worst source', '≤ 25', highest.toFixed(1), highest <= 25)
  section(
    'False alarms, by source',
    ['source', 'flagged', 'of', 'per 10,000'],
    alarms.map(share => [share.name, String(share.hits), String(share.of), perTenThousand(share.hits, share.of)]),
  )
  const selfharm = qualityOf(judged, ['suicidewatch-teens'], 'selfharm')
  bar(
    'self-harm, recall and F1 (suicidewatch-teens)',
    '≥ 88 / ≥ 88',
    `${(100 * selfharm.recall).toFixed(1)} / ${(100 * selfharm.f1).toFixed(1)}`,
    selfharm.recall >= 0.88 && selfharm.f1 >= 0.88,
  )
  const spans = spanF1(judged)
  bar('places shown, character-F1 (toxicspans)', '≥ 65', (100 * spans.f1).toFixed(1), spans.f1 >= 0.65)
  notShown.push(
    'hate on a functional test (HateCheck or HatemojiCheck): no such set is here; the adversarial sets below are not that test',
  )
  notShown.push('risky and safe searches: no labelled set of searches is here')
  section(
    'Found by source and category (labelled sets, development part)',
    ['source', 'category', 'flagged', 'with this category', 'lines'],
    recallBySet(judged).map(row => [
      row.source,
      row.concern,
      percent(ratio(row.flagged, row.of)),
      percent(ratio(row.named, row.of)),
      String(row.of),
    ]),
  )
  section(
    'Hatred in sets that are not the functional test',
    ['source', 'accuracy', 'macro-F1', 'precision', 'recall', 'lines'],
    ['toxigen-prompts', 'hatemojibuild', 'stormfront', 'davidson'].map(name => {
      const quality = qualityOf(judged, [name], 'hate')
      return [
        name,
        quality.accuracy.toFixed(3),
        quality.macroF1.toFixed(3),
        percent(quality.precision),
        percent(quality.recall),
        String(quality.of),
      ]
    }),
  )
}

const own = {
  found: trialTotals(detector, 'concerns.tsv'),
  disguised: trialTotals(detector, 'disguised.tsv'),
  alike: lookAlikes(detector),
}
const all = own.found.find(({ name }) => name === 'all')
const hidden = own.disguised.find(({ name }) => name === 'all')
bar(
  'school look-alikes flagged',
  '≤ 1.5 %',
  `${percent(ratio(own.alike.found, own.alike.of))} (${own.alike.found} of ${own.alike.of})`,
  ratio(own.alike.found, own.alike.of) <= 0.015,
)
if (all && hidden) {
  const least = Math.min(...own.found.filter(({ name }) => name !== 'all').map(({ found, of }) => ratio(found, of)))
  bar(
    'pupil-like concerns found / right category',
    '≥ 80 % / ≥ 75 %',
    `${percent(ratio(all.found, all.of))} / ${percent(ratio(all.right, all.of))}`,
    all.found / all.of >= 0.8 && all.right / all.of >= 0.75,
  )
  bar('– the worst category', '≥ 60 %', percent(least), least >= 0.6)
  bar('the same, disguised', '≥ 70 %', percent(ratio(hidden.found, hidden.of)), hidden.found / hidden.of >= 0.7)
  section(
    'Pupil-like concerns by category (trial set)',
    ['category', 'found', 'right category', 'lines', 'disguised: found', 'lines'],
    own.found.map(row => {
      const other = own.disguised.find(({ name }) => name === row.name)
      return [
        row.name,
        percent(ratio(row.found, row.of)),
        percent(ratio(row.right, row.of)),
        String(row.of),
        other ? percent(ratio(other.found, other.of)) : '–',
        String(other?.of ?? 0),
      ]
    }),
  )
  const probe = probeTotals(detector)
  section(
    'An author who is not learnt from, of the hard kind (`probe.tsv`)',
    ['concerns found', 'right category', 'lines', 'harmless lines flagged', 'lines'],
    [
      [
        percent(ratio(probe.found.found, probe.found.of)),
        percent(ratio(probe.found.right, probe.found.of)),
        String(probe.found.of),
        percent(ratio(probe.alike.found, probe.alike.of)),
        String(probe.alike.of),
      ],
    ],
  )
}

const plain = lines
  .filter(({ source }) => benignSources.includes(source))
  .map(({ text }) => text)
  .join(' ')
  .slice(0, 600_000)
if (plain.length >= 100_000) {
  const speed = measureSpeed(plain, peers)
  const obscenity = speed.peers.find(({ name }) => name.startsWith('obscenity'))
  bar(
    'speed, texts of 100 characters',
    '≥ 2.5 × obscenity',
    `${speed.own.wall.toFixed(1)} MB/s${obscenity ? `, ${(speed.own.wall / obscenity.wall).toFixed(1)} ×; of processor time ${speed.own.cpu.toFixed(1)} MB/s, ${(speed.own.cpu / obscenity.cpu).toFixed(1)} ×` : ''}`,
    obscenity !== undefined && speed.own.cpu >= 2.5 * obscenity.cpu,
  )
  bar(
    'start-up',
    '≤ 150 ms',
    `${speed.startMs.toFixed(0)} ms, of processor time ${speed.startCpuMs.toFixed(0)} ms; the first in a process ${speed.firstStartMs.toFixed(0)} ms`,
    speed.startMs <= 150,
  )
  bar(
    'adversarial text, time a byte against plain',
    '≤ 2 ×',
    `${speed.worst.time.toFixed(2)} × (${speed.worst.name})`,
    speed.worst.time <= 2,
  )
  const benign = lines.filter(({ source }) => benignSources.includes(source))
  const peerRow = (peer: Peer): string[] => {
    const flagged = benign.filter(({ text }) => peer.flags(text)).length
    const trial = peerTrial(peer)
    const positives = lines.filter(
      ({ source, labels }) => source === 'suicidewatch-teens' && labels.includes('selfharm'),
    )
    return [
      peer.name,
      perTenThousand(flagged, benign.length),
      percent(trial.lookAlikes),
      percent(ratio(positives.filter(({ text }) => peer.flags(text)).length, positives.length)),
      percent(trial.found),
      percent(trial.disguised),
      (speed.peers.find(({ name }) => name === peer.name)?.wall ?? 0).toFixed(1),
    ]
  }
  const measured = (name: string): string => bars.find(row => row.bar.startsWith(name))?.measured ?? '–'
  section(
    'Peers in the same run, at their default settings',
    [
      'detector',
      'false alarms per 10,000',
      'look-alikes flagged',
      'self-harm found',
      'pupil-like found',
      'disguised found',
      'MB/s',
    ],
    [
      [
        'Gatehouse',
        measured('false alarms').split(' ')[0] ?? '',
        measured('school look-alikes').split(' (')[0] ?? '',
        measured('self-harm').split(' / ')[0] ?? '',
        measured('pupil-like').split(' / ')[0] ?? '',
        measured('the same'),
        speed.own.wall.toFixed(1),
      ],
      ...peers.map(peerRow),
    ],
  )
} else notShown.push('speed, start-up and adversarial text: they are measured on harmless lines of the labelled sets')

const raw = files.model.length + Object.values(files.lexicon).reduce((sum, text) => sum + Buffer.byteLength(text), 0)
const packed = gzipSync(Buffer.concat([files.model, ...Object.values(files.lexicon).map(text => Buffer.from(text))]), {
  level: 9,
}).length
bar(
  'weights and lexicon',
  '≤ 3 MB',
  `${(raw / 1e6).toFixed(2)} MB, ${(packed / 1e6).toFixed(2)} MB gzipped`,
  raw <= 3e6,
)

say(
  `Detector ${detector.version}, Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, load ${loadavg()[0]?.toFixed(1)}.`,
)
say()
say('| bar | goal | measured | met |')
say('|---|---|---|---|')
for (const row of bars) say(`| ${row.bar} | ${row.goal} | ${row.measured} | ${row.met ? 'yes' : '**no**'} |`)
say()
for (const line of sections.flat()) say(line)
say('### Not shown')
say()
for (const line of notShown) say(`- ${line}`)

if (values.write) {
  const page = new URL('../docs/detection.md', import.meta.url)
  const [before, rest] = readFileSync(page, 'utf8').split('<!-- figures -->\n')
  const after = rest?.split('<!-- /figures -->')[1]
  if (before === undefined || after === undefined)
    throw new Error('docs/detection.md has no place marked for the figures')
  writeFileSync(page, `${before}<!-- figures -->\n\n${out.join('\n')}\n\n<!-- /figures -->${after}`)
}
