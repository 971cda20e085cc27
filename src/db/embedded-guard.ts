/**
 * The process between us and an embedded Postgres. It owns the server and its files, and when the channel to the
 * process that asked for them closes, for whatever reason, it stops the one and removes the other.
 */
import { type Cluster, closeCluster, openCluster } from './embedded-cluster.ts'
import { type Postmaster, startPostmaster } from './embedded-postmaster.ts'

export type GuardOrder =
  | { do: 'start'; dataDir: string | undefined; settings: Record<string, string>; tmpDir: string }
  | { do: 'restart' }
  | { do: 'kill' }
  | { do: 'stop' }

export type GuardAnswer = { url: string } | { error: string }

type StartOrder = Extract<GuardOrder, { do: 'start' }>

let settings: Record<string, string> = {}
let cluster: Cluster | undefined
let postmaster: Postmaster | undefined
let lastTask: Promise<void> = Promise.resolve()

process.on('message', (order: GuardOrder) => inTurn(() => carryOut(order)))
process.on('disconnect', () => inTurn(leave))
process.on('SIGTERM', () => inTurn(leave))
process.on('SIGINT', () => {})
process.on('SIGHUP', () => {})

/** One thing at a time: an owner who dies while the server starts is noticed once it has started. */
function inTurn(task: () => Promise<void>): void {
  lastTask = lastTask.then(task).catch(giveUp)
}

async function carryOut(order: GuardOrder): Promise<void> {
  if (order.do === 'start') await start(order)
  if (order.do === 'restart') await restart()
  if (order.do === 'kill') await postmaster?.kill()
  if (order.do === 'stop') await leave()
}

async function start(order: StartOrder): Promise<void> {
  settings = order.settings
  cluster = await openCluster(order)
  postmaster = await startPostmaster({ cluster, settings })
  await answer({ url: urlOf(cluster, postmaster) })
}

async function restart(): Promise<void> {
  if (!cluster || !postmaster) throw new Error('There is no server to restart')
  await postmaster.stop()
  postmaster = await startPostmaster({ cluster, settings, port: postmaster.port })
  await answer({ url: urlOf(cluster, postmaster) })
}

async function leave(): Promise<void> {
  await cleanUp()
  process.exit(0)
}

async function giveUp(error: unknown): Promise<void> {
  await cleanUp().catch(() => {})
  await answer({ error: error instanceof Error ? error.message : String(error) })
  process.exit(1)
}

async function cleanUp(): Promise<void> {
  await postmaster?.stop()
  if (cluster) await closeCluster(cluster)
}

/** The owner may be gone: then nobody needs the answer. */
async function answer(message: GuardAnswer): Promise<void> {
  if (!process.connected) return
  await new Promise<void>((resolve) => process.send?.(message, undefined, undefined, () => resolve()))
}

const urlOf = (cluster: Cluster, postmaster: Postmaster): string =>
  `postgres://postgres:${cluster.password}@127.0.0.1:${postmaster.port}/postgres`
