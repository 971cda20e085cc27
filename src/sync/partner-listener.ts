import type { PartnerRecord } from '../connectors/connector.ts'
import type { TenantDb } from '../db/database.ts'
import type { FieldValues } from '../lib/field.ts'
import type { EventResult } from './take-event.ts'

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
  /** As it is there now; null where it is not there any more, or was not looked up. */
  record: PartnerRecord | null
  /** It was not looked up: the partner signed what it said, or cannot look such a record up. */
  isUnread: boolean
  /** What the partner signed or was asked for; nothing of what it only said. */
  data: Record<string, unknown>
  /** Asked for with these options: only flows with the same ones wait for it. Absent where the partner called us. */
  options?: FieldValues
}

/** Whoever does something about what happens at partners. */
export type PartnerListener = {
  /** Whether anything waits for such news: nothing is looked up for nobody. */
  isWaiting(db: TenantDb, news: { connectionId: string; trigger: string }): Promise<boolean>
  /** Rejects when it should be tried again later. */
  take(happening: PartnerHappening): Promise<EventResult>
}
