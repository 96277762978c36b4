import { readConfig } from '../config.ts'
import { openInstallation } from '../installation.ts'
import { systemClock } from '../platform/clock.ts'
import { listen } from '../platform/http.ts'
import { takeInstanceLock } from '../platform/postgres/instance-lock.ts'
import { startWorker } from '../worker.ts'
import type { Command } from './command.ts'

export const serveCommand: Command = {
  name: 'serve',
  usage: 'serve',
  does: 'starts the web pages, the background work and the filtering gateway',
  run: async (_, { environment, out, say }) => {
    const config = readConfig(environment)
    const lock = takeInstanceLock(config.dataFolder, systemClock())
    const installation = await openInstallation(config, systemClock, say)
    const { app } = installation
    const port = await listen(app.server, config.host, config.port)
    // After listening: the pages do not wait for the queue.
    const worker = startWorker(app, { ownerUrl: installation.ownerUrl, log: say })
    worker.catch(error =>
      say(`The background work did not start: ${error instanceof Error ? error.message : 'unknown fault'}`),
    )
    const filtering = app.filtering.start(`http://${config.host.includes(':') ? '[::1]' : '127.0.0.1'}:${port}`)
    filtering.then(
      work => out(`  The internet filter is running: ${config.host}:${work.gateway.port} (HTTP proxy)`),
      error => say(`THE INTERNET FILTER DID NOT START: ${error instanceof Error ? error.message : 'unknown fault'}`),
    )
    out('')
    out(`  Gatehouse is running: http://${config.host === '127.0.0.1' ? 'localhost' : config.host}:${port}`)
    out('  Stop it with Ctrl+C.')
    out('')
    await new Promise<void>(resolve => {
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve())
    })
    await (await worker.catch(() => null))?.stop()
    await (await filtering.catch(() => null))?.stop()
    await installation.close()
    lock.release()
    return 0
  },
}
