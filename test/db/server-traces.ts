import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import pg from 'pg'

/** What a running server has on this machine. */
export type ServerTraces = { folder: string; postmaster: number; guard: number; sharedMemory: string }

export async function findTraces(url: string): Promise<ServerTraces> {
  const [row] = await query(url, 'show data_directory')
  const data = String(row?.data_directory)
  const lines = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')
  const postmaster = Number(lines[0])
  return { folder: dirname(data), postmaster, guard: parentOf(postmaster), sharedMemory: segmentOf(lines[6]) }
}

export function listTraces(traces: ServerTraces): string[] {
  const left: string[] = []
  if (existsSync(`/proc/${traces.postmaster}`)) left.push('postmaster')
  if (existsSync(traces.folder)) left.push(traces.folder)
  if (listSharedMemory().includes(traces.sharedMemory)) left.push('shared memory')
  return left
}

/** Also true of a zombie: where nobody collects orphans, those of a killed parent stay. */
export const hasEnded = (pid: number): boolean =>
  !existsSync(`/proc/${pid}`) || readFileSync(`/proc/${pid}/cmdline`, 'utf8') === ''

export async function query(connectionString: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString })
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

const parentOf = (pid: number): number =>
  Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])

const segmentOf = (line = ''): string => line.trim().split(/\s+/)[1] ?? ''

const listSharedMemory = (): (string | undefined)[] =>
  readFileSync('/proc/sysvipc/shm', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/)[1])
