import { setTimeout as sleep } from 'node:timers/promises'
import { composeCore } from '../../src/compose/core.ts'
import { composeIntake } from '../../src/compose/intake.ts'
import { createQueue } from '../../src/jobs/queue.ts'
import { ensureTenant } from '../../src/tenants/ensure-tenant.ts'
import { locationTenantId } from '../../src/tenants/tenant-id.ts'
import { prepareDelivery } from '../../src/webhooks/prepare-delivery.ts'
import type { Ground } from './ground.ts'
import type { Outgoing } from './sender.ts'

/** Puts deliveries where the web process would, by the product's own intake, without HTTP and signatures. */
export type InboxFiller = {
  /** Installed locations that nothing was connected in: deliveries of types that no flow waits for need no more. */
  openLocations(count: number): Promise<string[]>
  /** So many, made one after the other. */
  fill(count: number, next: (index: number) => Outgoing): Promise<void>
  close(): Promise<void>
}

/** The web process's own watch over clocks says nothing here. */
const CLOCKS = { watchClock: () => {}, databaseClock: Date.now }
const AT_ONCE = 200
const MOST_ATTEMPTS = 50
const TENANTS_AT_ONCE = 8

export async function createInboxFiller({ line, sql, postgres, random }: Ground): Promise<InboxFiller> {
  const log = { debug() {}, info() {}, warn() {}, error() {}, child: () => log }
  const around = { config: line.config, databaseUrl: postgres.url, log }
  const core = composeCore(around, createQueue({ databaseUrl: postgres.url, log, role: 'enqueue' }))
  await core.queue.start()
  const { door, stop } = composeIntake(core, around)
  const { appId } = core
  return {
    openLocations: async (count) => {
      const batch = random.between(1, 1e9)
      const locationIds = Array.from({ length: count }, (_, index) => `location${batch}x${index}`)
      await sideBySide(TENANTS_AT_ONCE, count, (index) =>
        ensureTenant(core, locationTenantId(appId, String(locationIds[index]))),
      )
      const now = new Date()
      const rows = locationIds.map((locationId) => ({
        tenant_id: locationTenantId(appId, locationId),
        app_id: appId,
        location_id: locationId,
        company_id: 'company',
        user_type: 'Location',
        status: 'active',
        scopes: [],
        ...{ installed_at: now, authorized_at: now, claimed_at: now },
      }))
      await sql.batchInsert('installations', rows, 200)
      return locationIds
    },
    fill: (count, next) =>
      sideBySide(AT_ONCE, count, async (index) => {
        const received = { body: Buffer.from(next(index).body), headers: {} }
        await insistently(async () => door.intake(await prepareDelivery({ ...door, ...CLOCKS }, received)))
      }),
    close: async () => {
      await stop()
      await core.queue.stop(1000)
      await core.closeDatabases()
    },
  }
}

/** The intake is impatient, and its senders are not. */
async function insistently(work: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await work()
      return
    } catch (error) {
      if (attempt === MOST_ATTEMPTS) throw error
      await sleep(200)
    }
  }
}

async function sideBySide(atOnce: number, count: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0
  const lane = async (): Promise<void> => {
    while (next < count) await work(next++)
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
}
