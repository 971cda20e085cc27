import type { TenantDb } from '../../db/database.ts'
import type { PlatformEvent } from '../../flows/platform-event.ts'
import type { SyncDeps } from '../../sync/sync-deps.ts'
import { takePlatformEvents } from '../../sync/take-platform-events.ts'
import { missingScope } from '../obstacle-of.ts'
import type { HandlerResult, TakenEvent } from './handler.ts'

/** Hands what happened to the flows that wait for it. */
export async function tellFlows(
  deps: SyncDeps,
  { tenantId, delivery, installation, kind }: TakenEvent,
  eventsOf: (db: TenantDb) => Promise<PlatformEvent[]> | PlatformEvent[],
): Promise<HandlerResult> {
  const obstacle = missingScope(installation, kind.type)
  const { id: deliveryId, replays } = delivery
  const { events, ...result } = await takePlatformEvents(deps, {
    ...{ tenantId, deliveryId, replays, obstacle, eventsOf },
    locationId: installation.locationId ?? '',
  })
  return { ...result, told: events.map(({ trigger }) => trigger) }
}
