import { isEventOff } from '../highlevel/scopes.ts'
import type { Installation } from '../tenants/installation-store.ts'

/** Why an event of this type has to wait until somebody has mended the installation; null while nothing is in its way. */
export const obstacleOf = (installation: Installation, eventType: string): string | null =>
  brokenState(installation) ?? missingScope(installation, eventType)

/** While it is in one of these states nothing can be done for it. */
export const brokenState = ({ status }: Installation): string | null => (WAITS.includes(status) ? status : null)

/** In the way only of what a flow waits for: whoever wants no tasks need not allow them. */
export const missingScope = (installation: Installation, eventType: string): string | null =>
  isEventOff(installation, eventType) ? 'scopes_missing' : null

const WAITS: Installation['status'][] = ['pending', 'needs_reconnect', 'suspended']
