import { readFileSync } from 'node:fs'

/** Resident memory of a process in megabytes; null where it is gone, or the system does not tell. */
export function readRss(pid: number | undefined): number | null {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kilobytes === undefined ? null : Number(kilobytes) / 1024
  } catch {
    return null
  }
}
