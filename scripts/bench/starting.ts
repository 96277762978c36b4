import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Figure, figure } from './measure.ts'

const command = join(import.meta.dirname, '../../apps/server/bin/gatehouse')

/** Starts `serve` on a data folder and gives the milliseconds until it says its address. */
async function start(dataFolder: string): Promise<{ ms: number; pid: number; stop(): Promise<void> }> {
  const began = performance.now()
  const child = spawn(command, ['serve'], {
    env: { ...process.env, GATEHOUSE_DATA: dataFolder, PORT: '0', PROXY_PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<void>(resolve => child.on('exit', () => resolve()))
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', chunk => {
      if (String(chunk).includes('http://')) resolve()
    })
    child.on('exit', code => reject(new Error(`serve ended with ${code}`)))
  })
  return {
    ms: performance.now() - began,
    pid: child.pid ?? 0,
    stop: async () => {
      child.kill('SIGTERM')
      await ended
    },
  }
}

/** A process and all that it started, by the parents named in /proc. */
function family(root: number): number[] {
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]))
    } catch {
      // It ended while we looked.
    }
  }
  const found = [root]
  for (let n = 0; n < found.length; n++)
    for (const [pid, parent] of parents) if (parent === found[n] && !found.includes(pid)) found.push(pid)
  return found
}

/** Proportional set size in MB: memory shared by several processes is counted once. */
function pss(pid: number): number {
  try {
    return Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}

/** Start-up cold and warm, and memory at rest of every process: web, gateway and database. */
export async function benchStarting(): Promise<Figure[]> {
  const dataFolder = mkdtempSync(join(tmpdir(), 'gatehouse-start-'))
  try {
    const cold = await start(dataFolder)
    await cold.stop()
    const warm = await start(dataFolder)
    await new Promise(resolve => setTimeout(resolve, 8_000))
    const note = readFileSync(join(readFolder(dataFolder), 'postmaster.pid'), 'utf8')
    const all = [...new Set([...family(warm.pid), ...family(Number(note.split('\n')[0]))])]
    const memory = all.map(pss).reduce((sum, each) => sum + each, 0)
    await warm.stop()
    return [
      figure('start, first time (makes the database and the style sheet)', cold.ms / 1000, 's'),
      figure('start, warm', warm.ms / 1000, 's', '< 3', warm.ms < 3_000),
      figure(`memory at rest, ${all.length} processes (PSS)`, memory, 'MB', '< 350', memory < 350),
    ]
  } finally {
    rmSync(dataFolder, { recursive: true, force: true })
  }
}

/** Where the cluster is: in the data folder, or where its note says. */
function readFolder(dataFolder: string): string {
  try {
    return readFileSync(join(dataFolder, 'postgres.location'), 'utf8').trim()
  } catch {
    return join(dataFolder, 'postgres')
  }
}
