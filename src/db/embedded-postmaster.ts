import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from './embedded-cluster.ts'
import { findFreePort, isPortFree } from './embedded-port.ts'
import { clearRemains, isReady, prepareLockFile } from './embedded-remains.ts'

export type Postmaster = {
  port: number
  /** Fast, and if that takes too long immediate. Harmless when it has ended already. */
  stop(): Promise<void>
  kill(): Promise<void>
}

type PostmasterOptions = { cluster: Cluster; settings: Record<string, string>; port?: number }

const START_TIMEOUT_MS = 60_000
const FAST_STOP_MS = 8_000
const IMMEDIATE_STOP_MS = 4_000
const ATTEMPTS = 5
const ORPHANS_MS = 15_000

const SETTINGS = {
  listen_addresses: '127.0.0.1',
  // No socket file and no segment in /dev/shm: nothing outside the data folder to leave behind.
  unix_socket_directories: '',
  dynamic_shared_memory_type: 'mmap',
  max_connections: '200',
  timezone: 'UTC',
  log_timezone: 'UTC',
  jit: 'off',
}

/** Without a port it looks for one, and for another when somebody took it meanwhile. */
export async function startPostmaster(options: PostmasterOptions): Promise<Postmaster> {
  await prepareLockFile(options.cluster)
  const giveUpAt = Date.now() + ORPHANS_MS
  for (let attempt = 1; ; attempt += 1) {
    const port = options.port ?? (await findFreePort())
    const { child, log } = spawnPostmaster(options, port)
    if (await becomesReady(child, options.cluster)) return postmasterOf(child, options.cluster, port)
    await endOf(child)
    const mayStart = leavesOrphans(log()) ? Date.now() < giveUpAt : attempt < ATTEMPTS && !(await isPortFree(port))
    if (!mayStart) throw new Error(`Postgres did not start: ${log().trim()}`)
    await sleep(200)
  }
}

/** The children of one that was killed are still at work: they notice soon, later on a busy machine. */
const leavesOrphans = (log: string): boolean => log.includes('pre-existing shared memory block')

function spawnPostmaster({ cluster, settings }: PostmasterOptions, port: number) {
  const all = Object.entries({ ...SETTINGS, ...settings, port: String(port), cluster_name: cluster.name })
  const args = ['-D', cluster.data, ...all.flatMap(([name, value]) => ['-c', `${name}=${value}`])]
  const child = spawn(cluster.binaries.postgres, args, {
    ...cluster.user,
    cwd: '/',
    env: { LC_ALL: 'C', TZ: 'UTC' },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let log = ''
  child.on('error', (error) => {
    log += error.message
  })
  child.stderr.on('data', (chunk: Buffer) => {
    log = (log + chunk).slice(-4_000)
  })
  return { child, log: () => log }
}

async function becomesReady(child: ChildProcess, cluster: Cluster): Promise<boolean> {
  const deadline = Date.now() + START_TIMEOUT_MS
  while (!hasEnded(child) && Date.now() < deadline) {
    if (isReady(cluster, child.pid)) return true
    await sleep(15)
  }
  return false
}

const postmasterOf = (child: ChildProcess, cluster: Cluster, port: number): Postmaster => ({
  port,
  stop: async () => {
    await endOf(child)
    await clearRemains(cluster)
  },
  kill: async () => {
    child.kill('SIGKILL')
    await waitForEnd(child, IMMEDIATE_STOP_MS)
  },
})

async function endOf(child: ChildProcess): Promise<void> {
  const steps = [
    ['SIGINT', FAST_STOP_MS],
    ['SIGQUIT', IMMEDIATE_STOP_MS],
    ['SIGKILL', IMMEDIATE_STOP_MS],
  ] as const
  for (const [signal, patience] of steps) {
    if (hasEnded(child)) return
    child.kill(signal)
    await waitForEnd(child, patience)
  }
}

async function waitForEnd(child: ChildProcess, patience: number): Promise<void> {
  if (hasEnded(child)) return
  await once(child, 'exit', { signal: AbortSignal.timeout(patience) }).catch(() => {})
}

const hasEnded = (child: ChildProcess): boolean =>
  child.pid === undefined || child.exitCode !== null || child.signalCode !== null
