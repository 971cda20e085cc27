import { execFile } from 'node:child_process'
import { closeSync, existsSync, mkdtempSync, openSync, rmdirSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** A file system of a few hundred megabytes that can be filled to the last byte, and freed. */
export type SmallDisk = {
  folder: string
  /** Takes all that is free. */
  fill(): void
  /** What was taken is free again. */
  free(): void
  freeBytes(): number
  remove(): Promise<void>
}

const run = promisify(execFile)
const PIECE = Buffer.alloc(64 * 1024)

/** Undefined where we may not mount. */
export async function mountSmallDisk(megabytes: number): Promise<SmallDisk | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'causeway-small-disk-'))
  const filler = join(folder, 'filler')
  const remove = async (): Promise<void> => {
    await run('umount', ['--lazy', folder]).catch(() => {})
    rmdirSync(folder)
  }
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=1777`, 'causeway', folder])
  } catch {
    await remove()
    return undefined
  }
  return {
    folder,
    fill: () => {
      const file = openSync(filler, 'a')
      try {
        for (;;) writeSync(file, PIECE)
      } catch (error) {
        if (!isNoSpace(error)) throw error
      } finally {
        closeSync(file)
      }
    },
    free: () => {
      if (existsSync(filler)) rmSync(filler)
    },
    freeBytes: () => {
      const { bavail, bsize } = statfsSync(folder)
      return bavail * bsize
    },
    remove,
  }
}

const isNoSpace = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOSPC'
