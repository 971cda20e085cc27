import type { Connector, ConnectorContext } from '../connectors/connector.ts'
import { getConnector } from '../connectors/registry.ts'
import type { Database, TenantDb } from '../db/database.ts'
import type { Vault } from '../tenants/vault.ts'
import { type Connection, credentialsPlace, findConnectionForWork, type Standing } from './connection-store.ts'
import { Overtaken } from './overtaken.ts'
import type { PartnerPace } from './partner-pace.ts'
import { contextFor, type PartnerDeps } from './verify-credentials.ts'

export type OpenConnection = { connection: Connection; connector: Connector; context: ConnectorContext }

export type OpenConnectionDeps = PartnerDeps & {
  database: Database
  vault: Vault
  partnerPace: PartnerPace
  /** Those of the registry, where a test brings none of its own. */
  connectors?: readonly Connector[]
}

/**
 * Opens the credentials for work to be done with them now. They stay in the context and go no further. A connection that
 * waits for its owner is not opened, unless in a state named in `also`.
 */
export async function openConnection(
  deps: OpenConnectionDeps,
  db: TenantDb,
  connectionId: string,
  also: readonly Connection['status'][] = [],
): Promise<OpenConnection | { waiting: Connection }> {
  const found = await findConnectionForWork(db, connectionId)
  if (!found) throw new Overtaken('removed')
  const { credentials: sealed, ...connection } = found
  const isOpen = connection.status === 'active' || also.includes(connection.status)
  if (!isOpen || sealed === null) return { waiting: connection }
  const credentials = JSON.parse(await deps.vault.open(db, credentialsPlace(db, connectionId), sealed))
  const connector = getConnector(connection.partner, deps.connectors)
  const http = deps.partnerPace.paced(deps.http, { tenantId: db.tenantId, connectionId }, connector, (standing) =>
    refuseOther(connection, standing),
  )
  return { connection, connector, context: contextFor({ ...deps, http }, connector, credentials) }
}

/**
 * Before the outcome of such work is stored: whatever was begun with credentials that have been erased or replaced since
 * leaves nothing behind. The row stays locked until the transaction ends, so that neither can happen in between.
 */
export async function refuseOvertaken(db: TenantDb, { connection }: OpenConnection): Promise<void> {
  refuseOther(connection, await findConnectionForWork(db, connection.id))
}

function refuseOther(begun: Connection, now: Standing | null | undefined): void {
  if (!now || now.status === 'disconnected') throw new Overtaken('removed')
  if (now.status === 'credentials_needed') throw new Overtaken('withdrawn')
  if (now.generation !== begun.generation) throw new Overtaken('renewed')
}
