import type { PartnerRecord } from '../connectors/connector.ts'
import type { TenantDb } from '../db/database.ts'
import type { EventResult } from './take-contact-event.ts'

/** Something that happened at a partner, told by itself and looked up there. */
export type PartnerHappening = {
  tenantId: string
  connectionId: string
  deliveryId: string
  /** How often it was begun anew after it had been settled: each time with runs of its own. */
  replays: number
  /** The partner's key and the trigger's: `activetrail.contact_changed`. */
  trigger: string
  objectId: string
  occurredAt: Date
  /** As it is there now; null where it is not there any more. */
  record: PartnerRecord | null
  /** What the partner signed; nothing of what it did not. */
  data: Record<string, unknown>
}

/** Whoever does something about what happens at partners. */
export type PartnerListener = {
  /** Whether anything waits for such news: nothing is looked up for nobody. */
  isWaiting(db: TenantDb, news: { connectionId: string; trigger: string }): Promise<boolean>
  /** Rejects when it should be tried again later. */
  take(happening: PartnerHappening): Promise<EventResult>
}
