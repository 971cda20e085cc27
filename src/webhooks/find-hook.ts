import { hashHookSecret, matchHash } from '../connections/hook-secret.ts'
import { type DoorHook, listDoorHooks } from '../connections/hook-store.ts'
import type { Connector } from '../connectors/connector.ts'
import type { SystemDb } from '../db/database.ts'
import type { Clock } from '../lib/clock.ts'
import { isUuid } from '../lib/ids.ts'
import { NOBODY } from '../tenants/tenant-id.ts'

export type FindHookDeps = { system: SystemDb; now: Clock; findConnector(partner: string): Connector | undefined }

export type CalledHook = DoorHook & { connector: Connector }

/** What a caller gave: two parts of an address, and headers by name in lower case. */
export type Call = { connectionId: string; secret: string; headers: Readonly<Record<string, string>> }

/**
 * Whose address was called; undefined for whatever is wrong with it. It takes one look and as many comparisons either way,
 * for an id that is none as for a connection that has been removed, so that nobody learns which it was.
 */
export async function findHook(deps: FindHookDeps, call: Call): Promise<CalledHook | undefined> {
  const connectionId = isUuid(call.connectionId) ? call.connectionId : NOBODY
  const hooks = await listDoorHooks(deps.system, connectionId, new Date(deps.now()))
  const connector = deps.findConnector(hooks[0]?.partner ?? '')
  const key = call.headers[connector?.inbound?.keyHeader ?? ''] ?? ''
  const given = hashHookSecret({ secret: call.secret, key })
  const index = matchHash(
    hooks.map(({ hash }) => hash),
    given,
  )
  const hook = hooks[index]
  return hook && connector?.inbound ? { ...hook, connector } : undefined
}
