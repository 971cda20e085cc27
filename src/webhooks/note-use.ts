import { noteHookUse } from '../connections/hook-store.ts'
import type { SystemDb } from '../db/database.ts'
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import type { CalledHook } from './find-hook.ts'

export type NoteUse = (hook: CalledHook) => Promise<void>

const EVERY_MS = 60_000
/** Once the partner uses a newer address, those before it count for so long. */
const GRACE_MS = 3_600_000
const REMEMBERED = 10_000

/** Writes down that an address was used: once a minute, of however many calls at once. */
export function createNoteUse(deps: { system: SystemDb; now: Clock; log: Logger }): NoteUse {
  const noted = new Map<string, number>()
  return async (hook) => {
    const now = deps.now()
    const name = `${hook.connectionId}/${hook.generation}`
    const last = Math.max(hook.lastUsedAt?.getTime() ?? 0, noted.get(name) ?? 0)
    if (now - last < EVERY_MS) return
    if (noted.size >= REMEMBERED) noted.clear()
    noted.set(name, now)
    // The delivery matters more: a failure here is nobody's business but the log's.
    await noteHookUse(deps.system, hook, { at: new Date(now), othersEnd: new Date(now + GRACE_MS) }).catch((error) => {
      noted.delete(name)
      deps.log.warn({ error }, 'the use of a hook was not noted')
    })
  }
}
