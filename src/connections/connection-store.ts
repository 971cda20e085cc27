import type { SystemDb, TenantDb } from '../db/database.ts'
import { AppError } from '../lib/errors.ts'
import type { Sealed } from '../lib/seal.ts'

/** `credentials_needed`: erased when the app was uninstalled; everything else of the connection is still there. */
export type ConnectionStatus = 'active' | 'paused' | 'credentials_refused' | 'credentials_needed' | 'disconnected'

export type Connection = {
  id: string
  /** The connector's key. */
  partner: string
  label: string
  /** What the partner told of the account when the credentials were last verified. */
  account: { name: string; value: string }[]
  status: ConnectionStatus
  /** One sentence for the owner when something is wrong. */
  trouble: string | null
  generation: number
  createdAt: Date
}

/** Whether work that was begun with a connection's credentials may go on. */
export type Standing = Pick<Connection, 'status' | 'generation'>

const COLUMNS = {
  id: 'id',
  partner: 'partner',
  label: 'label',
  account: 'account',
  status: 'status',
  trouble: 'trouble',
  generation: 'generation',
  createdAt: 'created_at',
} as const

export const credentialsPlace = ({ tenantId }: Pick<TenantDb, 'tenantId'>, connectionId: string): string =>
  `connections.credentials/${tenantId}/${connectionId}`

export type NewConnection = Pick<Connection, 'id' | 'partner' | 'label' | 'account'> & EnteredCredentials & { at: Date }

/** When they were entered: by the platform's clock, which also tells when the app was uninstalled. */
export type EnteredCredentials = { credentials: Sealed; enteredAt: Date }

/** Refuses a second living connection to the same partner. */
export async function insertConnection(db: TenantDb, connection: NewConnection): Promise<void> {
  const { at, account, enteredAt, ...row } = connection
  const inserted = await db
    .sql('connections')
    .insert({
      ...row,
      tenant_id: db.tenantId,
      account: JSON.stringify(account),
      credentials_at: enteredAt,
      status: 'active',
      created_at: at,
      updated_at: at,
    })
    .onConflict(db.sql.raw("(tenant_id, partner) where status <> 'disconnected'"))
    .ignore()
    .returning('id')
  if (inserted.length === 0) throw new AppError('conflict', { detail: 'This system is connected already.' })
}

/** Connections that are not disconnected, oldest first. */
export const listConnections = (db: TenantDb): Promise<Connection[]> =>
  db
    .sql('connections')
    .where({ tenant_id: db.tenantId })
    .whereNot('status', 'disconnected')
    .orderBy('id')
    .select(COLUMNS)

export async function getConnection(db: TenantDb, id: string): Promise<Connection> {
  const connection = await db.sql('connections').where({ tenant_id: db.tenantId, id }).first(COLUMNS)
  if (!connection || connection.status === 'disconnected') throw new AppError('not_found')
  return connection
}

/** Whose system it connects, or connected. */
export const findPartnerOf = (db: TenantDb, id: string): Promise<string | undefined> =>
  db
    .sql('connections')
    .where({ tenant_id: db.tenantId, id })
    .first('partner')
    .then((row) => row?.partner)

/** With its credentials, if it has any. It cannot be removed or given others before the transaction in hand ends. */
export async function findConnectionForWork(
  db: TenantDb,
  id: string,
): Promise<(Connection & { credentials: string | null }) | undefined> {
  const found = await db
    .sql('connections')
    .where({ tenant_id: db.tenantId, id })
    .whereNot('status', 'disconnected')
    .forShare()
    .first({ ...COLUMNS, credentials: 'credentials' })
  return found
}

/**
 * What was begun with the old credentials stores nothing more and is tried again with the new ones. Refused when the
 * connection has been removed meanwhile.
 */
export async function replaceCredentials(
  db: TenantDb,
  change: { id: string; account: Connection['account']; at: Date } & EnteredCredentials,
): Promise<void> {
  const changed = await db
    .sql('connections')
    .where({ tenant_id: db.tenantId, id: change.id })
    .whereNot('status', 'disconnected')
    .update({
      credentials: change.credentials,
      credentials_at: change.enteredAt,
      account: JSON.stringify(change.account),
      status: 'active',
      trouble: null,
      generation: db.sql.raw('generation + 1'),
      updated_at: change.at,
    })
  if (changed === 0) throw new AppError('not_found')
}

/** True when the status really changed; not when the refused credentials have been replaced since. */
export async function markCredentialsRefused(
  db: TenantDb,
  change: { id: string; generation: number; trouble: string; at: Date },
): Promise<boolean> {
  const changed = await db
    .sql('connections')
    .where({ tenant_id: db.tenantId, id: change.id, generation: change.generation, status: 'active' })
    .update({ status: 'credentials_refused', trouble: change.trouble, updated_at: change.at })
  return changed === 1
}

/** Locked until the transaction ends: whoever waits for the connection is stored before it can become active. */
export async function isConnectionActive(db: TenantDb, id: string): Promise<boolean> {
  const row = await db.sql('connections').where({ tenant_id: db.tenantId, id }).forShare().first('status')
  return row?.status === 'active'
}

/**
 * Erases credentials and keeps the connections: all of them, or those whose credentials were entered up to a moment. The
 * ids of those concerned.
 */
export async function withdrawCredentials(
  db: TenantDb,
  change: { enteredUpTo: Date | null; trouble: string; at: Date },
): Promise<string[]> {
  const rows = await db
    .sql('connections')
    .where({ tenant_id: db.tenantId })
    .whereNotNull('credentials')
    .whereRaw(ENTERED_UP_TO, { upTo: change.enteredUpTo })
    .update({
      credentials: null,
      status: 'credentials_needed',
      trouble: change.trouble,
      generation: db.sql.raw('generation + 1'),
      updated_at: change.at,
    })
    .returning('id')
  return rows.map((row) => row.id)
}

/** The connections that `withdrawCredentials` would concern. */
export const listWithCredentials = (db: TenantDb, enteredUpTo: Date | null): Promise<string[]> =>
  db
    .sql('connections')
    .where({ tenant_id: db.tenantId })
    .whereNotNull('credentials')
    .whereRaw(ENTERED_UP_TO, { upTo: enteredUpTo })
    .orderBy('id')
    .pluck('id')

const ENTERED_UP_TO = '(:upTo::timestamptz is null or credentials_at is null or credentials_at <= :upTo)'

/** Erases the credentials; whatever was begun with them sees a newer generation and writes nothing more. */
export async function eraseConnection(db: TenantDb, at: Date, id: string): Promise<void> {
  await db
    .sql('connections')
    .where({ tenant_id: db.tenantId, id })
    .whereNot('status', 'disconnected')
    .update({
      credentials: null,
      status: 'disconnected',
      trouble: null,
      generation: db.sql.raw('generation + 1'),
      updated_at: at,
    })
}

export const listTenantsWithCredentials = (db: SystemDb): Promise<string[]> =>
  db.sql('connections').whereNotNull('credentials').distinct('tenant_id').orderBy('tenant_id').pluck('tenant_id')

export const listSealedCredentials = (db: TenantDb): Promise<{ id: string; credentials: string }[]> =>
  db.sql('connections').where({ tenant_id: db.tenantId }).whereNotNull('credentials').select('id', 'credentials')
