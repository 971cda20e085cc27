import { randomUUID } from 'node:crypto'
import { newId } from '../../src/lib/ids.ts'
import { NOBODY } from '../../src/tenants/tenant-id.ts'
import { createVault } from '../../src/tenants/vault.ts'
import { bodyPlace, insertDeliveries, type NewDelivery } from '../../src/webhooks/delivery-store.ts'
import type { Line } from '../support/line.ts'

export type Stored = { tenantId: string; id: string; deliveryId: string }

/** Deliveries as they lie in the inbox, without having been sent: one for each of the changes. */
export async function storeDeliveries(
  line: Line,
  tenantId: string,
  changes: (Partial<Omit<NewDelivery, 'body'>> & { sent?: unknown })[],
): Promise<Stored[]> {
  const vault = createVault(line.config.encryptionKeys)
  const deliveries = await line.database.asTenant(tenantId, async (db) => {
    const sealed: NewDelivery[] = []
    for (const { sent = {}, ...change } of changes) {
      const id = change.id ?? newId()
      const bytes = sent instanceof Uint8Array ? sent : Buffer.from(JSON.stringify(sent))
      sealed.push({
        tenantId,
        id,
        source: 'highlevel',
        deliveryId: randomUUID(),
        eventType: 'ContactUpdate',
        orderingKey: `${tenantId}/${id}`,
        receivedAt: new Date(),
        sentAt: null,
        late: false,
        headers: { 'user-agent': 'axios', 'content-type': 'application/json', 'x-ghl-signature': 'aSignature' },
        state: 'dead',
        reason: 'surprise',
        ...change,
        body: await vault.sealBytes(db, bodyPlace({ tenantId, id }), bytes),
      })
    }
    return sealed
  })
  await insertDeliveries(line.database.system, deliveries)
  return deliveries.map(({ id, deliveryId }) => ({ tenantId, id, deliveryId }))
}

export const storeDelivery = async (
  line: Line,
  change: Parameters<typeof storeDeliveries>[2][number] = {},
  tenantId: string = NOBODY,
): Promise<Stored> => (await storeDeliveries(line, tenantId, [change]))[0] as Stored

export const rowOf = (line: Line, { tenantId, id }: Stored) =>
  line.database.system.sql('deliveries').where({ tenant_id: tenantId, id }).first()
