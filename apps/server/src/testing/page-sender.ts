import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compose } from '../compose.ts'
import { readConfig } from '../config.ts'
import { buildAssets } from '../platform/assets.ts'
import { connect } from '../platform/database.ts'
import { openKeys } from '../platform/keys.ts'
import { openLedgerHeads } from '../platform/ledger-heads.ts'

/*
 * A process of its own that sends what pages wait, once, and may be killed in the middle of it. Arguments: database URL, data
 * folder, school, the time it is. The environment is the server's.
 */
const [, , url = '', dataFolder = '', schoolId = '', time = ''] = process.argv
const connections = connect(url, { max: 4, onFault: () => undefined })
const heads = openLedgerHeads(dataFolder)
const app = compose({
  config: readConfig({ ...process.env, GATEHOUSE_DATA: dataFolder, PORT: '0', PROXY_PORT: '0' }),
  keys: openKeys(join(dataFolder, 'keys')),
  connections,
  heads,
  assets: await buildAssets(join(tmpdir(), `gatehouse-test-${process.getuid?.() ?? 'user'}`, 'assets')),
  clock: () => new Date(time),
  log: () => undefined,
})
await app.services.paging.deliver(schoolId)
await app.server.close()
await connections.close()
heads.close()
