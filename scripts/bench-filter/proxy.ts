/** Through the embedded proxy: what filtering costs there, and how soon a change has reached every gateway. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { measureGateway } from '../../apps/gateway/src/bench.ts'
import { listsFolder } from './corpus.ts'
import type { BenchRow } from './row.ts'

export async function run(): Promise<readonly BenchRow[]> {
  const lists = compiled()
  const found = await measureGateway(lists)
  const note = lists ? 'every published list' : 'two names in the lists: no folder of lists was given'
  const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`
  const ms = (value: number): string => `${value.toFixed(3)} ms`
  return [
    {
      bar: 'embedded proxy, filter on against filter off, pages of 1 kB',
      measured: found.smallPages.toFixed(3),
      goal: '≥ 0.95',
      met: found.smallPages >= 0.95,
      note: `${found.onPerSecond.toFixed(0)} against ${found.offPerSecond.toFixed(0)} requests/s, ${note}`,
    },
    {
      bar: 'the same, pages of 32 kB',
      measured: found.largePages.toFixed(3),
      goal: '≥ 0.95',
      met: found.largePages >= 0.95,
    },
    {
      bar: 'processor time a request, filter on',
      measured: `${found.onMicroseconds.toFixed(0)} µs`,
      goal: '',
      met: null,
      note: `off ${found.offMicroseconds.toFixed(0)} µs`,
    },
    {
      bar: 'latency added by the filter, p99',
      measured: ms(found.addedP99Ms),
      goal: '< 0.5 ms',
      met: found.addedP99Ms < 0.5,
      note: `p50 ${ms(found.addedP50Ms)}`,
    },
    {
      bar: 'memory with 1,000 connections',
      measured: mib(found.heldBytes),
      goal: '< 200 MiB',
      met: found.heldBytes < 200 * 2 ** 20,
      note: `1,000 tunnels held open; ${mib(found.idleBytes)} before`,
    },
    {
      bar: 'change to effect, one gateway',
      measured: `${found.oneGatewaySeconds.toFixed(1)} s`,
      goal: '< 5 s',
      met: found.oneGatewaySeconds < 5,
      note: 'from the bundle’s being published',
    },
    {
      bar: 'change to effect, the last of ten gateways',
      measured: `${found.tenGatewaysSeconds.toFixed(1)} s`,
      goal: '< 60 s',
      met: found.tenGatewaysSeconds < 60,
      note: 'all ten on this machine',
    },
  ]
}

/** The published lists, compiled; undefined, with a word on it, where there is no folder of them. */
function compiled(): Uint8Array | undefined {
  const folder = listsFolder()
  if (!folder) return undefined
  const temporary = mkdtempSync(join(tmpdir(), 'gatehouse-bench-proxy-'))
  try {
    const out = join(temporary, 'compiled.lists')
    execFileSync(process.execPath, [join(import.meta.dirname, 'compile-folder.ts'), folder, out], { stdio: 'ignore' })
    return readFileSync(out)
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
}
