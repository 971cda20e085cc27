import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/** State that is plain JSON, kept in memory and, given a file, on disk. */
export type PersistedState<State extends object> = {
  state: State
  /** Call after a change: writing follows soon, many changes in one go. */
  changed(): void
  /** Writes what is still unwritten. */
  flush(): Promise<void>
}

const COALESCE_MS = 50

export function createPersistedState<State extends object>(
  file: string | undefined,
  seed: () => State,
): PersistedState<State> {
  if (file === undefined) return { state: seed(), changed: () => {}, flush: async () => {} }

  const state: State = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : seed()
  mkdirSync(dirname(file), { recursive: true })
  let unwritten = !existsSync(file)
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> = Promise.resolve()

  /** One write at a time; a reader of the file sees the old state or the new one, never half of it. */
  function write(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    writing = writing.then(async () => {
      if (!unwritten) return
      unwritten = false
      await writeFile(`${file}.part`, JSON.stringify(state))
      await rename(`${file}.part`, file as string)
    })
    return writing
  }

  return {
    state,
    changed() {
      unwritten = true
      timer ??= setTimeout(write, COALESCE_MS)
    },
    flush: write,
  }
}
