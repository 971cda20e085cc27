import type { SystemDb } from '../../src/db/database.ts'
import { insertingDeliveries, type NewDelivery } from '../../src/webhooks/delivery-store.ts'

/** What the intake does, within a transaction of the test. Knex counts its parameters where Postgres numbers them. */
export async function insertDeliveries(db: SystemDb, deliveries: NewDelivery[]): Promise<void> {
  const { text, values } = insertingDeliveries(deliveries)
  await db.sql.raw(text.replace(/\$\d+/g, '?'), values as never[])
}
