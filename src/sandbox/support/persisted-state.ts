import { existsSync, readFileSync } from 'node:fs'
import { mkdir, open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'

/** State that is plain JSON, kept in memory and, given a file, on disk. `version` says how it is laid out. */
export type Versioned = { version: number }

export type PersistedState<State extends Versioned> = {
  state: State
  /** Something changed: it will be written soon, together with what changes meanwhile. */
  changed(): void
  /** Resolves when everything that changed until now is on disk. */
  flush(): Promise<void>
}

const COALESCE_MS = 100

export function createPersistedState<State extends Versioned>(
  file: string | undefined,
  seed: () => State,
  /** What is written, where it is not the state as it was loaded. */
  toText: (state: State) => string = (state) => JSON.stringify(state),
): PersistedState<State> {
  if (file === undefined) return { state: seed(), changed: () => {}, flush: async () => {} }
  const fresh = seed()
  const state = existsSync(file) ? readState<State>(file, fresh.version) : fresh
  let dirty = !existsSync(file)
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> = Promise.resolve()

  const writeIfDirty = async (): Promise<void> => {
    if (!dirty) return
    dirty = false
    try {
      await replaceFile(file, toText(state))
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
  return { state, changed, flush }
}

function readState<State extends Versioned>(file: string, version: number): State {
  const state = JSON.parse(readFileSync(file, 'utf8'))
  if (state?.version !== version)
    throw new Error(`${file} is not a sandbox state of this version: delete it to start afresh.`)
  return state
}

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
