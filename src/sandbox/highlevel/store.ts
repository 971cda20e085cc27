import { existsSync, readFileSync } from 'node:fs'
import { mkdir, open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Data } from './data.ts'

const COALESCE_MS = 200

/** The data in memory, and on disk when there is a file for it. */
export type Store = {
  data: Data
  /** Something changed: it will be written soon, together with what changes meanwhile. */
  changed(): void
  /** Resolves when everything that changed until now is on disk. */
  flush(): Promise<void>
}

export function openStore(file: string | undefined, seed: () => Data): Store {
  if (file === undefined) return { data: seed(), changed: () => {}, flush: async () => {} }
  const data = existsSync(file) ? readData(file) : seed()
  let dirty = !existsSync(file)
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> = Promise.resolve()

  const writeIfDirty = async (): Promise<void> => {
    if (!dirty) return
    dirty = false
    try {
      await replaceFile(file, JSON.stringify(data))
    } catch (error) {
      dirty = true
      throw error
    }
  }
  const flush = (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    // A write that failed before must not stop this one; whoever asked for that one was told.
    writing = writing.catch(() => {}).then(writeIfDirty)
    return writing
  }
  const changed = (): void => {
    dirty = true
    timer ??= setTimeout(
      () => flush().catch((error) => console.error('The sandbox state was not saved:', error)),
      COALESCE_MS,
    )
  }
  return { data, changed, flush }
}

function readData(file: string): Data {
  const data: unknown = JSON.parse(readFileSync(file, 'utf8'))
  if (!isData(data)) throw new Error(`${file} is not a sandbox state of this version: delete it to start afresh.`)
  return data
}

const isData = (value: unknown): value is Data =>
  typeof value === 'object' && value !== null && 'version' in value && value.version === 1

/** A crash leaves the old file or the new one, never half of one. */
async function replaceFile(file: string, text: string): Promise<void> {
  const temporary = `${file}.tmp`
  await mkdir(dirname(file), { recursive: true })
  const handle = await open(temporary, 'w', 0o600)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(temporary, file)
}
