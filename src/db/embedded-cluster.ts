import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { lstat, mkdir, mkdtemp, readFile, realpath, rename, rm, rmdir, stat, symlink, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Binaries, findBinaries } from './embedded-binaries.ts'
import { initialiseCluster } from './embedded-initdb.ts'
import { findReachablePlace } from './embedded-place.ts'
import { canReach, findServerUser, isRoot, type ServerUser } from './embedded-user.ts'

/** A folder with `password` and, beside it, `data`: what Postgres itself calls a database cluster. */
export type Cluster = {
  /** The same for every start on the same data, and different for any other. */
  name: string
  folder: string
  data: string
  password: string
  user: ServerUser
  binaries: Binaries
  isTemporary: boolean
}

export async function openCluster(options: { dataDir: string | undefined; tmpDir: string }): Promise<Cluster> {
  if (options.dataDir === undefined) return createTemporaryCluster(options.tmpDir)
  if (!existsSync(join(options.dataDir, 'data'))) await createLastingCluster(options.dataDir)
  return readCluster(options.dataDir, await findOwner(options.dataDir), false)
}

/** Removes what was temporary. */
export async function closeCluster(cluster: Cluster): Promise<void> {
  if (cluster.isTemporary) await removeFolder(cluster.folder)
}

async function createTemporaryCluster(tmpDir: string): Promise<Cluster> {
  const user = findServerUser()
  const place = canReach(user, tmpDir) ? tmpDir : findReachablePlace(user)
  const folder = await mkdtemp(join(place, 'causeway-postgres-'))
  try {
    await initialiseCluster(folder, user)
    return await readCluster(folder, user, true)
  } catch (error) {
    await removeFolder(folder)
    throw error
  }
}

/** Made elsewhere and moved into place when complete, so that an interrupted first start leaves no half a database. */
async function createLastingCluster(dataDir: string): Promise<void> {
  await makeWay(dataDir)
  await mkdir(dirname(dataDir), { recursive: true })
  const user = findServerUser()
  const isNear = canReach(user, dirname(dataDir))
  const draft = await mkdtemp(isNear ? `${dataDir}-` : join(findReachablePlace(user), 'data-'))
  try {
    await initialiseCluster(draft, user)
    await (isNear ? rename(draft, dataDir) : symlink(draft, dataDir))
  } catch (error) {
    await removeFolder(draft)
    if (!existsSync(join(dataDir, 'data'))) throw error
  }
}

/** Only an empty folder may be in the way, or a link whose target somebody has deleted. */
async function makeWay(dataDir: string): Promise<void> {
  const found = await lstat(dataDir).catch(() => undefined)
  if (!found) return
  const isDeadLink = found.isSymbolicLink() && !existsSync(dataDir)
  await (isDeadLink ? unlink(dataDir) : rmdir(dataDir)).catch((cause) => {
    throw new Error(`${dataDir} is something else than a database of ours: choose another folder`, { cause })
  })
}

async function readCluster(folder: string, user: ServerUser, isTemporary: boolean): Promise<Cluster> {
  const password = await readFile(join(folder, 'password'), 'utf8')
  const data = await realpath(join(folder, 'data'))
  return {
    name: `causeway-${createHash('sha256').update(data).digest('hex').slice(0, 12)}`,
    folder,
    data,
    password: password.trim(),
    user,
    binaries: await findBinaries(user),
    isTemporary,
  }
}

/** Root runs the server as whoever the data belongs to, so that both can start the same checkout in turn. */
async function findOwner(dataDir: string): Promise<ServerUser> {
  const { uid, gid } = await stat(join(dataDir, 'data'))
  if (isRoot()) return uid === 0 ? findServerUser() : { uid, gid }
  if (uid !== process.getuid?.()) {
    throw new Error(`${dataDir} belongs to another user (uid ${uid}): run as that user, or choose another folder`)
  }
  return { uid, gid }
}

/** Backends of a server that was killed may still be closing their files. */
const removeFolder = (folder: string): Promise<void> =>
  rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
