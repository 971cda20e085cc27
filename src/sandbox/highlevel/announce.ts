import { findLocationInstall, type InstallDeps } from './installs.ts'
import type { EventType } from './webhook-event.ts'

/** An event of a location reaches the app if it is installed there with the scope that the event needs. */
export function announce(
  { world, webhooks }: InstallDeps,
  event: { type: EventType; scope: string; locationId: string; fields: object },
): void {
  const { type, scope, locationId, fields } = event
  if (!findLocationInstall(world, locationId)?.scopes.includes(scope)) return
  webhooks.emit({ type, tenant: { locationId }, fields })
}
