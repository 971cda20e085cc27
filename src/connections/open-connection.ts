import type { Connector, ConnectorContext } from '../connectors/connector.ts'
import { getConnector } from '../connectors/registry.ts'
import type { Database } from '../db/database.ts'
import { AppError } from '../lib/errors.ts'
import type { Vault } from '../tenants/vault.ts'
import { type Connection, credentialsPlace, findCredentials, getConnection } from './connection-store.ts'
import { contextFor, type PartnerDeps } from './verify-credentials.ts'

export type OpenConnection = { connection: Connection; connector: Connector; context: ConnectorContext }

export type OpenConnectionDeps = PartnerDeps & { database: Database; vault: Vault }

/** Opens the credentials for work to be done with them now. They stay in the context and go no further. */
export const openConnection = (
  deps: OpenConnectionDeps,
  tenantId: string,
  connectionId: string,
): Promise<OpenConnection> =>
  deps.database.asTenant(tenantId, async (db) => {
    const connection = await getConnection(db, connectionId)
    const sealed = await findCredentials(db, connectionId)
    if (!sealed) throw new AppError('not_found')
    const credentials = JSON.parse(await deps.vault.open(db, credentialsPlace(db, connectionId), sealed))
    const connector = getConnector(connection.partner)
    return { connection, connector, context: contextFor(deps, connector, credentials) }
  })
