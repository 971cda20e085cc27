/**
 * What a killed server leaves: a lock file naming a process that no longer exists or is somebody else by now,
 * backends that have not noticed, and a small segment of shared memory.
 */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Cluster } from './embedded-cluster.ts'

/** Lines of postmaster.pid, as PostgreSQL's pidfile.h numbers them from 1. */
const PID = 0
const SHARED_MEMORY = 6
const STATUS = 7

export const isReady = (cluster: Cluster, pid: number | undefined): boolean => {
  const lines = readLockFile(cluster)
  return Number(lines[PID]) === pid && lines[STATUS]?.trim() === 'ready'
}

/**
 * Postgres believes a lock file whose process exists, even when the number has since gone to another program, as it
 * does when a container starts again. It never believes one that names its own parent, so there we put ourselves:
 * deleting the file would also switch off its check for backends that are still at work.
 */
export async function prepareLockFile(cluster: Cluster): Promise<void> {
  const lines = readLockFile(cluster)
  const pid = Number(lines[PID])
  if (!pid || !isAlive(pid)) return
  if (isServerOf(cluster, pid)) {
    throw new Error(
      `A Postgres (process ${pid}) is already running on ${cluster.folder}. ` +
        `Stop the program that started it, or end it yourself with: kill -INT ${pid}`,
    )
  }
  writeFileSync(lockFileOf(cluster), [process.pid, ...lines.slice(PID + 1)].join('\n'))
}

/** For a server that ended properly there is no lock file, and nothing to do. */
export async function clearRemains(cluster: Cluster): Promise<void> {
  const segment = readLockFile(cluster)[SHARED_MEMORY]?.trim().split(/\s+/)[1]
  for (const pid of listBackends(cluster)) endAtOnce(pid)
  if (segment) spawnSync('ipcrm', ['-m', segment], { env: { PATH: '/usr/bin:/bin' }, stdio: 'ignore' })
}

function readLockFile(cluster: Cluster): string[] {
  try {
    return readFileSync(lockFileOf(cluster), 'utf8').split('\n')
  } catch {
    return []
  }
}

const lockFileOf = (cluster: Cluster): string => join(cluster.data, 'postmaster.pid')

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Without /proc we believe the lock file, as Postgres does. */
const isServerOf = (cluster: Cluster, pid: number): boolean =>
  process.platform !== 'linux' || commandOf(pid).includes(cluster.name)

/** Postgres shows the cluster's name in the title of each of its processes. */
function listBackends(cluster: Cluster): number[] {
  if (process.platform !== 'linux') return []
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger)
  return pids.filter((pid) => commandOf(pid).startsWith(`postgres: ${cluster.name}: `))
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

function endAtOnce(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended meanwhile.
  }
}
