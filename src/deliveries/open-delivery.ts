import type { Database, TenantDb } from '../db/database.ts'
import { readWebhook } from '../highlevel/webhook-events.ts'
import { AppError } from '../lib/errors.ts'
import { listRunsOfDelivery, type RunView } from '../sync/run-store.ts'
import type { Vault } from '../tenants/vault.ts'
import { bodyPlace } from '../webhooks/delivery-store.ts'
import { findDelivery, type StoredDelivery } from './delivery-search-store.ts'
import { maskPayload } from './mask-payload.ts'

/** What was sent, as far as anybody may see it here. The bytes themselves never leave this file. */
export type OpenedBody = { payload: unknown; bytes: number } | { bytes: number } | 'sealed'

export type OpenedDelivery = Omit<StoredDelivery, 'body'> & { opened: OpenedBody; runs: RunView[] }

/** One delivery with its payload masked, and the runs it led to. Throws `not_found`. */
export const openDelivery = (
  deps: { database: Database; vault: Vault },
  { tenantId, id }: { tenantId: string; id: string },
): Promise<OpenedDelivery> =>
  deps.database.asTenant(tenantId, async (db) => {
    const found = await findDelivery(db, id)
    if (!found) throw new AppError('not_found')
    const { body, ...delivery } = found
    const opened = await openBody(deps.vault, db, id, body)
    return { ...delivery, opened, runs: await listRunsOfDelivery(db, id) }
  })

async function openBody(vault: Vault, db: TenantDb, id: string, sealed: Buffer): Promise<OpenedBody> {
  const body = await vault.openBytes(db, bodyPlace({ tenantId: db.tenantId, id }), sealed).catch(() => undefined)
  if (!body) return 'sealed' // its key was destroyed, or the row was damaged
  const event = readWebhook(body)
  return { bytes: body.length, ...(event && { payload: maskPayload(event.payload) }) }
}
