import { type Database, openDatabase } from '../../src/db/database.ts'
import { createQueue } from '../../src/jobs/queue.ts'
import { newId } from '../../src/lib/ids.ts'
import { createLogger } from '../../src/lib/logger.ts'
import { type Delivery, insertDeliveries, type NewDelivery } from '../../src/webhooks/delivery-store.ts'
import { createInboxLedger, type InboxLedger } from '../../src/webhooks/inbox-ledger.ts'
import { createInboxTurns } from '../../src/webhooks/inbox-turns.ts'
import { wakeInboxes } from '../../src/webhooks/wake-inboxes.ts'

/** The inbox without what comes before and after it: deliveries that nobody can open, and whoever is given them. */
export type Inbox = {
  database: Database
  ledger: InboxLedger
  /** In one transaction with their wake-up. `while` runs before it is committed. */
  store(deliveries: { tenantId: string; key: string }[], meanwhile?: () => Promise<void>): Promise<string[]>
  countReceived(): Promise<number>
  stop(): Promise<void>
}

const log = createLogger({ level: 'silent' })

/** A process's part in it; without `take` one that only stores. Nothing looks for what was forgotten. */
export async function openInbox(
  databaseUrl: string,
  take?: (delivery: Delivery, ledger: InboxLedger) => Promise<'settled' | 'delayed'>,
): Promise<Inbox> {
  const database = openDatabase({ url: databaseUrl, max: 6, name: 'inbox' })
  const queue = createQueue({ databaseUrl, log, role: take ? 'work' : 'enqueue' })
  const ledger = createInboxLedger({ database, now: Date.now })
  await queue.start()
  if (take) {
    const { enqueueMany } = queue
    const turns = createInboxTurns({ database, enqueueMany, ledger, take: (delivery) => take(delivery, ledger) })
    await queue.workFreely('work-inbox', {
      places: 20,
      passOver: turns.saturated,
      handler: ({ tenantId }, place) => turns.take(tenantId, place),
    })
  }
  return {
    database,
    ledger,
    store: (given, meanwhile = async () => {}) =>
      database.asSystem(async (db) => {
        const deliveries = given.map(deliveryOf)
        await insertDeliveries(db, deliveries)
        await wakeInboxes(
          db,
          queue.enqueueMany,
          given.map(({ tenantId }) => tenantId),
        )
        await meanwhile()
        return deliveries.map(({ id }) => id)
      }),
    countReceived: async () => {
      const [row] = await database.system.sql('deliveries').where({ state: 'received' }).count({ count: '*' })
      return Number(row?.count)
    },
    stop: async () => {
      await queue.stop(5000)
      await database.close()
    },
  }
}

const deliveryOf = ({ tenantId, key }: { tenantId: string; key: string }): NewDelivery => {
  const id = newId()
  return {
    ...{ tenantId, id, source: 'highlevel', deliveryId: id, eventType: 'ContactUpdate', orderingKey: key },
    ...{
      receivedAt: new Date(),
      sentAt: null,
      late: false,
      headers: {},
      body: Buffer.from('sealed'),
      state: 'received',
      reason: null,
    },
  }
}
