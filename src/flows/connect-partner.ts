import type { Actor } from '../audit/audit-entry.ts'
import { recordAudit } from '../audit/audit-store.ts'
import {
  credentialsPlace,
  eraseConnection,
  findConnectionForWork,
  getConnection,
  insertConnection,
  replaceCredentials,
} from '../connections/connection-store.ts'
import { eraseHooks } from '../connections/hook-store.ts'
import { type RemoveHooksDeps, removeHooks } from '../connections/remove-hooks.ts'
import { type PartnerDeps, verifyCredentials } from '../connections/verify-credentials.ts'
import type { Connector } from '../connectors/connector.ts'
import { getConnector } from '../connectors/registry.ts'
import type { Database, TenantDb } from '../db/database.ts'
import type { Enqueue } from '../jobs/queue.ts'
import type { Clock } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { newId } from '../lib/ids.ts'
import { findInstallationForChange, isInstalled } from '../tenants/installation-store.ts'
import type { Vault } from '../tenants/vault.ts'
import { switchFlowsOff } from './flow-store.ts'
import { makeFlow } from './make-flow.ts'

export type ConnectDeps = PartnerDeps & {
  database: Database
  vault: Vault
  enqueue: Enqueue
  /** Those of the registry, where a test brings none of its own. */
  connectors?: readonly Connector[]
  /** The time at the platform, which also tells when the app was uninstalled. */
  platformClock: Clock
}

/** Verifies the credentials at the partner, stores them sealed, and sets up the partner's first flows, switched on. */
export async function connectPartner(
  deps: ConnectDeps,
  input: { tenantId: string; partner: string; credentials: unknown; actor: Actor },
): Promise<string> {
  const connector = getConnector(input.partner, deps.connectors)
  const verified = await verifyCredentials(deps, connector, input.credentials)
  return deps.database.asTenant(input.tenantId, async (db) => {
    await refuseUninstalled(db)
    const [id, at] = [newId(), deps.now()]
    const credentials = await deps.vault.seal(db, credentialsPlace(db, id), JSON.stringify(verified.credentials))
    await insertConnection(db, {
      id,
      partner: connector.key,
      label: verified.account.label,
      account: verified.account.facts,
      credentials,
      enteredAt: new Date(deps.platformClock()),
      at: new Date(at),
    })
    await recordAudit(db, {
      action: 'connection.created',
      actor: input.actor,
      target: `connection/${id}`,
      fields: ['credentials'],
      details: { partner: connector.key },
      at,
    })
    await makeFirstFlows(db, connector, id, input.actor, at)
    await tellOfHook(deps, db, connector, id)
    return id
  })
}

/** Afterwards, for it takes a call there: whether it can be registered or not, the connection works. */
async function tellOfHook(
  deps: Pick<ConnectDeps, 'enqueue'>,
  { tenantId, sql }: TenantDb,
  { inbound }: Connector,
  connectionId: string,
): Promise<void> {
  if (!inbound?.registration) return
  await deps.enqueue({ sql }, 'keep-hook', { tenantId, connectionId }, { key: connectionId })
}

/** The account may have left while its credentials were tried at the partner: nothing of it is stored after that. */
async function refuseUninstalled(db: TenantDb): Promise<void> {
  if (!isInstalled(await findInstallationForChange(db))) throw new AppError('not_installed')
}

async function makeFirstFlows(
  db: TenantDb,
  { flows }: Connector,
  connectionId: string,
  actor: Actor,
  at: number,
): Promise<void> {
  for (const { key: template, name, definition } of (flows ?? []).filter(({ isFirst }) => isFirst)) {
    await makeFlow(db, { connectionId, template, name, definition, enabled: true }, actor, at)
  }
}

/** New credentials for a connection: verified first. What waited for them is taken up again. */
export async function renewCredentials(
  deps: ConnectDeps,
  input: { tenantId: string; connectionId: string; credentials: unknown; actor: Actor },
): Promise<void> {
  const { tenantId, connectionId } = input
  const { partner } = await deps.database.asTenant(tenantId, (db) => getConnection(db, connectionId))
  const connector = getConnector(partner, deps.connectors)
  const verified = await verifyCredentials(deps, connector, input.credentials)
  await deps.database.asTenant(tenantId, async (db) => {
    await refuseUninstalled(db)
    if (!(await findConnectionForWork(db, connectionId))) throw new AppError('not_found') // removed meanwhile
    const at = deps.now()
    const credentials = await deps.vault.seal(
      db,
      credentialsPlace(db, connectionId),
      JSON.stringify(verified.credentials),
    )
    await replaceCredentials(db, {
      id: connectionId,
      credentials,
      enteredAt: new Date(deps.platformClock()),
      account: verified.account.facts,
      at: new Date(at),
    })
    await recordAudit(db, {
      action: 'connection.credentials_replaced',
      actor: input.actor,
      target: `connection/${connectionId}`,
      fields: ['credentials'],
      at,
    })
    await tellOfHook(deps, db, connector, connectionId)
    await deps.enqueue(db, 'replay-parked', { tenantId }, { key: tenantId })
  })
}

/**
 * Erases the credentials and switches the flows of the connection off. What they did stays on record; what waited for the
 * connection is looked at once more, and ends there. The partner is told first, while there are credentials for it.
 */
export async function disconnectPartner(
  deps: ConnectDeps & RemoveHooksDeps,
  input: { tenantId: string; connectionId: string; actor: Actor },
): Promise<void> {
  await removeHooks(deps, [{ tenantId: input.tenantId, connectionId: input.connectionId }])
  await deps.database.asTenant(input.tenantId, async (db) => {
    await refuseUninstalled(db)
    const { id } = await getConnection(db, input.connectionId)
    const at = deps.now()
    await eraseConnection(db, new Date(at), id)
    const registrationsLeft = (await eraseHooks(db, [id])).get(id)
    await switchFlowsOff(db, id, new Date(at))
    const [target, fields] = [`connection/${id}`, ['credentials', 'status']]
    const details = registrationsLeft === undefined ? {} : { registrationsLeft }
    await recordAudit(db, { action: 'connection.removed', actor: input.actor, target, fields, details, at })
    await deps.enqueue(db, 'replay-parked', { tenantId: input.tenantId }, { key: input.tenantId })
  })
}
