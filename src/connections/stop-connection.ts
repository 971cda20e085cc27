import { recordAudit } from '../audit/audit-store.ts'
import type { Database } from '../db/database.ts'
import type { Clock } from '../lib/clock.ts'
import type { Trouble } from '../lib/trouble.ts'
import { lockTenant } from '../tenants/tenant-key-store.ts'
import { isConnectionActive, markCredentialsRefused } from './connection-store.ts'
import type { OpenConnection } from './open-connection.ts'

/**
 * A partner that refuses the credentials is not asked again until the owner has entered new ones. True when that has
 * happened already.
 */
export const stopConnection = (
  deps: { database: Database; now: Clock },
  tenantId: string,
  open: OpenConnection,
  trouble: Trouble,
): Promise<boolean> =>
  deps.database.asTenant(tenantId, async (db) => {
    await lockTenant(db) // before the connection, as whoever uninstalls does
    const { id, generation } = open.connection
    const at = deps.now()
    const change = { id, generation, trouble: trouble.message, at: new Date(at) }
    if (!(await markCredentialsRefused(db, change))) return isConnectionActive(db, id)
    await recordAudit(db, {
      action: 'connection.credentials_refused',
      actor: { kind: 'partner', id: open.connector.key },
      target: `connection/${id}`,
      fields: ['status'],
      at,
    })
    return false
  })
