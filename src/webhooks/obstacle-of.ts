import { isEventOff } from '../highlevel/scopes.ts'
import type { Installation } from '../tenants/installation-store.ts'

/** Why an event of this type has to wait until somebody has mended the installation; null while nothing is in its way. */
export function obstacleOf(installation: Installation, eventType: string): string | null {
  if (WAITS.includes(installation.status)) return installation.status
  return isEventOff(installation, eventType) ? 'scopes_missing' : null
}

const WAITS: Installation['status'][] = ['pending', 'needs_reconnect', 'suspended']
