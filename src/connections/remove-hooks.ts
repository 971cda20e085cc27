import { setTimeout as sleep } from 'node:timers/promises'
import { createCrew } from '../lib/crew.ts'
import type { Logger } from '../lib/logger.ts'
import { listWithCredentials } from './connection-store.ts'
import { forgetRegistrations, listHooks } from './hook-store.ts'
import { type OpenConnectionDeps, openConnection } from './open-connection.ts'

export type RemoveHooksDeps = OpenConnectionDeps & { log: Logger }

/** Which connections are about to lose their credentials: one, or all whose credentials were entered up to a moment. */
export type Parting = { tenantId: string; connectionId?: string; enteredUpTo?: Date }

/** An erasure is not held up for longer. */
const PATIENCE_MS = 3000
const AT_ONCE = 8

/**
 * Takes our addresses off at the partners while there are credentials for it. Whatever comes of it, and however long it
 * takes, the caller goes on soon: an address that stays registered there leads nowhere once it is erased here.
 */
export async function removeHooks(deps: RemoveHooksDeps, partings: readonly Parting[]): Promise<void> {
  const crew = createCrew(AT_ONCE)
  const overdue = new AbortController()
  const removing = async (): Promise<void> => {
    for (const parting of partings) {
      await crew.room()
      if (overdue.signal.aborted) return
      crew.add(() => removeOf(deps, parting).catch((error) => noteFailure(deps, parting, error)))
    }
    await crew.done()
  }
  await Promise.race([removing(), sleep(PATIENCE_MS, undefined, { ref: false })])
  overdue.abort()
}

async function removeOf(deps: RemoveHooksDeps, { tenantId, connectionId, enteredUpTo }: Parting): Promise<void> {
  const ids = await deps.database.asTenant(tenantId, (db) => listWithCredentials(db, enteredUpTo ?? null))
  for (const id of ids) if (connectionId === undefined || id === connectionId) await removeAll(deps, tenantId, id)
}

async function removeAll(deps: RemoveHooksDeps, tenantId: string, connectionId: string): Promise<void> {
  const found = await deps.database.asTenant(tenantId, async (db) => {
    const hooks = (await listHooks(db, connectionId)).filter(({ registrations }) => registrations.length > 0)
    return hooks.length === 0 ? undefined : { hooks, opened: await openConnection(deps, db, connectionId, ['paused']) }
  })
  if (!found || 'waiting' in found.opened) return
  const { connector, context } = found.opened
  for (const hook of found.hooks) {
    for (const id of hook.registrations) await connector.inbound?.registration?.remove(context, id)
    await deps.database.asTenant(tenantId, (db) => forgetRegistrations(db, hook, []))
  }
}

const noteFailure = ({ log }: RemoveHooksDeps, { tenantId }: Parting, error: unknown): void =>
  log.warn({ error, tenantId }, 'a hook could not be removed at the partner; it leads nowhere')
