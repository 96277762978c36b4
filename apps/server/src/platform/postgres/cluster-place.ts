import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { CannotStart } from './cannot-start.ts'
import { canEnter, isRoot, postgresAccount, type ServerUser } from './server-user.ts'

/** Where a data folder's cluster is, or will be made, and whom its server runs as. */
export interface ClusterPlace {
  /** Holds `postgres` (the cluster), `postgres.log` and the socket's folder. */
  readonly folder: string
  readonly cluster: string
  readonly user: ServerUser | undefined
}

/** In the data folder, when the cluster is elsewhere: that place's path. Belongs in no backup. */
const locationName = 'postgres.location'
/** In a place elsewhere: the data folder it belongs to. */
const ownerName = 'data-folder'

/**
 * The cluster is `<data>/postgres` wherever the account that runs the server can get there. As root it often cannot
 * (`/root` is closed to others): then the cluster is made in a folder of its own beneath `outsideFolder`, the data folder
 * records which, and the log says so. A data folder that root closed to everybody is opened for passing through, to
 * that account's group only.
 *
 * @throws {CannotStart} when the recorded place is gone, belongs to another data folder, or cannot be reached.
 */
export function clusterPlace(dataFolder: string, outsideFolder: string, log: (line: string) => void): ClusterPlace {
  const data = realpathSync(dataFolder)
  const recorded = recordedPlace(data)
  const folder = recorded ?? data
  const cluster = path.join(folder, 'postgres')
  if (existsSync(cluster)) {
    const user = ownerOf(cluster)
    if (!canEnter(folder, user)) {
      throw new CannotStart(
        `The account that owns the database cannot enter ${folder}: type "chmod o+x" for each folder above it that is closed to others`,
      )
    }
    return { folder, cluster, user }
  }
  const user = isRoot() ? postgresAccount(log) : undefined
  if (recorded !== undefined || canEnter(data, user) || (user && openToGroup(data, user)))
    return { folder, cluster, user }
  const outside = makeOutside(data, outsideFolder)
  log(
    `PostgreSQL's account cannot reach ${data}: the database is in ${outside}, as ${path.join(data, locationName)} records`,
  )
  return { folder: outside, cluster: path.join(outside, 'postgres'), user }
}

/** An existing cluster is run by its owner, so that root may carry on what an ordinary user began. */
function ownerOf(cluster: string): ServerUser | undefined {
  const { uid, gid } = statSync(cluster)
  if (process.getuid === undefined || uid === process.getuid()) {
    if (isRoot())
      throw new CannotStart(
        `The database ${cluster} belongs to root, as whom PostgreSQL refuses to run: give it to the account "postgres" with chown -R`,
      )
    return undefined
  }
  if (isRoot()) return { uid, gid }
  throw new CannotStart(
    `The database ${cluster} belongs to another account (number ${uid}): run as that account or as root, or set GATEHOUSE_DATA to a folder of your own`,
  )
}

function recordedPlace(data: string): string | undefined {
  const location = path.join(data, locationName)
  if (!existsSync(location)) return undefined
  const folder = readFileSync(location, 'utf8').trim()
  const note = path.join(folder, ownerName)
  if (!existsSync(note)) {
    throw new CannotStart(
      `Expected the database of ${data} in ${folder}, found nothing there: put it back, or remove ${location} to begin with an empty one`,
    )
  }
  const owner = readFileSync(note, 'utf8').trim()
  if (owner !== data) {
    if (
      existsSync(path.join(owner, locationName)) &&
      readFileSync(path.join(owner, locationName), 'utf8').trim() === folder
    ) {
      throw new CannotStart(
        `${data} is a copy of ${owner}, whose database is in ${folder}: remove ${location} to begin with an empty one`,
      )
    }
    // The data folder was moved.
    writeFileSync(note, `${data}\n`)
  }
  return folder
}

/** @returns whether that was enough. Never loosens a folder that is not root's own, nor one that has rights for a group. */
function openToGroup(data: string, user: ServerUser): boolean {
  const { uid, mode } = statSync(data)
  if (uid !== 0 || (mode & 0o070) !== 0 || !canEnter(path.dirname(data), user)) return false
  chownSync(data, 0, user.gid)
  chmodSync(data, (mode & 0o7777) | 0o010)
  return canEnter(data, user)
}

function makeOutside(data: string, outsideFolder: string): string {
  mkdirSync(outsideFolder, { recursive: true, mode: 0o711 })
  const folder = path.join(outsideFolder, randomBytes(8).toString('hex'))
  mkdirSync(folder)
  // The mode given to mkdir is subject to the umask.
  for (const opened of [outsideFolder, folder]) chmodSync(opened, 0o711)
  writeFileSync(path.join(folder, ownerName), `${data}\n`, { flush: true })
  writeFileSync(path.join(data, locationName), `${folder}\n`, { flush: true, mode: 0o600 })
  return folder
}

/** Places beneath `outsideFolder` that once served this data folder path and no longer do: the folder was deleted and made again. */
export function abandonedPlaces(dataFolder: string, outsideFolder: string, current: string): string[] {
  if (!isRoot() || !existsSync(outsideFolder)) return []
  const data = realpathSync(dataFolder)
  return readdirSync(outsideFolder)
    .map(name => path.join(outsideFolder, name))
    .filter(folder => folder !== current && existsSync(path.join(folder, ownerName)))
    .filter(folder => readFileSync(path.join(folder, ownerName), 'utf8').trim() === data)
}
